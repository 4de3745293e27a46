"""Trees with vectors as numbers: a number, or a matrix as a tuple of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mpmath import mp, mpf
from sympy import Piecewise, Symbol
from sympy.core.basic import Basic
from sympy.logic.boolalg import BooleanAtom

from chainstep.arrays import (
    Diagonal,
    Dot,
    Element,
    Elementwise,
    Entries,
    Identity,
    IndexedSum,
    MatrixProduct,
    Norm,
    Ones,
    Over,
    Sized,
    Sizes,
    Total,
    Transpose,
    Zeros,
)
from chainstep.notation import DerivativeSymbol
from chainstep.tape import COMPUTE, CONSTANTS, NO_VALUE

Value = Any  # a number, a truth value, or a tuple of rows
Names = dict[Basic, Value]


class NoValueError(Exception):
    """Something does not exist in the reals at this point."""


class ShapeError(Exception):
    """A written line multiplies or adds what does not fit."""


@dataclass
class Values:
    """The values of names, where indexes have the values `at`; those of derivatives come from
    `derivative`. Several arrays x_i are a tuple with one matrix for each i."""

    names: Mapping[Basic, Value]
    derivative: Callable[[DerivativeSymbol, Values], Value] | None = None
    at: dict[Symbol, int] = field(default_factory=dict)

    def of(self, tree: Basic) -> Value:
        """The value of a tree. Raises NoValueError outside its domain."""
        rule = _RULES.get(type(tree))
        if rule:
            return rule(self, tree)
        if tree in self.names:
            return self.names[tree]
        if not tree.args:
            return _constant(tree)
        compute = COMPUTE[type(tree)]
        return _by_entries(compute, [self.of(argument) for argument in tree.args])

    def length(self, tree: Basic) -> int:
        return int(self.of(tree))

    def _derivative(self, tree: Basic) -> Value:
        assert self.derivative is not None
        return self.derivative(tree, self)  # type: ignore[arg-type]

    def element(self, tree: Basic) -> Value:
        """An entry of a vector or matrix, or one of several arrays."""
        value = self.names[tree.array]  # type: ignore[attr-defined]
        places = [self.at[index] - 1 for index in tree.indexes]  # type: ignore[attr-defined]
        if len(places) == 2:
            return value[places[0]][places[1]]
        one = value[places[0]]
        return one if isinstance(one[0], tuple) else one[0]

    def _running(self, tree: Basic) -> list[Value]:
        """The values of args[0] for each value of the index args[1]."""
        body, index, last = tree.args
        inside = Values(self.names, self.derivative, dict(self.at))
        found = []
        for place in range(1, self.length(last) + 1):
            inside.at[index] = place  # type: ignore[index]
            found.append(inside.of(body))
        return found

    def _indexed_sum(self, tree: Basic) -> Value:
        return _by_entries(mp.fsum, self._running(tree))

    def _diagonal(self, tree: Basic) -> Value:
        entries = self._entries(tree) if len(tree.args) > 1 else self.of(tree.args[0])
        numbers = [row[0] for row in entries]
        return tuple(
            tuple(value if i == j else mp.zero for j in range(len(numbers)))
            for i, value in enumerate(numbers)
        )

    def _entries(self, tree: Basic) -> Value:
        return tuple((value,) for value in self._running(tree))

    def _matrix_product(self, tree: Basic) -> Value:
        first, *others = (self.of(argument) for argument in tree.args)
        for other in others:
            first = times(first, other)
        return first

    def _identity(self, tree: Basic) -> Value:
        size = self.length(tree.args[0])
        return tuple(tuple(mpf(i == j) for j in range(size)) for i in range(size))

    def _constant_entries(self, tree: Basic, value: mpf) -> Value:
        rows, columns = (*map(self.length, tree.args), 1)[:2]
        return ((value,) * columns,) * rows

    def _sized(self, tree: Basic) -> Value:
        value = self.of(tree.args[0])
        if self.of(tree.args[1]) != (shape(value),):
            raise ShapeError(f"{tree.args[0]} has the shape {shape(value)}")
        return value

    def sizes(self, tree: Basic) -> Value:
        """Rows and columns of the whole product, whose neighbours fit."""
        sides = list(map(self.length, tree.args))
        for left, right in zip(sides[1:-1:2], sides[2::2], strict=True):
            if left != right:
                raise ShapeError(f"the shapes {tree.args} do not fit")
        return ((sides[0], sides[-1]),)

    def _over(self, tree: Basic) -> Value:
        return _by_entries(_quotient, [self.of(argument) for argument in tree.args])


def _quotient(parts: list) -> Value:
    return parts[0] / parts[1]


def _constant(tree: Basic) -> Value:
    if isinstance(tree, BooleanAtom):
        return bool(tree)
    if tree in CONSTANTS:
        return +CONSTANTS[tree]
    if not tree.is_Rational:
        raise KeyError(tree)
    return mpf(tree.p) / tree.q  # type: ignore[attr-defined]


def shape(value: Value) -> tuple[int, int]:
    """Rows and columns; a number has one of each."""
    return (len(value), len(value[0])) if isinstance(value, tuple) else (1, 1)


def flat(value: Value) -> list[Value]:
    """All entries, row by row."""
    return [entry for row in value for entry in row] if isinstance(value, tuple) else [value]


def spread(value: Value, count: int) -> list[Value]:
    """All entries; a number stands for so many equal ones."""
    return flat(value) if isinstance(value, tuple) else [value] * count


def turned(value: Value) -> Value:
    """Rows as columns."""
    return tuple(zip(*value, strict=True)) if isinstance(value, tuple) else value


def times(first: Value, second: Value) -> Value:
    """A product of matrices; a number multiplies every entry."""
    if not isinstance(first, tuple) or not isinstance(second, tuple):
        return _by_entries(lambda parts: parts[0] * parts[1], [first, second])
    if len(first[0]) != len(second):
        raise ShapeError(f"{shape(first)} times {shape(second)}")
    columns = list(zip(*second, strict=True))
    return tuple(
        tuple(mp.fsum(a * b for a, b in zip(row, column, strict=True)) for column in columns)
        for row in first
    )


def _by_entries(compute: Callable, values: list[Value]) -> Value:
    """An operation of numbers on each entry, a number standing for equal entries."""
    shapes = {shape(value) for value in values if isinstance(value, tuple)}
    if len(shapes - {(1, 1)}) > 1:
        raise ShapeError(f"the shapes {shapes} do not fit")
    if not shapes:
        return _computed(compute, values)
    rows, columns = max(shapes)
    return tuple(
        tuple(_computed(compute, [_entry(value, i, j) for value in values]) for j in range(columns))
        for i in range(rows)
    )


def _entry(value: Value, i: int, j: int) -> Value:
    if not isinstance(value, tuple):
        return value
    return value[0][0] if shape(value) == (1, 1) else value[i][j]


def _computed(compute: Callable, values: list) -> Value:
    if any(value is None for value in values):
        raise NoValueError
    try:
        value = compute(values)
    except NO_VALUE as error:
        raise NoValueError from error
    if value is None or isinstance(value, mp.mpc):
        raise NoValueError
    return value


def _cases(values: Values, tree: Basic) -> Value:
    """The first case that is true, for each entry; the others need no value there."""
    pairs: list[tuple[Value, Value]] = []
    for pair in tree.args:
        condition = values.of(pair.args[1])
        if condition is False:
            continue
        pairs.append((values.of(pair.args[0]), condition))
        if condition is True:
            break
    if len(pairs) == 1 and pairs[0][1] is True:
        return pairs[0][0]
    return _by_entries(_chosen, [part for pair in pairs for part in pair])


def _chosen(parts: list) -> Value:
    return next(v for v, condition in zip(parts[::2], parts[1::2], strict=True) if condition)


_RULES: dict[type, Callable[[Values, Any], Value]] = {
    Element: Values.element,
    Piecewise: _cases,
    DerivativeSymbol: Values._derivative,
    IndexedSum: Values._indexed_sum,
    Diagonal: Values._diagonal,
    Entries: Values._entries,
    MatrixProduct: Values._matrix_product,
    Identity: Values._identity,
    Ones: lambda values, tree: values._constant_entries(tree, mp.one),
    Zeros: lambda values, tree: values._constant_entries(tree, mp.zero),
    Sized: Values._sized,
    Sizes: Values.sizes,
    Over: Values._over,
    Elementwise: lambda values, tree: _by_entries(mp.fprod, [values.of(a) for a in tree.args]),
    Transpose: lambda values, tree: turned(values.of(tree.args[0])),
    Total: lambda values, tree: mp.fsum(flat(values.of(tree.args[0]))),
    Norm: lambda values, tree: mp.sqrt(mp.fsum(v * v for v in flat(values.of(tree.args[0])))),
    Dot: lambda values, tree: mp.fdot(*(flat(values.of(argument)) for argument in tree.args)),
}
