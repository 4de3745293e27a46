"""What stands below a name: x_1, w_{ij}, x₁."""

from __future__ import annotations

import re
from collections.abc import Container

from chainstep.errors import UnclearName, UnclosedBracket
from chainstep.parser import patterns
from chainstep.parser.spellings import GREEK_LETTERS, SUBSCRIPTS


def subscript_at(text: str, start: int, is_latex: bool) -> tuple[str, int]:
    """The letters and digits of a subscript, however it is written, and where it ends."""
    if found := re.compile(patterns.SUBSCRIPT).match(text, start):
        inner, end = found[1] or found[2] or "", found.end()
        if is_latex and re.fullmatch("[A-Za-z]{2}", found[2] or ""):
            hint = f"write x_{{{inner}}} with braces, or x_{{{inner[0]}}} {inner[1]}"
            message = "where does this subscript end?"
            raise UnclearName(message, span=(start, end), hint=hint)
        subscript = re.sub(patterns.SUBSCRIPT_NOISE, "", GREEK_LETTERS.get(inner, inner))
        if subscript.isascii() and subscript.isalnum():
            return subscript, end
        message, hint = "a subscript is made of letters and digits", "as in w_{12} or w_i"
        raise UnclearName(message, span=(start, end), hint=hint)
    if text.startswith("_{", start) and "}" not in text[start:]:
        raise UnclosedBracket("this bracket is never closed", span=(start + 1, start + 2))
    end = end_of_run(text, start, SUBSCRIPTS)
    return "".join(SUBSCRIPTS[c] for c in text[start:end]), end


def end_of_run(text: str, start: int, characters: Container[str]) -> int:
    """Where the characters end that begin at `start`."""
    end = start
    while end < len(text) and text[end] in characters:
        end += 1
    return end
