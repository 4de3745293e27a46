"""Words and characters that belong to no expression, and those that could mean two things."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from difflib import get_close_matches

from chainstep.errors import (
    ChainstepError,
    UnclearName,
    UnexpectedCharacter,
    UnexpectedToken,
    UnknownFunction,
)
from chainstep.operations import OPERATIONS
from chainstep.parser.patterns import RAISED
from chainstep.parser.spellings import FUNCTIONS, GREEK, LETTERS_TOO, NAMES_TOO, SIGNS
from chainstep.parser.tokens import SHOWN, Span, clip

LOOKALIKES = dict(zip("асеіјорѕухАВЕКМНОРСТХІЈЅ", "aceijopsyxABEKMHOPCTXIJS", strict=True))
UNNAMED = {"Cc": "a control character", "Cs": "half of a character"}
HINTS = {
    "%": "for the remainder of x/2 write mod(x, 2)",
    "\\": "for a quotient write /",
    ";": "write one expression at a time",
    "'": "write the expression itself, without primes or quotes",
    "′": "write the expression itself, without primes or quotes",
    "∂": "write the expression itself, without d/dx",
    ".": "for a product write *; a decimal point stands next to a digit",
}
NOT_SOLVED = "write the expression itself: {} are not worked out here"
NEVER_NAMES = {
    "squared": "write ^2",
    "cubed": "write ^3",
    **dict.fromkeys(("degree", "degrees"), "write x° for x degrees"),
    "infinity": "infinity is no number",
}
WORDS = {  # that ask for something, or belong to a program
    **dict.fromkeys(("int", "integral", "integrate"), NOT_SOLVED.format("integrals")),
    **dict.fromkeys(("lim", "limit"), NOT_SOLVED.format("limits")),
    **dict.fromkeys(("diff", "derivative"), "write the expression itself, without d/dx"),
    **dict.fromkeys(("if", "when", "where"), "for cases write piecewise((x, x > 0), (-x, True))"),
    **NEVER_NAMES,
    "not": "write the opposite condition, as in x >= 1",
    "arc": "write arcsin, arccos or arctan in one word",
    "sinc": "write sin(x)/x, or sin(pi*x)/(pi*x) where that is meant",
}


OFTEN_FACTORS = frozenset("abcknuvwxyzt")
OFTEN_ARGUMENTS = "tuvwxyz"
DIFFERENTIAL = "d[A-Za-z]"
DERIVATIVE = r"(?:\\[dtc]?frac\s*\{\s*)?d[A-Za-z]?\s*(?:/|\}\s*\{)\s*d[A-Za-z](?![A-Za-z])\}?"
WINDOW = 30  # characters around a word that may belong to \frac{dy}{dx}
WITHOUT_DERIVATIVE = "write the expression itself, without d/dx"
UNSUPPORTED = dict.fromkeys(
    [rf"\{name}" for name in ("int", "sum", "prod", "lim", "binom", "pm", "infty")]
) | {
    r"\prime": "write the expression itself, without primes or quotes",
    r"\partial": WITHOUT_DERIVATIVE,
}
DEFINES = r"\([\sA-Za-z0-9_,]*\)\s*=(?!=)"  # the rest of "loss(w) ="
NAME = r"\s*([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)"
# Functions that a word may end with, so that xsin is x*sin; the longest first.
_ENDINGS = sorted((s for s in FUNCTIONS - LETTERS_TOO if len(s) > 2 or s == "ln"), key=len)[::-1]
_SEVERAL = {s for row in OPERATIONS if len(row.samples) != 1 for s in row.spellings}
_ONE_ARGUMENT = frozenset(_ENDINGS) - (_SEVERAL - {"log"})
_ONE_APPLIED = rf"({'|'.join(f for f in _ENDINGS if f in _ONE_ARGUMENT)})([{OFTEN_ARGUMENTS}])"
_APPLIED = rf"([A-Za-z]?)(?:{_ONE_APPLIED})+"  # xsinxcosx


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
    known = [sign[1:] for sign in SIGNS if sign[:1] == "\\" and sign[1:]] + [*FUNCTIONS, *GREEK]
    message = f"unknown command '{clip(command)}'"
    hint = UNSUPPORTED[command] if command in UNSUPPORTED else nearest_function(command[1:], known)
    hint = hint and hint.replace("did you mean ", "did you mean \\")
    return UnknownFunction(message, span=span, hint=hint)


def unknown_environment(text: str, start: int) -> UnexpectedToken:
    """The error for \\begin{equation}."""
    found = re.match(r"\\[a-z]+\s*\{[^{}]*\}|\\[a-z]+", text[start : start + SHOWN])
    assert found is not None
    message = f"{clip(found[0])} is no part of an expression"
    hint = r"leave it out; for cases write \begin{cases} … \end{cases}"
    return UnexpectedToken(message, span=(start, start + found.end()), hint=hint)


def unknown_function(word: str, span: Span, product: str | None = None) -> UnknownFunction:
    """The error for a word that can only be meant as a function, or else as a `product`."""
    hint = WORDS.get(word.lower()) or nearest_function(word) or product
    return UnknownFunction(f"unknown function '{clip(word)}'", span=span, hint=hint)


def numbered_function(letters: str, digits: str, start: int) -> UnknownFunction:
    """The error for sin2(x) and log3(x)."""
    other = f"log_{digits}(x)" if letters == "log" else f"{letters}(x)^{digits}"
    hint = f"write {letters}({digits}x) or {other}"
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
    if word in ("Pi", "PI"):
        hint = r"write pi for the number, or \Pi for a name"
        return UnclearName(f"'{word}' could be the number π or a name", span=span, hint=hint)
    if word.lower() in NEVER_NAMES:
        return unknown_function(word, span)
    called = is_called(text, end, first)
    if re.fullmatch(DIFFERENTIAL, word) and (whole := _derivative_around(text, start)):
        return derivative(text, whole)
    if merged := _with_function(word, called):
        hint = f"for a product write {clip(merged[0])}*{merged[1]}{argument_at(text, end)}"
        message = f"'{clip(word)}' is not a known function"
        return UnknownFunction(message, span=span, hint=hint)
    if called or word.lower() in FUNCTIONS - LETTERS_TOO - NAMES_TOO:
        hint = f"for a product write {clip(word)}*{argument_at(text, end)}"
        return unknown_function(word, span, hint)
    if functions := re.fullmatch(_APPLIED, word):
        return _without_brackets(word, span, functions[1])
    if factors := _factors(word, re.match(RAISED, text[end:]) is not None):
        return product_or_name(word, start, factors)
    return None


def tower(digits: str | None, span: Span) -> UnexpectedToken:
    """The error for x^210^x in LaTeX, and for eˣ²."""
    hint = "write brackets, as in e^(x^2)"
    if digits:
        hint = f"write x^{digits[0]}*{digits[1:]}, or x^{{{digits}}} with braces"
    return UnexpectedToken("where does this exponent end?", span=span, hint=hint)


def comma_in_number(whole: str, behind: str, span: Span) -> UnexpectedToken:
    """The error for 1{,}100, which is 1100 in one country and 1.1 in another."""
    hint = f"write {clip(f'{whole}.{behind}')} with a decimal point"
    if len(behind) == 3:
        hint = f"write {clip(whole + behind)}, or {clip(f'{whole}.{behind}')}"
    message = "a comma in a number can be read in two ways"
    return UnexpectedToken(message, span=span, hint=hint)


def is_called(text: str, end: int, first: bool) -> bool:
    """Whether a bracket follows, other than behind the first word in front of "="."""
    return text.startswith("(", end) and not (first and re.match(DEFINES, text[end:]))


def derivative(text: str, span: Span) -> UnexpectedToken:
    """The error for d/dx, which says what is to be done with an expression."""
    message = f"'{clip(text[slice(*span)])}' is the sign of a derivative"
    return UnexpectedToken(message, span=span, hint=WITHOUT_DERIVATIVE)


def _derivative_around(text: str, start: int) -> Span | None:
    """Where \\frac{dy}{dx} or dy/dx stands, if its dx or its dy is at `start`."""
    first = max(0, start - WINDOW)
    for found in re.finditer(DERIVATIVE, text[first : start + WINDOW]):
        if first + found.start() <= start < first + found.end():
            return first + found.start(), first + found.end()
    return None


def _without_brackets(word: str, span: Span, factor: str) -> UnclearName:
    """The error for sinx and xsinxcosx."""
    applied = [f"{name}({letter})" for name, letter in re.findall(_ONE_APPLIED, word)]
    if factor or len(applied) > 1:
        return product_or_name(word, span[0], [*factor, *applied])
    hint = f"for the function write {applied[0]}"
    return UnclearName(f"'{word}' could be a function or a name", span=span, hint=hint)


def _with_function(word: str, called: bool) -> tuple[str, str] | None:
    """xsin as x and sin; a longer beginning counts only where an argument follows."""
    for function in _ENDINGS:
        before = word.removesuffix(function)
        if before != word and (called or (len(before) == 1 and function in _ONE_ARGUMENT)):
            return before, function
    return None


def letters_of_product(word: str) -> bool:
    """Whether a word is more likely a product of its letters: xy, abx, nRT, but not dx."""
    if len(word) == 2:
        return not re.fullmatch(DIFFERENTIAL, word)
    distinct = len(set(word)) == len(word)
    mixed = len(word) == 3 and not (word.istitle() or word.isupper() or word.islower())
    return len(word) > 2 and (mixed or (distinct and OFTEN_FACTORS.issuperset(word)))


def is_product_with_e(word: str) -> bool:
    """Whether a word in front of an exponent is more likely a product: xe, axe, but not age."""
    return word[1:] == "e" or (word[2:] == "e" and word[1] in OFTEN_ARGUMENTS)


def _factors(word: str, raised: bool) -> Collection[str]:
    """The factors of what is more likely a product: xy, abx, pix; axe where it is raised."""
    if len(word) == 2 or letters_of_product(word):
        return word
    if raised and is_product_with_e(word):
        return word
    greek = word[:-1] in GREEK and word[-1] in f"{OFTEN_ARGUMENTS}r"
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


def nearest_function(word: str, known: Collection[str] = FUNCTIONS) -> str | None:
    """The function that a word is a misspelling of: a hint, if there is one."""
    small, longest = word.lower(), len(word) + 1 + len(word) // 5
    similar = [f for f in known if f[0].lower() == small[:1] and len(f) <= longest]
    near = get_close_matches(small, similar, 1, 0.7)
    return f"did you mean {near[0]}?" if near else None
