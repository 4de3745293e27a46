"""From the value of an operation back to those of its argument: a row for each that can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sympy import S, acos, cosh, exp, log, pi
from sympy.core.basic import Basic

from chainstep.conditions.places import number
from chainstep.notation import ONE, ZERO

Numbers = list[Basic]
Arguments = tuple[Basic, ...]
HIGHEST = 12  # exponent to which a number is raised, and degree of a root of one
# What gives for the arguments of an operation and one of its values the varying argument and
# all its values there; None where they cannot be written.
Back = Callable[[Arguments, Basic], "tuple[Basic, Numbers] | None"]


def _sign(value: Basic) -> int:
    size = number(value)
    return 0 if value is ZERO or size is None else (size > 0) - (size < 0)


def _sum_back(args: Arguments, value: Basic) -> tuple[Basic, Numbers] | None:
    terms = [args[i : i + 3] for i in range(0, len(args), 3)]
    varying = [term for term in terms if term[1] is not ONE]
    constants = [term[0] for term in terms if term[1] is ONE]
    if len(varying) != 1 or not all(c.is_Number for c in constants):
        return None
    return _scale_back(varying[0], value - sum(constants, ZERO))  # type: ignore[operator]


def _scale_back(args: Arguments, value: Basic) -> tuple[Basic, Numbers] | None:
    before, operand, after = args
    if not before.is_number or before.args or _sign(before) == 0 or after is not ONE:
        return None
    return operand, [value / before]  # type: ignore[operator]


def _reciprocal_back(args: Arguments, value: Basic) -> tuple[Basic, Numbers] | None:
    above, below = args
    if not above.is_Number or above is ZERO:
        return None
    return below, [above / value] if _sign(value) else []  # type: ignore[operator]


def _power_back(args: Arguments, value: Basic) -> tuple[Basic, Numbers] | None:
    base, exponent = args
    if not exponent.is_Rational or exponent is ZERO or max(abs(exponent.p), exponent.q) > HIGHEST:  # type: ignore[attr-defined]
        return None
    sign = _sign(value)
    if not sign:
        return base, [ZERO] if exponent.is_positive else []
    size = (value if sign > 0 else -value) ** (1 / exponent)  # type: ignore[operator]
    if not exponent.is_Integer:
        return base, [size] if sign > 0 else []
    if exponent.is_odd:
        return base, [size if sign > 0 else -size]
    return base, [-size, size] if sign > 0 else []


def _sqrt_back(args: Arguments, value: Basic) -> tuple[Basic, Numbers]:
    return args[0], [value**2] if _sign(value) >= 0 else []  # type: ignore[operator]


def _root_back(args: Arguments, value: Basic) -> tuple[Basic, Numbers] | None:
    if not args[1].is_Integer or abs(args[1]) > HIGHEST:  # type: ignore[operator]
        return None
    return args[0], [value ** args[1]] if args[1].is_odd or _sign(value) >= 0 else []  # type: ignore[operator]


def _exponential_back(args: Arguments, value: Basic) -> tuple[Basic, Numbers] | None:
    base, exponent = args
    if not base.is_number or base is ONE or _sign(base) <= 0:
        return None
    return exponent, [log(value) / log(base)] if _sign(value) > 0 else []


def _logarithm_back(args: Arguments, value: Basic) -> tuple[Basic, Numbers] | None:
    argument, base = args
    if not base.is_number or base is ONE or _sign(base) <= 0 or abs(number(value)) > HIGHEST:
        return None
    return argument, [base**value]  # type: ignore[operator]


def _either_sign(args: Arguments, value: Basic) -> tuple[Basic, Numbers]:
    sign = _sign(value)
    return args[0], [-value, value] if sign > 0 else [ZERO] if not sign else []  # type: ignore[operator]


@dataclass(frozen=True)
class Known:
    """A function of one argument of which only some values are worth going back from; outside
    `low` and `high` it has none."""

    values: Mapping[Basic, Sequence[Basic]]
    low: Basic = S.NegativeInfinity
    high: Basic = S.Infinity

    def __call__(self, args: Arguments, value: Basic) -> tuple[Basic, Numbers] | None:
        if value in self.values:
            return args[0], list(self.values[value])
        size = number(value)
        beyond = size is not None and (
            (self.low.is_finite and size < number(self.low))
            or (self.high.is_finite and size > number(self.high))
        )
        return (args[0], []) if beyond else None


def _from_one(back: Callable[[Basic], Iterable[Basic]]) -> Back:
    return lambda args, value: (args[0], list(back(value)))


HALF_PI = pi / 2
ZERO_AT_ZERO = Known({ZERO: [ZERO]})
BETWEEN_ONES = Known({ZERO: [ZERO], ONE: [], -ONE: []}, -ONE, ONE)
BACK: dict[str, Back] = {
    "sum": _sum_back,
    "scale": _scale_back,
    "reciprocal": _reciprocal_back,
    "power": _power_back,
    "sqrt": _sqrt_back,
    "root": _root_back,
    "exponential": _exponential_back,
    "identity": _from_one(lambda value: [value]),
    "exponential-e": _from_one(lambda value: [log(value)] if _sign(value) > 0 else []),
    "ln": _from_one(lambda value: [exp(value)]),
    "logarithm": _logarithm_back,
    "absolute-value": _either_sign,
    "relu": _from_one(lambda value: [value] if _sign(value) >= 0 else []),
    "sign": Known({ZERO: [ZERO], ONE: [], -ONE: []}, -ONE, ONE),
    "arcsine": Known({ZERO: [ZERO], HALF_PI: [ONE], -HALF_PI: [-ONE]}, -HALF_PI, HALF_PI),
    "arccosine": Known({acos(n): [n] for n in (ONE, ZERO, -ONE)}, ZERO, pi),
    "arctangent": Known({ZERO: [ZERO], pi / 4: [ONE], -pi / 4: [-ONE]}, -HALF_PI, HALF_PI),
    "arccotangent": Known({ZERO: []}, -HALF_PI, HALF_PI),
    "arcsecant": Known({ZERO: [ONE], pi: [-ONE], HALF_PI: []}, ZERO, pi),
    "arccosecant": Known({ZERO: []}, -HALF_PI, HALF_PI),
    "hyperbolic-sine": ZERO_AT_ZERO,
    "hyperbolic-cosine": Known({cosh(0): [ZERO]}, ONE),
    "hyperbolic-tangent": BETWEEN_ONES,
    "hyperbolic-cotangent": Known({n: [] for n in (ZERO, ONE, -ONE)}),
    "hyperbolic-secant": Known({ZERO: [], ONE: [ZERO]}, ZERO, ONE),
    "hyperbolic-cosecant": Known({ZERO: []}),
    "inverse-hyperbolic-sine": ZERO_AT_ZERO,
    "inverse-hyperbolic-cosine": Known({ZERO: [ONE]}, ZERO),
    "inverse-hyperbolic-tangent": ZERO_AT_ZERO,
    "inverse-hyperbolic-cotangent": Known({ZERO: []}),
    "inverse-hyperbolic-secant": Known({ZERO: [ONE]}, ZERO),
    "inverse-hyperbolic-cosecant": Known({ZERO: []}),
    "sigmoid": Known({ZERO: [], S.Half: [ZERO], ONE: []}, ZERO, ONE),
    "softplus": Known({ZERO: []}, ZERO),
    "silu": ZERO_AT_ZERO,
    "gelu": ZERO_AT_ZERO,
    "error-function": BETWEEN_ONES,
}
# The arguments at which an operation begins, ends, or jumps, so that it may be on one side of
# a value without passing through it.
BREAKS: dict[str, tuple[Basic, ...]] = {
    **dict.fromkeys(("reciprocal", "ln", "logarithm", "sqrt", "root", "sign", "relu"), (ZERO,)),
    **dict.fromkeys(("hyperbolic-cotangent", "hyperbolic-cosecant", "arccotangent"), (ZERO,)),
    **dict.fromkeys(("arcsine", "arccosine", "arcsecant", "arccosecant"), (-ONE, ONE)),
    **dict.fromkeys(("inverse-hyperbolic-tangent", "inverse-hyperbolic-cotangent"), (-ONE, ONE)),
    "power": (ZERO,),
    "inverse-hyperbolic-cosine": (ONE,),
    "inverse-hyperbolic-secant": (ZERO, ONE),
    "inverse-hyperbolic-cosecant": (ZERO,),
}
