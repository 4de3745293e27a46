"""Names with a shape, and what is written with them: w·x, xᵀ, diag(x), a sum over an index.

Between arrays an ordinary sum, product, quotient, power or function means the operation entry
by entry, with a number standing for an array of equal entries: so whatever holds for numbers
holds for entries.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Symbol
from sympy.core.basic import Basic

from chainstep.notation import ONE, DerivativeSymbol, postorder

Shape = tuple[Basic, ...]
NUMBER: Shape = ()


class Quantity(Symbol):
    """The name of an array. A vector has the shape (n, 1), a matrix (m, n); N vectors, one a
    sample, have the shape (N, n, 1).

    >>> from sympy import Integer
    >>> Quantity("w", (Symbol("n"), Integer(1))).shape
    (n, 1)
    """

    __slots__ = ("shape",)
    shape: Shape

    def __new__(cls, name: str, shape: Shape = NUMBER):
        symbol = Symbol.__xnew__(cls, name, real=True)
        symbol.shape = shape
        return symbol

    def _hashable_content(self):
        return self.name, self.shape

    def __getnewargs_ex__(self):
        return (self.name, self.shape), {}


class Element(Quantity):
    """An entry x_i of a vector, one of several arrays x_i, or an entry W_ij of a matrix."""

    __slots__ = ("array", "indexes")
    array: Quantity
    indexes: tuple[Symbol, ...]

    def __new__(cls, array: Quantity, *indexes: Symbol):
        whole = array.shape[-1] is ONE and len(array.shape) == 2
        shape = NUMBER if whole else array.shape[len(indexes) :]
        name = f"{array.name}_{''.join(index.name for index in indexes)}"
        symbol = Quantity.__new__(cls, name, shape)
        symbol.array, symbol.indexes = array, indexes
        return symbol

    def _hashable_content(self):
        return self.array, self.indexes

    def __getnewargs_ex__(self):
        return (self.array, *self.indexes), {}


class Head(Expr):
    """An operation that is only written: its arguments are kept as they are."""

    is_commutative = True

    def __new__(cls, *args: Basic, evaluate: bool = False):
        tree = Expr.__new__(cls, *args)
        hash(tree)
        return tree

    def _sympystr(self, printer) -> str:
        return f"{type(self).__name__}({', '.join(map(printer._print, self.args))})"


class Dot(Head):
    """w·x, of two vectors."""


class Total(Head):
    """sum(v), of all entries of a vector."""


class Norm(Head):
    """The Euclidean norm of a vector."""


class IndexedSum(Head):
    """The sum of args[0] over the index args[1] from 1 to args[2]."""


class MatrixProduct(Head):
    """A product of matrices, columns and rows, in this order."""


class Transpose(Head):
    """A column as a row, a row as a column."""


class Elementwise(Head):
    """⊗, the product entry by entry, as it is written."""


class Over(Head):
    """⊘, the quotient entry by entry, as it is written."""


class Diagonal(Head):
    """diag(x): args[0] is a vector, or its entry with the index args[1] up to args[2]."""


class Entries(Head):
    """The vector whose entry with the index args[1] is args[0]; it has args[2] of them."""


class Identity(Head):
    """I, with args[0] rows."""


class Ones(Head):
    """A column of args[0] ones."""


class Zeros(Head):
    """A column of args[0] zeros, or a matrix of so many rows and columns."""


class Sizes(Head):
    """(m×k)(k×n): rows and columns of one factor after the other."""


class Sized(Head):
    """args[0], with its Sizes beside it."""


def vector(name: str, length: Basic) -> Quantity:
    """The name of a vector of that length."""
    return Quantity(name, (length, ONE))


def shape_of(tree: Basic) -> Shape:
    """The shape of a tree; entry by entry, the shapes other than () are all the same."""
    known: dict[int, Shape] = {}
    for part in postorder(tree):
        rule = _SHAPES.get(type(part))
        shapes = [known[id(argument)] for argument in part.args]
        if rule:
            known[id(part)] = rule(part, shapes)
        elif isinstance(part, Quantity):
            known[id(part)] = part.shape
        else:
            known[id(part)] = next(filter(None, shapes), NUMBER)
    return known[id(tree)]


def _number(tree: Basic, shapes: list[Shape]) -> Shape:
    return NUMBER


def _product(tree: Basic, shapes: list[Shape]) -> Shape:
    shapes = [shape for shape in shapes if shape] or [(ONE, ONE)]
    both = shapes[0][0], shapes[-1][-1]
    return NUMBER if both == (ONE, ONE) else both


def _derivative(tree: Basic, shapes: list[Shape]) -> Shape:
    """Rows as in what is differentiated, columns as in the variable; a number by a matrix has
    the shape of the matrix."""
    of, wrt = (getattr(name, "shape", NUMBER) for name in (tree.of, tree.wrt))  # type: ignore[attr-defined]
    if len(wrt) == 2 and wrt[1] is not ONE:
        return wrt
    both = of[0] if of else ONE, wrt[0] if wrt else ONE
    return both if of or wrt else NUMBER


def _column(tree: Basic, shapes: list[Shape]) -> Shape:
    """The shape of a vector that is given as a whole or by its entries."""
    return shapes[0] if len(tree.args) == 1 else (tree.args[2], ONE)


_SHAPES: dict[type, Callable[..., Shape]] = {
    Dot: _number,
    Total: _number,
    Norm: _number,
    IndexedSum: lambda tree, shapes: shapes[0],
    MatrixProduct: _product,
    Transpose: lambda tree, shapes: shapes[0][::-1],
    Diagonal: lambda tree, shapes: _column(tree, shapes)[:1] * 2,
    Entries: lambda tree, shapes: _column(tree, shapes),
    Identity: lambda tree, shapes: (tree.args[0], tree.args[0]),
    Ones: lambda tree, shapes: (tree.args[0], ONE),
    Zeros: lambda tree, shapes: (*tree.args, ONE)[:2],
    Sized: lambda tree, shapes: shapes[0],
    DerivativeSymbol: _derivative,
}
