"""How a mathematician writes an expression: the one place where that is decided.

The arguments of an expression stand in the order in which they are written. What is
decided here are signs, fraction bars, roots, brackets, dots and the names of functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from sympy import Abs, Add, Integer, Mul, Piecewise, Pow, Rational, Symbol, digamma, exp, polygamma
from sympy.core import numbers
from sympy.core.basic import Basic
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanTrue, Or

from chainstep.functions import HALF, logarithm, root
from chainstep.notation import MINUS_ONE, ONE, DerivativeSymbol
from chainstep.operations import BY_HEAD, Operation
from chainstep.render.names import name_of
from chainstep.render.written import (
    CHAIN,
    DOT,
    OPEN,
    TIGHT,
    Bars,
    Brackets,
    Call,
    Cases,
    Derivative,
    Fraction,
    Function,
    Joined,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Relation,
    Root,
    Sum,
    Written,
)

PLACES = 12  # a rational is written as a decimal if it ends within so many places
CHUNK = 4000  # digits; Python refuses to print many more at once
BOUND = 10**CHUNK
UNIT = Number("1")
EULER = Name("e", "e")
PI = Name("pi", "π")


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


def digits_of(number: int) -> str:
    """The decimal digits of a whole number, however many."""
    if number < BOUND:
        return str(number)
    high, low = divmod(number, BOUND)
    return digits_of(high) + str(low).zfill(CHUNK)


def _write_number(expr, decimals: bool) -> Written:
    if expr.p < 0:
        return Negative(_magnitude(-expr.p, expr.q, decimals))
    return _magnitude(expr.p, expr.q, decimals)


def _magnitude(p: int, q: int, decimals: bool) -> Written:
    if q == 1:
        return Number(digits_of(p))
    if decimals and (decimal := _decimal(p, q)):
        return Number(decimal)
    return Fraction(Number(digits_of(p)), Number(digits_of(q)))


def _decimal(p: int, q: int) -> str:
    """p/q as a decimal, or nothing if it does not end in time."""
    scaled, rest = divmod(p * 10**PLACES, q)
    if rest:
        return ""
    digits = digits_of(scaled).zfill(PLACES + 1)
    return f"{digits[:-PLACES]}.{digits[-PLACES:].rstrip('0')}"


def _write_symbol(expr, decimals: bool) -> Name:
    return name_of(expr.name)


def _write_derivative(expr: DerivativeSymbol, decimals: bool) -> Derivative:
    of, wrt = (name_of(symbol.name) for symbol in (expr.of, expr.wrt))  # type: ignore[attr-defined]
    return Derivative(of, wrt, expr.partial, expr.slot)


# --- Sums and signs -----------------------------------------------------------------------


def _write_sum(expr: Add, decimals: bool) -> Written:
    terms = [write(term, decimals) for term in expr.args]
    if len(terms) < 2:
        return terms[0] if terms else Number("0")
    return Sum(tuple(_signed(term) for term in terms))


def _signed(term: Written) -> tuple[bool, Written]:
    if type(term) is Negative:
        return True, term.operand
    return False, _operand(term)


def _operand(written: Written) -> Written:
    """A term or factor, in brackets where it would otherwise fall apart."""
    return Brackets(written) if type(written) in (Sum, Negative, Cases) else written


# --- Products and fractions ---------------------------------------------------------------


def _write_product(expr: Mul, decimals: bool) -> Written:
    factors = expr.args
    if len(factors) < 2:
        return write(factors[0], decimals) if factors else UNIT
    if factors[0] is MINUS_ONE and not _keeps_sign(factors):
        return Negative(_operand(_unsigned_product(factors[1:], decimals)))
    return _unsigned_product(factors, decimals)


def _keeps_sign(factors: Sequence[Basic]) -> bool:
    """Whether −1 is a factor of its own, as in −1·3x², the product of two derivatives."""
    return factors[1].is_Number or (len(factors) == 2 and factors[1].is_Mul)


def _unsigned_product(factors: Sequence[Basic], decimals: bool) -> Written:
    if any(f.is_Mul for f in factors) or any(f.is_Number for f in factors[1:]):
        return _joined([write(f, decimals) for f in factors], dotted=True)
    dotted = any(_base(first) == _base(second) for first, second in pairwise(factors))
    if any(type(f) is DerivativeSymbol for f in factors):
        return _joined([write(f, decimals) for f in factors], dotted)
    return _as_fraction(factors, dotted, decimals)


def _base(factor: Basic) -> Basic | type:
    """What a power is a power of: neighbours that share it, as x and x², get a dot."""
    if type(factor) is exp:
        return exp
    return factor.args[0] if factor.is_Pow else factor


def _as_fraction(factors: Sequence[Basic], dotted: bool, decimals: bool) -> Written:
    """Everything with a negative exponent under one bar, the rest above it."""
    above: list[Written] = []
    below: list[Written] = []
    negative = False
    for factor in factors:
        if _goes_below(factor):
            below.append(_raised(factor.args[0], -factor.args[1], decimals))  # type: ignore
            continue
        written = write(factor, decimals)
        if type(written) is Negative:
            negative, written = True, written.operand
        if type(written) is Fraction:
            below.append(written.bottom)
            written = written.top
        if written != UNIT or not below:
            above.append(written)
    whole = _joined(above or [UNIT], dotted)
    if below:
        whole = Fraction(whole, _joined(below, dotted))
    return Negative(_operand(whole)) if negative else whole


def _goes_below(factor: Basic) -> bool:
    return factor.is_Pow and factor.args[1].is_Rational and factor.args[1].p < 0  # type: ignore


def _joined(factors: list[Written], dotted: bool) -> Written:
    """Factors side by side; the sign of the first becomes the sign of the product."""
    first, *others = factors
    if not others:
        return first
    if type(first) is Negative:
        return Negative(_joined([first.operand, *others], dotted))
    operands = tuple(map(_operand, factors))
    if dotted or first == UNIT:
        return Product(operands, (DOT,) * len(others))
    kinds = [_kind(operand) for operand in operands]
    return Product(operands, tuple(_joint(*pair) for pair in pairwise(kinds)))


_KINDS: dict[type, str] = {
    Number: "number",
    Name: "name",
    Derivative: "derivative",
    Brackets: "brackets",
    Bars: "bars",
    Root: "root",
    Call: "call",
}
_JOINTS = {
    ("number", "name"): TIGHT,
    ("number", "power"): TIGHT,
    ("number", "root"): TIGHT,
    ("number", "bars"): TIGHT,
    ("number", "brackets"): TIGHT,
    ("call", "brackets"): DOT,
    ("derivative", "derivative"): CHAIN,
}


def _joint(left: str, right: str) -> str:
    otherwise = DOT if right in ("number", "word") or left == "word" else OPEN
    return _JOINTS.get((left, right), otherwise)


def _kind(factor: Written) -> str:
    """What a factor is for its neighbours: x² is a name like x, 2^x begins with a number."""
    if type(factor) is Name:
        return "word" if factor.is_word else "name"
    if type(factor) is Power:
        base, exponent = _kind(factor.base), factor.exponent
        whole = type(exponent) is Number and exponent.digits.isdecimal()
        return base if whole or base in ("number", "word", "call") else "power"
    return _KINDS.get(type(factor), "other")


# --- Powers and roots ---------------------------------------------------------------------


def _write_power(expr: Pow, decimals: bool) -> Written:
    base, exponent = expr.args
    if _goes_below(expr):
        return Fraction(UNIT, _raised(base, -exponent, decimals))  # type: ignore[operator]
    return _raised(base, exponent, decimals)


def _raised(base: Basic, exponent: Basic, decimals: bool) -> Written:
    """base^exponent, whose exponent is no negative number."""
    if exponent is ONE:
        return write(base, decimals)
    if exponent is HALF:
        return Root(write(base, decimals))
    if type(base) is root and exponent.is_Integer:
        radicand, degree = base.args
        return Root(_raised(radicand, exponent, decimals), write(degree, decimals))
    written, raised = write(base, decimals), write(exponent, decimals)
    if type(written) is Call and written.function.squared_in_name and exponent.is_Integer:
        return replace(written, exponent=raised)
    if type(written) in (Name, Number, Bars) or (type(written) is Call and not written.exponent):
        return Power(written, raised)
    return Power(Brackets(written), raised)


def _write_exp(expr: exp, decimals: bool) -> Written:
    return Power(EULER, write(expr.args[0], decimals))


def _write_root(expr: root, decimals: bool) -> Written:
    radicand, degree = expr.args
    return Root(write(radicand, decimals), write(degree, decimals))


# --- Functions, cases and relations -------------------------------------------------------


def _write_call(expr: Basic, decimals: bool) -> Written:
    return Call(_function(expr), tuple(write(a, decimals) for a in expr.args))


def _write_logarithm(expr: logarithm, decimals: bool) -> Written:
    argument, base = expr.args
    return Call(_function(expr), (write(argument, decimals),), index=write(base, decimals))


def _write_polygamma(expr: polygamma, decimals: bool) -> Written:
    """ψ with the order of its derivative; the order 0 is ψ itself."""
    order, argument = expr.args
    psi = BY_HEAD[digamma]
    arguments = (write(argument, decimals),)
    if order.is_zero:
        return Call(_named(psi), arguments)
    function = Function(psi.latex, psi.text, BY_HEAD[polygamma].spellings[0])
    return Call(function, arguments, order=write(order, decimals))


def _function(expr: Basic) -> Function:
    row = BY_HEAD.get(type(expr))
    if row is None:
        name = type(expr).__name__
        return Function(rf"\mathrm{{{name}}}", name, name)
    return _named(row)


def _named(row: Operation) -> Function:
    """A function's names. The trigonometric and hyperbolic ones take their exponent."""
    family = row.head.__module__.rpartition(".")[2]
    squared = family in ("trigonometric", "hyperbolic") and len(row.samples) == 1
    return Function(row.latex, row.text, row.spellings[0], squared)


def _write_absolute(expr: Abs, decimals: bool) -> Bars:
    return Bars(write(expr.args[0], decimals))


def _write_cases(expr: Piecewise, decimals: bool) -> Cases:
    return Cases(tuple(_row(*pair.args, decimals) for pair in expr.args))  # type: ignore


def _row(value: Basic, condition: Basic, decimals: bool) -> tuple[Written, Written | None]:
    always = type(condition) is BooleanTrue
    return write(value, decimals), None if always else write(condition, decimals)


def _write_joined(expr: And | Or, decimals: bool) -> Joined:
    parts = [write(part, decimals) for part in expr.args]
    bracketed = [Brackets(part) if type(part) is Joined else part for part in parts]
    return Joined(type(expr).__name__.lower(), tuple(bracketed))


def _write_relation(expr: Relational, decimals: bool) -> Relation:
    sign = "=" if expr.rel_op == "==" else expr.rel_op  # type: ignore[attr-defined]
    return Relation(write(expr.args[0], decimals), sign, write(expr.args[1], decimals))


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
    polygamma: _write_polygamma,
    Abs: _write_absolute,
    Piecewise: _write_cases,
    And: _write_joined,
    Or: _write_joined,
    Relational: _write_relation,
}
