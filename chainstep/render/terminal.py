"""The text layout with the colours of a terminal."""

from __future__ import annotations

import shutil

from chainstep.derivation import Derivation
from chainstep.render.colours import paint
from chainstep.render.text import layout

WIDEST = 120  # columns; longer lines are hard to read


def render(derivation: Derivation, width: int | None = None) -> str:
    """A derivation in colour, as wide as the terminal."""
    return layout(derivation, width or _width(), paint)


def render_with_graph(derivation: Derivation, width: int | None = None) -> str:
    """The same with a picture of the graph after step 1."""
    from chainstep.render import graph_tree

    picture = graph_tree.render_terminal(derivation)
    return layout(derivation, width or _width(), paint, picture)


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDEST)
