"""From the value of an operation back to its argument: the inverses and preimages of rows.

An inverse is written with the name y of the value; preimages are all arguments at which the
value is a known constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sympy import log
from sympy.core.basic import Basic

from chainstep.notation import ONE, ZERO, applied, mul, reciprocal
from chainstep.operations.row import Arguments, Found, Inverse, Number, Preimages

HIGHEST = 12  # exponent to which a number is raised, and degree of a root of one


# --- Inverses -----------------------------------------------------------------------------


def inverted_by(head: type) -> Inverse:
    """The inverse of a function of one argument, as a field of its row."""
    return lambda slot, args, y: applied(head, y)


def divided(y: Basic, *factors: Basic) -> Basic:
    """y divided by the factors other than 1: the inverse of a multiple."""
    return mul(y, *(reciprocal(f) for f in factors if f is not ONE))


def root_of(slot: int, args: Arguments, y: Basic) -> Basic | None:
    """The inverse of a power, where it is one."""
    exponent = args[1]
    return y ** (1 / exponent) if exponent.is_Rational and abs(exponent.p) == 1 else None


# --- Preimages ----------------------------------------------------------------------------


def at(arguments: Mapping[Basic, Iterable[Basic]]) -> Preimages:
    """Those of a function of which only some values are worth going back from: its arguments at
    each of them.

    >>> from sympy import Symbol
    >>> at({ONE: [ZERO]})((Symbol("u"),), ONE, None)
    (u, [0])
    """
    return lambda args, value, number: (
        (args[0], [*arguments[value]]) if value in arguments else None
    )


def each(back: Callable[[Basic, int], Iterable[Basic]]) -> Preimages:
    """Those of a function of one argument, from a value and its sign."""
    return lambda args, value, number: (args[0], [*back(value, _sign(value, number))])


def of_sum(args: Arguments, value: Basic, number: Number) -> Found | None:
    terms = [args[i : i + 3] for i in range(0, len(args), 3)]
    varying = [term for term in terms if term[1] is not ONE]
    constants = [term[0] for term in terms if term[1] is ONE]
    if len(varying) != 1 or not all(c.is_Number for c in constants):
        return None
    return of_multiple(varying[0], value - sum(constants, ZERO), number)  # type: ignore[operator]


def of_multiple(args: Arguments, value: Basic, number: Number) -> Found | None:
    before, operand, after = args
    if not before.is_number or before.args or _sign(before, number) == 0 or after is not ONE:
        return None
    return operand, [value / before]  # type: ignore[operator]


def of_reciprocal(args: Arguments, value: Basic, number: Number) -> Found | None:
    above, below = args
    if not above.is_Number or above is ZERO:
        return None
    return below, [above / value] if _sign(value, number) else []  # type: ignore[operator]


def of_power(args: Arguments, value: Basic, number: Number) -> Found | None:
    base, exponent = args
    if not exponent.is_Rational or exponent is ZERO or max(abs(exponent.p), exponent.q) > HIGHEST:  # type: ignore[attr-defined]
        return None
    sign = _sign(value, number)
    if not sign:
        return base, [ZERO] if exponent.is_positive else []
    size = (value if sign > 0 else -value) ** (1 / exponent)  # type: ignore[operator]
    if not exponent.is_Integer:
        return base, [size] if sign > 0 else []
    if exponent.is_odd:
        return base, [size if sign > 0 else -size]
    return base, [-size, size] if sign > 0 else []


def of_root(args: Arguments, value: Basic, number: Number) -> Found | None:
    radicand, degree = args
    if not degree.is_Integer or abs(degree) > HIGHEST:  # type: ignore[operator]
        return None
    exists = degree.is_odd or _sign(value, number) >= 0
    return radicand, [value**degree] if exists else []  # type: ignore[operator]


def of_exponential(args: Arguments, value: Basic, number: Number) -> Found | None:
    base, exponent = args
    if not _is_base(base, number):
        return None
    return exponent, [log(value) / log(base)] if _sign(value, number) > 0 else []


def of_logarithm(args: Arguments, value: Basic, number: Number) -> Found | None:
    argument, base = args
    size = number(value)
    if size is None or abs(size) > HIGHEST or not _is_base(base, number):
        return None
    return argument, [base**value]  # type: ignore[operator]


def of_absolute_value(value: Basic, sign: int) -> list[Basic]:
    return [-value, value] if sign > 0 else [ZERO] if not sign else []  # type: ignore[operator]


def _is_base(base: Basic, number: Number) -> bool:
    return base.is_number and base is not ONE and _sign(base, number) > 0


def _sign(value: Basic, number: Number) -> int:
    size = number(value)
    return 0 if value is ZERO or size is None else (size > 0) - (size < 0)
