"""Step 3 for a Jacobian times a vector, forwards or backwards: the Jacobian of the whole is
never formed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import MatrixProduct, Transpose
from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.jacobians.combine import Combination, is_short, meaning, shortened, side_by_side
from chainstep.jacobians.lists import elements
from chainstep.jacobians.local import Jacobian
from chainstep.jacobians.matrices import Sparse, column, sizes
from chainstep.jacobians.problem import Defined
from chainstep.notation import DerivativeSymbol
from chainstep.textbook import collect

FORWARDS = "From right to left: every product is a matrix times a vector."
BACKWARDS = "From left to right: every product is a row times a matrix."
COUNTED = (
    "{products} multiplications of entries{saved}. An (m×k)(k×n) product counts as m·k·n, zeros "
    "included."
)
SAVED = (
    ": {saved} fewer than the {whole} that it takes to form the Jacobian first, in the cheaper of "
    "the two orders, and then to multiply"
)
AS_MANY = ", no fewer than if the Jacobian was formed first"


def multiply(
    jacobians: Sequence[Jacobian], vector: Defined, letters: Iterable[str], forwards: bool
) -> Combination:
    """The Jacobian times a vector from the input to the output, or a row times the Jacobian
    from the output to the input. `letters` name the vectors that come up on the way."""
    path = jacobians if forwards else jacobians[::-1]
    whole = DerivativeSymbol(jacobians[-1].of.name, jacobians[0].wrt.name)
    values = _vector(vector.trees, forwards)
    given = column(vector.trees)
    vectors = {vector.name: (_vector(vector.trees, True), given)}
    equations = [Equation(vector.name, (given,))] if given != vector.name else []
    names: dict[Basic, Basic] = {}
    free = iter(letters)
    first = name = _written(vector.name, len(vector.trees), forwards)
    for jacobian in path:
        last = jacobian is path[-1]
        symbols = MatrixProduct(*_ordered(jacobian.symbol, name, forwards))
        left, right = _ordered(jacobian.values, values, forwards)
        product = left.times(right).map(collect)
        if last:
            name = MatrixProduct(*_ordered(whole, first, forwards))
        else:
            letter = Symbol(next(free), real=True)
            name = _written(letter, max(product.shape), forwards)
        rights = [symbols] if name != symbols else []
        if is_short(left, right):
            rights.append(side_by_side(left, right))
        rights.append(product.written())
        equations.append(Equation(name, tuple(rights), sizes(left.shape, right.shape)))
        values = product
        if not last:
            components = _components(letter, max(product.shape))
            called = _vector(components, forwards)
            vectors[letter] = _vector(components, True), symbols
            names |= meaning(called, product)
            values = shortened(product, called)
    note = FORWARDS if forwards else BACKWARDS
    notes = (note, _count([jacobian.values.shape for jacobian in jacobians]))
    step = Step("combine", STEP_TITLES["combine"], tuple(equations), notes)
    return Combination(step, values, name, names, vectors)


def _ordered(matrix, vector, forwards: bool):
    """A vector stands behind a matrix, a row in front of it."""
    return (matrix, vector) if forwards else (vector, matrix)


def _written(name: Symbol, size: int, forwards: bool) -> Basic:
    """A vector by its name: uᵀ where it is a row."""
    return name if forwards or size == 1 else Transpose(name)


def _vector(entries: Sequence[Basic], is_column: bool) -> Sparse:
    return Sparse.of([[entry] for entry in entries] if is_column else [entries])


def _components(name: Symbol, count: int) -> list[Symbol]:
    if count == 1:
        return [name]
    return [Symbol(element, real=True) for element in elements(str(name), count)]


def _count(shapes: Sequence[tuple[int, int]]) -> str:
    """The remark on the multiplications saved."""
    rows, columns = shapes[-1][0], shapes[0][1]
    products = sum(m * n for m, n in shapes)
    from_right = sum(m * n * columns for m, n in shapes[1:])
    from_left = sum(m * n * rows for m, n in shapes[:-1])
    whole = min(from_right, from_left) + rows * columns
    saved = SAVED.format(saved=whole - products, whole=whole) if whole > products else AS_MANY
    return COUNTED.format(products=products, saved=saved)
