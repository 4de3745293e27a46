"""The numbers of both passes at a point, and how the point is read."""

from decimal import Decimal
from fractions import Fraction

import pytest
from sympy import Float, Rational, Symbol, pi, sqrt

from chainstep.at_point.decimals import decimal
from chainstep.at_point.exact import exact_value
from chainstep.at_point.passes import numbers_at
from chainstep.at_point.reading import read_point
from chainstep.errors import ChainstepError, LimitExceeded, OutsideDomain
from chainstep.parser import parse
from chainstep.pipeline import derive
from chainstep.problem import pose
from chainstep.render import FORMATS
from chainstep.steps.compute import compute
from chainstep.steps.introduce import introduce

NAMES = {name: Symbol(name, real=True) for name in ("x", "b", "w1", "w2", "omega", "xy")}


def numbers(text, at, digits=6):
    problem = pose(text)
    graph = introduce(problem.definitions, problem.variables, problem.letter, problem.kept)
    point = read_point(at, [*graph.inputs, *graph.parameters])
    return numbers_at(graph, compute(graph), problem.definitions[-1], point, digits)


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


CASES = "piecewise((2, sqrt(x) < 0), (x, otherwise))"
UNITY = "sin(x)^2 + cos(x)^2"  # 1, but not to rounding


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


@pytest.mark.parametrize(
    ("text", "at", "value", "slope"),
    [
        ("ln(1 - sigmoid(x))", "x=400", "-400.000000", "-1.000000"),
        ("sigmoid(x)", "x=1000", "1.000000", "5.075959e-435"),
        (f"{UNITY} - 1 + e^(-700x)", "x=1", "9.859677e-305", "-6.901774e-302"),
    ],
)
def test_what_strong_cancellation_leaves(text, at, value, slope):
    found = numbers(text, at)
    assert found.up[-1].decimal == value
    assert found.down[-1].decimal == slope


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("sigmoid(x)", "x=3000"),  # y(1 − y) has its first digit behind all that are computed
        ("1 + e^(-x) - 1", "x=3000"),
        ("ln(1 - sigmoid(x))", "x=3000"),
        (f"1/({UNITY} - 1)", "x=1"),
        (f"ln({UNITY} - 1)", "x=1"),
        (f"relu({UNITY} - 1)", "x=1"),  # whether that is above 0
        ("max(x, ln(e^x))", "x=3.5"),
        ("piecewise((1, ln(e^x) <= x), (x, otherwise))", "x=3.5"),
    ],
)
def test_nothing_hangs_on_a_zero_that_may_be_none(text, at):
    with pytest.raises(LimitExceeded, match="cannot be computed reliably"):
        numbers(text, at)


@pytest.mark.parametrize(
    ("text", "at"),
    [("relu(-ln(x))", "x=2"), ("ln(x)*relu(-ln(x))", "x=2"), ("ln(e^x) - x", "x=3.5")],
)
def test_zeros_that_are_zero(text, at):
    assert shown(numbers(text, at).up)[-1][1] == "0.000000"
    assert shown(numbers(text, at).down)[-1] == ("d(y)/d(x)", "0.000000")


@pytest.mark.parametrize(("relation", "value"), [("<", 2), ("<=", 1), (">", 2)])
def test_cases_are_chosen_exactly(relation, value):
    found = numbers(f"piecewise((1, x^2 {relation} 2), (2, otherwise))", "x=sqrt(2)")
    assert found.up[-1].value == value


@pytest.mark.parametrize(
    ("text", "at", "kinks"),
    [
        ("max(x, 2x)", "x=0", ["Eq(x, u1)"]),
        ("min(x, -x)", "x=0", ["Eq(x, u1)"]),
        ("relu(x)", "x=0", ["Eq(x, 0)"]),
        ("|x - 1| + |x + 1|", "x=-1", ["Eq(u3, 0)"]),
        ("|ln(x)*relu(-ln(x))|", "x=2", ["Eq(u4, 0)"]),
        ("piecewise((x^2, x < 1), (2x, otherwise))", "x=1", ["Eq(x, 1)"]),
        ("max(x, 2x)", "x=1", []),
        ("|ln(x)|", "x=2", []),
    ],
)
def test_kinks_that_are_met(text, at, kinks):
    assert [str(relation) for relation in numbers(text, at).kinks] == kinks


@pytest.mark.parametrize(
    ("format", "remark"),
    [
        ("text", "At this point x = u₁: there may be no derivative"),
        ("markdown", "At this point $x = u_1$: there may be no derivative"),
        ("latex", "At this point $x = u_1$: there may be no derivative"),
        ("json", '"kinks": [\n      "x == u1"\n    ]'),
    ],
)
def test_a_kink_is_called_out(format, remark):
    assert remark in FORMATS[format](derive("max(x, 2x)", at="x=0"))
    assert remark.split(":")[0] not in FORMATS[format](derive("max(x, 2x)", at="x=1"))


@pytest.mark.parametrize(
    ("text", "formula", "value"), [("x", "x", 3), ("7", "7", 7), ("max(x, x)", "x", 3)]
)
def test_an_output_without_a_node_has_its_row(text, formula, value):
    derivation = derive(text, "x", at="x=3")
    (row,) = derivation.numbers.up
    assert (str(row.symbol), str(row.formula), row.value) == ("y", formula, value)
    assert "On the way up" in derivation.to_text()


def test_a_part_without_rows_has_no_heading():
    assert "On the way up" not in derive("a", "x", at="x=3").to_text()  # a has no value


def test_a_zero_that_only_shows_in_numbers():
    assert shown(numbers("sin(x)^2 + cos(x)^2 - 1", "x=1").down)[-1] == ("d(y)/d(x)", "0.000000")


@pytest.mark.parametrize(
    ("text", "at", "error", "message"),
    [
        ("ln(2x)", "x=-1", OutsideDomain, "u2 = ln(u1) has no real value at x = -1 (u1 = -2)"),
        ("ln(x)", "x=-1", OutsideDomain, "y = ln(x) has no real value at x = -1"),
        ("sqrt(x)", "x=0", OutsideDomain, "the derivative of y by x has no real value at x = 0"),
        ("root(x, 3)", "x=0", OutsideDomain, "the derivative of y by x has no real value"),
        ("x^x", "x=0", OutsideDomain, "the partial derivative of y by x in place 2 has no real"),
        ("|(-1)^x|", "x=0.1", OutsideDomain, "u1 has no real value at x = 1/10"),
        ("cos(1/(-1)^x)", "x=0.1", OutsideDomain, "u1 has no real value at x = 1/10"),
        (CASES, "x=-1", OutsideDomain, "y has no real value at x = -1"),
        (f"{CASES} + x^2", "x=-1", OutsideDomain, "u1 has no real value at x = -1"),
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
