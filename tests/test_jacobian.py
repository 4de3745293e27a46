"""Jacobians of explicit vectors, and their products with vectors."""

import json
import re
import subprocess
import sys
from itertools import pairwise
from random import Random

import pytest
import sympy
from mpmath import mp, mpf

from chainstep import derive, jacobian
from chainstep.arrays import MatrixProduct
from chainstep.errors import ChainstepError, FalseLine
from chainstep.jacobians import combine, layers, local, products, substitute
from chainstep.jacobians.matrices import Sparse
from chainstep.notation import ONE, DerivativeSymbol, Matrix, add, power
from chainstep.render.boxes import columns
from chainstep.render.plain import plain
from chainstep.render.writing import write
from tests.conftest import SAMPLES
from tests.test_katex import complaints
from tests.test_render import formulas_of
from tests.trusted import number, symbolic

EXERCISES = dict(
    re.findall(r"^(\w+)\) (.+)$", (SAMPLES / "jacobian.txt").read_text("utf-8"), re.MULTILINE)
)
# A system, its variables, and what its components are with every name replaced.
SYSTEMS = [
    ("[ln(x^2), sin(3x)]", "x", ["ln(x^2)", "sin(3*x)"]),
    ("y = [ln(g1), sin(g2)]; g = [x^2, 3x]", "x", ["ln(x^2)", "sin(3*x)"]),
    ("[a*b, a/b, a^b]", "a,b", ["a*b", "a/b", "a^b"]),
    ("y = [g1*g2, g1]; g = [x^2*e^x, 3x]", "x", ["x^2*exp(x)*3*x", "x^2*exp(x)"]),
    ("y = [h1*g2, g1 + x]; h = [sin(g1), g2]; g = [x*t, t^2]", "x,t", ["sin(x*t)*t^2", "x*t + x"]),
    ("y = [a*b, a]; a = sin(x); b = x^2", "x", ["sin(x)*x^2", "sin(x)"]),
    ("[x^2, x^2, x, 7]", "x", ["x^2", "x^2", "x", "7"]),
    ("[sin(x), cos(sin(x)), exp(cos(sin(x)))]", "x",
     ["sin(x)", "cos(sin(x))", "exp(cos(sin(x)))"]),
    ("y = [g1, g2]; g = [x, x]", "x", ["x", "x"]),
    ("y = [p1]; p = [2, cos(x)*ln(x)]", "x", ["2"]),
    ("y = [p1*c, c]; p = [x^c]; c = 3", "x", ["x^3*3", "3"]),
    ("x1*x2 + sin(x1)", "x1,x2", ["x1*x2 + sin(x1)"]),
    ("[k*x, exp(-k*x)]", "x", ["k*x", "exp(-k*x)"]),
    (r"\begin{bmatrix} x^2 \\ \frac{1}{x} \end{bmatrix}", "x", ["x^2", "1/x"]),
    (r"f = \left[ \sin x, x \right]", "x", ["sin(x)", "x"]),
    ("y = [g1 + g3, g2]; g = [x^x, ln(x), x]", "x", ["x^x + x", "ln(x)"]),
]  # fmt: skip


def rows_of(derivation):
    """The matrix of the result, as the JSON document has it."""
    record = json.loads(derivation.to_json())
    found = record.get("jacobian") or record["product"]
    assert found["shape"] == [len(found["rows"]), len(found["rows"][0])]
    return found["rows"]


def points(names, count=2):
    random = Random(7)
    return [{name: mpf(random.uniform(0.4, 1.6)) for name in names} for _ in range(count)]


def by_sympy(components, names):
    """The Jacobian as sympy finds it."""
    trees = sympy.Matrix([symbolic(text) for text in components])
    return trees.jacobian([symbolic(name) for name in names])


def by_differences(components, names, point):
    """The Jacobian as difference quotients."""
    step = mpf(10) ** -25
    moved = [point | {name: point[name] + step} for name in names]
    return [
        [(number(text, there) - number(text, point)) / step for there in moved]
        for text in components
    ]


def assert_close(found, expected):
    assert abs(found - expected) <= mpf(10) ** -20 * max(1, abs(expected)), (found, expected)


def assert_agrees(derivation, components, names):
    """The result agrees with sympy and with differences, entry by entry."""
    assert derivation.verdict.status == "verified"
    rows = rows_of(derivation)
    trusted = by_sympy(components, names)
    assert (len(rows), len(rows[0])) == trusted.shape == derivation.result.shape
    with mp.workdps(60):
        for point in points([*names, "k"]):
            measured = by_differences(components, names, point)
            values = {symbolic(name): sympy.Float(value, 60) for name, value in point.items()}
            for i, row in enumerate(rows):
                for j, text in enumerate(row):
                    assert_close(number(text, point), measured[i][j])
                    assert_close(measured[i][j], mpf(trusted[i, j].evalf(50, subs=values)))


# --- Right results ------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "wrt", "components"), SYSTEMS, ids=lambda part: str(part)[:40])
def test_system(text, wrt, components):
    assert_agrees(jacobian(text, wrt), components, wrt.split(","))


def random_text(random, names, depth):
    if depth == 0:
        return random.choice(names) if random.random() < 0.8 else str(random.randint(1, 5))
    kind = random.random()
    first, second = (random_text(random, names, depth - 1) for _ in range(2))
    if kind < 0.35:
        return f"({first} {random.choice('+-')} {second})"
    if kind < 0.65:
        return f"{first}*{second}"
    if kind < 0.9:
        return f"{random.choice(['sin', 'cos', 'exp', 'tanh', 'atan'])}(({first})/4)"
    return f"({first})^{random.randint(2, 3)}"


@pytest.mark.parametrize(
    ("size", "depth", "seed"), [(2, 3, 1), (3, 3, 2), (5, 3, 3), (8, 2, 4), (20, 2, 5), (20, 3, 6)]
)
def test_random(size, depth, seed):
    random = Random(seed)
    names = [f"x{i}" for i in range(1, size + 1)]
    components = [random_text(random, names, depth) for _ in names]
    components[0] += f" + {' + '.join(names)}"
    assert_agrees(jacobian(f"[{', '.join(components)}]", "x"), components, names)


@pytest.mark.parametrize("seed", range(12))
def test_random_systems(seed):
    """Layers that the person named, in terms of each other and of the variables."""
    random = Random(seed)
    names = ["x1", "x2"]
    whole = {name: name for name in names}
    definitions = []
    for letter in ("h", "g", "y"):
        entries = [random_text(random, [*whole], random.randint(1, 2)) for _ in range(2)]
        entries[0] += " + x1*x2"
        definitions.insert(0, f"{letter} = [{', '.join(entries)}]")
        known = dict(whole)
        inside = [
            re.sub(r"[a-z]\d", lambda name, known=known: f"({known[name[0]]})", entry)
            for entry in entries
        ]
        whole |= {f"{letter}{i}": entry for i, entry in enumerate(inside, 1)}
    derivation = jacobian("; ".join(definitions), "x1,x2")
    assert_agrees(derivation, [whole["y1"], whole["y2"]], names)


# --- The lines ----------------------------------------------------------------------------


def test_the_reference():
    """D1: the intermediates, the Jacobians, the product, the result."""
    derivation = jacobian(EXERCISES["D1"])
    record = json.loads(derivation.to_json())
    lines = {
        (step["id"], equation["left"]): equation["rights"]
        for step in reversed(record["steps"])
        for equation in reversed(step["equations"])
    }
    assert lines["introduce", "g"] == ["[[g1], [g2]]", "[[x**2], [3*x]]"]
    assert lines["compute", "∂(y)/∂(g)"][-1] == "[[1/g1, 0], [0, cos(g2)]]"
    assert lines["compute", "∂(g)/∂(x)"][-1] == "[[2*x], [3]]"
    symbols, factors, product = lines["combine", "d(y)/d(x)"]
    assert symbols == "∂(y)/∂(g) @ ∂(g)/∂(x)"
    assert factors == "[[1/g1, 0], [0, cos(g2)]] @ [[2*x], [3]]"
    assert product == "[[2*x/g1], [3*cos(g2)]]"
    assert lines["substitute", "d(y)/d(x)"][-1] == "[[2/x], [3*cos(3*x)]]"
    assert record["local_jacobians"] == [
        {"of": "g", "wrt": "x", "shape": [2, 1], "rows": [["2*x"], ["3"]]},
        {"of": "y", "wrt": "g", "shape": [2, 2], "rows": [["1/g1", "0"], ["0", "cos(g2)"]]},
    ]
    assert record["conditions"] == ["x != 0"]
    assert record["rule"] == "vector"


def test_names_given_by_the_person_change_nothing():
    plain, named = (jacobian(EXERCISES[label]) for label in ("D1", "D1named"))
    assert plain.steps == named.steps


def test_a_diagonal_collapses():
    combination = jacobian(EXERCISES["diagonal"]).step("combine")
    line = combination.equations[-1]
    assert line.law == combine.DIAGONAL
    (written,) = line.rights
    assert plain(write(written)) == ("[[∂(y1)/∂(g1)*∂(g1)/∂(x1), 0], [0, ∂(y2)/∂(g2)*∂(g2)/∂(x2)]]")
    other = jacobian("[x1*x2, sin(x1*x2)*x1]").step("combine")
    assert all(equation.law != combine.DIAGONAL for equation in other.equations)


@pytest.mark.parametrize("label", EXERCISES)
def test_every_layer_depends_on_the_one_below(label):
    derivation = jacobian(EXERCISES[label])
    step = derivation.step("introduce")
    layers = [e.rights[0] for e in step.equations if isinstance(e.rights[0], Matrix)]
    inner = [set(layer.entries) for layer in layers]
    for below, layer in pairwise(inner):
        for symbol in layer & {node.symbol for node in derivation.graph.nodes}:
            parents = {edge.parent for edge in derivation.graph.edges[symbol]}
            assert parents <= below | set(derivation.graph.inputs)


@pytest.mark.parametrize("label", EXERCISES)
def test_shapes(label):
    """The shapes written beside the products are those of the matrices."""
    derivation = jacobian(EXERCISES[label])
    for equation in derivation.step("combine").equations:
        factors = [side for side in equation.rights if isinstance(side, MatrixProduct)]
        for product in factors:
            if all(isinstance(factor, Matrix) for factor in product.args):
                shapes = [factor.shape for factor in product.args]
                expected = "".join(f"({m}×{n})" for m, n in shapes)
                assert equation.law == f"{expected} = ({shapes[0][0]}×{shapes[-1][1]})"
    notes = [note for step in derivation.steps for note in step.notes]
    assert notes.count(local.LAYOUT) == (derivation.result.shape != (1, 1))


def test_work_grows_with_the_layers_and_not_with_the_paths():
    """Each layer doubles the number of paths."""
    definitions = ["y = [a1*a2, a1]"]
    letters = "abcdfhijklm"
    for this, below in zip(letters, [*letters[1:], "x"], strict=True):
        definitions.append(f"{this} = [{below}1*{below}2, {below}1 + {below}2]")
    derivation = jacobian("; ".join(definitions), "x")
    assert derivation.verdict.status == "verified"
    assert len(derivation.to_markdown()) < 60_000
    assert "stays in named quantities" in derivation.to_text()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("sin(x^2)", "single-variable"),
        ("x + x^2", "total-derivative"),
        ("y = g1^2; g = [sin(x), -x + abs(x)]", "single-variable"),
        ("x1*x2", "vector"),
        ("[x, x^2]", "vector"),
        ("[3]", "vector"),
    ],
)
def test_the_most_special_rule(text, rule):
    derivation = jacobian(text)
    assert derivation.rule.id == rule
    assert derivation.result.shape[0] == (2 if text == "[x, x^2]" else 1)


def test_one_number_by_one_other_is_the_scalar_derivation():
    whole, scalar = jacobian("sin(x^2)"), derive("sin(x^2)")
    assert whole.to_markdown() == scalar.to_markdown()
    assert whole.to_text() == scalar.to_text()
    assert whole.result.entries == (scalar.result,)


def test_variables():
    assert [str(v) for v in jacobian("[x1*x2, x3]").variables] == ["x1", "x2", "x3"]
    assert [str(v) for v in jacobian("[x1*x2, c]", "x").variables] == ["x1", "x2"]
    assert [str(v) for v in jacobian("[a*b, a]", ["b", "a"]).variables] == ["b", "a"]
    assert jacobian("[a*x, t]").variables[0].name == "x"


def test_columns_are_the_derivatives_by_each_variable():
    derivation = jacobian("[x1*x2, sin(x1)]")
    first, second = derivation.gradient.values()
    assert [*first.entries, *second.entries] == [
        derivation.result.args[i].args[j] for j in range(2) for i in range(2)
    ]


def test_conditions_of_all_components():
    derivation = jacobian("[sqrt(x), abs(x), ln(x), 1/(x - 2), max(x, 1)]")
    found = [(one.kind, str(one.relation)) for one in derivation.conditions]
    assert found == [("domain", "x > 0"), ("domain", "Ne(x, 2)"), ("kink", "Eq(x, 1)")]


# --- Products with vectors ----------------------------------------------------------------

FACTORS = [
    ("[ln(x1^2*x2), sin(3*x1), x2]", "x1,x2"),
    ("y = [g1*g2, sin(g1)]; g = [x1^2*exp(x2), 3*x1]", "x1,x2"),
    ("[x1*x2, sin(x1)]", "x1,x2"),
    ("[ln(x^2), sin(3x)]", "x"),
    ("x1*x2 + sin(x1)", "x1,x2"),
    ("sin(x^2)", "x"),
]


@pytest.mark.parametrize(("text", "wrt"), FACTORS)
@pytest.mark.parametrize("option", ["jvp", "vjp"])
@pytest.mark.parametrize("by_name", [True, False])
def test_product(text, wrt, option, by_name):
    """It is the product of the Jacobian with the vector."""
    rows = rows_of(jacobian(text, wrt))
    forwards = option == "jvp"
    size = len(rows[0]) if forwards else len(rows)
    names = [f"s{i}" for i in range(1, size + 1)] if size > 1 else ["s"]
    entries = names if by_name else [f"{i} - c/2" for i in range(size)]
    derivation = jacobian(text, wrt, **{option: "s" if by_name else f"[{', '.join(entries)}]"})
    assert derivation.verdict.status == "verified"
    found = rows_of(derivation)
    with mp.workdps(50):
        for point in points([*wrt.split(","), *names, "c"]):
            matrix = [[number(entry, point) for entry in row] for row in rows]
            vector = [number(entry, point) for entry in entries]
            if forwards:
                expected = [
                    [sum(a * b for a, b in zip(row, vector, strict=True))] for row in matrix
                ]
            else:
                expected = [
                    [
                        sum(a * b for a, b in zip(vector, column, strict=True))
                        for column in zip(*matrix, strict=True)
                    ]
                ]
            for row, trusted in zip(found, expected, strict=True):
                for entry, value in zip(row, trusted, strict=True):
                    assert_close(number(entry, point), value)


@pytest.mark.parametrize("option", ["jvp", "vjp"])
def test_the_jacobian_of_the_whole_is_never_formed(option):
    derivation = jacobian(EXERCISES["three_layers"], **{option: "s"})
    whole = DerivativeSymbol(derivation.output, derivation.wrt)
    for equation in derivation.step("combine").equations:
        assert equation.left != whole
        for side in equation.rights:
            factors = side.args if isinstance(side, MatrixProduct) else ()
            if any(isinstance(factor, Matrix) for factor in factors):
                vector = factors[-1 if option == "jvp" else 0]
                assert not isinstance(vector, Matrix) or 1 in vector.shape


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ([(3, 2), (3, 3), (3, 3)], "24 multiplications of entries: 18 fewer than the 42 "),
        ([(2, 2)], "4 multiplications of entries, no fewer "),
    ],
)
def test_multiplications_are_counted(shapes, expected):
    assert products._count(shapes).startswith(expected)


def test_letters_that_are_taken():
    derivation = jacobian("[v1*v2, sin(v1*v2)]", "v", jvp="[1, p]")
    texts = [str(e.left) for e in derivation.step("combine").equations]
    assert derivation.verdict.status == "verified"
    assert not {"v", "p"} & set(texts)


# --- Nothing false is shown ---------------------------------------------------------------


def wrong(module, name, change):
    original = getattr(module, name)
    return module, name, lambda *arguments: change(original(*arguments))


def without_one(found):
    found.pop(next(iter(found)))
    return found


FALSE = {
    "a false product": wrong(combine, "collect", lambda value: add(value, ONE)),
    "a false result": wrong(substitute, "collect", lambda value: power(value, ONE + ONE)),
    "a false zero": wrong(local, "_by_pair", without_one),
    "a false matrix": wrong(Sparse, "times", lambda found: Sparse(found.rows[::-1], found.columns)),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_line_is_found(name, monkeypatch):
    monkeypatch.setattr(*FALSE[name])
    with pytest.raises(FalseLine):
        jacobian("[ln(x^2), sin(3x)]")


@pytest.mark.parametrize("option", ["jvp", "vjp"])
def test_a_false_product_is_found(option, monkeypatch):
    monkeypatch.setattr(*wrong(products, "collect", lambda value: add(value, ONE)))
    with pytest.raises(FalseLine):
        jacobian("[ln(x^2), sin(3x)]", **{option: "s"})


def test_a_carried_name_is_a_line_of_its_own():
    """The operation that carries a name up is there once for each layer."""
    derivation = jacobian("[x, ln(sin(x)^2)]")
    carried = [node for node in derivation.graph.nodes if node.operation is layers.IDENTITY]
    assert [len(node.args) for node in carried] == [1, 1, 1]


# --- Errors -------------------------------------------------------------------------------

ERRORS = [
    ("[]", "empty-expression", (0, 2), "no component"),
    ("[x, ]", "empty-expression", (3, 4), "missing"),
    ("[x,,x]", "empty-expression", (3, 4), "missing"),
    ("", "empty-expression", (0, 0), "no expression"),
    ("[[x, 1], [1, x]]", "shape-mismatch", (1, 7), "cannot be a vector itself"),
    ("y = [g, 1]; g = [x, 2]", "shape-mismatch", (5, 6), "in the definition of y"),
    ("y = [g3]; g = [x, 2]", "undefined-name", (5, 7), "g has 2 components"),
    ("y = [h1, x]; h = [y1, x]", "circular-definition", None, "y needs h needs y"),
    ("y = [x]; y = 2", "duplicate-definition", (9, 11), "y is defined twice"),
    ("y = [x, 2x]; y1 = 3", "duplicate-definition", None, "component of y"),
    ("y = [x, 2x]; 3x", "unexpected-token", (13, 15), "no name"),
    ("g = [x, y = 2]", "unexpected-token", (10, 11), "no name of its own"),
    ("y = [g1]; g = [x, foo(x)]", "unknown-function", (18, 21), "in the definition of g"),
    ("[x, sin(x]", "unclosed-bracket", (7, 8), "never closed"),
    (r"\begin{bmatrix} x & 1 \\ x \end{bmatrix}", "shape-mismatch", (18, 19), "another"),
    ("[a*b, c]", "unclear-variable", None, "which variable"),
    (f"[{', '.join(['x'] * 101)}]", "limit-exceeded", None, "101 components"),
]


@pytest.mark.parametrize(("text", "code", "span", "words"), ERRORS)
def test_error(text, code, span, words):
    with pytest.raises(ChainstepError) as caught:
        jacobian(text)
    error = caught.value
    assert (error.code, error.span) == (code, span)
    assert words in error.message
    assert span is None or error.source == text


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"wrt": "x,q"}, "undefined-name"),
        ({"wrt": "g"}, "unclear-variable"),
        ({"jvp": "[1, 2]"}, "shape-mismatch"),
        ({"vjp": "[1]"}, "shape-mismatch"),
        ({"vjp": "[1, 2"}, "unexpected-token"),
        ({"vjp": ""}, "empty-expression"),
        ({"vjp": "[1, 2]; [3]"}, "unexpected-token"),
        ({"vjp": "y"}, "duplicate-definition"),
        ({"vjp": "u", "jvp": "v"}, "shape-mismatch"),
    ],
)
def test_unfit_question(options, code):
    with pytest.raises(ChainstepError) as caught:
        jacobian("y = [ln(g1), sin(g1)]; g = [x^2]", **options)
    assert caught.value.code == code


# --- Formats ------------------------------------------------------------------------------


def solved():
    found = [(label, jacobian(text)) for label, text in EXERCISES.items()]
    found.append(("D1 times v", jacobian(EXERCISES["D1"], jvp="v")))
    return [*found, ("u times three layers", jacobian(EXERCISES["three_layers"], vjp="[1, u]"))]


def test_goldens(golden):
    golden("jacobian-solved.md", "\n".join(d.to_markdown() for _, d in solved()))
    golden("jacobian-solved.txt", "\n".join(f"{label}\n{d.to_text()}" for label, d in solved()))


def test_katex():
    texts = [derivation.to_markdown() for _, derivation in solved()]
    assert complaints([formula for text in texts for formula in formulas_of(text)]) == []


def test_a_vector_of_one_component_is_introduced():
    assert "y = y₁  =  x²" in jacobian("[x^2]").to_text()


def test_text_keeps_to_the_page():
    random = Random(2)
    names = [f"x{i}" for i in range(1, 13)]
    entries = ", ".join(random_text(random, names, 2) for _ in range(12))
    for _, derivation in [*solved(), ("wide", jacobian(f"[{entries}]", "x"))]:
        assert max(map(columns, derivation.to_text().splitlines())) <= 80


def test_latex_allows_for_wide_matrices():
    wide = jacobian(f"[{', '.join(f'x{i}^2' for i in range(1, 13))}]")
    assert r"\setcounter{MaxMatrixCols}{12}" in wide.to_latex()
    assert "MaxMatrixCols" not in jacobian("[x, x^2]").to_latex()


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "chainstep", "jacobian", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_command_line(tmp_path):
    found = run("[x1*x2, sin(x1)]", "--wrt", "x1,x2")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout == jacobian("[x1*x2, sin(x1)]").to_markdown()
    file = tmp_path / "product.json"
    found = run("[x1*x2, sin(x1)]", "--vjp", "[1, -1]", "-f", "json", "-o", str(file))
    assert (found.returncode, found.stdout) == (0, "")
    assert json.loads(file.read_text("utf-8"))["product"]["shape"] == [1, 2]
    assert run("[x]", "--jvp", "v", "--vjp", "u").returncode == 2
    found = run("[x, ]", "-f", "json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["error"]["position"] == 3
