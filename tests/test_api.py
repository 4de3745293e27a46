"""derive() and jacobian() tell what kind of text they are given; what comes out is used further."""

import pickle

import pytest
from sympy import Rational, Symbol

from chainstep import derive, jacobian
from chainstep.errors import ChainstepError, UnsupportedExpression
from chainstep.notation import Matrix

NUMBERS = [
    "x^2",
    "[x + 1]^2",
    "[log(x, 2)]",
    "[max(0, x)] + [min(x, 1)]",
    "y = [max(0, x)]",
    "y = x^2  # the sum (of squares)",
    "L = x^2 # x: vector of it",
    "L = x^2 # f = [a, b]",
    "y = x·x",
]
LISTS = ["[x, x^2]", "y = [x, max(x, 1)]", "y = [ln(g1), sin(g2)]; g = [x^2, 3x]  # two", "[x, 2]"]
VECTORS = ["x: vector(n); y = x⊗x", "x: vector; y = dot(x, x)", "y = sum(x_i^2, i); x: vector"]


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers(text):
    assert not isinstance(derive(text, "x").result, Matrix)


@pytest.mark.parametrize("text", LISTS)
def test_lists(text):
    assert isinstance(derive(text, "x").result, Matrix)
    assert derive(text, "x").result == jacobian(text, "x").result


@pytest.mark.parametrize("text", VECTORS)
def test_vectors(text):
    assert derive(text, "x").verdict.lengths
    assert derive(text, "x").result == jacobian(text, "x").result


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("x: vector; y = dot(x, x)", {"at": "x=1"}, "no --at for vectors"),
        ("[x, x^2]", {"merge": True}, "no --merge for a list"),
        ("x: vector; y = dot(x, x)", {"wrt": None}, "which variable"),
    ],
)
def test_what_there_is_not(text, options, words):
    with pytest.raises(ChainstepError, match=words):
        derive(text, **({"wrt": "x"} | options))


@pytest.mark.parametrize("row", ["[0, 1]", "[1, 0]", "[0, 0]", "[0, x1]"])
def test_rows_with_zeros(row):
    derivation = jacobian("[x1*x2, x1]", "x1,x2", vjp=row)
    assert derivation.verdict.status == "verified"


@pytest.mark.parametrize(
    "text", ["sigmoid(3x)", "cbrt(x^2 + 1)", "log(x^2 + 1, 3)", "gelu(3x)", "x*softplus(x^2)"]
)
def test_sympy_goes_on_with_a_result(text):
    x = Symbol("x", real=True)
    slope = derive(text).result
    step = Rational(1, 10**12)
    there, here = (slope.subs(x, Rational(1, 3) + move).evalf(40) for move in (step, -step))
    assert abs((there - here) / (2 * step) - slope.diff(x).subs(x, Rational(1, 3)).evalf()) < 1e-12


def test_names_of_derivatives_are_pickled():
    (line, *_) = derive("x*sin(x)").steps[2].equations
    assert pickle.loads(pickle.dumps(line.left)) is line.left
    assert str(2 * line.left) == f"2*{line.left}"


@pytest.mark.parametrize("given", [["x*y", "x + y"], (Symbol("x"),), Symbol("x"), 5, None, b"[x]"])
def test_a_jacobian_is_read_from_a_text(given):
    with pytest.raises(UnsupportedExpression) as caught:
        jacobian(given, "x")
    assert "[x*y, x + y]" in caught.value.hint
