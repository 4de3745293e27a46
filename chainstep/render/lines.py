"""What is differentiated, and the written sides of an equation."""

from __future__ import annotations

from sympy.core.basic import Basic

from chainstep.derivation import Derivation, Equation
from chainstep.render.plain import plain
from chainstep.render.writing import write
from chainstep.render.written import Written

WITH_LAWS = ("compute", "combine")  # steps whose lines have their laws beside them


def heading(derivation: Derivation) -> tuple[Basic | None, tuple[Equation, ...]]:
    """What the output is, if that can be written, and the other definitions of a system."""
    tree, others = derivation.read_as, []
    for definition in derivation.definitions:
        if definition.left == derivation.output:
            tree = definition.rights[0]
        else:
            others.append(definition)
    return tree, tuple(others)


def sides(equation: Equation, decimals: bool = False) -> tuple[Written, list[Written]]:
    """The left side and the right sides, without one that reads like the one before it.

    A product of products and the same product put in order may differ in nothing that is
    written but a dot.
    """
    left, *rights = (write(side, decimals) for side in (equation.left, *equation.rights))
    if len(rights) > 1:
        texts = ["", *map(plain, rights)]
        rights = [
            r for r, text, before in zip(rights, texts[1:], texts, strict=False) if text != before
        ]
    return left, rights
