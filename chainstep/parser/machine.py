"""What the parser remembers: where it is, the complete operand, and all that is begun.

Either an operand is expected, or one is complete. What is begun and not yet finished (a
bracket, a sum, a power, the argument of a function) waits on a stack, so no input is too
deep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from chainstep.errors import UnexpectedToken
from chainstep.parser.tokens import Span, Token, clip
from chainstep.parser.trees import Operand, Trees

# How tightly what is begun holds its operand; brackets hold it until they are closed.
BRACKET, OR, AND, RELATION, SUM, MINUS = range(6)
PRODUCT, ARGUMENT, JUXTAPOSED, SIGN, POWER, RADICAL = range(6, 12)


Read = Callable[[Trees, Sequence[Token]], Operand]


class Head(NamedTuple):
    """A function whose argument is still to come: sin^2, log_b, ψ^(n)."""

    name: str
    span: Span
    order: Operand | None = None
    base: Operand | None = None
    exponent: Operand | None = None


class Begun:
    """What is begun and not finished, and its operands so far.

    `flag` says what the next operand is: subtracted in a sum, divided by in a product,
    negated after a minus. `sign` is the bracket or operator, `head` what belongs to the kind.
    """

    __slots__ = ("flag", "head", "items", "kind", "level", "sign", "span")

    def __init__(self, kind: str, level: int, token: Token, head: Any = None, flag: bool = False):
        self.kind = kind
        self.level = level
        self.span = token.span
        self.sign = token.value
        self.head = head
        self.flag = flag
        self.items: list[Operand] = []


class Machine:
    """The state of the parser."""

    def __init__(self, trees: Trees, tokens: Sequence[Token], read: Read):
        self.text = trees.text
        self.tokens = tokens
        self.next = 0
        self.trees = trees
        self.read = read  # further tokens, those of the meaning of a function
        self.operand: Operand | None = None
        self.stack = [Begun("whole", BRACKET, tokens[0]._replace(value=None))]
        self.brackets = self.stack[:]  # those of the stack that are brackets

    # The tokens

    def advance(self) -> Token:
        self.next += 1
        return self.tokens[self.next - 1]

    @property
    def before(self) -> Token:
        """The token in front of the one at hand."""
        return self.tokens[self.next - 2]

    @property
    def ahead(self) -> Token:
        """The token behind the one at hand."""
        return self.tokens[self.next]

    def shown(self, token: Token) -> str:
        return clip(self.text[token.start : token.end])

    # What is begun

    @property
    def top(self) -> Begun:
        return self.stack[-1]

    def begin(
        self, kind: str, level: int, token: Token, head: Any = None, flag: bool = False
    ) -> Begun:
        begun = Begun(kind, level, token, head, flag)
        self.stack.append(begun)
        if level == BRACKET:
            self.brackets.append(begun)
        return begun

    # The complete operand

    def take(self) -> Operand:
        """The complete operand, whatever it is; another one is expected now."""
        operand, self.operand = self.operand, None
        assert operand is not None
        return operand

    def take_number(self) -> Operand:
        return as_number(self.take())

    def take_condition(self) -> Operand:
        return as_condition(self.take())


def as_number(operand: Operand) -> Operand:
    """The operand, unless it is a condition or a pair."""
    if operand.kind == "condition":
        message = "a condition can only stand in a piecewise"
        hint = "piecewise((value, condition), …, (value, otherwise))"
        raise UnexpectedToken(message, span=operand.span, hint=hint)
    if operand.kind == "pair":
        raise UnexpectedToken("a pair stands alone in a piecewise", span=operand.span)
    return operand


def as_condition(operand: Operand) -> Operand:
    """The operand, if it is a condition."""
    if operand.kind != "condition":
        hint = "as in x < 0, or otherwise"
        raise UnexpectedToken("a condition is expected here", span=operand.span, hint=hint)
    return operand
