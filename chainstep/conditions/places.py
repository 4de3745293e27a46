"""Sets of real numbers: what is left where several relations hold, in as few as say it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from mpmath import mp, mpf
from sympy import Abs, And, Eq, Ge, Gt, Le, Lt, Ne, Or
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.notation import ZERO
from chainstep.ranges import Range
from chainstep.tape import evaluate

DIGITS = 50
SAME = mpf(10) ** -35  # what equal numbers may differ by, relative to their size
# Whether a relation to a number holds below it, at it, and above it.
SIDES: dict[type, tuple[bool, bool, bool]] = {
    Lt: (True, False, False),
    Le: (True, True, False),
    Eq: (False, True, False),
    Ge: (False, True, True),
    Gt: (False, False, True),
    Ne: (True, False, True),
}
BELOW = {False: Lt, True: Le}
ABOVE = {False: Gt, True: Ge}


@dataclass(frozen=True)
class Places:
    """A set of real numbers that does not change between its ascending `ends`.

    `inside` tells for the interval before the first end, the first end, the interval behind
    it, and so on, whether it belongs to the set.
    """

    ends: tuple[Basic, ...]
    inside: tuple[bool, ...]

    @property
    def everywhere(self) -> bool:
        return all(self.inside)

    @property
    def nowhere(self) -> bool:
        """Whether no interval is left: a function of a single point has no derivative."""
        return not any(self.inside[::2])

    @property
    def points(self) -> tuple[Basic, ...] | None:
        """The elements, if they are finitely many."""
        if any(self.inside[::2]):
            return None
        return tuple(
            end for end, inside in zip(self.ends, self.inside[1::2], strict=True) if inside
        )

    def __contains__(self, value: mpf) -> bool:
        return self.inside[self._index(value)]

    def __and__(self, other: Places) -> Places:
        if not self.ends or not other.ends:
            return (other if self.inside[0] else self) if not self.ends else other & self
        return _combined(self, other, lambda one, two: one and two)

    def __or__(self, other: Places) -> Places:
        return _combined(self, other, lambda one, two: one or two)

    def __invert__(self) -> Places:
        return Places(self.ends, tuple(not inside for inside in self.inside))

    def _index(self, value: mpf) -> int:
        for i, end in enumerate(self.ends):
            if same(value, number(end)):
                return 2 * i + 1
            if value < number(end):
                return 2 * i
        return 2 * len(self.ends)

    def within(self, values: Range) -> Places:
        """As few ends as tell the same numbers apart among those of a range."""
        if values.low == values.high:
            return ALL if mpf(values.low) in self else NOTHING
        ends, inside = list(self.ends), list(self.inside)
        while ends and number(ends[0]) < values.low:
            del ends[0], inside[:2]
        while ends and number(ends[-1]) > values.high:
            del ends[-1], inside[-2:]
        if ends and number(ends[0]) == values.low:
            inside[0] = inside[2]
        if ends and number(ends[-1]) == values.high:
            inside[-1] = inside[-3]
        if values.never_zero and ZERO in ends:
            at = 2 * ends.index(ZERO) + 1
            inside[at] |= inside[at - 1] and inside[at + 1]
        return simplified(ends, inside)

    def with_points(self, points: Sequence[Basic]) -> Places:
        """With those of the points that have all numbers around them in the set."""
        inside = list(self.inside)
        for i, end in enumerate(self.ends):
            if end in points and inside[2 * i] and inside[2 * i + 2]:
                inside[2 * i + 1] = True
        return simplified(self.ends, inside)

    def hull(self) -> Range:
        """A range that holds all of it."""
        low = float(number(self.ends[0])) if self.ends and not self.inside[0] else ANY.low
        high = float(number(self.ends[-1])) if self.ends and not self.inside[-1] else ANY.high
        return Range(low, high, mpf(0) not in self)

    def relations(self, name: Basic) -> Iterator[Basic]:
        """The relations of a name to numbers that together say it lies here."""
        holes = [end for end, (before, at, after) in self._sides() if before and after and not at]
        ends = [end for end in self.ends if end not in holes]
        filled = [*self.inside]
        for hole in holes:
            filled[2 * self.ends.index(hole) + 1] = True
        rest = simplified(list(self.ends), filled)
        if ends:
            yield from _intervals(name, rest)
        for hole in holes:
            yield Ne(name, hole, evaluate=False)

    def _sides(self) -> Iterator[tuple[Basic, tuple[bool, bool, bool]]]:
        for i, end in enumerate(self.ends):
            yield end, self.inside[2 * i : 2 * i + 3]  # type: ignore[misc]


ANY = Range()
ALL = Places((), (True,))
NOTHING = Places((), (False,))


def places_of(relation: Relational) -> Places | None:
    """Where something lies that has this relation to a number; it may stand in |…|."""
    left, right = relation.args
    sides = SIDES.get(type(relation))
    if sides is None or not right.is_number or number(right) is None:
        return None
    if not isinstance(left, Abs):
        return Places((right,), sides)
    if number(right) <= 0:
        return None
    return Places((-right, right), (*sides[::-1], *sides[1:]))  # type: ignore[operator]


@lru_cache(1000)
def number(exact: Basic) -> mpf:
    """The value of a number, to more digits than are compared; None if it has none."""
    with mp.workdps(DIGITS):
        value = evaluate(exact)
        return value if isinstance(value, mpf) else None


def same(one: mpf, two: mpf) -> bool:
    """Whether two numbers are the same but for rounding."""
    return one == two or abs(one - two) < SAME * max(1, abs(one), abs(two))


def ascending(ends: Sequence[Basic]) -> list[Basic]:
    """Numbers in their order, each once."""
    ordered = sorted(ends, key=number)  # type: ignore[arg-type]
    return ordered[:1] + [b for a, b in pairwise(ordered) if not same(number(a), number(b))]


def _combined(one: Places, two: Places, inside: Callable[[bool, bool], bool]) -> Places:
    ends = ascending([*one.ends, *two.ends])
    return simplified(ends, list(map(inside, _spread(one, ends), _spread(two, ends))))


def _spread(places: Places, ends: list[Basic]) -> Iterator[bool]:
    """What is inside, by intervals between more ends."""
    at = 0
    yield places.inside[0]
    for end in ends:
        if at < len(places.ends) and same(number(places.ends[at]), number(end)):
            yield from places.inside[2 * at + 1 : 2 * at + 3]
            at += 1
        else:
            yield from (places.inside[2 * at],) * 2


def simplified(ends: Sequence[Basic], inside: Sequence[bool]) -> Places:
    """Without the ends at which nothing changes."""
    kept: list[Basic] = []
    flags = [inside[0]]
    for i, end in enumerate(ends):
        at, after = inside[2 * i + 1 : 2 * i + 3]
        if not flags[-1] == at == after:
            kept.append(end)
            flags += [at, after]
    return Places(tuple(kept), tuple(flags))


def _intervals(name: Basic, places: Places) -> Iterator[Basic]:
    ends, inside = places.ends, places.inside
    if len(ends) == 2 and ends[0] == -ends[1] and inside[1] == inside[3]:  # type: ignore[operator]
        table = ABOVE if inside[0] else BELOW
        if inside[0] == inside[-1] != inside[2]:
            yield table[inside[1]](Abs(name, evaluate=False), ends[1], evaluate=False)
            return
    pieces = list(_pieces(name, places))
    if len(pieces) == 1:
        yield from pieces[0]
    else:
        yield Basic.__new__(Or, *map(_all_of, pieces))  # sympy would change their order


def _pieces(name: Basic, places: Places) -> Iterator[list[Relational]]:
    """The relations of each interval."""
    piece: list[Relational] = []
    for end, (before, at, after) in places._sides():
        if not before and not after and at:
            yield [Eq(name, end, evaluate=False)]
        elif before:
            yield [*piece, BELOW[at](name, end, evaluate=False)]
            piece = []
        else:
            piece = [ABOVE[at](name, end, evaluate=False)]
    if piece:
        yield piece


def _all_of(relations: list[Relational]) -> Basic:
    return relations[0] if len(relations) == 1 else Basic.__new__(And, *relations)
