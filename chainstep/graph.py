"""The computational graph: a flat list of nodes in topological order, checked when made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Symbol
from sympy.core.basic import Basic

from chainstep.notation import ONE, names_in
from chainstep.operations import Operation


@dataclass(frozen=True)
class Affine:
    """The argument in `slot` is slope·name + …, where the slope does not vary: −x in e^(−x)."""

    slot: int
    name: Symbol
    slope: Basic


@dataclass(frozen=True)
class Node:
    """An intermediate variable: `symbol` is `operation` applied to `args`, one a slot.

    An argument is an input, an earlier symbol, or an expression that does not vary. In merged
    modules it may also be affine in one such name; then `affine` says how.
    """

    symbol: Symbol
    operation: Operation
    args: tuple[Basic, ...]
    affine: tuple[Affine, ...] = ()

    @cached_property
    def expression(self) -> Expr:
        """The definition as it is written: sin(u1)."""
        return self.operation.build(*self.args)


@dataclass(frozen=True)
class Edge:
    """One use of `parent` by `child`: the key of a local derivative.

    `slot` is the place in the child's arguments; `place` counts from 1 the uses of a
    parent that fills several slots of the same child, and is 0 where it fills one. `slope`
    is that of the argument, where it is affine in the parent.
    """

    child: Symbol
    slot: int
    parent: Symbol
    place: int = 0
    slope: Basic = ONE


@dataclass(frozen=True)
class Graph:
    """Inputs, nodes in topological order, and outputs.

    `constants` are names that stand for expressions without an input.

    Raises ValueError if a symbol is bound twice, used before it is defined, or an output
    is not bound at all.
    """

    inputs: tuple[Symbol, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Symbol, ...]
    constants: tuple[tuple[Symbol, Basic], ...] = ()

    def __post_init__(self) -> None:
        later = {node.symbol for node in self.nodes}
        bound = set(self.inputs)
        for node in self.nodes:
            for name in (*node.args, *(argument.name for argument in node.affine)):
                if name.is_Symbol and name in later:
                    raise ValueError(f"{name} is used before it is defined")
            if node.symbol in bound:
                raise ValueError(f"{node.symbol} is defined twice")
            later.discard(node.symbol)
            bound.add(node.symbol)
        for output in self.outputs:
            if output not in bound:
                raise ValueError(f"the output {output} is not defined")

    @cached_property
    def edges(self) -> dict[Symbol, tuple[Edge, ...]]:
        """For each node the edges that enter it, in the order of its slots."""
        bound = set(self.inputs) | {node.symbol for node in self.nodes}
        return {node.symbol: _edges(node, bound) for node in self.nodes}

    @cached_property
    def contributing(self) -> frozenset[Symbol]:
        """The names from which edges lead to an output: what stands in a condition alone does
        not contribute to a derivative."""
        reached = set(self.outputs)
        for node in reversed(self.nodes):
            if node.symbol in reached:
                reached |= {edge.parent for edge in self.edges[node.symbol]}
        return frozenset(reached)

    @cached_property
    def _by_symbol(self) -> dict[Symbol, Node]:
        return {node.symbol: node for node in self.nodes}

    def node(self, symbol: Symbol) -> Node:
        """The node that binds a symbol."""
        return self._by_symbol[symbol]

    @cached_property
    def parameters(self) -> tuple[Symbol, ...]:
        """The names that stand in the graph and are not bound, sorted."""
        bound = {*self.inputs, *self._by_symbol, *(name for name, _ in self.constants)}
        given = [argument for node in self.nodes for argument in node.args]
        given += [value for _, value in self.constants]
        free = {name for tree in given if tree not in bound for name in names_in(tree)}
        return tuple(sorted(free - bound, key=str))  # type: ignore[arg-type]


def _edges(node: Node, bound: set[Symbol]) -> tuple[Edge, ...]:
    arguments = {slot: Affine(slot, a, ONE) for slot, a in enumerate(node.args) if a in bound}
    arguments |= {argument.slot: argument for argument in node.affine}
    if not arguments:
        arguments = _through_conditions(node, bound)
    uses = Counter(argument.name for argument in arguments.values())
    seen: Counter[Symbol] = Counter()
    edges = []
    for slot, argument in sorted(arguments.items()):
        parent = argument.name
        seen[parent] += 1
        place = seen[parent] if uses[parent] > 1 else 0
        edges.append(Edge(node.symbol, slot, parent, place, argument.slope))
    return tuple(edges)


def _through_conditions(node: Node, bound: set[Symbol]) -> dict[int, Affine]:
    """A case distinction between constants depends on x through its conditions alone."""
    for slot, argument in enumerate(node.args):
        for name in names_in(argument) & bound:
            return {slot: Affine(slot, name, ONE)}
    return {}
