"""Terms: a rational coefficient times powers of bases; an expression taken apart into them,
and put together again.

A base is a symbol, a function, or a sum. Whole and fractional exponents of one base add up;
symbolic ones are merged where their sum is shorter, as in e^(2x)·e^(−x), and else stay apart.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from sympy import Abs, S, exp, sign
from sympy.core.basic import Basic

from chainstep.errors import UndefinedConstant
from chainstep.notation import (
    ONE,
    ZERO,
    DerivativeSymbol,
    add,
    applied,
    mul,
    postorder,
    power,
    size,
)
from chainstep.operations.heads import root

MOST_FACTORS = 50  # of a product whose factors are compared with each other
LARGEST_POWER = 20  # a coefficient is raised to no higher power: (2x)^9998 stays

Simplify = Callable[[Basic], Basic]


@dataclass(slots=True)
class Power:
    """base^number, or base^symbolic if that is given; `below` is how much of the base stood
    under a fraction bar before anything cancelled."""

    base: Basic
    number: Basic = ZERO
    symbolic: Basic | None = None
    below: Basic = ZERO

    @property
    def is_one(self) -> bool:
        return self.symbolic is None and self.number is ZERO

    @property
    def is_monomial(self) -> bool:
        """Whether it is a power of a name, or a root of it, in no denominator."""
        return self.base.is_Symbol and self.symbolic is None and self.number.p >= 0

    @property
    def is_polynomial(self) -> bool:
        """Whether it is a whole power of a name."""
        return self.is_one or (self.is_monomial and self.number.is_Integer)


@dataclass(slots=True)
class Term:
    """A coefficient times powers, in the order in which they came up."""

    coefficient: Basic = ONE
    powers: dict[Hashable, Power] = field(default_factory=dict)

    def key(self) -> Hashable:
        """What two like terms have in common."""
        return frozenset((key, p.number) for key, p in self.powers.items() if not p.is_one)

    def factors(self) -> list[Power]:
        """The powers other than 1."""
        return [p for p in self.powers.values() if p.number is not ZERO or p.symbolic is not None]

    def times(self, base: Basic, number: Basic = ONE) -> None:
        """Multiply by base^number."""
        entry = self.powers.setdefault(key_of(base), Power(base))
        entry.number += number
        if number.p < 0:
            entry.below -= number

    def times_symbolic(self, base: Basic, exponent: Basic, simplify: Simplify) -> None:
        """Multiply by base^exponent, the exponent an expression."""
        exponent = _if_shorter(exponent, simplify)
        if exponent.is_Rational:
            self.times(base, exponent)
            return
        if exponent.is_Add and base is not S.Exp1 and exponent.args[-1].is_Rational:
            *rest, last = exponent.args  # x^(n−1) as x^n·x^(−1), which may cancel
            if last.p < 0:
                self.times(base, last)
                exponent = add(*rest)
        others = list(self.powers.items()) if len(self.powers) <= MOST_FACTORS else []
        for key, p in others:
            if p.symbolic is not None and p.base == base:
                merged = simplify(add(p.symbolic, exponent))
                if _terms_in(merged) < _terms_in(p.symbolic) + _terms_in(exponent):
                    del self.powers[key]
                    self.times_symbolic(base, merged, simplify)
                    return
        self.powers[key_of(base), exponent] = Power(base, symbolic=exponent)

    def times_term(self, other: Term) -> Term:
        """The product with another term, as a new one."""
        result = self.copy()
        result.coefficient *= other.coefficient
        for key, p in other.powers.items():
            if p.symbolic is None:
                result.times(p.base, p.number)
            else:
                result.powers[key] = p
        return result

    def copy(self) -> Term:
        powers = {k: Power(p.base, p.number, p.symbolic, p.below) for k, p in self.powers.items()}
        return Term(self.coefficient, powers)


def key_of(base: Basic) -> Hashable:
    """Sums are the same base in whatever order they are written."""
    return frozenset(base.args) if base.is_Add else base


def _terms_in(exponent: Basic) -> int:
    return len(exponent.args) if exponent.is_Add else int(exponent is not ZERO)


def _if_shorter(expr: Basic, simplify: Simplify) -> Basic:
    simple = simplify(expr)
    return simple if size(simple) < size(expr) else expr


# --- Taking apart -------------------------------------------------------------------------


def term_of(expr: Basic, simplify: Simplify) -> Term:
    """A product as a term; `simplify` puts the sums in it, and its exponents, in order."""
    term = Term()
    multiply(term, expr, ONE, simplify)
    merge_roots(term)
    merge_signs(term)
    _flatten_wholes(term, simplify)
    return term


def multiply(term: Term, expr: Basic, exponent: Basic, simplify: Simplify) -> None:
    """Multiply a term by expr^exponent, the exponent a number."""
    if expr.is_Symbol:
        term.times(expr, exponent)
        return
    whole = exponent.is_Integer
    if expr is ZERO and exponent.p < 0:
        raise UndefinedConstant("a denominator is 0 everywhere")
    if expr.is_Rational and whole and (abs(exponent.p) <= LARGEST_POWER or abs(expr) is ONE):
        term.coefficient *= expr if exponent is ONE else expr**exponent
    elif expr.is_Mul and whole and _may_distribute(expr, exponent):
        for factor in expr.args:
            multiply(term, factor, exponent, simplify)
    elif expr.is_Pow and whole:
        base, inner = expr.args
        _multiply_power(term, base, inner, exponent, simplify)
    elif type(expr) is exp and whole:
        term.times_symbolic(S.Exp1, _scaled(expr.args[0], exponent), simplify)
    elif isinstance(expr, root) and whole and _is_whole_power(expr.args[0]):
        base, inner = expr.args[0].args  # ∛(x²) is (∛x)², the degree being odd
        term.times(applied(root, base, expr.args[1]), inner * exponent)
    elif expr.is_Add:
        simple = simplify(expr)
        if simple.is_Add or not whole:  # √(x + √x) is not taken apart
            term.times(simple if simple.is_Add else expr, exponent)
        else:
            multiply(term, simple, exponent, simplify)
    else:
        term.times(expr, exponent)


def _is_whole_power(expr: Basic) -> bool:
    return expr.is_Pow and expr.args[1].is_Integer


def _is_odd_power(expr: Basic) -> bool:
    return _is_whole_power(expr) and expr.args[1].p % 2 == 1


def _may_distribute(product: Basic, exponent: Basic) -> bool:
    return abs(exponent.p) <= LARGEST_POWER or not any(f.is_Number for f in product.args)


def _multiply_power(
    term: Term, base: Basic, inner: Basic, exponent: Basic, simplify: Simplify
) -> None:
    """(base^inner)^exponent, the outer exponent whole, so exponents multiply."""
    if not inner.is_Rational:
        term.times_symbolic(base, _scaled(inner, exponent), simplify)
    elif inner.is_Integer or base.is_Add:
        multiply(term, base, inner * exponent, simplify)
    elif _is_odd_power(base):  # √(x³) is there only where √x is
        _multiply_power(term, base.args[0], base.args[1] * inner, exponent, simplify)
    else:
        term.times(base, inner * exponent)


def _scaled(exponent: Basic, factor: Basic) -> Basic:
    return exponent if factor is ONE else mul(factor, exponent)


def merge_roots(term: Term) -> None:
    """x·∛x is (∛x)⁴; a whole power of x comes back out of (∛x)³."""
    for key, entry in list(term.powers.items()):
        if entry.symbolic is not None or not isinstance(entry.base, root):
            continue
        radicand, degree = entry.base.args
        plain = term.powers.get(key_of(radicand))
        if plain and plain.number.is_Integer:
            entry.number += degree * plain.number
            entry.below += degree * plain.below
            del term.powers[key_of(radicand)]
        if entry.number % degree is ZERO:
            del term.powers[key]
            term.times(radicand, entry.number / degree)


def merge_signs(term: Term) -> None:
    """sign(u)·|u| is u, sign(u)/|u| is 1/u, and sign(u)·u is |u|."""
    signs = [p for p in term.powers.values() if type(p.base) is sign and p.number is ONE]
    for entry in signs:
        (u,) = entry.base.args
        size_of, plain = (term.powers.get(key_of(base)) for base in (applied(Abs, u), u))
        if size_of and size_of.number.is_Integer and not size_of.is_one:
            one = ONE if size_of.number.p > 0 else -ONE
            term.times(size_of.base, -one)
            term.times(u, one)
        elif plain and plain.number.is_Integer and plain.number.p > 0:
            term.times(u, -ONE)
            term.times(applied(Abs, u))
        else:
            continue
        entry.number = ZERO


def _flatten_wholes(term: Term, simplify: Simplify) -> None:
    """√q·√q is q, and if q is itself a product, its factors."""
    for key, entry in list(term.powers.items()):
        whole = entry.symbolic is None and entry.number.is_Integer and not entry.is_one
        base = entry.base
        product = base.is_Mul and _may_distribute(base, entry.number)
        if whole and (product or base.is_Pow or type(base) is exp):
            del term.powers[key]
            multiply(term, base, entry.number, simplify)


# --- Writing ------------------------------------------------------------------------------


def plain_sum(terms: list[Term]) -> Basic:
    """The terms in their order, but a positive one first if there is one."""
    written = [product_of(term) for term in terms]
    if terms and terms[0].coefficient.p < 0:
        for i, term in enumerate(terms):
            if term.coefficient.p > 0:
                written.insert(0, written.pop(i))
                break
    return add(*written)


def product_of(term: Term) -> Basic:
    """Number, names, polynomials, functions, exponentials, sums; then what is divided by."""
    above: list[tuple[int, Basic]] = []
    below: list[tuple[int, Basic]] = []
    for base, exponent in _exponents(term):
        under = exponent.is_Rational and exponent.p < 0
        (below if under else above).append((_rank(base, exponent), _raised(base, exponent)))
    above.sort(key=_by_rank)
    below.sort(key=_by_rank)
    factors = [factor for _, factor in above + below]
    if not factors:
        return term.coefficient
    return mul(*factors) if term.coefficient is ONE else mul(term.coefficient, *factors)


def _exponents(term: Term) -> list[tuple[Basic, Basic]]:
    """Base and exponent of every factor; x^n·x^(−1) is x^(n−1) again."""
    factors = term.factors()
    joined = {p.base: p for p in factors if p.symbolic is None and p.number.p < 0}
    pairs = []
    for p in factors:
        if p.symbolic is not None:
            less = joined.pop(p.base, None)
            pairs.append((p.base, add(p.symbolic, less.number) if less else p.symbolic))
        else:
            pairs.append((p.base, p.number))
    taken = {p.base for p in factors if p.symbolic is not None}
    return [
        (base, exponent)
        for base, exponent in pairs
        if not (exponent.is_Rational and exponent.p < 0 and base in taken)
    ]


def _by_rank(item: tuple[int, Basic]) -> int:
    return item[0]


def _raised(base: Basic, exponent: Basic) -> Basic:
    if exponent is ONE:
        return base
    if base is S.Exp1:
        return applied(exp, exponent)
    return power(base, exponent)


DERIVATIVE, CONSTANT, NAME, POLYNOMIAL, FUNCTION, EXPONENTIAL, SUM, LOGARITHM_OF_NUMBER = range(8)


def _rank(base: Basic, exponent: Basic) -> int:
    """The place of a factor in a product, as it is usual on a board: 2x(1 + x)sin(x)eˣ; the
    name of a derivative stands in front, apart from the values."""
    if base is S.Exp1 and not exponent.is_Number:
        return EXPONENTIAL
    if base.is_Add:
        return POLYNOMIAL if _is_plain(base) else SUM
    if isinstance(base, DerivativeSymbol):
        return DERIVATIVE
    if base.is_Symbol:
        return NAME if exponent.is_Number else FUNCTION
    if base.is_Function and base.is_number:
        return LOGARITHM_OF_NUMBER
    return CONSTANT if base.is_number and exponent.is_Number else FUNCTION


def _is_plain(expr: Basic) -> bool:
    """Whether there is no function in an expression, nor anything divided by."""
    return all(
        tree.is_Symbol
        or tree.is_Rational
        or tree.is_Add
        or tree.is_Mul
        or (tree.is_Pow and tree.args[1].is_Integer and tree.args[1].p > 0)
        for tree in postorder(expr)
    )
