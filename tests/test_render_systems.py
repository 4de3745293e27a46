"""The output of systems, gradients, numbers at a point and pictures, in every format."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from sympy import Float, Integer, Rational, pi, sqrt

from chainstep.derivation import Equation, Numbers, Row, Step
from chainstep.notation import ONE, Matrix, mul, power
from chainstep.render import FORMATS, GRAPH_FORMATS
from chainstep.render.boxes import columns
from chainstep.render.json_format import record
from chainstep.render.latex import fragment
from chainstep.render.text import render as text
from chainstep.render.wrapping import filled
from chainstep.render.writing import write
from tests.test_render import (
    MINUS_ONE,
    L,
    b,
    d,
    logistic,
    many_weights,
    named,
    one_path,
    system,
    u1,
    u2,
    w1,
    w2,
    x,
    y,
)

SYSTEM = """\
  L = (y − ŷ)²/2                                 find dL/dw₁, dL/dw₂ and dL/db
  with ŷ = sigmoid(z)
       z = w₁·I₁ + w₂·I₂ + b
       q = b²

  Vector chain rule: L is differentiated by several variables, w₁, w₂ and b,
  so its derivative is a row, the gradient.
  The single-variable chain rules are special cases of this rule.
  q is defined but not used.

  1  Introduce intermediate variables
         z  = I₁·w₁ + I₂·w₂ + b
         ŷ  = sigmoid(z)
         u₁ = y − ŷ
         L  = u₁²/2

  2  Compute derivatives
         ∂z
         ─── = I₁          sum rule
         ∂w₁

         ∂z
         ─── = I₂          sum rule
         ∂w₂

         ∂z
         ──  = 1           sum rule
         ∂b

         dŷ
         ──  = ŷ·(1 − ŷ)   sigmoid
         dz

         du₁
         ─── = −1          sum rule
         dŷ

         dL
         ─── = u₁          power rule
         du₁

  3  Combine
         Backward: from L towards w₁, w₂ and b; dL/dŷ is the adjoint of ŷ: the
         sum, over the nodes that use ŷ, of their adjoint times their local
         derivative by ŷ.
         dL/dw₁ counts every path from w₁ to L while the other variables are
         held fixed; other texts write ∂L/∂w₁ for it, which here is the direct
         step alone.

         dL    dL  du₁
         ──  = ─── ───  =  u₁·(−1)  =  −u₁
         dŷ    du₁ dŷ

         dL    dL dŷ
         ──  = ── ──  =  −u₁·ŷ·(1 − ŷ)
         dz    dŷ dz

         dL    dL ∂z
         ─── = ── ───  =  −u₁·ŷ·(1 − ŷ)·I₁
         dw₁   dz ∂w₁

         dL    dL ∂z
         ─── = ── ───  =  −u₁·ŷ·(1 − ŷ)·I₂
         dw₂   dz ∂w₂

         dL    dL ∂z
         ──  = ── ──  =  −u₁·ŷ·(1 − ŷ)·1
         db    dz ∂b

  4  Substitute
         dL
         ─── = −(y − ŷ)·ŷ·(1 − ŷ)·I₁
         dw₁

         dL
         ─── = −(y − ŷ)·ŷ·(1 − ŷ)·I₂
         dw₂

         dL
         ──  = −(y − ŷ)·ŷ·(1 − ŷ)
         db

         ⎡dL    dL    dL⎤
         ⎢───   ───   ──⎥ = [−(y − ŷ)·ŷ·(1 − ŷ)·I₁, −(y − ŷ)·ŷ·(1 − ŷ)·I₂,
         ⎣dw₁   dw₂   db⎦    −(y − ŷ)·ŷ·(1 − ŷ)]

  ✓ 11 lines checked at 5 points against numerical differentiation (30 digits)
"""
NUMBERS = """\
         In terms of y:
         dy
         ── = y·(1 − y)
         dx

  Numbers at x = 1
         quantity   formula   value
         ────────────────────────────────
         On the way up
         u₁         −x        −1
         u₂         e^u₁      ≈ 0.367879
         u₃         u₂ + 1    ≈ 1.367879
         u₄         1/u₃      ≈ 0.731059
         On the way down
         dy/du₃     −1/u₃²    ≈ −0.534447
         dy/du₂     1         ≈ −0.534447
         dy/du₁     e^u₁      ≈ −0.196612
         dy/dx      −1        ≈ 0.196612

  ✓ 11 lines"""


def words(derivation):
    return " ".join(text(derivation).split())


def test_text_of_a_system():
    assert text(system()) == SYSTEM


def test_text_of_numbers():
    assert NUMBERS in text(logistic())


# --- Systems and gradients ----------------------------------------------------------------


@pytest.mark.parametrize("format", ["markdown", "latex", "text", "terminal"])
def test_each_definition_of_a_system_stands_once_in_front(format):
    name = re.escape(r"\hat{y}" if format in ("markdown", "latex") else "ŷ")
    opening, _, rest = FORMATS[format](system()).partition("Vector chain rule")
    for definition in (rf"{name} &?= .*sigmoid", "z &?= ", "q &?= ", "L &?= "):
        assert len(re.findall(definition, opening)) == 1, definition
    assert "with" in opening
    assert not re.search("^ *with", rest, re.MULTILINE)


def test_the_note_on_unused_names_is_in_every_document():
    several = replace(system(), unused=(w1, w2))
    assert "$q$ is defined but not used." in FORMATS["markdown"](system())
    assert "$q$ is defined but not used." in fragment(system())
    assert "w₁ and w₂ are defined but not used." in words(several)
    assert "defined but not used" not in text(replace(system(), unused=()))


def test_backward_without_adjoints_says_less():
    assert "Backward: from y towards x. " in words(one_path(direction="backward"))
    assert "Backward" not in text(one_path())


def test_a_long_list_of_variables_is_shortened():
    shown = words(many_weights(200))
    assert "by several variables, w₁, w₂, … and w₂₀₀, so" in shown
    assert "find dL/dw₁, dL/dw₂, … and dL/dw₂₀₀" in shown


def test_a_wide_row_is_broken_between_its_entries():
    derivation = many_weights()
    lines = text(derivation).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("         [dL/dw₁,"))
    assert lines[start + 1].startswith("          dL/dw")
    assert "         = [" in lines[start + 3] + lines[start + 4]
    assert max(map(columns, lines)) <= 80
    paragraphs = FORMATS["markdown"](derivation).split("\n\n")
    rows = [p for p in paragraphs if r"\lbrack" in p or r"\rbrack" in p]
    assert len(rows) == 4
    assert all(len(p) < 250 for p in paragraphs if p.startswith("$$"))


def test_latex_has_no_matrix_of_more_columns_than_amsmath_allows():
    assert "bmatrix" not in fragment(many_weights(11))
    assert "bmatrix" in fragment(many_weights(5))


def test_entries_wider_than_the_page_are_broken_themselves():
    wide = mul(*(named(f"weight{k}") for k in range(20)))
    lines = filled(write(Matrix.of([[x, wide], [y, x]])), 40)
    assert max(map(columns, lines)) <= 40
    assert lines[0] == "[[x,"
    assert lines[-1].endswith("[y, x]]")


def test_json_of_a_system():
    found = json.loads(FORMATS["json"](system()))
    assert list(found) == [
        "schema", "expression", "definitions", "unused", "variables", "rule", "direction",
        "intermediates", "output", "local_derivatives", "steps", "gradient", "conditions",
        "verified",
    ]  # fmt: skip
    assert found["definitions"][0] == {"name": "L", "expression": "(y - yhat)**2/2"}
    assert [d["name"] for d in found["definitions"]] == ["L", "yhat", "z", "q"]
    assert found["unused"] == ["q"]
    assert found["variables"] == ["w1", "w2", "b"]
    assert found["direction"] == "backward"
    assert found["gradient"]["b"] == "-(y - yhat)*yhat*(1 - yhat)"
    row = found["steps"][3]["equations"][-1]
    assert row["left"] == "[[d(L)/d(w1), d(L)/d(w2), d(L)/d(b)]]"
    assert row["rights"] == [f"[[{', '.join(found['gradient'].values())}]]"]


# --- Numbers at a point, and the output itself --------------------------------------------

VALUES = [
    (Integer(3), "", "3"),
    (Rational(1, 3), "0.333333", "1/3 ≈ 0.333333"),
    (Rational(-1, 2), "-0.5", "−1/2 = −0.5"),
    (Rational(1, 2), "0.500000", "1/2 = 0.500000"),
    (Rational(1, 2), "0.499999", "1/2 ≈ 0.499999"),
    (sqrt(2), "1.414214", "√2 ≈ 1.414214"),
    (pi / 4, "0.785398", "π/4 ≈ 0.785398"),
    (Float("-0.53444664", 30), "-0.534447", "≈ −0.534447"),
    (Float("1.2345678e-20", 30), "1.234568e-20", "≈ 1.234568·10^(−20)"),
    (Float("-3e25", 30), "-3.000000e+25", "≈ −3.000000·10²⁵"),
]


def with_value(value, decimal, **more):
    numbers = Numbers((Row(x, ONE, ONE, ""),), (Row(u1, power(x, u2), value, decimal),), (), 6)
    return replace(one_path(), numbers=numbers, **more)


@pytest.mark.parametrize(("value", "decimal", "shown"), VALUES)
def test_a_value_is_exact_where_it_can_be(value, decimal, shown):
    row = next(line for line in text(with_value(value, decimal)).splitlines() if "x^u₂" in line)
    assert row.split("x^u₂")[1].strip() == shown


def test_values_as_decimals_if_the_expression_has_decimals():
    shown = text(with_value(Rational(1, 2), "0.5", decimals=True))
    assert re.search(r"x\^u₂ +0\.5\n", shown)


def test_the_title_has_a_few_values_and_a_long_point_its_own_lines():
    rows = [Row(w, Rational(1, k), Rational(1, k), "0.5") for k, w in ((1, w1), (2, w2), (3, b))]
    few = replace(system(), numbers=Numbers(tuple(rows), (Row(u1, x, ONE, ""),), (), 6))
    assert "### Numbers at $w_1 = 1$, $w_2 = \\frac{1}{2}$ and $b = \\frac{1}{3}$\n" in (
        FORMATS["markdown"](few)
    )
    assert "Given" not in text(few)
    assert "Numbers at a point" in text(many_weights())
    assert text(many_weights()).count("\n         w₁₃ ") == 1


def test_markdown_table_has_three_cells_a_row_and_whole_formulas():
    markdown = FORMATS["markdown"](logistic())
    tokens = MarkdownIt().enable("table").parse(markdown)
    rows, cells = [], []
    for before, token in pairwise(tokens):
        if before.type in ("td_open", "th_open"):
            cells.append("".join(child.content for child in token.children))
        if token.type == "tr_close":
            rows.append(cells)
            cells = []
    assert {len(row) for row in rows} == {3}
    assert rows[0] == ["quantity", "formula", "value"]
    assert rows[1] == ["On the way up", "", ""]
    assert rows[3] == ["$u_2$", "$e^{u_1}$", r"$\approx 0.367879$"]
    assert rows[7] == [r"$\frac{dy}{du_3}$", r"$-\frac{1}{u_3^2}$", r"$\approx -0.534447$"]
    assert len(rows) == 11


def test_latex_of_numbers():
    document = fragment(logistic())
    assert r"\subsection*{Numbers at $x = 1$}" in document
    assert r"u_1 &= -x &&= -1 \\" in document
    assert r"\frac{dy}{du_3} &= -\frac{1}{u_3^2} &&\approx -0.534447 \\" in document
    wide = mul(*(named(f"weight{k}") for k in range(30)))
    row = Row(u1, wide, Rational(1, 3), "0.333333")
    rows = fragment(replace(one_path(), numbers=Numbers((), (row,), (), 6)))
    assert "\n&= \\frac{1}{3} \\approx 0.333333\n" in rows


def test_json_of_numbers():
    numbers = record(logistic())["numbers"]
    assert numbers["point"] == {"x": "1"}
    assert numbers["digits"] == 6
    assert numbers["up"][:2] == [
        {"symbol": "u1", "formula": "-x", "value": "-1", "decimal": "-1"},
        {"symbol": "u2", "formula": "exp(u1)", "value": None, "decimal": "0.367879"},
    ]
    assert numbers["down"][0]["symbol"] == "d(y)/d(u3)"
    exact = record(with_value(sqrt(2), "1.414214"))["numbers"]["up"][0]
    assert (exact["value"], exact["decimal"]) == ("sqrt(2)", "1.414214")


@pytest.mark.parametrize(
    ("format", "shown"),
    [
        ("markdown", "In terms of $y$:\n\n$$\\frac{dy}{dx} = y (1 - y)$$\n\n### Numbers"),
        ("latex", "In terms of $y$:\n\n\\begin{align*}\n\\frac{dy}{dx} &= y (1 - y)\n"),
        ("json", '"in_terms_of_output": "y*(1 - y)"'),
    ],
)
def test_the_derivative_in_terms_of_the_output(format, shown):
    assert shown in FORMATS[format](logistic())


@pytest.mark.parametrize("format", ["text", "markdown", "latex", "json"])
def test_nothing_is_said_of_what_is_not_there(format):
    shown = FORMATS[format](one_path())
    for word in ("terms", "umbers", "Backward", "unused", "definitions"):
        assert word not in shown


# --- Pictures -----------------------------------------------------------------------------


def test_a_picture_stands_after_the_first_step():
    picture = GRAPH_FORMATS["tree"](system())
    indented = "".join(f"         {line}".rstrip() + "\n" for line in picture.splitlines())
    assert FORMATS["text-graph"](system()) == SYSTEM.replace(
        "\n  2  Compute", f"\n{indented}\n  2  Compute"
    )


def test_the_picture_of_markdown_is_fenced():
    tokens = MarkdownIt().parse(FORMATS["markdown-graph"](system()))
    fences = [token for token in tokens if token.type == "fence"]
    assert [(fence.info, fence.content) for fence in fences] == [
        ("mermaid", GRAPH_FORMATS["mermaid"](system()))
    ]
    without = FORMATS["markdown-graph"](system()).replace(
        f"```mermaid\n{fences[0].content}```\n\n", ""
    )
    assert without == FORMATS["markdown"](system())


def test_the_terminal_adds_colour_to_the_picture(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    coloured = FORMATS["terminal-graph"](logistic())
    assert GRAPH_FORMATS["tree-terminal"](logistic()).splitlines()[0] in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == FORMATS["text-graph"](logistic())


@pytest.mark.parametrize("format", GRAPH_FORMATS)
def test_every_picture_shows_the_nodes(format):
    shown = re.sub(r"\x1b\[[0-9;]*m", "", GRAPH_FORMATS[format](logistic()))
    for label in ("u₁ = −x", "u₃ = u₂ + 1", "1/u₃"):
        assert label in shown


@pytest.mark.parametrize("length", [20, 33, 66, 67, 70, 90])
def test_long_names_leave_room_for_their_formulas(length):
    name = named("n" * length)
    wide = mul(*(named(f"weight{k}") for k in range(30)))
    definitions = (Equation(L, (name,)), Equation(name, (wide,)))
    steps = tuple(
        Step(id, id, (Equation(left, (wide,)), Equation(u1, (x,))))
        for id, left in (("introduce", name), ("combine", d(name, x)))
    )
    shown = text(replace(system(), definitions=definitions, steps=steps))
    lines = shown.splitlines()
    assert max(len(line) for line in lines if "weight" in line) <= 80
    assert len(lines) < 60


def test_a_row_beside_a_short_row():
    """Both sides of a gradient fit on one line, and the equals signs of others stay."""
    short = Equation(Matrix.of([[d(y, x), d(y, w1)]]), (Matrix.of([[x, power(y, MINUS_ONE)]]),))
    steps = (Step("substitute", "Substitute", (Equation(d(y, x), (x,)), short)),)
    shown = text(replace(one_path(), steps=steps))
    assert "\n         ── = x\n" in shown
    assert "\n         ⎢──   ───⎥ = ⎢x   ─⎥\n" in shown
