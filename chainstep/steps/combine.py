"""Step 3: the local derivatives combined by the chain rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, LocalDerivative, Rule, Step, by_child
from chainstep.graph import Graph
from chainstep.notation import ONE, ZERO, DerivativeSymbol, add, mul, size
from chainstep.textbook import collect

SHORT = 16  # a total derivative of at most so many symbols is written out where it is used


@dataclass(frozen=True)
class Combination:
    """What step 3 found: its lines, the output's derivative in names, and for every name of
    a total derivative duₖ/dx its value."""

    step: Step
    derivative: Basic
    totals: Mapping[Basic, Basic]


def rule_of(graph: Graph) -> Rule:
    """The most special chain rule that applies, and the symbols that show it."""
    for node in graph.nodes:
        edges = graph.edges[node.symbol]
        if len(edges) > 1:
            return Rule("total-derivative", (node.symbol, *(edge.parent for edge in edges)))
    return Rule("single-variable", (*graph.inputs, *(node.symbol for node in graph.nodes)))


def combine(
    graph: Graph, local_derivatives: tuple[LocalDerivative, ...], wrt: Symbol, output: Symbol
) -> Combination:
    """dy/dx from the local derivatives: one product, or a sum of products for every node.

    A line is left out where it would only repeat a local derivative.
    """
    entering = by_child(local_derivatives)
    if not graph.nodes:
        return _combination([], ONE if graph.outputs else ZERO, {})
    if rule_of(graph).id == "single-variable":
        return _single_path([entering[node.symbol][0] for node in graph.nodes], wrt, output)
    return _several_paths(graph, entering, wrt, output)


def _single_path(path: list[LocalDerivative], wrt: Symbol, output: Symbol) -> Combination:
    if len(path) == 1:
        return _combination([], path[0].value, {})
    backwards = path[::-1]
    values = mul(*(derivative.value for derivative in backwards))
    ordered = collect(values)
    whole = DerivativeSymbol(backwards[0].edge.child, wrt)
    symbols = mul(*(derivative.symbol for derivative in backwards))
    left = DerivativeSymbol(output, wrt)
    return _combination([equation(left, whole, symbols, values, ordered)], ordered, {})


def _several_paths(
    graph: Graph, entering: Mapping[Symbol, list[LocalDerivative]], wrt: Symbol, output: Symbol
) -> Combination:
    totals: dict[Basic, Basic] = {}
    equations = []
    for node in graph.nodes:
        total = DerivativeSymbol(node.symbol, wrt)
        edges = entering[node.symbol]
        if edges[0].symbol == total:
            totals[total] = edges[0].value
            continue
        symbols = add(*(_along(d.symbol, _name(d, wrt)) for d in edges))
        values = add(*(_along(d.value, _short(d, wrt, totals)) for d in edges))
        totals[total] = collect(values)
        last = node is graph.nodes[-1]
        left = DerivativeSymbol(output, wrt) if last else total
        equations.append(equation(left, total, symbols, values, totals[total]))
    return _combination(equations, totals[DerivativeSymbol(graph.outputs[0], wrt)], totals)


def _name(derivative: LocalDerivative, wrt: Symbol) -> Basic:
    """The total derivative of the parent of an edge, by its name; 1 for x itself."""
    parent = derivative.edge.parent
    return ONE if parent == wrt else DerivativeSymbol(parent, wrt)


def _short(derivative: LocalDerivative, wrt: Symbol, totals: Mapping[Basic, Basic]) -> Basic:
    """The same, written out while it is short."""
    name = _name(derivative, wrt)
    value = totals.get(name, name)
    return value if size(value) <= SHORT else name


def _along(local: Basic, total: Basic) -> Basic:
    return local if total is ONE else mul(local, total)


def equation(left: Basic, *rights: Basic) -> Equation:
    """left = right = …, without a side that only repeats its neighbour."""
    sides = [left]
    for right in rights:
        if right != sides[-1]:
            sides.append(right)
    return Equation(left, tuple(sides[1:]))


def _combination(
    equations: list[Equation], derivative: Basic, totals: Mapping[Basic, Basic]
) -> Combination:
    step = Step("combine", STEP_TITLES["combine"], tuple(equations))
    return Combination(step, derivative, totals)
