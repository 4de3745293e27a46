"""Formulas that are too wide for a page, cut between their terms, factors or entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chainstep.render.boxes import box
from chainstep.render.latex_math import TALL, latex, listed
from chainstep.render.written import DOT, Brackets, Grid, Product, Sum, Written

MOST_COLUMNS = 10  # of a matrix, as amsmath has it


@dataclass(frozen=True)
class Piece:
    """A stretch of a formula and how many columns it takes; `sign` is put in front of it where
    it begins a line."""

    latex: str
    width: int
    sign: str = ""


def pieces(written: Written, limit: int) -> list[Piece]:
    """A side of an equation; one that is too wide is cut between its parts."""
    width = box(written).width
    if not isinstance(written, (Sum, Product, Grid)) or _fits(written, width, limit):
        return [Piece(latex(written), width)]
    found: list[Piece] = []
    for part in _parts(written, limit):
        if found and found[-1].width + part.width <= limit:
            last = found.pop()
            part = Piece(f"{last.latex} {part.latex}", last.width + part.width)
        elif found:
            part = replace(part, latex=f"{part.sign}{part.latex}")
        found.append(part)
    return found


def _fits(written: Sum | Product | Grid, width: int, limit: int) -> bool:
    if isinstance(written, Grid) and len(written.rows) > 1:
        return True  # rows that stand one below the other cannot be cut
    if isinstance(written, Grid) and len(written.rows[0]) > MOST_COLUMNS:
        return False
    return width <= limit


def _parts(written: Sum | Product | Grid, limit: int) -> Iterator[Piece]:
    """Terms with their signs, factors with their dots, or entries with their commas."""
    if isinstance(written, Grid):
        for text, entry in zip(listed(written), written.rows[0], strict=True):
            yield Piece(text, box(entry).width + 2)
        return
    if isinstance(written, Sum):
        signs = ["-" if minus else "+" for minus, _ in written.terms]
        parts = [term for _, term in written.terms]
        signs[0] = signs[0].strip("+")
    else:
        signs = ["", *(r"\cdot" if joint is DOT else "" for joint in written.joints)]
        parts = list(written.factors)
    for sign, part in zip(signs, parts, strict=True):
        first, *others = _part(part, limit)
        yield Piece(f"{sign} {first.latex}".lstrip(), first.width + 3, "" if sign else r"\cdot ")
        yield from others


def _part(written: Written, limit: int) -> list[Piece]:
    """A term or a factor; one that is itself too wide is cut, a sum in brackets between its
    terms. Brackets that open on one line and close on another are given their size."""
    width = box(written).width
    inner = written.inner if isinstance(written, Brackets) else written
    if width <= limit or not isinstance(inner, (Sum, Product)):
        return [Piece(latex(written), width)]
    found = list(_parts(inner, limit))
    if inner is not written:
        tall = any(command in piece.latex for piece in found for command in TALL)
        opening, closing = (r"\biggl(", r"\biggr)") if tall else ("(", ")")
        found[0] = replace(found[0], latex=f"{opening}{found[0].latex}")
        found[-1] = replace(found[-1], latex=f"{found[-1].latex}{closing}")
    return found
