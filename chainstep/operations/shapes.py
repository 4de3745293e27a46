"""The operations that are recognised by their shape, tried in this order: a product is
called a quotient or a multiple first, and a power a root."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd

from sympy import Expr, Ge, Ne, S
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.notation import MINUS_ONE, ONE, ZERO, add, mul, negate, power, quotient, reciprocal
from chainstep.operations.backwards import (
    divided,
    each,
    of_exponential,
    of_multiple,
    of_power,
    of_reciprocal,
    of_sum,
    root_of,
)
from chainstep.operations.branches import PIECEWISE
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

CONSTANT_POWERS = (ZERO, ONE)  # the numbers whose powers do not change with the exponent
GROUP = 10  # a longer product is taken in groups of so many factors, or it would cost n²


def _is_denominator(factor: Basic, varies: Varies) -> bool:
    """Whether a factor is written under the fraction bar."""
    return factor.is_Pow and factor.args[1].is_Rational and factor.args[1].p < 0 and varies(factor)


def _factors(expr: Basic) -> Arguments:
    return expr.args if expr.is_Mul else (expr,)


def _split(term: Basic, varies: Varies) -> Arguments:
    """A term as (constant factors before, what varies, constant factors after): w·x by w
    stays in the order in which it was written, but a number goes to the front."""
    if not varies(term):
        return term, ONE, ONE
    if not term.is_Mul:
        return ONE, term, ONE
    where = next(i for i, factor in enumerate(term.args) if varies(factor))
    constants = [(i < where or f.is_Number, f) for i, f in enumerate(term.args) if not varies(f)]
    return (
        mul(*_folded(f for before, f in constants if before)),
        mul(*(f for f in term.args if varies(f))),
        mul(*(f for before, f in constants if not before)),
    )


def _folded(factors: Iterable[Basic]) -> list[Basic]:
    """−1·2 as −2 and 2·(1/3) as 2/3, but 2·3 as it stands: nothing is worked out."""
    folded: list[Basic] = []
    for factor in factors:
        if folded and _is_spelling(folded[-1], factor):
            folded[-1] *= factor
        else:
            folded.append(factor)
    return folded


def _is_spelling(first: Basic, second: Basic) -> bool:
    """Whether two factors are only a way to write one number."""
    if not (first.is_Rational and second.is_Rational):
        return False
    if abs(first) is ONE or abs(second) is ONE:
        return True
    return first.q == 1 and abs(second.p) == 1 and gcd(int(first.p), int(second.q)) == 1


def _join(before: Basic, operand: Basic, after: Basic) -> Basic:
    factors = (_factors(part) for part in (before, operand, after) if part is not ONE)
    return mul(*(factor for part in factors for factor in part)) if operand is not ONE else before


def _multiple(before: Basic, operand: Basic, after: Basic) -> Expr:
    """A multiple as it was written; 1·x as well."""
    alone = before is ONE and after is ONE
    return mul(ONE, operand) if alone else _join(before, operand, after)


def _match_sum(expr: Basic, varies: Varies) -> Arguments | None:
    if not expr.is_Add:
        return None
    return tuple(part for term in expr.args for part in _split(term, varies))


def _build_sum(*args: Basic) -> Expr:
    return add(*(_join(*args[i : i + 3]) for i in range(0, len(args), 3)))


def _coefficient(slot: int, args: Arguments, y: Basic) -> Basic:
    before, after = args[slot - 1], args[slot + 1]
    if after is ONE:
        return before
    return after if before is ONE else mul(before, after)


def _sum_law(slot: int, args: Arguments) -> str:
    alone = _coefficient(slot, args, ONE) in (ONE, MINUS_ONE)
    return "sum rule" if alone else "sum and constant multiple rules"


def _match_quotient(expr: Basic, varies: Varies) -> Arguments | None:
    factors = _factors(expr)
    below = [power(f.args[0], -f.args[1]) for f in factors if _is_denominator(f, varies)]
    if not below or (len(factors) == 1 and expr.args[1] is not MINUS_ONE):
        return None
    denominator = mul(*(d.args[0] if d.is_Pow and d.args[1] is ONE else d for d in below))
    return mul(*(f for f in factors if not _is_denominator(f, varies))), denominator


def _match_reciprocal(expr: Basic, varies: Varies) -> Arguments | None:
    matched = _match_quotient(expr, varies)
    return matched if matched and not varies(matched[0]) else None


def _match_scale(expr: Basic, varies: Varies) -> Arguments | None:
    if not expr.is_Mul or sum(varies(f) for f in expr.args) != 1:
        return None
    return _split(expr, varies)


def _match_product(expr: Basic, varies: Varies) -> Arguments | None:
    """A constant and the varying factors, at most GROUP of them."""
    if not expr.is_Mul:
        return None
    factors = [f for f in expr.args if varies(f)]
    while len(factors) > GROUP:
        factors = [mul(*factors[i : i + GROUP]) for i in range(0, len(factors), GROUP)]
    return mul(*_folded(f for f in expr.args if not varies(f))), *factors


def _build_product(constant: Basic, *factors: Basic) -> Expr:
    return mul(*factors) if constant is ONE else mul(*_factors(constant), *factors)


def _match_sqrt(expr: Basic, varies: Varies) -> Arguments | None:
    return (expr.args[0],) if expr.is_Pow and expr.args[1] == S.Half else None


def _match_power(expr: Basic, varies: Varies) -> Arguments | None:
    return expr.args if expr.is_Pow and not varies(expr.args[1]) else None


def _match_exponential(expr: Basic, varies: Varies) -> Arguments | None:
    return expr.args if expr.is_Pow and not varies(expr.args[0]) else None


def _match_general_power(expr: Basic, varies: Varies) -> Arguments | None:
    return expr.args if expr.is_Pow else None


def _product_partial(slot: int, args: Arguments, y: Basic) -> Basic:
    return _build_product(*args[:slot], *args[slot + 1 :])


def _less_one(exponent: Basic) -> Basic:
    return exponent - 1 if exponent.is_Number else add(exponent, MINUS_ONE)


def _power_domain(base: Basic, exponent: Basic) -> tuple[Relational, ...]:
    if exponent.is_Integer:
        return (Ne(base, 0, evaluate=False),) if exponent.is_negative else ()
    if exponent.is_Rational and exponent > 1:
        return (Ge(base, 0, evaluate=False),)
    return positive(base)


def _sum_inverse(slot: int, args: Arguments, y: Basic) -> Basic:
    """The operand of the only term that varies."""
    before, _, after = args[slot - 1 : slot + 2]
    rest = [_join(*args[i : i + 3]) for i in range(0, len(args), 3) if i != slot - 1]
    return divided(add(y, *map(negate, rest)) if rest else y, before, after)


SHAPES = (
    Operation(
        "sum",
        "sum rule",
        build=_build_sum,
        match=_match_sum,
        partial=_coefficient,
        law_at=_sum_law,
        samples=(SMOOTH,) * 6,
        commuting=3,
        inverse=_sum_inverse,
        preimages=of_sum,
    ),
    Operation(
        "reciprocal",
        "reciprocal rule",
        build=quotient,
        match=_match_reciprocal,
        partial=lambda slot, args, y: mul(MINUS_ONE, args[0], power(args[1], -TWO)),
        samples=(SMOOTH, ABOVE_ZERO),
        requires=lambda c, u: nonzero(u),
        inverse=lambda slot, args, y: quotient(args[0], y),
        preimages=of_reciprocal,
        breaks=(ZERO,),
    ),
    Operation(
        "scale",
        "constant multiple rule",
        build=_multiple,
        match=_match_scale,
        partial=_coefficient,
        samples=(SMOOTH, SMOOTH, SMOOTH),
        inverse=lambda slot, args, y: divided(y, args[0], args[2]),
        preimages=of_multiple,
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
        inverse=lambda slot, args, y: y**TWO,
        preimages=each(lambda value, sign: [value**TWO] if sign >= 0 else []),
        breaks=(ZERO,),
    ),
    Operation(
        "power",
        "power rule",
        build=power,
        match=_match_power,
        partial=lambda slot, args, y: mul(args[1], power(args[0], _less_one(args[1]))),
        samples=(ABOVE_ZERO, SMOOTH),
        requires=_power_domain,
        inverse=root_of,
        preimages=of_power,
        breaks=(ZERO,),
    ),
    Operation(
        "exponential",
        "exponential rule",
        build=power,
        match=_match_exponential,
        partial=lambda slot, args, y: (
            ZERO if args[0] in CONSTANT_POWERS else mul(power(*args), ln(args[0]))
        ),
        samples=(ABOVE_ZERO, SMOOTH),
        requires=lambda a, u: positive(u if a is ZERO else a),
        inverse=lambda slot, args, y: None if args[0] in CONSTANT_POWERS else ln(y) / ln(args[0]),
        preimages=of_exponential,
    ),
    Operation(
        "general-power",
        "general power",
        build=power,
        match=_match_general_power,
        partial=lambda slot, args, y: (
            mul(args[1], power(args[0], _less_one(args[1])))
            if slot == 0
            else mul(power(*args), ln(args[0]))
        ),
        samples=(ABOVE_ZERO, SMOOTH),
        requires=lambda a, b: positive(a),
        slot_laws=("power rule: the exponent held fixed", "exponential rule: the base held fixed"),
    ),
    PIECEWISE,
    Operation(
        "identity",
        "another name",
        build=lambda u: u,
        partial=lambda slot, args, y: ONE,
        samples=(SMOOTH,),
        preimages=each(lambda value, sign: [value]),
    ),
)
