"""The graph as an indented tree: the output is the root, its arguments stand below it.

A value that is used several times is expanded once. Deep trees are cut: what stands at the
deepest level is expanded in a tree of its own, so the text grows with the graph and no faster.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sympy.core.basic import Basic

from chainstep.columns import columns
from chainstep.derivation import Derivation
from chainstep.render import colours
from chainstep.render.dataflow import Arrow, Dataflow, dataflow

DEEPEST = 10  # levels of indentation
WIDEST = 48  # columns; the derivatives of longer lines do not stand below the others
GAP = 3  # columns between a value and the derivative beside it
ABOVE, BELOW = " (above)", " (below)"
BRANCH, LAST, PASSING, NOTHING = "├─ ", "└─ ", "│  ", "   "

Paint = Callable[[str, str], str]


def render(derivation: Derivation) -> str:
    """The dataflow as plain text.

    >>> from chainstep import derive
    >>> print(render(derive("x^2 sin(x^2)")), end="")
    y = u₃ = u₁·u₂
    ├─ u₁ = x²         ∂u₃/∂u₁ = u₂
    │  └─ x            du₁/dx = 2x
    └─ u₂ = sin(u₁)    ∂u₃/∂u₂ = u₁
       └─ u₁ (above)   du₂/du₁ = cos(u₁)
    """
    return _layout(derivation, lambda role, text: text)


def render_terminal(derivation: Derivation) -> str:
    """The same in the colours of a terminal, with ANSI codes."""
    return _layout(derivation, colours.paint)


@dataclass(frozen=True)
class _Line:
    guide: str
    role: str
    label: str
    elsewhere: str  # where a value that is not expanded here is to be found
    derivative: str

    @property
    def width(self) -> int:
        return columns(self.guide + self.label + self.elsewhere)


EMPTY = _Line("", "node", "", "", "")


def _layout(derivation: Derivation, paint: Paint) -> str:
    lines = list(_Forest(dataflow(derivation)).lines())
    widths = [line.width for line in lines if line.width <= WIDEST]
    column = max(widths, default=0) + GAP
    return "".join(_painted(line, column, paint).rstrip() + "\n" for line in lines)


def _painted(line: _Line, column: int, paint: Paint) -> str:
    text = paint("guide", line.guide) + paint(line.role, line.label)
    text += paint("elsewhere", line.elsewhere)
    if not line.derivative:
        return text
    space = " " * max(GAP, column - line.width)
    return text + space + paint("derivative", line.derivative)


@dataclass(frozen=True)
class _Place:
    """Where a vertex is written: the guide in front of it and that of what stands below."""

    symbol: Basic
    derivative: str = ""
    level: int = 0
    guide: str = ""
    below: str = ""


class _Forest:
    """The tree of the output, and a tree for every vertex that was cut off from another."""

    def __init__(self, flow: Dataflow) -> None:
        self.vertices = {vertex.symbol: vertex for vertex in flow.vertices}
        self.arrows: dict[Basic, list[Arrow]] = {vertex.symbol: [] for vertex in flow.vertices}
        for arrow in flow.arrows:
            self.arrows[arrow.child].append(arrow)
        self.top = flow.top
        self.cut: deque[Basic] = deque()
        self.elsewhere: dict[Basic, str] = {}  # where a vertex is expanded that was seen before

    def lines(self) -> Iterator[_Line]:
        yield from self.tree(self.top)
        while self.cut:
            yield EMPTY
            yield from self.tree(self.cut.popleft())

    def tree(self, root: Basic) -> Iterator[_Line]:
        """A vertex and what it is computed from, each value expanded where it comes first."""
        self.elsewhere.pop(root, None)
        stack = [_Place(root)]
        while stack:
            place = stack.pop()
            vertex, arrows = self.vertices[place.symbol], self.arrows[place.symbol]
            seen = self.elsewhere.get(place.symbol, "")
            if not seen and arrows and place.level == DEEPEST:
                seen = self.elsewhere[place.symbol] = BELOW
                self.cut.append(place.symbol)
            label = vertex.name if seen else vertex.label
            yield _Line(place.guide, vertex.kind, label, seen, place.derivative)
            if seen:
                continue
            if vertex.label != vertex.name:
                self.elsewhere[place.symbol] = ABOVE
            stack += reversed(list(_arguments(place, arrows)))


def _arguments(place: _Place, arrows: list[Arrow]) -> Iterator[_Place]:
    """The places of the arguments, one below the other."""
    for number, arrow in enumerate(arrows, 1):
        corner, beneath = (LAST, NOTHING) if number == len(arrows) else (BRANCH, PASSING)
        yield _Place(
            arrow.parent, arrow.label, place.level + 1, place.below + corner, place.below + beneath
        )
