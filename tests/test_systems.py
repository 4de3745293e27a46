"""Systems of definitions, several variables, and both directions."""

import json

import pytest
from mpmath import mp, mpf
from sympy import sympify

from chainstep import derive
from chainstep.definitions import read_definitions
from chainstep.errors import ChainstepError
from tests.conftest import SAMPLES
from tests.corpus import CORPUS
from tests.trusted import names_in, number

TWO_WEIGHTS = "L = (1/2)(y - yhat)^2; yhat = sigmoid(z); z = w1*I1 + w2*I2 + b"
FIVE = " + ".join(f"w{i}*I{i}" for i in range(1, 6))
FIVE_WEIGHTS = f"L = (1/2)(y - yhat)^2\nyhat = sigmoid(z)\nz = {FIVE} + b"
NETWORK = (SAMPLES / "network.txt").read_text("utf-8")
WEIGHTS = "w11,w12,b1,w21,w22,b2,w31,w32,b3,v1,v2,v3,c"
SYSTEMS = {  # text: variables
    TWO_WEIGHTS: "w1,w2,b",
    FIVE_WEIGHTS: "all",
    NETWORK: WEIGHTS,
    "f = e^x; x = cos(omega t + phi)": "t",
    "E = (1/2) k x^2 + (1/2) m v^2; x = A cos(w t); v = -A w sin(w t)": "t",
    "y = p*q; p = x^2; q = x^2": "x",
    "y = sin(q); q = p; p = x^2": "x",
    "y = x^n + k*c; n = 3; k = 2c": "x",
    "r = sqrt(s); s = a^2 + b^2": "a,b",
    "y = max(p, q)*p; p = a*b; q = a - b": "a,b",
    "r = a*b/(a + b)": "a,b",
    "y = |z|^3; z = a^b": "a,b",
    "s = a + b; p = 2": "b,a",
}
STEP = mpf(10) ** -25


def solved(text, wrt, **options):
    """A derivation and its JSON record."""
    derivation = derive(text, wrt, **options)
    return derivation, json.loads(derivation.to_json())


def definitions_of(record):
    """Names and texts, each after those it uses; the output is the last."""
    whole = {"name": record["output"]["name"], "expression": record["expression"].split("=")[-1]}
    texts = {d["name"]: d["expression"] for d in record.get("definitions", [whole])}
    ordered: dict[str, str] = {}
    while len(ordered) < len(texts):
        for name, text in texts.items():
            if names_in(text) & texts.keys() <= ordered.keys():
                ordered.setdefault(name, text)
    return list(ordered.items())


def forward(record, point):
    """The values of all definitions at a point."""
    known = dict(point)
    for name, text in definitions_of(record):
        known[name] = number(text, known)
    return known


def gradient_of(record):
    return record.get("gradient") or {record["variable"]: record["derivative"]}


def some_point(record):
    """A number for every name that is not defined."""
    derivation = derive(record["expression"], "all")
    names = [s.name for s in (*derivation.variables, *derivation.graph.parameters)]
    return {name: mpf(3 + (7 * i) % 11) / 8 for i, name in enumerate(sorted(names))}


def slope(record, point, name):
    """The derivative of the output by a name, from differences of the definitions."""
    ends = [forward(record, point | {name: point[name] + d}) for d in (STEP, -STEP)]
    output = record["output"]["name"]
    return (ends[0][output] - ends[1][output]) / (2 * STEP)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("text", SYSTEMS)
def test_every_entry_agrees_with_differences(text, direction):
    derivation, record = solved(text, SYSTEMS[text], direction=direction)
    assert derivation.verdict.status == "verified"
    assert derivation.direction == record["direction"] == direction
    with mp.workdps(60):
        point = some_point(record)
        known = forward(record, point)
        for name, result in gradient_of(record).items():
            expected = slope(record, point, name)
            assert abs(number(result, known) - expected) < mpf(10) ** -12 * max(1, abs(expected))


@pytest.mark.parametrize("exercise", CORPUS, ids=lambda exercise: exercise.text)
def test_both_directions_end_in_the_same_result(exercise):
    there = derive(exercise.text, exercise.wrt, direction="forward")
    back = derive(exercise.text, exercise.wrt, direction="backward")
    assert {there.verdict.status, back.verdict.status} <= {"verified"} or (
        there.verdict.status == back.verdict.status
    )
    with mp.workdps(40):
        names = sorted(n.name for n in (there.wrt, *there.graph.parameters))
        texts = [json.loads(d.to_json())["derivative"] for d in (there, back)]
        if "d(" in "".join(texts):  # in named quantities, which the verdict has compared
            return
        for shift in range(4):
            point = {n: mpf(2 + (5 * i + 3 * shift) % 9) / 7 for i, n in enumerate(names)}
            first, second = (number(text, point) for text in texts)
            if None not in (first, second):
                assert abs(first - second) <= mpf(10) ** -25 * max(1, abs(first))


# --- The reference ------------------------------------------------------------------------


def test_named_by_the_person():
    """A8 of the reference."""
    _, record = solved("f = e^x; x = cos(omega t + phi)", "t")
    nodes = [(node["name"], node["expression"]) for node in record["intermediates"]]
    assert nodes == [("u1", "omega*t + phi"), ("x", "cos(u1)"), ("f", "exp(x)")]
    values = [local["value"] for local in record["local_derivatives"]]
    assert values == ["omega", "-sin(u1)", "exp(x)"]
    assert record["rule"] == "single-variable"
    assert record["derivative"] == "-omega*sin(omega*t + phi)*exp(cos(omega*t + phi))"


@pytest.mark.parametrize(("text", "count"), [(TWO_WEIGHTS, 2), (FIVE_WEIGHTS, 5)])
def test_a_neuron(text, count):
    """C1 of the reference."""
    weights = [f"w{i}" for i in range(1, count + 1)]
    derivation, record = solved(text, [*weights, "b", "I1"])
    assert record["rule"] == "vector"
    assert record["variables"] == [*weights, "b", "I1"]
    gradient = record["gradient"]
    point = {"y": mpf(1), "yhat": mpf("0.3"), "I1": mpf(2), "w1": mpf(5)}
    point |= {f"I{i}": mpf(i + 1) for i in range(1, count + 1)}
    delta = -(point["y"] - point["yhat"]) * point["yhat"] * (1 - point["yhat"])
    for i, weight in enumerate(weights, 1):
        assert abs(number(gradient[weight], point) - delta * point[f"I{i}"]) < 1e-12
    assert abs(number(gradient["b"], point) - delta) < 1e-12
    assert abs(number(gradient["I1"], point) - delta * point["w1"]) < 1e-12
    combined = [str(e.left) for e in derivation.step("combine").equations]
    assert len(combined) == len(set(combined))  # each adjoint is computed once


def test_sigmoid_by_its_definition():
    """C2 of the reference."""
    assert solved("s = 1/(1 + e^(-x))", "x")[1]["in_terms_of_output"] == "s*(1 - s)"


def test_the_network(golden):
    derivation = derive(NETWORK, WEIGHTS)
    assert derivation.verdict.status == "verified"
    assert len(derivation.gradient) == 13
    golden("network-solved.md", derivation.to_markdown())


# --- Points, and what stands in conditions --------------------------------------------------


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize(
    ("text", "wrt", "at", "adjoints"),
    [
        ("L = p^2; p = 2x", "x", "x=2", {"p": 8, "x": 16}),
        ("L = p^2; p = w x + b", "x,w", "x=2,w=1,b=1", {"p": 6, "x": 6, "w": 12}),
        ("L = sin(z); z = pi*x", "x", "x=1/3", {"z": "1/2", "x": "pi/2"}),
        ("sign(x)", "x", "x=0", {"x": 0}),  # a jump
        ("relu(x)", "x", "x=0", {"x": 0}),  # a kink
    ],
)
def test_numbers_in_both_directions(text, wrt, at, adjoints, direction):
    derivation = derive(text, wrt, at=at, direction=direction)
    found = {str(name): value for name, value in derivation.adjoints.items()}
    found = {name: value for name, value in found.items() if name in adjoints}
    assert found == {name: sympify(value) for name, value in adjoints.items()}


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_variable_in_a_condition_alone(direction):
    text = "piecewise((x, w < 0), (2x, otherwise))"
    derivation = derive(text, "x,w", direction=direction)
    assert [str(value) for value in derivation.gradient.values()][1] == "0"
    assert derivation.verdict.status == "verified"


def test_what_stands_in_a_condition_is_no_factor():
    derivation = derive("exp(piecewise((2, p < 0), (x, otherwise))); p = sqrt(x)")
    assert [str(symbol) for symbol in derivation.rule.paths] == ["x", "u1", "y"]
    assert derivation.verdict.status == "verified"


# --- Names --------------------------------------------------------------------------------


def test_names_are_kept_and_letters_avoided():
    derivation, _ = solved("u2 = sin(u1^2); u1 = ln(x + e^x)", "x")
    names = [node.symbol.name for node in derivation.graph.nodes]
    assert names == ["v1", "v2", "u1", "v3", "u2"]


def test_the_order_of_definitions_does_not_matter():
    first = derive("L = z^2; z = a*x + q; q = sin(x)", "x")
    other = derive("q = sin(x)\nz = a*x + q\nL = z^2", "x", output="L")
    assert first.steps == other.steps
    assert first.gradient == other.gradient


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("g(a) = x^a", "a"),
        ("s(t) = x t^2", "t"),
        (r"J(\theta) = \tan^2(n\theta)", "theta"),
        ("V(r) = a r^2 h", "r"),
        ("f(t) = 5", "t"),
        ("f(a, x) = a x^2", "x"),
        ("L(w) = (y - p)^2; p = w x + b", "w"),
        ("f(z) = z^2; z = sin(t)", "t"),
    ],
)
def test_the_variable_is_that_of_the_function(text, variable):
    assert str(derive(text).wrt) == variable


def test_a_function_of_what_does_not_occur():
    with pytest.raises(ChainstepError, match="x does not occur") as caught:
        derive("f(x) = cosh(t^2)")
    assert caught.value.hint == "choose with --wrt, for example --wrt t or --wrt x"
    assert derive("f(x) = cosh(t^2)", wrt="x").result == 0


def test_a_space_in_latex_ends_no_definition():
    definitions = read_definitions(r"f(x) \;=\; x\;\sin\;x; y = 2")
    assert [(d.name, str(d.tree)) for d in definitions] == [("f", "x*sin(x)"), ("y", "2")]


def test_the_first_definition_is_the_output():
    assert str(derive("q = x^2; y = q + 1", "x").output) == "q"
    assert str(derive("q = x^2; y = q + 1", "x", output="y").output) == "y"


def test_unused_definitions_are_told():
    derivation = derive("q = x^2; p = x^3")
    assert [name.name for name in derivation.unused] == ["p"]
    assert "p is defined but not used" in derivation.to_text().replace("\N{NO-BREAK SPACE}", " ")


def test_what_does_not_vary_keeps_its_name():
    derivation, record = solved("y = k x; k = 2 pi f", "x")
    assert [(str(n), str(e)) for n, e in derivation.graph.constants] == [("k", "2*pi*f")]
    assert record["derivative"] == "2*pi*f"


def test_an_unnamed_output_gets_a_name():
    derivation = derive("sin(y); y = x^2")
    assert str(derivation.output) == "z"
    assert str(derivation.result) == "2*x*cos(x**2)"


def test_all_variables_in_natural_order():
    derivation = derive("y = w10 + w2*w1", "all")
    assert [v.name for v in derivation.variables] == ["w1", "w2", "w10"]


# --- Errors -------------------------------------------------------------------------------

ERRORS = {  # text, variables, output: code, what the message says
    ("y = z; z = y", "x", None): ("circular-definition", "y needs z needs y"),
    ("y = a; a = b; b = c; c = a", "x", None): ("circular-definition", "a needs b needs c"),
    ("y = 2 y + x; z = 1", "x", None): ("unexpected-token", "both sides"),
    ("y = x; y = 2x", "x", None): ("duplicate-definition", "y is defined twice"),
    ("y = x; 2x", "x", None): ("unexpected-token", "no name"),
    ("y = z; z = sin(x", "x", None): ("unclosed-bracket", "in the definition of z"),
    ("y = z; z = snh(x)", "x", None): ("unknown-function", "in the definition of z"),
    ("y = z; z = a x", "b", None): ("undefined-name", "b does not occur"),
    ("y = z; z = a x", "z", None): ("unclear-variable", "z is the name of a definition"),
    ("y = z; z = a b", None, None): ("unclear-variable", "a, b"),
    ("y = z; z = x^2", "x", "w"): ("undefined-name", "w is not defined"),
    ("y = z; z = x^2", "x", "2"): ("unclear-variable", "not a name"),
    ("x*y", "x,q", None): ("undefined-name", "q does not occur"),
    (" ; \n# nothing", None, None): ("empty-expression", ""),
    ("x*y", "x,", None): ("unclear-variable", "a name is missing in --wrt"),
    ("x", "", None): ("unclear-variable", "a name is missing in --wrt"),
    ("y = x", "x", " "): ("unclear-variable", "a name is missing in --output"),
    ("x e^x", "e", None): ("unclear-variable", "e is Euler's number"),
    ("L = e^2; e = y - p; p = x", "x", None): ("unclear-name", "e is Euler's number"),
    ("L = x; π = 3", "x", None): ("unclear-name", "choose another name"),
    ("f(x) = g(2)^2; g(x) = sin(x)", "x", None): ("unexpected-token", "be applied to 2 (in"),
    ("f(x) = g(t) + x; g(x) = sin(x)", "x", None): ("unexpected-token", "write g(x) for the qua"),
    ("f(x) = g[x + 1]; g(x) = sin(x)", "x", None): ("unexpected-token", "be applied to …"),
    ("f = h(b, a); h(a, b) = a*b^2", "a", None): ("unexpected-token", "write h(a, b) for"),
    ("f = g^2(x); g(x) = sin(x)", "x", None): ("unexpected-token", "g*(x) for a product"),
    ("f = g^{2}(x); g(x) = sin(x)", "x", None): ("unexpected-token", "g*(x) for a product"),
    ("f = g(x)^2; g = sin(x)", "x", None): ("unexpected-token", "write g for the quantity"),
    ("y = loss(w + 1); loss(w) = w^2", "w", None): ("unexpected-token", "not a function"),
    ("y = σ(z); z = x^2", "x", None): ("unclear-name", "write sigmoid(z), or σ*(z)"),
    ("x: vector(n); y = sum(σ(x))", "x", None): ("unclear-name", "write sigmoid(x)"),
}


AS_DEFINED = {  # text: the same without arguments
    "f(x) = g(x)^2; g(x) = sin(x)": "f = g^2; g = sin(x)",
    r"f(x) = 3g\left(x\right)(x + 1); $g(x) = \sin x$": "f = 3*g*(x + 1); g = sin(x)",
    "f(x) = x(g(x)); g(x) = x^2": "f = x*g; g = x^2",
    "f(x) = loss(x)^2 + loss; loss(x) = sin(x)": "f = loss^2 + loss; loss = sin(x)",
    "f = g_1(x, a)/2; g₁(x, a) = a^x": "f = g1/2; g1 = a^x",
    r"f(x) = \hat{g}(x)^2; \hat{g}(x) = \sin x": "f = ghat^2; ghat = sin(x)",
    "y = σ(x)^2\nσ(x) = 1/(1 + e^(-x))": "y = sigma^2; sigma = 1/(1 + e^(-x))",
    "y = σ(x + 1); σ = a": "y = sigma*(x + 1); sigma = a",
    "y = k(x + 1)(x); k = 2a": "y = k*(x + 1)*x; k = 2a",
}


@pytest.mark.parametrize("text", AS_DEFINED)
def test_arguments_as_they_were_defined(text):
    derivation, same = derive(text, "x"), derive(AS_DEFINED[text], "x")
    assert derivation.steps == same.steps
    assert derivation.verdict.status == "verified"


@pytest.mark.parametrize(("text", "wrt", "output"), ERRORS)
def test_errors(text, wrt, output):
    code, words = ERRORS[text, wrt, output]
    with pytest.raises(ChainstepError) as caught:
        derive(text, wrt, output=output)
    assert caught.value.code == code
    assert words in caught.value.explain()
    if caught.value.span:
        assert caught.value.source in (text, "2")


@pytest.mark.parametrize(
    "text",
    [
        "piecewise((1, x = 0), (x, otherwise))",
        "y = 2x +\npiecewise((1, x = 0), (x, otherwise))",
        "y = u^2; u = piecewise((1, x = 0),\n(x, otherwise))",
    ],
)
def test_the_sign_of_a_condition_defines_nothing(text):
    assert derive(text, "x").verdict.status == "verified"


@pytest.mark.parametrize("text", ["x_" * 100_000 + "1", "\n" * 300_000, "y " * 10**5])
def test_a_long_text_is_read_once(text):
    """One that is read again from each of its letters keeps the tests waiting for minutes."""
    with pytest.raises(ChainstepError):
        derive(text)


def test_a_long_name_is_read_once():
    assert derive("x" * 200_000 + "^2 + 1").verdict.status == "verified"


def test_there_is_no_other_direction():
    with pytest.raises(ChainstepError, match="no direction 'up'"):
        derive("x^2", direction="up")


def test_a_caret_points_into_the_whole_text():
    with pytest.raises(ChainstepError) as caught:
        derive("L = z^2  # loss\nz = a*$x", "x")
    assert caught.value.explain().splitlines()[1:3] == ["  z = a*$x", "        ^"]


# --- Size ---------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_deep_chain_stays_in_named_quantities(direction):
    """Written out it would have more than 2^300 terms."""
    chain = [f"u{k + 1} = u{k} + u{k}^2" for k in range(299, 0, -1)]
    derivation = derive("; ".join([*chain, "u1 = x + x^2"]), "x", direction=direction)
    assert derivation.verdict.status == "verified"
    assert "stays in named quantities" in derivation.to_markdown()
    assert len(derivation.to_markdown()) < 1000 * 300
