"""How every function is read: how many arguments it takes, and the tree that it becomes."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from sympy import Integer, Piecewise, S
from sympy.core.basic import Basic

from chainstep.errors import WrongArguments
from chainstep.notation import ONE
from chainstep.operations import BY_ID, OPERATIONS, Operation
from chainstep.operations.heads import DEFAULT_SLOPE
from chainstep.parser.tokens import Span
from chainstep.parser.trees import CONSTANTS, Operand, Trees

MANY = sys.maxsize
LARGEST_FACTORIAL = 100  # that is written out
ROWS = {spelling: row for row in OPERATIONS for spelling in row.spellings}
ARCTANGENT_2 = "two-argument-arctangent"
PIECEWISE = frozenset(BY_ID["piecewise"].spellings)
DIGAMMA = frozenset(BY_ID["digamma-function"].spellings)

Build = Callable[[Trees, Sequence[Operand], Span], Operand]


class Form(NamedTuple):
    """The least and the largest number of arguments, and what makes a tree of them."""

    least: int
    most: int
    build: Build


def inverse_of(name: str) -> str | None:
    """The function that sin^-1 stands for.

    >>> inverse_of("sin"), inverse_of("exp")
    ('asin', None)
    """
    standard = ROWS[name].spellings[0] if name in ROWS else name
    return next((f for f in (f"a{standard}", f"arc{standard}") if f in FORMS), None)


def root(trees: Trees, parts: Sequence[Operand], span: Span) -> Operand:
    """Roots of odd degree exist for negative numbers too; the others are powers."""
    radicand, degree = parts
    if isinstance(degree.value, int | Fraction) and degree.value.denominator == 1:  # 6/2
        degree = trees.given(Integer(int(degree.value)), degree.span)
    if degree.tree.is_Integer and degree.tree.p >= 3 and degree.tree.p % 2:
        return trees.call(BY_ID["root"], (radicand, degree), span)
    exponent = trees.quotient(trees.given(ONE, span), degree, span)
    return trees.power(radicand, exponent, span)


def square_root(trees: Trees, parts: Sequence[Operand], span: Span) -> Operand:
    """√x is x^(1/2)."""
    return trees.power(parts[0], trees.given(S.Half, span), span)


def factorial(trees: Trees, argument: Operand, span: Span) -> Operand:
    """n! is a number, x! is gamma(x + 1)."""
    if argument.kind == "literal" and argument.tree.p <= LARGEST_FACTORIAL:
        return trees.given(Integer(math.factorial(argument.tree.p)), span)
    return trees.call(
        BY_ID["gamma-function"], [trees.sum([argument, trees.given(ONE, span)])], span
    )


def degrees(trees: Trees, argument: Operand, span: Span) -> Operand:
    """x° is x·π/180."""
    turned = trees.product([argument, Operand(*CONSTANTS["pi"], span)])
    return trees.quotient(turned, trees.given(Integer(180), span), span)


def piecewise(trees: Trees, parts: Sequence[Operand], span: Span) -> Operand:
    """Of pairs of a value and its condition."""
    return Operand(trees.make(Piecewise, *(part.tree for part in parts)), None, span)


def _logarithm(trees: Trees, parts: Sequence[Operand], span: Span) -> Operand:
    if len(parts) == 1 or parts[1].tree is S.Exp1:
        return trees.call(BY_ID["ln"], parts[:1], span)
    base = parts[1].value
    if base is not None and (base <= 0 or base == 1):
        raise trees.undefined(span)
    return trees.call(BY_ID["logarithm"], parts, span)


def _arctangent(trees: Trees, parts: Sequence[Operand], span: Span) -> Operand:
    """atan(y, x), as some languages write it, is atan2(y, x)."""
    return trees.call(BY_ID["arctangent" if len(parts) == 1 else ARCTANGENT_2], parts, span)


def _polygamma(trees: Trees, parts: Sequence[Operand], span: Span) -> Operand:
    order = parts[0]
    if not (order.tree.is_Integer and order.tree.p >= 0):
        raise WrongArguments("the order of polygamma is a number 0, 1, 2, …", span=order.span)
    return trees.call(BY_ID["polygamma-function"], parts, span)


def _of(row: Operation) -> Build:
    return lambda trees, parts, span: trees.call(row, parts, span)


def _with(build: Build, second: Basic) -> Build:
    """The function of two arguments with the second one given: cbrt, log10, leaky_relu."""
    return lambda trees, parts, span: build(trees, [*parts, trees.given(second, span)][:2], span)


def _nested(row: Operation) -> Build:
    """max(a, b, c) is max(max(a, b), c)."""

    def build(trees: Trees, parts: Sequence[Operand], span: Span) -> Operand:
        result = parts[0]
        for part in parts[1:]:
            result = trees.call(row, (result, part), span)
        return result

    return build


def _forms(id: str, least: int, most: int, build: Build) -> dict[str, Form]:
    return dict.fromkeys(BY_ID[id].spellings, Form(least, most, build))


FORMS = {name: Form(len(row.samples), len(row.samples), _of(row)) for name, row in ROWS.items()}
FORMS |= {
    "sqrt": Form(1, 1, square_root),
    "cbrt": Form(1, 1, _with(root, Integer(3))),
    "root": Form(2, 2, root),
    "log": Form(1, 2, _logarithm),
    "log2": Form(1, 1, _with(_logarithm, Integer(2))),
    "log10": Form(1, 1, _with(_logarithm, Integer(10))),
    "lg": Form(1, 1, _with(_logarithm, Integer(10))),
    "atan": Form(1, 2, _arctangent),
    "polygamma": Form(2, 2, _polygamma),
}
FORMS |= _forms("max", 2, MANY, _nested(BY_ID["max"]))
FORMS |= _forms("min", 2, MANY, _nested(BY_ID["min"]))
FORMS |= _forms("leaky-relu", 1, 2, _with(_of(BY_ID["leaky-relu"]), DEFAULT_SLOPE))
FORMS |= _forms("piecewise", 1, MANY, piecewise)
