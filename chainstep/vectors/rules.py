"""What is differentiated alone, and its Jacobian: one row for each operation on whole vectors.

Every operation of numbers is one of vectors as well, entry by entry, so its row of the table
of operations is used as it is: the derivatives of the entries are those of a diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Integer, Symbol
from sympy.core.basic import Basic

from chainstep.arrays import Dot, IndexedSum, MatrixProduct, Norm, Shape, Total, shape_of
from chainstep.graph import Node
from chainstep.notation import ONE, mul, power, reciprocal
from chainstep.operations import Operation
from chainstep.operations.row import SMOOTH, TWO
from chainstep.textbook import collect
from chainstep.vectors.jacobian import BY_MATRIX, COLUMN, DIAGONAL, MATRIX, NUMBER, ROW, Jacobian

Match = tuple[Operation, tuple[Basic, ...]]


@dataclass(frozen=True)
class WholeOperation(Operation):
    """An operation that is not done entry by entry. `kinds` are those of its Jacobians, one a
    slot, and `partial` gives their entries."""

    kinds: tuple[str, ...] = (ROW,)


TOTAL = WholeOperation(
    "vector-sum",
    "sum of the entries",
    build=Total,
    partial=lambda slot, args, y: ONE,
    samples=(SMOOTH,),
)
DOT = WholeOperation(
    "dot-product",
    "dot product",
    build=Dot,
    partial=lambda slot, args, y: args[1 - slot],
    samples=(SMOOTH, SMOOTH),
    kinds=(ROW, ROW),
)
NORM = WholeOperation(
    "norm",
    "Euclidean norm",
    build=Norm,
    partial=lambda slot, args, y: mul(args[0], reciprocal(y)),
    samples=(SMOOTH,),
)
SQUARED_NORM = WholeOperation(
    "squared-norm",
    "square of the Euclidean norm",
    build=lambda v: power(Norm(v), TWO),
    partial=lambda slot, args, y: mul(TWO, args[0]),
    samples=(SMOOTH,),
)
MATRIX_PRODUCT = WholeOperation(
    "matrix-product",
    "matrix times vector",
    build=MatrixProduct,
    partial=lambda slot, args, y: args[1 - slot],
    samples=(SMOOTH, SMOOTH),
    kinds=(BY_MATRIX, MATRIX),
)


def indexed(index: Symbol, last: Basic) -> WholeOperation:
    """The row of a sum over that index."""
    return WholeOperation(
        "indexed-sum",
        "sum rule, term by term",
        build=lambda body: IndexedSum(body, index, last),
        partial=lambda slot, args, y: ONE,
        samples=(SMOOTH,),
        kinds=(NUMBER,),
    )


def match(tree: Basic) -> Match | None:
    """The row of an operation on whole vectors, with its operands."""
    if tree.is_Pow and isinstance(tree.args[0], Norm) and tree.args[1] == Integer(2):
        return SQUARED_NORM, tree.args[0].args
    if isinstance(tree, IndexedSum):
        body, index, last = tree.args
        return indexed(index, last), (body,)  # type: ignore[arg-type]
    row = _ROWS.get(type(tree))
    return (row, tree.args) if row else None


_ROWS: dict[type, WholeOperation] = {
    Total: TOTAL,
    Dot: DOT,
    Norm: NORM,
    MatrixProduct: MATRIX_PRODUCT,
}


def jacobian(node: Node, slot: int) -> Jacobian:
    """The derivative of a node by one of its operands, the others held fixed."""
    value = node.operation.partial(slot, node.args, node.symbol)
    of, wrt = shape_of(node.symbol), shape_of(node.args[slot])
    rows = of[0] if of else ONE
    columns = wrt[0] if wrt else ONE
    kind = _kind(of, wrt)
    if isinstance(node.operation, WholeOperation):
        kind = node.operation.kinds[slot] if node.operation.id != "indexed-sum" else kind
    if kind == BY_MATRIX:
        return Jacobian(kind, value, wrt[0], wrt[1])
    simple = value if kind == MATRIX else collect(value)
    return Jacobian(kind, simple, rows, columns)


def _kind(of: Shape, wrt: Shape) -> str:
    """The kind of the Jacobian of an operation that is done entry by entry."""
    if not of:
        return NUMBER
    return DIAGONAL if wrt else COLUMN


def law(node: Node, slot: int) -> str:
    """The law in words; the one of numbers holds for each entry."""
    words = node.operation.law_of(slot, node.args)
    by_entries = shape_of(node.symbol) and not isinstance(node.operation, WholeOperation)
    return f"{words}, entry by entry" if by_entries else words
