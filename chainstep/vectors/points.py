"""Random values for the names of a text, with vectors of given lengths."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from mpmath import mpf
from sympy.core.basic import Basic

from chainstep.arrays import IndexedSum, Quantity
from chainstep.notation import postorder
from chainstep.program import NEAR
from chainstep.vectors.indexes import array_of
from chainstep.vectors.numbers import Names, Value
from chainstep.vectors.problem import Problem


def open_lengths(problem: Problem) -> list[Basic]:
    """The lengths that are open, in the order of their names."""
    found: set[Basic] = set()
    for _, tree in problem.definitions:
        for leaf in postorder(tree):
            array = array_of(leaf)
            if isinstance(array, Quantity):
                found |= {size for size in array.shape if size.is_Symbol}
            if isinstance(leaf, IndexedSum) and leaf.args[2].is_Symbol:
                found.add(leaf.args[2])
    return sorted(found, key=str)


def random_point(problem: Problem, lengths: dict, random: Random, candidate: int) -> Names:
    """A random value for every name that is not defined."""
    defined = {name for name, _ in problem.definitions}
    leaves = {array_of(leaf) for _, tree in problem.definitions for leaf in postorder(tree)}
    indexes = {i for _, t in problem.definitions for s in t.atoms(IndexedSum) for i in s.args[1:2]}
    names: Names = {size: mpf(length) for size, length in lengths.items()}
    free = [leaf for leaf in leaves if leaf.is_Symbol and leaf not in defined | indexes]
    for position, name in enumerate(sorted(free, key=str)):
        if name in names:
            continue
        low, high = NEAR[(candidate + (candidate // len(NEAR) + 1) * position) % len(NEAR)]
        sides = [int(lengths.get(side, side)) for side in getattr(name, "shape", ())]
        names[name] = _random(sides, lambda a=low, b=high: mpf(random.uniform(a, b)))  # type: ignore[misc]
    return names


def _random(sides: list[int], draw: Callable[[], mpf]) -> Value:
    if not sides:
        return draw()
    return tuple(_random(sides[1:], draw) for _ in range(sides[0]))
