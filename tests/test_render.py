"""The output formats: formulas, boxes, and whole documents made by hand."""

import json
import math
import re
from dataclasses import replace
from textwrap import dedent

import pytest
from markdown_it import MarkdownIt
from sympy import (
    Abs,
    And,
    Eq,
    Float,
    Ge,
    Gt,
    Integer,
    Lt,
    Ne,
    Piecewise,
    Rational,
    S,
    Symbol,
    asin,
    cos,
    digamma,
    exp,
    gamma,
    log,
    pi,
    polygamma,
    sign,
    sin,
    symbols,
    tan,
)

from chainstep.columns import columns
from chainstep.derivation import (
    STEP_TITLES,
    Condition,
    Derivation,
    Equation,
    LocalDerivative,
    Numbers,
    Row,
    Rule,
    Step,
    Verdict,
)
from chainstep.errors import UnclosedBracket
from chainstep.graph import Edge, Graph, Node
from chainstep.notation import (
    MINUS_ONE,
    ONE,
    ZERO,
    DerivativeSymbol,
    Matrix,
    add,
    mul,
    negate,
    power,
    reciprocal,
)
from chainstep.operations import BY_HEAD, BY_ID
from chainstep.operations.heads import logarithm, maximum, root, sigmoid
from chainstep.render import FORMATS
from chainstep.render.boxes import box
from chainstep.render.json_format import failure, record
from chainstep.render.latex import fragment
from chainstep.render.latex_math import latex
from chainstep.render.lines import sides
from chainstep.render.plain import plain
from chainstep.render.terminal import render as terminal
from chainstep.render.text import render as text
from chainstep.render.unicode_math import one_line
from chainstep.render.wrapping import wrapped
from chainstep.render.writing import write

TWO, THREE = Integer(2), Integer(3)
x, y, a, b, n, u1, u2, u3, u4 = symbols("x y a b n u1 u2 u3 u4", real=True)
u12 = Symbol("u12", real=True)


def call(head, *args):
    return head(*args, evaluate=False)


def d(of, wrt, partial=False, slot=0):
    return DerivativeSymbol(of, wrt, partial, slot)


def named(name):
    return Symbol(name, real=True)


ABOVE = call(Gt, x, ZERO)
STEP = Piecewise((ONE, ABOVE), (ZERO, True), evaluate=False)
MINUS_X = mul(MINUS_ONE, x)

# expression, LaTeX, text, plain
NUMBERS = [
    (Rational(1, 2), r"\frac{1}{2}", "1/2", "1/2"),
    (Rational(-3, 2), r"-\frac{3}{2}", "−3/2", "-3/2"),
    (Integer(-7), "-7", "−7", "-7"),
    (mul(TWO, pi, x), r"2 \pi x", "2π·x", "2*pi*x"),
    (S.Exp1, "e", "e", "e"),
]
NAMES = [
    (named("u12"), "u_{12}", "u₁₂", "u12"),
    (u1, "u_1", "u₁", "u1"),
    (named("w_i"), "w_{i}", "w_i", "w_i"),
    (named("x_max"), r"x_{\mathrm{max}}", "x_max", "x_max"),
    (named("omega"), r"\omega", "ω", "omega"),
    (named("lambda"), r"\lambda", "λ", "lambda"),
    (named("sigma2"), r"\sigma_2", "σ₂", "sigma2"),
    (named("yhat"), r"\hat{y}", "ŷ", "yhat"),
    (named("rate"), r"\mathrm{rate}", "rate", "rate"),
    (named("x1_2"), "x_{1, 2}", "x_1_2", "x1_2"),
]
SUMS = [
    (add(ONE, mul(Integer(-2), x)), "1 - 2 x", "1 − 2x", "1 - 2*x"),
    (add(MINUS_X, ONE), "-x + 1", "−x + 1", "-x + 1"),
    (add(x, add(y, ONE)), "x + (y + 1)", "x + (y + 1)", "x + (y + 1)"),
    (add(x, negate(add(y, ONE))), "x - (y + 1)", "x − (y + 1)", "x - (y + 1)"),
]
PRODUCTS = [
    (mul(TWO, x), "2 x", "2x", "2*x"),
    (mul(a, y, x), "a y x", "a·y·x", "a*y*x"),
    (mul(x, power(x, TWO)), r"x \cdot x^2", "x·x²", "x*x**2"),
    (mul(TWO, THREE, x), r"2 \cdot 3 \cdot x", "2·3·x", "2*3*x"),
    (mul(cos(u1), ONE), r"\cos(u_1) \cdot 1", "cos(u₁)·1", "cos(u1)*1"),
    (mul(u1, MINUS_ONE), r"u_1 \cdot (-1)", "u₁·(−1)", "u1*(-1)"),
    (mul(MINUS_ONE, mul(x, Rational(1, 2))), r"-\frac{x}{2}", "−x/2", "-x/2"),
    (mul(MINUS_ONE, mul(THREE, x)), r"-1 \cdot 3 x", "−1·3x", "-1*3*x"),
    (mul(Integer(-2), add(a, MINUS_X)), "-2 (a - x)", "−2(a − x)", "-2*(a - x)"),
    (mul(add(x, ONE), add(x, ONE)), r"(x + 1) \cdot (x + 1)", "(x + 1)·(x + 1)",
     "(x + 1)*(x + 1)"),
    (mul(add(ONE, x), cos(x)), r"(1 + x) \cos(x)", "(1 + x)·cos(x)", "(1 + x)*cos(x)"),
    (mul(TWO, power(THREE, x)), r"2 \cdot 3^{x}", "2·3^x", "2*3**x"),
    (mul(power(THREE, x), u1), r"3^{x} u_1", "3^x·u₁", "3**x*u1"),
    (mul(cos(x), power(add(ONE, x), n)), r"\cos(x) \cdot (1 + x)^{n}", "cos(x)·(1 + x)^n",
     "cos(x)*(1 + x)**n"),
    (mul(named("rate"), x), r"\mathrm{rate} \cdot x", "rate·x", "rate*x"),
    (mul(mul(MINUS_ONE, sin(u1)), mul(THREE, power(x, TWO))), r"-\sin(u_1) \cdot 3 x^2",
     "−sin(u₁)·3x²", "-sin(u1)*3*x**2"),
    (mul(reciprocal(u3), mul(TWO, u2), cos(u1), mul(THREE, power(x, TWO))),
     r"\frac{1}{u_3} \cdot 2 u_2 \cdot \cos(u_1) \cdot 3 x^2", "(1/u₃)·2u₂·cos(u₁)·3x²",
     "1/u3*2*u2*cos(u1)*3*x**2"),
]  # fmt: skip
FRACTIONS = [
    (mul(Integer(6), power(x, TWO), cos(u1), reciprocal(u3)), r"\frac{6 x^2 \cos(u_1)}{u_3}",
     "6x²·cos(u₁)/u₃", "6*x**2*cos(u1)/u3"),
    (power(x, -TWO), r"\frac{1}{x^2}", "1/x²", "1/x**2"),
    (mul(MINUS_ONE, power(u2, -TWO)), r"-\frac{1}{u_2^2}", "−1/u₂²", "-1/u2**2"),
    (mul(Rational(-3, 2), x), r"-\frac{3 x}{2}", "−3x/2", "-3*x/2"),
    (mul(Rational(1, 2), power(x, TWO)), r"\frac{x^2}{2}", "x²/2", "x**2/2"),
    (mul(y, reciprocal(power(x, TWO)), reciprocal(mul(TWO, x))),
     r"\frac{y}{x^2 \cdot 2 x}", "y/(x²·2x)", "y/(x**2*2*x)"),
    (mul(x, Rational(1, 2)), r"\frac{x}{2}", "x/2", "x/2"),
    (mul(x, Rational(3, 2)), r"x \cdot \frac{3}{2}", "x·(3/2)", "x*(3/2)"),
    (mul(mul(TWO, x), reciprocal(y)), r"\frac{2 x}{y}", "2x/y", "2*x/y"),
    (mul(mul(x, reciprocal(y)), reciprocal(a)), r"\frac{\frac{x}{y}}{a}", "(x/y)/a", "x/y/a"),
    (mul(TWO, x, reciprocal(x)), r"\frac{2 x}{x}", "2x/x", "2*x/x"),
    (mul(x, reciprocal(a), reciprocal(y)), r"\frac{x}{a y}", "x/(a·y)", "x/(a*y)"),
    (reciprocal(mul(TWO, x)), r"\frac{1}{2 x}", "1/(2x)", "1/(2*x)"),
    (reciprocal(add(ONE, x)), r"\frac{1}{1 + x}", "1/(1 + x)", "1/(1 + x)"),
    (mul(x, reciprocal(mul(a, reciprocal(y)))), r"\frac{x}{\frac{a}{y}}", "x/(a/y)", "x/(a/y)"),
]  # fmt: skip
POWERS = [
    (power(x, S.Half), r"\sqrt{x}", "√x", "sqrt(x)"),
    (power(add(x, ONE), S.Half), r"\sqrt{x + 1}", "√(x + 1)", "sqrt(x + 1)"),
    (power(x, -S.Half), r"\frac{1}{\sqrt{x}}", "1/√x", "1/sqrt(x)"),
    (power(x, Rational(3, 2)), "x^{3/2}", "x^(3/2)", "x**(3/2)"),
    (power(x, Integer(12)), "x^{12}", "x¹²", "x**12"),
    (power(x, mul(MINUS_ONE, n)), "x^{-n}", "x^(−n)", "x**(-n)"),
    (power(power(x, TWO), THREE), "(x^2)^3", "(x²)³", "(x**2)**3"),
    (power(x, power(x, TWO)), "x^{x^2}", "x^(x²)", "x**(x**2)"),
    (power(Integer(-2), x), "(-2)^{x}", "(−2)^x", "(-2)**x"),
    (power(mul(x, reciprocal(y)), TWO), r"\left(\frac{x}{y}\right)^2", "(x/y)²", "(x/y)**2"),
    (call(exp, MINUS_X), "e^{-x}", "e^(−x)", "exp(-x)"),
    (power(call(exp, x), TWO), "(e^{x})^2", "(e^x)²", "(exp(x))**2"),
    (call(root, x, THREE), r"\sqrt[3]{x}", "∛x", "root(x, 3)"),
    (power(call(root, x, THREE), -Integer(4)), r"\frac{1}{\sqrt[3]{x^4}}", "1/∛(x⁴)",
     "1/root(x**4, 3)"),
    (mul(Integer(5), call(root, x, Integer(5))), r"5 \sqrt[5]{x}", "5·⁵√x", "5*root(x, 5)"),
    (mul(TWO, call(root, x, THREE)), r"2 \sqrt[3]{x}", "2∛x", "2*root(x, 3)"),
    (call(root, x, Integer(5)), r"\sqrt[5]{x}", "⁵√x", "root(x, 5)"),
]  # fmt: skip
CALLS = [
    (power(call(sin, power(x, THREE)), TWO), r"\sin^2(x^3)", "sin²(x³)", "sin(x**3)**2"),
    (power(call(tan, x), -TWO), r"\frac{1}{\tan^2(x)}", "1/tan²(x)", "1/tan(x)**2"),
    (power(call(log, x), TWO), r"\ln(x)^2", "ln(x)²", "ln(x)**2"),
    (power(call(sin, x), n), r"\sin(x)^{n}", "sin(x)^n", "sin(x)**n"),
    (power(power(call(sin, x), TWO), THREE), r"(\sin^2(x))^3", "(sin²(x))³", "(sin(x)**2)**3"),
    (call(asin, x), r"\arcsin(x)", "arcsin(x)", "asin(x)"),
    (call(logarithm, x, TWO), r"\log_{2}(x)", "log₂(x)", "log(x, 2)"),
    (call(logarithm, x, b), r"\log_{b}(x)", "log_b(x)", "log(x, b)"),
    (call(Abs, x), r"\lvert x \rvert", "|x|", "abs(x)"),
    (
        call(Abs, add(call(Abs, x), MINUS_ONE)),
        r"\lvert \lvert x \rvert - 1 \rvert",
        "abs(|x| − 1)",
        "abs(abs(x) - 1)",
    ),
    (call(gamma, x), r"\Gamma(x)", "Γ(x)", "gamma(x)"),
    (call(digamma, x), r"\psi(x)", "ψ(x)", "digamma(x)"),
    (call(polygamma, ONE, x), r"\psi^{(1)}(x)", "ψ⁽¹⁾(x)", "polygamma(1, x)"),
    (call(maximum, ZERO, x), r"\max(0, x)", "max(0, x)", "max(0, x)"),
    (
        call(maximum, call(maximum, ZERO, x), call(maximum, y, a)),
        r"\max(0, x, \max(y, a))",
        "max(0, x, max(y, a))",
        "max(0, x, max(y, a))",
    ),
    (call(sign, x), r"\mathrm{sign}(x)", "sign(x)", "sign(x)"),
    (call(sigmoid, x), r"\mathrm{sigmoid}(x)", "sigmoid(x)", "sigmoid(x)"),
    (call(sin, mul(x, reciprocal(y))), r"\sin\left(\frac{x}{y}\right)", "sin(x/y)", "sin(x/y)"),
]
CASES = [
    (STEP, r"\begin{cases} 1 & \text{if } x \gt 0 \cr 0 & \text{otherwise} \end{cases}",
     "{1 if x > 0, 0 otherwise}", "piecewise((1, x > 0), (0, True))"),
    (mul(STEP, x),
     r"\left(\begin{cases} 1 & \text{if } x \gt 0 \cr 0 & \text{otherwise} \end{cases}\right) x",
     "{1 if x > 0, 0 otherwise}·x", "piecewise((1, x > 0), (0, True))*x"),
    (call(Ne, sin(x), ZERO), r"\sin(x) \neq 0", "sin(x) ≠ 0", "sin(x) != 0"),
    (call(Lt, call(Abs, x), ONE), r"\lvert x \rvert \lt 1", "|x| < 1", "abs(x) < 1"),
    (call(Eq, x, y), "x = y", "x = y", "x == y"),
    (call(Ge, x, ZERO), r"x \ge 0", "x ≥ 0", "x >= 0"),
    (call(And, ABOVE, call(Lt, x, ONE)), r"x \gt 0 \text{ and } x \lt 1", "x > 0 and x < 1",
     "x > 0 and x < 1"),
]  # fmt: skip
DERIVATIVES = [
    (d(y, x), r"\frac{dy}{dx}", "dy/dx", "d(y)/d(x)"),
    (d(u2, x, True), r"\frac{\partial u_2}{\partial x}", "∂u₂/∂x", "∂(u2)/∂(x)"),
    (d(y, x, True, 1), r"\left(\frac{\partial y}{\partial x}\right) _ 1", "(∂y/∂x)₁",
     "∂(y)/∂(x)[1]"),
    (mul(d(u3, u2), d(u2, u1)), r"\frac{du_3}{du_2} \frac{du_2}{du_1}", "du₃/du₂ · du₂/du₁",
     "d(u3)/d(u2)*d(u2)/d(u1)"),
    (mul(cos(u2), d(u2, x)), r"\cos(u_2) \frac{du_2}{dx}", "cos(u₂)·du₂/dx",
     "cos(u2)*d(u2)/d(x)"),
]  # fmt: skip
MATRICES = [
    (Matrix.of([[d(y, x), d(y, a)]]),
     r"\begin{bmatrix} \frac{dy}{dx} & \frac{dy}{da} \end{bmatrix}", "[dy/dx, dy/da]",
     "[[d(y)/d(x), d(y)/d(a)]]"),
    (Matrix.of([[x], [reciprocal(y)]]), r"\begin{bmatrix} x \cr \frac{1}{y} \end{bmatrix}",
     "[x; 1/y]", "[[x], [1/y]]"),
    (Matrix.of([[x, ZERO], [ZERO, Integer(10)]]),
     r"\begin{bmatrix} x & 0 \cr 0 & 10 \end{bmatrix}", "[[x, 0], [0, 10]]",
     "[[x, 0], [0, 10]]"),
]  # fmt: skip
TABLE = [
    *NUMBERS, *NAMES, *SUMS, *PRODUCTS, *FRACTIONS, *POWERS, *CALLS, *CASES, *DERIVATIVES,
    *MATRICES,
]  # fmt: skip


# --- Formulas -----------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[3])
def test_formula(row):
    expr, *expected = row
    written = write(expr)
    assert [latex(written), one_line(written), plain(written)] == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (Rational(1, 2), ("0.5", "0.5", "0.5")),
        (mul(Rational(-1, 40), x), ("-0.025 x", "−0.025x", "-0.025*x")),
        (Rational(1, 3), (r"\frac{1}{3}", "1/3", "1/3")),
        (Rational(1, 2**13), (r"\frac{1}{8192}", "1/8192", "1/8192")),
        (power(x, S.Half), (r"\sqrt{x}", "√x", "sqrt(x)")),
    ],
)
def test_decimals(expr, expected):
    written = write(expr, decimals=True)
    assert (latex(written), one_line(written), plain(written)) == expected


def test_number_longer_than_python_prints_at_once():
    digits = plain(write(Integer(7 * 10**9999 + 3)))
    assert digits == "7" + "0" * 9998 + "3"


BOXES = [
    (mul(Integer(6), power(x, TWO), cos(u1), reciprocal(u3)), """
        6x²·cos(u₁)
        ───────────
            u₃
     """),
    (mul(reciprocal(u3), mul(TWO, u2), cos(u1)), """
        1
        ── · 2u₂ · cos(u₁)
        u₃
     """),
    (add(d(u2, x, True), mul(d(u2, u1, True), d(u1, x))), """
        ∂u₂   ∂u₂ du₁
        ─── + ─── ───
        ∂x    ∂u₁ dx
     """),
    (d(y, x, True, 1), """
        ⎛∂y⎞
        ⎜──⎟₁
        ⎝∂x⎠
     """),
    (mul(MINUS_ONE, power(u2, -TWO)), """
           1
        − ───
          u₂²
     """),
    (power(mul(x, reciprocal(y)), TWO), """
        ⎛x⎞²
        ⎜─⎟
        ⎝y⎠
     """),
    (mul(x, reciprocal(mul(a, reciprocal(y)))), """
         x
        ───
         a
         ─
         y
     """),
    (mul(STEP, mul(TWO, x)), """
        ⎛⎧ 1  if x > 0 ⎞
        ⎜⎨             ⎟ · 2x
        ⎝⎩ 0  otherwise⎠
     """),
    (call(Abs, mul(x, reciprocal(y))), """
        │x│
        │─│
        │y│
     """),
    (power(mul(add(x, y, a, b), reciprocal(add(u1, u2, u3))), S.Half), """
         ⎛x + y + a + b⎞
        √⎜─────────────⎟
         ⎝u₁ + u₂ + u₃ ⎠
     """),
    (call(sin, mul(x, reciprocal(y))), """
        sin(x/y)
     """),
    (Matrix.of([[d(y, x), d(y, u12)]]), """
        ⎡dy   dy  ⎤
        ⎢──   ────⎥
        ⎣dx   du₁₂⎦
     """),
    (Matrix.of([[x, ZERO], [ZERO, Integer(10)]]), """
        ⎡x   0 ⎤
        ⎣0   10⎦
     """),
    (Matrix.of([[x], [reciprocal(y)], [ZERO]]), """
        ⎡x⎤
        ⎢ ⎥
        ⎢1⎥
        ⎢─⎥
        ⎢y⎥
        ⎢ ⎥
        ⎣0⎦
     """),
    (Matrix.of([[x, add(x, ONE)]]), """
        [x, x + 1]
     """),
    (mul(named("yhat"), reciprocal(named("ubar"))), """
        ŷ
        ─
        ū
     """),
]  # fmt: skip


@pytest.mark.parametrize(("expr", "expected"), BOXES, ids=lambda value: str(value)[:20])
def test_box(expr, expected):
    drawn = box(write(expr))
    assert {columns(text) for text in drawn.lines} == {drawn.width}
    shown = "\n".join(text.rstrip() for text in drawn.lines)
    assert shown == dedent(expected).strip("\n").rstrip()


def test_wide_and_combining_characters_are_counted_as_shown():
    assert (columns("x̂"), columns("u₁₂"), columns("名")) == (1, 3, 2)


NUMERIC = vars(math) | {
    "ln": math.log,
    "log": math.log,
    "asin": math.asin,
    "max": max,
    "abs": abs,
    "root": lambda value, degree: math.copysign(abs(value) ** (1 / degree), value),
    "sign": lambda value: math.copysign(1, value),
    "sigmoid": lambda value: 1 / (1 + math.exp(-value)),
    "piecewise": lambda *rows: next(value for value, holds in rows if holds),
}
UNREADABLE = (
    "lambda",
    "digamma",
    "polygamma",
    "d(",
    "∂(",
    "≠",
    "[",
    "<",
    ">",
    "!=",
    "==",
    "**n",
    "(-2)**x",
)


def _readable(row):
    return "piecewise" in row[3] or not any(sign in row[3] for sign in UNREADABLE)


@pytest.mark.parametrize("row", list(filter(_readable, TABLE)), ids=lambda row: row[3])
def test_plain_reads_back_to_the_same_number(row):
    expr = row[0]
    values = {s: Float(0.3 + 0.05 * i) for i, s in enumerate(sorted(expr.free_symbols, key=str))}
    numbers = {symbol.name: float(value) for symbol, value in values.items()}
    read = eval(row[3], dict(NUMERIC), numbers)
    assert read == pytest.approx(float(expr.xreplace(values).doit()), rel=1e-12)


def test_hundred_levels():
    expr = x
    for _ in range(33):
        expr = call(sin, add(ONE, mul(TWO, reciprocal(expr))))
    written = write(expr)
    for printer in (latex, one_line, plain, box):
        assert printer(written)


# --- Whole documents, made by hand --------------------------------------------------------


def _derivation(source, tree, rule, nodes, laws, combine, substitute, conditions=(), **more):
    """A derivation from its parts; `laws` are (child, parent, partial, slot, value, law)."""
    output = nodes[-1].symbol
    whole = substitute[0].left.of
    gradient = {e.left.wrt: e.rights[-1] for e in substitute if not isinstance(e.left, Matrix)}
    graph = Graph(tuple(gradient), nodes, (output,))
    local = tuple(
        LocalDerivative(
            edge=Edge(child, 0, parent, slot),
            symbol=d(child, parent, partial, slot),
            by_law=value,
            value=value,
            law=law,
        )
        for child, parent, partial, slot, value, law in laws
    )
    introduce = [Equation(node.symbol, (node.expression,)) for node in nodes]
    introduce += [Equation(whole, (output,))] if output != whole else []
    equations = {
        "introduce": introduce,
        "compute": [Equation(part.symbol, (part.value,), part.law) for part in local],
        "combine": combine,
        "substitute": substitute,
    }
    return Derivation(
        source=source,
        read_as=tree,
        output=whole,
        rule=rule,
        graph=graph,
        local_derivatives=local,
        steps=tuple(Step(id, STEP_TITLES[id], tuple(equations[id])) for id in STEP_TITLES),
        gradient=gradient,
        conditions=conditions,
        **({"verdict": Verdict("verified", 11, 5, 30)} | more),
    )


def _node(symbol, operation, *args):
    return Node(symbol, BY_ID[operation], args)


def one_path(**more):
    """A2 of the reference: ln(sin(x³)²)."""
    cube, square = power(x, THREE), power(x, TWO)
    under = call(sin, cube)
    nodes = (
        _node(u1, "power", x, THREE),
        _node(u2, "sine", u1),
        _node(u3, "power", u2, TWO),
        _node(u4, "ln", u3),
    )
    values = [mul(THREE, square), cos(u1), mul(TWO, u2), reciprocal(u3)]
    symbols_of = [(u1, x), (u2, u1), (u3, u2), (u4, u3)]
    laws = ["power rule", "sine", "power rule", "natural logarithm"]
    chain = mul(*(d(*pair) for pair in reversed(symbols_of)))
    ordered = mul(Integer(6), u2, square, cos(u1), reciprocal(u3))
    last = mul(Integer(6), square, call(cos, cube), reciprocal(under))
    middle = mul(Integer(6), under, square, call(cos, cube), power(under, -TWO))
    parts = zip(symbols_of, values, laws, strict=True)
    return _derivation(
        "ln(sin(x**3)**2)",
        call(log, power(under, TWO)),
        Rule("single-variable", (x, u1, u2, u3, u4)),
        nodes,
        [(child, parent, False, 0, value, law) for (child, parent), value, law in parts],
        [Equation(d(y, x), (d(u4, x), chain, mul(*reversed(values)), ordered))],
        [Equation(d(y, x), (middle, last))],
        (Condition("domain", call(Ne, under, ZERO)),),
        **more,
    )


def two_paths(**more):
    """B2 of the reference: sin(x + x²)."""
    slope = add(ONE, mul(TWO, x))
    inner = add(x, power(x, TWO))
    return _derivation(
        "sin(x + x^2)",
        call(sin, inner),
        Rule("total-derivative", (u2, x, u1)),
        (
            _node(u1, "power", x, TWO),
            _node(u2, "sum", ONE, x, ONE, ONE, u1, ONE),
            _node(u3, "sine", u2),
        ),
        [
            (u1, x, False, 0, mul(TWO, x), "power rule"),
            (u2, x, True, 0, ONE, "sum rule"),
            (u2, u1, True, 0, ONE, "sum rule"),
            (u3, u2, False, 0, cos(u2), "sine"),
        ],
        [
            Equation(
                d(u2, x),
                (
                    add(d(u2, x, True), mul(d(u2, u1, True), d(u1, x))),
                    add(ONE, mul(ONE, mul(TWO, x))),
                    slope,
                ),
            ),
            Equation(d(y, x), (mul(d(u3, u2), d(u2, x)), mul(cos(u2), slope))),
        ],
        [Equation(d(y, x), (mul(call(cos, add(x, u1)), slope), mul(slope, call(cos, inner))))],
        **more,
    )


def two_places():
    """B6 of the reference: x^x."""
    whole = power(x, x)
    values = mul(x, power(x, add(x, MINUS_ONE))), mul(whole, call(log, x))
    result = mul(whole, add(ONE, call(log, x)))
    return _derivation(
        "x^x",
        whole,
        Rule("total-derivative", (y, x, x)),
        (_node(y, "general-power", x, x),),
        [
            (y, x, True, 1, values[0], "power rule: the exponent held fixed"),
            (y, x, True, 2, values[1], "exponential rule: the base held fixed"),
        ],
        [Equation(d(y, x), (add(d(y, x, True, 1), d(y, x, True, 2)), add(*values), result))],
        [Equation(d(y, x), (result,))],
        (Condition("domain", ABOVE),),
    )


def single_node():
    """y = |x|."""
    return _derivation(
        "|x|",
        call(Abs, x),
        Rule("single-variable", (x, y)),
        (_node(y, "absolute-value", x),),
        [(y, x, False, 0, call(sign, x), "absolute value")],
        [],
        [Equation(d(y, x), (call(sign, x),))],
        (Condition("kink", call(Eq, x, ZERO), "0"),),
    )


def no_node(tree, slope):
    """y = x, or a constant."""
    equations = {"introduce": (Equation(y, (tree,)),), "substitute": (Equation(d(y, x), (slope,)),)}
    return Derivation(
        source=str(tree),
        read_as=tree,
        output=y,
        rule=Rule("single-variable", (x,)),
        graph=Graph((x,), (), (x,) if slope is ONE else ()),
        local_derivatives=(),
        steps=tuple(Step(id, STEP_TITLES[id], equations.get(id, ())) for id in STEP_TITLES),
        gradient={x: slope},
        conditions=(),
        verdict=Verdict("verified", 2, 1, 30),
    )


L, yhat, z, w1, w2, I1, I2, q = symbols("L yhat z w1 w2 I1 I2 q", real=True)
WEIGHTS = (w1, w2, b)


def system(**more):
    """C1 of the reference with two weights, backward."""
    rest = mul(yhat, add(ONE, mul(MINUS_ONE, yhat)))
    error, affine = add(y, negate(yhat)), add(mul(w1, I1), mul(w2, I2), b)
    squared = mul(Rational(1, 2), power(error, TWO))
    slopes = dict(zip(WEIGHTS, (I1, I2, ONE), strict=True))
    adjoint = mul(MINUS_ONE, u1, rest)
    nodes = (
        _node(z, "sum", I1, w1, ONE, I2, w2, ONE, ONE, b, ONE),
        _node(yhat, "sigmoid", z),
        _node(u1, "sum", ONE, y, ONE, MINUS_ONE, yhat, ONE),
        _node(L, "scale", Rational(1, 2), power(u1, TWO), ONE),
    )
    gradient = {w: mul(MINUS_ONE, error, rest, slopes[w]) for w in WEIGHTS[:2]}
    gradient[b] = mul(MINUS_ONE, error, rest)
    definitions = ((L, squared), (yhat, call(sigmoid, z)), (z, affine), (q, power(b, TWO)))
    return _derivation(
        "L = (1/2)(y - yhat)^2; yhat = sigmoid(z); z = w1*I1 + w2*I2 + b; q = b^2",
        squared,
        Rule("vector", WEIGHTS),
        nodes,
        [
            *((z, w, True, 0, slope, "sum rule") for w, slope in slopes.items()),
            (yhat, z, False, 0, rest, "sigmoid"),
            (u1, yhat, False, 0, MINUS_ONE, "sum rule"),
            (L, u1, False, 0, u1, "power rule"),
        ],
        [
            Equation(d(L, yhat), (mul(d(L, u1), d(u1, yhat)), mul(u1, MINUS_ONE), negate(u1))),
            Equation(d(L, z), (mul(d(L, yhat), d(yhat, z)), adjoint)),
            *(
                Equation(d(L, w), (mul(d(L, z), d(z, w, True)), mul(adjoint, slope)))
                for w, slope in slopes.items()
            ),
        ],
        [
            *(Equation(d(L, w), (value,)) for w, value in gradient.items()),
            Equation(
                Matrix.of([[d(L, w) for w in gradient]]), (Matrix.of([list(gradient.values())]),)
            ),
        ],
        direction="backward",
        definitions=tuple(Equation(name, (tree,)) for name, tree in definitions),
        unused=(q,),
        **more,
    )


def logistic(**more):
    """A6 of the reference: 1/(1 + e^(−x)), also written with y, and with its numbers at 1."""
    decay, below = call(exp, MINUS_X), add(ONE, call(exp, MINUS_X))
    nodes = (
        _node(u1, "scale", MINUS_ONE, x, ONE),
        _node(u2, "exponential-e", u1),
        _node(u3, "sum", ONE, u2, ONE, ONE, ONE, ONE),
        _node(u4, "power", u3, MINUS_ONE),
    )
    slopes = [MINUS_ONE, call(exp, u1), ONE, negate(power(u3, -TWO))]
    names = [x, u1, u2, u3, u4]
    up = ["-1", "0.367879", "1.367879", "0.731059"]
    down = ["-0.534447", "-0.534447", "-0.196612", "0.196612"]
    rows = [
        Row(node.symbol, node.expression, Float(text), text)
        for node, text in zip(nodes[1:], up[1:], strict=True)
    ]
    adjoints = [
        Row(d(y, parent), formula, Float(text), text)
        for parent, formula, text in zip(names[3::-1], slopes[::-1], down, strict=True)
    ]
    numbers = Numbers(
        point=(Row(x, ONE, ONE, ""),),
        up=(Row(u1, MINUS_X, MINUS_ONE, ""), *rows),
        down=tuple(adjoints),
        digits=6,
    )
    result = mul(decay, power(below, -TWO))
    return _derivation(
        "1/(1 + e^(-x))",
        reciprocal(below),
        Rule("single-variable", tuple(names)),
        nodes,
        [
            (child, parent, False, 0, slope, "rule")
            for parent, child, slope in zip(names[:-1], names[1:], slopes, strict=True)
        ],
        [Equation(d(y, x), (mul(*slopes[::-1]), result))],
        [Equation(d(y, x), (result,))],
        **{
            "by_output": Equation(d(y, x), (mul(y, add(ONE, mul(MINUS_ONE, y))),)),
            "numbers": numbers,
        }
        | more,
    )


def many_weights(count=13):
    """A gradient too wide for one line, at a point too long for a title."""
    weights = [named(f"w{k}") for k in range(1, count + 1)]
    error = add(y, negate(yhat))
    gradient = {w: mul(MINUS_ONE, error, named(f"I{k}")) for k, w in enumerate(weights, 1)}
    lines = [Equation(d(L, w), (value,)) for w, value in gradient.items()]
    row = Matrix.of([[d(L, w) for w in weights]])
    lines.append(Equation(row, (Matrix.of([list(gradient.values())]),)))
    base = system()
    return replace(
        base,
        gradient=gradient,
        steps=(*base.steps[:3], Step("substitute", "Substitute", tuple(lines))),
        numbers=Numbers(
            point=tuple(Row(w, ONE, ONE, "") for w in weights),
            up=(Row(z, mul(*weights), ONE, ""), Row(yhat, call(sigmoid, z), Float(0.7), "0.7")),
            down=(Row(d(L, z), mul(d(L, yhat), d(yhat, z)), Float(-2e-20), "-2.000000e-20"),),
            digits=6,
        ),
    )


DOCUMENTS = {
    "system": system(),
    "many weights": many_weights(),
    "logistic": logistic(),
    "one path": one_path(),
    "two paths": two_paths(),
    "two places": two_places(),
    "single node": single_node(),
    "itself": no_node(x, ONE),
    "constant": no_node(Integer(3), ZERO),
}


ONE_PATH = """\
  y = ln(sin²(x³))                                                  find dy/dx

  Single-variable chain rule: x reaches y along one path,
  x → u₁ → u₂ → u₃ → u₄.

  1  Introduce intermediate variables
         u₁ = x³
         u₂ = sin(u₁)
         u₃ = u₂²
         u₄ = ln(u₃)                                                    y = u₄

  2  Compute derivatives
         du₁
         ─── = 3x²       power rule
         dx

         du₂
         ─── = cos(u₁)   sine
         du₁

         du₃
         ─── = 2u₂       power rule
         du₂

         du₄   1
         ─── = ──        natural logarithm
         du₃   u₃

  3  Combine
         dy   du₄     du₄ du₃ du₂ du₁     1
         ── = ───  =  ─── ─── ─── ───  =  ── · 2u₂ · cos(u₁) · 3x²
         dx   dx      du₃ du₂ du₁ dx      u₃

              6u₂·x²·cos(u₁)
            = ──────────────
                    u₃

  4  Substitute
         dy   6·sin(x³)·x²·cos(x³)     6x²·cos(x³)
         ── = ────────────────────  =  ───────────
         dx         sin²(x³)             sin(x³)

  Valid where sin(x³) ≠ 0.
  ✓ 11 lines checked at 5 points against numerical differentiation (30 digits)
"""
TWO_PATHS = """\
  y = sin(x + x²)                                                   find dy/dx

  Single-variable total-derivative chain rule: x reaches u₂ along two paths,
  directly and through u₁.
  This rule is often called the multivariable chain rule, although only the
  intermediate variables have several arguments.

  1  Introduce intermediate variables
         u₁ = x²
         u₂ = x + u₁
         u₃ = sin(u₂)                                                   y = u₃

  2  Compute derivatives
         du₁
         ─── = 2x        power rule
         dx

         ∂u₂
         ─── = 1         sum rule
         ∂x

         ∂u₂
         ─── = 1         sum rule
         ∂u₁

         du₃
         ─── = cos(u₂)   sine
         du₂

  3  Combine
         du₂   ∂u₂   ∂u₂ du₁
         ─── = ─── + ─── ───  =  1 + 1·2x  =  1 + 2x
         dx    ∂x    ∂u₁ dx

         dy    du₃ du₂
         ──  = ─── ───  =  cos(u₂)·(1 + 2x)
         dx    du₂ dx

  4  Substitute
         dy
         ── = cos(x + u₁)·(1 + 2x)  =  (1 + 2x)·cos(x + x²)
         dx

  ✓ 11 lines checked at 5 points against numerical differentiation (30 digits)
"""
MARKDOWN = r"""## $y = \ln(\sin^2(x^3))$

**Single-variable chain rule**: $x$ reaches $y$ along one path, $x \to u_1 \to u_2 \to u_3 \to u_4$.

### 1. Introduce intermediate variables

$$u_1 = x^3$$

$$u_2 = \sin(u_1)$$

$$u_3 = u_2^2$$

$$u_4 = \ln(u_3)$$

$$y = u_4$$

### 2. Compute derivatives

$$\frac{du_1}{dx} = 3 x^2 \qquad \text{power rule}$$

$$\frac{du_2}{du_1} = \cos(u_1) \qquad \text{sine}$$

$$\frac{du_3}{du_2} = 2 u_2 \qquad \text{power rule}$$

$$\frac{du_4}{du_3} = \frac{1}{u_3} \qquad \text{natural logarithm}$$

### 3. Combine

$$\frac{dy}{dx} = \frac{du_4}{dx} = \frac{du_4}{du_3} \frac{du_3}{du_2} \frac{du_2}{du_1} \frac{du_1}{dx}$$

$$= \frac{1}{u_3} \cdot 2 u_2 \cdot \cos(u_1) \cdot 3 x^2 = \frac{6 u_2 x^2 \cos(u_1)}{u_3}$$

### 4. Substitute

$$\frac{dy}{dx} = \frac{6 \sin(x^3) x^2 \cos(x^3)}{\sin^2(x^3)} = \frac{6 x^2 \cos(x^3)}{\sin(x^3)}$$

Valid where $\sin(x^3) \neq 0$. 11 lines checked at 5 points against numerical differentiation (30 digits).
"""  # noqa: E501


def test_text_of_one_path():
    assert text(one_path()) == ONE_PATH


def test_text_of_two_paths():
    assert text(two_paths()) == TWO_PATHS


def test_markdown_of_one_path():
    assert FORMATS["markdown"](one_path()) == MARKDOWN


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("two places", "x reaches y along two paths: x stands in two places of y."),
        ("two places", "x stands in several places of y: (∂y/∂x)₁ lets only the first vary."),
        ("two places", "Valid where x > 0."),
        ("single node", "y is a single operation on x, so there is nothing to chain."),
        ("single node", "Not differentiable where x = 0 (0 is used there)."),
        ("itself", "y is x itself."),
        ("constant", "y does not depend on x."),
        ("constant", "There is nothing to combine."),
        ("constant", "2 lines checked at 1 point against"),
    ],
)
def test_sentences(name, sentence):
    assert sentence in " ".join(text(DOCUMENTS[name]).split())


def test_colour_is_all_that_the_terminal_adds():
    coloured = terminal(one_path(), 80)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == ONE_PATH


def test_terminal_respects_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", FORMATS["terminal"](one_path())).splitlines()
    assert max(map(columns, lines)) <= 50


@pytest.mark.parametrize("width", [24, 31, 40, 47, 60, 80, 120])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_text_stays_within_its_width(name, width):
    assert max(map(columns, text(DOCUMENTS[name], width).splitlines())) <= width


@pytest.mark.parametrize(("width", "beside"), [(80, True), (44, True), (40, False)])
def test_a_law_stands_beside_its_formula_where_there_is_room(width, beside):
    wide = Equation(d(y, x), (symbols("rather_long_name", real=True),), "sum rule")
    long = Equation(d(u1, x), (a,), "product rule: the other factors held fixed")
    step = Step("compute", "Compute derivatives", (wide, long))
    shown = text(replace(two_paths(), steps=(step,)), width)
    assert ("rather_long_name   sum rule" in shown) == beside
    assert "sum rule" in shown
    assert max(map(columns, shown.splitlines())) <= width


def test_too_wide_for_stacking_is_written_on_lines():
    terms = [mul(power(x, Integer(k)), reciprocal(add(x, Integer(k)))) for k in range(2, 30)]
    long = add(*terms)
    derivation = two_paths()
    step = Step("substitute", "Substitute", (Equation(d(y, x), (long,)),))
    shown = text(replace(derivation, read_as=None, steps=(*derivation.steps[:3], step)), width=60)
    assert max(map(columns, shown.splitlines())) <= 60
    assert "x²/(x + 2) + x³/(x + 3)" in shown
    assert "The expression is too large to be written out here." in shown


@pytest.mark.parametrize(
    ("formula", "width", "lines"),
    [
        ("sin(x) + cos(x) − tan(x)", 16, ["sin(x) + cos(x)", "  − tan(x)"]),
        ("x·(x + 1)·(x + 22)", 13, ["x·(x + 1)", "  ·(x + 22)"]),  # no sum in brackets is torn
        ("x·(1 + x)/(5 − x)", 14, ["x·(1 + x)", "  /(5 − x)"]),
        ("(x + y + z − w)/2", 11, ["(x + y + z", "  − w)/2"]),  # unless nothing else is there
        ("[a + b, c + d]", 12, ["[a + b,", "  c + d]"]),
        ("sin(2x)·cos(sin(cos(u)))", 19, ["sin(2x)", "  ·cos(sin(cos(u)))"]),
        ("cos(cos(cos(cos(x))))", 12, ["cos(cos(cos", "  (cos(x))))"]),
        ("9" * 25, 10, ["9" * 10, "  " + "9" * 8, "  " + "9" * 7]),
    ],
)
def test_a_formula_is_broken_at_the_outermost_operator(formula, width, lines):
    assert wrapped(formula, width, "  ") == lines


@pytest.mark.parametrize("name", ["text", "markdown", "latex", "json"])
def test_a_side_that_reads_like_the_one_before_is_left_out(name):
    apart, ordered = mul(mul(TWO, u1), cos(x)), mul(TWO, u1, cos(x))
    equation = Equation(d(y, x), (apart, ordered, x))
    shown = FORMATS[name](replace(two_paths(), steps=(Step("combine", "Combine", (equation,)),)))
    assert shown.count("u₁·cos(x)") + shown.count(r"u_1 \cdot \cos(x)") == (name != "json")
    assert shown.count("2*u1*cos(x)") == (name == "json")


@pytest.mark.parametrize(
    ("symbols", "values", "written"),
    [
        # √(tan x), ln(ln x) and erf(x/2): fractions side by side, none upon another
        (
            mul(d(u2, u1), d(u1, x)),
            mul(mul(Rational(1, 2), power(u1, Rational(-1, 2))), power(cos(x), Integer(-2))),
            ["(1/(2√u₁))·(1/cos²(x))", "(1/(2√u₁))/cos²(x)"],
        ),
        (
            mul(d(u2, u1), d(u1, x)),
            mul(reciprocal(u1), reciprocal(x)),
            ["(1/u₁)·(1/x)", "1/(u₁·x)"],
        ),
        (
            add(d(u2, x, True), mul(d(u2, u1, True), d(u1, x))),
            add(u1, mul(mul(MINUS_ONE, reciprocal(u1)), Rational(1, 2))),
            ["u₁ − (1/u₁)·(1/2)", "u₁ − (1/u₁)/2"],
        ),
        (mul(d(u2, u1), d(u1, x)), mul(u1, reciprocal(x)), ["u₁/x"]),  # one fraction is enough
        (d(u2, x), mul(Rational(1, 2), reciprocal(x)), ["1/(2x)"]),  # no product of derivatives
        (mul(d(u2, u1), x), mul(Rational(1, 2), reciprocal(x)), ["1/(2x)"]),
    ],
)
def test_the_values_of_a_chain_stand_side_by_side(symbols, values, written):
    _, (_, *found) = sides(Equation(d(y, x), (symbols, values)))
    assert list(map(one_line, found)) == written
    _, (_, *found) = sides(Equation(d(y, x), (symbols, values, a)))
    assert list(map(one_line, found)) == [written[0], "a"]


def test_markdown_cuts_what_no_page_has_room_for():
    terms = [mul(power(x, Integer(k)), cos(x)) for k in range(2, 22)]
    for whole, begin in (
        (add(*terms), "+ x^"),
        (mul(*(call(cos, power(x, Integer(k))) for k in range(2, 32))), r"\cdot"),
    ):
        step = Step("substitute", "Substitute", (Equation(d(y, x), (whole,)),))
        shown = FORMATS["markdown"](replace(two_paths(), steps=(step,)))
        first, *others = re.findall(r"^\$\$(.+)\$\$$", shown, re.MULTILINE)
        assert first.startswith(r"\frac{dy}{dx} = ")
        assert others
        assert all(line.startswith(begin) for line in others)
        again = first + "".join(f" {line}" for line in others).replace(r"\cdot ", "")
        assert again == rf"\frac{{dy}}{{dx}} = {latex(write(whole))}"


def test_unverified_says_why():
    verdict = Verdict("unverified", 11, 0, 30, "no point where it is real was found")
    shown = two_paths(verdict=verdict)
    assert text(shown).endswith("  ! not checked: no point where it is real was found\n")
    assert FORMATS["markdown"](shown).endswith(
        "Not checked: no point where it is real was found.\n"
    )


# --- Markdown that every renderer shows ---------------------------------------------------

FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$")
FORBIDDEN = [r"\\[!-/:-@\[-`{-~]", r"\\operatorname", r"[*<|]", r"\\\\"]


def formulas_of(markdown):
    return [display or inline for display, inline in FORMULA.findall(markdown)]


def test_portable_formulas():
    formulas = [latex(write(expr)) for expr, *_ in TABLE]
    formulas += [f for part in DOCUMENTS.values() for f in formulas_of(FORMATS["markdown"](part))]
    arguments = (x, y)
    formulas += [
        latex(write(row.build(*arguments[: len(row.samples)]))) for row in BY_HEAD.values()
    ]
    for formula in formulas:
        for pattern in FORBIDDEN:
            assert not re.search(pattern, formula), formula


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_markdown_parser_without_math_keeps_every_formula(name):
    markdown = FORMATS["markdown"](DOCUMENTS[name])
    tokens = MarkdownIt().parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    shown = "".join(child.content for child in inline)
    for formula in formulas_of(markdown):
        assert formula in shown
    assert not {t.type for t in inline} & {"em_open", "link_open", "html_inline"}
    assert {t.type for t in tokens} <= {
        "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline",
    }  # fmt: skip


def test_notes_keep_their_characters_in_every_format():
    derivation = two_paths()
    first = Step("introduce", "Introduce", derivation.steps[0].equations, ("50% of a_b*c_d*e",))
    changed = replace(derivation, steps=(first, *derivation.steps[1:]))
    assert "50% of a_b*c_d*e" in text(changed)
    assert r"50\% of a\_b*c\_d*e" in fragment(changed)
    tokens = MarkdownIt().parse(FORMATS["markdown"](changed))
    shown = ["".join(c.content for c in token.children or ()) for token in tokens]
    assert "50% of a_b*c_d*e" in shown


# --- LaTeX and JSON -----------------------------------------------------------------------


@pytest.mark.parametrize("name", DOCUMENTS)
def test_latex_document_is_balanced(name):
    document = FORMATS["latex"](DOCUMENTS[name])
    assert document.startswith(r"\documentclass")
    assert document.endswith("\\end{document}\n")
    assert fragment(DOCUMENTS[name]) in document
    begins, ends = (re.findall(rf"\\{word}\{{(.+?)\}}", document) for word in ("begin", "end"))
    assert sorted(begins) == sorted(ends)
    assert document.count("{") == document.count("}")
    assert not re.search(r"\\[lg]t\b", document)


def test_latex_breaks_a_wide_sum_between_its_terms():
    long = add(*(mul(power(x, Integer(k)), cos(x)) for k in range(2, 40)))
    derivation = two_paths()
    step = Step("substitute", "Substitute", (Equation(d(y, x), (long,)),))
    document = fragment(replace(derivation, steps=(step,)))
    rows = re.search(r"\\subsection.+?\\begin\{align\*\}\n(.+?)\n\\end", document, re.S)[1]
    assert len(rows.split(r" \\")) > 4
    assert r"&\quad {} + x^{" in rows


@pytest.mark.parametrize(
    ("over", "opening", "closing"), [(cos(x), "(", ")"), (reciprocal(x), r"\biggl(", r"\biggr)")]
)
def test_latex_breaks_a_wide_sum_in_brackets(over, opening, closing):
    inner = add(*(mul(power(x, Integer(k)), over) for k in range(12, 40)))
    derivation = two_paths()
    for long in (mul(a, inner), add(b, mul(a, inner))):
        step = Step("substitute", "Substitute", (Equation(d(y, x), (long,)),))
        document = fragment(replace(derivation, steps=(step,)))
        rows = re.search(r"\\subsection.+?\\begin\{align\*\}\n(.+?)\n\\end", document, re.S)[1]
        assert len(rows.split(r" \\")) > 2
        assert rows.count(opening) == rows.count(closing) > 0
        assert r"\left" not in rows


def test_json_of_one_path():
    document = json.loads(FORMATS["json"](one_path()))
    assert list(document) == [
        "schema", "expression", "variable", "rule", "direction", "intermediates", "output",
        "local_derivatives", "steps", "derivative", "conditions", "verified",
    ]  # fmt: skip
    assert document["intermediates"][3] == {
        "name": "u4", "expression": "ln(u3)", "operation": "ln",
    }  # fmt: skip
    assert document["output"] == {"name": "y", "is": "u4"}
    assert document["local_derivatives"][1] == {
        "of": "u2", "wrt": "u1", "value": "cos(u1)", "law": "sine", "partial": False,
    }  # fmt: skip
    assert [step["id"] for step in document["steps"]] == list(STEP_TITLES)
    combined = document["steps"][2]["equations"][0]
    assert combined["left"] == "d(y)/d(x)"
    assert combined["rights"][1] == "d(u4)/d(u3)*d(u3)/d(u2)*d(u2)/d(u1)*d(u1)/d(x)"
    assert document["steps"][0]["equations"][0] == {
        "left": "u1", "rights": ["x**3"], "latex": "u_1 = x^3",
    }  # fmt: skip
    assert document["derivative"] == "6*x**2*cos(x**3)/sin(x**3)"
    assert document["conditions"] == ["sin(x**3) != 0"]
    assert document["verified"] == {
        "status": "verified", "lines": 11, "points": 5, "digits": 30, "reason": None,
    }  # fmt: skip


def test_json_of_slots_kinks_and_single_nodes():
    places = record(two_places())
    assert [part["slot"] for part in places["local_derivatives"]] == [1, 2]
    assert "∂(y)/∂(x)[1]" in FORMATS["json"](two_places())
    single = record(single_node())
    assert single["output"] == {"name": "y", "is": "y"}
    assert single["conditions"] == ["x != 0"]
    assert record(DOCUMENTS["itself"])["output"] == {"name": "y", "is": "x"}
    assert record(DOCUMENTS["constant"])["output"] == {"name": "y", "is": "3"}


def test_json_of_a_failure():
    error = UnclosedBracket("this bracket is never closed", "sin(x + 2", (3, 4))
    assert failure("sin(x + 2", error) == {
        "schema": 1,
        "expression": "sin(x + 2",
        "error": {
            "code": "unclosed-bracket",
            "message": "this bracket is never closed",
            "position": 3,
            "hint": None,
        },
    }
