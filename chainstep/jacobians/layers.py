"""The graph laid out in layers: each is a vector, and depends on the one below it alone.

What a layer needs from further down is carried up by nodes of the operation "identity". A
vector that the person defined is a layer of its own, or a part of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.errors import LimitExceeded
from chainstep.graph import Graph, Node
from chainstep.jacobians.lists import elements
from chainstep.jacobians.problem import Defined, VectorProblem
from chainstep.notation import names_in, replace
from chainstep.operations import BY_ID

IDENTITY = BY_ID["identity"]


@dataclass(frozen=True)
class Layer:
    """The vector `name` and its components; the variables have no nodes. A layer of a single
    component may bear the name of that component."""

    name: Symbol
    components: tuple[Symbol, ...]
    nodes: tuple[Node, ...] = ()


def layers_of(
    graph: Graph, problem: VectorProblem
) -> tuple[tuple[Layer, ...], dict[Basic, Symbol]]:
    """The layers from the variables to the output, and what the nodes of the graph are called
    in them.

    `graph` has a node for every component that varies, called by its name.
    """
    plan = _Plan(graph, problem)
    members = plan.members()
    called = plan.names(members)
    layers = [Layer(problem.inputs.name, problem.inputs.components)]
    for level in range(1, len(members)):
        below, here = called[level - 1], called[level]
        nodes = tuple(plan.node(value, level, below, here) for value in members[level])
        layers.append(Layer(here.name, tuple(here.symbols.values()), nodes))
    names: dict[Basic, Symbol] = {}
    for layer in reversed(called):
        names |= layer.symbols
    return tuple(layers), names


def layered(layers: tuple[Layer, ...], constants: Iterable[tuple[Symbol, Basic]]) -> Graph:
    """The layers as one graph of several outputs."""
    nodes = tuple(node for layer in layers for node in layer.nodes)
    bound = {node.symbol for node in nodes}
    kept = tuple((name, tree) for name, tree in constants if name not in bound)
    return Graph(layers[0].components, nodes, layers[-1].components, kept)


@dataclass
class _Called:
    """A layer's name, and what each of its values is called."""

    name: Symbol
    symbols: dict[Symbol, Symbol] = field(default_factory=dict)


class _Plan:
    """At which level each value is computed, and up to which it is needed.

    A value is known by the name of its node in the graph. `level` is where it is computed;
    `shown` is the level at which a component of a vector stands under its own name.
    """

    def __init__(self, graph: Graph, problem: VectorProblem):
        self.problem = problem
        self.graph = graph
        self.group = {c: part for part in problem.parts for c in part.components}
        self.nodes = _without_repeats(graph, self.group)
        self.user = dict(_definitions_of(graph, self.group))
        self.bound = {*graph.inputs, *self.nodes}
        self.shown: dict[Symbol, int] = {}
        self._find_births()
        below = [1 + level for name, level in self.shown.items() if not self._is_output(name)]
        own = [level for name, level in self.shown.items() if self._is_output(name)]
        self.top = max((*below, *own), default=1)
        self.shown |= dict.fromkeys(problem.output.components, self.top)
        self.level = self._levels()

    def arguments(self, node: Node) -> Iterator[Symbol]:
        """The values that a node needs, in the order of its slots."""
        for argument in node.args:
            if argument.is_Symbol:
                yield from (argument,) if argument in self.bound else ()  # type: ignore[misc]
            else:
                yield from sorted(names_in(argument) & self.bound, key=str)  # type: ignore

    def _is_output(self, name: Symbol) -> bool:
        return self.group.get(name) is self.problem.output

    def _find_births(self) -> None:
        """Find the lowest level at which each value can be computed, and for a vector that at
        which all of its components can."""
        birth: dict[Symbol, int] = dict.fromkeys(self.graph.inputs, 0)
        for name, node in self.nodes.items():
            user = self.user[name]
            levels = [
                birth[a] if self.group.get(a) is user else max(birth[a], self.shown.get(a, 0))
                for a in self.arguments(node)
            ]
            birth[name] = 1 + max(levels)
            if name in self.group:
                known = [c for c in self.group[name].components if c in birth]
                self.shown |= dict.fromkeys(known, max(birth[c] for c in known))

    def _levels(self) -> dict[Symbol, int]:
        """The highest level at which each value can be computed: so little is carried."""
        level: dict[Symbol, int] = {}
        for name, node in reversed(self.nodes.items()):
            highest = [self.shown[name]] if self._is_of_vector(name) else []
            level[name] = min([*highest, level.get(name, self.top + 1) - 1])
            for argument in self.arguments(node):
                level[argument] = min(level.get(argument, self.top + 1), level[name])
            if not self._is_of_vector(name):
                self.shown[name] = level[name]
        return level | dict.fromkeys(self.graph.inputs, 0)

    def _is_of_vector(self, name: Symbol) -> bool:
        part = self.group.get(name)
        return part is not None and (len(part.components) > 1 or part is self.problem.output)

    def members(self) -> list[list[Symbol]]:
        """The values of each level, those of a vector of the person first, then in the order
        in which the level above needs them."""
        levels: list[dict[Symbol, None]] = [{} for _ in range(self.top + 1)]
        levels[self.top] = dict.fromkeys(self.problem.output.components)
        for name in self.nodes:
            if self._is_of_vector(name):
                levels[self.shown[name]][name] = None
        for level in range(self.top, 0, -1):
            below = levels[level - 1]
            for value in levels[level]:
                if self.level.get(value) == level:
                    below.update(dict.fromkeys(self.arguments(self.nodes[value])))
                elif value in self.bound:
                    below[value] = None
        levels[0] = dict.fromkeys(self.graph.inputs)
        return [list(level) for level in levels]

    def names(self, members: list[list[Symbol]]) -> list[_Called]:
        """A name for each layer, and for what is in it."""
        letters = iter(self.problem.letters)
        found = [_Called(self.problem.inputs.name, {x: x for x in self.graph.inputs})]
        for level, values in enumerate(members[1:], 1):
            own = [value for value in values if self._has_name(value, level)]
            named = [*values] == own
            given = next((p for p in self.problem.parts if named and [*p.components] == own), None)
            letter = str(given.name) if given else next(letters, None)
            if letter is None:
                raise LimitExceeded(
                    f"there are more than {len(self.problem.letters)} layers of vectors",
                    hint="give names to parts of it, and derive them one by one",
                )
            names = elements(letter, len(values)) if len(values) > 1 else (letter,)
            fresh = (Symbol(name, real=True) for name in names)
            symbols = {v: v if v in own else new for v, new in zip(values, fresh, strict=True)}
            found.append(_Called(Symbol(letter, real=True), symbols))
        return found

    def _has_name(self, value: Symbol, level: int) -> bool:
        """Whether a value stands at a level under the name that the person gave it."""
        return value in self.group and self.shown.get(value) == level

    def node(self, value: Symbol, level: int, below: _Called, here: _Called) -> Node:
        """The node of a value at a level: its operation, or an identity that carries it up."""
        symbol = here.symbols[value]
        if value not in self.bound:  # a constant component of the output
            return Node(symbol, IDENTITY, (dict(self.problem.definitions)[value],))
        if self.level.get(value) != level:
            return Node(symbol, IDENTITY, (below.symbols[value],))
        node = self.nodes[value]
        args = tuple(replace(argument, below.symbols) for argument in node.args)  # type: ignore
        return Node(symbol, node.operation, args)


def _without_repeats(graph: Graph, group: Mapping[Symbol, Defined]) -> dict[Symbol, Node]:
    """The nodes by name; a component that repeats another of the same vector is computed by
    the same operation once more, so that both stand in one layer."""
    nodes: dict[Symbol, Node] = {}
    for node in graph.nodes:
        source = node.args[0]
        if node.operation is IDENTITY and group[node.symbol] is group.get(source):  # type: ignore
            same = nodes[source]  # type: ignore[index]
            node = Node(node.symbol, same.operation, same.args)
        nodes[node.symbol] = node
    return nodes


def _definitions_of(
    graph: Graph, group: Mapping[Symbol, Defined]
) -> Iterator[tuple[Symbol, Defined]]:
    """For each node the vector in whose definition it stands: a definition ends with the node
    of its name."""
    waiting: list[Symbol] = []
    for node in graph.nodes:
        waiting.append(node.symbol)
        if node.symbol in group:
            yield from ((name, group[node.symbol]) for name in waiting)
            waiting.clear()
