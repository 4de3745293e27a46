"""Vectors entry by entry: one entry of a vector, and how operations of entries are written."""

from __future__ import annotations

from sympy import Piecewise, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.arrays import (
    Element,
    Elementwise,
    Entries,
    Head,
    IndexedSum,
    MatrixProduct,
    Over,
    Quantity,
    shape_of,
)
from chainstep.notation import (
    MINUS_ONE,
    ONE,
    ZERO,
    DerivativeSymbol,
    cases,
    mul,
    postorder,
    power,
    rewrite,
    transform,
)

INDEXES = "ijkl"


def vectors_in(tree: Basic) -> list[Basic]:
    """The parts of a tree that it combines entry by entry, each a vector of its own."""
    found: list[Basic] = []
    stack = [tree]
    while stack:
        part = stack.pop()
        if not shape_of(part):
            continue
        if isinstance(part, Head | Quantity | DerivativeSymbol):
            found.append(part)
        else:
            stack += part.args
    return list(dict.fromkeys(found))


def entry(tree: Basic) -> tuple[Basic, Symbol, Basic] | None:
    """One entry of a vector, its index and how far that goes; None where a part of the vector
    has no name."""
    parts = vectors_in(tree)
    if not parts or any(type(part) is not Quantity for part in parts):
        return None
    used = {name for part in postorder(tree) for name in _indexes(part)}
    letter = next((letter for letter in INDEXES if letter not in used), None)
    if letter is None:
        return None
    index = Symbol(letter, integer=True)
    length = parts[0].shape[0]  # type: ignore[attr-defined]
    return entry_at(tree, index), index, length


def entry_at(tree: Basic, index: Symbol) -> Basic:
    """The entry of a vector with that index; what makes a number of vectors stays."""

    def change(part: Basic) -> Basic | None:
        if not shape_of(part):
            return part
        return Element(part, index) if isinstance(part, Quantity) else None

    return rewrite(tree, change)


def _indexes(part: Basic) -> set[str]:
    if isinstance(part, Element):
        return {index.name for index in part.indexes}
    return {part.name} if isinstance(part, Symbol) else set()


# --- Writing entry by entry ---------------------------------------------------------------


def circled(tree: Basic) -> Basic:
    """The tree with ⊗ and ⊘ between vectors, and its case distinctions between entries.

    >>> from sympy import Integer
    >>> from chainstep.arrays import vector
    >>> w, x = vector("w", Symbol("n")), vector("x", Symbol("n"))
    >>> circled(mul(Integer(2), w, x))
    2*Elementwise(w, x)
    """
    if _has_cases(tree):
        found = entry(tree)
        if found:
            return Entries(*found)
    tree = _with_indicators(tree)
    return transform(tree, lambda part: _circled(part) if part.is_Mul or part.is_Pow else part)


def _has_cases(tree: Basic) -> bool:
    """Whether a case is decided for every entry anew."""
    if not shape_of(tree) or isinstance(tree, Head):
        return False
    if isinstance(tree, Relational):
        return True
    return any(_has_cases(argument) for argument in tree.args)


def _with_indicators(tree: Basic) -> Basic:
    """The tree with each case distinction between entries as a vector or a factor of its own."""
    return rewrite(
        tree,
        lambda part: _indicated(part) if isinstance(part, Piecewise) and _has_cases(part) else None,
    )


def _indicated(tree: Piecewise) -> Basic:
    """v where u > 0 and else 0, as the product of v and of 1 where u > 0 and else 0."""
    found = entry(tree)
    values = [pair.args[0] for pair in tree.args]
    others = [value for value in values if value is not ZERO]
    if found:
        return Entries(*found)
    if len(others) != 1 or others[0] is ONE:
        return tree
    pairs = zip(values, (pair.args[1] for pair in tree.args), strict=True)
    indicator = cases(*((ZERO if value is ZERO else ONE, when) for value, when in pairs))
    return mul(*_factors(others[0]), _indicated(indicator))


def _factors(tree: Basic) -> tuple[Basic, ...]:
    return tree.args if tree.is_Mul else (tree,)


def _circled(tree: Basic) -> Basic:
    """One product or power whose parts are done."""
    factors = tree.args if tree.is_Mul else (tree,)
    numbers = [f for f in factors if not shape_of(f)]
    arrays = [f for f in factors if shape_of(f)]
    sums = [f for f in factors if isinstance(f, IndexedSum)]
    others = [f for f in factors if not isinstance(f, IndexedSum)]
    if len(sums) == 1 and any(map(_divides, others)) and not any(map(shape_of, others)):
        return MatrixProduct(mul(*others) if len(others) > 1 else others[0], sums[0])
    below = [f for f in arrays if _divides(f)]
    above = [f for f in arrays if not _divides(f)]
    if not below and len(above) < 2:
        last = bool(above) and (isinstance(above[0], Head) or shape_of(above[0])[1] is not ONE)
        return mul(*numbers, *above) if numbers and last else tree
    parts = [part for f in above for part in (f.args if type(f) is Elementwise else (f,))]
    top = _joined(parts)
    if not below:
        return mul(*numbers, top)
    bottom = _joined([_divisor(f) for f in below])
    if top is ONE:
        negative = bool(numbers) and numbers[0] is MINUS_ONE
        whole = Over(mul(*numbers[negative:]) if numbers[negative:] else ONE, bottom)
        return mul(MINUS_ONE, whole) if negative else whole
    whole = Over(top, bottom)
    return mul(*numbers, whole) if numbers else whole


def _joined(factors: list[Basic]) -> Basic:
    if not factors:
        return ONE
    return factors[0] if len(factors) == 1 else Elementwise(*factors)


def _divisor(factor: Basic) -> Basic:
    if isinstance(factor, Over):
        return factor.args[1]
    base, exponent = factor.args
    return base if exponent is MINUS_ONE else power(base, -exponent)  # type: ignore[operator]


def _divides(factor: Basic) -> bool:
    if isinstance(factor, Over):
        return factor.args[0] is ONE
    return factor.is_Pow and factor.args[1].is_Rational and factor.args[1].p < 0  # type: ignore[attr-defined]
