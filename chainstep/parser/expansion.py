"""What a function that is another spelling stands for, with its arguments put in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from chainstep.parser.lexer import tokenize
from chainstep.parser.meanings import MEANINGS
from chainstep.parser.tokens import Span, Token
from chainstep.parser.trees import Operand

LETTERS = "abc"


@cache
def _tokens_of(meaning: str) -> tuple[Token, ...]:
    return tuple(tokenize(meaning))


def _count(meaning: str) -> int:
    """How many arguments a meaning has."""
    return sum(any(t.value == letter for t in _tokens_of(meaning)) for letter in LETTERS)


def counts(name: str) -> list[int]:
    """How many arguments a function may have.

    >>> counts("pow"), counts("elu")
    ([2], [1, 2])
    """
    return [_count(meaning) for meaning in MEANINGS[name]]


def expanded(name: str, parts: Sequence[Operand], span: Span) -> list[Token]:
    """The tokens of the meaning of name(parts), all of them at the place of the call."""
    meaning = next(m for m in MEANINGS[name] if _count(m) == len(parts))
    given = dict(zip(LETTERS, parts, strict=False))
    return [
        Token("operand", given[token.value], *span)
        if token.kind == "name"
        else Token(token.kind, token.value, *span)
        for token in _tokens_of(meaning)
    ]
