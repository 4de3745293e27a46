"""Polynomials in one name over and under a fraction bar: (x² − 2x + 1)/(x − 1)² is 1."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product

from sympy import Integer
from sympy.core.basic import Basic

from chainstep.notation import ONE, ZERO, add, mul, power
from chainstep.polynomials import Polynomial, divided, rational, shared, trimmed
from chainstep.terms import Term, multiply

HIGHEST = 12  # degree of a polynomial that is divided

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
        common = shared(one, two)
        if len(common) == 1:
            continue
        for p, whole in ((above, one), (below, two)):
            number, p.number = p.number, ZERO
            for factor in (common, divided(whole, common)[0]):
                multiply(term, _written(factor, name), number, simplify)
        cancel(term, simplify)
        return


def _polynomial(expr: Basic) -> tuple[Basic | None, Polynomial]:
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
    return names.pop(), trimmed(found.get(n, Fraction(0)) for n in range(max(found) + 1))


def _written(coefficients: Polynomial, name: Basic) -> Basic:
    """From the highest power to the constant; the other way round where that is negative."""
    terms = []
    for degree, coefficient in enumerate(coefficients):
        number = rational(coefficient)
        raised = (name if degree == 1 else power(name, Integer(degree)),) if degree else ()
        if number is ONE and raised:
            terms.append(raised[0])
        elif number is not ZERO:
            terms.append(mul(number, *raised) if raised else number)
    falling = terms[::-1] if coefficients[-1] > 0 else terms
    return falling[0] if len(falling) == 1 else add(*falling)
