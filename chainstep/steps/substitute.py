"""Step 4: the names replaced by what they stand for, one layer at a time."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.graph import Graph
from chainstep.notation import DerivativeSymbol, extent, names_in, replace, size
from chainstep.textbook import collect

LARGEST_RESULT = 2000  # symbols; a larger result stays in named quantities
DEEPEST_RESULT = 100  # levels, likewise
LONGEST_LAYER = 150  # symbols; from there all names are replaced at once


def substitute(
    graph: Graph, derivative: Basic, totals: Mapping[Basic, Basic], output: Symbol
) -> tuple[Step, Basic]:
    """The lines of step 4 and the result, in x alone, in the textbook form.

    A result larger than the limit stays in named quantities, and a note says so.
    """
    definitions: dict[Basic, Basic] = {n.symbol: n.expression for n in graph.nodes} | dict(totals)
    left = DerivativeSymbol(output, graph.inputs[0])
    symbols, depth = expanded_extent(derivative, graph, totals)
    if symbols > LARGEST_RESULT or depth > DEEPEST_RESULT:
        step = _step((Equation(left, (derivative,)),), (_too_large(symbols, depth),))
        return step, derivative
    layers = _layers(derivative, definitions)
    result = collect(layers[-1])
    if result != layers[-1]:
        layers.append(result)
    return _step((Equation(left, tuple(layers)),)), result


def _step(equations: tuple[Equation, ...], notes: tuple[str, ...] = ()) -> Step:
    return Step("substitute", STEP_TITLES["substitute"], equations, notes)


def _layers(expr: Basic, definitions: Mapping[Basic, Basic]) -> list[Basic]:
    """Each layer of names replaced in turn, until none is left; all at once where long."""
    layers = [expr]
    names = names_in(expr) & definitions.keys()
    while names:
        layer = replace(layers[-1], {name: definitions[name] for name in names})
        names = {n for name in names for n in names_in(definitions[name])} & definitions.keys()
        if names and size(layer) > LONGEST_LAYER:
            layers[-1] = layer
        else:
            layers.append(layer)
    return layers[1:] or layers  # the first is the last side of step 3


def expanded_extent(
    derivative: Basic, graph: Graph, totals: Mapping[Basic, Basic]
) -> tuple[int, int]:
    """How many symbols and levels the derivative has with every name replaced.

    Computed name by name, so it costs no more than the graph is long, although the numbers
    themselves may be astronomical.
    """
    known: dict[Basic, tuple[int, int]] = {}
    for node in graph.nodes:
        known[node.symbol] = extent(node.expression, known)
    for name, value in totals.items():
        known[name] = extent(value, known)
    return extent(derivative, known)


def _too_large(symbols: int, depth: int) -> str:
    if symbols <= LARGEST_RESULT:
        measure, limit = f"be {depth} levels deep", DEEPEST_RESULT
    else:
        digits = symbols.bit_length() * 3 // 10  # str() of a number refuses 5,000 digits
        count = f"10^{digits}" if digits > 9 else str(symbols)
        measure, limit = f"have about {count} symbols", LARGEST_RESULT
    return (
        "The result stays in named quantities: "
        f"written out it would {measure}, and the limit is {limit}."
    )
