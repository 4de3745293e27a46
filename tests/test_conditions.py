"""Where a derivation holds, and conditions that have no value."""

import pytest
from mpmath import mpf
from sympy import Symbol

import chainstep.conditions.needs as needs_module
from chainstep.errors import UndefinedConstant
from chainstep.parser import parse
from chainstep.pipeline import derive
from chainstep.render import prose, validity
from chainstep.render.plain import plain
from chainstep.render.unicode_math import one_line
from chainstep.render.writing import write
from chainstep.tape import evaluate

X = Symbol("x", real=True)


@pytest.mark.parametrize(
    "condition",
    [
        *("sqrt(x) < 0", "sqrt(x) ≠ 1", "sqrt(x) = ln(x)", "ln(x) >= 0"),
        *("x < 0 and sqrt(x) < 1", "x < 0 or sqrt(x) < 1"),
    ],
)
def test_a_condition_without_a_value_chooses_no_case(condition):
    tree = parse(f"piecewise((2, {condition}), (x, otherwise))").tree
    assert evaluate(tree, {X: mpf(-1)}) is None
    assert evaluate(tree, {X: mpf(4)}) in (2, 4)


def test_a_case_that_is_not_met_needs_no_value():
    tree = parse("piecewise((2, x < 0), (sqrt(x), sqrt(x) < 9), (x, otherwise))").tree
    assert evaluate(tree, {X: mpf(-1)}) == 2


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("piecewise((2, sqrt(x) < 0), (x, otherwise))", ["x >= 0"]),
        ("x + piecewise((2, sqrt(x - 1) < 5), (x, otherwise))", ["x >= 1"]),
        ("piecewise((2, ln(x) < 0), (x, otherwise))", ["x > 0"]),
        ("piecewise((2, arcsin(x) < 1 and 1/x > 0), (x, otherwise))", ["abs(x) <= 1", "x != 0"]),
        ("piecewise((2, root(x, 3) < 1), (x, otherwise))", []),
        ("y = piecewise((x, u < 1), (3, otherwise)); u = sqrt(x - 1)", ["x >= 1"]),
        # the second condition is met only where the first is false
        ("piecewise((2, x < 0), (3, sqrt(x) < 1), (x, otherwise))", []),
    ],
)
def test_what_stands_in_a_condition_needs_its_domain(text, domain):
    conditions = derive(text, "x").conditions
    found = [plain(write(c.relation)) for c in conditions if c.kind == "domain"]
    assert sorted(found) == sorted(domain)


def conditions(text):
    """The conditions of a derivation by x as text: what must hold, and the places without a
    derivative."""
    found = {"domain": [], "nowhere": [], "kink": [], "possible-kink": [], "exception": []}
    for condition in derive(text, "x").conditions:
        found[condition.kind].append(plain(write(condition.relation)))
    return found["domain"] + found["nowhere"], found["kink"] + found["possible-kink"] + found[
        "exception"
    ]


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("x^(6/2)", []),
        ("x^(3 - 5)", ["x != 0"]),
        ("ln(x^(1 + 1))", ["x != 0"]),
        ("sqrt(1 + x^(6/2))", ["x > -1"]),
        ("x^(1/2 + 2)", ["x > 0"]),
        ("0^x", ["x > 0"]),
        ("1/0^x", ["x > 0", "0**x != 0"]),
        ("1/(0*x)", ["0*x != 0"]),
        ("asech(0*x)", ["0*x > 0", "0*x < 1"]),
        ("acosh(0*x^2 + 1)", ["0*x**2 + 1 > 1"]),
        ("atan2(x, 0)", ["x != 0"]),
        ("atan2(0, x)", ["x != 0"]),
        ("x^(3/2)/x", ["x > 0"]),
    ],
)
def test_constants_in_what_is_needed(text, domain):
    assert conditions(text)[0] == domain


def test_a_base_that_is_worked_out_to_0_has_no_logarithm():
    with pytest.raises(UndefinedConstant):
        derive("sin(0)^x")


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        *(("x + ln(a)", ["a > 0"]), ("x*arcsin(a)", ["abs(a) <= 1"]), ("x + sqrt(a)", ["a >= 0"])),
        *(("x/a", ["a != 0"]), ("x/(a*b^2)", ["a != 0", "b != 0"]), ("x/sqrt(a)", ["a > 0"])),
        *(("x*gamma(a)", ["1/gamma(a) != 0"]), ("x*a^(3/2)", ["a >= 0"])),
        ("y = x*k; k = ln(a)", ["a > 0"]),
        # all real numbers meet it
        *(("x/(1 + a^2)", []), ("x*sqrt(1 + a^2)", []), ("x*ln(exp(a))", [])),
        *(("x*2^a", []), ("a^2*x", []), ("x*a^(6/2)", []), ("x/sqrt(2pi)", [])),
    ],
)
def test_what_does_not_vary_needs_its_domain(text, domain):
    assert conditions(text)[0] == domain


@pytest.mark.parametrize(
    ("text", "kinks"),
    [
        *(("acot(x)", ["x == 0"]), ("acot(x^2)", []), ("acot(3 - 2x)", ["x == 3/2"])),
        *(("atan2(x, -1)", ["x == 0"]), ("atan2(x, 1)", []), ("atan2(x, a)", ["x == 0"])),
        ("atan2(a, x)", []),
        # the value jumps at a single point
        *(("sign(x)^2", ["x == 0"]), ("sign(x^2)", ["x == 0"]), ("relu(x^2)", [])),
        ("piecewise((x, x != 1), (2, otherwise))", ["x == 1"]),
        # there is a derivative, but the result is another number
        *(("3x*sign(x)^2", ["x == 0"]), ("piecewise((x, x != 1), (x^2, otherwise))", ["x == 1"])),
        # kinks inside a branch
        ("piecewise((abs(x), x < 1), (x, otherwise))", ["x == 0"]),
        ("piecewise((abs(x), x > 1), (x, otherwise))", []),
        ("piecewise((x, 0 < x), (2x, otherwise))", ["x == 0"]),
        # nothing that varies
        ("piecewise((x, a < 1), (2x, otherwise))", []),
        ("piecewise((x, 1 < 2), (2x, otherwise))", []),
        # a place that is reached by solving
        *(("abs(x^2 - 1)", ["x == -1", "x == 1"]), ("max(x, x^2)", ["x == 0", "x == 1"])),
        *(("abs(x*x*x)", []), ("max(x, -x)*x", []), ("abs(ln(x))", ["x == 1"])),
        *(("abs(x^2 - x - 1)", ["x**2 - x - 1 == 0"]), ("abs(relu(x))", ["x == 0"])),
        # outside the domain
        *(("abs(x)/x", []), ("ln(x) + abs(x + 2)", []), ("ln(x) + abs(x - 2)", ["x == 2"])),
    ],
)
def test_places_without_a_derivative(text, kinks):
    assert conditions(text)[1] == kinks


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        # steps back through operations: shifts and scalings, powers, monotone functions
        *(("arcsin(2x)", ["abs(x) < 1/2"]), ("arcsin(x^2)", ["abs(x) < 1"])),
        *(("acoth(-x)", ["abs(x) > 1"]), ("arccos(sqrt(x))", ["x > 0", "x < 1"])),
        *(("arccos(e^x)", ["x < 0"]), ("sqrt(2 - e^x)", ["x < ln(2)"]), ("arcsin(2^x)", ["x < 0"])),
        *(("arcsin(1 - x)", ["x > 0", "x < 2"]), ("ln(ln(x))", ["x > 1"])),
        *(("1/ln(x)", ["x > 0", "x != 1"]), ("ln(sinh(x))", ["x > 0"])),
        *(("ln(log(x, 1/2))", ["x > 0", "x < 1"]), ("1/root(x - 1, 3)", ["x != 1"])),
        *(("sqrt(acos(x))", ["abs(x) < 1"]), ("sqrt(ln(abs(x)))", ["abs(x) > 1"])),
        *(("ln(1 - tanh(x))", []), ("1/(cosh(x) - 1)", ["x != 0"])),
        *(("1/(2x^3 - 1)", ["x != 2**(2/3)/2"]), ("1/(sinh(x) - 1)", ["sinh(x) != 1"])),
        # quotients of polynomials
        *(("1/(1 + 1/x)", ["x != -1", "x != 0"]), ("1/(x^2 + 3x + 2)", ["x != -2", "x != -1"])),
        *(("ln(x^2 - 1)", ["abs(x) > 1"]), ("1/(x^2 - 4)", ["x != -2", "x != 2"])),
        *(("ln(x^2 + x + 1)", []), ("atan2(x, x^2)", ["x != 0"])),
        *(("ln((x - 1)/(x + 2))", ["x < -2 or x > 1"]), ("1/(x^2 - x - 1)", ["x**2 - x - 1 != 0"])),
        *(("arcsin(2x/(1 + x^2))", ["x != -1", "x != 1"]), ("1/(x^4 + x + 1)", [])),
        # products of other factors
        *(("ln(x*e^(7x))", ["x > 0"]), ("ln(x*ln(x))", ["x > 1"])),
        ("ln(x*sin(x))", ["x*sin(x) > 0"]),
        # up to a function that has no steps back
        *(("arcsin(cos(x))", ["sin(x) != 0"]), ("arcsin(sin(2x))", ["cos(2*x) != 0"])),
        *(("ln(1 + cos(x))", ["cos(x) != -1"]), ("ln(tan(x))^2", ["cos(x) != 0", "tan(x) > 0"])),
        ("ln(sec(x))", ["cos(x) != 0", "sec(x) > 0"]),  # changes its sign, and is never 0
    ],
)
def test_what_hangs_on_one_name_is_solved(text, domain):
    assert conditions(text)[0] == domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        *(("ln(x)/(x + 4)", ["x > 0"]), ("ln(x) + sqrt(x + 1)", ["x > 0"])),
        *(("sqrt(x) + 1/sqrt(x - 2)", ["x > 2"]), ("arcsin(x)/(x + 1)", ["abs(x) < 1"])),
        *(("arcsin(x)/sqrt(1 - x^2)", ["abs(x) < 1"]), ("ln(abs(x))", ["x != 0"])),
        *(("sqrt(x + sqrt(x))", ["x > 0"]), ("1/(sqrt(1 + x) + sqrt(1 - x))", ["abs(x) < 1"])),
        *(("gamma(x)*ln(x)", ["x > 0"]), ("1/gamma(x)", ["1/gamma(x) != 0"])),
        *(("cos(x)/sec(x)", ["cos(x) != 0"]), ("ln(x^2 - 2x)/(x - 1)", ["x < 0 or x > 2"])),
        # a need is no reason to leave itself out
        ("sqrt(x - sqrt(x))", ["x > 0", "x - sqrt(x) > 0"]),
    ],
)
def test_what_is_implied_is_left_out(text, domain):
    assert conditions(text)[0] == domain


@pytest.mark.parametrize(
    "text", ["asin(x) + asec(x)", "ln(-1 - x^2)", "sqrt(x)*ln(-x)", "asech(0*x)", "acosh(sin(x))"]
)
def test_needs_that_contradict_each_other(text):
    found = derive(text, "x").conditions
    assert {condition.kind for condition in found} == {"nowhere"}


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("piecewise((ln(x), x < 1), (x, otherwise))", ["x > 0"]),
        ("piecewise((x, x < 0), (x, x < 5))", ["x < 5"]),
        ("piecewise((sqrt(x), x > 0), (1/(x + 1), otherwise))", ["x != -1"]),
        ("piecewise((sqrt(x), x >= 0), (0, otherwise))", []),
        ("piecewise((x, 0 < x and x < 1), (ln(x - 2), x > 1))", ["(x > 0 and x < 1) or x > 2"]),
        ("piecewise((piecewise((x, x > -1)), x < 1), (2, otherwise))", ["x > -1"]),
        ("piecewise((ln(x), a < 1), (x, otherwise))", []),
    ],
)
def test_what_branches_need(text, domain):
    assert conditions(text)[0] == domain


def test_long_chains_of_needs_are_followed_once(monkeypatch):
    """Each of n roots needs all those below it."""
    followed = []
    settled = needs_module.is_settled
    monkeypatch.setattr(
        needs_module, "is_settled", lambda r, ranges: followed.append(r) or settled(r, ranges)
    )
    assert conditions("sqrt(" * 100 + "x" + ")" * 100)[0] == ["x > 0"]
    assert len(followed) <= 200


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("gamma(x - 1)", ["Valid where x − 1 ≠ 0, −1, −2, …"]),
        ("gamma(x)/cos(x)", ["Valid where cos(x) ≠ 0 and x ≠ 0, −1, −2, …"]),
        ("ln(x^2 - 2x)", ["Valid where x < 0 or x > 2."]),
        ("ln(x^2 - 2x)/(x - 5)", ["Valid where x ≠ 5 and either x < 0 or x > 2."]),
        ("ln(-1 - x^2)", ["Valid nowhere: it would need x² < −1, which no real number meets."]),
        ("abs(x^2 - 1)", ["Not differentiable where x = −1 or x = 1 (0 is used there)."]),
        *(
            (text, ["Where x = 0 the derivative has another value than the formula gives."])
            for text in ("where(x != 0, (e^x - 1)/x, 1)", "relu(x) - relu(-x)")
        ),
        ("where(x != 0, x^2 sin(1/x), 0)", []),  # both are 0
        ("floor(x/2)", ["There may be no derivative where x/2 is an integer."]),
        ("round(x)", ["There may be no derivative where x is halfway between two integers."]),
        ("where(x > 0, x^2, -x)", ["Not differentiable where x = 0 (−1 is used there)."]),
        (
            "abs(x) + max(x, 1)",
            [
                "Not differentiable where x = 0 (0 is used there).",
                "Not differentiable where x = 1 (1 is used there).",
            ],
        ),
    ],
)
def test_conditions_in_words(text, sentences):
    assert validity.conditions(derive(text, "x"), prose.Notation(lambda e: one_line(write(e)))) == (
        sentences
    )
