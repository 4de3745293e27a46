"""Places at which an output exists and may have no derivative."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from mpmath import mp, mpf
from sympy import Eq
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.conditions.domain import Domain
from chainstep.conditions.needs import Nodes, Ranges, shifted
from chainstep.derivation import Condition
from chainstep.graph import Graph, Node
from chainstep.notation import ONE, ZERO, names_in
from chainstep.ranges import range_of
from chainstep.tape import Tape, evaluate

SAME = mpf(10) ** -6  # what slopes, and values, on both sides of a smooth place differ by
NEAR = mpf(10) ** -12  # how close to a kink the slopes on both sides are compared


def kinks_of(graph: Graph, domain: Domain) -> Iterator[Relational]:
    """The equations at whose solutions an operation has no derivative, in terms of the names
    that they hang on, within the domain."""
    nodes = domain.nodes
    given = {*graph.inputs, *nodes}
    for node in nodes.values():
        if node.operation.kinks is None:
            continue
        for relation in node.operation.kinks(*node.args):
            if names_in(relation).isdisjoint(given) or _never_meets(node, relation, domain.ranges):
                continue
            for place in _solved(relation, domain):
                if not domain.excludes(place):
                    yield place


def _solved(relation: Relational, domain: Domain) -> list[Relational]:
    """An equation solved for a name; as far as it can be followed where it cannot be solved."""
    solver = domain.solver
    if relation.lhs.is_number:
        relation = Eq(relation.rhs, relation.lhs, evaluate=False)
    solve = solver.solve(relation) if relation.rhs.is_number else solver.equal(*relation.args)
    points = solve[1].points if solve else None
    if points is None:
        return [shifted(_followed(relation, domain.nodes), domain.nodes)]
    return [Eq(solve[0], point, evaluate=False) for point in points]  # type: ignore[index]


def _never_meets(node: Node, relation: Relational, ranges: Ranges) -> bool:
    """Whether the argument keeps to one side, so that there is no kink: |x²|. A jump is there
    as well where the argument only touches it: sign(x²)."""
    values = range_of(relation.lhs, ranges)
    apart = values.never_zero or (values.one_sign and not node.operation.jumps)
    return relation.rhs is ZERO and apart


def _followed(relation: Relational, nodes: Nodes) -> Relational:
    """3x = 0 and x³ = 0 are x = 0."""
    while (
        relation.rhs is ZERO
        and (node := nodes.get(relation.lhs)) is not None
        and (operand := _zero_of(node)) is not None
    ):
        relation = Eq(operand, 0, evaluate=False)
    return relation


def _zero_of(node: Node) -> Basic | None:
    if node.operation.id == "scale" and node.args[0].is_Number and node.args[2] is ONE:
        return None if node.args[0] is ZERO else node.args[1]
    if node.operation.id in ("absolute-value", "sqrt", "root"):
        return node.args[0]
    if node.operation.id == "power" and node.args[1].is_positive:
        return node.args[0]
    return None


class Slopes:
    """What the output does at a place: the slopes on both sides decide."""

    def __init__(self, graph: Graph, result: Basic):
        self.graph = graph
        self.result = result
        self.alone = len(graph.inputs) == 1 and not graph.parameters and not graph.constants

    def condition(self, relation: Relational) -> Condition | None:
        """What is to be said of a place; nothing if the derivative is there, and right."""
        place = relation.rhs
        if not self.alone or relation.lhs not in self.graph.inputs or not place.is_number:
            return Condition("possible-kink", relation)
        with mp.workdps(50):
            at = evaluate(place)
            offsets = (-2 * NEAR, -NEAR, NEAR, 2 * NEAR, 0)
            *values, there = self._outputs([at + offset for offset in offsets])
            if not any(value is not None for value in (*values, there)):
                return None  # the output does not exist there
            if None in values:
                return Condition("possible-kink", relation)
            left, right = (values[1] - values[0]) / NEAR, (values[3] - values[2]) / NEAR
            jumps = there is None or abs(there - values[1]) > SAME
            smooth = abs(left - right) < SAME and abs(values[1] - values[2]) < SAME and not jumps
            used = evaluate(self.result, {self.graph.inputs[0]: at})
        if not smooth:
            return Condition("kink", relation, _integer(used))
        agrees = used is not None and abs(used - left) < SAME * max(1, abs(left))
        return None if agrees else Condition("exception", relation)

    @cached_property
    def _tape(self) -> Tape:
        tape = Tape()
        tape.cell(self.graph.inputs[0])
        for node in self.graph.nodes:
            tape.name(node.symbol, node.expression)
        return tape

    def _outputs(self, places: list[mpf]) -> list:
        """The output's values at several places of the input."""
        cells = self._tape.cells
        found = []
        for place in places:
            values = self._tape.blank()
            values[cells[self.graph.inputs[0]]] = place
            self._tape.run(values)
            found.append(values[cells[self.graph.outputs[0]]])
        return found


def _integer(value) -> str:
    """An integer as a text; other values are not worth a word."""
    return str(int(value)) if isinstance(value, mpf) and value == int(value) else ""
