"""What the terms of a sum have in common, and what of it goes in front of brackets."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from math import gcd, lcm

from sympy import Integer, Rational
from sympy.core.basic import Basic

from chainstep.notation import ONE, ZERO
from chainstep.operations.heads import root
from chainstep.terms import Power, Term, key_of, merge_roots, plain_sum


def content_of(terms: list[Term]) -> Term:
    """The number and the powers that all terms share."""
    first, *rest = terms
    common = Term(_common_number(terms))
    bases = {p.base for term in terms for p in term.factors()}
    monomials = len(bases) == 1
    for key, p in first.powers.items():
        entries = [p, *(term.powers[key] for term in rest if key in term.powers)]
        if len(entries) == len(terms):
            shared = _shared(entries, monomials)
            if shared is not None:
                common.powers[key] = shared
    above = {key: p for key, p in common.powers.items() if p.number.p >= 0}
    is_fraction = len(above) < len(common.powers)
    if is_fraction and any(_has_function_below(divided(term, common)) for term in terms):
        common.powers = above
    return common


def _has_function_below(term: Term) -> bool:
    """Whether a fraction would stand in another one, as 1/cos²(x) in (x/cos²(x) − tan(x))/x²."""
    below = (p.base for p in term.factors() if p.number.p < 0)
    return any(base.is_Function and not base.is_number for base in below)


def _shared(entries: list[Power], monomials: bool) -> Power | None:
    """What several powers of one base share: a negative power as well, but x + 1/x and
    1/x + 1/x² stay as they are."""
    base, symbolic = entries[0].base, entries[0].symbolic
    if symbolic is not None:
        return Power(base, symbolic=symbolic)
    lowest = min(p.number for p in entries)
    if lowest.p > 0:
        return Power(base, lowest)
    if base.is_Symbol:
        together = not monomials and all(p.number.p < 0 for p in entries)
    else:
        above = [p for p in entries if p.number.p >= 0 and p.below is ZERO]
        multiplies = base.is_Add or isinstance(base, root)  # a sum by √(1 + x), but not by cos(x)
        together = not above or (multiplies and all(p.number.p > 0 for p in above))
    return Power(base, lowest) if together and lowest is not ZERO else None


def _common_number(terms: list[Term], shared: Callable[..., int] = gcd) -> Basic:
    """The number that can be taken out of all terms. Its denominator is what their
    denominators have in common, or with `lcm` what leaves whole numbers."""
    numerator = gcd(*[term.coefficient.p for term in terms])
    denominator = shared(*[term.coefficient.q for term in terms])
    sign = -1 if all(term.coefficient.p < 0 for term in terms) else 1
    return Rational(sign * numerator, denominator)


def divided(term: Term, content: Term) -> Term:
    """A term without what it has in common with others."""
    result = term.copy()
    result.coefficient /= content.coefficient
    for key, p in content.powers.items():
        if p.symbolic is not None:
            del result.powers[key]
            continue
        entry = result.powers.setdefault(key, Power(p.base))
        entry.number -= p.number
        entry.below = ZERO
    merge_roots(result)
    return result


def put_back(content: Term, rest: list[Term]) -> tuple[Term, list[Term]]:
    """Numbers alone are not worth a bracket, nor are names in front of a polynomial."""
    names = {key: p for key, p in content.powers.items() if p.is_polynomial}
    alone = len(names) == len(content.factors())
    back = Term()
    if is_polynomial(rest) and not any(p.base.is_Add for p in content.factors()):
        back.powers = names if alone or abs(content.coefficient.p) == 1 else {}
    kept = Term(content.coefficient)
    kept.powers = {key: p for key, p in content.powers.items() if key not in back.powers}
    if not kept.factors():
        whole = all(term.coefficient.is_Integer for term in rest)
        back.coefficient = Integer(content.coefficient.p) if whole else content.coefficient
        kept.coefficient /= back.coefficient
    return kept, [term.times_term(back) for term in rest]


def is_polynomial(terms: list[Term]) -> bool:
    """Whether there are only whole powers of names."""
    return all(p.is_polynomial for term in terms for p in term.powers.values())


def belong_inside(others: Mapping[Hashable, Power], parts: list[Term]) -> bool:
    """Whether there are only names in front of a sum, and all of them cancel in it."""
    return bool(others) and all(
        p.is_monomial and p.number <= -_lowest(p.base, parts) for p in others.values()
    )


def _lowest(name: Basic, parts: list[Term]) -> Basic:
    """The lowest power of a name in a sum: −2/3 for 1/∛(x²)."""
    numbers = [ZERO]
    for p in (p for part in parts for p in part.factors()):
        if p.base == name:
            numbers.append(p.number)
        elif isinstance(p.base, root) and p.base.args[0] == name:
            numbers.append(p.number / p.base.args[1])
    return min(numbers)


def taken_out(
    parts: list[Term], entry: Power, others: Mapping[Hashable, Power], number: Basic
) -> Term:
    """What is taken out of the sum of a power: what cancels, a name that stands in front as
    well, fractions from under or over a bar, and a number if there is anything in front."""
    barred = entry.number.p < 0 or any(p.number.p < 0 for p in others.values())
    number_alone = Term(_common_number(parts))
    numbered = entry.number is ONE and abs(number_alone.coefficient.p) != 1
    if numbered:  # (3x² + 3x)/(x² + x) is 3
        rest = plain_sum([divided(part, number_alone) for part in parts])
        numbered = bool(others) and key_of(rest) not in others
    taken = Term()
    for key, p in _content_in_names(parts).items():
        outside = others[key].number.p * entry.number.p if key in others else 0
        cancels = p.number.p * outside < 0
        joins = p.number.p > 0 and (outside > 0 or numbered)
        if cancels or joins or (p.number.p < 0 and barred):
            taken.powers[key] = p
    taken.coefficient = _number_taken(parts, taken, entry, bool(others), number)
    return taken


def _number_taken(
    parts: list[Term], taken: Term, entry: Power, in_front: bool, number: Basic
) -> Basic:
    """3/2 of 3x/2 + 3, unless fractions stay in the sum; of a power only what cancels, or is
    multiplied by another number."""
    content = _common_number(parts)
    against = number.q if entry.number.p > 0 else abs(number.p)
    if gcd(int(against), abs(int(content.p))) > 1:
        return content
    if entry.number is ONE and (in_front or number is not ONE):
        whole = not any(_has_fraction(divided(part, taken)) for part in parts)
        return _common_number(parts, lcm) if whole else Rational(content.p)
    return ONE if abs(number) is ONE or abs(content.p) == 1 else Rational(content.p)


def _has_fraction(term: Term) -> bool:
    return any(p.number.p < 0 for p in term.factors())


def _content_in_names(terms: list[Term]) -> dict[Hashable, Power]:
    """The lowest power of each name, sum and root; one that is missing counts as a power of 0.
    A sum may be multiplied by x² or (1 + x), but not by cos²(x)."""
    content: dict[Hashable, Power] = {}
    for term in terms:
        for key, p in term.powers.items():
            plain = p.base.is_Symbol or p.base.is_Add or isinstance(p.base, root)
            if plain and p.symbolic is None and key not in content:
                numbers = [t.powers[key].number if key in t.powers else ZERO for t in terms]
                content[key] = Power(p.base, min(numbers))
    return content
