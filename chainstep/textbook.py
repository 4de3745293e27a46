"""The form in which a teacher writes a result.

Like terms and like powers are collected, common factors taken out, fractions cancelled.
No function is rewritten into another, and no power of a sum is expanded. An expression is
taken apart into terms, each a rational coefficient times powers of bases; a base is a
symbol, a function, or a sum. Valid wherever the expression itself is defined in the reals.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from math import gcd

from sympy import Integer, Piecewise, Rational, S, exp
from sympy.core.basic import Basic

from chainstep.notation import ONE, ZERO, add, mul, power, size
from chainstep.operations.heads import root

LARGEST_POWER = 20  # a coefficient is raised to no higher power: (2x)^9998 stays
MOST_EXPANDED = 40  # terms in an expanded product of sums


@dataclass
class Power:
    """base^(number + symbolic), the exponent of one base in a term; `below` is how much of
    it stood under a fraction bar before anything cancelled."""

    base: Basic
    number: Basic = ZERO
    symbolic: tuple[Basic, ...] = ()
    below: Basic = ZERO

    @property
    def exponent(self) -> Basic:
        if not self.symbolic:
            return self.number
        if len(self.symbolic) == 1 and self.number == ZERO:
            return self.symbolic[0]
        parts = self.symbolic if self.number == ZERO else (*self.symbolic, self.number)
        return collect(add(*parts))


@dataclass
class Term:
    """A rational coefficient times powers, in the order in which they came up."""

    coefficient: Basic = ONE
    powers: dict[Hashable, Power] = field(default_factory=dict)

    def key(self) -> Hashable:
        """What two like terms have in common."""
        return frozenset((k, p.exponent) for k, p in self.powers.items() if p.exponent != ZERO)

    def times(self, base: Basic, number: Basic = ONE, symbolic: tuple[Basic, ...] = ()) -> None:
        """Multiply by one more power of a base."""
        entry = self.powers.setdefault(_key(base), Power(base))
        entry.number += number
        entry.symbolic += symbolic
        if number.is_negative and not symbolic:
            entry.below -= number

    def copy(self) -> Term:
        return Term(
            self.coefficient,
            {k: Power(p.base, p.number, p.symbolic, p.below) for k, p in self.powers.items()},
        )


def collect(expr: Basic) -> Basic:
    """The expression in the textbook form.

    >>> from sympy import Symbol, cos, sin
    >>> x = Symbol("x", real=True)
    >>> collect(mul(power(sin(x), Integer(-2)), Integer(6), x, sin(x), cos(x), x)).args
    (6, x**2, cos(x), 1/sin(x))
    """
    if not expr.args:
        return expr
    return _sum(_terms(expr) if expr.is_Add else [_term(expr)])


# --- Taking apart -------------------------------------------------------------------------


def _key(base: Basic) -> Hashable:
    """Sums are the same base in whatever order they are written."""
    return frozenset(base.args) if base.is_Add else base


def _terms(expr: Basic) -> list[Term]:
    """The terms of a sum; a number times a sum is multiplied out."""
    if expr.is_Add:
        return [term for argument in expr.args for term in _terms(argument)]
    return _distributed(_term(expr))


def _distributed(term: Term) -> list[Term]:
    powers = [p for p in term.powers.values() if p.number != ZERO or p.symbolic]
    if len(powers) == 1 and powers[0].base.is_Add and powers[0].exponent == ONE:
        inner = _terms(powers[0].base)
        for one in inner:
            one.coefficient *= term.coefficient
        return inner
    return [term]


def _term(expr: Basic) -> Term:
    term = Term()
    _multiply(term, expr, ONE)
    _merge_roots(term)
    _cancel_contents(term)
    return term


def _multiply(term: Term, expr: Basic, exponent: Basic) -> None:
    """Multiply a term by expr^exponent, the exponent a number."""
    whole = exponent.is_Integer
    if expr.is_Rational and whole and (abs(exponent) <= LARGEST_POWER or abs(expr) == ONE):
        term.coefficient *= expr**exponent
    elif expr.is_Mul and whole and _may_distribute(expr, exponent):
        for factor in expr.args:
            _multiply(term, factor, exponent)
    elif expr.is_Pow and whole:
        base, inner = expr.args
        _multiply_power(term, base, inner, exponent)
    elif isinstance(expr, exp) and whole:
        argument = expr.args[0]
        term.times(S.Exp1, ZERO, (argument if exponent == ONE else mul(exponent, argument),))
    elif expr.is_Add:
        _multiply_sum(term, expr, exponent)
    else:
        term.times(expr, exponent)


def _may_distribute(product: Basic, exponent: Basic) -> bool:
    return abs(exponent) <= LARGEST_POWER or not any(f.is_Number for f in product.args)


def _multiply_power(term: Term, base: Basic, inner: Basic, exponent: Basic) -> None:
    """(base^inner)^exponent, the outer exponent whole, so exponents multiply."""
    if inner.is_Rational:
        if inner.is_Integer or not (base.is_Mul or base.is_Pow or isinstance(base, exp)):
            _multiply(term, base, inner * exponent)
        else:
            term.times(base, inner * exponent)
        return
    number = ZERO
    if inner.is_Add and inner.args[-1].is_Rational:
        number, inner = inner.args[-1], add(*inner.args[:-1])
    term.times(base, number * exponent, (inner if exponent == ONE else mul(exponent, inner),))


def _multiply_sum(term: Term, expr: Basic, exponent: Basic) -> None:
    simple = collect(expr)
    if simple.is_Add or not exponent.is_Integer:
        term.times(simple, exponent)
    else:
        _multiply(term, simple, exponent)


def _merge_roots(term: Term) -> None:
    """x·∛x is (∛x)⁴; a whole power of x comes back out of (∛x)³."""
    for power_of_root in list(term.powers.values()):
        base = power_of_root.base
        if not isinstance(base, root):
            continue
        radicand, degree = base.args
        plain = term.powers.get(_key(radicand))
        if plain and plain.number.is_Integer and not plain.symbolic:
            power_of_root.number += degree * plain.number
            power_of_root.below += degree * plain.below
            del term.powers[_key(radicand)]
        if power_of_root.number % degree == ZERO:
            del term.powers[_key(base)]
            term.times(radicand, power_of_root.number / degree)


def _cancel_contents(term: Term) -> None:
    """(2x + 4x³)/(2x): what all terms of a sum share cancels against the rest."""
    for key, entry in list(term.powers.items()):
        if not (entry.base.is_Add and entry.number.is_Integer and not entry.symbolic):
            continue
        if entry.number == ZERO:
            continue
        parts = _terms(entry.base)
        content = _content(parts)
        if _cancels(content, entry.number, term):
            del term.powers[key]
            term.coefficient *= content.coefficient**entry.number
            for p in content.powers.values():
                term.times(p.base, p.number * entry.number)
            term.times(_plain_sum([_divided(part, content) for part in parts]), entry.number)


def _cancels(content: Term, exponent: Basic, term: Term) -> bool:
    coefficient = term.coefficient
    against = coefficient.q if exponent.is_positive else abs(coefficient.p)
    if gcd(int(against), abs(int(content.coefficient.p))) > 1:
        return True
    for key, p in content.powers.items():
        other = term.powers.get(key)
        if other and (other.number * p.number * exponent).is_negative:
            return True
    return False


# --- Common factors -----------------------------------------------------------------------


def _content(terms: list[Term]) -> Term:
    """The number and the powers that all terms share."""
    first, *rest = terms
    common = Term(_common_number(terms))
    for key, p in first.powers.items():
        entries = [p]
        for term in rest:
            other = term.powers.get(key)
            if other is None:
                break
            entries.append(other)
        else:
            shared = _shared(entries)
            if shared is not None:
                common.powers[key] = shared
    return common


def _shared(entries: list[Power]) -> Power | None:
    """The largest power of one base that divides all; exponents must differ by numbers."""
    symbolic = entries[0].symbolic
    if any(e.symbolic != symbolic for e in entries[1:]):
        exponent = entries[0].exponent
        if any(e.exponent != exponent for e in entries[1:]):
            return None
        return entries[0]
    base = entries[0].base
    if all(e.below != ZERO for e in entries):
        return Power(base, -max(e.below for e in entries), symbolic)
    if symbolic:
        return Power(base, max(e.number for e in entries), symbolic)
    lowest = min(e.number for e in entries)
    return Power(base, lowest) if lowest.is_positive else None


def _common_number(terms: list[Term]) -> Basic:
    numerator = denominator = 0
    for term in terms:
        numerator = gcd(numerator, abs(int(term.coefficient.p)))
        denominator = gcd(denominator, int(term.coefficient.q))
    sign = -1 if all(term.coefficient.is_negative for term in terms) else 1
    return Rational(sign * numerator, denominator)


def _divided(term: Term, content: Term) -> Term:
    result = term.copy()
    result.coefficient /= content.coefficient
    for key, p in content.powers.items():
        entry = result.powers.get(key)
        if entry is None:
            entry = result.powers[key] = Power(p.base)
        if entry.symbolic == p.symbolic:
            entry.symbolic = ()
            entry.number -= p.number
        else:
            entry.symbolic, entry.number = (), ZERO
        entry.below = ZERO
        if entry.number == ZERO and not entry.symbolic:
            del result.powers[key]
    return result


def _like(terms: Iterable[Term]) -> list[Term]:
    """Like terms added up, in the order in which they first came."""
    found: dict[Hashable, Term] = {}
    for term in terms:
        key = term.key()
        if key in found:
            found[key].coefficient += term.coefficient
            for base, p in term.powers.items():
                entry = found[key].powers.get(base)
                if entry is not None:
                    entry.below = max(entry.below, p.below)
        else:
            found[key] = term
    return [term for term in found.values() if term.coefficient != ZERO]


def _sum(terms: list[Term]) -> Basic:
    """A sum of terms: like terms added, common factors in front, the rest in brackets."""
    terms = _like(terms)
    if not terms:
        return ZERO
    branches = _by_branches(terms)
    if branches is not None:
        return branches
    if len(terms) == 1:
        return _product(terms[0])
    content = _content(terms)
    divided = [_divided(term, content) for term in terms]
    rest = _shorter(divided)
    if len(rest) != len(divided):
        return collect(mul(_product(content), _sum(rest))) if rest else ZERO
    content, rest = _put_back(content, rest)
    if content.key() or content.coefficient != ONE:
        content.times(_plain_sum(rest))
        return _product(content)
    return _plain_sum(rest)


def _put_back(content: Term, rest: list[Term]) -> tuple[Term, list[Term]]:
    """Numbers alone are not worth a bracket, nor are names in front of a polynomial."""
    back = Term(Integer(content.coefficient.p))
    if _is_polynomial(rest) and not any(p.base.is_Add for p in content.powers.values()):
        for key, p in content.powers.items():
            if p.base.is_Symbol and not p.symbolic and p.number.is_positive:
                back.powers[key] = p
    elif content.powers:
        return content, rest
    kept = Term(content.coefficient / back.coefficient)
    kept.powers = {key: p for key, p in content.powers.items() if key not in back.powers}
    return kept, [_times(term, back) for term in rest]


def _times(term: Term, other: Term) -> Term:
    result = term.copy()
    result.coefficient *= other.coefficient
    for p in other.powers.values():
        result.times(p.base, p.number, p.symbolic)
    return result


def _is_polynomial(terms: list[Term]) -> bool:
    return all(
        p.base.is_Symbol and p.number.is_Integer and not p.number.is_negative and not p.symbolic
        for term in terms
        for p in term.powers.values()
    )


def _by_branches(terms: list[Term]) -> Basic | None:
    """A sum of multiples of one case distinction, branch by branch."""
    cases = []
    for term in terms:
        found = [p.base for p in term.powers.values() if isinstance(p.base, Piecewise)]
        if len(found) != 1 or term.powers[found[0]].exponent != ONE:
            return None
        cases.append(found[0])
    conditions = [pair.args[1] for pair in cases[0].args]
    if any([pair.args[1] for pair in case.args] != conditions for case in cases[1:]):
        return None
    factors = []
    for term, case in zip(terms, cases, strict=True):
        rest = term.copy()
        del rest.powers[case]
        factors.append(_product(rest))
    branches = []
    for i, condition in enumerate(conditions):
        values = (mul(c.args[i].args[0], f) for c, f in zip(cases, factors, strict=True))
        branches.append((collect(add(*values)), condition))
    if all(value == branches[0][0] for value, _ in branches):
        return branches[0][0]
    return Piecewise(*branches, evaluate=False)


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
    if len(merged) == len(expanded) or size(_plain_sum(merged)) >= size(_plain_sum(flat)):
        return flat
    return merged


def _expanded(term: Term) -> list[Term]:
    """A product of polynomials as a sum of terms; any other term as it is."""
    plain = Term(term.coefficient)
    sums = []
    for p in term.powers.values():
        if p.base.is_Add and p.exponent == ONE:
            sums.append(_terms(p.base))
        else:
            plain.times(p.base, p.number, p.symbolic)
    if not _is_polynomial([plain, *(one for parts in sums for one in parts)]):
        return [term]
    products = [plain]
    for parts in sums:
        if len(products) * len(parts) > MOST_EXPANDED:
            return [term]
        products = [_times(product, part) for product in products for part in parts]
    return products


# --- Writing ------------------------------------------------------------------------------


def _plain_sum(terms: list[Term]) -> Basic:
    """The terms in their order, but a positive one first if there is one."""
    written = [_product(term) for term in terms]
    if terms and terms[0].coefficient.is_negative:
        for i, term in enumerate(terms):
            if term.coefficient.is_positive:
                written.insert(0, written.pop(i))
                break
    return add(*written)


def _product(term: Term) -> Basic:
    """Number, names, polynomials, functions, exponentials, sums; then what is divided by."""
    above: list[tuple[int, Basic]] = []
    below: list[tuple[int, Basic]] = []
    for p in term.powers.values():
        exponent = p.exponent
        if exponent == ZERO:
            continue
        under = exponent.is_Number and exponent.is_negative
        (below if under else above).append((_rank(p.base, exponent), _raised(p.base, exponent)))
    above.sort(key=_by_rank)
    below.sort(key=_by_rank)
    factors = [factor for _, factor in above + below]
    if not factors:
        return term.coefficient
    if term.coefficient == ONE:
        return mul(*factors)
    return mul(term.coefficient, *factors)


def _by_rank(item: tuple[int, Basic]) -> int:
    return item[0]


def _raised(base: Basic, exponent: Basic) -> Basic:
    if exponent == ONE:
        return base
    if base == S.Exp1:
        return exp(exponent, evaluate=False)
    return power(base, exponent)


CONSTANT, NAME, POLYNOMIAL, FUNCTION, EXPONENTIAL, SUM, LOGARITHM_OF_NUMBER = range(7)


def _rank(base: Basic, exponent: Basic) -> int:
    """The place of a factor in a product, as it is usual on a board: 2x(1 + x)sin(x)eˣ."""
    if base == S.Exp1 and not exponent.is_Number:
        return EXPONENTIAL
    if base.is_Add:
        return POLYNOMIAL if _is_polynomial(_terms(base)) else SUM
    if base.is_Symbol:
        return NAME if exponent.is_Number else FUNCTION
    if base.is_Function and base.is_number:
        return LOGARITHM_OF_NUMBER
    return CONSTANT if base.is_number and exponent.is_Number else FUNCTION
