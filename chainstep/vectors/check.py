"""Every line read back as numbers, all entries, with random vectors of several lengths.

Derivatives come from difference quotients: those by a variable of the expressions as they were
read, those by an intermediate of the operations behind it. No Jacobian vouches for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from random import Random

from mpmath import mp, mpf
from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import Diagonal, Element, Entries, IndexedSum, Quantity
from chainstep.derivation import Equation, Step, Verdict
from chainstep.errors import FalseLine
from chainstep.graph import Node
from chainstep.notation import ONE, DerivativeSymbol
from chainstep.program import DIGITS, PRECISIONS
from chainstep.vectors.combine import Combination
from chainstep.vectors.compute import Local
from chainstep.vectors.indexes import array_of, at_index, index_of
from chainstep.vectors.introduce import VectorGraph
from chainstep.vectors.numbers import (
    Names,
    NoValueError,
    ShapeError,
    Value,
    Values,
    flat,
    shape,
    spread,
)
from chainstep.vectors.points import open_lengths, random_point
from chainstep.vectors.problem import Problem

LENGTHS = (1, 2, 3, 5)
POINTS = 3  # for each choice of lengths
POINTS_WITH_CASES = 8  # a case distinction has to be met in each of its cases
CANDIDATES = 120  # tried for each choice
TOLERANCE = mpf(10) ** -DIGITS
NOISE = mpf(10) ** -36  # below which there is nothing left to compare


def check(
    problem: Problem,
    graph: VectorGraph,
    locals: Sequence[Local],
    combination: Combination,
    steps: Sequence[Step],
) -> Verdict:
    """Compare all sides of every equation, entry by entry.

    Returns what was found; raises FalseLine if a line does not hold.
    """
    equations = [equation for step in steps for equation in step.equations]
    sizes = open_lengths(problem)
    kinks = any(node.operation.kinks for node in graph.nodes)
    enough = POINTS_WITH_CASES if kinks else POINTS
    random = Random(1)
    points = 0
    for trial in range(len(LENGTHS) if sizes else 1):
        chosen = (LENGTHS[(trial + position) % len(LENGTHS)] for position in range(len(sizes)))
        lengths = dict(zip(sizes, chosen, strict=True))
        found = 0
        for candidate in range(CANDIDATES):
            seed = random.getrandbits(64)
            names = partial(_names, problem, lengths, seed, candidate)
            world = partial(_World, problem, graph, locals, combination)
            found += _holds_at(names, world, equations)
            if found == enough:
                break
        if not found:
            reason = "no real point was found at which every line can be computed"
            return Verdict("unverified", 0, 0, DIGITS, reason)
        points += found
    return Verdict("verified", len(equations), points, DIGITS, lengths=LENGTHS if sizes else ())


def _names(problem: Problem, lengths: dict, seed: int, candidate: int) -> Names:
    """The same values at every precision."""
    return random_point(problem, lengths, Random(seed), candidate)


def _holds_at(
    names: Callable[[], Names], world: Callable[..., _World], equations: Sequence[Equation]
) -> bool:
    """Whether a point is in the domain; raises FalseLine if a line does not hold there."""
    false: Equation | None = None
    for digits, step in PRECISIONS:
        with mp.workdps(digits):
            try:
                false = world(names(), step).first_false(equations)
            except NoValueError:
                return False
        if false is None:
            return True
    raise FalseLine(f"the line for {false.left} does not hold")  # type: ignore[union-attr]


@dataclass
class _World:
    """All names at one point; `values` are those of the expressions as they were read, and of
    the nodes."""

    problem: Problem
    graph: VectorGraph
    locals: Sequence[Local]
    combination: Combination
    given: Names
    step: mpf
    values: Values = field(init=False)
    by_symbol: dict[DerivativeSymbol, Local] = field(init=False)
    known: dict = field(default_factory=dict)

    def first_false(self, equations: Sequence[Equation]) -> Equation | None:
        """The first equation that does not hold. Raises NoValueError outside the domain."""
        names = self.forward({}) | self.read(self.given)
        self.values = Values(names, self.derivative)
        self.refuse_kinks()
        for name, tree in self.combination.totals.items():
            if isinstance(name, Quantity):
                names[name] = tuple((v,) for v in flat(self.values.of(tree)))
        return next((equation for equation in equations if not self.holds(equation)), None)

    def refuse_kinks(self) -> None:
        """Raise NoValueError at a point where a node has no derivative: at relu(0), where a
        difference quotient says nothing."""
        for node in self.graph.nodes:
            for relation in node.operation.kinks(*node.args) if node.operation.kinks else ():
                index = index_of(node.symbol)
                last = len(self.values.names[array_of(node.symbol)]) if index else 1
                for place in range(1, last + 1):
                    values = Values(self.values.names, at={index: place} if index else {})
                    first, second = map(values.of, relation.args)
                    longest = max(len(flat(first)), len(flat(second)))
                    pairs = zip(spread(first, longest), spread(second, longest), strict=True)
                    if any(a == b for a, b in pairs):
                        raise NoValueError

    def read(self, given: Names) -> Names:
        """The values of the definitions as they were read."""
        values = Values(dict(given))
        for name, tree in self.problem.definitions:
            values.names[name] = values.of(tree)  # type: ignore[index]
        return dict(values.names)

    def forward(self, changed: Names) -> Names:
        """The values of all nodes, where some names have other values."""
        names = self.given | changed
        values = Values(names)
        for name, tree in self.graph.constants:
            names[name] = values.of(tree)
        for node in self.graph.nodes:
            array = array_of(node.symbol)
            if array not in changed:
                names[array] = self.computed(node, names)
        return names

    def computed(self, node: Node, names: Names) -> Value:
        index = index_of(node.symbol)
        if index is None:
            return Values(names).of(node.expression)
        last = int(Values(names).of(array_of(node.symbol).shape[0]))  # type: ignore[attr-defined]
        found = [Values(names, at={index: i + 1}).of(node.expression) for i in range(last)]
        return tuple(v if isinstance(v, tuple) else (v,) for v in found)

    def __post_init__(self) -> None:
        self.by_symbol = {local.symbol: local for local in self.locals}

    # Lines

    def holds(self, equation: Equation) -> bool:
        sides = (equation.left, *equation.rights)
        ranges = _free(sides)
        spans = [range(1, self.span(leaf, place) + 1) for leaf, place in ranges.values()]
        for places in product(*spans):
            at = dict(zip(ranges, places, strict=True))
            try:
                values = [Values(self.values.names, self.derivative, at).of(s) for s in sides]
                if not self.has_those_sizes(equation):
                    return False
            except ShapeError:
                return False
            if not all(_same(values[0], value) for value in values[1:]):
                return False
        return True

    def has_those_sizes(self, equation: Equation) -> bool:
        """Whether a line of shapes is true of the matrices it speaks of."""
        for trees in self.combination.factors.get(equation, ()):
            at = dict.fromkeys(_free(trees), 1)
            values = Values(self.values.names, self.derivative, at)
            sizes = [side for tree in (equation.left, *equation.rights) for side in tree.args]
            stated = list(map(values.length, sizes))
            if stated != [side for tree in trees for side in shape(values.of(tree))]:
                return False
        return True

    def span(self, leaf: Element, place: int) -> int:
        value = self.values.names[leaf.array]
        return len(value[0] if place else value)

    # Derivatives

    def derivative(self, symbol: DerivativeSymbol, values: Values) -> Value:
        indexes = _indexes(symbol)
        key = symbol, tuple(values.at.get(index) for index in indexes)
        if key not in self.known:
            self.known[key] = self.difference(symbol, dict(values.at))
        return self.known[key]

    def difference(self, symbol: DerivativeSymbol, at: dict) -> Value:
        of, wrt = symbol.of, symbol.wrt
        total = of in (self.problem.output, self.graph.output) and not symbol.partial
        array = array_of(wrt)
        if total and array in self.given:
            return self.quotients(lambda names: self.read(self.moved(names, array))[of], wrt, at)
        if total:
            output = self.graph.output
            return self.quotients(
                lambda names: self.forward({array: names[array]})[output], wrt, at
            )
        for node in self.graph.nodes:
            own, here = index_of(node.symbol), index_of(of)
            if own and here and own != here and array_of(node.symbol) == array_of(of):
                return self.difference(at_index(symbol, here, own), at | {own: at[here]})  # type: ignore[arg-type]
        local = self.local(symbol)
        node, slot = self.graph.node[local.edge.child], local.edge.slot
        probe = Quantity("probe", getattr(array_of(local.edge.parent), "shape", ()))
        argument = local.edge.parent
        where = Element(probe, *argument.indexes) if isinstance(argument, Element) else probe
        args = [where if i == slot else a for i, a in enumerate(node.args)]
        tree = node.operation.build(*args)
        entry = of if of != node.symbol else None

        def changed(names: Names) -> Value:
            moved = names[array_of(argument)]
            value = Values(dict(self.values.names) | {probe: moved}, at=at).of(tree)
            if entry is None:
                return value
            return value[at[entry.indexes[0]] - 1][0]  # type: ignore[attr-defined]

        return self.quotients(changed, wrt, at)

    def moved(self, names: Names, array: Basic) -> Names:
        return self.given | {array: names[array]}

    def local(self, symbol: DerivativeSymbol) -> Local:
        """The local derivative of that name, or of the matrix whose entry it is."""
        if symbol in self.by_symbol:
            return self.by_symbol[symbol]
        return next(
            local
            for local in self.locals
            if local.edge.child in (array_of(symbol.of), symbol.of)
            and array_of(local.edge.parent) == array_of(symbol.wrt)
        )

    def quotients(self, function: Callable[[Names], Value], wrt: Basic, at: dict) -> Value:
        """The difference quotients by every entry of a name, rows as in the function."""
        array = array_of(wrt)
        here = self.values.names[array]
        places = [at[index] - 1 for index in getattr(wrt, "indexes", ())]
        entries = list(_places(here, places))
        names = dict(self.values.names) | {array: here}
        columns = []
        for place in entries:
            up, down = (
                function(names | {array: _moved(here, place, by)}) for by in (self.step, -self.step)
            )
            columns.append(
                [(a - b) / (2 * self.step) for a, b in zip(flat(up), flat(down), strict=True)]
            )
        one = _at(here, places)
        sides: tuple = getattr(wrt, "shape", ())
        if len(sides) == 2 and sides[1] is not ONE:
            rows = iter(column[0] for column in columns)
            return tuple(tuple(next(rows) for _ in one[0]) for _ in one)
        whole = tuple(zip(*columns, strict=True))
        return flat(whole)[0] if shape(whole) == (1, 1) else whole


def _at(value: Value, places: list[int]) -> Value:
    """The part of an array at a place; the row of one number is the number."""
    for place in places:
        value = value[place]
    single = isinstance(value, tuple) and not isinstance(value[0], tuple)
    return value[0] if single else value


def _places(value: Value, places: list[int]) -> Iterator[list[int]]:
    """The places of all numbers of an array, below the given ones."""
    for place in places:
        value = value[place]

    def walk(part: Value, before: list[int]) -> Iterator[list[int]]:
        if not isinstance(part, tuple):
            yield before
            return
        for i, inner in enumerate(part):
            yield from walk(inner, [*before, i])

    return walk(value, places)


def _moved(value: Value, place: list[int], step: mpf) -> Value:
    """The array with one of its numbers moved."""
    if not place:
        return value + step
    first, *rest = place
    return (*value[:first], _moved(value[first], rest, step), *value[first + 1 :])


def _free(sides: Sequence[Basic]) -> dict[Symbol, tuple[Element, int]]:
    """The indexes over which nothing runs, each with an element in whose place it stands."""
    found: dict[Symbol, tuple[Element, int]] = {}
    stack: list[tuple[Basic, frozenset[Basic]]] = [(side, frozenset()) for side in sides]
    while stack:
        tree, bound = stack.pop()
        if isinstance(tree, DerivativeSymbol):
            stack += [(tree.of, bound), (tree.wrt, bound)]
        elif isinstance(tree, Element):
            for place, index in enumerate(tree.indexes):
                if index not in bound:
                    found[index] = tree, place
        elif isinstance(tree, IndexedSum | Diagonal | Entries):
            body, *index = tree.args[:2]
            stack.append((body, bound | {*index}))
        else:
            stack += [(argument, bound) for argument in tree.args]
    return found


def _indexes(symbol: DerivativeSymbol) -> list[Symbol]:
    return [i for name in (symbol.of, symbol.wrt) for i in getattr(name, "indexes", ())]


def _same(first: Value, second: Value) -> bool:
    if shape(first) != shape(second):
        return False
    return all(
        abs(a - b) <= TOLERANCE * max(abs(a), abs(b)) + NOISE
        for a, b in zip(flat(first), flat(second), strict=True)
    )
