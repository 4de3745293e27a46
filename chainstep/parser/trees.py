"""Operands, and the trees they make: unevaluated, and every subtree once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from math import gcd
from typing import Any, NamedTuple

from sympy import Add, Integer, Mul, Pow, Rational, S, Symbol, exp
from sympy.core.basic import Basic

from chainstep.errors import LimitExceeded, UndefinedConstant
from chainstep.notation import MINUS_ONE, ONE, add, applied, extent, mul, negate, power
from chainstep.operations import Operation
from chainstep.parser import constants
from chainstep.parser.constants import DIGITS, DIGITS_HINT, Exact, Number
from chainstep.parser.tokens import SHOWN, Span, Token, clip

CONDITION_DEPTH = 100  # sympy walks through conditions recursively
BUILDERS: dict[type, Callable[..., Basic]] = {Add: add, Mul: mul, Pow: power}
CONSTANTS = {"e": (S.Exp1, constants.E_VALUE), "pi": (S.Pi, constants.PI_VALUE)}


class Operand(NamedTuple):
    """A complete part of the expression.

    `value` is its number, None if it depends on a name. `kind` is "literal" for an integer
    as written, "product" for a flat product, "condition", "pair" (of a piecewise), or "".
    """

    tree: Any
    value: Number | None
    span: Span
    kind: str = ""


def across(parts: Sequence[Operand]) -> Span:
    """From the beginning of the first part to the end of the last."""
    return parts[0].span[0], parts[-1].span[1]


def as_whole(operand: Operand, span: Span) -> Operand:
    """The operand in brackets: a product that more factors do not join."""
    kind = "" if operand.kind == "product" else operand.kind
    return operand._replace(span=span, kind=kind)


class Trees:
    """Makes trees of operands; equal trees are made once, so no later comparison descends."""

    def __init__(self, text: str):
        self.text = text
        self.made: dict[tuple, Basic] = {}
        self.leaves: dict[Any, Basic] = {}

    def make(self, head: type, *arguments: Basic) -> Basic:
        """The tree of this head, of trees that were made here."""
        key = (head, *map(id, arguments))
        tree = self.made.get(key)
        if tree is None:
            build = BUILDERS.get(head)
            tree = self.made[key] = build(*arguments) if build else applied(head, *arguments)
        return tree

    def _leaf(self, tree: Basic) -> Basic:
        return self.leaves.setdefault(tree, tree)

    def scalar(self, token: Token) -> Operand:
        """A number, e or π, or a name."""
        if token.kind == "number":
            return self._number(token.value, token.span)
        if token.kind == "constant":
            return Operand(*CONSTANTS[token.value], token.span)
        tree = self.leaves.get(token.value)
        if tree is None:
            tree = self.leaves[token.value] = Symbol(token.value, real=True)
        return Operand(tree, None, token.span)

    def _number(self, value: Exact, span: Span) -> Operand:
        kind = "literal" if isinstance(value, int) else ""
        tree = Integer(value) if kind else Rational(value.numerator, value.denominator)
        number = Operand(self._leaf(tree), value, span, kind)
        if constants.is_small(value):
            return number
        return number._replace(value=self._value(constants.product, [number], span))

    def given(self, tree: Any, span: Span) -> Operand:
        """A number that is not written: the 10 of lg."""
        return Operand(self._leaf(tree), Fraction(tree.p, tree.q), span, "literal")

    def sum(self, terms: Sequence[Operand]) -> Operand:
        span = across(terms)
        tree = self.make(Add, *(term.tree for term in terms))
        return Operand(tree, self._value(constants.total, terms, span), span)

    def product(self, factors: Sequence[Operand]) -> Operand:
        if len(factors) == 1:
            return factors[0]
        span = across(factors)
        tree = self.make(Mul, *(factor.tree for factor in factors))
        return Operand(tree, self._value(constants.product, factors, span), span, "product")

    def negative(self, operand: Operand, start: int) -> Operand:
        tree = negate(operand.tree)
        if tree.is_Number:
            tree = self._leaf(tree)
        elif tree.is_Mul:
            tree = self.make(Mul, *(self._leaf(a) if a.is_Number else a for a in tree.args))
        value = None if operand.value is None else constants.product(-1, operand.value)
        return Operand(tree, value, (start, operand.span[1]), operand.kind)

    def quotient(self, left: Operand, right: Operand, span: Span) -> Operand:
        """A quotient by an integer is a product with its reciprocal, 3/4 a number."""
        if right.value == 0:
            raise self.undefined(span)
        value = self._value(constants.ratio, (left, right), span)
        if right.kind != "literal":
            factor = self.make(Pow, right.tree, MINUS_ONE)
        elif left.kind == "literal" and gcd(left.tree.p, right.tree.p) == 1:
            return Operand(self._leaf(Rational(left.tree.p, right.tree.p)), value, span)
        else:
            factor = self._leaf(Rational(1, right.tree.p))
        if left.tree is ONE:
            return Operand(factor, value, span)
        factors = left.tree.args if left.kind == "product" else (left.tree,)
        return Operand(self.make(Mul, *factors, factor), value, span)

    def power(self, base: Operand, exponent: Operand, span: Span) -> Operand:
        try:
            value = self._value(constants.raised, (base, exponent), span)
        except UndefinedConstant as error:
            degree = exponent.tree.q if exponent.tree.is_Rational else 1
            if degree > 1 and degree % 2:
                error.hint = f"for the real root write root(…, {degree})"
            raise
        if base.tree is S.Exp1:
            return Operand(self.make(exp, exponent.tree), value, span)
        return Operand(self.make(Pow, base.tree, exponent.tree), value, span)

    def call(self, row: Operation, arguments: Sequence[Operand], span: Span) -> Operand:
        """The value of the function of a row."""
        assert row.head is not None
        tree = self.make(row.head, *(argument.tree for argument in arguments))
        return Operand(tree, self._value(partial(constants.called, row), arguments, span), span)

    def condition(self, head: type, parts: Sequence[Operand]) -> Operand:
        """A relation, or conditions joined by and, or."""
        tree, span = parts[0].tree, across(parts)
        if len(parts) > 1:
            tree = self.make(head, *(part.tree for part in parts))
        if extent(tree)[1] > CONDITION_DEPTH:
            message = f"a condition may be nested up to {CONDITION_DEPTH} levels deep"
            raise LimitExceeded(message, span=span)
        return Operand(tree, None, span, "condition")

    # Values

    def _value(self, compute: Callable[..., Number], parts: Sequence[Operand], span: Span):
        """The number that `compute` gives, None if a part is no number."""
        values = [part.value for part in parts]
        if any(value is None for value in values):
            return None
        try:
            return compute(*values)
        except constants.TooLargeError:
            message = f"{self._shown(span)} is a number with more than {DIGITS} digits"
            raise LimitExceeded(message, span=span, hint=DIGITS_HINT) from None
        except constants.TooFarError:
            message = f"an argument in {self._shown(span)} is larger than 10^18"
            raise LimitExceeded(message, span=span, hint="arguments may go up to 10^18") from None
        except constants.UndefinedError:
            raise self.undefined(span) from None

    def undefined(self, span: Span) -> UndefinedConstant:
        """The error for a part that is no real number."""
        return UndefinedConstant(f"{self._shown(span)} is not defined", span=span)

    def _shown(self, span: Span) -> str:
        start, end = span  # clipped before it is copied: a tower of powers asks at every level
        return clip(self.text[start : min(end, start + 2 * SHOWN)])
