"""The graph as a tree, as a Mermaid flowchart and for Graphviz."""

import html
import re
from itertools import pairwise

import pytest

from chainstep import derive
from chainstep.render import dot, graph_tree, mermaid

ARROW = re.compile(r'    (n\d+) -->\|"(.*)"\| (n\d+)')
DASHED = re.compile(r"    (n\d+) -\.-> (n\d+)")
BOX = re.compile(r'    (n\d+)(?:\(\["(.*)"\]\)|\["(.*)"\])')
DOT_ARROW = re.compile(r'    (n\d+) -> (n\d+) \[label="(.*)"\]')
DOT_DASHED = re.compile(r"    (n\d+) -> (n\d+) \[style=dashed\]")
DOT_BOX = re.compile(r'    (n\d+) \[label="(.*?)"(?:, shape=ellipse)?\]')


def read_mermaid(derivation):
    """The labels and the arrows of a flowchart; a line that is neither fails."""
    first, *lines = mermaid.render(derivation).splitlines()
    assert first == "flowchart BT"
    labels, arrows = {}, []
    for line in lines:
        if found := BOX.fullmatch(line):
            labels[found[1]] = shown_by_mermaid(found[2] or found[3])
        elif found := ARROW.fullmatch(line):
            arrows.append((found[1], found[3], shown_by_mermaid(found[2])))
        else:
            found = DASHED.fullmatch(line)
            arrows.append((found[1], found[2], ""))
    return list(labels.values()), described(arrows, labels)


def shown_by_mermaid(label):
    """A label as Mermaid shows it; what it would take for markup must be a code."""
    assert not re.search(r'["<>&|`{}\[\]\\*_]|#(?!\d+;)', label)
    return html.unescape(label.replace("#", "&#"))


def read_dot(derivation):
    """The same for Graphviz."""
    labels, arrows = {}, []
    first, *lines, last = dot.render(derivation).splitlines()
    assert (first, last) == ("digraph {", "}")
    for line in lines:
        if found := DOT_BOX.fullmatch(line):
            labels[found[1]] = found[2]
        elif found := DOT_ARROW.fullmatch(line):
            arrows.append((found[1], found[2], found[3]))
        elif found := DOT_DASHED.fullmatch(line):
            arrows.append((found[1], found[2], ""))
        else:
            assert re.fullmatch(r"    (rankdir=BT|node \[shape=box\]|\{rank=min; [n\d; ]+\})", line)
    return list(labels.values()), described(arrows, labels)


def described(arrows, labels):
    """Arrows in words: "x → u₁: du₁/dx = 2x"."""
    names = {id: label.split(" = ")[0] for id, label in labels.items()}
    return [f"{names[a]} → {names[b]}" + (f": {label}" if label else "") for a, b, label in arrows]


SYSTEM = "L = (1/2)(y - yhat)^2; yhat = sigmoid(z); z = w*a + b"
# The expression, the variables, all labels, and for every arrow its label and its ends.
PICTURES = [
    (
        "sin(x^2)",
        "x",
        ["x", "u₁ = x²", "y = u₂ = sin(u₁)"],
        ["x → u₁: du₁/dx = 2x", "u₁ → y: du₂/du₁ = cos(u₁)"],
    ),
    (
        "x + x^2",
        "x",
        ["x", "u₁ = x²", "y = u₂ = x + u₁"],
        ["x → u₁: du₁/dx = 2x", "x → y: ∂u₂/∂x = 1", "u₁ → y: ∂u₂/∂u₁ = 1"],
    ),
    ("x^x", "x", ["x", "y = x^x"], ["x → y: (∂y/∂x)₁ = x^x", "x → y: (∂y/∂x)₂ = x^x·ln(x)"]),
    (
        "|x_max| x_min",
        "x_max",
        ["x_max", "u₁ = |x_max|", "y = u₂ = u₁·x_min"],
        ["x_max → u₁: du₁/dx_max = sign(x_max)", "u₁ → y: du₂/du₁ = x_min"],
    ),
    ("max(x, 0.5)", "x", ["x", "y = max(x, 0.5)"], ["x → y: dy/dx = {1 if x > 0.5, 0 otherwise}"]),
    ("x", "x", ["y = x"], []),
    ("pi^2", "x", ["x", "y = π²"], []),
    ("a^2", "x", ["x", "y = a²"], []),
    ("y = p; p = x", "x", ["x", "p = x", "y = p"], ["x → p: dp/dx = 1", "p → y: dy/dp = 1"]),
    (
        SYSTEM,
        "w,b",
        ["w", "b", "z = w·a + b", "ŷ = sigmoid(z)", "u₁ = y − ŷ", "u₂ = u₁²", "L = u₂/2"],
        [
            "w → z: ∂z/∂w = a",
            "b → z: ∂z/∂b = 1",
            "z → ŷ: dŷ/dz = ŷ·(1 − ŷ)",
            "ŷ → u₁: du₁/dŷ = −1",
            "u₁ → u₂: du₂/du₁ = 2u₁",
            "u₂ → L: dL/du₂ = 1/2",
        ],
    ),
    (
        "L = c x k + c; k = c + 1; c = a^2",
        "x",
        ["x", "c = a²", "k = c + 1", "L = c·x·k + c"],
        ["x → L: dL/dx = c·k", "c → k", "c → L", "k → L"],
    ),
]


@pytest.mark.parametrize("render", [read_mermaid, read_dot])
@pytest.mark.parametrize(
    ("text", "wrt", "labels", "arrows"), PICTURES, ids=[picture[0] for picture in PICTURES]
)
def test_pictures(text, wrt, labels, arrows, render):
    assert render(derive(text, wrt)) == (labels, arrows)


TREES = {
    "sin(x^2)": """
y = u₂ = sin(u₁)
└─ u₁ = x²         du₂/du₁ = cos(u₁)
   └─ x            du₁/dx = 2x
""",
    "(x^2 + sin(x^2)) sin(x^2)": """
y = u₄ = u₃·u₂
├─ u₃ = u₁ + u₂       ∂u₄/∂u₃ = u₂
│  ├─ u₁ = x²         ∂u₃/∂u₁ = 1
│  │  └─ x            du₁/dx = 2x
│  └─ u₂ = sin(u₁)    ∂u₃/∂u₂ = 1
│     └─ u₁ (above)   du₂/du₁ = cos(u₁)
└─ u₂ (above)         ∂u₄/∂u₂ = u₃
""",
    "x^x": """
y = x^x
├─ x      (∂y/∂x)₁ = x^x
└─ x      (∂y/∂x)₂ = x^x·ln(x)
""",
    "(x^2)^(x^2)": """
y = u₂ = u₁^u₁
├─ u₁ = x²       (∂u₂/∂u₁)₁ = u₁^u₁
│  └─ x          du₁/dx = 2x
└─ u₁ (above)    (∂u₂/∂u₁)₂ = u₁^u₁·ln(u₁)
""",
    "x": "\ny = x\n",
    "pi^2": "\ny = π²\n",
    "L = c x k + c; k = c + 1; c = a^2": """
L = c·x·k + c
├─ x              dL/dx = c·k
├─ c = a²
└─ k = c + 1
   └─ c (above)
""",
}


@pytest.mark.parametrize("text", TREES)
def test_trees(text):
    assert "\n" + graph_tree.render(derive(text, "x")) == TREES[text]


def test_colours_change_nothing_else():
    for text in TREES:
        derivation = derive(text, "x")
        coloured = graph_tree.render_terminal(derivation)
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == graph_tree.render(derivation)


def test_a_deep_tree_goes_on_below():
    lines = graph_tree.render(derive("sin(" * 25 + "x" + ")" * 25)).split("\n")
    heads = [line for line in lines if line and line[0] not in " └"]
    assert heads == ["y = u₂₅ = sin(u₂₄)", "u₁₅ = sin(u₁₄)", "u₅ = sin(u₄)"]
    assert [line.split("(below)")[0].strip() for line in lines if "(below)" in line] == [
        "└─ u₁₅",
        "└─ u₅",
    ]
    defined = [line for line in lines if " = sin(u" in line.split("   d")[0]]
    assert len(defined) == 24


def doubling(levels):
    """Definitions u1 = x + x², u2 = u1 + u1², …, whose tree has 2^levels leaves."""
    names = ["x", *(f"q{number}" for number in range(1, levels + 1))]
    lines = [f"{name} = {before} + {before}^2" for before, name in pairwise(names)]
    return derive("\n".join(reversed(lines)), "x")


@pytest.mark.parametrize(
    "render", [graph_tree.render, graph_tree.render_terminal, mermaid.render, dot.render]
)
def test_the_size_is_that_of_the_graph(render):
    few, many = (render(doubling(levels)) for levels in (50, 500))
    assert len(many.splitlines()) < 11 * len(few.splitlines())
    assert max(map(len, many.splitlines())) < 200


def test_every_value_is_expanded_once():
    text = graph_tree.render(doubling(40))
    assert all(text.count(f" = {name}²") == 1 for name in ("q₁", "q₂₀", "q₃₉"))
    assert text.count("(below)") >= 1


def test_mermaid_says_when_it_will_not_draw():
    assert "%%" not in mermaid.render(doubling(20))
    assert mermaid.render(doubling(400)).splitlines()[1].startswith("    %% ")
