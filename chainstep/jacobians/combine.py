"""Step 3 for vectors: the Jacobians multiplied, from the inputs up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sympy.core.basic import Basic

from chainstep.arrays import MatrixProduct
from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.jacobians.layers import Layer
from chainstep.jacobians.local import Jacobian
from chainstep.jacobians.matrices import Sparse, sizes
from chainstep.notation import DerivativeSymbol, Matrix, mul, size
from chainstep.textbook import collect

SHORT = 16  # a derivative of at most so many symbols is written out where it is used
MOST_SHOWN = 40  # entries of factors; a larger product is written in symbols alone
ORDER = "The order of the factors matters: a product of matrices does not commute."
DIAGONAL = "diagonal first factor: elementwise products"


@dataclass(frozen=True)
class Combination:
    """What step 3 found: its lines, the last matrix in names, and how it is called.

    `names` says what each name of an entry stands for, of the derivatives of lower layers or
    of vectors that came up; `vectors` has those vectors: their components, and what they are in
    symbols.
    """

    step: Step
    result: Sparse
    symbol: Basic
    names: Mapping[Basic, Basic] = field(default_factory=dict)
    vectors: Mapping[Basic, tuple[Sparse, Basic]] = field(default_factory=dict)


def combine(jacobians: Sequence[Jacobian]) -> Combination:
    """The derivative of the last layer by the first.

    With more than two layers the derivatives of the lower ones come first, a line each, so the
    work grows with the number of layers and not with that of the paths.
    """
    first, *others = jacobians
    inputs, output = first.wrt, jacobians[-1].of
    whole = DerivativeSymbol(output.name, inputs.name)
    if not others:
        return Combination(_step([]), first.values, whole)
    equations: list[Equation] = []
    if len(others) > 1:
        equations.append(_in_symbols(jacobians, whole))
    names = meaning(first.names, first.values)
    below, total = first.symbol, first.values
    called = first.names
    for jacobian in others:
        shown = shortened(total, called)
        symbol = DerivativeSymbol(jacobian.of.name, inputs.name)
        ordered = jacobian.values.times(shown).map(collect)
        equations.append(_line(jacobian, symbol, below, shown, ordered))
        if jacobian.values.is_diagonal:
            equations.append(_collapsed(jacobian, symbol, total, called))
        below, total, called = symbol, ordered, _names(jacobian.of, inputs)
        names |= meaning(called, ordered)
    notes = (ORDER,) if any(max(j.values.shape) > 1 for j in jacobians) else ()
    return Combination(_step(equations, notes), total, whole, names)


def meaning(called: Sparse, values: Sparse) -> dict[Basic, Basic]:
    """What the name of each entry stands for."""
    return {
        called.rows[i][j]: entry for i, row in enumerate(values.rows) for j, entry in row.items()
    }


def _in_symbols(jacobians: Sequence[Jacobian], whole: Basic) -> Equation:
    """The whole product, from the output to the input."""
    factors = [jacobian.symbol for jacobian in reversed(jacobians)]
    shapes = [jacobian.values.shape for jacobian in reversed(jacobians)]
    return Equation(whole, (MatrixProduct(*factors),), sizes(*shapes))


def _line(
    jacobian: Jacobian, symbol: Basic, below: Basic, shown: Sparse, ordered: Sparse
) -> Equation:
    """dy/dx = ∂y/∂g dg/dx, in symbols and in matrices."""
    law = sizes(jacobian.values.shape, shown.shape)
    rights: list[Basic] = [MatrixProduct(jacobian.symbol, below)]
    if is_short(jacobian.values, shown):
        rights.append(side_by_side(jacobian.values, shown))
    return Equation(symbol, (*rights, ordered.written()), law)


def side_by_side(left: Sparse, right: Sparse) -> Basic:
    """Two matrices side by side; two numbers as any others."""
    factors = left.written(), right.written()
    is_matrix = any(isinstance(factor, Matrix) for factor in factors)
    return MatrixProduct(*factors) if is_matrix else mul(*factors)


def is_short(*factors: Sparse) -> bool:
    """Whether matrices are small enough to be written side by side."""
    return sum(rows * columns for rows, columns in (f.shape for f in factors)) <= MOST_SHOWN


def _collapsed(jacobian: Jacobian, symbol: Basic, total: Sparse, called: Sparse) -> Equation:
    """The product with a diagonal Jacobian: row by row a single product each."""
    diagonal = jacobian.values.named(jacobian.entry)
    collapsed = diagonal.times(total.named(lambda i, j: called.rows[i][j]))
    return Equation(symbol, (collapsed.written(),), DIAGONAL)


def _names(of: Layer, wrt: Layer) -> Sparse:
    """The total derivatives of a layer by their names."""
    return Sparse.of([DerivativeSymbol(y, x) for x in wrt.components] for y in of.components)


def shortened(total: Sparse, called: Sparse) -> Sparse:
    """What stands for each entry: itself while it is short, then its name."""
    rows = (
        {j: entry if size(entry) <= SHORT else called.rows[i][j] for j, entry in row.items()}
        for i, row in enumerate(total.rows)
    )
    return Sparse(tuple(rows), total.columns)


def _step(equations: Sequence[Equation], notes: tuple[str, ...] = ()) -> Step:
    return Step("combine", STEP_TITLES["combine"], tuple(equations), notes)
