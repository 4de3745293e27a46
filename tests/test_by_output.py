"""The derivative in terms of the output."""

import pytest
from mpmath import mp, mpf

from chainstep.by_output import _holds, in_terms_of_output
from chainstep.operations import OPERATIONS
from chainstep.parser import parse
from chainstep.problem import pose
from chainstep.render.plain import plain
from chainstep.render.writing import write
from chainstep.steps.combine import combine
from chainstep.steps.compute import compute
from chainstep.steps.introduce import introduce
from chainstep.steps.substitute import substitute
from chainstep.tape import evaluate


def derived(text, wrt=None):
    problem = pose(text, wrt)
    graph = introduce(problem.definitions, problem.variables, problem.letter, problem.kept)
    found = combine(graph, compute(graph), problem.output)
    (derivative,) = found.derivatives.values()
    _, gradient = substitute(graph, found.derivatives, found.totals, problem.output, problem.kept)
    return graph, derivative, gradient[graph.inputs[0]], problem.output


def by_output(text, wrt=None):
    equation = in_terms_of_output(*derived(text, wrt))
    if equation is None:
        return None
    (right,) = equation.rights
    return plain(write(right))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sigmoid(x)", "y*(1 - y)"),
        ("1/(1 + e^(-x))", "y*(1 - y)"),
        ("e^x", "y"),
        ("e^(x^2)", "2*x*y"),
        ("2^x", "y*ln(2)"),
        ("sqrt(x^2 + 1)", "x/y"),
        ("sqrt(x)", "1/(2*y)"),
        ("(2x + 5)^(-1/2)", "-y**3"),
        ("1/x", "-y**2"),
        ("1/(1 + x^2)", "-2*x*y**2"),
        ("tanh(x)", "1 - y**2"),
        ("tanh(w x + b)", "w*(1 - y**2)"),
        ("gamma(x)", "y*digamma(x)"),
        ("1/sin(x)", "-y**2*cos(x)"),
    ],
)
def test_what_a_teacher_would_say(text, expected):
    assert by_output(text, "x") == expected


def test_functions_with_branches_are_decided_by_numbers():
    assert by_output("tan(x)") in ("1 + y**2", "y**2 + 1")
    assert by_output("cot(x)") in ("-(1 + y**2)", "-(y**2 + 1)", "-1 - y**2", "-y**2 - 1")


@pytest.mark.parametrize("text", ["E_0 (1 - e^{-t/(R C)})", "1/(a + b e^{-k t})"])
def test_parameters(text):
    assert "y" in by_output(text, "t")


NOTHING = (
    *("sin(x)", "x^2", "x^3", "5", "x", "3x + 2", "ln(x)", "x + e^x", "cosh(x)", "sinh(x)"),
    *("x^x", "arctan(x)", "|x|", "relu(x)", "x^2*sin(x)", "e^x + 1"),
    # true, but nothing that a teacher would say
    *("3/(((2x)^(2/3))^(1/3))", "(sqrt((a x)^(1/2)))^(1/3)", "-2/x^2", "-2/(a x)", "a/x"),
    *("3/((x^3)^(-1/2))", "1/((log10(2x))^(1/3))"),
)


@pytest.mark.parametrize("text", NOTHING)
def test_where_there_is_nothing_to_say(text):
    assert by_output(text, "x") is None


@pytest.mark.parametrize("wrong", ["y^2", "x/sqrt(x^2)*y", "1 - y"])
def test_a_false_candidate_is_dropped(wrong):
    graph, _, result, output = derived("e^x")
    assert not _holds(graph, parse(wrong).tree, result, output)


@pytest.mark.parametrize("row", [r for r in OPERATIONS if r.inverse], ids=lambda row: row.id)
def test_inverses(row):
    places = {"sum": ["3", "x", "2", "5", "1", "1"], "power": ["x", "1/3"], "root": ["x", "3"]}
    given = places.get(row.id) or {1: ["x"], 2: ["3", "x"], 3: ["3", "x", "2"]}[len(row.samples)]
    args = tuple(parse(text).tree for text in given)
    slot = given.index("x")
    y = parse("y").tree
    solved = row.inverse(slot, args, y)
    with mp.workdps(30):
        argument = mpf("0.7")
        value = evaluate(row.build(*args), {args[slot]: argument})
        assert abs(evaluate(solved, {y: value}) - argument) < mpf(10) ** -25
