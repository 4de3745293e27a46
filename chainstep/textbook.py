"""The form in which a teacher writes a result.

Like terms and like powers are collected, common factors taken out, fractions cancelled.
No function is rewritten into another, and no power of a sum is expanded. The result is
equal wherever the expression itself is defined in the reals.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache
from math import gcd

from sympy import Integer, Piecewise, Rational, exp
from sympy.core.basic import Basic

from chainstep.notation import ONE, ZERO, add, cases, mul, size
from chainstep.operations.heads import root
from chainstep.terms import Power, Term, merge_roots, plain_sum, product_of, term_of

MOST_EXPANDED = 40  # terms in an expanded product of sums
MOST_REMEMBERED = 4096  # expressions: the same ones come up from exercise to exercise


@lru_cache(MOST_REMEMBERED)
def collect(expr: Basic) -> Basic:
    """The expression in the textbook form.

    >>> from sympy import Integer, Symbol, cos, sin
    >>> from chainstep.notation import power
    >>> x = Symbol("x", real=True)
    >>> collect(mul(power(sin(x), Integer(-2)), Integer(6), x, sin(x), cos(x), x)).args
    (6, x**2, cos(x), 1/sin(x))
    """
    if not expr.args or (expr.is_Function and not isinstance(expr, exp | root)):
        return expr
    return _sum(_terms(expr) if expr.is_Add else [_term(expr)])


def _term(expr: Basic) -> Term:
    term = term_of(expr, collect)
    for key, entry in list(term.powers.items()):
        if entry.base.is_Add and entry.number.is_Integer and not entry.is_one:
            _take_out(term, key, entry)
    return term


def _terms(expr: Basic) -> list[Term]:
    """The terms of a sum; a number times a sum is multiplied out."""
    if expr.is_Add:
        return [term for argument in expr.args for term in _terms(argument)]
    return _distributed(_term(expr))


def _distributed(term: Term) -> list[Term]:
    factors = term.factors()
    if len(factors) == 1 and factors[0].base.is_Add and factors[0].number is ONE:
        inner = _terms(factors[0].base)
        for one in inner:
            one.coefficient *= term.coefficient
        return inner
    return [term]


def _sum(terms: list[Term]) -> Basic:
    """A sum of terms: like terms added, common factors in front, the rest in brackets."""
    terms = _like(terms) if len(terms) > 1 else [t for t in terms if t.coefficient is not ZERO]
    if not terms:
        return ZERO
    branches = _by_branches(terms)
    if branches is not None:
        return branches
    if len(terms) == 1:
        return product_of(terms[0])
    content = _content(terms)
    divided = [_divided(term, content) for term in terms]
    rest = _shorter(divided)
    if len(rest) != len(divided):
        return collect(mul(product_of(content), _sum(rest))) if rest else ZERO
    content, rest = _put_back(content, rest)
    if content.factors() or content.coefficient is not ONE:
        content.times(plain_sum(rest))
        return product_of(content)
    return plain_sum(rest)


def _like(terms: Iterable[Term]) -> list[Term]:
    """Like terms added up, in the order in which they first came."""
    found: dict[Hashable, Term] = {}
    for term in terms:
        first = found.setdefault(term.key(), term)
        if first is term:
            continue
        first.coefficient += term.coefficient
        for key, p in term.powers.items():
            if key in first.powers:
                first.powers[key].below = max(first.powers[key].below, p.below)
    return [term for term in found.values() if term.coefficient is not ZERO]


# --- Common factors -----------------------------------------------------------------------


def _content(terms: list[Term]) -> Term:
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
    return common


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
        together = all(p.number is not ZERO or p.below is not ZERO for p in entries)
    return Power(base, lowest) if together and lowest is not ZERO else None


def _common_number(terms: list[Term]) -> Basic:
    numerator = denominator = 0
    for term in terms:
        numerator = gcd(numerator, abs(int(term.coefficient.p)))
        denominator = gcd(denominator, int(term.coefficient.q))
    sign = -1 if all(term.coefficient.p < 0 for term in terms) else 1
    return Rational(sign * numerator, denominator)


def _divided(term: Term, content: Term) -> Term:
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


def _put_back(content: Term, rest: list[Term]) -> tuple[Term, list[Term]]:
    """Numbers alone are not worth a bracket, nor are names in front of a polynomial."""
    back = Term(Integer(content.coefficient.p))
    if _is_polynomial(rest) and not any(p.base.is_Add for p in content.factors()):
        names = [(key, p) for key, p in content.powers.items() if p.is_polynomial]
        back.powers = dict(names)
    elif content.factors():
        return content, rest
    kept = Term(content.coefficient / back.coefficient)
    kept.powers = {key: p for key, p in content.powers.items() if key not in back.powers}
    return kept, [term.times_term(back) for term in rest]


def _is_polynomial(terms: list[Term]) -> bool:
    return all(p.is_polynomial for term in terms for p in term.powers.values())


def _take_out(term: Term, key: Hashable, entry: Power) -> None:
    """(2x + 4x³)/(2x), x²·(1 + 1/x²), 3·(2x − 4): what the terms of a sum in brackets share
    goes in front of it where it cancels, or where a number stands there already."""
    parts = _terms(entry.base)
    content = _content_in_names(parts)
    if not _cancels(content, entry.number, term):
        content = Term(Rational(content.coefficient.p))
        if abs(term.coefficient) is ONE or abs(content.coefficient) is ONE:
            return
    del term.powers[key]
    term.coefficient *= content.coefficient**entry.number
    for p in content.powers.values():
        term.times(p.base, p.number * entry.number)
    term.times(plain_sum([_divided(part, content) for part in parts]), entry.number)


def _content_in_names(terms: list[Term]) -> Term:
    """The number and the lowest power of each name; a name that is missing counts as x⁰."""
    content = Term(_common_number(terms))
    for term in terms:
        for key, p in term.powers.items():
            if p.base.is_Symbol and p.symbolic is None and key not in content.powers:
                numbers = [t.powers[key].number if key in t.powers else ZERO for t in terms]
                content.powers[key] = Power(p.base, min(numbers))
    return content


def _cancels(content: Term, exponent: Basic, term: Term) -> bool:
    """Whether anything of content^exponent cancels against the other factors of a term."""
    against = term.coefficient.q if exponent.p > 0 else abs(term.coefficient.p)
    if gcd(int(against), abs(int(content.coefficient.p))) > 1:
        return True
    return any(
        (term.powers[key].number * p.number * exponent).p < 0
        for key, p in content.powers.items()
        if key in term.powers
    )


def _by_branches(terms: list[Term]) -> Basic | None:
    """A sum of multiples of one case distinction, branch by branch."""
    found = []
    for term in terms:
        distinctions = [p for p in term.factors() if isinstance(p.base, Piecewise)]
        if len(distinctions) != 1 or distinctions[0].number is not ONE:
            return None
        found.append(distinctions[0].base)
    conditions = [pair.args[1] for pair in found[0].args]
    if any([pair.args[1] for pair in one.args] != conditions for one in found[1:]):
        return None
    factors = []
    for term, one in zip(terms, found, strict=True):
        rest = term.copy()
        del rest.powers[one]
        factors.append(product_of(rest))
    branches = []
    for i, condition in enumerate(conditions):
        values = (mul(one.args[i].args[0], f) for one, f in zip(found, factors, strict=True))
        branches.append((collect(add(*values)), condition))
    if all(value == branches[0][0] for value, _ in branches):
        return branches[0][0]
    return cases(*branches)


# --- Multiplying out ----------------------------------------------------------------------


def _shorter(terms: list[Term]) -> list[Term]:
    """The terms, with products of polynomials multiplied out where that merges terms."""
    flat = _like(one for term in terms for one in _distributed(term))
    if not any(p.base.is_Add for term in flat for p in term.powers.values()):
        return flat
    expanded: list[Term] = []
    for term in flat:
        expanded += _expanded(term)
        if len(expanded) > MOST_EXPANDED:
            return flat
    merged = _like(expanded)
    if len(merged) == len(expanded) or size(plain_sum(merged)) >= size(plain_sum(flat)):
        return flat
    return _by_degree(merged) if _is_polynomial(merged) else merged


def _by_degree(terms: list[Term]) -> list[Term]:
    """x² + 3x + 1, but 1 + 3x − x²."""
    falling = sorted(terms, key=_degree, reverse=True)
    return falling if falling[0].coefficient.p > 0 else falling[::-1]


def _degree(term: Term) -> int:
    return sum(int(p.number) for p in term.powers.values())


def _expanded(term: Term) -> list[Term]:
    """A product of polynomials as a sum of terms; any other term as it is."""
    plain = Term(term.coefficient)
    sums = []
    for key, p in term.powers.items():
        if p.base.is_Add and p.number is ONE:
            sums.append(_terms(p.base))
        else:
            plain.powers[key] = p
    if not _is_polynomial([plain, *(one for parts in sums for one in parts)]):
        return [term]
    products = [plain]
    for parts in sums:
        if len(products) * len(parts) > MOST_EXPANDED:
            return [term]
        products = [product.times_term(part) for product in products for part in parts]
    return products
