"""Tokens of an expression with vectors, to parts that know where they stand in the text.

What a sign means depends on the shapes of its operands, so nothing is built here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from chainstep.errors import EmptyExpression, LimitExceeded, UnclosedBracket, UnexpectedToken
from chainstep.parser.lexer import tokenize
from chainstep.parser.tokens import Span, Token, moved_by

DEEPEST = 60  # brackets and signs inside each other
TOKENS = 2000  # of one definition
WORDS = frozenset({"dot", "sum", "norm2"})  # functions of vectors
STARTS = frozenset({"number", "name", "constant", "function", "open", "√"})
SIGNS = {"*": "product", "⊗": "product", "/": "quotient", "⊘": "quotient"}
CLOSES = {"(": ")", "[": "]", "{": "}"}


class Part(NamedTuple):
    """A part of an expression. `kind` is number, constant, name, sum, negative, product,
    quotient, power or call; `value` is the number, the name, or the sign between the items,
    in a sum the signs in front of them."""

    kind: str
    items: tuple[Part, ...]
    span: Span
    value: Any = None


def part_of(text: str, span: Span, names: Collection[str]) -> Part:
    """The parts of the expression text[span]; errors point into the whole text."""
    with moved_by(span[0]):
        tokens = tokenize(text[slice(*span)], {*names, *WORDS})
    tokens = [Token(t.kind, t.value, t.start + span[0], t.end + span[0]) for t in tokens]
    if len(tokens) == 1:
        raise EmptyExpression("there is no expression", span=span)
    if len(tokens) > TOKENS:
        raise LimitExceeded(f"a definition with more than {TOKENS} signs", span=span)
    reader = _Reader(text, tokens)
    part = reader.sum()
    if reader.ahead.kind == "close":
        raise UnclosedBracket("this bracket was never opened", span=reader.ahead.span)
    if reader.ahead.kind != "end":
        raise reader.unexpected("an operator is expected")
    return part


def words(part: Part) -> set[str]:
    """The names that stand in a part."""
    found, stack = set(), [part]
    while stack:
        one = stack.pop()
        if one.kind == "name":
            found.add(one.value)
        stack += one.items
    return found


class _Reader:
    """Reads one part after the other; a part of each kind holds those that bind tighter."""

    def __init__(self, text: str, tokens: Sequence[Token]):
        self.text = text
        self.tokens = tokens
        self.next = 0
        self.depth = 0

    @property
    def ahead(self) -> Token:
        return self.tokens[self.next]

    def advance(self) -> Token:
        self.next += 1
        return self.tokens[self.next - 1]

    def unexpected(self, expected: str) -> UnexpectedToken:
        token = self.ahead
        if token.kind == "end":
            before = self.tokens[self.next - 1]
            message = f"something is missing after '{self.text[before.start : before.end]}'"
            return UnexpectedToken(message, span=before.span)
        shown = self.text[token.start : token.end]
        return UnexpectedToken(f"'{shown}' cannot stand here: {expected}", span=token.span)

    def sum(self) -> Part:
        """Terms with their signs."""
        self.depth += 1
        if self.depth > DEEPEST:
            message = f"more than {DEEPEST} brackets inside each other"
            raise LimitExceeded(message, span=self.ahead.span)
        terms = [self.product()]
        signs = ["+"]
        while self.ahead.kind in "+-":
            signs.append(self.advance().kind)
            terms.append(self.product())
        self.depth -= 1
        if len(terms) == 1:
            return terms[0]
        return Part("sum", tuple(terms), _across(terms), tuple(signs))

    def product(self) -> Part:
        """Factors, with a sign or nothing between them; −a·b is −(a·b)."""
        if self.ahead.kind in "+-":
            sign = self.advance()
            operand = self.product() if self._deeper() else None
            self.depth -= 1
            assert operand is not None
            if sign.kind == "+":
                return operand
            return Part("negative", (operand,), (sign.start, operand.span[1]))
        left = self.power()
        while self.ahead.kind in SIGNS or self.ahead.kind in STARTS:
            if self.ahead.kind in SIGNS:
                sign = self.advance()
                kind, value = SIGNS[sign.kind], str(sign.value)
            else:
                kind, value = "product", ""
            right = self.factor() if value else self.power()
            left = Part(kind, (left, right), _across((left, right)), value)
        return left

    def _deeper(self) -> bool:
        self.depth += 1
        if self.depth > DEEPEST:
            message = f"more than {DEEPEST} signs inside each other"
            raise LimitExceeded(message, span=self.ahead.span)
        return True

    def factor(self) -> Part:
        """What may follow a sign: 2·−x."""
        if self.ahead.kind != "-":
            return self.power()
        self._deeper()
        sign = self.advance()
        operand = self.factor()
        self.depth -= 1
        return Part("negative", (operand,), (sign.start, operand.span[1]))

    def power(self) -> Part:
        """base^exponent, from right to left."""
        base = self.operand()
        if self.ahead.kind != "^":
            return base
        self._deeper()
        self.advance()
        exponent = self.factor()
        self.depth -= 1
        return Part("power", (base, exponent), _across((base, exponent)))

    def operand(self) -> Part:
        token = self.ahead
        if token.kind not in STARTS:
            raise self.unexpected("a number or a name is expected")
        self.advance()
        if token.kind == "open":
            (inner,) = self.arguments(token, 1)
            return inner._replace(span=(token.start, self.tokens[self.next - 1].end))
        if token.kind == "function" or token.kind == "√" or token.value in WORDS:
            return self.call(token)
        return Part(token.kind, (), token.span, token.value)

    def call(self, token: Token) -> Part:
        """A function with its arguments in brackets."""
        name = "sqrt" if token.kind == "√" else token.value
        if self.ahead.kind != "open":
            hint = f"write {name}(x)"
            raise UnexpectedToken(f"{name} needs brackets", span=token.span, hint=hint)
        items = self.arguments(self.advance(), 3)
        return Part("call", items, (token.start, self.tokens[self.next - 1].end), name)

    def arguments(self, opening: Token, most: int) -> tuple[Part, ...]:
        """At most so many parts between brackets, separated by commas."""
        items = [self.sum()]
        while self.ahead.kind == "," and len(items) < most:
            self.advance()
            items.append(self.sum())
        if self.ahead.kind == "end":
            raise UnclosedBracket("this bracket is never closed", span=opening.span)
        if self.ahead.value != CLOSES.get(opening.value):
            raise self.unexpected("a closing bracket is expected")
        self.advance()
        return tuple(items)


def _across(parts: Sequence[Part]) -> Span:
    return parts[0].span[0], parts[-1].span[1]
