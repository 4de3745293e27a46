"""A table in columns of text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from chainstep.columns import columns
from chainstep.render.prose import COLUMNS
from chainstep.render.table import Line
from chainstep.render.unicode_math import RELATIONS, one_line
from chainstep.render.wrapping import wrapped

GAP = "   "
Row = tuple[str, str, str]


def laid_out(parts: list[tuple[str, list[Line]]], width: int) -> Iterator[tuple[str, str]]:
    """The lines of a table of at most `width` columns, each with its role for paint."""
    texts = [(heading, [_row(line) for line in lines]) for heading, lines in parts]
    widths = _widths([row for _, rows in texts for row in rows], width)
    yield from (("remark", text) for text in _lines(COLUMNS, widths))
    yield "remark", "─" * (sum(widths) + len(GAP) * (len(widths) - 1))
    for heading, rows in texts:
        yield "remark", heading
        for row in rows:
            yield from (("", text) for text in _lines(row, widths))


def _row(line: Line) -> Row:
    formula = one_line(line.formula) if line.formula else ""
    return one_line(line.quantity), formula, line.value(one_line, RELATIONS)


def _widths(rows: list[Row], width: int) -> list[int]:
    """As wide as their texts, while these fit; the formulas give way first."""
    room = width - 2 * len(GAP)
    natural = [max(map(columns, column)) for column in zip(COLUMNS, *rows, strict=True)]
    quantity = min(natural[0], room // 3)
    value = min(natural[2], (room - quantity) * 2 // 3)
    return [quantity, min(natural[1], room - quantity - value), value]


def _lines(row: Row, widths: list[int]) -> Iterator[str]:
    """A row, on as many lines as its longest text needs."""
    cells = [wrapped(text, width, " ") for text, width in zip(row, widths, strict=True)]
    for pieces in zip_longest(*cells, fillvalue=""):
        padded = [
            piece + " " * (width - columns(piece))
            for piece, width in zip(pieces, widths, strict=True)
        ]
        yield GAP.join(padded).rstrip()
