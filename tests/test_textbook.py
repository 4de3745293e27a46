"""The form in which a teacher writes a result."""

import pytest
from hypothesis import assume, given, note
from mpmath import mp, mpf

from chainstep.errors import ChainstepError
from chainstep.parser import parse
from chainstep.pipeline import derive
from chainstep.render.plain import plain
from chainstep.render.writing import write
from chainstep.textbook import collect
from tests.corpus import CORPUS
from tests.grammar import bounded, expressions
from tests.trusted import number

# What the chain rule gives, and what a teacher makes of it. First the reference derivations.
TABLE = [
    ("cos(x^2)*2*x", "2*x*cos(x**2)"),
    ("(1/sin(x^3)^2)*2*sin(x^3)*cos(x^3)*3*x^2", "6*x**2*cos(x**3)/sin(x**3)"),
    ("6*sin(x^3)*x^2*cos(x^3)/sin(x^3)^2", "6*x**2*cos(x**3)/sin(x**3)"),
    ("-sin(x^3)*3*x^2", "-3*x**2*sin(x**3)"),
    ("cos(t - tau)*1", "cos(t - tau)"),
    ("2*(a - x)*(-1)", "-2*(a - x)"),
    ("-1/(1 + e^(-x))^2*1*e^(-x)*(-1)", "exp(-x)/(1 + exp(-x))**2"),
    (
        "e^(cos(omega*t + phi))*(-sin(omega*t + phi))*omega",
        "-omega*sin(omega*t + phi)*exp(cos(omega*t + phi))",
    ),
    ("1 + 1*2*x", "1 + 2*x"),
    ("cos(x + x^2)*(1 + 2*x)", "(1 + 2*x)*cos(x + x**2)"),
    ("x^2 + x*2*x", "3*x**2"),
    ("cos(x^2)*cos(x^2)*2*x + sin(x^2)*(-sin(x^2)*2*x)", "2*x*(cos(x**2)**2 - sin(x**2)**2)"),
    ("(x + 2)*(x - 2) + x*(x - 2)*1 + x*(x + 2)*1", "3*x**2 - 4"),
    ("x*x^(x - 1) + x^x*ln(x)", "x**x*(1 + ln(x))"),
    ("ln(x)*e^x + e^x*(1/x)", "exp(x)*(ln(x) + 1/x)"),
    ("(1/e^x)*2*x + (-x^2/(e^x)^2)*e^x", "(2*x - x**2)*exp(-x)"),
    ("(1/cosh(x))*cosh(x) - sinh(x)/cosh(x)^2*sinh(x)", "(cosh(x)**2 - sinh(x)**2)/cosh(x)**2"),
    ("-1*x^-2", "-1/x**2"),
    ("-2*(-3)*x^(-4)", "6/x**4"),
    ("(1/2)*x^(-1/2)", "1/(2*sqrt(x))"),
    ("-1/cbrt(x)^2*(1/(3*cbrt(x)^2))", "-1/(3*root(x**4, 3))"),
    ("-1/(x*cbrt(x))^2*(cbrt(x) + x*(1/(3*cbrt(x)^2)))", "-4/(3*root(x**7, 3))"),
    ("ln(2)^x*ln(ln(2))", "ln(2)**x*ln(ln(2))"),
    # Products are put in order: number, names, polynomials, functions, exponentials.
    ("sin(x)*x*2", "2*x*sin(x)"),
    ("cos(x)*e^x*x^2*3", "3*x**2*cos(x)*exp(x)"),
    ("e^x*(x + 1)*2", "2*(x + 1)*exp(x)"),
    ("pi*x*2", "2*pi*x"),
    ("3*(x^2 + 1)^2*2*x", "6*x*(x**2 + 1)**2"),
    ("4*(2*x + 1)^3*2", "8*(2*x + 1)**3"),
    ("a*(-sin(a*x + b))", "-a*sin(a*x + b)"),
    ("(-1)*(-1)*x", "x"),
    ("x*2*x*3*x", "6*x**3"),
    # Like powers are collected.
    ("e^x*e^x", "exp(2*x)"),
    ("e^x*e^(-x)", "1"),
    ("2*e^(2*x)/e^x", "2*exp(x)"),
    ("sqrt(x)*sqrt(x)", "x"),
    ("x*sqrt(x)", "x**(3/2)"),
    ("x/sqrt(x)", "sqrt(x)"),
    ("x^a*a/x", "a*x**(a - 1)"),
    # Fractions are cancelled.
    ("x/x", "1"),
    ("(x + 1)/(x + 1)", "1"),
    ("6*x/3", "2*x"),
    ("x/2/3", "x/6"),
    ("(2*x + 4)/2", "x + 2"),
    ("1/x*1/x", "1/x**2"),
    ("cos(x)/cos(x)^2", "1/cos(x)"),
    ("1/(2*sqrt(x^2 + 1))*2*x", "x/sqrt(x**2 + 1)"),
    ("1/(1 + x^2)*2*x", "2*x/(1 + x**2)"),
    ("1/ln(x)*(1/x)", "1/(x*ln(x))"),
    # Sums: like terms, common factors, a common denominator.
    ("x + x + x", "3*x"),
    ("2*x - 2*x", "0"),
    ("0*x + 5", "5"),
    ("ln(x) + x*(1/x)", "ln(x) + 1"),
    ("2*sin(x)*cos(x) - 2*cos(x)*sin(x)", "0"),
    ("(x*1 - (x + 1)*1)/x^2", "-1/x**2"),
    ("1/(x - 1) - (x + 1)/(x - 1)^2", "-2/(x - 1)**2"),
    ("2*x/(x^2 + 1) - x^2*2*x/(x^2 + 1)^2", "2*x/(x**2 + 1)**2"),
    ("(1/x)/x - ln(x)/x^2", "(1 - ln(x))/x**2"),
    ("2*x*ln(x) + x^2*(1/x)", "x*(2*ln(x) + 1)"),
    ("x^2*e^x + 2*x*e^x", "(x**2 + 2*x)*exp(x)"),
    ("e^(2*x)*2*sin(3*x) + e^(2*x)*cos(3*x)*3", "exp(2*x)*(2*sin(3*x) + 3*cos(3*x))"),
    ("3*((x - 1)/(x + 1))^2*(1/(x + 1) - (x - 1)/(x + 1)^2)", "6*(x - 1)**2/(x + 1)**4"),
    ("x*(x + 1) + x*(x - 1)", "2*x**2"),
    # Nothing is rewritten into another function, and no power of a sum is expanded.
    ("sin(x)^2 + cos(x)^2", "sin(x)**2 + cos(x)**2"),
    ("2*sin(x)*cos(x)", "2*sin(x)*cos(x)"),
    ("sin(x)/cos(x)", "sin(x)/cos(x)"),
    ("(x + 1)^2", "(x + 1)**2"),
    ("(x + 1)^50*2", "2*(x + 1)**50"),
    ("ln(x^2)", "ln(x**2)"),
    ("sqrt(x^2)", "sqrt(x**2)"),
    # Signs and sizes go together, and so do roots of powers.
    ("abs(x)*sign(x)", "x"),
    ("sign(x)/abs(x)", "1/x"),
    ("abs(x) + x*sign(x)", "2*abs(x)"),
    ("3*abs(2*x + 1)^2*sign(2*x + 1)*2", "6*(2*x + 1)*abs(2*x + 1)"),
    ("2*x/(3*cbrt(x^2)^2)", "2/(3*root(x, 3))"),
    ("3*x^2/(2*sqrt(x^3))", "3*sqrt(x)/2"),
    # No fraction stands in a fraction, and a number is taken out of a product.
    ("(3*x/2 + 1)/sqrt(x + 1)", "(3*x + 2)/(2*sqrt(x + 1))"),
    ("(1 - 1/x)/(2*sqrt(x))", "(x - 1)/(2*x**(3/2))"),
    ("1/(1 + 1/x)", "x/(x + 1)"),
    ("(2 - 2*x)*e^(-x)", "2*(1 - x)*exp(-x)"),
    ("(-2*x - 3)*sin(x)", "-(2*x + 3)*sin(x)"),
    ("(24*x - 6*x^2)/(2 - x)^2", "6*x*(4 - x)/(2 - x)**2"),
    ("x*(ln(x) + 1/x)", "x*ln(x) + 1"),
    ("x^2*(1/x - 1)", "x*(1 - x)"),
    ("(3*x^2 + 3*x)/(x^2 + x)", "3"),
    ("(4/ln(3) - 1)/x", "(4/ln(3) - 1)/x"),
    ("x/2 + 1/3", "x/2 + 1/3"),
    ("e^x*(sqrt(x) + 1/(2*sqrt(x)))", "exp(x)*(sqrt(x) + 1/(2*sqrt(x)))"),
    ("cos(x)*tan(x) + sin(x)/cos(x)^2", "cos(x)*tan(x) + sin(x)/cos(x)**2"),
]
# Whole derivations: the expression and its result.
RESULTS = [
    ("(x^2 - 1)/(x - 1)", "1"),
    ("(1 - x^2)/(1 - x)", "1"),
    ("(2x^2 - 2)/(3x - 3)", "2/3"),
    ("(x + 1)/(x^2 - 1)", "-1/(x - 1)**2"),
    ("(x^2 + 5x + 6)/(x^2 + 3x + 2)", "-2/(x + 1)**2"),
    ("ln(x^2 - 2x + 1)", "2/(x - 1)"),
    ("(x^3 + 1)/(x^2 + 1)", "x*(x**3 + 3*x - 2)/(x**2 + 1)**2"),  # nothing is shared
    ("where(x != 0, x^2 sin(1/x), 0)", "piecewise((2*x*sin(1/x) - cos(1/x), x != 0), (0, True))"),
    ("where(x > 0, x*x, -x*e^x)", "piecewise((2*x, x > 0), (-(1 + x)*exp(x), True))"),
    ("asin(2x)", "2/sqrt(1 - 4*x**2)"),
    ("acos(x^2)", "-2*x/sqrt(1 - x**4)"),
    ("arcsin(sqrt(x))", "1/(2*sqrt(x)*sqrt(1 - x))"),
    ("arcosh(x)", "1/sqrt(x**2 - 1)"),
    ("arctan(x/a)", "a/(a**2 + x**2)"),
    ("arctan(1/x)", "-1/(x**2 + 1)"),
    ("ln(sqrt((x + 1)/(x - 1)))", "-1/((x - 1)*(x + 1))"),
    ("x*sqrt(1 - x^2)", "(1 - 2*x**2)/sqrt(1 - x**2)"),
    ("x/sqrt(1 - x^2)", "1/(1 - x**2)**(3/2)"),
    ("sqrt(x + sqrt(x))", "(2*sqrt(x) + 1)/(4*sqrt(x)*sqrt(x + sqrt(x)))"),
    ("sqrt(x)/(x + 4)", "(4 - x)/(2*sqrt(x)*(x + 4)**2)"),
    ("ln(x + sqrt(x^2 + 1))", "1/sqrt(x**2 + 1)"),
    ("ln|sin(x)|", "cos(x)/sin(x)"),
    ("x|x|", "2*abs(x)"),
    ("tan(x)/x", "1/(x*cos(x)**2) - tan(x)/x**2"),
    ("x*sqrt(1 - x^2) + arcsin(x)", "2*sqrt(1 - x**2)"),
    ("x^2*cbrt(x^2)", "8*root(x**5, 3)/3"),
    ("P*(1 + r/n)^(n*t)", "P*n*ln(1 + r/n)*(1 + r/n)**(n*t)"),
    ("(x - 3)^2*(x + 2)^3", "5*(x + 2)**2*(x - 3)*(x - 1)"),
    ("1/(1 + 1/(1 + 1/x))", "-1/(2*x + 1)**2"),
    ("sqrt(x)/(1 + sqrt(x))", "1/(2*sqrt(x)*(1 + sqrt(x))**2)"),
    ("x/(1 + x) + (1 + x)/x", "1/(1 + x)**2 - 1/x**2"),
    ("1/x + 1/x^2 + 1/x^3", "-1/x**2 - 2/x**3 - 3/x**4"),
    ("(x^2 - 1)^3*(2x + 5)^4", "2*(2*x + 5)**3*(x**2 - 1)**2*(10*x**2 + 15*x - 4)"),
    ("a*x^n", "a*n*x**(n - 1)"),
    ("e^(-x^2/2)", "-x*exp(-x**2/2)"),
    ("e^e^x", "exp(exp(x))*exp(x)"),
    ("2^2^x", "2**(2**x)*2**x*ln(2)**2"),
    ("tanh(w x + b)", "w/cosh(w*x + b)**2"),
    ("x*2^x", "2**x*(1 + x*ln(2))"),
]
POINTS = [{"x": mpf(x), "a": mpf(a)} for x, a in (("0.37", "1.3"), ("1.7", "0.6"), ("-0.8", "2.2"))]


def text_of(expression):
    return plain(write(expression))


def collected(text):
    return collect(parse(text).tree)


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_table(text, expected):
    assert text_of(collected(text)) == expected


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_textbook_form_stays_as_it_is(text, expected):
    assert text_of(collected(expected)) == expected


@pytest.mark.parametrize(("text", "expected"), RESULTS)
def test_results(text, expected):
    assert text_of(derive(text).result) == expected


@pytest.mark.parametrize("exercise", CORPUS, ids=lambda exercise: exercise.text)
def test_results_are_in_the_textbook_form(exercise):
    result = derive(exercise.text, exercise.wrt).result
    assert text_of(collect(result)) == text_of(result)


@bounded(150)
@given(expressions(max_leaves=8))
def test_random_expressions_keep_their_value(text):
    try:
        expression = collected(text)
    except ChainstepError:
        assume(False)
    written = text_of(expression)
    note(written)
    assert text_of(collect(expression)) == written
    with mp.workdps(60):
        for point in POINTS:
            value = number(text, point)
            if value is not None:
                again = number(written, point)
                assert again is not None
                assert abs(value - again) < mpf(10) ** -25 * max(1, abs(value))
