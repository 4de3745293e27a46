"""Merged modules: what is affine in one name does not get a name of its own.

A layer of a network computes e^(−x) in one go; nobody calls −x a quantity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.graph import Affine, Graph, Node
from chainstep.notation import ONE, extent, mul, names_in, replace
from chainstep.textbook import collect

AFFINE = {"sum", "scale"}  # operations that are affine in each argument
LARGEST = 100  # symbols of what is folded; what is longer keeps its name


def merged(graph: Graph, letter: str, output: Symbol, keep: Container[Symbol] = ()) -> Graph:
    """The same graph with every intermediate that is affine in one earlier name, and used
    along one edge only, folded into the node that uses it.

    The names in `keep` stay; the others are called letter1, letter2, … again, and a node that
    stands alone is called `output`. An output is never folded.

    >>> from chainstep import derive
    >>> derivation = derive("1/(1 + e^(-x))")
    >>> [str(node.expression) for node in derivation.graph.nodes]
    ['-x', 'exp(u1)', 'u2 + 1', '1/u3']
    >>> [str(node.expression) for node in merged(derivation.graph, "u", derivation.output).nodes]
    ['exp(-x)', '1/(u1 + 1)']
    """
    folded = _folded(graph, keep)
    left = [node.symbol for node in graph.nodes if node.symbol not in folded]
    names = _names(left, letter, output, keep)
    stands_for: dict[Basic, Basic] = dict(names)
    inner: dict[Basic, Affine] = {}
    nodes = []
    for node in graph.nodes:
        affine = tuple(
            Affine(slot, inner[argument].name, inner[argument].slope)
            for slot, argument in enumerate(node.args)
            if argument in inner
        )
        args = tuple(replace(argument, stands_for) for argument in node.args)
        if node.symbol not in folded:
            nodes.append(Node(names[node.symbol], node.operation, args, affine))
            continue
        stands_for[node.symbol] = node.operation.build(*args)
        (edge,) = graph.edges[node.symbol]
        within = affine[0] if affine else Affine(0, names.get(edge.parent, edge.parent), ONE)
        slope = mul(node.operation.partial(edge.slot, args, node.symbol), within.slope)
        inner[node.symbol] = Affine(0, within.name, collect(slope))
    outputs = tuple(names.get(symbol, symbol) for symbol in graph.outputs)
    return Graph(graph.inputs, tuple(nodes), outputs, graph.constants)


def _folded(graph: Graph, keep: Container[Symbol]) -> Container[Symbol]:
    """The intermediates that stand once, as an argument of their own: not in a condition."""
    alone = Counter(argument for node in graph.nodes for argument in node.args)
    anywhere = Counter(n for node in graph.nodes for a in node.args for n in names_in(a))
    extents: dict[Basic, tuple[int, int]] = {}
    for node in graph.nodes:
        name = node.symbol
        if node.operation.id not in AFFINE or len(graph.edges[name]) != 1:
            continue
        if name in keep or name in graph.outputs or not alone[name] == anywhere[name] == 1:
            continue
        symbols, levels = extent(node.expression, extents)
        if symbols <= LARGEST:
            extents[name] = symbols, levels
    return extents


def _names(
    symbols: list[Symbol], letter: str, output: Symbol, keep: Container[Symbol]
) -> dict[Symbol, Symbol]:
    """What the remaining nodes are called."""
    ours = [symbol for symbol in symbols if symbol not in keep]
    if len(symbols) == 1:
        return {symbols[0]: symbols[0] if not ours else output}
    renamed = {s: Symbol(f"{letter}{n}", real=True) for n, s in enumerate(ours, 1)}
    return {symbol: renamed.get(symbol, symbol) for symbol in symbols}
