"""Functions with kinks or jumps, and activations."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import sympy
from mpmath import mp, mpf
from sympy import Abs, Eq, Expr, Gt, Lt, S, exp, pi, sqrt
from sympy.core.basic import Basic
from sympy.core.relational import Relational

import chainstep.operations.heads as own
from chainstep.notation import MINUS_ONE, ONE, ZERO, add, applied, cases, mul, power, quotient
from chainstep.operations.backwards import at, each, of_absolute_value
from chainstep.operations.row import (
    ABOVE_ZERO,
    BETWEEN_ONES,
    POSITIVE,
    TWO,
    Operation,
    function,
    ln,
    nonzero,
    roman,
)


def _larger(u: Basic, v: Basic) -> Relational:
    return Gt(u, v, evaluate=False)


def _cases(when: Basic, then: Basic, otherwise: Basic) -> Expr:
    return cases((then, when), (otherwise, S.true))


def _sigmoid(value):
    return 1 / (1 + mp.exp(-value))


def _normal_density(u: Basic) -> Expr:
    """φ(u) = exp(−u²/2)/√(2π)."""
    return quotient(applied(exp, quotient(-(u**2), TWO)), power(mul(TWO, pi), S.Half))


def _normal_distribution(u: Basic) -> Expr:
    """Φ(u) = (1 + erf(u/√2))/2."""
    return quotient(add(ONE, applied(sympy.erf, quotient(u, sqrt(2)))), TWO)


def _equal(first: Basic, second: Basic) -> tuple[Relational, ...]:
    """Where two arguments meet, a number on the right."""
    sides = (second, first) if first.is_number else (first, second)
    return (Eq(*sides, evaluate=False),)


def _comparison(id: str, head: type, picks: Callable[[Basic, Basic], Basic], choose) -> Operation:
    """max and min: the derivative of whichever is picked.

    Where both are equal there is no derivative, and that of a constant, 0, is used.
    """

    def partial(slot: int) -> Callable[..., Basic]:
        def value(first: Basic, second: Basic, y: Basic) -> Basic:
            if first.is_number:
                return _cases(picks(second, first), *((ZERO, ONE) if slot == 0 else (ONE, ZERO)))
            return _cases(picks(first, second), *((ONE, ZERO) if slot == 0 else (ZERO, ONE)))

        return value

    return function(
        id,
        head,
        f"{id} {head.__name__} {id.capitalize()}",
        f"\\{id}",
        partial(0),
        partial(1),
        law=f"{'larger' if id == 'max' else 'smaller'} of two",
        numeric=choose,
        samples=((-2.0, -1.0), (1.0, 2.0)),
        kinks=_equal,
        idempotent=True,
        for_any_size=True,
    )


def _between_integers(u: Basic) -> Expr:
    """What is 0 where u is an integer."""
    return applied(sympy.sin, mul(pi, u))


def _between_halves(u: Basic) -> Expr:
    """What is 0 where u is halfway between two integers."""
    return applied(sympy.cos, mul(pi, u))


def _steps(
    id: str, head: type, spellings: str, meets: Callable[[Basic], Basic], numeric, **more
) -> Operation:
    """A function that is constant but for the jumps where what it `meets` is 0."""
    return function(
        id,
        head,
        spellings,
        roman(spellings.split()[0]),
        lambda u, y: ZERO,
        law=more.pop("law", "constant between its jumps"),
        numeric=numeric,
        samples=((0.55, 0.95),),
        kinks=lambda u: (Eq(meets(u), 0, evaluate=False),),
        jumps=True,
        for_any_size=True,
        **more,
    )


def _outside_origin(v: Basic, u: Basic) -> tuple[Relational, ...]:
    if v.is_number or u.is_number:
        return nonzero(u) if v is ZERO else nonzero(v) if u is ZERO else ()
    return nonzero(add(power(u, TWO), power(v, TWO)))


SPECIAL = (
    function(
        "absolute-value",
        Abs,
        "abs Abs fabs absolute",
        "",
        lambda u, y: applied(sympy.sign, u),
        law="absolute value",
        numeric=abs,
        samples=(ABOVE_ZERO,),
        kinks=lambda u: (Eq(u, 0, evaluate=False),),
        for_any_size=True,
        preimages=each(of_absolute_value),
    ),
    function(
        "sign",
        sympy.sign,
        "sign sgn signum",
        roman("sign"),
        lambda u, y: ZERO,
        law="constant on either side",
        samples=(ABOVE_ZERO,),
        kinks=lambda u: (Eq(u, 0, evaluate=False),),
        jumps=True,
        values=BETWEEN_ONES,
        for_any_size=True,
        preimages=at({ZERO: [ZERO], ONE: [], MINUS_ONE: []}),
        breaks=(ZERO,),
    ),
    _steps(
        "heaviside",
        own.heaviside,
        "heaviside unit_step unitstep step",
        lambda u: u,
        lambda u: (mp.sign(u) + 1) / 2,
        law="constant on either side",
        values=(0, 1),
    ),
    _steps("floor", sympy.floor, "floor", _between_integers, mp.floor),
    _steps("ceiling", sympy.ceiling, "ceil ceiling", _between_integers, mp.ceil),
    _steps("round", own.nearest, "round", _between_halves, lambda u: mp.floor(u + mpf(1) / 2)),
    _comparison("max", own.maximum, _larger, max),
    _comparison("min", own.minimum, lambda u, v: Lt(u, v, evaluate=False), min),
    function(
        "sigmoid",
        own.sigmoid,
        "sigmoid logistic expit",
        roman("sigmoid"),
        lambda u, y: mul(y, add(ONE, -y)),
        numeric=_sigmoid,
        values=(0, 1, True),
        inverse=lambda slot, args, y: ln(y / (1 - y)),
        preimages=at({S.Half: [ZERO], ONE: []}),
    ),
    function(
        "relu",
        own.relu,
        "relu ReLU",
        roman("relu"),
        lambda u, y: _cases(_larger(u, ZERO), ONE, ZERO),
        numeric=lambda value: max(value, mp.zero),
        samples=(ABOVE_ZERO,),
        kinks=lambda u: (Eq(u, 0, evaluate=False),),
        values=(0, inf),
        for_any_size=True,
        preimages=each(lambda value, sign: [value] if sign >= 0 else []),
        breaks=(ZERO,),
    ),
    function(
        "leaky-relu",
        own.leaky_relu,
        "leaky_relu LeakyReLU",
        roman("LeakyReLU"),
        lambda u, slope, y: _cases(_larger(u, ZERO), ONE, slope),
        lambda u, slope, y: _cases(_larger(u, ZERO), ZERO, u),
        law="leaky relu",
        numeric=lambda value, slope: value if value > 0 else slope * value,
        samples=(ABOVE_ZERO, ABOVE_ZERO),
        kinks=lambda u, slope: (Eq(u, 0, evaluate=False),),
        for_any_size=True,
    ),
    function(
        "softplus",
        own.softplus,
        "softplus",
        roman("softplus"),
        lambda u, y: applied(own.sigmoid, u),
        numeric=lambda value: mp.log1p(mp.exp(value)),
        values=POSITIVE,
        preimages=at({ZERO: []}),
    ),
    function(
        "silu",
        own.silu,
        "silu swish",
        roman("silu"),
        lambda u, y: add(
            applied(own.sigmoid, u),
            mul(u, applied(own.sigmoid, u), add(ONE, -applied(own.sigmoid, u))),
        ),
        numeric=lambda value: value * _sigmoid(value),
        preimages=at({ZERO: [ZERO]}),
    ),
    function(
        "gelu",
        own.gelu,
        "gelu",
        roman("gelu"),
        lambda u, y: add(_normal_distribution(u), mul(u, _normal_density(u))),
        numeric=lambda value: value * mp.ncdf(value),
        preimages=at({ZERO: [ZERO]}),
    ),
    function(
        "two-argument-arctangent",
        sympy.atan2,
        "atan2 arctan2",
        roman("atan2"),
        lambda v, u, y: quotient(u, add(u**2, v**2)),
        lambda v, u, y: quotient(-v, add(u**2, v**2)),
        law="two-argument arctangent",
        numeric=mp.atan2,
        samples=(ABOVE_ZERO, ABOVE_ZERO),
        requires=_outside_origin,
        kinks=lambda v, u: (
            () if u is ZERO or (u.is_Number and u.is_positive) else (Eq(v, 0, evaluate=False),)
        ),
        for_any_size=True,
    ),
)
