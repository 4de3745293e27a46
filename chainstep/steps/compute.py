"""Step 2: each node differentiated alone, its other arguments held fixed."""

from __future__ import annotations

from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, LocalDerivative, Step
from chainstep.graph import Edge, Graph, Node
from chainstep.notation import DerivativeSymbol
from chainstep.textbook import collect


def compute(graph: Graph) -> tuple[LocalDerivative, ...]:
    """The local derivative along every edge, in the order of the nodes and their slots."""
    return tuple(
        _local_derivative(node, edge, partial=len(graph.edges[node.symbol]) > 1)
        for node in graph.nodes
        for edge in graph.edges[node.symbol]
    )


def _local_derivative(node: Node, edge: Edge, partial: bool) -> LocalDerivative:
    by_law = node.operation.partial(edge.slot, node.args, node.symbol)
    symbol = DerivativeSymbol(node.symbol, edge.parent, partial, edge.place)
    law = node.operation.law_of(edge.slot)
    return LocalDerivative(edge, symbol, by_law, collect(by_law), law)


def computation(local_derivatives: tuple[LocalDerivative, ...]) -> Step:
    """The equations of step 2, one local derivative a line."""
    equations = tuple(Equation(d.symbol, _sides(d), d.law) for d in local_derivatives)
    return Step("compute", STEP_TITLES["compute"], equations)


def _sides(derivative: LocalDerivative) -> tuple[Basic, ...]:
    """The value; before it what the law gave where one name fills several slots: there
    x·x^(x−1) shows which x varied, and x^x no longer does."""
    if derivative.edge.place and derivative.by_law != derivative.value:
        return derivative.by_law, derivative.value
    return (derivative.value,)
