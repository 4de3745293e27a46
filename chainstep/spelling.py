"""Mathematics for a terminal that does not know Unicode: each character spelled out."""

from __future__ import annotations

import codecs
import unicodedata

HANDLER = "spell-out"
SPELLED = {
    "─": "-", "│": "|", "·": "*", "⋅": "*", "∙": "*", "×": "*", "−": "-", "→": "->", "…": "...",
    "√": "sqrt", "∛": "cbrt", "∜": "root4", "∂": "d", "∑": "sum_", "≠": "!=", "≤": "<=", "≥": ">=",
    "≈": "~", "⊗": "(*)", "⊙": "(.)", "⊘": "(/)", "‖": "||", "✓": "ok:", "├": "|", "└": "`",
    "⎡": "[", "⎢": "[", "⎣": "[", "⎤": "]", "⎥": "]", "⎦": "]", "λ": "lambda", "Λ": "Lambda",
    "ϑ": "vartheta", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0307": "dot",
    "\u20d7": "_vec",
}  # fmt: skip
RAISED = ("SUPERSCRIPT", "MODIFIER")  # how the names of ² and ᵀ begin


def spelled(character: str) -> str:
    """A character in ASCII; a question mark if there is nothing better.

    >>> [spelled(c) for c in "₂²ω→⎛ŷ"]
    ['2', '^2', 'omega', '->', '(', 'yhat']
    """
    if character in SPELLED or character.isascii():
        return SPELLED.get(character, character)
    words = unicodedata.name(character, "").split()
    plain = unicodedata.normalize("NFKC", character).replace("−", "-")  # of ⁻
    if plain.isascii():
        return f"^{plain}" if words[:1] and words[0] in RAISED else plain
    if words[:2] == ["GREEK", "SMALL"] or words[:2] == ["GREEK", "CAPITAL"]:
        name = words[-1].lower()
        return name if words[1] == "SMALL" else name.capitalize()
    for bracket, ascii_bracket in (("LEFT PARENTHESIS", "("), ("RIGHT PARENTHESIS", ")")):
        if bracket in " ".join(words):
            return ascii_bracket
    if "CURLY" in words:
        return "|"
    parts = unicodedata.normalize("NFD", character)
    return "".join(map(spelled, parts)) if len(parts) > 1 else "?"


def install() -> str:
    """Make the handler known to the codecs; returns its name, for `errors=`."""
    codecs.register_error(HANDLER, _handle)
    return HANDLER


def _handle(error: UnicodeError) -> tuple[str, int]:
    """What stands for the characters that cannot be encoded.

    >>> "2αx⁻¹² + √y".encode("ascii", install())
    b'2alpha x^-12 + sqrt y'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object
    return "".join(_in_place(text, i) for i in range(error.start, error.end)), error.end


def _in_place(text: str, place: int) -> str:
    """A character, kept apart from the words beside it, with one ^ for all of an exponent."""
    character, behind = text[place], text[place + 1 : place + 2]
    before = text[place - 1] if place else ""
    written = spelled(character)
    if written[0] == "^" and before and spelled(before)[0] == "^" != before:
        written = written[1:]
    if before.isascii() and before.isalnum() and written[0].isalpha() and not _goes_on(character):
        is_differential = before == "d" and not text[: place - 1][-1:].isalnum()
        written = written if before.isdigit() or is_differential else f" {written}"
    touches = written[-1:].isalnum() and behind.isalnum() and not _goes_on(behind)
    return f"{written} " if touches and character != "∂" else written


def _goes_on(character: str) -> bool:
    """Whether a character belongs to the name or the number in front of it: x₁, x²."""
    name = unicodedata.name(character, "")
    return "SUBSCRIPT" in name or name.startswith(RAISED) or unicodedata.combining(character) > 0
