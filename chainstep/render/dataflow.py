"""What a picture of the graph shows: the values on the way up, the derivatives on the way down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sympy.core.basic import Basic

from chainstep.derivation import Derivation
from chainstep.errors import UnsupportedExpression
from chainstep.notation import names_in
from chainstep.render.unicode_math import one_line
from chainstep.render.writing import write


@dataclass(frozen=True)
class Vertex:
    """A value: its name and its definition, u₁ = x².

    `kind` is "input", "constant", "node", or "output" for the value at the top.
    """

    symbol: Basic
    name: str
    label: str
    kind: str


@dataclass(frozen=True)
class Arrow:
    """One use of `parent` by `child`, with the local derivative, du₂/du₁ = cos(u₁).

    A constant that is used has no derivative: its label is empty.
    """

    parent: Basic
    child: Basic
    label: str


@dataclass(frozen=True)
class Dataflow:
    """All vertices, those first that others are computed from, and the arrows between them.

    `top` is the symbol of the output.
    """

    vertices: tuple[Vertex, ...]
    arrows: tuple[Arrow, ...]
    top: Basic


def dataflow(derivation: Derivation) -> Dataflow:
    """The vertices and arrows of a derivation's graph.

    Raises UnsupportedExpression for a graph of several outputs, or of sums over an index.

    >>> from chainstep import derive
    >>> flow = dataflow(derive("sin(x^2)"))
    >>> [vertex.label for vertex in flow.vertices]
    ['x', 'u₁ = x²', 'y = u₂ = sin(u₁)']
    >>> [arrow.label for arrow in flow.arrows]
    ['du₁/dx = 2x', 'du₂/du₁ = cos(u₁)']
    """
    graph, drawing = derivation.graph, _Drawing(derivation)
    drawn = {*graph.inputs, *(node.symbol for node in graph.nodes)}
    edges = [local.edge for local in derivation.local_derivatives]
    if len(graph.outputs) > 1 or any({e.parent, e.child} - drawn for e in edges):
        raise UnsupportedExpression(
            "this graph cannot be drawn: it has several outputs, or sums over an index",
            hint="ask for one component at a time, without an index",
        )
    vertices = [drawing.vertex(symbol, None, "input") for symbol in graph.inputs]
    vertices += [drawing.vertex(*constant, "constant") for constant in graph.constants]
    vertices += [drawing.vertex(node.symbol, node.expression, "node") for node in graph.nodes]
    if not any(vertex.kind == "output" for vertex in vertices):  # it depends on no input
        vertices.append(drawing.vertex(derivation.output, derivation.read_as, "output"))
    return Dataflow(tuple(vertices), tuple(drawing.arrows()), drawing.top)


@dataclass(frozen=True)
class _Drawing:
    derivation: Derivation

    @property
    def top(self) -> Basic:
        outputs = self.derivation.graph.outputs
        return outputs[0] if outputs else self.derivation.output

    def write(self, expr: Basic) -> str:
        return one_line(write(expr, self.derivation.decimals))

    def vertex(self, symbol: Basic, definition: Basic | None, kind: str) -> Vertex:
        """The last intermediate also says that it is the output: y = u₂ = sin(u₁)."""
        sides = [symbol] if definition is None else [symbol, definition]
        if symbol == self.top:
            kind = "output"
            if symbol != self.derivation.output:
                sides.insert(0, self.derivation.output)
        return Vertex(symbol, self.write(symbol), " = ".join(map(self.write, sides)), kind)

    def arrows(self) -> Iterator[Arrow]:
        """The edges in the order of the nodes, and the uses of constants."""
        for local in self.derivation.local_derivatives:
            label = f"{self.write(local.symbol)} = {self.write(local.value)}"
            yield Arrow(local.edge.parent, local.edge.child, label)
        for child, definition in self.definitions():
            for constant in self.constants_in(definition):
                yield Arrow(constant, child, "")

    def definitions(self) -> Iterator[tuple[Basic, Basic]]:
        """Everything in which a constant may stand."""
        graph = self.derivation.graph
        yield from graph.constants
        yield from ((node.symbol, node.expression) for node in graph.nodes)
        if not graph.outputs and self.derivation.read_as is not None:
            yield self.derivation.output, self.derivation.read_as

    @cached_property
    def places(self) -> dict[Basic, int]:
        """The constants, numbered."""
        return {name: place for place, (name, _) in enumerate(self.derivation.graph.constants)}

    def constants_in(self, definition: Basic) -> list[Basic]:
        return sorted(names_in(definition) & self.places.keys(), key=self.places.__getitem__)
