"""Words and characters that belong to no expression, and those that could mean two things."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from difflib import get_close_matches

from chainstep.errors import ChainstepError, UnclearName, UnexpectedCharacter, UnknownFunction
from chainstep.operations import OPERATIONS
from chainstep.parser.spellings import FUNCTIONS, GREEK, LETTERS_TOO, SIGNS
from chainstep.parser.tokens import SHOWN, Span, clip

LOOKALIKES = dict(zip("асеіјорѕухАВЕКМНОРСТХІЈЅ", "aceijopsyxABEKMHOPCTXIJS", strict=True))
UNNAMED = {"Cc": "a control character", "Cs": "half of a character"}
HINTS = {
    "!": "the factorial of n is gamma(n + 1)",
    ";": "write one expression at a time",
    "'": "write the expression itself, without primes or quotes",
    ".": "for a product write *; a decimal point stands next to a digit",
}
OFTEN_FACTORS = frozenset("abcknuvwxyzt")
OFTEN_ARGUMENTS = frozenset("tuvwxyz")
DEFINES = r"\([\sA-Za-z0-9_,]*\)\s*=(?!=)"  # the rest of "loss(w) ="
NAME = r"\s*([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)"
# Functions that a word may end with, so that xsin is x*sin; the longest first.
_ENDINGS = sorted((s for s in FUNCTIONS - LETTERS_TOO if len(s) > 2 or s == "ln"), key=len)[::-1]
_SEVERAL = {s for row in OPERATIONS if len(row.samples) != 1 for s in row.spellings}
_ONE_ARGUMENT = frozenset(_ENDINGS) - (_SEVERAL - {"log"})


def stray(character: str, start: int) -> UnexpectedCharacter:
    """The error for a character that belongs to no expression."""
    name = UNNAMED.get(unicodedata.category(character)) or unicodedata.name(character, "unknown")
    shown = f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"
    described = shown if character.isascii() and character.isprintable() else f"{shown} ({name})"
    message, hint = f"{described} has no place in an expression", HINTS.get(character)
    if latin := LOOKALIKES.get(character):
        message = f"{described} looks like {latin}, but is another letter"
        hint = f"write the Latin letter {latin}"
    return UnexpectedCharacter(message, span=(start, start + 1), hint=hint)


def unknown_command(command: str, span: Span) -> UnknownFunction:
    """The error for a LaTeX command without a meaning here."""
    known = [sign for sign in SIGNS if sign[0] == "\\"] + [f"\\{f}" for f in FUNCTIONS | GREEK]
    message = f"unknown command '{clip(command)}'"
    return UnknownFunction(message, span=span, hint=_nearest(command, known))


def unknown_function(word: str, span: Span, hint: str | None = None) -> UnknownFunction:
    """The error for a word that can only be meant as a function."""
    hint = _nearest(word, FUNCTIONS) or hint
    return UnknownFunction(f"unknown function '{clip(word)}'", span=span, hint=hint)


def numbered_function(letters: str, digits: str, start: int) -> UnknownFunction:
    """The error for sin2(x) and log3(x)."""
    hint = f"write {letters}({digits}x)" + f" or log_{digits}(x)" * (letters == "log")
    message, end = f"unknown function '{letters}{digits}'", start + len(letters + digits)
    return UnknownFunction(message, span=(start, end), hint=hint)


def product_or_name(word: str, start: int, factors: Collection[str]) -> UnclearName:
    """The error for xy, which could be x*y."""
    message = f"'{clip(word)}' could be a product or a name"
    hint = f"for a product write {'*'.join(factors)}"
    return UnclearName(message, span=(start, start + len(word)), hint=hint)


def letter_or_function(text: str, span: Span, function: str, start: int) -> UnclearName:
    """The error for σ(z), which could be the sigmoid of z or a product."""
    letter, argument = text[slice(*span)], argument_at(text, start)
    message = f"'{letter}' in front of a bracket could be a function or a factor"
    hint = f"write {function}{argument}, or {letter}*{argument} for a product"
    return UnclearName(message, span=span, hint=hint)


def objection(text: str, span: Span, first: bool) -> ChainstepError | None:
    """The error for a word that more likely means something else than a name.

    The `first` word of the text may be a function that is defined: "loss(w) = …".
    """
    (start, end), word = span, text[slice(*span)]
    called = text.startswith("(", end) and not (first and re.match(DEFINES, text[end:]))
    if merged := _with_function(word, called):
        hint = f"for a product write {clip(merged[0])}*{merged[1]}{argument_at(text, end)}"
        message = f"'{clip(word)}' is not a known function"
        return UnknownFunction(message, span=span, hint=hint)
    if called or word.lower() in FUNCTIONS:
        hint = f"for a product write {clip(word)}*{argument_at(text, end)}"
        return unknown_function(word, span, hint)
    if factors := _factors(word):
        return product_or_name(word, start, factors)
    if word[:-1] in _ONE_ARGUMENT and word[-1] in OFTEN_ARGUMENTS:
        hint = f"for the function write {word[:-1]}({word[-1]})"
        return UnclearName(f"'{word}' could be a function or a name", span=span, hint=hint)
    return None


def _with_function(word: str, called: bool) -> tuple[str, str] | None:
    """xsin as x and sin; a longer beginning counts only where an argument follows."""
    for function in _ENDINGS:
        before = word.removesuffix(function)
        if before != word and (called or (len(before) == 1 and function in _ONE_ARGUMENT)):
            return before, function
    return None


def _factors(word: str) -> Collection[str]:
    """The factors of what is more likely a product: xy, abx, pix."""
    distinct = len(set(word)) == len(word)
    if len(word) == 2 or (distinct and OFTEN_FACTORS.issuperset(word)):
        return word
    greek = word[:-1] in GREEK and word[-1] in OFTEN_ARGUMENTS | {"r"}
    return (word[:-1], word[-1]) if greek else ()


def argument_at(text: str, start: int) -> str:
    """The argument that follows a function, for a hint: "(x)", or "(…)" if it is long."""
    following = text[start : start + SHOWN]
    if not following.startswith("("):
        word = re.match(NAME, following)
        return f"({word[1]})" if word else "(…)"
    depth = 0
    for position, character in enumerate(following, 1):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return following[: position - 1].removesuffix(r"\right") + ")"
    return "(…)"


def _nearest(word: str, known: Collection[str]) -> str | None:
    near = get_close_matches(word, known, 1, 0.65)
    return f"did you mean {near[0]}?" if near else None
