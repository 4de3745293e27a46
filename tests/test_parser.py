"""Every reading, every refusal: what a text becomes, and what is said where it cannot."""

import ast
import operator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import S, Symbol

from chainstep.errors import (
    ChainstepError,
    EmptyExpression,
    LimitExceeded,
    UnclearName,
    UnclosedBracket,
    UndefinedConstant,
    UnexpectedCharacter,
    UnexpectedToken,
    UnknownFunction,
    WrongArguments,
)
from chainstep.notation import postorder
from chainstep.operations import FUNCTIONS
from chainstep.parser import CHARACTERS, parse, parse_part


def shape(tree):
    """A small tree as it is made, every argument in its place: Mul(2, Pow(x, 2))."""
    if not tree.args:
        return str(tree)
    return f"{tree.func.__name__}({', '.join(map(shape, tree.args))})"


def read(text, *names):
    return shape(parse(text, names).tree)


# --- What a text becomes ------------------------------------------------------------------

TREES = {
    # sums and products are flat, in the order written
    "a+b-c": "Add(a, b, Mul(-1, c))",
    "b+a": "Add(b, a)",
    "x - 2": "Add(x, -2)",
    "x + x": "Add(x, x)",
    "a*b*c": "Mul(a, b, c)",
    "x*x^2": "Mul(x, Pow(x, 2))",
    "2*3*x": "Mul(2, 3, x)",
    "2x y": "Mul(2, x, y)",
    "2x*3": "Mul(2, x, 3)",
    "3 sin(x)": "Mul(3, sin(x))",
    "(x+1)(x-2)": "Mul(Add(x, 1), Add(x, -2))",
    "(x+1)(x+1)": "Mul(Add(x, 1), Add(x, 1))",
    "x(x+2)(x-2)": "Mul(x, Add(x, 2), Add(x, -2))",
    "(x+1)2": "Mul(Add(x, 1), 2)",
    "σ*(z)": "Mul(sigma, z)",
    r"(x-\mu)σ": "Mul(Add(x, Mul(-1, mu)), sigma)",
    r"\sigma_1(z)": "Mul(sigma1, z)",
    "(x+1) 2": "Mul(Add(x, 1), 2)",
    "x 2^x": "Mul(x, Pow(2, x))",
    "x 2 y": "Mul(x, 2, y)",
    "x2 y": "Mul(x2, y)",
    "π 2": "Mul(pi, 2)",
    "sin(x) 2": "Mul(sin(x), 2)",
    "sin x 2": "sin(Mul(x, 2))",
    # brackets stay
    "2(3x)": "Mul(2, Mul(3, x))",
    "a+(b+c)": "Add(a, Add(b, c))",
    "a-(b-c)": "Add(a, Mul(-1, Add(b, Mul(-1, c))))",
    "a*(b*c)": "Mul(a, Mul(b, c))",
    "((x))": "x",
    # division
    "1/2": "1/2",
    "3/4": "3/4",
    "2/4": "Mul(2, 1/4)",
    "x/2": "Mul(x, 1/2)",
    "2x/3": "Mul(2, x, 1/3)",
    "x/(-2)": "Mul(x, -1/2)",
    "a/b": "Mul(a, Pow(b, -1))",
    "1/x": "Pow(x, -1)",
    "a*b/c": "Mul(a, b, Pow(c, -1))",
    "a/b*c": "Mul(Mul(a, Pow(b, -1)), c)",
    "a/b c": "Mul(Mul(a, Pow(b, -1)), c)",
    "a/b/c": "Mul(Mul(a, Pow(b, -1)), Pow(c, -1))",
    "a/(b*c)": "Mul(a, Pow(Mul(b, c), -1))",
    "(a*b)/c": "Mul(Mul(a, b), Pow(c, -1))",
    "1/2x": "Mul(1/2, x)",
    "x/2*y": "Mul(Mul(x, 1/2), y)",
    r"\frac{2x}{3}": "Mul(2, x, 1/3)",
    r"2\frac{x}{y}": "Mul(2, Mul(x, Pow(y, -1)))",
    # signs
    "-x^2": "Mul(-1, Pow(x, 2))",
    "-3x": "Mul(-3, x)",
    "-x/2": "Mul(-1, x, 1/2)",
    "-2": "-2",
    "-2^2": "Mul(-1, Pow(2, 2))",
    "-(x+1)": "Mul(-1, Add(x, 1))",
    "--x": "x",
    "---x": "Mul(-1, x)",
    "+x": "x",
    "x*-2": "Mul(x, -2)",
    "x*-y*z": "Mul(x, Mul(-1, y), z)",
    "x - -y": "Add(x, y)",
    "x ++ y": "Add(x, y)",
    "-x y + z": "Add(Mul(-1, x, y), z)",
    # powers
    "x^y^z": "Pow(x, Pow(y, z))",
    "(x^y)^z": "Pow(Pow(x, y), z)",
    "x^-2": "Pow(x, -2)",
    "2^-x^2": "Pow(2, Mul(-1, Pow(x, 2)))",
    "x^-y z": "Mul(Pow(x, Mul(-1, y)), z)",
    "2x^2": "Mul(2, Pow(x, 2))",
    "x^2y": "Mul(Pow(x, 2), y)",
    "x^(1/2)": "Pow(x, 1/2)",
    "e^x": "exp(x)",
    "e^2": "exp(2)",
    "e^x^2": "exp(Pow(x, 2))",
    "2e^x": "Mul(2, exp(x))",
    "2e": "Mul(2, E)",
    "πe": "Mul(pi, E)",
    # numbers are exact
    "1.5x": "Mul(3/2, x)",
    ".5": "1/2",
    "5.": "5",
    "1e-3": "1/1000",
    "2E5": "200000",
    "2e3x": "Mul(2000, x)",
    "2e-x": "Add(Mul(2, E), Mul(-1, x))",
    # functions without brackets
    "sin x": "sin(x)",
    "sin 2x": "sin(Mul(2, x))",
    "sin2x": "sin(Mul(2, x))",
    "sin x cos x": "Mul(sin(x), cos(x))",
    "sin cos x": "sin(cos(x))",
    "sin x^2": "sin(Pow(x, 2))",
    "sin x y + 1": "Add(sin(Mul(x, y)), 1)",
    "sin x * y": "Mul(sin(x), y)",
    "sin(x)/2": "Mul(sin(x), 1/2)",
    "sin x/x": "Mul(sin(x), Pow(x, -1))",
    "ln x/(x+1)": "Mul(log(x), Pow(Add(x, 1), -1))",
    "x^2/3": "Mul(Pow(x, 2), 1/3)",
    "x^{1}/2": "Mul(Pow(x, 1), 1/2)",
    "(x-x1)(x-x2)": "Mul(Add(x, Mul(-1, x1)), Add(x, Mul(-1, x2)))",
    "x_2 + x": "Add(x2, x)",
    "x2 + y": "Add(x2, y)",
    "sin 2(x+1)": "sin(Mul(2, Add(x, 1)))",
    "sin π(x+1)": "sin(Mul(pi, Add(x, 1)))",
    "sin(x)(x+1)": "Mul(sin(x), Add(x, 1))",
    "sin x*(x+1)": "Mul(sin(x), Add(x, 1))",
    "sin(x)y": "Mul(sin(x), y)",
    "sin(x)^2": "Pow(sin(x), 2)",
    "2 sin 3x cos 4x": "Mul(2, sin(Mul(3, x)), cos(Mul(4, x)))",
    "sin x√x": "Mul(sin(x), Pow(x, 1/2))",
    r"\sin\frac{x}{2}\cos x": "Mul(sin(Mul(x, 1/2)), cos(x))",
    # powers of functions
    "sin^2(x)": "Pow(sin(x), 2)",
    "sin^2 x cos^2 x": "Mul(Pow(sin(x), 2), Pow(cos(x), 2))",
    "sin^n(x)": "Pow(sin(x), n)",
    "sin^-2(x)": "Pow(sin(x), -2)",
    "sin^-1(x)": "asin(x)",
    "tan^{-1} x": "atan(x)",
    "cosh⁻¹(x)": "acosh(x)",
    "sin(x)^-1": "Pow(sin(x), -1)",
    # roots
    "sqrt(x)": "Pow(x, 1/2)",
    "√2x": "Mul(Pow(2, 1/2), x)",
    "√√x": "Pow(Pow(x, 1/2), 1/2)",
    "√(x+1)^2": "Pow(Pow(Add(x, 1), 1/2), 2)",
    "cbrt(x)": "root(x, 3)",
    "root(x, 5)": "root(x, 5)",
    "root(x, 4)": "Pow(x, 1/4)",
    "root(x, n)": "Pow(x, Pow(n, -1))",
    "root(x, 6/2)": "root(x, 3)",
    "nthRoot(x, 1/2)": "Pow(x, Pow(1/2, -1))",
    "a(x+1)": "Mul(a, Add(x, 1))",
    "f*(x)": "Mul(f, x)",
    "2*x*x2": "Mul(2, x, x2)",
    "x2 + x^2": "Add(x2, Pow(x, 2))",
    "x!": "gamma(Add(x, 1))",
    "x/3!": "Mul(x, 1/6)",
    "-x!^2": "Mul(-1, Pow(gamma(Add(x, 1)), 2))",
    "pow(2, 3)x": "Mul(Pow(2, 3), x)",
    "square(x)": "Pow(x, 2)",
    "square + floor": "Add(square, floor)",
    "multiply(a, b)*c": "Mul(Mul(a, b), c)",
    r"\sqrt[n]{x}": "Pow(x, Pow(n, -1))",
    # logarithms
    "log(x)": "log(x)",
    "log(x, 2)": "logarithm(x, 2)",
    "log_b(x)": "logarithm(x, b)",
    "log_2^3(x)": "Pow(logarithm(x, 2), 3)",
    "log_e(x)": "log(x)",
    "lg x": "logarithm(x, 10)",
    # bars
    "2|x|": "Mul(2, Abs(x))",
    "|x||y|": "Mul(Abs(x), Abs(y))",
    "||x|+1|": "Abs(Add(Abs(x), 1))",
    "|x+|y||": "Abs(Add(x, Abs(y)))",
    "sin|x|": "sin(Abs(x))",
    # several arguments
    "max(a,b,c)": "maximum(maximum(a, b), c)",
    "min(x, 1)": "minimum(x, 1)",
    "leaky_relu(x)": "leaky_relu(x, 1/100)",
    "leaky_relu(x, a)": "leaky_relu(x, a)",
    "atan2(y, x)": "atan2(y, x)",
    # names
    "w_i": "w_i",
    "rate*loss": "Mul(rate, loss)",
    "knack + 1": "Add(knack, 1)",
    "w_1x_1": "Mul(w1, x1)",
    "N + S I": "Add(N, Mul(S, I))",
    "x1_2": "x1_2",
    "gamma(x) + gamma": "Add(gamma(x), gamma)",
    "beta*(x+1)": "Mul(beta, Add(x, 1))",
    "psi psi(x)": "Mul(psi, digamma(x))",
    "πr²": "Mul(pi, Pow(r, 2))",
    # letters side by side: a product in LaTeX, and in front of a power of e
    "xe^x": "Mul(x, exp(x))",
    "2te^(-t)": "Mul(2, t, exp(Mul(-1, t)))",
    "xe⁻ˣ": "Mul(x, exp(Mul(-1, x)))",
    "$ax^2$": "Mul(a, Pow(x, 2))",
    "ax^{2}": "Mul(a, Pow(x, 2))",
    "axe^{x}": "Mul(a, x, exp(x))",
    "ax_1^{2}": "Mul(a, Pow(x1, 2))",
    r"\frac{GMm}{r^2}": "Mul(G, M, m, Pow(Pow(r, 2), -1))",
    r"\sin mx\cos(nx+k)": "Mul(sin(Mul(m, x)), cos(Add(Mul(n, x), k)))",
    r"\frac12mv^2": "Mul(1/2, m, Pow(v, 2))",
    r"\frac{rate}{2}": "Mul(rate, 1/2)",
    "age^2": "Pow(age, 2)",
    # piecewise
    "piecewise((x, x<0), (x^2, True))": (
        "Piecewise(ExprCondPair(x, StrictLessThan(x, 0)), ExprCondPair(Pow(x, 2), True))"
    ),
    "piecewise((1, 0 < x <= 1))": (
        "Piecewise(ExprCondPair(1, And(StrictLessThan(0, x), LessThan(x, 1))))"
    ),
    "piecewise((1, x = 0 or x > 1 and y ≠ 2))": (
        "Piecewise(ExprCondPair(1, Or(Equality(x, 0), "
        "And(StrictGreaterThan(x, 1), Unequality(y, 2)))))"
    ),
    "piecewise((1, piecewise((x, y < 0)) < 1))": (
        "Piecewise(ExprCondPair(1, StrictLessThan("
        "Piecewise(ExprCondPair(x, StrictLessThan(y, 0))), 1)))"
    ),
    "2piecewise((x, (x < 0) & (y < 1)), (1, (x > 0) | (y > 1)))": (
        "Mul(2, Piecewise(ExprCondPair(x, And(StrictLessThan(x, 0), StrictLessThan(y, 1))), "
        "ExprCondPair(1, Or(StrictGreaterThan(x, 0), StrictGreaterThan(y, 1)))))"
    ),
}


@pytest.mark.parametrize(("text", "expected"), TREES.items())
def test_tree(text, expected):
    assert read(text) == expected


SAME = [
    ("x^2", "x**2", "x²", "x^{2}", "x^(2)", " x ^ 2 ", "$x^2$", "$$ x^2 $$", r"\(x^2\)", "x^+2"),
    ("x + y", "x + y.", "x + y ,", "$x + y$.", r"$x + y\,.$", r"\[x + y,\]", r"x + y\,"),
    ("x^2", "x^2,", r"{\it x}^2"),
    ("x^23", "x²³"),
    ("x^(-1)", "x⁻¹", "x^{-1}", "x^-1"),
    ("e^n", "eⁿ", "exp(n)", r"\exp n", r"\mathrm{e}^n"),
    ("2*x", "2x", "2·x", "2×x", "2∙x", "2⋅x", r"2\cdot x", r"2 \times x", "2~x", r"2\,x", "2(x)"),
    ("a/b", "a÷b", r"a \div b", r"\frac{a}{b}", r"\tfrac{a}b", "a∕b"),
    ("a - b", "a − b", "a – b", "a—b"),
    ("x/5", r"\frac x5", r"\frac x{5}", r"\tfrac  x 5"),
    ("1/x", r"\frac1x", r"\dfrac 1x"),
    ("x/a", r"\frac xa", r"\frac{x}a"),
    ("e/2", r"\frac e2"),
    ("x^(1/2)", "x^½"),
    ("sech x", r"{\rm sech}\,x", r"\mathop{\rm sech} x", r"{ \rm sech }(x)"),
    ("1/2", "½", r"\frac12", r"\frac{1}{2}", r"\frac 1 2", "(1)/(2)"),
    ("pi", "π", r"\pi"),
    ("omega t", "ωt", r"\omega t", "omega*t"),
    ("epsilon", "ε", "ϵ", r"\varepsilon", r"\epsilon"),
    ("x1", "x_1", "x_{1}", "x₁", r"x_{\text{1}}"),
    ("w12", "w_{12}", "w_12", "w₁₂"),
    ("w_max", r"w_{\text{max}}", r"w_\mathrm{max}", "w_{max}"),
    ("x_alpha", r"x_\alpha", "x_α", r"x_{\alpha}"),
    ("yhat", "ŷ", "y\u0302", r"\hat{y}", r"\hat y", r"\widehat{y}"),
    ("theta_i", "θ_i", r"\theta_i", r"\vartheta_{i}", "θᵢ"),
    ("thetahat", r"\hat{\theta}", r"\hat\theta"),
    (
        "sin(x)",
        r"\sin x",
        r"\sin{x}",
        r"\sin\left(x\right)",
        r"\operatorname{sin} x",
        r"sin\bigl(x\bigr)",
    ),
    ("sin(x)^2", "sin^2 x", "sin²x", r"\sin^{2}(x)", "sin^(2)(x)"),
    ("asin(x)", "arcsin x", "sin^-1 x", "sin⁻¹x", "sin^{-1}(x)", "sin^(-1)(x)", r"\sin^{-1}x"),
    ("log(x, 2)", "log[2](x)", r"\log[2]{x}"),
    ("cbrt(x)*x", "sqrt[3](x) x", "√[3](x) x", r"\sqrt[3]{x} x"),
    ("sin(x)*(x + 1)", "sin[x](x + 1)", "sin(x)(x + 1)"),
    ("sin(x)^2", "sen²x", "sen^2(x)", r"\operatorname{sen}^2 x", "sin\u2061(x)^2"),
    ("f = x^2", r"{\displaystyle f(x)=x^2}", r"{\displaystyle f=x^{2}}", "$f(x) = x^2.$"),
    ("relu(x)", "F.relu(x)", "nn.functional.relu(x)", "jax.nn.relu(x)"),
    ("h*(10 - h)", "V(h) = h(10 - h)"),
    ("ln(x - 1)", "ln(x - 1), x > 1", r"\ln(x - 1), \quad x > 1", "ln(x-1),1<x≤2"),
    ("f = x^2 + 1", "f: x -> x^2 + 1", "f : x ↦ x² + 1", r"f\colon x \mapsto x^2 + 1"),
    ("floor(x)", "⌊x⌋", r"\lfloor x\rfloor", r"\left\lfloor x \right\rfloor"),
    ("x*ceil(x/2)", "x⌈x/2⌉", r"x\lceil \frac{x}{2}\rceil"),
    ("sin(x*pi/180)", "sin(x°)", "sin x°", r"\sin x^\circ", r"\sin x^{\circ}", r"\sin(x^ \circ)"),
    ("arctan(x)", "Arctan(x)", r"\operatorname{Arctan} x", r"\text{Arctan}(x)"),
    ("|x|", "abs(x)", r"\left|x\right|", r"\lvert x \rvert", r"\vert x\vert", "∣x∣"),
    ("sqrt(x)", "√x", r"\sqrt{x}", r"\sqrt x", "x^(1/2)", "root(x, 2)"),
    ("cbrt(x)", "∛x", r"\sqrt[3]{x}", "root(x, 3)"),
    ("log(x, 2)", "log_2(x)", "log_2 x", "log₂x", "log2(x)", "log2x", r"\log_{2} x", r"\log_2{x}"),
    ("sin^2 x", r"{\sin}^{2}x", r"{\text{sin}}^2{x}", r"{ \sin }^2(x)"),
    ("log_2 x", r"{\log}_{2}x", r"{\text{log}}_2 x"),
    ("log(x, 10)", "log_{10} x", "lg(x)", "log10 x", r"\lg x"),
    ("ln(x)", "log x", r"\ln x", r"\log(x)", "ln{x}", "log(x, e)"),
    (
        "max(0, x)",
        r"\max(0, x)",
        r"\max\left\{0, x\right\}",
        "Max(0,x)",
        r"\operatorname{max}(0, x)",
    ),
    ("leaky_relu(x)", r"\mathrm{leaky}_\mathrm{relu}(x)", r"\operatorname{leaky\_relu}(x)"),
    ("polygamma(1, x)", r"\psi^{(1)}(x)", r"\psi^{(1)}\left(x\right)", "ψ⁽¹⁾(x)", "psi^{(1)}(x)"),
    ("psi^2 (x + 1)", r"\psi^2 \cdot (x+1)", "ψ² (x+1)"),
    ("Gamma(x)", "gamma(x)", "Γ(x)", r"\Gamma(x)", r"\Gamma\left(x\right)", "gamma (x)"),
    ("(x+1)^2", r"\left\lbrace x+1\right\rbrace^2", r"\lbrack x+1\rbrack^2"),
    ("(x+1)y", "[x+1]y", "{x+1}y", r"\left[x+1\right] y", r"\Big(x+1\Big)y"),
    ("x + y", "𝑥 + 𝘆", "ｘ＋ｙ", "x\u00a0+\u2009y", "x\n+\ty", "x + y\u00a0"),
    (
        "piecewise((a, x < 0), (b, x >= 1), (c, True))",
        "Piecewise((a, x<0), (b, x≥1), (c, otherwise))",
        r"\begin{cases} a & x<0 \\ b & x \ge 1 \\ c & \text{otherwise} \end{cases}",
        r"\left\{\begin{cases} a, & \text{if } x \lt 0, \\ b, & \text{if }x \geq 1, \\"
        r" c & \text{else.} \\ \end{cases}\right.",
        r"\begin{cases} a & \text{if } x \lt 0 \cr b & \text{if } x \ge 1 \cr"
        r" c & \text{otherwise} \end{cases}",
        r"\begin{dcases} a, x<0 \\ b, x\geqslant 1 \\ c, otherwise \end{dcases}",
        "piecewise(x < 0, a, x >= 1, b, c)",
        r"\begin{cases} a & {\text{if }}x<0 \\ b & {\mbox{for }}x \ge 1 \\ c & {\text{otherwise}}"
        r"\end{cases}",
        r"\left\{\begin{array}{ll} a & x<0 \\ b & x \ge 1 \\ c & \text{else} \end{array}\right.",
        r"\left\{\begin{matrix} a, & x<0\\ b, & x\geq 1\\ c, & \text{else} \end{matrix}\right.",
    ),
    (
        "piecewise((x, x > 0 and x < 9), (-x, True))",
        "where(x > 0 and x < 9, x, -x)",
        "np.where((x > 0) & (x < 9), x, -x)",
        "if((x > 0) and (x < 9), (x), -(x))",
        "ifelse(x > 0 and x < 9, x, -x)",
    ),
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0])
def test_spellings_of_the_same(spellings):
    first, *others = spellings
    for other in others:
        assert read(other) == read(first), other


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.id)
def test_every_function(row):
    for spelling in row.spellings:
        if spelling not in ("log", "root", "polygamma"):  # written in several ways, see above
            slots = ", ".join("xy"[: len(row.samples)])
            assert parse(f"{spelling}({slots})").tree.func is row.head, spelling


def test_leaves_are_the_standard_ones():
    assert parse("S").tree == Symbol("S", real=True)
    assert parse("e").tree is S.Exp1
    assert parse("pi").tree is S.Pi


@pytest.mark.parametrize(
    ("text", "output", "tree"),
    [
        ("y = x^2", "y", "Pow(x, 2)"),
        ("f(x) = 2x", "f", "Mul(2, x)"),
        ("f(x, t) = 2x", "f", "Mul(2, x)"),
        ("loss(w) = w^2", "loss", "Pow(w, 2)"),
        (r"\hat{y}_1 = x", "yhat1", "x"),
        ("$L_{2} = x$", "L2", "x"),
        ("f(x) := 2x", "f", "Mul(2, x)"),
        (r"y \coloneqq 2x", "y", "Mul(2, x)"),
        ("$f(x) &= 2x$", "f", "Mul(2, x)"),
        ("f: t ↦ 2t", "f", "Mul(2, t)"),
        (r"$g\colon\theta\mapsto \theta$", "g", "theta"),
        ("x^2", None, "Pow(x, 2)"),
        ("x = 2", "x", "2"),
        ("σ(z) = z^2", "sigma", "Pow(z, 2)"),
        (r"\sigma\left(\theta\right) = \theta", "sigma", "theta"),
    ],
)
def test_definition(text, output, tree):
    parsed = parse(text)
    assert (parsed.output, shape(parsed.tree)) == (output, tree)


@pytest.mark.parametrize(
    ("text", "decimals"), [("0.5x", True), ("5.", True), ("x/2", False), ("1e-3x", False)]
)
def test_decimals(text, decimals):
    assert parse(text).decimals is decimals


@pytest.mark.parametrize(
    ("text", "names", "tree"),
    [
        ("2xy", ["xy"], "Mul(2, xy)"),
        ("xy(x+1)", ["xy"], "Mul(xy, Add(x, 1))"),
        ("cost^2", ["cost"], "Pow(cost, 2)"),
        ("rate(x+1)", ["rate"], "Mul(rate, Add(x, 1))"),
        ("sigma(x+1)", ["sigma"], "Mul(sigma, Add(x, 1))"),
        ("gamma(x)", ["gamma"], "Mul(gamma, x)"),
        ("max_a_b + 1", ["max_a_b"], "Add(max_a_b, 1)"),
        ("dx_{1} + dx_1 + dx1", ["dx_1", "dx"], "Add(dx1, dx1, dx1)"),
        ("abc + ab", ["ab", "abc"], "Add(abc, ab)"),
        ("$ax$", ["ax"], "ax"),
        ("xe^2", ["xe"], "Pow(xe, 2)"),
        (r"\mathrm{rate}(x+1)", ["rate"], "Mul(rate, Add(x, 1))"),
    ],
)
def test_names_are_accepted(text, names, tree):
    assert read(text, *names) == tree


@pytest.mark.parametrize(
    ("text", "bare", "variable"),
    [
        ("d/dx(x^2 + t)", "x^2 + t", "x"),
        ("d/dt [x t]", "x t", "t"),
        ("d/dx x^2 sin x", "x^2 sin(x)", "x"),
        ("d/dx -x^3", "-x^3", "x"),
        ("∂/∂y (x y^2)", "x y^2", "y"),
        (r"\frac{d}{dx} \sin x", "sin(x)", "x"),
        (r"$\dfrac{\mathrm{d}}{\mathrm{d}x}\left(x + 1\right)$", "x + 1", "x"),
        (r"\frac{\partial}{\partial \theta}(a\theta)", "a*theta", "theta"),
        ("D_x(x^2)", "x^2", "x"),
        ("d/dα (α² x)", "α² x", "alpha"),
        ("d/dx_1 (x_1^2)", "x1^2", "x1"),
        ("d/dx₁ (x₁²)", "x1^2", "x1"),
        (r"\frac{d}{d\,x} x^3", "x^3", "x"),
        (r"{\frac {d}{dx}}(x + 1)^{3}", "(x + 1)^3", "x"),
        ("(d/dx)(x^2 - 1)", "x^2 - 1", "x"),
        ("x -> x^2 + 1", "x^2 + 1", "x"),
        ("lambda t: a*t + 1", "a*t + 1", "t"),
        (r"t \mapsto t^2 + t", "t^2 + t", "t"),
        (r"D_{x}\left[x^2\right]", "x^2", "x"),
        ("D[Sin[x]^2, x]", "sin(x)^2", "x"),
        ("diff(a*x1^2, x1)", "a*x1^2", "x1"),
        ("Derivative(max(x, t), t)", "max(x, t)", "t"),
    ],
)
def test_sign_of_a_derivative_in_front(text, bare, variable):
    parsed = parse(text)
    assert shape(parsed.tree) == shape(parse(bare).tree)
    assert parsed.arguments == (variable,)


def test_part_of_a_text():
    text = "L = (y - a)^2; a = sin(2w; b = 3"
    parsed = parse_part(text, 0, 13)
    assert (parsed.output, shape(parsed.tree)) == ("L", "Pow(Add(y, Mul(-1, a)), 2)")
    with pytest.raises(UnclosedBracket) as caught:
        parse_part(text, 14, 25)
    assert caught.value.span == (22, 23)
    assert caught.value.source == text


def test_a_part_does_not_look_beyond_its_end():
    assert shape(parse_part("gamma (x)", 0, 5).tree) == "gamma"
    assert shape(parse_part("x_1", 0, 1).tree) == "x"


def test_equal_subtrees_are_the_same_object():
    tree = parse(
        "sin(x^2)/2 + 3.5*sin(x²)*x^-2 - sqrt(sin(x^2))/(x^2 + 7/2) + 1/x^2 + e^(x/2)"
        "+ piecewise((x/2, x < 7/2), (-2, -x < 7/2)) - 2x + log_2 x + x^(1/2) + -2/7 + 2/7"
    ).tree
    first = {}
    stack = [tree]
    while stack:
        part = stack.pop()
        assert first.setdefault(shape(part), part) is part
        stack += part.args
    assert len(first) > 25


# --- What is refused ----------------------------------------------------------------------

CASES = "for cases write piecewise((x, x > 0), (-x, True))"
PAIR = "as in piecewise((x^2, x < 0), (x, otherwise))"
SINGLE = "write one expression, without a condition or a second one behind it"
WITHOUT_DERIVATIVE = "write the expression itself, without d/dx"
ALONE = "write it with operators; if foofoo is the variable, say so with --wrt foofoo"
ENVIRONMENT = r"leave it out; for cases write \begin{cases} … \end{cases}"
PARAMETER = "write * for a product, or sin(x)^2 for a power"
ALL_OF_IT = "put brackets around all that is to be differentiated"
FACTORIAL = "write brackets, as in (x^2)! or x^(n!)"
OR_FUNCTION = "; for a function write its expression"
CONDITION = "piecewise((value, condition), …, (value, otherwise))"

# The place of the error stands between « and ».
ERRORS = [
    # nothing, or not enough
    ("«»", EmptyExpression, "for example sin(x^2)"),
    ("«»   ", EmptyExpression, "for example sin(x^2)"),
    ("y =«»", EmptyExpression, "for example sin(x^2)"),
    ("x «+»", UnexpectedToken, None),
    ("x + «*» 2", UnexpectedToken, None),
    ("x ** «**» 2", UnexpectedToken, None),
    ("«*»x", UnexpectedToken, None),
    ("x «-»", UnexpectedToken, None),
    ("(x +«)»", UnexpectedToken, None),
    ("«()»", UnexpectedToken, None),
    (r"\frac«{}»{2}", UnexpectedToken, None),
    (r"\frac{1} «+» 1", UnexpectedToken, None),
    # arguments
    ("«sin»", WrongArguments, "write sin(x)"),
    ("«sin» + 1", WrongArguments, "write sin(x)"),
    ("«sin» -x", WrongArguments, "write sin(x)"),
    ("2«sin()»", WrongArguments, "write sin(x)"),
    ("«sin»(x, y)", WrongArguments, "write numbers with a decimal point"),
    ("«max»(x)", WrongArguments, None),
    ("«max» x", WrongArguments, None),
    ("max(x,«)»", UnexpectedToken, None),
    ("«root»(x)", WrongArguments, None),
    ("«ln»^-1(x)", WrongArguments, "for the reciprocal write 1/ln(x)"),
    ("polygamma(«x», x)", WrongArguments, None),
    ("piecewise(«x»)", WrongArguments, PAIR),
    ("piecewise(«(x, x<0, 2)»)", WrongArguments, PAIR),
    (r"\begin{cases} x & x<0 \\ «1» \end{cases}", WrongArguments, PAIR),
    # brackets
    ("sin«(»x + 2", UnclosedBracket, None),
    ("sin«(»", UnclosedBracket, None),
    ("x«)»", UnclosedBracket, None),
    ("(x«]»", UnclosedBracket, "')' is expected"),
    ("«|»x", UnclosedBracket, None),
    ("(«|»x)", UnclosedBracket, None),
    (r"«\begin{cases}» x & x<0", UnclosedBracket, None),
    (r"x «\end{cases}»", UnclosedBracket, None),
    # names
    ("«xy»", UnclearName, "for a product write x*y"),
    ("«zeta»(x)", UnknownFunction, "for a product write zeta*(x)"),
    ("2«unit_jump»(x)", UnknownFunction, "for a product write unit_jump*(x)"),
    ("«foo1»(x^2)", UnknownFunction, "for a product write foo1*(x^2)"),
    ("«lim» x", UnclearName, "write the expression itself: limits are not worked out here"),
    ("«int» x + 1", UnclearName, "write the expression itself: integrals are not worked out here"),
    ("«arc» sin(x)", UnclearName, "write arcsin, arccos or arctan in one word"),
    ("«rate» x", UnclearName, "for a product write rate*(x)"),
    ("«sinus»(x)", UnknownFunction, "did you mean sin?"),
    ("«sinc»(x)", UnknownFunction, "write sin(x)/x, or sin(pi*x)/(pi*x) where that is meant"),
    ("piecewise((x, «not» x < 1))", UnclearName, "write the opposite condition, as in x >= 1"),
    ("«f»(x + 1)", UnclearName, f"for a product write f*(x + 1){OR_FUNCTION}"),
    ("«f»^{-1}(x)", UnclearName, f"for a product write f*(x){OR_FUNCTION}"),
    (r"«y»\left(x\right)", UnclearName, f"for a product write y*(x){OR_FUNCTION}"),
    ("x «\\» y", UnexpectedCharacter, "for a quotient write /"),
    ("sqrt2 «x»", UnexpectedToken, "write sqrt(2)*x or sqrt(2*x)"),
    ("x_«{»12", UnclosedBracket, None),
    ("«log»_(x)", WrongArguments, "write log_2(x)"),
    ("«min»", WrongArguments, "write min(x, y)"),
    ("x «&» y", UnexpectedToken, None),
    (r"«\foo»{x}", UnknownFunction, None),
    ("«Log»[2, x]", WrongArguments, "write numbers with a decimal point"),
    ("e^(-x/«th»)", UnclearName, "for a product write t*h"),
    ("2«xy»_1", UnclearName, "for a product write x*y"),
    ("«xyz»", UnclearName, "for a product write x*y*z"),
    ("«abx» + 1", UnclearName, "for a product write a*b*x"),
    ("x«ⁿˣ»", UnclearName, "for a product write n*x"),
    ("2«pix»", UnclearName, "for a product write pi*x"),
    ("«x2y»", UnclearName, "for a product write x2*y"),
    ("«xe»**2", UnclearName, "for a product write x*e"),
    ("«axe»^x", UnclearName, "for a product write a*x*e"),
    ("2^«xe»^x", UnclearName, "for a product write x*e"),
    (r"\sin x^«na»", UnclearName, "for a product write n*a"),
    ("«GMm»/r", UnclearName, "for a product write G*M*m"),
    (r"\sin a«_nx»", UnclearName, "write x_{nx} with braces, or x_{n} x"),
    ("«sinx»", UnclearName, "for the function write sin(x)"),
    ("«tanx»", UnclearName, "for the function write tan(x)"),
    ("«xlnx»", UnclearName, "for a product write x*ln(x)"),
    ("2«sinxcosx»", UnclearName, "for a product write sin(x)*cos(x)"),
    ("«cost»", UnclearName, "for the function write cos(t)"),
    ("x«_{a+b}»", UnclearName, "as in w_{12} or w_i"),
    ("«xsin»(x)", UnknownFunction, "for a product write x*sin(x)"),
    ("«xsin» x", UnknownFunction, "for a product write x*sin(x)"),
    (
        "«xsin»(x^2 (1 + x) (2 + x) (3 + x) (4 + x) (5 + x))",
        UnknownFunction,
        "for a product write x*sin(…)",
    ),
    ("«xmax»(0, x)", UnknownFunction, "for a product write x*max(0, x)"),
    ("«snh»(2x)", UnknownFunction, "did you mean sinh?"),
    ("«Sin» x", UnknownFunction, "did you mean sin?"),
    ("«rate»(x + 1)", UnknownFunction, "for a product write rate*(x + 1)"),
    ("x + «loss»(w) = 2", UnknownFunction, "for a product write loss*(w)"),
    ("«log3»(x)", UnknownFunction, "write log(3x) or log_3(x)"),
    ("«sin2»(x)", UnknownFunction, "write sin(2x) or sin(x)^2"),
    ("«sin2» x", UnknownFunction, "write sin(2x) or sin(x)^2"),
    # what was read as something else
    ("e^2«x»", UnexpectedToken, "write e^(2x), or e^2*x"),
    ("e^-2«t» cos 3t", UnexpectedToken, "write e^(-2t), or e^-2*t"),
    ("10^2«x» + 1", UnexpectedToken, "write 10^(2x), or 10^2*x"),
    ("x^-2«/»3", UnexpectedToken, "write x^(-2/3), or (x^-2)/3"),
    ("e«ˣ²»", UnexpectedToken, "write brackets, as in e^(x^2)"),
    (r"«\Phi»(x)", UnclearName, r"for a product write \Phi*(x)" + OR_FUNCTION),
    ("«γ»(x)", UnclearName, "for a product write γ*(x)" + OR_FUNCTION),
    ("«D»(x^2)", UnclearName, "for a product write D*(x^2)" + OR_FUNCTION),
    ("«d»(x^2 + 1)", UnclearName, "for a product write d*(x^2 + 1)" + OR_FUNCTION),
    ("sin«[»2](x)", UnexpectedToken, PARAMETER),
    ("«Pi» x^2", UnclearName, r"write pi for the number, or \Pi for a name"),
    ("x «squared»", UnknownFunction, "write ^2"),
    ("y = «foofoo»", UnclearName, ALONE),
    (r"«\begin{equation}» x^2", UnexpectedToken, ENVIRONMENT),
    (r"«\sinn» x", UnknownFunction, r"did you mean \sin?"),
    (r"«\operatorname{foo}» x", UnknownFunction, None),
    (r"x^{«\sin»}x", WrongArguments, "write sin(x)"),
    (r"\frac{«\sin»}{x}", WrongArguments, "write sin(x)"),
    (r"{«\sin»} + x", WrongArguments, "write sin(x)"),
    (r"x «\mathrm{rate}»(x)", UnknownFunction, None),
    (r"«\int» x", UnknownFunction, None),
    (r"f«\circ» x", UnknownFunction, None),
    ("x^2«°»", UnexpectedToken, "write brackets, as in (x^2)°"),
    ("√x«°»", UnexpectedToken, "write brackets, as in (x^2)°"),
    ("x°«°»", UnexpectedToken, "write brackets, as in (x^2)°"),
    ("«⌊»x", UnclosedBracket, None),
    ("⌊x«)»", UnclosedBracket, "'⌋' is expected"),
    (r"\frac«⌊»x⌋2", UnexpectedToken, None),
    ("where(«x», 1, 2)", WrongArguments, PAIR),
    ("where(x > 0, 1, x < 9, 2, «3», 4)", UnexpectedToken, "as in x < 0, or otherwise"),
    ("x «where» x > 0", UnclearName, CASES),
    # a derivative
    ("x + «d/dx»(x^2)", UnexpectedToken, WITHOUT_DERIVATIVE),
    ("«d/dx» = 2x", UnexpectedToken, WITHOUT_DERIVATIVE),
    (r"x «\frac{d y}{d x}»", UnexpectedToken, WITHOUT_DERIVATIVE),
    ("d/dx x^2 «+» 3x", UnexpectedToken, ALL_OF_IT),
    ("d/dx (x + 1«)» x", UnexpectedToken, ALL_OF_IT),
    ("«diff»(x^2, x) + 1", UnknownFunction, WITHOUT_DERIVATIVE),
    ("«dy/dx» = 2x", UnexpectedToken, WITHOUT_DERIVATIVE),
    (r"\frac{«dx»}{2}", UnclearName, "for a product write d*x"),
    # σ, which is often the sigmoid
    ("«σ»(z)", UnclearName, "write sigmoid(z), or σ*(z) for a product"),
    ("2x «sigma» (x - 1)", UnclearName, "write sigmoid(x - 1), or sigma*(x - 1) for a product"),
    (r"\hat{y} = «\sigma»(z)", UnclearName, r"write sigmoid(z), or \sigma*(z) for a product"),
    (
        r"«\sigma»\!\left(z\right) + 1",
        UnclearName,
        r"write sigmoid(z), or \sigma*(z) for a product",
    ),
    ("«σ»[z]", UnclearName, "write sigmoid(…), or σ*(…) for a product"),
    # characters
    ("«х» + 1", UnexpectedCharacter, "write the Latin letter x"),
    ("x«;» y", UnexpectedCharacter, "write one expression at a time"),
    ("x!«!»", UnexpectedToken, FACTORIAL),
    ("x^n«!»", UnexpectedToken, FACTORIAL),
    ("√x«!»", UnexpectedToken, FACTORIAL),
    ("x«.»y", UnexpectedCharacter, "for a product write *; a decimal point stands next to a digit"),
    ("x«\0»", UnexpectedCharacter, None),
    ("«\ud800»", UnexpectedCharacter, None),
    ("x + «\u200d»1", UnexpectedCharacter, None),
    ("«$»x$ + 1", UnexpectedCharacter, None),
    # numbers
    ("«1.2.3»", UnexpectedToken, "a number has one decimal point"),
    ("3«,»5", UnexpectedToken, "write 3.5 with a decimal point"),
    ("f(x) = 1«{,}100»", UnexpectedToken, "write 1100, or 1.100"),
    ("0«{,}5»x", UnexpectedToken, "write 0.5 with a decimal point"),
    ("2 «3»", UnexpectedToken, "for a product write 2*3"),
    ("x 2 «3»", UnexpectedToken, "for a product write 2*3"),
    ("x^2 «3»", UnexpectedToken, "for a product write 2*3"),
    ("x_{1}«2»", UnexpectedToken, "for a product write x_{1}*2"),
    (r"\frac{x}«23»", UnexpectedToken, r"write braces, as in \frac{10}{3}"),
    ("2«(-8)^(1/3)»", UndefinedConstant, "for the real root write root(…, 3)"),
    ("«(-8)^(1/2)»", UndefinedConstant, None),
    ("«0^0»", UndefinedConstant, None),
    # what is not clear
    ("√x«^»2", UnexpectedToken, "write √(x^2) or (√x)^2"),
    ("sin 2«√»x", UnexpectedToken, "write sin(2√x) or sin(2)·√x"),
    ("sin 2x«/»3", UnexpectedToken, "write sin(2x)/3 or sin(2x/3)"),
    (r"\arctan x«/»a", UnexpectedToken, "write arctan(x)/a or arctan(x/a)"),
    ("x sin 1«/»x", UnexpectedToken, "write sin(1)/x or sin(1/x)"),
    ("b^1«/»3", UnexpectedToken, "write b^(1/3), or (b^1)/3"),
    ("(b + 1)^-1«/»2", UnexpectedToken, "write (b + 1)^(-1/2), or ((b + 1)^-1)/2"),
    (r"«2\frac»{1}{3}x", UnexpectedToken, r"write 2+\frac{1}{3} or 2*\frac{1}{3}"),
    ("f(x) = «x2» + 3x", UnclearName, "write x^2, or x_2 for a name"),
    ("4«x5» - x", UnclearName, "write x^5, or x_5 for a name"),
    ("cos x«(»t + 1)", UnexpectedToken, "write cos(x)*(t + 1) or cos(x*(t + 1))"),
    (r"\cos 2x«[»x + 1]", UnexpectedToken, "write cos(2x)*… or cos(2x*…)"),
    (r"\ln x«\frac»{1}{x}", UnexpectedToken, "write ln(x)*… or ln(x*…)"),
    ("sin ω«(»t - τ)", UnexpectedToken, "write sin(ω)*(t - τ) or sin(ω*(t - τ))"),
    ("2 sin x «e»^x", UnexpectedToken, "write sin(x)*… or sin(x*…)"),
    ("sin x«|»x|", UnexpectedToken, "write sin(x)*… or sin(x*…)"),
    (r"x^«210»^{2x}", UnexpectedToken, "write x^2*10, or x^{210} with braces"),
    ("x^2 «=» 4", UnexpectedToken, "as in y = x^2"),
    ("y = x «=» 2", UnexpectedToken, "as in y = x^2"),
    ("y = x + «y»", UnexpectedToken, None),
    ("f(x) = «f»(x) + 1", UnexpectedToken, None),
    ("«e» = y - p", UnclearName, "choose another name"),
    ("«π»(x) = 2x", UnclearName, "choose another name"),
    ("«Γ»(x) = x", UnclearName, "choose another name"),
    ("«x < 2»", UnexpectedToken, CONDITION),
    ("2«(x < 2)»", UnexpectedToken, CONDITION),
    ("«True»", UnexpectedToken, CONDITION),
    ("piecewise((x, «y»))", UnexpectedToken, "as in x < 0, or otherwise"),
    ("piecewise((1, «x» and y < 1))", UnexpectedToken, "as in x < 0, or otherwise"),
    ("digamma^{«(x)»}(x)", WrongArguments, None),
    ("piecewise(«(x, x<0)»*2)", UnexpectedToken, None),
    ("«_»x", UnexpectedToken, "a subscript follows a name, as in x_1 or w_{ij}"),
    ("(x«,» y)", UnexpectedToken, None),
]


@pytest.mark.parametrize(("marked", "cause", "hint"), ERRORS)
def test_error(marked, cause, hint):
    before, rest = marked.split("«")
    inside, after = rest.split("»")
    text = before + inside + after
    with pytest.raises(ChainstepError) as caught:
        parse(text)
    error = caught.value
    assert type(error) is cause
    assert error.span == (len(before), len(before + inside))
    assert error.hint == hint
    assert error.source == text


UNDEFINED = """
    1/0  0/0  1/(1-1)  1/(1/2-0.5)  0^0  0^-1  ln(0)  log(-1)  log(1,1)  sqrt(-1)  √-4  (-8)^(1/3)
    (-1)^0.5  asin(2)  acosh(0)  gamma(-1)  gamma(0)  digamma(-2)  cot(0)  atanh(1)  tan(pi/2)
    1/sin(pi)  1/cos(π/2)  sec(pi/2)  ln(sin(pi))  1/ln(e/e)  1/(sqrt(2)^2-2)  (sqrt(2)^2-2)^-1
    root(-1,2)  root(1,0)  (-2)^π  1/(e-e)  polygamma(1,-1)  asin(e/2+1)
""".replace("√-4", "√(-4)").split()


@pytest.mark.parametrize("text", UNDEFINED)
def test_undefined_constant(text):
    with pytest.raises(UndefinedConstant) as caught:
        parse(f"x + {text}*y")
    assert caught.value.message == f"{text} is not defined"
    assert caught.value.span == (4, 4 + len(text))


@pytest.mark.parametrize("text", ["x/0", "log(x, 1)", "log_0(x)", "log_{-2} x", "root(x, 0)"])
def test_undefined_for_every_x(text):
    with pytest.raises(UndefinedConstant, match="is not defined"):
        parse(text)


DEFINED = """
    asin(1) asin(e/e) acos(-e/e) acosh(1) root(-8,3) cbrt(-8) (-8)^3 (-2)^(sqrt(2)^2) 0^2 sin(0)
    1/sin(3) 1/sigmoid(-200) tan(pi/4) gamma(1/2) ln(10^100) atan2(0,-1) sqrt(2)^2 1/1e-9
    1/(10^200+1-10^200) erf(0) max(1,2) e^(-100) 1^(10^18) (1+10^-70)^(10^9)
"""


@pytest.mark.parametrize("text", DEFINED.split())
def test_defined_constant(text):
    parse(text)


TOO_LARGE = {
    "9^9^9^9 * x": "9^9^9^9",
    "x + 9^9^9": "9^9^9",
    "2^(9^9^9)": "9^9^9",
    "x^9^9^9": "9^9^9",
    "x^(9^9^9)": "9^9^9",
    "10^10001": "10^10001",
    "10^-10001": "10^-10001",
    "1/10^9999/100": "1/10^9999/100",
    "10^9999*100 + x": "10^9999*100",
    "1e999999999 x": "1e999999999",
    "1e10001": "1e10001",
    "0e99999999999": "0e99999999999",
    "e^(10^9)": "e^(10^9)",
    "exp(exp(11))": "exp(exp(11))",
    "gamma(10^10)": "gamma(10^10)",
    "gamma(10^18)": "gamma(10^18)",
    "x^1e9999*2^1e9": "2^1e9",
}


@pytest.mark.parametrize(("text", "part"), TOO_LARGE.items())
def test_number_too_large(text, part):
    with pytest.raises(LimitExceeded) as caught:
        parse(text)
    assert caught.value.message == f"{part} is a number with more than 10000 digits"
    assert caught.value.hint == "numbers may have up to 10000 digits"
    start = text.index(part)
    assert caught.value.span == (start, start + len(part))


@pytest.mark.parametrize("text", ["sin(10^19)", "sin(10^5000)", "gamma(10^30)", "erf(-10^20)"])
def test_argument_too_large(text):
    with pytest.raises(LimitExceeded, match=r"an argument in .* is larger than 10\^18"):
        parse(text)


def test_digits_of_a_number():
    nines = "9" * 10_000
    assert int(parse(nines).tree) == 10**10_000 - 1  # type: ignore[arg-type]
    for text in (nines + "9", f"0.{nines}9"):
        with pytest.raises(LimitExceeded, match="more than 10000 digits"):
            parse(text)


def test_large_numbers_that_are_small_enough():
    assert parse("1e9999").tree == 10**9999
    assert read("x^(10^9)") == "Pow(x, Pow(10, 9))"
    assert read("sin(10^18)") == "sin(Pow(10, 18))"


def test_length_of_the_text():
    assert read("x" + " " * (CHARACTERS - 1)) == "x"
    with pytest.raises(LimitExceeded, match=f"more than {CHARACTERS} characters"):
        parse("x" + " " * CHARACTERS)


EXPLAINED = [
    """
error: this bracket is never closed
  sin(x + 2
     ^""",
    """
error: unknown function 'snh'
  snh(2x)
  ^^^
hint: did you mean sinh?""",
    """
error: 'xsin' is not a known function
  xsin(x)
  ^^^^
hint: for a product write x*sin(x)""",
    """
error: 9^9^9^9 is a number with more than 10000 digits
  9^9^9^9 * x
  ^^^^^^^
hint: numbers may have up to 10000 digits""",
    """
error: 'х' (CYRILLIC SMALL LETTER HA) looks like x, but is another letter
  2х
   ^
hint: write the Latin letter x""",
    """
error: U+0000 (a control character) has no place in an expression
  x\N{REPLACEMENT CHARACTER}
   ^""",
]


@pytest.mark.parametrize("explained", EXPLAINED)
def test_error_in_full(explained):
    text = explained.split("\n")[2][2:].replace("\N{REPLACEMENT CHARACTER}", "\0")
    with pytest.raises(ChainstepError) as caught:
        parse(text)
    assert caught.value.explain() == explained.strip()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_end_of_a_line_is_not_shown(end):
    with pytest.raises(ChainstepError) as caught:
        parse(f"x +{end}(y - 1{end}+ 2")
    assert caught.value.explain().splitlines()[1:] == ["  (y - 1", "  ^"]
    with pytest.raises(UnexpectedToken) as caught:
        parse(f"(x{end}< 2)")
    assert "\r" not in caught.value.explain()
    with pytest.raises(UndefinedConstant) as caught:
        parse(f"1/(1{end}- 1)")
    assert caught.value.message == "1/(1 - 1) is not defined"


# --- Depth and hostility ------------------------------------------------------------------


def levels(tree):
    """How deep a tree is, along its last arguments."""
    count = 0
    while tree.args:
        tree, count = tree.args[-1], count + 1
    return count


DEEP = [
    ("(", "x", ")", 100_000, 0),
    ("{", "x", "}", 100_000, 0),
    ("sin(", "x", ")", 10_000, 10_000),
    ("sin ", "x", "", 10_000, 10_000),
    ("-(", "x", ")", 20_000, 0),
    ("2^", "x", "", 20_000, 20_000),
    ("1/(1+", "x", ")", 5_000, None),
    ("x^{", "x", "}", 10_000, 10_000),
    ("|1+", "x", "|", 10_000, 20_000),
    (r"\sqrt{", "x", "}", 10_000, None),
    (r"\frac{1}{1+", "x", "}", 5_000, None),
    ("max(1,", "x", ")", 5_000, 5_000),
    ("√", "x", "", 20_000, None),
    ("e^", "x", "", 10_000, 10_000),
    ("log_2 ", "x", "", 10_000, None),
]


@pytest.mark.parametrize(("opening", "inside", "closing", "depth", "expected"), DEEP)
def test_depth(opening, inside, closing, depth, expected):
    tree = parse(opening * depth + inside + closing * depth).tree
    if expected is not None:
        assert levels(tree) == expected
    assert sum(1 for _ in postorder(tree)) >= (expected or 1)


def test_width():
    assert len(parse("+".join(["x"] * 100_000)).tree.args) == 100_000
    assert len(parse("x" + "*x" * 99_999).tree.args) == 100_000
    assert len(parse("(x)" * 50_000).tree.args) == 50_000


@pytest.mark.parametrize("repeated", ["x/", "-x", "x^(", "x ", "1+", "ln "])
def test_number_of_tokens(repeated):
    with pytest.raises(LimitExceeded, match="more than 250000 numbers, names and signs"):
        parse(repeated * (CHARACTERS // len(repeated)))


HOSTILE = [
    "+" * 1_000_000,
    "-" * 100_000,
    "(" * 100_000,
    ")" * 100_000,
    "|" * 100_000,
    "^" * 100_000,
    "," * 100_000,
    "_" * 100_000,
    "." * 1_000_000,
    "1" * 1_000_000,
    "\0" * 1_000_000,
    "9^" * 20_000 + "9",
    "exp(" * 10_000 + "1" + ")" * 10_000,
    "x_{" * 100_000,
    r"\frac" * 50_000,
    r"\text{" * 50_000,
    r"\begin{cases}" * 20_000,
    r"\sqrt[" * 50_000,
    "log_" * 50_000,
    "piecewise((1," + "sin(" * 5_000 + "x" + ")" * 5_000 + "<1))",
    "piecewise((1," + "(x<1 and " * 5_000 + "x<1" + ")" * 5_000 + "))",
    "__import__('os').system('echo')",
    "lambda: 0",
    "x.__class__",
    "eval(1)",
    "[i for i in x]",
    "x if x else y",
    "f'{x}'",
    "{1: 2}",
    "\\",
    "\\\\",
    "$",
    "$$",
    "$ $",
    "&",
    "=",
    "==",
    "x == 2",
    "x <",
    "f(=",
    "f(x)=",
    "f(",
    "f()",
    r"\left(",
    r"\right)",
    r"\left|x",
    r"x\right|",
    r"\end{cases}",
    r"\begin{cases}\end{cases}",
    r"\begin{cases}\\\end{cases}",
    r"\sqrt[3]",
    r"\sqrt[]{x}",
    r"\frac1",
    r"\hat",
    r"\mathrm{}",
    "\\mathrm{a\ud800b}",
    "a" * 1_000_000 + "(",
    "sin^",
    "sin^-",
    "sin_2 x",
    "log_",
    "log_()x",
    "piecewise()",
    "piecewise(())",
    "piecewise((1, x<0), 2)",
    "max(x<1, 2)",
    "⁺",
    "x⁺",
    "xⁿˣ",
    "₁",
    "\u0302",
    "√",
    "x√",
    "\ud83d",
    "2½",
    ".",
    ",",
    "x..",
    r"\frac x10",
    r"(\sin} x",
    "f: x ↦",
    "∞",
    "x′",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_text_is_refused_briefly(text):
    with pytest.raises(ChainstepError) as caught:
        parse(text)
    check_error(caught.value, text)


def check_error(error, text):
    assert error.source == text
    assert len(error.message) < 200
    assert error.message.isprintable()
    error.explain().encode("utf-8")
    if error.span is not None:
        start, end = error.span
        assert 0 <= start <= end <= len(text)


PIECES = r"""
    x y 2 0 1.5 .5 1e3 e pi π ω x_1 w_{12} ŷ rate sin cos ln log_2 sqrt max atan2 gamma abs
    + - * / ^ ** · ( ) [ ] { } | , = < <= != and or & True √ ∛ ² ⁻¹ ₁ _ . ; $
    \frac \frac12 \sqrt \sin \left( \right) \left| \right| \cdot \alpha \text{if} \hat{y}
    \begin{cases} \\ \end{cases} piecewise( piecewise(( )) otherwise \{ \}
"""


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES.split(), " "]), max_size=14).map("".join)
    | st.text(max_size=30)
)
@example("\ud800")
@example("x" * 50 + "(")
def test_any_text_parses_or_is_refused(text):
    try:
        tree = parse(text).tree
    except ChainstepError as error:
        check_error(error, text)
    else:
        assert tree.is_Piecewise or tree.is_commutative


ATOMS = st.sampled_from(["a", "b", "c", "2", "3", "0.5"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("({})".format, inner),
        st.builds("-{}".format, inner),
        st.builds("{} ** {}".format, ATOMS, st.sampled_from(["2", "-1", "-b", "a ** 2"])),
    ),
    max_leaves=12,
)
VALUES = {"a": 1.37, "b": 0.71, "c": 2.23}
PYTHON = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def python_value(node):
    """What Python takes an expression for."""
    if isinstance(node, ast.BinOp):
        return PYTHON[type(node.op)](python_value(node.left), python_value(node.right))
    if isinstance(node, ast.UnaryOp):
        return -python_value(node.operand)
    return VALUES[node.id] if isinstance(node, ast.Name) else node.value


def tree_value(tree):
    if tree.is_Symbol:
        return VALUES[tree.name]
    if tree.is_Number:
        return float(tree)
    values = [tree_value(argument) for argument in tree.args]
    if tree.is_Pow:
        return values[0] ** values[1]
    total = values[0]
    for value in values[1:]:
        total = total + value if tree.is_Add else total * value
    return total


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS)
def test_precedence_is_that_of_python(text):
    try:
        expected = python_value(ast.parse(text, mode="eval").body)
        tree = parse(text).tree
    except (UndefinedConstant, ZeroDivisionError, OverflowError):
        return
    assert tree_value(tree) == pytest.approx(expected, rel=1e-9, abs=1e-9)
