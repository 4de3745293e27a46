"""Step 1: one operation per intermediate, vectors as a whole; inside a sum one for each index."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import (
    Dot,
    Element,
    IndexedSum,
    MatrixProduct,
    Quantity,
    Sized,
    Sizes,
    Total,
    shape_of,
)
from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.errors import LimitExceeded, UnsupportedExpression
from chainstep.graph import Edge, Node
from chainstep.notation import ONE, mul, postorder, replace
from chainstep.operations import BY_HEAD, SHAPES
from chainstep.vectors.entries import circled, entry
from chainstep.vectors.indexes import array_of
from chainstep.vectors.problem import Problem
from chainstep.vectors.rules import Match, match

MOST_NODES = 60  # every line is checked at many points


@dataclass(frozen=True)
class VectorGraph:
    """Nodes in topological order; those of a sum have an index. `constants` are definitions
    that do not depend on a variable, and `output` is a node, or a variable itself."""

    variables: tuple[Symbol, ...]
    nodes: tuple[Node, ...]
    output: Symbol
    constants: tuple[tuple[Symbol, Basic], ...]

    @cached_property
    def edges(self) -> dict[Symbol, tuple[Edge, ...]]:
        """For each node its varying operands, in the order of its slots."""
        bound = {node.symbol for node in self.nodes}
        return {node.symbol: _edges(node, self.variables, bound) for node in self.nodes}

    @cached_property
    def node(self) -> dict[Symbol, Node]:
        return {node.symbol: node for node in self.nodes}

    @cached_property
    def definitions(self) -> dict[Basic, Basic]:
        """What each name stands for."""
        found: dict[Basic, Basic] = dict(self.constants)
        return found | {node.symbol: node.expression for node in self.nodes}


def _edges(node: Node, variables: tuple[Symbol, ...], bound: set[Symbol]) -> tuple[Edge, ...]:
    slots = [
        (slot, argument)
        for slot, argument in enumerate(node.args)
        if argument in bound or is_use(argument, variables)
    ]
    uses = Counter(parent for _, parent in slots)
    seen: Counter[Basic] = Counter()
    edges = []
    for slot, parent in slots:
        seen[parent] += 1
        place = seen[parent] if uses[parent] > 1 else 0
        edges.append(Edge(node.symbol, slot, parent, place))  # type: ignore[arg-type]
    return tuple(edges)


def is_use(leaf: Basic, variables: tuple[Symbol, ...]) -> bool:
    """Whether a name is a variable, or an element of the same array as one."""
    return any(leaf == v or array_of(leaf) == array_of(v) for v in variables)


def introduce(problem: Problem) -> VectorGraph:
    """The graph of the definitions. The output keeps its name; a dot product alone is taken
    apart into a product entry by entry and the sum of its entries.

    >>> from chainstep.vectors.problem import pose
    >>> graph = introduce(pose("dot(w, x)", "w", ["w", "x"]))
    >>> [str(node.expression) for node in graph.nodes]
    ['w*x', 'Total(u1)']
    """
    builder = _Builder(problem)
    for name, tree in problem.definitions:
        alone = name == problem.output and isinstance(tree, Dot)
        builder.define(name, Total(mul(*tree.args)) if alone else tree)
    output = builder.stands_for.get(problem.output, problem.output)
    if output not in {node.symbol for node in builder.nodes} and output not in problem.variables:
        name, wrt = problem.output, ", ".join(map(str, problem.variables))
        raise UnsupportedExpression(f"{name} does not depend on {wrt}")
    return VectorGraph(
        problem.variables,
        tuple(builder.nodes),
        output,  # type: ignore[arg-type]
        tuple(builder.constants),
    )


class _Builder:
    """The nodes so far, and for every varying subtree the name that stands for it."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.nodes: list[Node] = []
        self.constants: list[tuple[Symbol, Basic]] = []
        self.stands_for: dict[Basic, Basic] = {}
        self.varying: set[Basic] = set()
        self.count = 0
        self.bound: tuple[Symbol, Basic] | None = None

    def define(self, name: Symbol, tree: Basic) -> None:
        tree = replace(tree, self.aliases)
        if not self.varies(tree):
            self.constants.append((name, tree))
        elif tree.is_Symbol:
            self.stands_for[name] = tree
        else:
            self.stands_for[tree] = self.node_of(tree, name)

    @property
    def aliases(self) -> dict[Basic, Basic]:
        return {name: one for name, one in self.stands_for.items() if name.is_Symbol}

    def varies(self, tree: Basic) -> bool:
        return any(
            leaf in self.varying
            or array_of(leaf) in self.varying
            or is_use(leaf, self.problem.variables)
            for leaf in postorder(tree)
            if leaf.is_Symbol
        )

    def operand(self, tree: Basic) -> Basic:
        """The name of a varying operand, and anything else as it is."""
        if tree.is_Symbol or not self.varies(tree):
            return tree
        if tree not in self.stands_for:
            self.stands_for[tree] = self.node_of(tree)
        return self.stands_for[tree]

    def node_of(self, tree: Basic, name: Symbol | None = None) -> Symbol:
        operation, operands = self.matched(tree)
        if isinstance(tree, MatrixProduct):
            operands = operands[0], self.given(operands[1])
        if isinstance(tree, IndexedSum):
            self.bound = tree.args[1], tree.args[2]  # type: ignore[assignment]
            args = tuple(map(self.operand, operands))
            self.bound = None
        else:
            args = tuple(map(self.operand, operands))
        if name is None:
            name = self.fresh(shape_of(operation.build(*args)))
        self.varying.add(name)
        self.nodes.append(Node(name, operation, args))
        if len(self.nodes) > MOST_NODES:
            message = f"more than {MOST_NODES} operations on vectors"
            raise LimitExceeded(message, hint="split it into smaller texts")
        return name

    def given(self, vector: Basic) -> Basic:
        """What a matrix is multiplied by, with a name where it is given and its entries, as those
        of B x, have none."""
        if self.varies(vector) or entry(vector):
            return vector
        if self.bound is not None:
            message = "the derivative by a matrix that stands in a sum over vectors is not known"
            raise UnsupportedExpression(message, hint="leave out the sum")
        if vector not in self.stands_for:
            self.stands_for[vector] = name = self.fresh(shape_of(vector))
            self.constants.append((name, vector))
        return self.stands_for[vector]

    def matched(self, tree: Basic) -> Match:
        found = match(tree)
        if found:
            return found
        row = BY_HEAD.get(tree.func)
        if row is not None:
            return row, tree.args
        for row in SHAPES:
            operands = row.match(tree, self.varies) if row.match else None
            if operands is not None:
                return row, operands
        raise UnsupportedExpression(f"{tree.func.__name__} has no place in a derivation")

    def fresh(self, shape: tuple[Basic, ...]) -> Symbol:
        self.count += 1
        name = f"{self.problem.letter}{self.count}"
        if self.bound is None:
            return Quantity(name, shape) if shape else Symbol(name, real=True)
        index, last = self.bound
        return Element(Quantity(name, (last, *shape) if shape else (last, ONE)), index)


def sized(tree: Basic, like: Basic | None = None) -> Basic:
    """A vector or matrix with its size beside it; a number as it is."""
    shape = shape_of(tree if like is None else like)
    return Sized(tree, Sizes(*shape)) if shape else tree


def introduction(graph: VectorGraph, output: Symbol) -> Step:
    """The equations of step 1, each with the shape of what it defines."""
    equations = [Equation(name, (sized(circled(tree), name),)) for name, tree in graph.constants]
    for node in graph.nodes:
        tree = sized(circled(node.expression), node.symbol)
        equations.append(Equation(node.symbol, (tree,), node.operation.law))
    if graph.output != output:
        equations.append(Equation(output, (sized(graph.output),)))
    return Step("introduce", STEP_TITLES["introduce"], tuple(equations))
