"""Exact values: rational numbers, their roots, π, and short sums and products of these.

Exactness is given up, never guessed: for what has no such form, for a number with many digits
and for an expression with many symbols. Nothing is computed whose size is not known before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mpmath import mp, mpf
from sympy import Add, Expr, Integer, Mul, Piecewise, Pow, S, pi
from sympy.core.basic import Basic
from sympy.core.relational import Relational
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import And, BooleanAtom, BooleanFunction, Not, Or

from chainstep.notation import ONE, ZERO, postorder, size
from chainstep.operations import BY_HEAD
from chainstep.operations.heads import Defined, logarithm, root
from chainstep.tape import evaluate

BITS = 133  # of the numerator and the denominator: 40 digits
SYMBOLS = 12  # in an expression
EXPANDED = 3  # a power of a sum up to which it is multiplied out
LARGEST_ARGUMENT = 20  # of a function other than |x|, max and the like
GUARD = mpf(10) ** -50  # how far a value and its exact form may be apart, relatively
DIGITS = 70  # with which both are compared

Exacts = Mapping[Basic, Expr | None]


def exact_value(expr: Basic, known: Exacts) -> Expr | None:
    """The exact value of an expression whose names have the values `known`.

    None if it has none that is short, or a name has none.

    >>> from sympy import Rational, Symbol, sin
    >>> x = Symbol("x", real=True)
    >>> exact_value(sin(x) ** 2 / 3, {x: pi / 4})
    1/6
    >>> exact_value(sin(x), {x: Rational(1, 3)}) is None
    True
    """
    return _found(expr, known)


def truth(condition: Basic, known: Exacts) -> bool | None:
    """Whether a condition holds where names have the values `known`; None if that is open.

    >>> from sympy import Symbol, sqrt
    >>> x = Symbol("x", real=True)
    >>> truth(x**2 < 2, {x: sqrt(2)})
    False
    """
    return _found(condition, known)


def _found(expr: Basic, known: Exacts) -> Any:
    done: dict[int, Any] = {}  # a condition is true, false or None
    for tree in postorder(expr):
        if isinstance(tree, ExprCondPair):
            continue
        if isinstance(tree, Relational | BooleanFunction | BooleanAtom):
            done[id(tree)] = _truth(tree, [done[id(argument)] for argument in tree.args])
        elif not tree.args:
            value = known.get(tree, tree)
            done[id(tree)] = value if value is not None and _is_short(value) else None
        elif isinstance(tree, Piecewise):
            done[id(tree)] = _branch(tree, done)
        else:
            done[id(tree)] = _applied(tree, [done[id(argument)] for argument in tree.args])
    return done[id(expr)]


def _branch(tree: Basic, done: Mapping[int, Any]) -> Expr | None:
    """The value of the branch that applies; none if a condition cannot be decided."""
    for result, condition in (pair.args for pair in tree.args):
        if done[id(condition)] is None:
            return None
        if done[id(condition)]:
            return done[id(result)]
    return None


def _truth(condition: Basic, arguments: list) -> bool | None:
    """Whether a condition holds, if that can be told: x² < 2 does not for √2."""
    if not condition.args:
        return condition is S.true
    if None in arguments:
        return None
    if not isinstance(condition, Relational):
        return LOGIC[type(condition)](arguments)
    left, right = arguments
    difference = _shorter(left - right)
    with mp.workdps(DIGITS):
        value = evaluate(difference)
        if value is None or (difference is not ZERO and abs(value) < GUARD):
            return None
        return evaluate(condition.func(difference, ZERO, evaluate=False))


def _applied(tree: Basic, arguments: list[Expr | None]) -> Expr | None:
    """The value of one operation, if it is short."""
    if None in arguments:
        return None  # 0·u as well: u may not exist
    value = COMPUTE.get(tree.func, _called)(tree, arguments)
    return value if value is not None and _is_short(value) else None


def _is_short(value: Expr) -> bool:
    """Whether it is an exact number of the kind that is shown."""
    if value.is_Rational:
        return _bits(value) <= BITS
    return size(value) <= SYMBOLS and all(_is_plain(part) for part in postorder(value))


def _is_plain(part: Basic) -> bool:
    if part.is_Rational:
        return _is_short(part)  # type: ignore[arg-type]
    if part.is_Pow:
        base, exponent = part.args
        whole = exponent.is_Integer and base.is_Add
        return exponent.is_Rational and (base.is_Rational or base is pi or whole)
    return part is pi or part.is_Add or part.is_Mul


def _power(tree: Basic, arguments: list[Expr]) -> Expr | None:
    base, exponent = arguments
    if not exponent.is_Rational or (base is ZERO and exponent.p <= 0):
        return ONE if exponent is ZERO else None
    if base.is_negative and exponent.q > 1:
        return None  # no real value
    if exponent.q > SYMBOLS or _power_bits(base) * abs(exponent.p) > BITS * exponent.q:
        return None
    return _shorter(Pow(base, exponent))


def _power_bits(base: Expr) -> int:
    """How many bits each factor of a power adds."""
    return _bits(base) - 1 if base.is_Rational else BITS // SYMBOLS


def _bits(number: Expr) -> int:
    return max(int(number.p).bit_length(), int(number.q).bit_length())  # type: ignore[attr-defined]


def _shorter(value: Expr) -> Expr:
    """The value multiplied out, where that is shorter: (1 + √2)(1 − √2) is −1."""
    if value.is_Rational or not any(part.is_Add for part in postorder(value)):
        return value
    if any(part.is_Pow and abs(part.args[1]) > EXPANDED for part in postorder(value)):
        return value
    expanded = value.expand(power_base=False, power_exp=False)
    return expanded if size(expanded) <= size(value) else value


def _sum(tree: Basic, arguments: list[Expr]) -> Expr:
    total = ZERO
    for argument in arguments:
        total = total + argument
        if not _is_short(total):
            break
    return _shorter(total)


def _product(tree: Basic, arguments: list[Expr]) -> Expr:
    total = ONE
    for argument in arguments:
        total = Mul(total, argument)
        if not _is_short(total):
            break
    return _shorter(total)


def _called(tree: Basic, arguments: list[Expr]) -> Expr | None:
    """The value of a function, where sympy knows one and it holds as a number."""
    row = BY_HEAD.get(tree.func)
    if row is None:
        return None
    with mp.workdps(DIGITS):
        expected = evaluate(row.build(*arguments))
        if expected is None:
            return None
        within = all(abs(evaluate(argument)) <= LARGEST_ARGUMENT for argument in arguments)
        value = _logarithm(arguments, expected) if row.head is logarithm else None
        if value is None and (within or row.kinks):
            value = _formula(tree.func, arguments)
        if value is None or not _is_short(value):
            return None
        close = abs(evaluate(value) - expected) <= GUARD * max(1, abs(expected))
    return value if close else None


def _formula(head: Callable[..., Expr], arguments: list[Expr]) -> Expr:
    value = head(*arguments)
    return value.formula() if isinstance(value, Defined) else value


def _logarithm(arguments: list[Expr], expected: mpf) -> Expr | None:
    """log₁₀ 1000 is 3: a whole number whose power is the argument."""
    argument, base = arguments
    nearest = Integer(int(mp.nint(expected)))
    rational = argument.is_Rational and base.is_Rational and abs(nearest) <= BITS
    return nearest if rational and base**nearest == argument else None


def _root(tree: Basic, arguments: list[Expr]) -> Expr | None:
    radicand, degree = arguments
    positive = _power(tree, [abs(radicand), 1 / degree])
    return -positive if positive is not None and radicand.is_negative else positive


COMPUTE: dict[type, Callable[[Basic, list], Expr | None]] = {
    Add: _sum,
    Mul: _product,
    Pow: _power,
    root: _root,
}
LOGIC: dict[type, Callable[[list], bool]] = {
    And: all,
    Or: any,
    Not: lambda arguments: not arguments[0],
}
