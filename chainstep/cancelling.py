"""Polynomials in one name over and under a fraction bar: (x² − 2x + 1)/(x − 1)² is 1."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import gcd, lcm

from sympy import Integer, Rational
from sympy.core.basic import Basic

from chainstep.notation import ONE, ZERO, add, mul, power
from chainstep.terms import Term, multiply

HIGHEST = 12  # degree of a polynomial that is divided

Coefficients = tuple[Fraction, ...]  # the constant first
Simplify = Callable[[Basic], Basic]


def cancel(term: Term, simplify: Simplify) -> None:
    """Cancel what a sum over the bar shares with one under it."""
    sums = [p for p in term.factors() if p.base.is_Add and p.number.is_Integer]
    if len({p.number.p > 0 for p in sums}) < 2:
        return
    known = [(p, *_polynomial(p.base)) for p in sums]
    for (above, name, one), (below, same, two) in product(known, known):
        if name is None or name != same or not above.number.p > 0 > below.number.p:
            continue
        shared = _shared(one, two)
        if len(shared) == 1:
            continue
        for p, whole in ((above, one), (below, two)):
            number, p.number = p.number, ZERO
            for factor in (shared, _quotient(whole, shared)):
                multiply(term, _written(factor, name), number, simplify)
        cancel(term, simplify)
        return


def _polynomial(expr: Basic) -> tuple[Basic | None, Coefficients]:
    """The name and the coefficients of a polynomial with rational ones; no name for another sum."""
    found: dict[int, Fraction] = {}
    names = set()
    for summand in expr.args:
        number, degree = ONE, 0
        for factor in summand.args if summand.is_Mul else (summand,):
            base, exponent = factor.args if factor.is_Pow else (factor, ONE)
            if factor.is_Rational:
                number *= factor  # type: ignore[operator]
            elif base.is_Symbol and exponent.is_Integer and 0 < exponent.p <= HIGHEST:
                names.add(base)
                degree += exponent.p
            else:
                return None, ()
        found[degree] = found.get(degree, Fraction(0)) + Fraction(number.p, number.q)
    if len(names) != 1 or max(found) > HIGHEST:
        return None, ()
    return names.pop(), _trimmed(found.get(n, Fraction(0)) for n in range(max(found) + 1))


def _trimmed(coefficients) -> Coefficients:
    found = [*coefficients]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def _divided(whole: Coefficients, part: Coefficients) -> tuple[Coefficients, Coefficients]:
    """Quotient and remainder.

    >>> _divided((Fraction(-1), Fraction(0), Fraction(1)), (Fraction(-1), Fraction(1)))
    ((Fraction(1, 1), Fraction(1, 1)), ())
    """
    rest = [*whole]
    quotient = [Fraction(0)] * max(0, len(whole) - len(part) + 1)
    for place in reversed(range(len(quotient))):
        quotient[place] = factor = rest[place + len(part) - 1] / part[-1]
        for n, coefficient in enumerate(part):
            rest[place + n] -= factor * coefficient
    return tuple(quotient), _trimmed(rest)


def _quotient(whole: Coefficients, part: Coefficients) -> Coefficients:
    return _divided(whole, part)[0]


def _shared(one: Coefficients, two: Coefficients) -> Coefficients:
    """The greatest polynomial that divides both: one of them as it is, where that is it, or one
    with whole coefficients."""
    longer, shorter = (one, two) if len(one) >= len(two) else (two, one)
    _, rest = _divided(longer, shorter)
    if not rest:
        return shorter
    while rest:
        longer, shorter = shorter, rest
        _, rest = _divided(longer, shorter)
    whole = lcm(*(c.denominator for c in shorter))
    common = gcd(*(int(c * whole) for c in shorter))
    sign = 1 if shorter[-1] > 0 else -1
    return tuple(c * whole / (sign * common) for c in shorter)


def _written(coefficients: Coefficients, name: Basic) -> Basic:
    """From the highest power to the constant; the other way round where that is negative."""
    terms = []
    for degree, coefficient in enumerate(coefficients):
        number = Rational(coefficient.numerator, coefficient.denominator)
        raised = (name if degree == 1 else power(name, Integer(degree)),) if degree else ()
        if number is ONE and raised:
            terms.append(raised[0])
        elif number is not ZERO:
            terms.append(mul(number, *raised) if raised else number)
    falling = terms[::-1] if coefficients[-1] > 0 else terms
    return falling[0] if len(falling) == 1 else add(*falling)
