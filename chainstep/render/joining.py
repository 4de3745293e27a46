"""Factors side by side: brackets, dots, and the sign of the whole."""

from __future__ import annotations

from itertools import pairwise

from chainstep.render.written import (
    CHAIN,
    DOT,
    OPEN,
    TIGHT,
    Bars,
    Between,
    Brackets,
    Call,
    Cases,
    Derivative,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Root,
    Sum,
    Transposed,
    Written,
)

UNIT = Number("1")
CUBE = Number("3")


def operand(written: Written) -> Written:
    """A term or factor, in brackets where it would otherwise fall apart."""
    return Brackets(written) if type(written) in (Sum, Negative, Cases) else written


def joined(factors: list[Written], dotted: bool) -> Written:
    """Factors side by side; the sign of the first becomes the sign of the product."""
    first, *others = factors
    if not others:
        return first
    if type(first) is Negative:
        return Negative(joined([first.operand, *others], dotted))
    operands = tuple(map(_factor, factors))
    if dotted or first == UNIT or any(type(factor) is Product for factor in factors):
        return Product(operands, (DOT,) * len(others))
    return Product(operands, tuple(_joint(*pair) for pair in pairwise(operands)))


def _factor(written: Written) -> Written:
    """A factor; a dot product in brackets, so that its dot is not taken for another one."""
    dotted = type(written) is Between and written.sign == "·"
    return Brackets(written) if dotted else operand(written)


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
    ("number", "root"): TIGHT,
    ("number", "bars"): TIGHT,
    ("number", "brackets"): TIGHT,
    ("call", "brackets"): DOT,
    ("derivative", "derivative"): CHAIN,
}


def _joint(left: Written, right: Written) -> str:
    before, after = _kind(left), _kind(right)
    if type(left) is Power and not _is_whole(left.exponent):
        before = "power"  # nothing may touch the exponent of 2^x
    otherwise = DOT if after in ("number", "word") or before == "word" else OPEN
    return _JOINTS.get((before, after), otherwise)


def _kind(factor: Written) -> str:
    """What a factor begins with: x² with a name, like x, and 2^x with a number."""
    if type(factor) is Name:
        return "word" if factor.is_word else "name"
    if type(factor) is Root and factor.degree:
        return "root" if factor.degree == CUBE else "other"  # 5 · ⁵√x is not 5⁵ √x
    if type(factor) is Power:
        return _kind(factor.base)
    if type(factor) is Transposed:
        return _kind(factor.inner)
    if type(factor) is Between:
        return _kind(factor.factors[0])
    return _KINDS.get(type(factor), "other")


def _is_whole(exponent: Written) -> bool:
    return type(exponent) is Number and exponent.digits.isdecimal()
