"""The output formats. Each stands in a file of its own, imported when it is used.

`FORMATS` write a derivation, those that end in -graph with a picture of its graph after the
first step; `GRAPH_FORMATS` write the picture alone.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from chainstep.derivation import Derivation

Format = Callable[[Derivation], str]


def _format(module: str, function: str = "render") -> Format:
    def render(derivation: Derivation) -> str:
        return getattr(import_module(f"chainstep.render.{module}"), function)(derivation)

    return render


FORMATS: dict[str, Format] = {
    "terminal": _format("terminal"),
    "text": _format("text"),
    "markdown": _format("markdown"),
    "markdown-graph": _format("markdown", "render_with_graph"),
    "text-graph": _format("text", "render_with_graph"),
    "terminal-graph": _format("terminal", "render_with_graph"),
    "latex": _format("latex"),
    "latex-fragment": _format("latex", "fragment"),
    "json": _format("json_format"),
}
GRAPH_FORMATS: dict[str, Format] = {
    "tree": _format("graph_tree"),
    "tree-terminal": _format("graph_tree", "render_terminal"),
    "mermaid": _format("mermaid"),
    "dot": _format("dot"),
}
