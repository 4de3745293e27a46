"""Formulas of one line on as many lines as the page needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chainstep.columns import columns
from chainstep.render.unicode_math import one_line
from chainstep.render.written import Grid, Written

SIGNS = re.compile(r", | [=+−·] |[·/()\[\]{}]")
# Where a line is best broken: behind a comma, in front of an operator.
RANKS = {", ": 0, " = ": 0, " + ": 1, " − ": 1, " · ": 2, "·": 2, "/": 3}


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
        room = max(width - len(indent), 1)
    lines.append(formula[start:])
    return lines[:1] + [indent + text for text in lines[1:]]


def _break(formula: str, start: int, end: int) -> int:
    """The place for a break that leaves a line at least half full, or if there is none, a
    third: at the last of the best signs in the fewest brackets, else in front of a bracket,
    else the end."""
    room = end - start
    places = []
    bracket = level = 0
    for found in SIGNS.finditer(formula, start):
        sign, place = found[0], found.start() + (found[0] == ", ")
        if place > end:
            break
        if place - start > room // 3:
            if sign in RANKS:
                half_empty = place - start < room // 2
                places.append((half_empty, level, RANKS[sign], -place))
            elif sign == "(":
                bracket = place
        level += (sign in "([{") - (sign in ")]}")
    return -min(places)[-1] if places else bracket or end


def filled(grid: Grid, width: int) -> list[str]:
    """A matrix as a list that is broken between its entries.

    >>> from chainstep.render.written import Name
    >>> filled(Grid((tuple(Name(c, c) for c in "abcde"),)), 8)
    ['[a, b,', ' c, d,', ' e]']
    """
    lines = []
    for number, row in enumerate(_rows(grid)):
        lines.append(" " * bool(number))
        for entry in row:
            if lines[-1].strip() and columns(lines[-1]) + columns(entry) + 1 > width:
                lines.append(" " * (1 + (len(grid.rows) > 1 < len(grid.rows[0]))))
            lines[-1] += f" {entry}" if lines[-1].strip() else entry
    return [piece for line in lines for piece in wrapped(line, width, "   ")]


def _rows(grid: Grid) -> Iterator[list[str]]:
    """The entries, row by row, each with the brackets and the sign that touch it; a column is
    one row."""
    rows = [[*map(one_line, row)] for row in grid.rows]
    is_column = len(rows) > 1 and len(rows[0]) == 1
    if is_column:
        rows = [[text for (text,) in rows]]
    elif len(rows) > 1:
        rows[0][0], rows[-1][-1] = f"[{rows[0][0]}", f"{rows[-1][-1]}]"
    for number, (first, *others) in enumerate(rows, 1):
        *texts, last = [f"[{first}", *others]
        end = "]" if number == len(rows) else "],"
        yield [*(f"{text}{';' if is_column else ','}" for text in texts), f"{last}{end}"]


def on_lines(written: Written, width: int) -> list[str]:
    """Written mathematics on as many lines as it needs."""
    if isinstance(written, Grid):
        return filled(written, width)
    return wrapped(one_line(written), width, "  ")
