"""Step 2: the Jacobian of each node by each of its operands, the others held fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Symbol

from chainstep.arrays import Element
from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.graph import Edge
from chainstep.notation import DerivativeSymbol
from chainstep.vectors.entries import entry_at
from chainstep.vectors.introduce import VectorGraph, sized
from chainstep.vectors.jacobian import BY_MATRIX, Jacobian
from chainstep.vectors.rules import jacobian, law


@dataclass(frozen=True)
class Local:
    """The Jacobian of a node by one of its operands."""

    edge: Edge
    symbol: DerivativeSymbol
    jacobian: Jacobian
    law: str


def compute(graph: VectorGraph) -> tuple[Local, ...]:
    """The Jacobian along every edge, in the order of the nodes."""
    found = []
    for node in graph.nodes:
        edges = graph.edges[node.symbol]
        for edge in edges:
            symbol = DerivativeSymbol(node.symbol, edge.parent, len(edges) > 1, edge.place)
            found.append(Local(edge, symbol, jacobian(node, edge.slot), law(node, edge.slot)))
    return tuple(found)


def computation(locals: Sequence[Local]) -> Step:
    """The equations of step 2, each Jacobian with its shape."""
    equations = tuple(_local_line(local) for local in locals)
    return Step("compute", STEP_TITLES["compute"], equations)


def _local_line(local: Local) -> Equation:
    if local.jacobian.kind != BY_MATRIX:
        tree = local.jacobian.tree()
        return Equation(local.symbol, (sized(tree, local.symbol),), local.law)
    row, column = Symbol("i", integer=True), Symbol("j", integer=True)
    child, parent = local.edge.child, local.edge.parent
    symbol = DerivativeSymbol(
        Element(child, row),  # type: ignore[arg-type]
        Element(parent, row, column),  # type: ignore[arg-type]
        local.symbol.partial,
    )
    return Equation(symbol, (entry_at(local.jacobian.value, column),), f"{local.law}: only row i")
