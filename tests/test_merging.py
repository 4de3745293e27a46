"""Merged modules: fewer names, the same derivative."""

import pytest
from mpmath import mp, mpf
from sympy import Integer, Symbol

from chainstep.graph import Graph, Node
from chainstep.merging import LARGEST, merged
from chainstep.notation import ONE, cases, mul
from chainstep.operations import BY_ID
from chainstep.pipeline import derive
from chainstep.render.plain import plain
from chainstep.render.writing import write
from chainstep.steps.compute import computation, compute
from chainstep.tape import Tape
from tests.corpus import CORPUS

X, Y, Z = (Symbol(name, real=True) for name in "xyz")
U = [Symbol(f"u{n}", real=True) for n in range(4)]
TWO = Integer(2)
NEAR = ("0.37", "1.42", "-0.63", "2.71", "0.08", "-1.83", "5.13", "1017.1", "-17.7")


def modules(text, wrt=None):
    """The merged graph of an expression."""
    derivation = derive(text, wrt)
    return merged(derivation.graph, "u", derivation.output)


def definitions(graph):
    return [f"{node.symbol} = {node.expression}" for node in graph.nodes]


def node(symbol, operation, *args):
    return Node(symbol, BY_ID[operation], args)


# --- What is folded -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/(1 + e^(-x))", ["u1 = exp(-x)", "u2 = 1/(u1 + 1)"]),
        ("sin(x)", ["y = sin(x)"]),
        ("sin(2x + 1)", ["y = sin(2*x + 1)"]),
        ("2x + 1", ["y = 2*x + 1"]),
        ("2sin(3x) + 1", ["u1 = sin(3*x)", "u2 = 2*u1 + 1"]),  # the output stays
        ("sin(2(3(x + 1)))", ["y = sin(2*3*(x + 1))"]),
        ("x(x + 1)", ["y = x*(x + 1)"]),
        ("sin(x + 1) + cos(x + 1)", ["u1 = x + 1", "u2 = sin(u1)", "u3 = cos(u1)", "u4 = u2 + u3"]),
        ("sin(x + x^2)", ["u1 = x**2", "u2 = u1 + x", "u3 = sin(u2)"]),  # two operands
        ("(2x)(2x)", ["u1 = 2*x", "u2 = u1*u1"]),
    ],
)
def test_what_is_folded(text, expected):
    assert definitions(modules(text)) == expected


def test_own_names_stay():
    nodes = (
        node(Z, "scale", TWO, X, ONE),
        node(U[1], "scale", TWO, Z, ONE),
        node(U[2], "sine", U[1]),
    )
    graph = Graph((X,), nodes, (U[2],))
    assert definitions(merged(graph, "u", Y, {Z})) == ["z = 2*x", "u1 = sin(2*z)"]
    assert definitions(merged(graph, "u", Y)) == ["y = sin(2*2*x)"]
    alone = Graph((X,), nodes[:1], (Z,))
    assert merged(alone, "u", Y, {Z}) == alone


def test_a_name_in_a_condition_stays():
    distinction = node(U[2], "piecewise", U[1], U[1] > 0, X, X > 0)
    graph = Graph((X,), (node(U[1], "scale", TWO, X, ONE), distinction), (U[2],))
    assert len(merged(graph, "u", Y).nodes) == 2
    distinction = node(U[2], "piecewise", U[1], X > 0, ONE, X < 0)
    graph = Graph((X,), (node(U[1], "scale", TWO, X, ONE), distinction), (U[2],))
    assert [n.expression for n in merged(graph, "u", Y).nodes] == [
        cases((mul(TWO, X), X > 0), (ONE, X < 0))
    ]


def test_an_output_stays_though_it_is_used():
    nodes = node(U[1], "scale", TWO, X, ONE), node(U[2], "sine", U[1])
    assert merged(Graph((X,), nodes, (U[1], U[2])), "u", Y).nodes == nodes


def test_a_long_chain_keeps_some_names():
    nodes = [node(Symbol("u1", real=True), "sine", X)]
    for n in range(2, 5001):
        name = Symbol(f"u{n}", real=True)
        nodes.append(node(name, "sum", ONE, ONE, ONE, TWO, nodes[-1].symbol, ONE))
    graph = merged(Graph((X,), tuple(nodes), (nodes[-1].symbol,)), "u", Y)
    assert 5000 * 4 / LARGEST < len(graph.nodes) < 5000 / 10
    assert {n.symbol.name for n in graph.nodes} == {f"u{n + 1}" for n in range(len(graph.nodes))}
    assert len(compute(graph)) == len(graph.nodes)


# --- Local derivatives --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt", "lines"),
    [
        ("e^(-x)", None, ["d(y)/d(x) = exp(-x)*(-1) = -exp(-x)"]),
        ("sin(a x + b)", "x", ["d(y)/d(x) = cos(a*x + b)*a = a*cos(a*x + b)"]),
        ("sin(2(1 - a x))", "x", ["d(y)/d(x) = cos(2*(1 - a*x))*(-2*a) = -2*a*cos(2*(1 - a*x))"]),
        ("sin(x + 1)", None, ["d(y)/d(x) = cos(x + 1)"]),
        ("1/(1 - x)", None, ["d(y)/d(x) = -1/(1 - x)**2*(-1) = 1/(1 - x)**2"]),
        ("x(x + 1)", None, ["∂(y)/∂(x)[1] = x + 1", "∂(y)/∂(x)[2] = x"]),
    ],
)
def test_local_derivatives(text, wrt, lines):
    equations = computation(compute(modules(text, wrt))).equations
    sides = [[plain(write(side)) for side in (e.left, *e.rights)] for e in equations]
    assert [" = ".join(line) for line in sides] == lines


def test_the_law_names_the_slope():
    laws = [d.law for text in ("e^(-x)", "e^(x + 1)") for d in compute(modules(text))]
    assert laws == ["exponential rule, times the inner slope", "exponential rule"]


# --- The same derivative ------------------------------------------------------------------


def slope(graph, point):
    """The derivative of the output, by products of numbers along the edges."""
    tape = Tape()
    given = [(tape.cell(name), value) for name, value in point.items()]
    for one in graph.nodes:
        tape.name(one.symbol, one.expression)
    local = [(d.edge, tape.cell(d.by_law), tape.cell(d.value)) for d in compute(graph)]
    cells = tape.blank()
    for cell, value in given:
        cells[cell] = value
    tape.run(cells)
    totals = {graph.inputs[0]: mpf(1)} | {one.symbol: mpf(0) for one in graph.nodes}
    for edge, by_law, value in local:
        if cells[value] is None or cells[by_law] is None:
            return None
        assert mp.almosteq(cells[value], cells[by_law], mpf(10) ** -20)
        totals[edge.child] += cells[value] * totals[edge.parent]
    return totals[graph.outputs[0]] if graph.outputs else mpf(0)


@pytest.mark.parametrize("exercise", CORPUS, ids=lambda e: e.text)
def test_the_same_derivative(exercise):
    derivation = derive(exercise.text, exercise.wrt)
    graph = derivation.graph
    letter = graph.nodes[-1].symbol.name[0] if graph.nodes else "u"
    short = merged(graph, letter, derivation.output)
    assert len(short.nodes) <= len(graph.nodes)
    assert short.parameters == graph.parameters
    compared = 0
    with mp.workdps(40):
        for n, start in enumerate(NEAR):
            names = (*graph.inputs, *graph.parameters)
            point = {name: mpf(start) + mpf(n * i) / 7 for i, name in enumerate(names)}
            before, after = slope(graph, point), slope(short, point)
            if before is None or after is None:
                continue
            assert mp.almosteq(before, after, mpf(10) ** -20)
            compared += 1
    assert compared
