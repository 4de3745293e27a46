"""The form in which a teacher writes a result.

Like terms and like powers are collected, common factors taken out, fractions cancelled.
No function is rewritten into another, and no power of a sum is expanded. The result is
equal wherever the expression itself is defined in the reals.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import lru_cache

from sympy import Piecewise, exp
from sympy.core.basic import Basic

from chainstep.cancelling import cancel
from chainstep.factoring import (
    belong_inside,
    content_of,
    divided,
    is_polynomial,
    put_back,
    taken_out,
)
from chainstep.notation import ONE, ZERO, add, cases, mul, size
from chainstep.operations.heads import root
from chainstep.terms import MOST_FACTORS, Power, Term, multiply, plain_sum, product_of, term_of

MOST_EXPANDED = 40  # terms in an expanded product of sums
MOST_REMEMBERED = 1024  # expressions: the same ones come up from exercise to exercise


@lru_cache(MOST_REMEMBERED)
def collect(expr: Basic) -> Basic:
    """The expression in the textbook form.

    >>> from sympy import Integer, Symbol, cos, sin
    >>> from chainstep.notation import power
    >>> x = Symbol("x", real=True)
    >>> collect(mul(power(sin(x), Integer(-2)), Integer(6), x, sin(x), cos(x), x)).args
    (6, x**2, cos(x), 1/sin(x))
    """
    if expr.is_Piecewise:
        branches = (pair.args for pair in expr.args)
        return cases(*((collect(value), condition) for value, condition in branches))
    if not expr.args or (expr.is_Function and type(expr) not in (exp, root)):
        return expr
    return _sum(_terms(expr) if expr.is_Add else [_term(expr)])


def _term(expr: Basic) -> Term:
    return _without_common(term_of(expr, collect))


def _without_common(term: Term) -> Term:
    """What the terms of the sums in a product share, in front of them."""
    if len(term.powers) > MOST_FACTORS:
        return term
    for key, entry in list(term.powers.items()):
        is_sum = entry.base.is_Add and entry.number.is_Integer and entry.number is not ZERO
        if is_sum and term.powers.get(key) is entry:
            _take_out(term, key, entry)
    cancel(term, collect)
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
    content = content_of(terms)
    quotients = [divided(term, content) for term in terms]
    rest = _shorter(quotients)
    if len(rest) != len(quotients):
        return collect(mul(product_of(content), _sum(rest))) if rest else ZERO
    content, rest = put_back(content, rest)
    if content.factors() or content.coefficient is not ONE:
        content.times(plain_sum(rest))
        return product_of(_without_common(content))
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


def _take_out(term: Term, key: Hashable, entry: Power) -> None:
    """What the terms of a sum in brackets share goes in front of it, where it cancels or is
    worth it; and x·(ln(x) + 1/x) is x·ln(x) + 1."""
    if any(p.symbolic is not None and p.base == entry.base for p in term.factors()):
        return  # (1 + r/n)^(nt)/(1 + r/n) becomes one power
    parts = _terms(entry.base)
    others = {key: p for key, p in term.powers.items() if p is not entry and not p.is_one}
    if entry.number is ONE and belong_inside(others, parts):
        del term.powers[key]
        inside = collect(add(*(product_of(part.times_term(term)) for part in parts)))
        term.powers, term.coefficient = {}, ONE
        multiply(term, inside, ONE, collect)
        return
    taken = taken_out(parts, entry, others, term.coefficient)
    if not taken.factors() and taken.coefficient is ONE:
        return
    del term.powers[key]
    term.coefficient *= taken.coefficient**entry.number
    for p in taken.powers.values():
        term.times(p.base, p.number * entry.number)
    rest = collect(plain_sum([divided(part, taken) for part in parts]))
    multiply(term, rest, entry.number, collect)


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
    return _by_degree(merged) if is_polynomial(merged) else merged


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
    parts = [plain, *(one for parts in sums for one in parts)]
    if not all(p.is_one or p.is_monomial for part in parts for p in part.powers.values()):
        return [term]
    products = [plain]
    for parts in sums:
        if len(products) * len(parts) > MOST_EXPANDED:
            return [term]
        products = [product.times_term(part) for product in products for part in parts]
    return products
