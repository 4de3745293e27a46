"""A relation to a number, solved for the only name that it hangs on.

Going back through the operations from the ends of the set in which a value has to lie gives
all places at which the relation may change; between them one number stands for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from mpmath import mp, mpf
from sympy import Abs
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.conditions.places import DIGITS, Places, ascending, number, places_of, simplified
from chainstep.graph import Node
from chainstep.notation import ZERO, extent, names_in
from chainstep.operations import BY_HEAD, SHAPES, Operation
from chainstep.polynomials import HIGHEST, Polynomial, is_small, plus, raised, roots, times
from chainstep.ranges import Range, integer_of
from chainstep.tape import Tape

MOST_STEPS = 40  # back through operations, from one relation
MOST_ENDS = 12
LONGEST_END = 8  # symbols of a number at which a set ends
FARTHEST_END = 10**6
ASIDE = mpf("0.6180339887")  # where a number stands for an interval: none that is special
RATIONAL = ("sum", "scale", "product", "quotient", "reciprocal", "power")


class Quotient(NamedTuple):
    """above/below, polynomials in what `of` stands for; a number is one of nothing."""

    of: Basic | None
    above: Polynomial
    below: Polynomial


class Solver:
    """Solves relations between the names of a graph. `nodes` say what the names stand for."""

    def __init__(self, nodes: Mapping[Basic, Node]):
        self.nodes = nodes
        self.fractions: dict[Basic, Quotient] = {}
        self.left = 0

    def solve(self, relation: Relational) -> tuple[Basic, Places] | None:
        """The name that a relation hangs on, and where it has to lie; None if that cannot be
        told."""
        values = places_of(relation)
        if values is None:
            return None
        whole = relation.lhs.args[0] if isinstance(relation.lhs, Abs) else relation.lhs
        return self.where(whole, values)

    def where(self, whole: Basic, values: Places) -> tuple[Basic, Places] | None:
        """The name that `whole` hangs on, and where it has to lie so that the value of `whole`
        lies in `values`."""
        if whole.is_Symbol and whole not in self.nodes:
            return whole, values
        self.left = MOST_STEPS
        found = self._back(whole, list(values.ends))
        ((name, ends),) = found.items()
        if name == whole:
            return (whole, values) if whole.is_Symbol else None
        if not name.is_Symbol or not all(map(_is_readable, ends)):
            return None
        ends = ascending(ends)
        return (name, self._told(whole, values, name, ends)) if len(ends) <= MOST_ENDS else None

    def _told(self, whole: Basic, values: Places, name: Basic, ends: list[Basic]) -> Places:
        """Where `whole` lies in `values`: tried at the ends and once between any two."""
        tape, cell = self._tape(whole, name)
        start = tape.cells[name]
        inside = []
        with mp.workdps(DIGITS):
            for place in _tried([number(end) for end in ends]):
                cells = tape.blank()
                cells[start] = place
                tape.run(cells)
                inside.append(isinstance(cells[cell], mpf) and cells[cell] in values)
        return simplified(ends, inside)

    def _tape(self, whole: Basic, name: Basic) -> tuple[Tape, int]:
        needed: set[Basic] = set()
        stack = [whole]
        while stack:
            for one in names_in(stack.pop()) - needed - {name}:
                needed.add(one)
                if one in self.nodes:
                    stack.append(self.nodes[one].expression)
        tape = Tape()
        tape.cell(name)
        for symbol, node in self.nodes.items():
            if symbol in needed:
                tape.name(symbol, node.expression)
        return tape, tape.cell(whole)

    # --- Back through the operations ------------------------------------------------------

    def _back(self, whole: Basic, values: list[Basic]) -> dict[Basic, list[Basic]]:
        """For each name that `whole` is made of the places at which it may pass a value, or
        jump past it; `whole` itself where there is no way back."""
        self.left -= 1
        described = self._described(whole)
        steps = self._steps(whole, *described, values) if described and self.left > 0 else None
        if steps is None or not all(map(_is_readable, (e for _, ends in steps for e in ends))):
            return {whole: values}
        found: dict[Basic, list[Basic]] = {}
        for argument, ends in steps:
            for name, more in self._back(argument, ends).items():
                found.setdefault(name, []).extend(more)
        return found if len(found) == 1 else {whole: values}

    def _steps(
        self, whole: Basic, row: Operation, args: tuple[Basic, ...], values: list[Basic]
    ) -> list[tuple[Basic, list[Basic]]] | None:
        steps = [_preimages(row, args, value) for value in values]
        if steps and None not in steps:
            (argument,) = {argument for argument, _ in steps}  # type: ignore[misc]
            ends = [end for _, found in steps for end in found]  # type: ignore[misc]
            return [(argument, [*row.breaks, *ends])]
        if row.id not in RATIONAL:
            return None
        return self._fraction_back(whole, values) or _factors_back(row, args, values)

    def _fraction_back(
        self, whole: Basic, values: Sequence[Basic]
    ) -> list[tuple[Basic, list[Basic]]] | None:
        of, above, below = self.fraction(whole)
        if of is None or of == whole or not all(value.is_Rational for value in values):
            return None
        found = [roots(below)]
        for value in values:
            multiple = (Fraction(-int(value.p), int(value.q)),)  # type: ignore[attr-defined]
            found.append(roots(plus(above, times(multiple, below))))
        if None in found:
            return None
        return [(of, [root for some in found for root in some])]  # type: ignore[union-attr]

    def equal(self, one: Basic, two: Basic) -> tuple[Basic, Places] | None:
        """Where two quotients of polynomials in the same name are equal."""
        first, second = self.fraction(one), self.fraction(two)
        if first.of is None or first.of != second.of or not first.of.is_Symbol:
            return None
        turned = times((Fraction(-1),), times(second.above, first.below))
        difference = plus(times(first.above, second.below), turned)
        found = roots(difference) if is_small(difference) else None
        if found is None:
            return None
        ends = ascending(found)
        return first.of, Places(tuple(ends), (False, *(i % 2 == 0 for i in range(2 * len(ends)))))

    # --- Quotients of polynomials ---------------------------------------------------------

    def fraction(self, whole: Basic) -> Quotient:
        """An expression as a quotient of polynomials in one other, or in itself."""
        stack = [whole]
        while stack:
            one = stack[-1]
            described = self._described(one)
            if described is None or described[0].id not in RATIONAL:
                self.fractions[one] = _atom(one)
                stack.pop()
                continue
            missing = [a for a in described[1] if a not in self.fractions]
            stack += missing
            if not missing:
                made = _made(*described, [self.fractions[a] for a in described[1]])
                self.fractions[one] = _atom(one) if made is None else made
                stack.pop()
        return self.fractions[whole]

    def _described(self, whole: Basic) -> tuple[Operation, tuple[Basic, ...]] | None:
        """The operation that an expression is, and its arguments."""
        node = self.nodes.get(whole)
        if node is not None:
            return node.operation, node.args
        if not whole.args or not _varies(whole):
            return None
        if whole.func in BY_HEAD:
            return BY_HEAD[whole.func], tuple(map(integer_of, whole.args))
        for row in SHAPES:
            args = row.match(whole, _varies) if row.match else None
            if args is not None:
                return row, tuple(map(integer_of, args))
        return None


def _varies(expr: Basic) -> bool:
    return bool(names_in(expr))


def _is_readable(end: Basic) -> bool:
    if end.is_Rational:
        return abs(end) < FARTHEST_END  # type: ignore[operator]
    value = number(end)
    return value is not None and abs(value) < FARTHEST_END and extent(end)[0] <= LONGEST_END


def _tried(ends: list) -> list[mpf]:
    """The ends, and a number for every interval between them."""
    if not ends:
        return [ASIDE]
    places = [ends[0] - ASIDE]
    for end, following in zip(ends, [*ends[1:], None], strict=True):
        between = end + ASIDE if following is None else end + (following - end) * ASIDE
        places += [end, between]
    return places


def _preimages(
    row: Operation, args: tuple[Basic, ...], value: Basic
) -> tuple[Basic, list[Basic]] | None:
    """The argument of an operation that varies and all that it may be at a value; None if that
    is not known. A row without preimages may have breaks that are not listed."""
    if row.preimages is None:
        return None
    found = row.preimages(args, value, number)
    if found is None and len(args) == 1:
        size = number(value)
        return None if size is None or size in Range(*row.values) else (args[0], [])
    return found


def _factors_back(
    row: Operation, args: tuple[Basic, ...], values: Sequence[Basic]
) -> list[tuple[Basic, list[Basic]]] | None:
    """A product and a quotient pass 0, or jump, only where one of their parts is 0."""
    if row.id not in ("product", "quotient") or set(values) != {ZERO}:
        return None
    if row.id == "product" and not args[0].is_Number:
        return None
    return [(part, [ZERO]) for part in args if not part.is_Number]


def _atom(whole: Basic) -> Quotient:
    if whole.is_Rational:
        value = Fraction(int(whole.p), int(whole.q))  # type: ignore[attr-defined]
        return Quotient(None, (value,) if value else (), (Fraction(1),))
    return Quotient(whole, (Fraction(0), Fraction(1)), (Fraction(1),))


def _made(row: Operation, args: tuple[Basic, ...], parts: list[Quotient]) -> Quotient | None:
    """What an operation makes of quotients of polynomials; None where it is none of one name,
    or too large."""
    names = {part.of for part in parts} - {None}
    if len(names) > 1:
        return None
    pairs = [(part.above, part.below) for part in parts]
    if row.id == "power":
        made = _power(pairs[0], args[1])
    elif row.id in ("quotient", "reciprocal"):
        made = _product([pairs[0], pairs[1][::-1]]) if pairs[1][0] else None
    elif row.id == "sum":
        terms = [_product(pairs[i : i + 3]) for i in range(0, len(pairs), 3)]
        made = None if None in terms else _sum(terms)  # type: ignore[arg-type]
    else:
        made = _product(pairs)
    if made is None or not all(map(is_small, made)):
        return None
    return Quotient(next(iter(names), None), *made)


Pair = tuple[Polynomial, Polynomial]


def _product(pairs: list[Pair]) -> Pair | None:
    above, below = pairs[0]
    for more_above, more_below in pairs[1:]:
        above, below = times(above, more_above), times(below, more_below)
        if not (is_small(above) and is_small(below)):
            return None
    return above, below


def _sum(pairs: list[Pair]) -> Pair | None:
    above, below = pairs[0]
    for more_above, more_below in pairs[1:]:
        if below == more_below:
            above = plus(above, more_above)
        else:
            above = plus(times(above, more_below), times(more_above, below))
            below = times(below, more_below)
        if not (is_small(above) and is_small(below)):
            return None
    return above, below


def _power(base: Pair, exponent: Basic) -> Pair | None:
    if not exponent.is_Integer or abs(int(exponent)) > HIGHEST:  # type: ignore[call-overload]
        return None
    above, below = base if exponent.is_positive else base[::-1]
    size = abs(int(exponent))  # type: ignore[call-overload]
    return (raised(above, size), raised(below, size)) if below else None
