"""What a derivation needs: what every operation asks for, in terms of earlier nodes, and
without what the values that a node can take settle."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from sympy import Abs, Eq, Ge, Gt, Le, Lt, Ne, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.errors import UndefinedConstant
from chainstep.graph import Graph, Node
from chainstep.notation import ONE, ZERO, extent, postorder
from chainstep.operations import BY_HEAD, BY_ID, Operation
from chainstep.operations.higher import away_from_poles
from chainstep.operations.row import nonzero, positive
from chainstep.ranges import Range, integer_of, range_of
from chainstep.tape import evaluate

Nodes = Mapping[Basic, Node]
Ranges = Mapping[Basic, Range]
MIRRORED = {Gt: Lt, Lt: Gt, Ge: Le, Le: Ge, Ne: Ne, Eq: Eq}
AT_BOUNDARY = {Gt: Ge, Lt: Le}
DEEPEST_ASSUMED = 20  # levels; sympy settles the sign of a part recursively


def outside_branches(graph: Graph) -> set[Symbol]:
    """The nodes that the output needs everywhere, not only in a branch of a case distinction:
    what a branch needs is the business of its condition."""
    reached: set[Symbol] = set(graph.outputs)
    for node in reversed(graph.nodes):
        if node.symbol in reached and node.operation.id != "piecewise":
            reached |= {edge.parent for edge in graph.edges[node.symbol]}
    return reached


def for_values(graph: Graph, everywhere: Collection[Symbol]) -> Iterator[Relational]:
    """What the value of a part needs that is not differentiated: one that does not vary, and
    the first condition of a case distinction. The others are met only where those before them
    are false."""
    nodes = {node.symbol: node for node in graph.nodes}
    trees = [value for _, value in graph.constants]
    for node in graph.nodes:
        if node.symbol in everywhere:
            cases = node.operation.id == "piecewise"
            parts = node.args[1:2] if cases else node.args
            trees += [part for part in parts if part.args and not part.is_number]
    while trees:
        for part in postorder(trees.pop()):
            if part in nodes:
                trees.append(nodes.pop(part).expression)  # type: ignore[call-overload]
            row = BY_HEAD.get(part.func)
            arguments = tuple(map(integer_of, part.args))
            if part.is_Pow:
                row = BY_ID["power" if arguments[1].is_Rational else "general-power"]
            for relation in row.requires(*arguments) if row else ():
                yield from _for_value(row, arguments, relation)  # type: ignore[arg-type]


def _for_value(
    row: Operation, arguments: tuple[Basic, ...], relation: Relational
) -> Iterator[Relational]:
    """What an operation needs for its value is less than for its derivative, where it has a
    value at the boundary: sqrt(0)."""
    left, right = relation.args
    place = left.args[0] if isinstance(left, Abs) else left
    boundary = [right if argument == place else argument for argument in arguments]
    if place not in arguments or evaluate(row.build(*boundary)) is None:
        yield relation
    elif not isinstance(relation, Ne):
        kind = AT_BOUNDARY.get(type(relation), type(relation))
        yield kind(left, right, evaluate=False)


# --- Following a relation down the graph --------------------------------------------------


def plain(
    relation: Relational,
    nodes: Mapping[Basic, Node],
    ranges: Mapping[Basic, Range],
    seen: set[Relational],
) -> list[Relational]:
    """The same need in terms of earlier nodes; nothing where it is always met, or was `seen`:
    in a chain of n roots each leads to all those below it."""
    found = []
    stack = [relation]
    while stack:
        relation = stack.pop()
        if relation in seen or is_settled(relation, ranges):
            continue
        seen.add(relation)
        if isinstance(relation, Gt) and relation.rhs is ZERO:
            known = ranges.get(relation.lhs)
            if known and known.low == 0 < known.high:
                relation = Ne(*relation.args, evaluate=False)
        if relation.lhs.is_number and relation.rhs.is_number and evaluate(relation) is False:
            raise UndefinedConstant(f"there is no real derivative: it would need {relation}")
        node = nodes.get(relation.lhs)
        follow = FOLLOW.get((type(relation), node.operation.id)) if node else None
        followed = follow(*node.args) if node and follow and relation.rhs is ZERO else None
        if followed is None:
            moved = shifted(relation, nodes)
            followed = [] if moved is relation else [moved]
            found += [] if followed else [relation]
        stack += reversed(followed)
    return found


def plain_constant(relation: Relational) -> Iterator[Relational]:
    """The same need of a part that is no node; nothing where all real numbers meet it."""
    left, right = relation.args
    if right is not ZERO or not left.args or extent(left)[1] > DEEPEST_ASSUMED:
        yield relation
    elif isinstance(relation, Ne) and (left.is_Mul or (left.is_Pow and left.args[1].is_positive)):
        for part in left.args if left.is_Mul else left.args[:1]:
            for plain in nonzero(part):
                yield from plain_constant(plain)
    else:
        holds = {Ne: "is_nonzero", Gt: "is_positive", Ge: "is_nonnegative"}.get(type(relation))
        if not holds or not getattr(left, holds):
            yield relation


def is_settled(relation: Relational, ranges: Mapping[Basic, Range]) -> bool:
    """Whether a relation always holds."""
    left, right = relation.args
    if left.is_Symbol and left not in ranges:
        return False
    argument = away_from_poles(relation)
    if argument is not None:
        return range_of(argument, ranges).positive
    if isinstance(left, Abs):
        inner = range_of(left.args[0], ranges)
        return isinstance(relation, Lt) and inner.low > -right and inner.high < right
    values = range_of(left, ranges)
    bound = 0 if right is ZERO else right  # numbers of Python are compared far faster
    if isinstance(relation, Ne):
        return values.never_zero and bound == 0
    if isinstance(relation, Gt):
        return values.low > bound or (bound == 0 and values.positive)
    return isinstance(relation, Ge) and values.low >= bound


def _negative(u: Basic) -> list[Relational]:
    return [Lt(u, 0, evaluate=False)]


def _follow_multiple(c: Basic, u: Basic, after: Basic = ONE) -> list[Relational] | None:
    if not c.is_Number or c is ZERO or after is not ONE:
        return None
    return list(positive(u)) if c.is_positive else _negative(u)


def _follow_positive_power(base: Basic, exponent: Basic) -> list[Relational] | None:
    if not exponent.is_Integer:
        return list(positive(base))
    return list(nonzero(base) if exponent.is_even else positive(base))


def _all_nonzero(*factors: Basic) -> list[Relational] | None:
    if ZERO in factors:
        return None
    return [r for factor in factors if not factor.is_Number for r in nonzero(factor)]


def _nonzero_operand(operand: Basic, *others: Basic) -> list[Relational]:
    return list(nonzero(operand))


def _positive_operand(operand: Basic, *others: Basic) -> list[Relational]:
    return list(positive(operand))


FOLLOW: dict[tuple[type, str], Callable[..., list[Relational] | None]] = {
    **dict.fromkeys(((Ne, id) for id in ("scale", "product")), _all_nonzero),
    **dict.fromkeys(
        ((Ne, id) for id in ("power", "sqrt", "root", "absolute-value", "quotient")),
        _nonzero_operand,
    ),
    (Gt, "power"): _follow_positive_power,
    (Gt, "scale"): _follow_multiple,
    (Gt, "sqrt"): _positive_operand,
    (Gt, "root"): _positive_operand,
    (Gt, "absolute-value"): _nonzero_operand,
    (Gt, "reciprocal"): _follow_multiple,
}


def shifted(relation: Relational, nodes: Mapping[Basic, Node]) -> Relational:
    """u ≠ 0 with u = x − 2 is x ≠ 2."""
    node = nodes.get(relation.lhs)
    if node is None or node.operation.id != "sum" or type(relation) not in MIRRORED:
        return relation
    terms = [node.args[i : i + 3] for i in range(0, len(node.args), 3)]
    constants = [before for before, operand, _ in terms if operand is ONE]
    multiples = [term for term in terms if term[1] is not ONE]
    if len(multiples) != 1 or len(constants) != 1 or not constants[0].is_Number:
        return relation
    coefficient, operand, after = multiples[0]
    if not coefficient.is_Number or coefficient is ZERO or after is not ONE:
        return relation
    turned = coefficient.is_negative
    kind = MIRRORED[type(relation)] if turned else type(relation)
    return kind(operand, (relation.rhs - constants[0]) / coefficient, evaluate=False)
