"""The operations that are recognised by their shape, tried in this order: a product is
called a quotient or a multiple first, and a power a root."""

from __future__ import annotations

from sympy import Eq, Expr, Ge, Ne, Piecewise, S
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.notation import MINUS_ONE, ONE, ZERO, add, mul, power, quotient, reciprocal
from chainstep.operations.row import (
    ABOVE_ZERO,
    SMOOTH,
    TWO,
    Arguments,
    Operation,
    Varies,
    ln,
    nonzero,
    positive,
)

GROUP = 10  # a longer product is taken in groups of so many factors, or it would cost n²


def _is_denominator(factor: Basic, varies: Varies) -> bool:
    """Whether a factor is written under the fraction bar."""
    return (
        factor.is_Pow and factor.args[1].is_Number and factor.args[1].is_negative and varies(factor)
    )


def _factors(expr: Basic) -> Arguments:
    return expr.args if expr.is_Mul else (expr,)


def _split_constant(term: Basic, varies: Varies) -> Arguments:
    """A term as (constant factor, the rest); the rest of a constant is 1."""
    if not varies(term):
        return term, ONE
    if not term.is_Mul:
        return ONE, term
    constants = [f for f in term.args if not varies(f)]
    return mul(*constants), mul(*(f for f in term.args if varies(f)))


def _times(constant: Basic, rest: Basic) -> Basic:
    if rest == ONE:
        return constant
    return rest if constant == ONE else mul(*_factors(constant), rest)


def _match_sum(expr: Basic, varies: Varies) -> Arguments | None:
    if not expr.is_Add:
        return None
    return tuple(part for term in expr.args for part in _split_constant(term, varies))


def _build_sum(*args: Basic) -> Expr:
    return add(*(_times(c, p) for c, p in zip(args[::2], args[1::2], strict=True)))


def _match_quotient(expr: Basic, varies: Varies) -> Arguments | None:
    factors = _factors(expr)
    below = [power(f.args[0], -f.args[1]) for f in factors if _is_denominator(f, varies)]
    if not below or (len(factors) == 1 and expr.args[1] != MINUS_ONE):
        return None
    denominator = mul(*(d.args[0] if d.is_Pow and d.args[1] == ONE else d for d in below))
    return mul(*(f for f in factors if not _is_denominator(f, varies))), denominator


def _match_reciprocal(expr: Basic, varies: Varies) -> Arguments | None:
    matched = _match_quotient(expr, varies)
    return matched if matched and not varies(matched[0]) else None


def _match_scale(expr: Basic, varies: Varies) -> Arguments | None:
    if not expr.is_Mul or sum(varies(f) for f in expr.args) != 1:
        return None
    return _split_constant(expr, varies)


def _match_product(expr: Basic, varies: Varies) -> Arguments | None:
    """A constant and the varying factors, at most GROUP of them."""
    if not expr.is_Mul:
        return None
    factors = [f for f in expr.args if varies(f)]
    while len(factors) > GROUP:
        factors = [mul(*factors[i : i + GROUP]) for i in range(0, len(factors), GROUP)]
    return mul(*(f for f in expr.args if not varies(f))), *factors


def _build_product(constant: Basic, *factors: Basic) -> Expr:
    return mul(*factors) if constant == ONE else mul(*_factors(constant), *factors)


def _match_sqrt(expr: Basic, varies: Varies) -> Arguments | None:
    return (expr.args[0],) if expr.is_Pow and expr.args[1] == S.Half else None


def _match_power(expr: Basic, varies: Varies) -> Arguments | None:
    return expr.args if expr.is_Pow and not varies(expr.args[1]) else None


def _match_exponential(expr: Basic, varies: Varies) -> Arguments | None:
    return expr.args if expr.is_Pow and not varies(expr.args[0]) else None


def _match_general_power(expr: Basic, varies: Varies) -> Arguments | None:
    return expr.args if expr.is_Pow else None


def _match_piecewise(expr: Basic, varies: Varies) -> Arguments | None:
    """Values and conditions in turn. A condition is kept whole: it has no derivative."""
    if not isinstance(expr, Piecewise):
        return None
    return tuple(part for pair in expr.args for part in pair.args)


def _build_piecewise(*args: Basic) -> Expr:
    return Piecewise(*zip(args[::2], args[1::2], strict=True), evaluate=False)


def _piecewise_partial(slot: int, args: Arguments, y: Basic) -> Basic:
    if slot % 2:
        return ZERO  # a condition: moving it moves nothing, but at the boundary
    values = [ONE if 2 * i == slot else ZERO for i in range(len(args) // 2)]
    return Piecewise(*zip(values, args[1::2], strict=True), evaluate=False)


def _product_partial(slot: int, args: Arguments, y: Basic) -> Basic:
    return _build_product(*args[:slot], *args[slot + 1 :])


def _power_domain(base: Basic, exponent: Basic) -> tuple[Relational, ...]:
    if exponent.is_Integer:
        return (Ne(base, 0, evaluate=False),) if exponent.is_negative else ()
    if exponent.is_Rational and exponent > 1:
        return (Ge(base, 0, evaluate=False),)
    return positive(base)


def _boundaries(*args: Basic) -> tuple[Relational, ...]:
    """Where the branches of a piecewise function meet."""
    relations = {r for condition in args[1::2] for r in condition.atoms(Relational)}
    ordered = sorted(relations, key=lambda r: r.sort_key())
    return tuple(dict.fromkeys(Eq(r.lhs, r.rhs, evaluate=False) for r in ordered))


SHAPES = (
    Operation(
        "sum",
        "sum rule",
        build=_build_sum,
        match=_match_sum,
        partial=lambda slot, args, y: args[slot - 1],
        samples=(SMOOTH,) * 4,
        commuting=2,
    ),
    Operation(
        "reciprocal",
        "reciprocal rule",
        build=quotient,
        match=_match_reciprocal,
        partial=lambda slot, args, y: mul(MINUS_ONE, args[0], power(args[1], -TWO)),
        samples=(SMOOTH, ABOVE_ZERO),
        requires=lambda c, u: nonzero(u),
    ),
    Operation(
        "scale",
        "constant multiple rule",
        build=lambda c, u: mul(*_factors(c), u),
        match=_match_scale,
        partial=lambda slot, args, y: args[0],
        samples=(SMOOTH, SMOOTH),
    ),
    Operation(
        "quotient",
        "quotient rule",
        build=quotient,
        match=_match_quotient,
        partial=lambda slot, args, y: (
            reciprocal(args[1]) if slot == 0 else mul(MINUS_ONE, args[0], power(args[1], -TWO))
        ),
        samples=(SMOOTH, ABOVE_ZERO),
        requires=lambda a, b: nonzero(b),
        slot_laws=(
            "quotient rule: the denominator held fixed",
            "quotient rule: the numerator held fixed",
        ),
    ),
    Operation(
        "product",
        "product rule: the other factors held fixed",
        build=_build_product,
        match=_match_product,
        partial=_product_partial,
        samples=(SMOOTH,) * 4,
        commuting=1,
    ),
    Operation(
        "sqrt",
        "square root",
        build=lambda u: power(u, S.Half),
        match=_match_sqrt,
        partial=lambda slot, args, y: reciprocal(mul(TWO, power(args[0], S.Half))),
        samples=(ABOVE_ZERO,),
        requires=positive,
    ),
    Operation(
        "power",
        "power rule",
        build=power,
        match=_match_power,
        partial=lambda slot, args, y: mul(args[1], power(args[0], args[1] - 1)),
        samples=(ABOVE_ZERO, SMOOTH),
        requires=_power_domain,
    ),
    Operation(
        "exponential",
        "exponential rule",
        build=power,
        match=_match_exponential,
        partial=lambda slot, args, y: mul(power(*args), ln(args[0])),
        samples=(ABOVE_ZERO, SMOOTH),
        requires=lambda a, u: positive(a),
    ),
    Operation(
        "general-power",
        "general power",
        build=power,
        match=_match_general_power,
        partial=lambda slot, args, y: (
            mul(args[1], power(args[0], add(args[1], MINUS_ONE)))
            if slot == 0
            else mul(power(*args), ln(args[0]))
        ),
        samples=(ABOVE_ZERO, SMOOTH),
        requires=lambda a, b: positive(a),
        slot_laws=("power rule: the exponent held fixed", "exponential rule: the base held fixed"),
    ),
    Operation(
        "piecewise",
        "branch by branch",
        build=_build_piecewise,
        match=_match_piecewise,
        partial=_piecewise_partial,
        samples=(),
        kinks=_boundaries,
        spellings=("piecewise", "Piecewise"),
    ),
)
