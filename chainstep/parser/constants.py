"""The values of the parts that contain no name, to see which of them do not exist.

Small numbers are exact. Larger ones and those of functions have 40 digits, and what is
left of a cancellation counts as zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from mpmath import mp, mpf
from mpmath.libmp import NoConvergence

from chainstep.operations import Operation

DIGITS = 10_000  # of a number
DIGITS_HINT = f"numbers may have up to {DIGITS} digits"
DIGITS_AT_ONCE = 4_000  # that Python turns into a number without complaint
SMALL = 2_000  # bits: a larger number is not calculated exactly
BITS = 33_220  # of a number of 10000 digits
LARGEST_ARGUMENT = 10**18
FOR_ANY_ARGUMENT = frozenset(
    {"ln", "logarithm", "root", "absolute-value", "sign", "max", "min", "relu", "leaky-relu"}
)
NOISE = mpf("1e-30")  # relative
ENDLESS = mpf("inf")  # stands for a power too large to be calculated
FAILURES = (ArithmeticError, ValueError, NoConvergence)
precisely = mp.workdps(40)
E_VALUE = precisely(lambda: +mp.e)()
PI_VALUE = precisely(lambda: +mp.pi)()

Exact = int | Fraction
Number = Any  # Exact while it is small, then mpf, which has no type


class UndefinedError(Exception):
    """There is no such real number."""


class TooLargeError(Exception):
    """The number has too many digits."""


class TooFarError(Exception):
    """The argument of a function is too large."""


def exact(lexeme: str) -> Exact | None:
    """A number as written, without rounding; None if it has too many digits.

    >>> exact("2.50e1"), exact("1e-3"), exact("1e99999")
    (Fraction(25, 1), Fraction(1, 1000), None)
    """
    digits, _, exponent = lexeme.lower().partition("e")
    whole, _, decimals = digits.partition(".")
    if len(digits) > DIGITS or len(exponent) > 9 or abs(int(exponent or 0)) > DIGITS:
        return None
    value, written = 0, whole + decimals
    for first in range(0, len(written), DIGITS_AT_ONCE):
        part = written[first : first + DIGITS_AT_ONCE]
        value = value * 10 ** len(part) + int(part)
    shift = int(exponent or 0) - len(decimals)
    return value * 10**shift if shift >= 0 else Fraction(value, 10**-shift)


def is_small(value: Exact) -> bool:
    """Whether it is calculated exactly."""
    return _bits(value) <= SMALL


def _bits(value: Exact) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _is_exact(value: Number) -> bool:
    return isinstance(value, Exact)


def _inexact(value: Number) -> Number:
    return mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpf(value)


def _checked(value: Number) -> Number:
    """The value within the limits; exact as long as it is small."""
    if _is_exact(value) and is_small(value):
        return value
    value = _inexact(value)
    if not mp.isfinite(value):
        raise UndefinedError
    if value and abs(mp.mag(value)) > BITS:
        raise TooLargeError
    return value


def _plus(a: Number, b: Number) -> Number:
    if _is_exact(a) and _is_exact(b):
        return _checked(a + b)
    a, b = _inexact(a), _inexact(b)
    return _checked(a + b) if abs(a + b) > NOISE * max(abs(a), abs(b)) else 0


def _times(a: Number, b: Number) -> Number:
    return _checked(a * b if _is_exact(a) and _is_exact(b) else _inexact(a) * _inexact(b))


@precisely
def total(*values: Number) -> Number:
    """The sum of numbers."""
    return reduce(_plus, values, 0)


@precisely
def product(*values: Number) -> Number:
    """The product of numbers."""
    return reduce(_times, values, 1)


@precisely
def ratio(a: Number, b: Number) -> Number:
    """a/b, where b is not 0."""
    both_exact = _is_exact(a) and _is_exact(b)
    return _checked(Fraction(a) / Fraction(b) if both_exact else _inexact(a) / _inexact(b))


@precisely
def raised(base: Number, exponent: Number) -> Number:
    """base^exponent in the reals."""
    if exponent == ENDLESS:
        raise TooLargeError
    a, b = _inexact(base), _inexact(exponent)
    nearest = mp.nint(b)
    whole = abs(nearest - b) <= NOISE * abs(nearest)
    if (a == 0 and b <= 0) or (a < 0 and not whole):
        raise UndefinedError
    if a == 0:
        return 0
    if abs(mp.log10(abs(a)) * b) > DIGITS:
        raise TooLargeError
    if whole and _is_exact(base) and abs(nearest) * _bits(base) <= SMALL:
        return _checked(Fraction(base) ** int(nearest))
    return _checked(a ** (int(nearest) if whole else b))


@precisely
def called(row: Operation, *values: Number) -> Number:
    """The value of a function. What changes wholly with a little noise is a zero or a pole."""
    if row.id not in FOR_ANY_ARGUMENT and any(abs(value) > LARGEST_ARGUMENT for value in values):
        raise TooFarError
    noises = (0,) if all(map(_is_exact, values)) else (0, NOISE, -NOISE)
    found = [_attempt(row, [_shaken(value, noise) for value in values]) for noise in noises]
    real = [value for value in found if value is not None]
    if not real:
        raise UndefinedError
    value = real[0]
    if 2 * max(abs(other - value) for other in real) <= abs(value):
        return _checked(value)
    if abs(value) > 1:
        raise UndefinedError
    return 0


def _shaken(value: Number, noise: Number) -> Number:
    return _inexact(value) if _is_exact(value) else value * (1 + noise)


def _attempt(row: Operation, arguments: Sequence[Number]) -> Number | None:
    """The value of a function, None where it is not a real number."""
    assert row.numeric is not None
    try:
        value = mp.convert(row.numeric(*arguments))
    except FAILURES:
        return None
    return value if isinstance(value, mpf) and mp.isfinite(value) else None
