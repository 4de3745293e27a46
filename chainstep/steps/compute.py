"""Step 2: each node differentiated alone, its other arguments held fixed."""

from __future__ import annotations

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, LocalDerivative, Step
from chainstep.graph import Edge, Graph, Node
from chainstep.notation import ONE, DerivativeSymbol, mul, replace
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
    law = node.operation.law_of(edge.slot, node.args)
    if node.affine:
        by_law = _of_merged(node, edge)
    if edge.slope is not ONE:
        by_law, law = mul(by_law, edge.slope), f"{law}, times the inner slope"
    symbol = DerivativeSymbol(node.symbol, edge.parent, partial, edge.place)
    return LocalDerivative(edge, symbol, by_law, collect(by_law), law)


def _of_merged(node: Node, edge: Edge) -> Basic:
    """The law at a name instead of each affine argument, which is put in afterwards: so the
    argument stays as it is written."""
    names = {a.slot: Symbol(f"argument {a.slot}", real=True) for a in node.affine}
    args = tuple(names.get(slot, argument) for slot, argument in enumerate(node.args))
    value = collect(node.operation.partial(edge.slot, args, node.symbol))
    return replace(value, {name: node.args[slot] for slot, name in names.items()})


def computation(local_derivatives: tuple[LocalDerivative, ...]) -> Step:
    """The equations of step 2, one local derivative a line."""
    equations = tuple(Equation(d.symbol, _sides(d), d.law) for d in local_derivatives)
    return Step("compute", STEP_TITLES["compute"], equations)


def _sides(derivative: LocalDerivative) -> tuple[Basic, ...]:
    """The value; before it what the law gave where one name fills several slots: there
    x·x^(x−1) shows which x varied, and x^x no longer does. The same where an argument has
    a slope of its own: e^(−x)·(−1)."""
    edge = derivative.edge
    if (edge.place or edge.slope is not ONE) and derivative.by_law != derivative.value:
        return derivative.by_law, derivative.value
    return (derivative.value,)
