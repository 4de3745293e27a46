"""The vector chain rule with lengths left open."""

import json
import math
from dataclasses import replace
from random import Random

import pytest
from mpmath import mpf
from sympy import Integer, Symbol

from chainstep.arrays import Dot, Element, Quantity, Sized, Sizes
from chainstep.errors import ChainstepError, FalseLine, UnclearName
from chainstep.notation import mul
from chainstep.render import FORMATS
from chainstep.render.unicode_math import one_line
from chainstep.render.writing import write
from chainstep.vectors import derive_vectors
from chainstep.vectors.check import check
from chainstep.vectors.combine import combine
from chainstep.vectors.compute import compute
from chainstep.vectors.introduce import introduce
from chainstep.vectors.numbers import Values, flat, shape
from chainstep.vectors.problem import pose
from chainstep.vectors.rules import _ROWS
from tests.test_katex import complaints
from tests.test_render import FORBIDDEN, formulas_of

LOSS = "w, x_i: vector(n); C = (1/N) sum((y_i - max(0, w·x_i + b))^2, i)"
PERCEPTRON = "L = (1/2)(y - yhat)^2; yhat = sigmoid(z); z = sum(I_i*w_i, i) + b"
LAYER = (
    "W: matrix(m, n); x: vector(n); b, y: vector(m)\n"
    "L = norm2(y - a)^2\na = sigmoid(z)\nz = W x + b  # the layer"
)
TWO = "w, x: vector; "

# What is derived, by what, and the results.
RESULTS = [
    (TWO + "y = w + x", "w", "I"),
    (TWO + "y = w + x", "x", "I"),
    (TWO + "y = w - x", "w", "I"),
    (TWO + "y = w - x", "x", "−I"),
    (TWO + "y = w ⊗ x", "w", "diag(x)"),
    (TWO + "y = w ⊗ x", "x", "diag(w)"),
    (TWO + "y = w * x", "x", "diag(w)"),
    (TWO + "y = w ⊘ x", "w", "diag(1/x_i)"),
    (TWO + "y = w / x", "x", "diag(−w_i/x_i²)"),
    ("x: vector; y = x + z", "z", "1⃗"),
    ("x: vector; y = x + z", "x", "I"),
    ("x: vector; y = x z", "z", "x"),
    ("x: vector; y = x z", "x", "z·I"),
    ("x: vector; y = sum(x)", "x", "1⃗ᵀ"),
    ("x: vector; y = sum(x z)", "x", "z·1⃗ᵀ"),
    ("x: vector; y = sum(x z)", "z", "sum(x)"),
    (TWO + "y = w·x", "w", "xᵀ"),
    (TWO + "y = dot(w, x)", "x", "wᵀ"),
    (TWO + "y = sum(w ⊗ x)", "w", "xᵀ"),
    (TWO + "a = max(0, w·x + b)", "w", "{xᵀ if w · x + b > 0, 0⃗ᵀ otherwise}"),
    (TWO + "a = max(0, w·x + b)", "b", "{1 if w · x + b > 0, 0 otherwise}"),
    (
        LOSS,
        "w, b",
        "(2/N) ∑ᵢ₌₁ᴺ {(w · x_i + b − y_i)·x_iᵀ if w · x_i + b > 0, 0⃗ᵀ otherwise}; "
        "(2/N) ∑ᵢ₌₁ᴺ {w · x_i + b − y_i if w · x_i + b > 0, 0 otherwise}",
    ),
    (LOSS, "y_i", "2(y_i − max(0, w · x_i + b))/N"),
    (LOSS, "x_i", "{2(w · x_i + b − y_i)·wᵀ/N if w · x_i + b > 0, 0⃗ᵀ otherwise}"),
    ("x: vector; y = norm2(x)", "x", "xᵀ/‖x‖"),
    ("x: vector; y = norm2(x)^2", "x", "2xᵀ"),
    (TWO + "y = norm2(w - x)^2", "x", "−2(w − x)ᵀ"),
    ("x: vector; y = dot(x, x)", "x", "2xᵀ"),
    ("x: vector; y = sum(exp(x))", "x", "(e^x)ᵀ"),
    ("x: vector; y = relu(x)", "x", "diag({1 if x_i > 0, 0 otherwise})"),
    ("x: vector; y = sum(max(0, x))", "x", "({1 if x_i > 0, 0 otherwise})_iᵀ"),
    ("y = sum(w_i*x_i, i)", "w_i", "x_i"),
    ("w, x: vector; y = sum(w_i*x_i, i)", "w", "xᵀ"),
    ("w, x: vector; y = dot(w, x)^2", "w_i", "2x_i·(w · x)"),
    ("y = sum(x_i, i)^2", "x_i", "2·∑ⱼ₌₁ⁿ x_j"),
    ("x_i, c: vector; y = sum(norm2(x_i - c)^2, i)", "c", "−2·∑ᵢ₌₁ᴺ (x_i − c)ᵀ"),
    ("x_i: vector; y = sum(a_i*x_i, i)", "x_i", "a_i·I"),
    ("W: matrix(m, n); x: vector(n); y = W x", "x", "W"),
    ("W: matrix(n, n); x: vector(n); y = dot(x, W x)", "x", "xᵀ W + xᵀ Wᵀ"),
    ("W: matrix(n, n); x: vector(n); y = dot(x, W*x)", "W", "x xᵀ"),
    ("W: matrix(m, n); x: vector(n); y: vector(m); L = norm2(W x - y)^2", "x", "2(W x − y)ᵀ W"),
    ("W: matrix(m, n); x: vector(n); y: vector(m); L = norm2(W x - y)^2", "W", "2(W x − y) xᵀ"),
    ("W: matrix(m, n); x: vector(n); y = 2 W x", "x", "2W"),
    ("x: vector(3); y = sum(x^2)", "x", "2xᵀ"),
    ("x: vector; y = x", "x", "I"),
    ("A, B: matrix(n,n); x: vector; y = norm2(A (B x))^2", "A", "2A (B x) xᵀ Bᵀ"),
    ("(1/n) sum(x_j, j)", "x_i", "1/n"),
    ("w: vector; b: scalar; y = sum(2·w + b·w + (b c)·w)", "w", "(2 + b + b·c)·1⃗ᵀ"),
]


@pytest.mark.parametrize(("text", "wrt", "expected"), RESULTS)
def test_results(text, wrt, expected):
    derivation = derive_vectors(text, wrt)
    assert "; ".join(one_line(write(tree)) for tree in derivation.gradient.values()) == expected
    assert derivation.verdict.status == "verified"
    assert derivation.verdict.digits == 30
    open_lengths = "vector(3)" not in text
    assert derivation.verdict.lengths == ((1, 2, 3, 5) if open_lengths else ())


@pytest.mark.parametrize(
    ("vectors", "text"), [(("w", "x"), "dot(w, x)"), ((), "w: vector(n); x: vector(n); w·x")]
)
def test_ways_to_declare(vectors, text):
    assert one_line(write(derive_vectors(text, "w", vectors).result)) == "xᵀ"


@pytest.mark.parametrize("vectors", [["w,x"], ["w ", " x"], "w,x"])
def test_lists_of_vectors(vectors):
    assert one_line(write(derive_vectors("dot(w, x)", "w", vectors).result)) == "xᵀ"


@pytest.mark.parametrize("vectors", [["2"], [""], "wx", ["w", "x", "q"], ["w", "x", "e"]])
def test_lists_that_name_no_vectors(vectors):
    with pytest.raises(UnclearName):
        derive_vectors("dot(w, x)", "w", vectors)


# --- Against differences that know nothing of chainstep -----------------------------------


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def dot(w, x):
    return sum(a * b for a, b in zip(w, x, strict=True))


def times(matrix, x):
    return [dot(row, x) for row in matrix]


def loss(v):
    errors = (y - max(0, dot(v["w"], x) + v["b"]) for x, y in zip(v["x"], v["y"], strict=True))
    return sum(error**2 for error in errors) / len(v["y"])


def perceptron(v):
    return (v["y"] - sigmoid(dot(v["I"], v["w"]) + v["b"])) ** 2 / 2


def layer(v):
    z = [p + q for p, q in zip(times(v["W"], v["x"]), v["b"], strict=True)]
    return sum((y - sigmoid(one)) ** 2 for y, one in zip(v["y"], z, strict=True))


def softmax(v):
    return [math.exp(x) / sum(map(math.exp, v["x"])) for x in v["x"]]


N, M = 4, 6  # of vectors and samples: lengths that the program itself does not try
SHAPES = {
    "w": (N,), "c": (N,), "W": (M, N), "x": (N,), "b": (), "y": (), "I": (N,),
}  # fmt: skip
WRITTEN = [
    (LOSS, loss, "w", {"x": (M, N), "y": (M,)}),
    (LOSS, loss, "b", {"x": (M, N), "y": (M,)}),
    (PERCEPTRON.replace("L =", "I, w: vector; L ="), perceptron, "w", {}),
    (PERCEPTRON, perceptron, "b", {}),
    (LAYER, layer, "W", {"b": (M,), "y": (M,)}),
    (LAYER, layer, "x", {"b": (M,), "y": (M,)}),
    (LAYER, layer, "b", {"b": (M,), "y": (M,)}),
    ("x: vector; y = exp(x)/sum(exp(x))", softmax, "x", {}),
    (
        "W: matrix(m, n); x: vector(n); y = tanh(W x)",
        lambda v: [math.tanh(z) for z in times(v["W"], v["x"])],
        "x",
        {},
    ),
    (TWO + "y = (w·x) x - 3 w", lambda v: [dot(v["w"], v["x"]) * x - 3 * w
     for w, x in zip(v["w"], v["x"], strict=True)], "x", {}),
    (TWO + "y = ln(norm2(w - 2x))", lambda v: math.log(math.hypot(
        *(w - 2 * x for w, x in zip(v["w"], v["x"], strict=True)))), "x", {}),
]  # fmt: skip


def drawn(sides, random):
    if not sides:
        return random.uniform(-1, 1)
    return [drawn(sides[1:], random) for _ in range(sides[0])]


def moved(value, place, step):
    if not place:
        return value + step
    first, *rest = place
    return [moved(v, rest, step) if i == first else v for i, v in enumerate(value)]


def as_rows(value):
    """The values of the test as those of `Values`."""
    if not isinstance(value, list):
        return mpf(value)
    if isinstance(value[0], list):
        return tuple(tuple(map(mpf, row)) for row in value)
    return tuple((mpf(entry),) for entry in value)


@pytest.mark.parametrize(("text", "function", "wrt", "sides"), WRITTEN)
def test_against_functions_written_by_hand(text, function, wrt, sides):
    random = Random(5)
    sides = SHAPES | sides
    values = {name: drawn(side, random) for name, side in sides.items()}
    derivation = derive_vectors(text, wrt)
    names = {Symbol(name, real=True): as_rows(value) for name, value in values.items()}
    tree = derivation.result
    leaves = {leaf.array if isinstance(leaf, Element) else leaf for leaf in tree.free_symbols}
    known = {leaf: names[Symbol(leaf.name, real=True)] for leaf in leaves if leaf.name in values}
    for leaf in known:
        if isinstance(leaf, Quantity) and len(leaf.shape) == 3:
            known[leaf] = tuple(tuple((entry,) for entry in row) for row in known[leaf])
    lengths = {"n": N, "m": M, "N": M}
    known |= {Symbol(name, real=True): mpf(value) for name, value in lengths.items()}
    found = Values(known).of(tree)
    expected = differences(function, values, wrt, sides[wrt])
    assert shape(found) == shape(as_rows(expected))
    assert [float(v) for v in flat(found)] == pytest.approx(flat(as_rows(expected)), abs=1e-6)


def differences(function, values, wrt, sides):
    """The Jacobian; that of a number by a matrix has its shape."""
    step = 1e-6

    def quotient(*place):
        up, down = (function(values | {wrt: moved(values[wrt], place, by)}) for by in (step, -step))
        if isinstance(up, list):
            return [(a - b) / (2 * step) for a, b in zip(up, down, strict=True)]
        return (up - down) / (2 * step)

    if not sides:
        return quotient()
    if len(sides) == 2:
        return [[quotient(i, j) for j in range(sides[1])] for i in range(sides[0])]
    columns = [quotient(j) for j in range(sides[0])]
    if not isinstance(columns[0], list):
        return [columns]
    return [list(row) for row in zip(*columns, strict=True)]


# --- Lines --------------------------------------------------------------------------------


def lines(derivation, id):
    return [
        " = ".join(one_line(write(side)) for side in (equation.left, *equation.rights))
        for equation in derivation.step(id).equations
    ]


def test_dot_product_step_by_step():
    derivation = derive_vectors(TWO + "y = w·x", "w")
    assert lines(derivation, "introduce") == ["u₁ = w ⊗ x   (n×1)", "y = sum(u₁)"]
    assert lines(derivation, "compute") == ["du₁/dw = diag(x)   (n×n)", "dy/du₁ = 1⃗ᵀ   (1×n)"]
    assert lines(derivation, "combine") == [
        "dy/dw = dy/du₁ du₁/dw = 1⃗ᵀ diag(x)",
        "(1×n)(n×n) = (1×n)",
        "1⃗ᵀ diag(x) = xᵀ",
    ]
    assert lines(derivation, "substitute") == ["dy/dw = xᵀ"]


def test_layer_step_by_step():
    combined = lines(derive_vectors(LAYER, "W,x,b"), "combine")
    assert "−2u₂ᵀ diag(a_i·(1 − a_i)) = −2(u₂ ⊗ a ⊗ (1 − a))ᵀ" in combined
    assert "δ₁ = (dL/dz)ᵀ = −2u₂ ⊗ a ⊗ (1 − a)   (m×1)" in combined
    assert "dL/dW = (dL/du₁)ᵀ xᵀ = δ₁ xᵀ" in combined
    assert "(m×1)(1×n) = (m×n)" in combined
    assert "dL/dx = dL/du₁ ∂u₁/∂x = δ₁ᵀ W" in combined
    assert "(dL/dx)ᵀ = Wᵀ δ₁" in combined
    assert "(dL/db)ᵀ = δ₁" in combined


def test_perceptron_step_by_step():
    derivation = derive_vectors(PERCEPTRON, "w_i, b, I_i")
    assert lines(derivation, "introduce")[:2] == ["u_1j = I_j·w_j", "u₂ = ∑ⱼ₌₁ⁿ u_1j"]
    substituted = lines(derivation, "substitute")
    assert [line.split(" = ")[1] for line in substituted] == [
        "−(y − ŷ)·sigmoid(z)·I_i·(1 − sigmoid(z))",
        "−(y − ŷ)·sigmoid(z)·(1 − sigmoid(z))",
        "−(y − ŷ)·sigmoid(z)·w_i·(1 − sigmoid(z))",
    ]
    assert derivation.step("combine").notes == (
        "Of the sum over j, only the term j = i contains w_i.",
        "Of the sum over j, only the term j = i contains I_i.",
    )


@pytest.mark.parametrize(
    ("text", "wrt", "rule"),
    [
        (TWO + "y = w·x", "w", "vector"),
        (TWO + "a = max(0, w·x + b)", "b", "single-variable"),
        (TWO + "a = b (w·x + b)", "b", "total-derivative"),
        ("x: vector; y = x z", "z", "vector"),
        (LOSS, "b", "vector"),
    ],
)
def test_the_most_special_rule(text, wrt, rule):
    assert derive_vectors(text, wrt).rule.id == rule


# --- The check ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrt"),
    [(TWO + "y = w·x", "w"), (LOSS, "w,b"), (LAYER, "W,x,b"), (PERCEPTRON, "w_i,b")],
)
def test_every_line_is_checked(text, wrt):
    """Each line in turn is made false, and found."""
    problem = pose(text, wrt)
    graph = introduce(problem)
    locals = compute(graph)
    combination = combine(graph, locals, problem.output)
    steps = derive_vectors(text, wrt).steps
    check(problem, graph, locals, combination, steps)
    for step in steps:
        for equation in step.equations:
            last = equation.rights[-1]
            false = replace(equation, rights=(*equation.rights[:-1], spoilt(last)))
            with pytest.raises(FalseLine):
                check(problem, graph, locals, combination, (replace(step, equations=(false,)),))


def spoilt(side):
    if isinstance(side, Sizes):
        return Sizes(*side.args[::-1])
    if isinstance(side, Sized):
        return Sized(spoilt(side.args[0]), side.args[1])
    return mul(Integer(2), side)


def test_shapes_are_checked_against_the_matrices():
    problem = pose(TWO + "y = w·x", "w")
    graph = introduce(problem)
    locals = compute(graph)
    combination = combine(graph, locals, problem.output)
    line = next(e for e in combination.equations if isinstance(e.left, Sizes))
    n, one = line.left.args[1], line.left.args[0]
    false = replace(line, left=Sizes(one, one, one, n))
    combination.factors[false] = combination.factors.pop(line)
    step = replace(derive_vectors(TWO + "y = w·x", "w").step("combine"), equations=(false,))
    with pytest.raises(FalseLine):
        check(problem, graph, locals, combination, (step,))


def test_a_wrong_rule_is_found(monkeypatch):
    wrong = replace(_ROWS[Dot], partial=lambda slot, args, y: args[slot])
    monkeypatch.setitem(_ROWS, Dot, wrong)
    with pytest.raises(FalseLine):
        derive_vectors(TWO + "y = (w·x)^2", "w")


def test_what_cannot_be_computed_is_not_called_verified():
    verdict = derive_vectors("x: vector; y = ln(-1 - norm2(x)^2)", "x").verdict
    assert verdict.status == "unverified"
    assert "no real point" in verdict.reason


# --- Errors -------------------------------------------------------------------------------

MANY = " + ".join(f"x^{power}" for power in range(2, 63))

# The text with what is marked, the variable, the code, and words of the message.
ERRORS = [
    ("w: vector(n); x: vector(m); y = «w + x»", "w", "shape-mismatch", "w is n×1 and x is m×1"),
    ("w: vector(n); x: vector(m); y = «dot(w, x)»", "w", "shape-mismatch", "n×1 and x is m×1"),
    ("w: vector(n); x: vector(3); y = «w ⊗ x»", "w", "shape-mismatch", "n×1 and x is 3×1"),
    ("W: matrix(m,n); x: vector(m); y = «W x»", "x", "shape-mismatch", "m×n and x is m×1"),
    (
        "W: matrix(m,n); x: vector(m); L = sum(z); z = «W x»",
        "x",
        "shape-mismatch",
        "in z: W is m×n and x is m×1: they cannot be multiplied",
    ),
    ("w: vector; y = sum(«b») + sum(w)", "w", "shape-mismatch", "b is a number"),
    ("w, x: vector; y = «w x»", "w", "unclear-name", "which product"),
    ("w, x: vector; y = «w × x»", "w", "unclear-name", "which product"),
    ("W, V: matrix(n,n); y = «W V»", "W", "unsupported-expression", "product of n×n and n×n"),
    ("W: matrix(m,n); x: vector(n); y = «2W»", "W", "unsupported-expression", "this is a matrix"),
    ("W: matrix(m,n); b: vector(m); y = «W + b»", "b", "unsupported-expression", "a matrix"),
    ("W: matrix(m,n); y = «sigmoid(W)»", "W", "unsupported-expression", "a matrix"),
    ("x: vector; y = sum(x_i*«sum(x_i, i)», i)", "x", "unsupported-expression", "inside a sum"),
    ("x: vector; y = «x_i» + 1", "x", "unclear-name", "belongs to no sum"),
    ("x: vector(n); y = sum(«x_i», i, N)", "x", "shape-mismatch", "n elements"),
    ("x: vector; y = sum(x_i, «2»)", "x", "wrong-arguments", "one letter"),
    ("x: «vektor»; y = sum(x)", "x", "unexpected-token", "not a shape"),
    ("x: vector; «x» = 2", "x", "unclear-name", "declared and defined"),
    ("«a» = b + x; b = a", "x", "unclear-name", "around in a circle"),
    ("x: vector; y = sum«(»x", "x", "unclosed-bracket", "never closed"),
    ("x: vector; y = sum(x)«)»", "x", "unclosed-bracket", "never opened"),
    ("x: vector; y = 2 «*»", "x", "unexpected-token", "missing after"),
    ("x: vector; y = «x/0»", "x", "undefined-constant", "division by 0"),
    ("y = exp(«x_i»)/sum(exp(x_j), j)", "x_i", "unclear-name", "belongs to no sum"),
    ("L = sum(w_i*x_i, i)^2 + «w_i»", "w_i", "unclear-name", "belongs to no sum"),
    ("L = («x_i» - m)^2; m = (1/n) sum(x_j, j)", "x_i", "unclear-name", "belongs to no sum"),
    ("y = sum(w_i*x_i, i) + «w_k»", "w_k", "unclear-name", "belongs to no sum"),
    ("y = sum(x_i, i) + «x_1»", "x_1", "unclear-name", "belongs to no sum"),
    ("y = sum(x_i, i) + «x»", "x", "unclear-name", "x is a number here"),
    ("y = sum(x_i, i)*«i»", "x_i", "unclear-name", "and an index"),
    ("f = sum(a_i*x^«i», i)", "x", "unsupported-expression", "an index as a number"),
    ("y = sum(«i»*x_i, i)", "x_i", "unsupported-expression", "an index as a number"),
    ("y = sum(x_i^«i», i)", "x_i", "unsupported-expression", "an index as a number"),
    ("«e: vector»; y = sum(e)", "e", "unclear-name", "Euler's number"),
    ("x: vector; y = sum(e x); «pi» = 2x", "x", "unclear-name", "3.14159"),
    ("y = sum(«(x_i-n)^2», i)", "n", "unclear-name", "is n a number"),
    ("y = sum(«x_i^n», i)", "x_i", "unclear-name", "is n a number"),
    ("x: vector(n); y = n sum(x); «n» = 2a", "a", "unclear-name", "is a length as well"),
    ("w: vector(n); y = max(0, w·«x» + b)", "w", "shape-mismatch", "x is a number"),
    ("w: vector; C = sum((y_i - max(0, w·«x_i»))^2, i)", "w", "shape-mismatch", "x_i is a number"),
    ("x: «vector(99)»; y = sum(x)", "x", "limit-exceeded", "up to 20"),
    ("y = sum(x_i, i, «99»)", "x_i", "limit-exceeded", "up to 20"),
    ("x: vector; y = " + "(" * 60 + "«(»x", "x", "limit-exceeded", "60 brackets"),
]


@pytest.mark.parametrize(("marked", "wrt", "code", "words"), ERRORS)
def test_errors(marked, wrt, code, words):
    text = marked.replace("«", "").replace("»", "")
    start, end = marked.index("«"), marked.index("»") - 1
    with pytest.raises(ChainstepError) as caught:
        derive_vectors(text, wrt)
    error = caught.value
    assert (error.code, error.span, error.source) == (code, (start, end), text)
    assert words in error.message
    assert "^" in error.explain()


@pytest.mark.parametrize(
    ("text", "wrt", "code", "words"),
    [
        ("x: vector; y = sum(x)", "z", "unclear-variable", "z does not occur"),
        ("x: vector; y = sum(v); v = 2x", "v", "unclear-variable", "v is defined"),
        ("x: vector; y = sum(x); z = b", "b", "unsupported-expression", "does not depend on b"),
        ("W: matrix(m,n); x: vector(n); y = W x", "W", "unsupported-expression", "three indexes"),
        ("x_i: vector; y = sum(norm2(x_i)^2, i)", "x", "unclear-variable", "x does not occur"),
        ("x: vector(n); y = n sum(x)", "n", "unclear-variable", "n is a length"),
        ("y = (1/n) sum(x_j, j)", "n", "unclear-variable", "n is a length"),
        ("n: scalar; x: vector(n); y = n sum(x)", "x", "unclear-name", "is a length as well"),
        (
            "W: matrix(n,n); x_i: vector; y = sum(norm2(W x_i), i)",
            "W",
            "unsupported-expression",
            "sum",
        ),
        (f"x: vector; y = sum({MANY})", "x", "limit-exceeded", "60 operations"),
    ],
)
def test_errors_without_a_place(text, wrt, code, words):
    with pytest.raises(ChainstepError) as caught:
        derive_vectors(text, wrt)
    assert caught.value.code == code
    assert words in caught.value.message


# --- Formats ------------------------------------------------------------------------------

SHOWN = [(text, wrt) for text, wrt, _ in RESULTS] + [(PERCEPTRON, "w_i,b"), (LAYER, "W,x,b")]


@pytest.fixture(scope="module")
def documents():
    return [derive_vectors(text, wrt) for text, wrt in SHOWN]


def test_every_format(documents):
    for derivation in documents:
        for name in ("terminal", "text", "markdown", "latex", "latex-fragment", "json"):
            text = FORMATS[name](derivation)
            assert text.strip(), name
            assert "DerivativeSymbol" not in text, name


def test_portable_formulas(documents):
    formulas = [f for derivation in documents for f in formulas_of(derivation.to_markdown())]
    assert len(formulas) > 400
    for formula in formulas:
        for pattern in FORBIDDEN:
            assert pattern not in formula, formula
    assert complaints(formulas) == []


def test_json():
    record = json.loads(derive_vectors(TWO + "y = w·x", "w").to_json())
    assert record["rule"] == "vector"
    assert record["derivative"] == "transpose(x)"
    assert record["steps"][2]["equations"][1]["left"] == "(1 x n)(n x n)"


def test_layout_is_said_once(documents):
    for derivation in documents:
        said = derivation.to_text().count("Numerator layout")
        assert said == (derivation.rule.id == "vector")


def test_a_kink_that_is_met_exactly():
    """Where relu(x) is 0 the outer relu has no derivative; such points are passed over."""
    verdict = derive_vectors("x: vector; y = sum(relu(sin(relu(x))))", "x").verdict
    assert verdict.status == "verified"


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("x: vector; y = max(0, b)*x", "b"),
        ("w, x: vector; y = max(0, w·x)*x", "x"),
        ("W: matrix(m, n); x: vector(n); L = norm2(max(0, b)*(W x))^2", "x, W, b"),
        ("x_i, w: vector; y = sum(max(0, w·x_i)*sin(x_i), i)/N", "w"),
        ("x_i, w: vector; y = sum(sigmoid(w·x_i)*relu(x_i), i)/N", "x_i"),
        ("x: vector; y = sigmoid(sum(x)*x)", "x"),
        ("w, c: vector; y = norm2(tanh(w - c))^2", "w_i"),
    ],
)
def test_cases_and_sums_of_vectors(text, wrt):
    assert derive_vectors(text, wrt).verdict.status == "verified"
