"""Where a derivation holds, in as few and as plain relations as possible.

Every operation says what it needs (a denominator that is not 0). Here these needs are
followed down the graph (u₃ > 0 with u₃ = u₂² means u₂ ≠ 0), and dropped where the values
that a node can take settle them (1 + exp(−x) is never 0).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from mpmath import mp, mpf
from sympy import Abs, Eq, Ge, Gt, Le, Lt, Ne, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.derivation import Condition
from chainstep.errors import UndefinedConstant
from chainstep.graph import Graph, Node
from chainstep.notation import ONE, ZERO, extent, names_in, postorder, replace
from chainstep.operations import BY_HEAD, BY_ID, Operation
from chainstep.operations.row import nonzero, positive
from chainstep.ranges import Range, integer_of, range_of, ranges_of, with_integers
from chainstep.tape import Tape, evaluate

MIRRORED = {Gt: Lt, Lt: Gt, Ge: Le, Le: Ge, Ne: Ne, Eq: Eq}
AT_BOUNDARY = {Gt: Ge, Lt: Le}
STRICT = {Ge: Gt, Le: Lt}
DEEPEST_ASSUMED = 20  # levels; sympy settles the sign of a part recursively
LONGEST = 200  # symbols; a longer condition stays in named quantities
SAME = mpf(10) ** -6  # what slopes, and values, on both sides of a smooth place differ by
NEAR = mpf(10) ** -12  # how close to a kink the slopes on both sides are compared


def conditions_of(graph: Graph, result: Basic) -> tuple[Condition, ...]:
    """The relations that must hold, then the places without a derivative."""
    nodes = {node.symbol: with_integers(node) for node in graph.nodes}
    everywhere = _outside_branches(graph)
    for_values = list(_for_values(graph, everywhere))
    operations = ((node.operation, node.args) for node in nodes.values())
    if not for_values and not any(row.kinks or row.requires(*args) for row, args in operations):
        return ()
    ranges = ranges_of(graph)
    needed: dict[Relational, None] = {}
    seen: set[Relational] = set()
    kinks: dict[Relational, None] = {}
    varying = {*graph.inputs, *nodes}
    for node in nodes.values():
        if node.symbol in everywhere:
            for relation in node.operation.requires(*node.args):
                needed.update(dict.fromkeys(_plain(relation, nodes, ranges, seen)))
        for relation in node.operation.kinks(*node.args) if node.operation.kinks else ():
            if not (names_in(relation).isdisjoint(varying) or _never_meets(node, relation, ranges)):
                kinks[_shifted(_followed_kink(relation, nodes), nodes)] = None
    for relation in for_values:
        for plain in _plain_constant(relation):
            needed.update(dict.fromkeys(_plain(plain, nodes, ranges, seen)))
    expanded = _expanded(graph) if needed or kinks else {}
    domain = [Condition("domain", replace(r, expanded)) for r in without_implied(needed)]
    excluded = {r.args for r in needed if isinstance(r, Ne | Gt | Lt)}
    places = [
        _kink(graph, replace(relation, expanded), result)
        for relation in kinks
        if relation.args not in excluded
    ]
    return tuple(dict.fromkeys([*domain, *(place for place in places if place is not None)]))


def _outside_branches(graph: Graph) -> set[Symbol]:
    """The nodes that the output needs everywhere, not only in a branch of a case distinction:
    what a branch needs is the business of its condition."""
    reached = set(graph.outputs)
    for node in reversed(graph.nodes):
        if node.symbol in reached and node.operation.id != "piecewise":
            reached |= {edge.parent for edge in graph.edges[node.symbol]}
    return reached


def _for_values(graph: Graph, everywhere: Collection[Symbol]) -> Iterator[Relational]:
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


def _plain(
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
        if relation in seen or _settled(relation, ranges):
            continue
        seen.add(relation)
        if relation.lhs.is_number and relation.rhs.is_number and evaluate(relation) is False:
            raise UndefinedConstant(f"there is no real derivative: it would need {relation}")
        node = nodes.get(relation.lhs)
        follow = FOLLOW.get((type(relation), node.operation.id)) if node else None
        followed = follow(*node.args) if node and follow and relation.rhs is ZERO else None
        if followed is None:
            shifted = _shifted(relation, nodes)
            followed = [] if shifted is relation else [shifted]
            found += [] if followed else [relation]
        stack += reversed(followed)
    return found


def _plain_constant(relation: Relational) -> Iterator[Relational]:
    """The same need of a part that is no node; nothing where all real numbers meet it."""
    left, right = relation.args
    if right is not ZERO or not left.args or extent(left)[1] > DEEPEST_ASSUMED:
        yield relation
    elif isinstance(relation, Ne) and (left.is_Mul or (left.is_Pow and left.args[1].is_positive)):
        for part in left.args if left.is_Mul else left.args[:1]:
            for plain in nonzero(part):
                yield from _plain_constant(plain)
    else:
        holds = {Ne: "is_nonzero", Gt: "is_positive", Ge: "is_nonnegative"}.get(type(relation))
        if not holds or not getattr(left, holds):
            yield relation


def _settled(relation: Relational, ranges: Mapping[Basic, Range]) -> bool:
    """Whether a relation always holds."""
    left, right = relation.lhs, relation.rhs
    if isinstance(left, Abs):
        inner = range_of(left.args[0], ranges)
        return isinstance(relation, Lt) and inner.low > -right and inner.high < right
    values = range_of(left, ranges)
    if isinstance(relation, Ne):
        return values.never_zero and right is ZERO
    if isinstance(relation, Gt):
        return values.low > right or (right is ZERO and values.positive)
    return isinstance(relation, Ge) and values.low >= right


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


FOLLOW: dict[tuple[type, str], Callable[..., list[Relational] | None]] = {
    (Ne, "power"): lambda base, exponent: list(nonzero(base)),
    (Ne, "scale"): _all_nonzero,
    (Ne, "product"): _all_nonzero,
    (Ne, "sqrt"): lambda u: list(nonzero(u)),
    (Ne, "root"): lambda u, degree: list(nonzero(u)),
    (Ne, "absolute-value"): lambda u: list(nonzero(u)),
    (Ne, "quotient"): lambda a, b: list(nonzero(a)),
    (Gt, "power"): _follow_positive_power,
    (Gt, "scale"): _follow_multiple,
    (Gt, "sqrt"): lambda u: list(positive(u)),
    (Gt, "root"): lambda u, degree: list(positive(u)),
    (Gt, "absolute-value"): lambda u: list(nonzero(u)),
    (Gt, "reciprocal"): _follow_multiple,
}


def _shifted(relation: Relational, nodes: Mapping[Basic, Node]) -> Relational:
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


def without_implied(relations: Mapping[Relational, None]) -> list[Relational]:
    """x ≠ 0 and x ≥ 0 say nothing new beside x > 0, and together they say it."""
    unequal = {r.args for r in relations if isinstance(r, Ne)}
    stronger = [
        STRICT[type(r)](*r.args, evaluate=False) if type(r) in STRICT and r.args in unequal else r
        for r in relations
    ]
    strict = {r.args for r in stronger if isinstance(r, Gt | Lt)}
    kept = (r for r in stronger if isinstance(r, Gt | Lt) or r.args not in strict)
    return list(dict.fromkeys(kept))


def _expanded(graph: Graph) -> dict[Basic, Basic]:
    """Every node in terms of the inputs alone, as long as it stays readable."""
    extents: dict[Basic, tuple[int, int]] = {}
    expanded: dict[Basic, Basic] = {}
    for node in graph.nodes:
        extents[node.symbol] = extent(node.expression, extents)
        if extents[node.symbol][0] <= LONGEST:
            expanded[node.symbol] = replace(node.expression, expanded)
    return expanded


# --- Kinks --------------------------------------------------------------------------------


def _never_meets(node: Node, relation: Relational, ranges: Mapping[Basic, Range]) -> bool:
    """Whether the argument keeps to one side, so that there is no kink: |x²|. A jump is there
    as well where the argument only touches it: sign(x²)."""
    values = range_of(relation.lhs, ranges)
    apart = values.never_zero if node.operation.jumps else values.one_sign
    return relation.rhs is ZERO and apart


def _followed_kink(relation: Relational, nodes: Mapping[Basic, Node]) -> Relational:
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


def _kink(graph: Graph, relation: Relational, result: Basic) -> Condition | None:
    """A place without a derivative; if it is a number, the slopes on both sides decide."""
    place = relation.rhs
    alone = len(graph.inputs) == 1 and not graph.parameters and not graph.constants
    if not alone or relation.lhs not in graph.inputs or not place.is_number:
        return Condition("possible-kink", relation)
    with mp.workdps(50):
        at = evaluate(place)
        offsets = (-2 * NEAR, -NEAR, NEAR, 2 * NEAR, 0)
        *values, there = _outputs(graph, [at + offset for offset in offsets])
        if not any(value is not None for value in (*values, there)):
            return None  # the output does not exist there
        if None in values:
            return Condition("possible-kink", relation)
        left, right = (values[1] - values[0]) / NEAR, (values[3] - values[2]) / NEAR
        jumps = there is None or abs(there - values[1]) > SAME
        smooth = abs(left - right) < SAME and abs(values[1] - values[2]) < SAME and not jumps
        used = evaluate(result, {graph.inputs[0]: at})
    if not smooth:
        return Condition("kink", relation, _integer(used))
    agrees = used is not None and abs(used - left) < SAME * max(1, abs(left))
    return None if agrees else Condition("possible-kink", relation)


def _outputs(graph: Graph, places: list[mpf]) -> list:
    """The output's values at several places of the input."""
    tape = Tape()
    (start,) = (tape.cell(symbol) for symbol in graph.inputs)
    for node in graph.nodes:
        tape.name(node.symbol, node.expression)
    found = []
    for place in places:
        values = tape.blank()
        values[start] = place
        tape.run(values)
        found.append(values[tape.cells[graph.outputs[0]]])
    return found


def _integer(value) -> str:
    """An integer as a text; other values are not worth a word."""
    return str(int(value)) if isinstance(value, mpf) and value == int(value) else ""
