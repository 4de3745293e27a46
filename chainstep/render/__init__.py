"""The output formats. Each stands in a file of its own, imported when it is used."""

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
    "latex": _format("latex"),
    "latex-fragment": _format("latex", "fragment"),
    "json": _format("json_format"),
}
