"""Every operation and function that chainstep differentiates: one row each.

A row says how the operation is recognised and written, what its law is called, its
partial derivative in each slot, where it is defined and smooth, and how its value is
computed. Nothing about a function stands anywhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import sympy
from mpmath import mp
from sympy import Abs, Eq, Expr, Ge, Gt, Lt, Ne, Piecewise, S, exp, log, pi, sqrt
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep import functions as own
from chainstep.notation import MINUS_ONE, ONE, ZERO, add, mul, power, quotient, reciprocal

Arguments = tuple[Basic, ...]
Varies = Callable[[Basic], bool]
Match = Callable[[Basic, Varies], Arguments | None]
Partial = Callable[[int, Arguments, Basic], Basic]
TWO = sympy.Integer(2)
GROUP = 10  # a longer product is taken in groups of so many factors, or it would cost n²


@dataclass(frozen=True)
class Operation:
    """One row: an operation with fixed slots, as it is read, differentiated and written.

    `partial(slot, args, y)` is the derivative in the slot `slot` (from 0) at the arguments
    `args`; it may use `y`, the symbol of the value itself. `match(expr, varies)` gives the
    arguments if `expr` is of this kind, else None; a function is recognised by its `head`.
    `requires(*args)` are relations without which there is no derivative, `kinks(*args)`
    equations where the function exists and its derivative does not; `at_kink` is the value
    used there. `samples` is one interval per slot on which the operation is smooth.
    `numeric` computes the value of a function from mpmath numbers.
    """

    id: str
    law: str
    build: Callable[..., Expr]
    partial: Partial
    samples: tuple[tuple[float, float], ...]
    match: Match | None = None
    head: type | None = None
    spellings: tuple[str, ...] = ()
    latex: str = ""
    text: str = ""
    numeric: Callable | None = None
    requires: Callable[..., tuple[Relational, ...]] = lambda *args: ()
    kinks: Callable[..., tuple[Relational, ...]] = lambda *args: ()
    at_kink: str = ""
    slot_laws: tuple[str, ...] = ()
    values: tuple = ()  # low, high and whether never 0, where the values are bounded
    commuting: int = 0  # how many arguments make one operand, where operands may change places

    def law_of(self, slot: int) -> str:
        """The law in words for one slot."""
        return self.slot_laws[slot] if self.slot_laws else self.law


# --- Operations: recognised by their shape ------------------------------------------------


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


def positive(u: Basic) -> tuple[Relational, ...]:
    return (
        () if (u.is_Number and u.is_positive) or u in (S.Exp1, pi) else (Gt(u, 0, evaluate=False),)
    )


def nonzero(u: Basic) -> tuple[Relational, ...]:
    return (Ne(u, 0, evaluate=False),)


def _below_one(u: Basic) -> tuple[Relational, ...]:
    return (Lt(Abs(u, evaluate=False), 1, evaluate=False),)


def _above_one(u: Basic) -> tuple[Relational, ...]:
    return (Gt(Abs(u, evaluate=False), 1, evaluate=False),)


def _boundaries(*args: Basic) -> tuple[Relational, ...]:
    """Where the branches of a piecewise function meet."""
    relations = {r for condition in args[1::2] for r in condition.atoms(Relational)}
    ordered = sorted(relations, key=lambda r: r.sort_key())
    return tuple(dict.fromkeys(Eq(r.lhs, r.rhs, evaluate=False) for r in ordered))


def ln(u: Basic) -> Expr:
    return log(u, evaluate=False)


SMOOTH = (-2.0, 2.0)
ABOVE_ZERO = (0.5, 3.0)
POSITIVE = (0, inf, True)
BETWEEN_ONES = (-1, 1)
INSIDE = (-0.9, 0.9)  # strictly between −1 and 1

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
        slot_laws=(
            "power rule: the exponent held fixed",
            "exponential rule: the base held fixed",
        ),
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


# --- Functions: recognised by their head --------------------------------------------------


def _function(
    id: str,
    head: type,
    spellings: str,
    latex: str,
    *partials: Callable[..., Basic],
    law: str = "",
    numeric: Callable | None = None,
    samples: tuple[tuple[float, float], ...] = (SMOOTH,),
    **more,
) -> Operation:
    """The row of a function. `partials` take the arguments and the symbol of the value."""
    names = tuple(spellings.split())
    plain = names[0]
    return Operation(
        id,
        law or id,
        build=lambda *args: head(*args, evaluate=False),
        partial=lambda slot, args, y: partials[slot](*args, y),
        samples=samples,
        head=head,
        spellings=names,
        latex=latex,
        text=more.pop("text", plain),
        numeric=numeric or getattr(mp, plain),
        **more,
    )


def _named(name: str) -> str:
    return rf"\mathrm{{{name}}}"


def _larger(u: Basic, v: Basic) -> Relational:
    return Gt(u, v, evaluate=False)


def _cases(when: Basic, then: Basic, otherwise: Basic) -> Expr:
    return Piecewise((then, when), (otherwise, True), evaluate=False)


def _real_root(value, degree):
    return mp.sign(value) * mp.root(abs(value), int(degree))


def _sigmoid(value):
    return 1 / (1 + mp.exp(-value))


def _normal_density(u: Basic) -> Expr:
    """φ(u) = exp(−u²/2)/√(2π)."""
    return quotient(exp(quotient(-(u**2), TWO), evaluate=False), power(mul(TWO, pi), S.Half))


def _normal_distribution(u: Basic) -> Expr:
    """Φ(u) = (1 + erf(u/√2))/2."""
    return quotient(add(ONE, sympy.erf(quotient(u, sqrt(2)), evaluate=False)), TWO)


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

    return _function(
        id,
        head,
        f"{id} {head.__name__} {id.capitalize()}",
        f"\\{id}",
        partial(0),
        partial(1),
        law=f"{'larger' if id == 'max' else 'smaller'} of two",
        numeric=choose,
        samples=((-2.0, -1.0), (1.0, 2.0)),
        kinks=lambda a, b: (Eq(a, b, evaluate=False),),
    )


FUNCTIONS = (
    _function(
        "exponential-e",
        exp,
        "exp",
        r"\exp",
        lambda u, y: exp(u, evaluate=False),
        law="exponential rule",
        values=POSITIVE,
    ),
    _function(
        "ln",
        log,
        "ln log",
        r"\ln",
        lambda u, y: 1 / u,
        law="natural logarithm",
        samples=(ABOVE_ZERO,),
        requires=positive,
    ),
    _function(
        "logarithm",
        own.logarithm,
        "log",
        r"\log",
        lambda u, base, y: reciprocal(mul(u, ln(base))),
        lambda u, base, y: mul(MINUS_ONE, ln(u), reciprocal(mul(base, power(ln(base), TWO)))),
        numeric=lambda u, base: mp.log(u) / mp.log(base),
        samples=(ABOVE_ZERO, (1.5, 4.0)),
        requires=lambda u, base: (
            positive(u) + (() if base.is_Number else (*positive(base), Ne(base, 1, evaluate=False)))
        ),
        slot_laws=("logarithm: the base held fixed", "logarithm: the argument held fixed"),
    ),
    _function(
        "root",
        own.root,
        "root",
        r"\sqrt",
        lambda u, n, y: reciprocal(mul(n, power(own.root(u, n, evaluate=False), n - 1))),
        law="root",
        numeric=_real_root,
        samples=(ABOVE_ZERO, (3.0, 3.0)),
        requires=lambda u, n: nonzero(u),
    ),
    _function(
        "sine",
        sympy.sin,
        "sin",
        r"\sin",
        lambda u, y: sympy.cos(u),
        values=BETWEEN_ONES,
    ),
    _function(
        "cosine",
        sympy.cos,
        "cos",
        r"\cos",
        lambda u, y: -sympy.sin(u),
        values=BETWEEN_ONES,
    ),
    _function(
        "tangent",
        sympy.tan,
        "tan tg",
        r"\tan",
        lambda u, y: sympy.cos(u) ** -2,
        samples=((-1.4, 1.4),),
        requires=lambda u: nonzero(sympy.cos(u, evaluate=False)),
    ),
    _function(
        "cotangent",
        sympy.cot,
        "cot ctg cotg",
        r"\cot",
        lambda u, y: -(sympy.sin(u) ** -2),
        samples=((0.2, 2.9),),
        requires=lambda u: nonzero(sympy.sin(u, evaluate=False)),
    ),
    _function(
        "secant",
        sympy.sec,
        "sec",
        r"\sec",
        lambda u, y: mul(sympy.sec(u), sympy.tan(u)),
        samples=((-1.4, 1.4),),
        requires=lambda u: nonzero(sympy.cos(u, evaluate=False)),
    ),
    _function(
        "cosecant",
        sympy.csc,
        "csc cosec",
        r"\csc",
        lambda u, y: mul(MINUS_ONE, sympy.csc(u), sympy.cot(u)),
        samples=((0.2, 2.9),),
        requires=lambda u: nonzero(sympy.sin(u, evaluate=False)),
    ),
    _function(
        "arcsine",
        sympy.asin,
        "asin arcsin",
        r"\arcsin",
        lambda u, y: 1 / sqrt(1 - u**2),
        text="arcsin",
        samples=(INSIDE,),
        requires=_below_one,
        values=(-1.6, 1.6),
    ),
    _function(
        "arccosine",
        sympy.acos,
        "acos arccos",
        r"\arccos",
        lambda u, y: -1 / sqrt(1 - u**2),
        text="arccos",
        samples=(INSIDE,),
        requires=_below_one,
        values=(0, 3.2),
    ),
    _function(
        "arctangent",
        sympy.atan,
        "atan arctan arctg",
        r"\arctan",
        lambda u, y: 1 / (1 + u**2),
        text="arctan",
        values=(-1.6, 1.6),
    ),
    _function(
        "arccotangent",
        sympy.acot,
        "acot arccot arcctg",
        _named("arccot"),
        lambda u, y: -1 / (1 + u**2),
        text="arccot",
        samples=(ABOVE_ZERO,),
    ),
    _function(
        "arcsecant",
        sympy.asec,
        "asec arcsec",
        _named("arcsec"),
        lambda u, y: 1 / (Abs(u, evaluate=False) * sqrt(u**2 - 1)),
        text="arcsec",
        samples=((1.2, 3.0),),
        requires=_above_one,
        values=(0, 3.2),
    ),
    _function(
        "arccosecant",
        sympy.acsc,
        "acsc arccsc",
        _named("arccsc"),
        lambda u, y: -1 / (Abs(u, evaluate=False) * sqrt(u**2 - 1)),
        text="arccsc",
        samples=((1.2, 3.0),),
        requires=_above_one,
    ),
    _function(
        "hyperbolic-sine",
        sympy.sinh,
        "sinh sh",
        r"\sinh",
        lambda u, y: sympy.cosh(u),
        law="hyperbolic sine",
    ),
    _function(
        "hyperbolic-cosine",
        sympy.cosh,
        "cosh ch",
        r"\cosh",
        lambda u, y: sympy.sinh(u),
        law="hyperbolic cosine",
        values=(1, inf),
    ),
    _function(
        "hyperbolic-tangent",
        sympy.tanh,
        "tanh th",
        r"\tanh",
        lambda u, y: sympy.cosh(u) ** -2,
        law="hyperbolic tangent",
        values=BETWEEN_ONES,
    ),
    _function(
        "hyperbolic-cotangent",
        sympy.coth,
        "coth",
        r"\coth",
        lambda u, y: -(sympy.sinh(u) ** -2),
        law="hyperbolic cotangent",
        samples=(ABOVE_ZERO,),
        requires=nonzero,
    ),
    _function(
        "hyperbolic-secant",
        sympy.sech,
        "sech",
        _named("sech"),
        lambda u, y: mul(MINUS_ONE, sympy.sech(u), sympy.tanh(u)),
        law="hyperbolic secant",
        values=(0, 1, True),
    ),
    _function(
        "hyperbolic-cosecant",
        sympy.csch,
        "csch cosech",
        _named("csch"),
        lambda u, y: mul(MINUS_ONE, sympy.csch(u), sympy.coth(u)),
        law="hyperbolic cosecant",
        samples=(ABOVE_ZERO,),
        requires=nonzero,
    ),
    _function(
        "inverse-hyperbolic-sine",
        sympy.asinh,
        "asinh arcsinh arsinh",
        _named("arsinh"),
        lambda u, y: 1 / sqrt(u**2 + 1),
        law="inverse hyperbolic sine",
        text="arsinh",
    ),
    _function(
        "inverse-hyperbolic-cosine",
        sympy.acosh,
        "acosh arccosh arcosh",
        _named("arcosh"),
        lambda u, y: 1 / sqrt(u**2 - 1),
        law="inverse hyperbolic cosine",
        text="arcosh",
        samples=((1.2, 3.0),),
        requires=lambda u: (Gt(u, 1, evaluate=False),),
        values=(0, inf),
    ),
    _function(
        "inverse-hyperbolic-tangent",
        sympy.atanh,
        "atanh arctanh artanh",
        _named("artanh"),
        lambda u, y: 1 / (1 - u**2),
        law="inverse hyperbolic tangent",
        text="artanh",
        samples=(INSIDE,),
        requires=_below_one,
    ),
    _function(
        "inverse-hyperbolic-cotangent",
        sympy.acoth,
        "acoth arccoth arcoth",
        _named("arcoth"),
        lambda u, y: 1 / (1 - u**2),
        law="inverse hyperbolic cotangent",
        text="arcoth",
        samples=((1.2, 3.0),),
        requires=_above_one,
    ),
    _function(
        "inverse-hyperbolic-secant",
        sympy.asech,
        "asech arcsech arsech",
        _named("arsech"),
        lambda u, y: -1 / (u * sqrt(1 - u**2)),
        law="inverse hyperbolic secant",
        text="arsech",
        samples=((0.1, 0.9),),
        requires=lambda u: (Gt(u, 0, evaluate=False), Lt(u, 1, evaluate=False)),
        values=(0, inf),
    ),
    _function(
        "inverse-hyperbolic-cosecant",
        sympy.acsch,
        "acsch arccsch arcsch",
        _named("arcsch"),
        lambda u, y: -1 / (Abs(u, evaluate=False) * sqrt(u**2 + 1)),
        law="inverse hyperbolic cosecant",
        text="arcsch",
        samples=(ABOVE_ZERO,),
        requires=nonzero,
    ),
    _function(
        "absolute-value",
        Abs,
        "abs Abs",
        "",
        lambda u, y: sympy.sign(u, evaluate=False),
        law="absolute value",
        numeric=abs,
        samples=(ABOVE_ZERO,),
        kinks=lambda u: (Eq(u, 0, evaluate=False),),
        at_kink="0",
    ),
    _function(
        "sign",
        sympy.sign,
        "sign sgn",
        _named("sign"),
        lambda u, y: ZERO,
        law="constant on either side",
        samples=(ABOVE_ZERO,),
        kinks=lambda u: (Eq(u, 0, evaluate=False),),
        at_kink="0",
        values=BETWEEN_ONES,
    ),
    _comparison("max", own.maximum, _larger, max),
    _comparison("min", own.minimum, lambda u, v: Lt(u, v, evaluate=False), min),
    _function(
        "sigmoid",
        own.sigmoid,
        "sigmoid logistic",
        _named("sigmoid"),
        lambda u, y: mul(y, add(ONE, -y)),
        numeric=_sigmoid,
        values=(0, 1, True),
    ),
    _function(
        "relu",
        own.relu,
        "relu ReLU",
        _named("relu"),
        lambda u, y: _cases(_larger(u, ZERO), ONE, ZERO),
        numeric=lambda value: max(value, mp.zero),
        samples=(ABOVE_ZERO,),
        kinks=lambda u: (Eq(u, 0, evaluate=False),),
        at_kink="0",
        values=(0, inf),
    ),
    _function(
        "leaky-relu",
        own.leaky_relu,
        "leaky_relu LeakyReLU",
        rf"{_named('leaky')}_{_named('relu')}",
        lambda u, slope, y: _cases(_larger(u, ZERO), ONE, slope),
        lambda u, slope, y: _cases(_larger(u, ZERO), ZERO, u),
        law="leaky relu",
        numeric=lambda value, slope: value if value > 0 else slope * value,
        samples=(ABOVE_ZERO, ABOVE_ZERO),
        kinks=lambda u, slope: (Eq(u, 0, evaluate=False),),
    ),
    _function(
        "softplus",
        own.softplus,
        "softplus",
        _named("softplus"),
        lambda u, y: own.sigmoid(u, evaluate=False),
        numeric=lambda value: mp.log(1 + mp.exp(value)),
        values=POSITIVE,
    ),
    _function(
        "silu",
        own.silu,
        "silu swish",
        _named("silu"),
        lambda u, y: add(
            own.sigmoid(u, evaluate=False),
            mul(u, own.sigmoid(u, evaluate=False), add(ONE, -own.sigmoid(u, evaluate=False))),
        ),
        numeric=lambda value: value * _sigmoid(value),
    ),
    _function(
        "gelu",
        own.gelu,
        "gelu",
        _named("gelu"),
        lambda u, y: add(_normal_distribution(u), mul(u, _normal_density(u))),
        numeric=lambda value: value * mp.ncdf(value),
    ),
    _function(
        "error-function",
        sympy.erf,
        "erf",
        _named("erf"),
        lambda u, y: mul(quotient(TWO, sqrt(pi)), exp(-(u**2), evaluate=False)),
        law="error function",
        values=BETWEEN_ONES,
    ),
    _function(
        "gamma-function",
        sympy.gamma,
        "gamma Gamma",
        r"\Gamma",
        lambda u, y: mul(y, sympy.digamma(u, evaluate=False)),
        law="gamma function",
        text="Γ",
        samples=(ABOVE_ZERO,),
        requires=lambda u: nonzero(reciprocal(sympy.gamma(u, evaluate=False))),
    ),
    _function(
        "digamma-function",
        sympy.digamma,
        "digamma psi",
        r"\psi",
        lambda u, y: sympy.polygamma(1, u, evaluate=False),
        law="digamma function",
        text="ψ",
        samples=(ABOVE_ZERO,),
        requires=lambda u: nonzero(reciprocal(sympy.gamma(u, evaluate=False))),
    ),
    _function(
        "polygamma-function",
        sympy.polygamma,
        "polygamma",
        _named("polygamma"),
        lambda n, u, y: ZERO,
        lambda n, u, y: sympy.polygamma(n + 1, u, evaluate=False),
        law="polygamma function",
        numeric=lambda order, value: mp.polygamma(int(order), value),
        samples=((1.0, 1.0), ABOVE_ZERO),
        requires=lambda n, u: nonzero(reciprocal(sympy.gamma(u, evaluate=False))),
    ),
    _function(
        "two-argument-arctangent",
        sympy.atan2,
        "atan2 arctan2",
        _named("atan2"),
        lambda v, u, y: quotient(u, add(u**2, v**2)),
        lambda v, u, y: quotient(-v, add(u**2, v**2)),
        law="two-argument arctangent",
        numeric=mp.atan2,
        samples=(ABOVE_ZERO, ABOVE_ZERO),
        requires=lambda v, u: nonzero(add(power(u, TWO), power(v, TWO))),
    ),
)

OPERATIONS = SHAPES + FUNCTIONS
BY_HEAD = {row.head: row for row in FUNCTIONS}
BY_ID = {row.id: row for row in OPERATIONS}
