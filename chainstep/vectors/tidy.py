"""The textbook form of numbers and vectors that hold sums over an index and case distinctions."""

from __future__ import annotations

from sympy import Piecewise, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Gt

from chainstep.arrays import Element, Head, IndexedSum, MatrixProduct, shape_of
from chainstep.notation import (
    MINUS_ONE,
    ONE,
    ZERO,
    add,
    cases,
    mul,
    negate,
    postorder,
    rebuild,
    rewrite,
    transform,
)
from chainstep.operations.heads import maximum, relu
from chainstep.textbook import collect


def numbers_in_front(tree: Basic) -> Basic:
    """The tree with the numbers of each factor of a matrix product in front of it."""
    return transform(tree, lambda part: _pulled(part) if isinstance(part, MatrixProduct) else part)


def _pulled(product: MatrixProduct) -> Basic:
    numbers: list[Basic] = []
    rest: list[Basic] = []
    for factor in product.args:
        parts = factor.args if factor.is_Mul else (factor,)
        arrays = [f for f in parts if shape_of(f)]
        numbers += [f for f in parts if not shape_of(f)]
        rest += [_product(arrays)] if arrays else []
    return mul(*numbers, MatrixProduct(*rest)) if numbers else product


def tidy(tree: Basic) -> Basic:
    """The tree in the textbook form, entry by entry; what is summed as well.

    In a case u > 0 the larger of 0 and u is u.
    """
    done: dict[int, Basic] = {}
    for part in postorder(tree):
        arguments = tuple(done[id(argument)] for argument in part.args)
        same = all(new is old for new, old in zip(arguments, part.args, strict=True))
        whole = part if same else rebuild(part, arguments)
        if isinstance(whole, IndexedSum):
            whole = indexed_sum(*whole.args)  # type: ignore[arg-type]
        elif isinstance(whole, Piecewise):
            whole = _decided(whole)
        elif isinstance(whole, Head) and not same:
            whole = whole.func(*(_collected(argument) for argument in whole.args))
        done[id(part)] = whole
    return _collected(numbers_in_front(done[id(tree)]))


def _collected(tree: Basic) -> Basic:
    return _turned(_folded(collect(tree)))


def indexed_sum(body: Basic, index: Symbol, last: Basic) -> Basic:
    """The sum over an index of a body in the textbook form, with what does not depend on the
    index in front."""
    body = _decided(_folded(collect(body)))
    outside, inside = _split(body, index)
    if not depends(inside, index):
        return collect(mul(*outside, last, inside))
    inside = _turned(inside)
    if inside.is_Mul and inside.args[0].is_Number:
        outside, inside = [*outside, inside.args[0]], _product(inside.args[1:])
    if outside and (flipped := _flipped(inside)):
        outside, inside = [MINUS_ONE, *outside], flipped
    whole = IndexedSum(inside, index, last)
    return collect(mul(*outside, whole)) if outside else whole


def depends(tree: Basic, index: Symbol) -> bool:
    """Whether an element with that index stands in a tree."""
    return any(
        index in part.indexes if isinstance(part, Element) else part == index
        for part in postorder(tree)
    )


def _split(body: Basic, index: Symbol) -> tuple[list[Basic], Basic]:
    """The factors that do not depend on the index, and the rest."""
    if body.is_Mul:
        outside = [f for f in body.args if not depends(f, index)]
        return outside, _product([f for f in body.args if depends(f, index)])
    if isinstance(body, Piecewise):
        values = [pair.args[0] for pair in body.args]
        other = [value for value in values if value is not ZERO]
        if len(other) == 1:
            outside, rest = _split(_turned(other[0]), index)
            pairs = ((ZERO if v is ZERO else rest, p.args[1]) for v, p in _zip(values, body))
            return outside, cases(*pairs)
    return [], body


def _zip(values: list[Basic], body: Basic) -> list[tuple[Basic, Basic]]:
    return list(zip(values, body.args, strict=True))


def _product(factors: list[Basic] | tuple[Basic, ...]) -> Basic:
    return factors[0] if len(factors) == 1 else mul(*factors)


def _folded(tree: Basic) -> Basic:
    """A multiple of a case distinction with a case 0, case by case."""
    if not tree.is_Mul:
        return tree
    found = [f for f in tree.args if isinstance(f, Piecewise)]
    if len(found) != 1 or all(pair.args[0] is not ZERO for pair in found[0].args):
        return tree
    others = [f for f in tree.args if f is not found[0]]
    pairs = (pair.args for pair in found[0].args)
    return cases(*((collect(mul(v, *others)), condition) for v, condition in pairs))


def _decided(tree: Basic) -> Basic:
    """Each case with what its condition tells: where u > 0, max(0, u) is u."""
    if not isinstance(tree, Piecewise):
        return tree
    pairs = []
    for pair in tree.args:
        value, condition = pair.args
        if isinstance(condition, Gt) and condition.args[1] is ZERO:
            known = condition.args[0]
            value = _turned(collect(_with_positive(value, known)))
        pairs.append((value, condition))
    return cases(*pairs)


def _with_positive(tree: Basic, known: Basic) -> Basic:
    """The larger of 0 and `known` as `known`; where each entry is decided alone, not inside of
    what mixes them."""

    def change(part: Basic) -> Basic | None:
        if isinstance(part, Head) and shape_of(known):
            return part
        larger = isinstance(part, maximum | relu) and {*part.args} <= {ZERO, known}
        return known if larger else None

    return rewrite(tree, change)


def _turned(tree: Basic) -> Basic:
    """−2(y − u − b) as 2(u + b − y): a sum with more minus signs than others is turned."""
    if not (tree.is_Mul and tree.args[0].is_Number and tree.args[0].is_negative):
        return tree
    number, *factors = tree.args
    flipped = _flipped(_product(factors))
    if flipped is None:
        return tree
    sign = -number  # type: ignore[operator]
    factors = list(flipped.args) if flipped.is_Mul else [flipped]
    return _product(factors if sign is ONE else [sign, *factors])


def _flipped(tree: Basic) -> Basic | None:
    """The negative of a product, where a sum in it then has fewer minus signs; of a case
    distinction with one case that is not 0 likewise."""
    if isinstance(tree, Piecewise):
        values = [pair.args[0] for pair in tree.args]
        turned = [value if value is ZERO else _flipped(value) for value in values]
        if sum(value is not ZERO for value in values) != 1 or None in turned:
            return None
        return cases(*((v, pair.args[1]) for v, pair in zip(turned, tree.args, strict=True)))
    factors = list(tree.args) if tree.is_Mul else [tree]
    for i, factor in enumerate(factors):
        if isinstance(factor, IndexedSum) and (body := _flipped(factor.args[0])):
            factors[i] = IndexedSum(body, *factor.args[1:])
            return _product(factors)
        minus = sum(map(_is_negative, factor.args)) if factor.is_Add else 0
        if 2 * minus > len(factor.args):
            terms = [negate(term) for term in factor.args]
            factors[i] = add(*sorted(terms, key=_is_negative))
            return _product(factors)
    return None


def _is_negative(term: Basic) -> bool:
    head = term.args[0] if term.is_Mul else term
    return bool(head.is_Number and head.is_negative)
