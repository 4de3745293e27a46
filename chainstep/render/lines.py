"""What is differentiated, and the written sides of an equation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sympy.core.basic import Basic

from chainstep.derivation import Derivation, Equation
from chainstep.notation import DerivativeSymbol
from chainstep.render.joining import joined
from chainstep.render.plain import plain
from chainstep.render.writing import divides, sum_of, write
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
    left, rights = write(equation.left, decimals), []
    for before, side in pairwise((equation.left, *equation.rights)):
        apart = _is_chain(before) and any(_is_apart(term, decimals) for term in _terms(side))
        rights += [_values(side, decimals)] if apart else []
        if not apart or side is equation.rights[-1]:
            rights.append(write(side, decimals))
    if len(rights) > 1:
        texts = ["", *map(plain, rights)]
        rights = [
            r for r, text, before in zip(rights, texts[1:], texts, strict=False) if text != before
        ]
    return left, rights


def _is_chain(side: Basic) -> bool:
    """Whether a side is a product of derivative symbols, or a sum with such products, so that
    the side behind it has their values."""
    products = [term for term in _terms(side) if term.is_Mul]
    return bool(products) and all(
        isinstance(factor, DerivativeSymbol) for term in products for factor in term.args
    )


def _values(side: Basic, decimals: bool) -> Written:
    """A product of values, or a sum of such products: 1/(2√u) · 1/x, where a quotient would
    have one fraction upon the other."""
    if side.is_Add:
        return sum_of([_values(term, decimals) for term in side.args])
    if _is_apart(side, decimals):
        return joined([write(factor, decimals) for factor in side.args], dotted=True)
    return write(side, decimals)


def _terms(side: Basic) -> Sequence[Basic]:
    return side.args if side.is_Add else (side,)


def _is_apart(term: Basic, decimals: bool) -> bool:
    """Whether a term is a product with more than one fraction."""
    return term.is_Mul and sum(_has_bar(factor, decimals) for factor in term.args) > 1


def _has_bar(value: Basic, decimals: bool) -> bool:
    """Whether a value is written with a fraction bar."""
    parts = value.args if value.is_Mul else (value,)
    return any(divides(part, decimals) for part in parts)
