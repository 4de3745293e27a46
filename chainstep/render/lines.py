"""The written sides of an equation."""

from __future__ import annotations

from chainstep.derivation import Equation
from chainstep.render.plain import plain
from chainstep.render.writing import write
from chainstep.render.written import Written


def sides(equation: Equation, decimals: bool = False) -> tuple[Written, list[Written]]:
    """The left side and the right sides, without one that reads like the one before it.

    A product of products and the same product put in order may differ in nothing that is
    written but a dot.
    """
    rights: list[Written] = []
    before = ""
    for right in equation.rights:
        written = write(right, decimals)
        text = plain(written)
        if text != before:
            rights.append(written)
        before = text
    return write(equation.left, decimals), rights
