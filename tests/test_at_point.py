"""The numbers of both passes at a point, and how the point is read."""

from decimal import Decimal
from fractions import Fraction

import pytest
from sympy import Float, Rational, Symbol, pi, sqrt

from chainstep.at_point.exact import exact_value
from chainstep.at_point.passes import decimal, numbers_at
from chainstep.at_point.reading import read_point
from chainstep.errors import ChainstepError, LimitExceeded, OutsideDomain
from chainstep.parser import parse
from chainstep.problem import pose
from chainstep.steps.compute import compute
from chainstep.steps.introduce import introduce

NAMES = {name: Symbol(name, real=True) for name in ("x", "b", "w1", "w2", "omega", "xy")}


def numbers(text, at, digits=6):
    problem = pose(text)
    graph = introduce(problem.definitions, problem.variables, problem.letter, problem.kept)
    point = read_point(at, [*graph.inputs, *graph.parameters])
    return numbers_at(graph, compute(graph), problem.output, point, digits)


def shown(rows):
    return [(str(row.symbol), row.decimal or str(row.value)) for row in rows]


# --- The point ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("x=1, b=1/3", {"x": 1, "b": Rational(1, 3)}),
        ("b = 1e-3 , x = -0.5", {"x": -Rational(1, 2), "b": Rational(1, 1000)}),
        ("x = log(8, 2), b=sqrt(2)", {"x": 3, "b": sqrt(2)}),
        (r"\omega = \frac{1}{2}", {"omega": Rational(1, 2)}),
        ("ω=2", {"omega": 2}),
        ("xy=2pi", {"xy": 2 * pi}),
        ({"x": 0.1, "b": Fraction(1, 3)}, {"x": Rational(1, 10), "b": Rational(1, 3)}),
        ({NAMES["x"]: Decimal("-1.5")}, {"x": -Rational(3, 2)}),
        ({"ω": sqrt(2), "x": "1/4"}, {"omega": sqrt(2), "x": Rational(1, 4)}),
    ],
)
def test_points(at, expected):
    names = [NAMES[name] for name in expected]
    point = read_point(at, names)
    assert list(point) == names
    assert {name.name: exact_value(value, {}) for name, value in point.items()} == expected


@pytest.mark.parametrize(
    ("at", "names", "code", "message", "marked"),
    [
        ("w1=0.5", "w1 w2 b", "missing-value", "values are missing for w2 and b", None),
        ("", "x", "missing-value", "a value is missing for x", None),
        ("x=1, c=3", "x b", "undefined-name", "c is none of the names", "c"),
        ("omga=3", "omega", "undefined-name", "omga is none of the names", "omga"),
        ("x=1,x=2", "x", "unfit-value", "x is given twice", "x"),
        ("x=b+1", "x", "unfit-value", "not a number: it contains b", "b+1"),
        ("x=sqrt(-1)", "x", "undefined-constant", "not defined", "sqrt(-1)"),
        ("x=9^9^9", "x", "limit-exceeded", "more than 10000 digits", "9^9^9"),
        ("1/3", "x", "unexpected-token", "a name and its value", "1/3"),
        ("x=1,", "x", "unexpected-token", "a name and its value", ""),
        ("x=", "x", "unexpected-token", "the value of x is missing", "="),
        ("e=2", "x", "unexpected-token", "'e' is not a name", "e"),
        ("b=1, x=(1", "x b", "unclosed-bracket", "never closed", "("),
        ({"x": True}, "x", "unfit-value", "a bool", None),
        ({"x": float("nan")}, "x", "unfit-value", "nan", None),
        ({"x": sqrt(-2)}, "x", "unfit-value", "not a real number", None),
        ({"x": 10**20000}, "x", "limit-exceeded", "digits", None),
        ({"x": 1, NAMES["x"]: 2}, "x", "unfit-value", "given twice", None),
    ],
)
def test_what_is_wrong_with_a_point(at, names, code, message, marked):
    with pytest.raises(ChainstepError) as raised:
        read_point(at, [NAMES[name] for name in names.split()])
    error = raised.value
    assert error.code == code
    assert message in error.message
    if marked is not None:
        assert error.source[slice(*error.span)] == marked


def test_missing_values_are_asked_for_by_name():
    with pytest.raises(ChainstepError) as raised:
        read_point("w1=0.5", [NAMES[name] for name in ("w1", "w2", "b")])
    assert raised.value.hint == "--at w1=0.5,w2=…,b=…"


# --- Both passes --------------------------------------------------------------------------


def test_the_reference_point():
    found = numbers("1/(1 + e^(-x))", "x=1")
    assert shown(found.up) == [
        ("u1", "-1"),
        ("u2", "0.367879"),
        ("u3", "1.367879"),
        ("u4", "0.731059"),
    ]
    adjoints = [row for row in found.down if str(row.symbol).startswith("d(y)")]
    assert shown(adjoints) == [
        ("d(y)/d(u3)", "-0.534447"),
        ("d(y)/d(u2)", "-0.534447"),
        ("d(y)/d(u1)", "-0.196612"),
        ("d(y)/d(x)", "0.196612"),
    ]


def test_no_row_is_repeated_and_every_formula_uses_rows_before_it():
    for text in ("sin(x)", "x^x", "sin(x^2)*cos(x^2)", "x", "x + e^x"):
        found = numbers(text, "x=1/2")
        symbols = [row.symbol for row in (*found.point, *found.up, *found.down)]
        assert len(set(symbols)) == len(symbols)


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("sin(x)", "x=pi/6", Rational(1, 2)),
        ("x^2", "x=sqrt(2)", 2),
        ("(1 + x)*(1 - x)", "x=sqrt(2)", -1),
        ("log(8, x)", "x=2", 3),
        ("root(x, 3)", "x=-27", -3),
        ("sigmoid(x)", "x=0", Rational(1, 2)),
        ("gamma(x)", "x=1/2", sqrt(pi)),
        ("relu(x)", "x=1000", 1000),
    ],
)
def test_exact_values(text, at, value):
    assert numbers(text, at).up[-1].value == value


@pytest.mark.parametrize(
    "text", ["e", "ln(2)", "2^sqrt(2)", "2^200", "sin(1)", "(1 + sqrt(2))^1000"]
)
def test_what_has_no_short_exact_value(text):
    assert exact_value(parse(text).tree, {}) is None


def test_cancellation_costs_no_digits():
    found = numbers("(1 + e^(-x)) - 1", "x=200")
    assert found.up[-1].decimal == "1.383897e-87"
    assert found.up[-1].value != Rational(0)


def test_a_zero_that_only_shows_in_numbers():
    assert shown(numbers("sin(x)^2 + cos(x)^2 - 1", "x=1").down)[-1] == ("d(y)/d(x)", "0.000000")


@pytest.mark.parametrize(
    ("text", "at", "error", "message"),
    [
        ("ln(2x)", "x=-1", OutsideDomain, "u2 = ln(u1) has no real value at x = -1 (u1 = -2)"),
        ("ln(x)", "x=-1", OutsideDomain, "y = ln(x) has no real value at x = -1"),
        ("sqrt(x)", "x=0", OutsideDomain, "d(y)/d(x) = 1/(2*sqrt(x)) has no real value at x = 0"),
        ("tan(x)", "x=pi/2", OutsideDomain, "y = tan(x) has no real value at x = pi/2"),
        ("e^(e^(e^x))", "x=5", LimitExceeded, "u3 = exp(u2) is out of reach at x = 5"),
    ],
)
def test_outside_the_domain(text, at, error, message):
    with pytest.raises(error) as raised:
        numbers(text, at)
    assert raised.value.message.startswith(message)


def test_a_long_chain():
    text = "sin(" * 3000 + "x" + ")" * 3000
    found = numbers(text, "x=1")
    assert len(found.up) == 3000
    assert isinstance(found.down[-1].value, Float)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (Rational(7), 6, ""),
        (Rational(1, 8), 2, "0.13"),
        (-Rational(1, 30), 6, "-0.0333333"),
        (Rational(9999999, 10**7), 6, "1.000000"),
        (sqrt(2), 10, "1.4142135624"),
        (Rational(1, 10**5), 6, "0.0000100000"),
        (Rational(1, 3 * 10**5), 3, "3.333e-6"),
        (10**30 + Rational(1, 2), 6, "1.000000e+30"),
        (Rational(99999999, 10**28), 6, "1.000000e-20"),
        (10**11 + Rational(1, 2), 3, "100000000000.500"),
    ],
)
def test_decimals(value, digits, expected):
    assert decimal(value, digits) == expected
