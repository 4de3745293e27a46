"""Matrices with many zeros: rows that hold only the other entries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sympy.core.basic import Basic

from chainstep.notation import ONE, ZERO, Matrix, add, mul


@dataclass(frozen=True)
class Sparse:
    """The entries other than 0, row by row, each under the number of its column."""

    rows: tuple[Mapping[int, Basic], ...]
    columns: int

    @classmethod
    def of(cls, rows: Iterable[Iterable[Basic]]) -> Sparse:
        """The matrix with these rows."""
        lists = [list(row) for row in rows]
        entries = ({j: e for j, e in enumerate(row) if e is not ZERO} for row in lists)
        return cls(tuple(entries), len(lists[0]))

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns."""
        return len(self.rows), self.columns

    @property
    def is_diagonal(self) -> bool:
        """Whether it is square, of more than one row, with nothing beside its diagonal."""
        square = len(self.rows) == self.columns > 1
        return square and all(row.keys() <= {i} for i, row in enumerate(self.rows))

    def map(self, change: Callable[[Basic], Basic]) -> Sparse:
        """The matrix of the changed entries."""
        rows = [{j: change(entry) for j, entry in row.items()} for row in self.rows]
        kept = ({j: entry for j, entry in row.items() if entry is not ZERO} for row in rows)
        return Sparse(tuple(kept), self.columns)

    def named(self, name: Callable[[int, int], Basic]) -> Sparse:
        """The matrix with each entry other than 0 replaced by what it is called."""
        rows = ({j: name(i, j) for j in row} for i, row in enumerate(self.rows))
        return Sparse(tuple(rows), self.columns)

    def times(self, other: Sparse) -> Sparse:
        """The matrix product, each entry a sum of products as written.

        >>> from sympy import Symbol
        >>> a, b = Symbol("a"), Symbol("b")
        >>> Sparse.of([[a, b]]).times(Sparse.of([[b], [ONE]])).written()
        a*b + b
        """
        rows = []
        for row in self.rows:
            terms: dict[int, list[Basic]] = {}
            for k, left in row.items():
                for j, right in other.rows[k].items():
                    terms.setdefault(j, []).append(_product(left, right))
            rows.append({j: add(*terms[j]) if len(terms[j]) > 1 else terms[j][0] for j in terms})
        return Sparse(tuple(rows), other.columns)

    def written(self) -> Basic:
        """The matrix with its zeros; a single entry is written without brackets."""
        full = [[row.get(j, ZERO) for j in range(self.columns)] for row in self.rows]
        return full[0][0] if self.shape == (1, 1) else Matrix.of(full)

    @property
    def entries(self) -> list[Basic]:
        """The entries other than 0."""
        return [entry for row in self.rows for entry in row.values()]


def _product(left: Basic, right: Basic) -> Basic:
    if left is ONE or right is ONE:
        return right if left is ONE else left
    return mul(left, right)


def column(entries: Sequence[Basic]) -> Basic:
    """A vector."""
    return Sparse.of([entry] for entry in entries).written()


def sizes(*shapes: tuple[int, int]) -> str:
    """The shapes of factors and of their product.

    >>> sizes((2, 3), (3, 1))
    '(2×3)(3×1) = (2×1)'
    """
    factors = "".join(f"({m}×{n})" for m, n in shapes)
    return f"{factors} = ({shapes[0][0]}×{shapes[-1][1]})"
