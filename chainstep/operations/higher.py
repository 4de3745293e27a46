"""The functions that are integrals: the error functions, and the gamma function with its kin."""

from __future__ import annotations

import sympy
from mpmath import mp
from sympy import Expr, Ne, exp, pi, sqrt
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.notation import MINUS_ONE, ONE, ZERO, add, applied, mul, quotient, reciprocal
from chainstep.operations.backwards import at
from chainstep.operations.row import (
    ABOVE_ZERO,
    BETWEEN_ONES,
    TWO,
    function,
    nonzero,
    positive,
    roman,
)


def _polygamma(order, value):
    """Its time grows with the order, and below 0 with the argument as well."""
    if order > 51 or value < -1000:
        raise ValueError("out of reach")
    return mp.polygamma(int(order), value)


def _no_pole(u: Basic) -> tuple[Relational, ...]:
    """The gamma function has poles at 0, -1, -2, …"""
    return nonzero(reciprocal(applied(sympy.gamma, u)))


def away_from_poles(relation: Basic) -> Basic | None:
    """What is neither 0 nor −1, −2, … where a relation says just this."""
    if not isinstance(relation, Ne) or not relation.lhs.is_Pow or relation.rhs is not ZERO:
        return None
    base, exponent = relation.lhs.args
    return base.args[0] if isinstance(base, sympy.gamma) and exponent is MINUS_ONE else None


def _difference(u: Basic, v: Basic) -> Expr:
    """ψ(u) − ψ(u + v)."""
    psi = sympy.digamma
    return add(applied(psi, u), -applied(psi, add(u, v)))


def _beta_exists(u: Basic, v: Basic) -> tuple[Relational, ...]:
    """The poles of Γ(u) and Γ(v), and those of ψ(u + v) that are not among them."""
    counts = (u.is_Integer and u.is_positive) or (v.is_Integer and v.is_positive)
    return (*_no_pole(u), *_no_pole(v), *(() if counts else _no_pole(add(u, v))))


HIGHER = (
    function(
        "error-function",
        sympy.erf,
        "erf",
        roman("erf"),
        lambda u, y: mul(quotient(TWO, sqrt(pi)), applied(exp, -(u**2))),
        law="error function",
        values=BETWEEN_ONES,
        preimages=at({ZERO: [ZERO], ONE: [], MINUS_ONE: []}),
    ),
    function(
        "complementary-error-function",
        sympy.erfc,
        "erfc",
        roman("erfc"),
        lambda u, y: mul(quotient(-TWO, sqrt(pi)), applied(exp, -(u**2))),
        law="complementary error function",
        values=(0, 2, True),
    ),
    function(
        "imaginary-error-function",
        sympy.erfi,
        "erfi",
        roman("erfi"),
        lambda u, y: mul(quotient(TWO, sqrt(pi)), applied(exp, u**2)),
        law="imaginary error function",
    ),
    function(
        "gamma-function",
        sympy.gamma,
        "gamma Gamma",
        r"\Gamma",
        lambda u, y: mul(y, applied(sympy.digamma, u)),
        law="gamma function",
        text="Γ",
        samples=(ABOVE_ZERO,),
        requires=_no_pole,
    ),
    function(
        "logarithm-of-gamma",
        sympy.loggamma,
        "loggamma lgamma gammaln lngamma",
        roman("loggamma"),
        lambda u, y: applied(sympy.digamma, u),
        law="logarithm of the gamma function",
        samples=(ABOVE_ZERO,),
        requires=positive,
    ),
    function(
        "beta-function",
        sympy.beta,
        "beta Beta",
        roman("Beta"),
        lambda u, v, y: mul(y, _difference(u, v)),
        lambda u, v, y: mul(y, _difference(v, u)),
        law="beta function",
        text="Beta",
        samples=(ABOVE_ZERO, ABOVE_ZERO),
        requires=_beta_exists,
    ),
    function(
        "digamma-function",
        sympy.digamma,
        "digamma psi",
        r"\psi",
        lambda u, y: applied(sympy.polygamma, ONE, u),
        law="digamma function",
        text="ψ",
        samples=(ABOVE_ZERO,),
        requires=_no_pole,
    ),
    function(
        "polygamma-function",
        sympy.polygamma,
        "polygamma",
        roman("polygamma"),
        lambda n, u, y: ZERO,
        lambda n, u, y: applied(sympy.polygamma, n + 1, u),
        law="polygamma function",
        numeric=_polygamma,
        samples=((1.0, 1.0), ABOVE_ZERO),
        requires=lambda n, u: _no_pole(u),
    ),
)
