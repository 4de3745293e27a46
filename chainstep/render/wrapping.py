"""Formulas of one line on as many lines as the page needs."""

from __future__ import annotations

from collections.abc import Iterator

from chainstep.render.boxes import columns
from chainstep.render.unicode_math import one_line
from chainstep.render.written import Grid, Written

BREAKS = (" = ", " + ", " − ", " · ", "·", ", ", "/", "(")


def wrapped(formula: str, width: int, indent: str) -> list[str]:
    """A formula on as many lines as it needs, broken in front of an operator if possible.

    >>> wrapped("sin(x) + cos(x) + tan(x)", 18, "  ")
    ['sin(x) + cos(x)', '  + tan(x)']
    """
    lines = []
    start, room = 0, width
    while len(formula) - start > room:
        end = _break(formula, start, start + room)
        lines.append(formula[start:end].rstrip())
        start = end + (formula[end] == " ")
        room = width - len(indent)
    lines.append(formula[start:])
    return lines[:1] + [indent + text for text in lines[1:]]


def _break(formula: str, start: int, end: int) -> int:
    """The last place for a break that leaves a line at least half full, else the end."""
    for sign in BREAKS:
        found = formula.rfind(sign, start + (end - start) // 2, end + len(sign))
        if found > start:
            return found
    return end


def filled(grid: Grid, width: int) -> list[str]:
    """A matrix as a list that is broken between its entries.

    >>> from chainstep.render.written import Name
    >>> filled(Grid((tuple(Name(c, c) for c in "abcde"),)), 8)
    ['[a, b,', ' c, d,', ' e]']
    """
    lines = [""]
    for entry in _entries(grid):
        if lines[-1] and columns(lines[-1]) + columns(entry) + 1 > width:
            lines.append("")
        lines[-1] += f" {entry}" if lines[-1] or len(lines) > 1 else entry
    return [piece for line in lines for piece in wrapped(line, width, "   ")]


def _entries(grid: Grid) -> Iterator[str]:
    """The entries, each with the brackets and the comma that touch it."""
    outer = len(grid.rows) > 1
    for number, row in enumerate(grid.rows, 1):
        texts = [*map(one_line, row)]
        texts[0] = "[" * (1 + (outer and number == 1)) + texts[0]
        texts[-1] += "]" * (1 + (outer and number == len(grid.rows)))
        yield from (f"{text}," for text in texts[:-1])
        yield texts[-1] if number == len(grid.rows) else f"{texts[-1]},"


def on_lines(written: Written, width: int) -> list[str]:
    """Written mathematics on as many lines as it needs."""
    if isinstance(written, Grid):
        return filled(written, width)
    return wrapped(one_line(written), width, "  ")
