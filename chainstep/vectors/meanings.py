"""Whether every name of a text has one meaning, as far as only all of its trees can tell."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sympy.core.basic import Basic

from chainstep.arrays import NUMBER
from chainstep.errors import UnclearName, UnclearVariable
from chainstep.vectors.declarations import Definition
from chainstep.vectors.shaping import WITH_DIGITS, Shaper, no_sum


def check_numbers(shaper: Shaper) -> None:
    """Raises UnclearName for a number that a reader takes for a part of a vector: x_i, x1 or x
    where a sum has x_i, or i where it is an index."""
    for name, span in shaper.bare.items():
        base, _, letter = name.rpartition("_")
        stem = name.rstrip(WITH_DIGITS)
        if _is_array(base, shaper) and len(letter) == 1:
            raise no_sum(name, span)
        if stem != name and _is_array(stem, shaper):
            raise no_sum(name, span)
        if name in shaper.arrays:
            message = f"{name} is a number here, and there are elements {name}_i"
            raise UnclearName(message, span=span, hint="choose another name")
        if name in {*shaper.summed, shaper.free}:
            message = f"{name} is a number here, and an index"
            raise UnclearName(message, span=span, hint="choose another letter")


def _is_array(name: str, shaper: Shaper) -> bool:
    return name in shaper.arrays or bool(getattr(shaper.names.get(name), "shape", NUMBER))


def check_lengths(
    shaper: Shaper, definitions: Sequence[Definition], variables: Collection[str]
) -> None:
    """Raises an error for a length that is declared, defined or a variable."""
    lengths = set(map(str, _lengths(shaper)))
    for name in shaper.declared.keys() & lengths:
        hint = "choose another letter, or say how far the index goes: sum(…, i, m)"
        raise UnclearName(f"{name} is declared, and is a length as well", hint=hint)
    for definition in definitions:
        if definition.name in lengths:
            message = f"{definition.name} is defined, and is a length as well"
            raise UnclearName(message, span=definition.name_span, hint="choose another letter")
    for name in variables:
        if name in lengths:
            raise UnclearVariable(f"{name} is a length", hint="lengths are whole numbers")


def _lengths(shaper: Shaper) -> set[Basic]:
    return {size for shape in shaper.declared.values() for size in shape} | shaper.lengths
