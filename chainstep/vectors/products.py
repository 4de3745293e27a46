"""How Jacobian matrices multiply and add, by their kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import Dot, IndexedSum, Ones, Total, shape_of
from chainstep.notation import add, mul
from chainstep.vectors.jacobian import (
    BY_MATRIX,
    COLUMN,
    DIAGONAL,
    MATRIX,
    NUMBER,
    OUTER,
    ROW,
    Jacobian,
    matrix_product,
    numbers_apart,
    plain_matrix,
    transposed,
    with_numbers,
)
from chainstep.vectors.tidy import indexed_sum


def product(left: Jacobian, right: Jacobian) -> Jacobian:
    """left·right; where one is a number or a diagonal, entry by entry."""
    if left.is_neutral:
        return right
    if right.is_neutral:
        return left
    kind, value, *other = _PRODUCTS[left.kind, right.kind](left, right)
    rows = right.rows if right.kind == BY_MATRIX else left.rows
    return Jacobian(kind, value, rows, right.columns, *other)


def _by_entries(kind: str) -> Callable[..., tuple]:
    return lambda left, right: (kind, mul(left.value, right.value))


def _inner(left: Jacobian, right: Jacobian) -> tuple:
    return NUMBER, inner(left.value, right.value, left.columns)


def inner(first: Basic, second: Basic, length: Basic) -> Basic:
    """The sum of the products of the entries; a number stands for equal entries."""
    parts = [numbers_apart(value, length) for value in (first, second)]
    numbers = [number for found, _ in parts for number in found]
    arrays = [vector for _, vector in parts if not isinstance(vector, Ones)]
    if not arrays:
        return mul(length, *numbers)
    whole = Total(arrays[0]) if len(arrays) == 1 else Dot(*arrays)
    return mul(*numbers, whole) if numbers else whole


def times_vector(matrix: Basic, value: Basic, length: Basic) -> Basic:
    """A matrix times the column of these entries, its numbers in front."""
    if not shape_of(value):
        return mul(value, matrix_product(matrix, Ones(length)))
    numbers, vector = numbers_apart(value, length)
    whole = matrix_product(matrix, vector)
    return mul(*numbers, whole) if numbers else whole


def _row_matrix(left: Jacobian, right: Jacobian) -> tuple:
    return ROW, times_vector(transposed(right.value), left.value, left.columns)


def _matrix_column(left: Jacobian, right: Jacobian) -> tuple:
    return COLUMN, times_vector(left.value, right.value, left.columns)


def _row_outer(left: Jacobian, right: Jacobian) -> tuple:
    return ROW, mul(inner(left.value, right.value, left.columns), right.other)


def _outer_column(left: Jacobian, right: Jacobian) -> tuple:
    return COLUMN, mul(left.value, inner(left.other, right.value, left.columns))


def _outer_diagonal(left: Jacobian, right: Jacobian) -> tuple:
    return OUTER, left.value, mul(left.other, right.value)


def _outer_matrix(left: Jacobian, right: Jacobian) -> tuple:
    return OUTER, left.value, times_vector(transposed(right.value), left.other, left.columns)


def _outer_outer(left: Jacobian, right: Jacobian) -> tuple:
    middle = inner(left.other, right.value, left.columns)
    return OUTER, mul(left.value, middle), right.other


def _matrices(left: Jacobian, right: Jacobian) -> tuple:
    scaled = [j for j in (left, right) if j.kind == DIAGONAL and not shape_of(j.value)]
    if scaled:
        other = right if scaled[0] is left else left
        return MATRIX, with_numbers([scaled[0].value], other.value)
    return MATRIX, matrix_product(plain_matrix(left), plain_matrix(right))


_PRODUCTS: dict[tuple[str, str], Callable[..., tuple]] = {
    (NUMBER, NUMBER): _by_entries(NUMBER),
    (NUMBER, ROW): _by_entries(ROW),
    (COLUMN, NUMBER): _by_entries(COLUMN),
    (COLUMN, ROW): lambda left, right: (OUTER, left.value, right.value),
    (ROW, DIAGONAL): _by_entries(ROW),
    (ROW, COLUMN): _inner,
    (ROW, MATRIX): _row_matrix,
    (ROW, OUTER): _row_outer,
    (ROW, BY_MATRIX): lambda left, right: (OUTER, left.value, right.value),
    (DIAGONAL, DIAGONAL): _by_entries(DIAGONAL),
    (DIAGONAL, COLUMN): _by_entries(COLUMN),
    (DIAGONAL, MATRIX): _matrices,
    (DIAGONAL, OUTER): lambda left, right: (OUTER, mul(left.value, right.value), right.other),
    (MATRIX, DIAGONAL): _matrices,
    (MATRIX, COLUMN): _matrix_column,
    (MATRIX, MATRIX): _matrices,
    (MATRIX, OUTER): lambda left, right: (
        OUTER,
        times_vector(left.value, right.value, left.columns),
        right.other,
    ),
    (OUTER, DIAGONAL): _outer_diagonal,
    (OUTER, COLUMN): _outer_column,
    (OUTER, MATRIX): _outer_matrix,
    (OUTER, OUTER): _outer_outer,
}


def total(parts: Sequence[Jacobian]) -> Jacobian:
    """The sum of matrices of one size."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if {part.kind for part in parts} <= {first.kind} and first.kind not in (MATRIX, OUTER):
        return replace(first, value=add(*(part.value for part in parts)))
    return Jacobian(MATRIX, add(*map(plain_matrix, parts)), first.rows, first.columns)


def summed(jacobian: Jacobian, index: Symbol, last: Basic) -> Jacobian:
    """The sum over an index."""
    if jacobian.kind in (MATRIX, OUTER):
        value = IndexedSum(plain_matrix(jacobian), index, last)
        return Jacobian(MATRIX, value, jacobian.rows, jacobian.columns)
    return replace(jacobian, value=indexed_sum(jacobian.value, index, last))
