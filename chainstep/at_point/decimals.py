"""Values as decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

from mpmath import mp
from sympy import Expr, Float

from chainstep.tape import evaluate

SPARE = 20  # digits of a value beyond those that are shown
GUARD = 30  # digits to compute with beyond those
LARGEST_FIXED = 12  # from 10^12 on a number is written with a power of ten
SMALLEST_FIXED = -5  # and below 10^-5


def decimal(value: Expr, digits: int) -> str:
    """A number with so many digits after the point, or below 1 so many in all; very large and
    very small ones with a power of ten. Nothing for an integer.

    >>> from sympy import Rational, sqrt
    >>> [decimal(v, 6) for v in (sqrt(2), Rational(-1, 30), Rational(2, 10**21), 7 * Rational(1))]
    ['1.414214', '-0.0333333', '2.000000e-21', '']
    """
    if value.is_Integer:
        return ""
    kept = digits + SPARE
    with mp.workdps(kept + GUARD):
        number = mp.make_mpf(value._mpf_) if isinstance(value, Float) else evaluate(value)
        mantissa, _, power = mp.nstr(number, kept, min_fixed=1, max_fixed=0).partition("e")
    exponent = int(power or 0)
    with localcontext() as context:
        context.prec, context.rounding = kept + GUARD, ROUND_HALF_UP
        if not number:
            return f"{Decimal(0):.{digits}f}"
        if SMALLEST_FIXED <= exponent < LARGEST_FIXED:
            fixed = Decimal(mantissa).scaleb(exponent)
            places = digits if exponent >= 0 else digits - 1 - exponent
            rounded = fixed.quantize(Decimal(1).scaleb(-places))
            if exponent < 0 and abs(rounded) >= 1:
                rounded = fixed.quantize(Decimal(1).scaleb(-digits))
            return f"{rounded:f}"
        rounded = Decimal(mantissa).quantize(Decimal(1).scaleb(-digits))
        if abs(rounded) >= 10:
            rounded, exponent = rounded / 10, exponent + 1
        return f"{rounded:.{digits}f}e{exponent:+d}"
