"""Names in front of what could be their argument: factors, or functions that are not known."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from chainstep.errors import ChainstepError, UnclearName
from chainstep.parser.spellings import CALLING, COMBINING, GREEK
from chainstep.parser.tokens import Token, clip
from chainstep.parser.unknown import WORDS, argument_at, nearest_function, unknown_function

OPERANDS = frozenset({"number", "name", "constant", "function", "open", "|(", "√", "frac"})
OFTEN_FUNCTIONS = frozenset("fghdD")
ACCENTED = f"(?:{'|'.join(COMBINING.values())})$"


def require_factors(
    tokens: Sequence[Token], names: Collection[str], text: str, is_latex: bool
) -> None:
    """Raise an error for a name that could be applied to what follows: zeta(x), lim x, f(x).
    The `names` are known, and so is the name in front of "="."""
    known = {*names, *_declared(tokens)}
    for place, token in enumerate(tokens):
        if token.kind != "name" or token.value in known:
            continue
        following = behind_exponent(tokens, place + 1)
        if tokens[following].kind not in OPERANDS or _belongs_to_function(tokens, place):
            continue
        if error := _objection(tokens, place, following, text, is_latex):
            raise error


def behind_exponent(tokens: Sequence[Token], place: int) -> int:
    """Where the integer behind ^ ends; it could be that of a function, as in sin^-1(x)."""
    if tokens[place].kind != "^":
        return place
    braced = tokens[place + 1].kind == "open"
    end = place + 1 + braced
    end += tokens[end].kind == "-"
    is_whole = tokens[end].kind == "number" and (not braced or tokens[end + 1].kind == "close")
    return end + 1 + braced if is_whole else place


def _belongs_to_function(tokens: Sequence[Token], place: int) -> bool:
    """Whether it is the base or the exponent in log_b(x) or sin^n(x)."""
    return place > 1 and tokens[place - 1].kind in "^_" and tokens[place - 2].kind == "function"


def _declared(tokens: Sequence[Token]) -> set[str]:
    """The names in front of "=": V and h in V(h) = h(10 − h)."""
    if tokens[0].kind != "name" or not _is_defined(tokens):
        return set()
    equals = next(place for place, token in enumerate(tokens) if token.kind == "=")
    return {token.value for token in tokens[:equals] if token.kind == "name"}


def _is_defined(tokens: Sequence[Token]) -> bool:
    """Whether the first name stands in front of "=", with its arguments."""
    if tokens[1].kind != "open":
        return tokens[1].kind == "="
    closing = _end_of_names(tokens, 1)
    return tokens[closing].kind == "close" and tokens[closing + 1].kind == "="


def _end_of_names(tokens: Sequence[Token], opening: int) -> int:
    end = opening + 1
    while tokens[end].kind in ("name", ","):
        end += 1
    return end


def _objection(
    tokens: Sequence[Token], place: int, following: int, text: str, is_latex: bool
) -> ChainstepError | None:
    token, ahead = tokens[place], tokens[following]
    raised = following > place + 1
    between = text[token.end : ahead.start]
    opens = ahead.kind == "open" and ahead.value in CALLING
    directly = opens and (is_latex or raised or not between)
    stem = re.sub(ACCENTED, "", re.match("[A-Za-z]*", token.value)[0])  # type: ignore[index]
    if len(stem) > 1 and stem not in GREEK:
        power = raised and not opens and not nearest_function(stem)
        return None if power else _unknown(token, ahead, opens, text)
    if len(stem) > 1 and text[token.start].isascii() and text[token.start].isalpha():
        return _unknown(token, ahead, opens, text) if directly and not raised else None
    if not directly or (len(stem) > 1 and token.value != stem):
        return None
    is_plain = tokens[_end_of_names(tokens, following)].kind == "close" and not raised
    applied = stem in OFTEN_FUNCTIONS or (is_plain and tokens[following + 1].kind == "name")
    return _function_or_factor(token, ahead, text) if applied else None


def _unknown(token: Token, ahead: Token, opens: bool, text: str) -> ChainstepError:
    """The error for zeta(x) and lim x."""
    word = text[token.start : token.end]
    product = f"for a product write {clip(word)}*{argument_at(text, ahead.start)}"
    if opens:
        return unknown_function(word, token.span, product)
    message = f"'{clip(word)}' could be a factor or a function"
    hint = WORDS.get(word.lower()) or nearest_function(word) or product
    return UnclearName(message, span=token.span, hint=hint)


def _function_or_factor(token: Token, ahead: Token, text: str) -> ChainstepError:
    """The error for f(x)."""
    letter, argument = text[token.start : token.end], argument_at(text, ahead.start)
    message = f"'{clip(letter)}' in front of a bracket could be a function or a factor"
    hint = f"for a product write {clip(letter)}*{argument}; for a function write its expression"
    return UnclearName(message, span=token.span, hint=hint)
