"""Jacobian matrices of open size, by their kind, and how they multiply.

Rows belong to what is differentiated, columns to the variable. A kind is known by the vector of
its entries, so that a product of diagonal matrices is a product entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sympy import Piecewise
from sympy.core.basic import Basic

from chainstep.arrays import (
    Diagonal,
    Identity,
    IndexedSum,
    MatrixProduct,
    Ones,
    Sizes,
    Transpose,
    Zeros,
    shape_of,
)
from chainstep.notation import ONE, ZERO, add, cases, mul, negate, postorder, rebuild
from chainstep.vectors.entries import circled, entry
from chainstep.vectors.tidy import numbers_in_front, tidy

NUMBER, ROW, COLUMN, DIAGONAL, MATRIX, OUTER, BY_MATRIX = (
    "number", "row", "column", "diagonal", "matrix", "outer", "by-matrix",
)  # fmt: skip


@dataclass(frozen=True)
class Jacobian:
    """A matrix of so many `rows` and `columns`.

    `value` is a number; the vector of the entries of a row, a column or a diagonal (a number
    there stands for equal entries); a matrix; or the column of an outer product, whose row is
    `other`. By a matrix, W x changes with `value` = x in each of its rows.
    """

    kind: str
    value: Basic
    rows: Basic = ONE
    columns: Basic = ONE
    other: Basic = ONE

    @property
    def is_neutral(self) -> bool:
        """Whether it is 1 or I."""
        return self.kind in (NUMBER, DIAGONAL) and self.value is ONE

    @property
    def collapses(self) -> bool:
        """Whether it is a diagonal matrix of different entries."""
        return self.kind == DIAGONAL and bool(shape_of(self.value))

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.rows, self.columns)

    def tidied(self) -> Jacobian:
        """The same with its entries in the form of a teacher."""
        return replace(self, value=tidy(self.value), other=tidy(self.other))

    def changed(self, change: Callable[[Basic], Basic]) -> Jacobian:
        """The same with its parts changed."""
        value, other = (numbers_in_front(change(part)) for part in (self.value, self.other))
        return replace(self, value=value, other=other)

    def tree(self) -> Basic:
        """The matrix as it is written."""
        return _TREES[self.kind](self)


# --- Writing ------------------------------------------------------------------------------


def _row(jacobian: Jacobian) -> Basic:
    return row(jacobian.value, jacobian.columns)


def row(value: Basic, columns: Basic) -> Basic:
    """The row of these entries: numbers in front, a sum over an index term by term."""
    if value is ZERO:
        return Transpose(Zeros(columns))
    if isinstance(value, IndexedSum):
        body, index, last = value.args
        return IndexedSum(row(body, columns), index, last)
    if isinstance(value, Piecewise) and not _decided_by_entries(value):
        return cases(*((row(v, columns), condition) for v, condition in map(_pair, value.args)))
    if not shape_of(value):
        return with_numbers([value], Transpose(Ones(columns)))
    alone = (_stands_alone(part) or not shape_of(part) for part in value.args)
    if value.is_Add and any(alone):
        return add(*(row(part, columns) for part in value.args))
    if value.is_Mul:
        numbers = [f for f in value.args if not shape_of(f)]
        arrays = [f for f in value.args if shape_of(f)]
        if numbers or len(arrays) == 1:
            return with_numbers(
                numbers, row(mul(*arrays) if len(arrays) > 1 else arrays[0], columns)
            )
    return transposed(circled(value))


def _pair(case: Basic) -> tuple[Basic, Basic]:
    value, condition = case.args
    return value, condition


def _decided_by_entries(value: Basic) -> bool:
    return any(shape_of(pair.args[1]) for pair in value.args)


def _stands_alone(term: Basic) -> bool:
    factors = term.args if term.is_Mul else (term,)
    return any(isinstance(f, IndexedSum | MatrixProduct) and shape_of(f) for f in factors)


def transposed(tree: Basic) -> Basic:
    """A column as a row, and a matrix turned around."""
    if isinstance(tree, Transpose):
        return tree.args[0]
    if isinstance(tree, MatrixProduct):
        return MatrixProduct(*map(transposed, reversed(tree.args)))
    if isinstance(tree, Diagonal | Identity):
        return tree
    if tree.is_Mul and not all(shape_of(f) for f in tree.args):
        return mul(*(transposed(f) if shape_of(f) else f for f in tree.args))
    return Transpose(tree)


def with_numbers(numbers: Sequence[Basic], tree: Basic) -> Basic:
    """A matrix with numbers in front."""
    numbers = [f for n in numbers for f in (n.args if n.is_Mul else (n,)) if f is not ONE]
    if not numbers:
        return tree
    if isinstance(tree, IndexedSum):
        return circled(mul(*numbers, tree))
    if tree.is_Mul:
        return mul(*numbers, *tree.args)
    if len(numbers) == 1 and numbers[0].is_Number and abs(numbers[0]) is ONE:  # type: ignore[arg-type]
        return negate(tree)
    return mul(*map(circled, numbers), tree)


def column(value: Basic, rows: Basic) -> Basic:
    """The column of these entries."""
    if value is ZERO:
        return Zeros(rows)
    if isinstance(value, IndexedSum):
        body, index, last = value.args
        return IndexedSum(column(body, rows), index, last)
    if isinstance(value, Piecewise) and not _decided_by_entries(value):
        return cases(*((column(v, rows), condition) for v, condition in map(_pair, value.args)))
    if value.is_Add and shape_of(value) and not all(map(shape_of, value.args)):
        return add(*(column(part, rows) for part in value.args))
    return circled(value) if shape_of(value) else with_numbers([value], Ones(rows))


def _diagonal(jacobian: Jacobian) -> Basic:
    value, rows = jacobian.value, jacobian.rows
    if value is ZERO:
        return Zeros(rows, rows)
    return diagonal(value) if shape_of(value) else with_numbers([value], Identity(rows))


def diagonal(value: Basic) -> Basic:
    """The diagonal matrix of a vector, which is written by its entries where they have names."""
    if value.is_Symbol:
        return Diagonal(value)
    found = entry(value)
    if not found and isinstance(value, Piecewise):
        value = _with_zeros(value, shape_of(value)[0])
    return Diagonal(*found) if found else Diagonal(circled(value))


def _outer(jacobian: Jacobian) -> Basic:
    numbers, vector = numbers_apart(jacobian.value, jacobian.rows)
    right = row(jacobian.other, jacobian.columns)
    return with_numbers(numbers, matrix_product(circled(vector), right))


def numbers_apart(value: Basic, rows: Basic) -> tuple[list[Basic], Basic]:
    """The numbers among the factors of a vector, and the rest."""
    factors = value.args if value.is_Mul else (value,)
    arrays = [f for f in factors if shape_of(f)]
    arrays = [_with_zeros(f, rows) if isinstance(f, Piecewise) else f for f in arrays]
    vector = (mul(*arrays) if len(arrays) > 1 else arrays[0]) if arrays else Ones(rows)
    return [f for f in factors if not shape_of(f)], vector


def _matrix(jacobian: Jacobian) -> Basic:
    """A matrix whose diagonal factors are known by their vectors."""
    done: dict[int, Basic] = {}
    for part in postorder(jacobian.value):
        arguments = tuple(done[id(argument)] for argument in part.args)
        same = all(new is old for new, old in zip(arguments, part.args, strict=True))
        if isinstance(part, Diagonal):
            done[id(part)] = diagonal(part.args[0])
        elif isinstance(part, Piecewise) and (shape := shape_of(part)):
            done[id(part)] = _with_zeros(cases(*map(_pair, arguments)), *shape)
        else:
            done[id(part)] = part if same else rebuild(part, arguments)
    return circled(done[id(jacobian.value)])


def _with_zeros(value: Basic, rows: Basic, columns: Basic = ONE) -> Basic:
    """A case distinction between vectors or matrices, with one of zeros for the number 0."""
    if _decided_by_entries(value):
        return value
    zeros = Zeros(rows) if columns is ONE else Zeros(rows, columns)
    pairs = map(_pair, value.args)
    return cases(*((zeros if v is ZERO else v, condition) for v, condition in pairs))


def plain_matrix(jacobian: Jacobian) -> Basic:
    """The matrix with its vectors as they are, not yet as they are written."""
    if jacobian.kind == DIAGONAL and shape_of(jacobian.value):
        return Diagonal(jacobian.value)
    if jacobian.kind == OUTER:
        numbers, vector = numbers_apart(jacobian.value, jacobian.rows)
        other, right = numbers_apart(jacobian.other, jacobian.columns)
        return with_numbers([*numbers, *other], matrix_product(vector, Transpose(right)))
    return jacobian.value if jacobian.kind == MATRIX else jacobian.tree()


_TREES: dict[str, Callable[[Jacobian], Basic]] = {
    NUMBER: lambda jacobian: circled(jacobian.value),
    ROW: _row,
    COLUMN: lambda jacobian: column(jacobian.value, jacobian.rows),
    DIAGONAL: _diagonal,
    MATRIX: _matrix,
    OUTER: _outer,
    BY_MATRIX: lambda jacobian: row(jacobian.value, jacobian.columns),
}


def product_tree(factors: Sequence[Basic]) -> Basic:
    """A product of matrices and numbers as it is written, nothing multiplied yet."""
    runs: list[list[Basic]] = []
    for factor in factors:
        if runs and shape_of(factor) and shape_of(runs[-1][0]):
            runs[-1].append(factor)
        else:
            runs.append([factor])
    if sum(bool(shape_of(run[0])) for run in runs) > 1:
        return matrix_product(*factors)
    trees = [matrix_product(*run) for run in runs]
    return trees[0] if len(trees) == 1 else mul(*trees)


def matrix_product(*factors: Basic) -> Basic:
    """A product of matrices; a product among them is taken apart."""
    flat = [f for one in factors for f in (one.args if isinstance(one, MatrixProduct) else (one,))]
    return flat[0] if len(flat) == 1 else MatrixProduct(*flat)
