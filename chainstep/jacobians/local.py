"""Step 2 for vectors: the Jacobian of each layer by the one below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, LocalDerivative, Step
from chainstep.graph import Graph
from chainstep.jacobians.layers import IDENTITY, Layer
from chainstep.jacobians.matrices import Sparse
from chainstep.notation import ZERO, DerivativeSymbol, add
from chainstep.steps.compute import compute
from chainstep.textbook import collect

MOST_NAMED = 16  # entries; a larger Jacobian is not written in symbols first
MOST_LAWS = 3  # beside a line
LAYOUT = "Numerator layout: rows belong to the outputs, columns to the inputs."


@dataclass(frozen=True)
class Jacobian:
    """The Jacobian of the layer `of` by the layer `wrt`, its entries those of `values`."""

    of: Layer
    wrt: Layer
    values: Sparse
    laws: tuple[str, ...]
    partial: bool = True

    @property
    def symbol(self) -> DerivativeSymbol:
        """∂y/∂g."""
        return DerivativeSymbol(self.of.name, self.wrt.name, self.partial)

    def entry(self, i: int, j: int) -> DerivativeSymbol:
        """∂yᵢ/∂gⱼ."""
        of, wrt = self.of.components[i], self.wrt.components[j]
        return DerivativeSymbol(of, wrt, self.partial)

    @property
    def names(self) -> Sparse:
        """All entries by their names, also those that are 0."""
        rows, columns = self.values.shape
        return Sparse.of([self.entry(i, j) for j in range(columns)] for i in range(rows))


def jacobians_of(graph: Graph, layers: Sequence[Layer]) -> tuple[list[Jacobian], list]:
    """The Jacobians from the input up, and their entries as local derivatives. The only one
    there is, is the total derivative as well, and is written d."""
    partial = len(layers) > 2
    found = _by_pair(compute(graph), partial)
    jacobians = []
    for below, layer in pairwise(layers):
        rows = []
        laws: dict[str, None] = {}
        for node in layer.nodes:
            entries = [found.get((node.symbol, name)) for name in below.components]
            rows.append([entry.value if entry else ZERO for entry in entries])
            if node.operation is not IDENTITY:
                laws |= {_short(entry.law): None for entry in entries if entry}
        jacobians.append(Jacobian(layer, below, Sparse.of(rows), tuple(laws), partial))
    return jacobians, list(found.values())


def _by_pair(
    local_derivatives: Sequence[LocalDerivative], partial: bool
) -> dict[tuple[Basic, Basic], LocalDerivative]:
    """One derivative for each argument of a node, however many slots it fills."""
    found: dict[tuple[Basic, Basic], LocalDerivative] = {}
    for one in local_derivatives:
        child, parent = one.edge.child, one.edge.parent
        before = found.get((child, parent))
        by_law = add(before.by_law, one.by_law) if before else one.by_law
        found[child, parent] = replace(
            one,
            edge=replace(one.edge, place=0),
            symbol=DerivativeSymbol(child, parent, partial),
            by_law=by_law,
            value=collect(by_law) if before else one.value,
            law=f"{before.law}; {one.law}" if before and before.law != one.law else one.law,
        )
    return found


def computation(jacobians: Sequence[Jacobian]) -> Step:
    """The equations of step 2, one Jacobian a line."""
    equations = tuple(Equation(j.symbol, _sides(j), _law(j)) for j in jacobians)
    return Step("compute", STEP_TITLES["compute"], equations, (LAYOUT,))


def _sides(jacobian: Jacobian) -> tuple[Basic, ...]:
    """The names of the entries, as far as they are few, and their values."""
    rows, columns = jacobian.values.shape
    names = jacobian.names.written()
    short = rows * columns <= MOST_NAMED and names != jacobian.symbol
    return (names, jacobian.values.written()) if short else (jacobian.values.written(),)


def _short(law: str) -> str:
    """A law without what is held fixed: beside a matrix it would not say for which entry."""
    return law.partition(":")[0]


def _law(jacobian: Jacobian) -> str:
    rows, columns = jacobian.values.shape
    laws = ", ".join(jacobian.laws[:MOST_LAWS]) + ", …" * (len(jacobian.laws) > MOST_LAWS)
    return f"{rows}×{columns}: {laws}" if laws else f"{rows}×{columns}"
