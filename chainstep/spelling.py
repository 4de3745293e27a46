"""Mathematics for a terminal that does not know Unicode: each character spelled out."""

from __future__ import annotations

import codecs
import unicodedata

HANDLER = "spell-out"
SPELLED = {
    "─": "-", "│": "|", "·": "*", "×": "*", "−": "-", "→": "->", "…": "...", "√": "sqrt",
    "∛": "cbrt", "∂": "d", "≠": "!=", "≤": "<=", "≥": ">=", "✓": "ok:", "π": "pi",
    "├": "|", "└": "`", "≈": "~", "⎡": "[", "⎣": "[", "⎤": "]", "⎦": "]",
}  # fmt: skip


def spelled(character: str) -> str:
    """A character in ASCII; a question mark if there is nothing better.

    >>> [spelled(c) for c in "₂²ω→⎛"]
    ['2', '^2', 'omega', '->', '(']
    """
    if character in SPELLED:
        return SPELLED[character]
    words = unicodedata.name(character, "").split()
    plain = unicodedata.normalize("NFKC", character)
    if "SUPERSCRIPT" in words and plain.isascii():
        return f"^{plain}"
    if plain.isascii():
        return plain
    if words[:2] == ["GREEK", "SMALL"] or words[:2] == ["GREEK", "CAPITAL"]:
        name = words[-1].lower()
        return name if words[1] == "SMALL" else name.capitalize()
    for bracket, ascii_bracket in (("LEFT PARENTHESIS", "("), ("RIGHT PARENTHESIS", ")")):
        if bracket in " ".join(words):
            return ascii_bracket
    return "|" if "CURLY" in words else "?"


def install() -> str:
    """Make the handler known to the codecs; returns its name, for `errors=`."""
    codecs.register_error(HANDLER, _handle)
    return HANDLER


def _handle(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(spelled, error.object[error.start : error.end])), error.end
