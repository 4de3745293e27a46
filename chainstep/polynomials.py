"""Polynomials with rational coefficients, and the real numbers at which one is 0.

A polynomial is the tuple of its coefficients, that of the constant first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise, zip_longest
from math import gcd, lcm

from sympy import Basic, Integer, Rational

Polynomial = tuple[Fraction, ...]
HIGHEST = 8  # degree
LARGEST = 10**6  # numerator or denominator of a coefficient
MOST_TRIED = 1000  # largest coefficient whose divisors are tried as parts of a root


def plus(one: Polynomial, two: Polynomial) -> Polynomial:
    """The sum."""
    return trimmed(a + b for a, b in zip_longest(one, two, fillvalue=Fraction(0)))


def times(one: Polynomial, two: Polynomial) -> Polynomial:
    """The product."""
    total = [Fraction(0)] * max(len(one) + len(two) - 1, 0)
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            total[i + j] += a * b
    return trimmed(total)


def raised(one: Polynomial, exponent: int) -> Polynomial:
    """A power with an exponent that is not negative."""
    total: Polynomial = (Fraction(1),)
    for _ in range(exponent):
        total = times(total, one)
    return total


def divided(one: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Quotient and remainder.

    >>> divided((Fraction(-1), Fraction(0), Fraction(1)), (Fraction(-1), Fraction(1)))
    ((Fraction(1, 1), Fraction(1, 1)), ())
    """
    rest = [*one]
    quotient = [Fraction(0)] * max(0, len(one) - len(divisor) + 1)
    for place in reversed(range(len(quotient))):
        quotient[place] = factor = rest[place + len(divisor) - 1] / divisor[-1]
        for n, coefficient in enumerate(divisor):
            rest[place + n] -= factor * coefficient
    return tuple(quotient), trimmed(rest)


def shared(one: Polynomial, two: Polynomial) -> Polynomial:
    """The greatest polynomial that divides both: one of them as it is, where that is it, or one
    with whole coefficients."""
    longer, shorter = (one, two) if len(one) >= len(two) else (two, one)
    _, rest = divided(longer, shorter)
    if not rest:
        return shorter
    while rest:
        longer, shorter = shorter, rest
        _, rest = divided(longer, shorter)
    whole = lcm(*(c.denominator for c in shorter))
    common = gcd(*(int(c * whole) for c in shorter))
    sign = 1 if shorter[-1] > 0 else -1
    return tuple(c * whole / (sign * common) for c in shorter)


def is_small(one: Polynomial) -> bool:
    """Whether it is worth looking for its roots."""
    return len(one) <= HIGHEST + 1 and all(
        abs(c.numerator) <= LARGEST and c.denominator <= LARGEST for c in one
    )


@lru_cache(1000)
def roots(one: Polynomial) -> tuple[Basic, ...] | None:
    """All real roots, if they can be written without a sum of roots; None if not.

    >>> roots((Fraction(-2), Fraction(-1), Fraction(1))), roots((Fraction(-3), 0, Fraction(1)))
    ((-1, 2), (-sqrt(3), sqrt(3)))
    >>> roots((Fraction(1), Fraction(1), Fraction(1))), roots((Fraction(-1), -1, Fraction(1)))
    ((), None)
    """
    if not one:
        return None  # it is 0 everywhere
    found: list[Basic] = []
    rest = one
    if not rest[0]:
        found.append(Integer(0))
        while not rest[0]:
            rest = rest[1:]
    for root in _rational_roots(rest):
        found.append(rational(root))
        while len(rest) > 1 and not _value(rest, root):
            rest, _ = divided(rest, (-root, Fraction(1)))
    more = _roots_of_powers(rest)
    return None if more is None else (*found, *more)


def _roots_of_powers(one: Polynomial) -> tuple[Basic, ...] | None:
    """The roots of what has no rational ones: those of xⁿ = c, or none at all."""
    if len(one) < 2 or not count_of_roots(one):
        return ()
    step = gcd(*(i for i, c in enumerate(one) if c))
    if step < 2:
        return None
    if len(one) == step + 1:
        squares: tuple[Basic, ...] | None = (rational(-one[0] / one[-1]),)
    else:
        squares = roots(one[::step])
    if squares is None:
        return None
    found: list[Basic] = []
    for value in squares:
        if not value.is_Rational:
            return None
        if step % 2:
            found.append(_real_root(value, step))
        elif value > 0:  # type: ignore[operator]
            found += [-_real_root(value, step), _real_root(value, step)]
    return tuple(found)


def _real_root(value, degree: int):
    size = abs(value) ** Rational(1, degree)
    return size if value > 0 else -size


def rational(value: Fraction) -> Basic:
    """A coefficient as a number of sympy."""
    return Rational(value.numerator, value.denominator)


def count_of_roots(one: Polynomial) -> int:
    """How many different real numbers are roots, by Sturm's sequence.

    >>> count_of_roots((Fraction(1), Fraction(0), Fraction(1), Fraction(0), Fraction(1)))
    0
    """
    derivative = trimmed(i * c for i, c in enumerate(one) if i)
    sequence = [one, derivative]
    while sequence[-1]:
        rest = divided(sequence[-2], sequence[-1])[1]
        sequence.append(tuple(-c for c in rest))
    sequence.pop()
    below = [p[-1] if len(p) % 2 else -p[-1] for p in sequence]
    return _changes(below) - _changes([p[-1] for p in sequence])


def _changes(signs: list[Fraction]) -> int:
    return sum((a > 0) != (b > 0) for a, b in pairwise(signs))


def _rational_roots(one: Polynomial) -> Iterator[Fraction]:
    """Those with small parts: a root p/q has a p that divides the first coefficient, and a q
    that divides the last."""
    scale = lcm(*(c.denominator for c in one))
    whole = [int(c * scale) for c in one]
    common = gcd(*whole)
    first, last = abs(whole[0] // common), abs(whole[-1] // common)
    if len(one) == 2:
        yield -one[0] / one[1]
    elif first <= MOST_TRIED and last <= MOST_TRIED:
        for root in sorted({Fraction(p, q) for p in _divisors(first) for q in _divisors(last)}):
            for signed in (-root, root):
                if not _value(one, signed):
                    yield signed


def _divisors(number: int) -> list[int]:
    return [d for d in range(1, number + 1) if number % d == 0]


def _value(one: Polynomial, at: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(one):
        total = total * at + coefficient
    return total


def trimmed(coefficients: Iterable[Fraction]) -> Polynomial:
    """Without the highest coefficients that are 0."""
    kept = list(coefficients)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)
