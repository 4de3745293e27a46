"""Definitions with arguments, "g(x) = …", and what "g(x)" means where it is used.

A definition gives a quantity its name. "g(x)" is that quantity where it is written as it was
defined; any other argument would have to be put in, and is refused rather than multiplied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from chainstep.errors import ChainstepError, UnclearName, UnexpectedToken
from chainstep.parser.calls import behind_exponent
from chainstep.parser.spellings import CALLING, GREEK
from chainstep.parser.tokens import Token, clip
from chainstep.parser.unknown import argument_at

# The arguments that a name was defined with; None where it has none.
Arguments: TypeAlias = tuple[str, ...] | None
Heads: TypeAlias = Mapping[str, Arguments]

APPLYING = CALLING | {r"\{"}
PLAIN = frozenset({"name", "number", "constant", ","})  # in the brackets of a call
FIXED = {"e": "Euler's number", "pi": "the number 3.14159…"}


def split(tokens: Sequence[Token], text: str) -> tuple[Token | None, Arguments, int]:
    """What stands in front of "=" in `y =` or `f(x) =`: the token of the name, its arguments,
    and where the expression begins. Raises UnclearName for the name of a number or function."""
    first, equals, arguments = tokens[0], 1, None
    if first.kind not in ("name", "constant", "function"):
        return None, None, 0
    if tokens[1].kind == "open":
        closing = next(i for i, t in enumerate(tokens[2:], 2) if t.kind not in ("name", ","))
        if tokens[closing].kind == "close":
            equals = closing + 1
            arguments = tuple(t.value for t in tokens[2:closing] if t.kind == "name")
    if tokens[equals].kind != "=":
        return None, None, 0
    if first.kind != "name":
        written = clip(text[first.start : first.end])
        meaning = FIXED.get(first.value, "the name of a function")
        message = f"{written} is {meaning}, and cannot be defined"
        raise UnclearName(message, span=first.span, hint="choose another name")
    return first, arguments, equals + 1


def without_calls(tokens: Sequence[Token], heads: Heads, text: str) -> Sequence[Token]:
    """The tokens with g in the place of g(x), where g was defined as g(x).

    Raises UnexpectedToken where a name that is defined seems to be applied to something else.
    """
    if not heads:
        return tokens
    kept: list[Token] = []
    skipped = 0  # up to here the tokens belong to a call
    for position, token in enumerate(tokens):
        if position < skipped:
            continue
        if token.kind == "name" and token.value in heads:
            skipped = _end_of_call(tokens, position, heads[token.value], text)
            token = token._replace(end=tokens[max(skipped - 1, position)].end)
        kept.append(token)
    return kept


def _end_of_call(tokens: Sequence[Token], position: int, arguments: Arguments, text: str) -> int:
    """Where the arguments behind a name end, 0 if there are none."""
    opening = position + 1
    if arguments is not None:
        opening = behind_exponent(tokens, opening)
    if tokens[opening].kind != "open" or tokens[opening].value not in APPLYING:
        return 0
    closing = opening + 1
    while tokens[closing].kind in PLAIN:
        closing += 1
    is_plain = tokens[closing].kind == "close" and closing > opening + 1
    stem = tokens[position].value.rstrip("0123456789")
    is_letter = len(stem) == 1 or stem in GREEK
    if arguments is None and not is_plain and is_letter:  # a product, as in k(x + 1)
        return 0
    given = tuple(token.value for token in tokens[opening + 1 : closing] if token.kind != ",")
    if is_plain and given == arguments and opening == position + 1:
        return closing + 1
    raise _applied(tokens[position], tokens[opening], arguments, text)


def _applied(name: Token, opening: Token, arguments: Arguments, text: str) -> ChainstepError:
    written = clip(text[name.start : name.end])
    argument = argument_at(text, opening.start) if opening.value == "(" else "(…)"
    alone = f"{written}({', '.join(arguments)})" if arguments else written
    message = (
        f"{written} is a quantity here, not a function that can be applied to {argument[1:-1]}"
    )
    hint = f"write {alone} for the quantity, or {written}*{argument} for a product"
    return UnexpectedToken(message, span=(name.start, opening.end), hint=hint)
