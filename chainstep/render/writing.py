"""How a mathematician writes an expression: the one place where that is decided.

The arguments of an expression stand in the order in which they are written. What is
decided here are signs, fraction bars, roots, brackets, dots and the names of functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

from sympy import (
    Abs,
    Add,
    Integer,
    Mul,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
    digamma,
    exp,
    polygamma,
)
from sympy.core import numbers
from sympy.core.basic import Basic
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanTrue, Or

from chainstep.notation import MINUS_ONE, ONE, DerivativeSymbol, Matrix
from chainstep.operations.heads import logarithm, maximum, minimum, root
from chainstep.render.joining import UNIT, joined, operand
from chainstep.render.names import function_of, name_of
from chainstep.render.numerals import decimal_of, digits_of
from chainstep.render.vectors import WRITERS as VECTOR_WRITERS
from chainstep.render.written import (
    Bars,
    Brackets,
    Call,
    Cases,
    Derivative,
    Double,
    Fraction,
    Grid,
    Joined,
    Name,
    Negative,
    Number,
    Power,
    Relation,
    Root,
    Sum,
    Written,
)

MOST_REMEMBERED = 1024  # written expressions: the same parts come up in line after line
EULER = Name("e", "e")
PI = Name("pi", "π")


@lru_cache(MOST_REMEMBERED)
def write(expr: Basic, decimals: bool = False) -> Written:
    """An expression as it is written; with `decimals`, 1/2 is 0.5.

    >>> x = Symbol("x")
    >>> write(Mul(Integer(-1), Pow(x, -2), evaluate=False))
    ... # doctest: +NORMALIZE_WHITESPACE
    Negative(operand=Fraction(top=Number(digits='1'),
        bottom=Power(base=Name(plain='x', letter='x', accent='', subscript=''),
        exponent=Number(digits='2'))))
    """
    return _WRITERS.get(type(expr), _write_other)(expr, decimals)


# --- Numbers and names --------------------------------------------------------------------


def _write_number(expr, decimals: bool) -> Written:
    if expr.p < 0:
        return Negative(_magnitude(-expr.p, expr.q, decimals))
    return _magnitude(expr.p, expr.q, decimals)


def _magnitude(p: int, q: int, decimals: bool) -> Written:
    if q == 1:
        return Number(digits_of(p))
    if decimals and (decimal := decimal_of(p, q)):
        return Number(decimal)
    return Fraction(Number(digits_of(p)), Number(digits_of(q)))


def _write_symbol(expr, decimals: bool) -> Name:
    return name_of(expr.name)


def _write_derivative(expr: DerivativeSymbol, decimals: bool) -> Derivative:
    of, wrt = (write(symbol, decimals) for symbol in (expr.of, expr.wrt))
    return Derivative(of, wrt, expr.partial, expr.slot)  # type: ignore[arg-type]


# --- Sums and signs -----------------------------------------------------------------------


def _write_sum(expr: Add, decimals: bool) -> Written:
    return sum_of([write(term, decimals) for term in expr.args])


def sum_of(terms: Sequence[Written]) -> Written:
    """Terms in their order, the sign of each drawn out."""
    if len(terms) < 2:
        return terms[0] if terms else Number("0")
    return Sum(tuple(_signed(term) for term in terms))


def _signed(term: Written) -> tuple[bool, Written]:
    if type(term) is Negative:
        return True, term.operand
    return False, operand(term)


# --- Products and fractions ---------------------------------------------------------------


def _write_product(expr: Mul, decimals: bool) -> Written:
    factors = expr.args
    if len(factors) < 2:
        return write(factors[0], decimals) if factors else UNIT
    if factors[0] is MINUS_ONE and not _keeps_sign(factors):
        return Negative(operand(_unsigned_product(factors[1:], decimals)))
    return _unsigned_product(factors, decimals)


def _keeps_sign(factors: Sequence[Basic]) -> bool:
    """Whether −1 is a factor of its own, as in −1·3x², the product of two derivatives."""
    second = factors[1]
    return second.is_Number or (len(factors) == 2 and second.is_Mul and second.args[0].is_Number)


def _unsigned_product(factors: Sequence[Basic], decimals: bool) -> Written:
    if _stays_apart(factors, decimals):
        return joined([write(f, decimals) for f in factors], dotted=True)
    if any(type(f) is DerivativeSymbol for f in factors):
        return joined([write(f, decimals) for f in factors], _repeats(factors))
    return _as_fraction(factors, decimals)


def _stays_apart(factors: Sequence[Basic], decimals: bool) -> bool:
    """Whether the factors are values, 2u₂ · cos(u₁) · 3, and not the parts of one value.

    The exception is the quotient whose numerator is a product.
    """
    if len(factors) == 2 and factors[0].is_Mul and divides(factors[1], decimals):
        return False
    later = factors[1:]
    return any(f.is_Mul for f in factors) or any(
        f.is_Number and not divides(f, decimals) for f in later
    )


def _repeats(factors: Sequence[Basic]) -> bool:
    """Whether neighbours are powers of one base, as x and x², and get a dot."""
    return any(_base(first) == _base(second) for first, second in pairwise(factors))


def _base(factor: Basic) -> Basic | type:
    if type(factor) is exp:
        return exp
    return factor.args[0] if factor.is_Pow else factor


def _as_fraction(factors: Sequence[Basic], decimals: bool) -> Written:
    """Everything with a negative exponent under one bar, the rest above it."""
    above = [f for f in factors if not divides(f, decimals)]
    below = [f for f in factors if divides(f, decimals)]
    top = [write(f, decimals) for f in above]
    bottom = [_denominator(f, decimals) for f in below]
    negative = bool(top) and type(top[0]) is Negative
    if negative:
        top[0] = top[0].operand  # type: ignore[union-attr]
    if top and isinstance(top[0], Fraction) and above[0].is_Number:
        bottom.insert(0, top[0].bottom)
        top[:1] = [] if top[0].top == UNIT else [top[0].top]
    whole = joined(top or [UNIT], _repeats(above))
    if bottom:
        whole = Fraction(whole, joined(bottom, _repeats(below)))
    return Negative(operand(whole)) if negative else whole


def divides(factor: Basic, decimals: bool) -> bool:
    """Whether a factor goes under the bar: a negative power, or 1/q unless it is a decimal."""
    if factor.is_Pow:
        return _has_negative_exponent(factor)
    if not factor.is_Rational or factor.p != 1 or factor.q == 1:  # type: ignore[attr-defined]
        return False
    return not (decimals and decimal_of(1, factor.q))  # type: ignore[attr-defined]


def _has_negative_exponent(expr: Basic) -> bool:
    return expr.args[1].is_Rational and expr.args[1].p < 0  # type: ignore[attr-defined]


def _denominator(factor: Basic, decimals: bool) -> Written:
    if factor.is_Pow:
        return _raised(factor.args[0], -factor.args[1], decimals)  # type: ignore[operator]
    return Number(digits_of(factor.q))  # type: ignore[attr-defined]


# --- Powers and roots ---------------------------------------------------------------------


def _write_power(expr: Pow, decimals: bool) -> Written:
    base, exponent = expr.args
    if _has_negative_exponent(expr):
        return Fraction(UNIT, _denominator(expr, decimals))
    return _raised(base, exponent, decimals)


def _raised(base: Basic, exponent: Basic, decimals: bool) -> Written:
    """base^exponent, whose exponent is no negative number."""
    if exponent is ONE:
        return write(base, decimals)
    if exponent is S.Half:
        return Root(write(base, decimals))
    if type(base) is root and exponent.is_Integer:
        radicand, degree = base.args
        return Root(_raised(radicand, exponent, decimals), write(degree, decimals))
    written, raised = write(base, decimals), write(exponent, decimals)
    if isinstance(written, Call) and written.exponent is None:
        if written.function.squared_in_name and exponent.is_Integer:
            return written._replace(exponent=raised)
        return Power(written, raised)
    bare = isinstance(written, (Name, Number, Bars, Double))
    return Power(written if bare else Brackets(written), raised)


def _write_exp(expr: exp, decimals: bool) -> Written:
    return Power(EULER, write(expr.args[0], decimals))


def _write_root(expr: root, decimals: bool) -> Written:
    radicand, degree = expr.args
    return Root(write(radicand, decimals), write(degree, decimals))


# --- Functions, cases, matrices and relations ---------------------------------------------


def _write_call(expr: Basic, decimals: bool) -> Written:
    return Call(function_of(type(expr)), tuple(write(a, decimals) for a in expr.args))


def _write_extreme(expr: Basic, decimals: bool) -> Written:
    """max(a, b, c), which is read as max(max(a, b), c)."""
    head, arguments = type(expr), []
    while type(expr) is head:
        expr, last = expr.args
        arguments.append(last)
    written = tuple(write(a, decimals) for a in (expr, *reversed(arguments)))
    return Call(function_of(head), written)


def _write_logarithm(expr: logarithm, decimals: bool) -> Written:
    argument, base = expr.args
    return Call(function_of(type(expr)), (write(argument, decimals),), base=write(base, decimals))


def _write_polygamma(expr: polygamma, decimals: bool) -> Written:
    """ψ with the order of its derivative; the order 0 is ψ itself."""
    order, argument = expr.args
    psi = function_of(digamma)
    arguments = (write(argument, decimals),)
    if order.is_zero:
        return Call(psi, arguments)
    function = psi._replace(plain=function_of(polygamma).plain)
    return Call(function, arguments, order=write(order, decimals))


def _write_absolute(expr: Abs, decimals: bool) -> Bars:
    return Bars(write(expr.args[0], decimals))


def _write_cases(expr: Piecewise, decimals: bool) -> Cases:
    return Cases(tuple(_row(*pair.args, decimals) for pair in expr.args))  # type: ignore


def _row(value: Basic, condition: Basic, decimals: bool) -> tuple[Written, Written | None]:
    always = type(condition) is BooleanTrue
    return write(value, decimals), None if always else write(condition, decimals)


def _write_matrix(expr: Matrix, decimals: bool) -> Grid:
    return Grid(tuple(tuple(write(entry, decimals) for entry in row.args) for row in expr.args))


def _write_joined(expr: And | Or, decimals: bool) -> Joined:
    parts = [write(part, decimals) for part in expr.args]
    bracketed = [Brackets(part) if type(part) is Joined else part for part in parts]
    return Joined(type(expr).__name__.lower(), tuple(bracketed))


def _write_relation(expr: Relational, decimals: bool) -> Relation:
    sign = "=" if expr.rel_op == "==" else expr.rel_op  # type: ignore[attr-defined]
    return Relation(write(expr.args[0], decimals), sign, write(expr.args[1], decimals))


def _with_vectors(writer: Callable[..., Written]) -> Callable[..., Written]:
    return lambda expr, decimals: writer(expr, lambda part: write(part, decimals))


def _write_other(expr: Basic, decimals: bool) -> Written:
    """A type that is not listed itself: a function, or a relative of a listed type."""
    if expr.is_Function:
        return _write_call(expr, decimals)
    for base in type(expr).__mro__:
        if base in _WRITERS:
            return _WRITERS[base](expr, decimals)
    return name_of(str(expr))


_WRITERS: dict[type, Callable[..., Written]] = {
    Rational: _write_number,
    Integer: _write_number,
    numbers.Zero: _write_number,
    numbers.One: _write_number,
    numbers.NegativeOne: _write_number,
    numbers.Half: _write_number,
    numbers.Exp1: lambda expr, decimals: EULER,
    numbers.Pi: lambda expr, decimals: PI,
    Symbol: _write_symbol,
    DerivativeSymbol: _write_derivative,
    Add: _write_sum,
    Mul: _write_product,
    Pow: _write_power,
    exp: _write_exp,
    root: _write_root,
    logarithm: _write_logarithm,
    maximum: _write_extreme,
    minimum: _write_extreme,
    polygamma: _write_polygamma,
    Abs: _write_absolute,
    Piecewise: _write_cases,
    Matrix: _write_matrix,
    And: _write_joined,
    Or: _write_joined,
    Relational: _write_relation,
}
_WRITERS |= {head: _with_vectors(writer) for head, writer in VECTOR_WRITERS.items()}
