"""Which values the nodes of a graph can take: enough to settle whether one can be 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf, isnan
from types import MappingProxyType

from mpmath import mp, mpf
from sympy import Integer
from sympy.core.basic import Basic

from chainstep.graph import Node
from chainstep.notation import ONE, ZERO
from chainstep.tape import evaluate


@dataclass(frozen=True)
class Range:
    """low ≤ value ≤ high; with `nonzero` the value is never 0."""

    low: float = -inf
    high: float = inf
    nonzero: bool = False

    @property
    def positive(self) -> bool:
        return self.low > 0 or (self.low == 0 and self.nonzero)

    @property
    def never_zero(self) -> bool:
        return self.nonzero or self.low > 0 or self.high < 0

    @property
    def one_sign(self) -> bool:
        return self.low >= 0 or self.high <= 0

    def __contains__(self, value: mpf) -> bool:
        return self.low <= value <= self.high and not (value == 0 and self.never_zero)

    def __and__(self, other: Range) -> Range:
        nonzero = self.nonzero or other.nonzero
        return Range(max(self.low, other.low), min(self.high, other.high), nonzero)

    def __add__(self, other: Range) -> Range:
        low, high = self.low + other.low, self.high + other.high
        above = self.low >= 0 and other.low >= 0 and (self.positive or other.positive)
        return Range(low, high, above)

    def __mul__(self, other: Range) -> Range:
        if self is UNIT or other is UNIT:
            return other if self is UNIT else self
        corners = [
            0.0 if 0 in (a, b) else a * b
            for a in (self.low, self.high)
            for b in (other.low, other.high)
        ]
        return Range(min(corners), max(corners), self.never_zero and other.never_zero)

    def power(self, exponent: Basic) -> Range:
        """The range of value^exponent for a number; only the sign is followed."""
        nonzero = self.never_zero or bool(exponent.is_negative)
        if exponent.is_Integer and exponent.is_even:
            return Range(0, inf, nonzero)
        if exponent.is_Integer and not self.one_sign:
            return Range(nonzero=nonzero)
        if exponent.is_Integer and self.high <= 0:
            return Range(-inf, 0, nonzero)
        return Range(0, inf, nonzero)


ANY = Range()
UNIT = Range(1, 1, True)
ABOVE_ZERO = Range(0, inf, True)
ROUNDING = mpf(10) ** -40  # what an integer may differ from, computed with 50 digits
LARGEST_INTEGER = 10**15  # that a constant argument is worked out to


def ranges_of(
    nodes: Iterable[Node], given: Mapping[Basic, Range] = MappingProxyType({})
) -> dict[Basic, Range]:
    """A range for every node, from those of its arguments, and from what else is `given`. The
    nodes are such as `with_integers` makes them.

    >>> from sympy import Symbol, exp
    >>> from chainstep.steps.introduce import introduce
    >>> x, y = Symbol("x", real=True), Symbol("y", real=True)
    >>> graph = introduce([(y, 1 + exp(-x))], (x,), "u", ())
    >>> ranges_of(graph.nodes)[graph.outputs[0]]
    Range(low=1, high=inf, nonzero=True)
    """
    known: dict[Basic, Range] = {**given}
    for node in nodes:
        values = _range(node, known)
        known[node.symbol] = values & given[node.symbol] if node.symbol in given else values
    return known


def with_integers(node: Node) -> Node:
    """The node with arguments such as 6/2 and 1 + 1 worked out: x^(6/2) needs no x > 0. The
    base of an exponential stays: only 0^x is differentiated as it is, and not (1 − 1)^x."""
    constant = any(argument.args and argument.is_number for argument in node.args)
    if not constant or node.operation.id == "exponential":
        return node
    return replace(node, args=tuple(map(integer_of, node.args)))


def integer_of(argument: Basic) -> Basic:
    """The integer that a constant argument is, or the argument itself."""
    if not argument.args or not argument.is_number:
        return argument
    with mp.workdps(50):
        value = evaluate(argument)
        if not isinstance(value, mpf) or abs(value) > LARGEST_INTEGER:
            return argument
        nearest = mp.nint(value)
        return Integer(int(nearest)) if abs(value - nearest) < ROUNDING else argument


def range_of(argument: Basic, known: Mapping[Basic, Range]) -> Range:
    """The range of a node's argument: a name or an expression that does not vary."""
    if argument is ONE:
        return UNIT
    if argument in known:
        return known[argument]
    if not argument.is_number:
        return ANY
    if argument.is_Rational:
        number = float(argument)
        return Range(number, number, number != 0)
    value = evaluate(argument)
    return ANY if not isinstance(value, mpf) else Range(float(value), float(value), value != 0)


def _range(node: Node, known: Mapping[Basic, Range]) -> Range:
    parts = [range_of(argument, known) for argument in node.args if not argument.is_Boolean]
    compute = SHAPE_RANGES.get(node.operation.id)
    result = compute(parts, node.args) if compute else Range(*node.operation.values)
    return ANY if isnan(result.low) or isnan(result.high) else result


def _sum_range(parts: list[Range], args: tuple[Basic, ...]) -> Range:
    total = Range(0, 0)
    for i in range(0, len(parts), 3):
        total += _product_range(parts[i : i + 3], args)
    return total


def _product_range(parts: list[Range], args: tuple[Basic, ...]) -> Range:
    total = UNIT
    for part in parts:
        total *= part
    return total


def _piecewise_range(parts: list[Range], args: tuple[Basic, ...]) -> Range:
    return Range(
        min(p.low for p in parts), max(p.high for p in parts), all(p.never_zero for p in parts)
    )


SHAPE_RANGES = {
    "sum": _sum_range,
    "scale": _product_range,
    "product": _product_range,
    "quotient": lambda parts, args: parts[0] * parts[1].power(-ONE),
    "reciprocal": lambda parts, args: parts[0] * parts[1].power(-ONE),
    "sqrt": lambda parts, args: Range(0, inf, parts[0].never_zero),
    "power": lambda parts, args: parts[0].power(args[1]),
    "exponential": lambda parts, args: Range(0, 0) if args[0] is ZERO else ABOVE_ZERO,
    "general-power": lambda parts, args: ABOVE_ZERO,
    "absolute-value": lambda parts, args: Range(0, inf, parts[0].never_zero),
    "gamma-function": lambda parts, args: Range(0 if parts[0].positive else -inf, nonzero=True),
    "max": lambda parts, args: Range(
        max(p.low for p in parts), max(p.high for p in parts), any(p.positive for p in parts)
    ),
    "piecewise": _piecewise_range,
}
