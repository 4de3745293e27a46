"""Which words are functions: some are as good a name, and are one where nothing is applied."""

from __future__ import annotations

import re

from chainstep.parser import patterns
from chainstep.parser.spellings import (
    CALLING,
    FUNCTIONS,
    GREEK,
    IN_CAPITALS,
    LETTERS_TOO,
    NAMES_TOO,
)

UNDERSCORED = sorted(function for function in FUNCTIONS if "_" in function)
BETWEEN = {"psi": patterns.ORDER, "Gamma": patterns.POWER}


def function_at(text: str, word: str, end: int) -> str | None:
    """The function that a word before `end` means. Arcsin(x), Sin[x] and LOG(x) have it in
    capitals.

    >>> function_at("Sin[x]", "Sin", 3), function_at("x/th", "th", 4)
    ('sin', None)
    """
    if word in LETTERS_TOO:
        return word if is_called_letter(text, word, end) else None
    if word in FUNCTIONS:
        is_name = word in NAMES_TOO and re.compile(patterns.NO_ARGUMENT).match(text, end)
        return None if is_name else word
    return named_function(word) if text[end : end + 1] in CALLING else None


def named_function(word: str) -> str | None:
    """The function that a word is the name of, perhaps in capitals: Arctan, LOG.

    >>> named_function("Arctan"), named_function("Gamma"), named_function("rate")
    ('arctan', 'Gamma', None)
    """
    if word in FUNCTIONS:
        return word
    small = word.lower()
    return IN_CAPITALS.get(small, small) if small in FUNCTIONS and word not in GREEK else None


def whole_word(text: str, start: int) -> str | None:
    """A function with an underscore that begins at `start`: log_sigmoid.

    >>> whole_word("log_sigmoid(x)", 0), whole_word("log_2(x)", 0)
    ('log_sigmoid', None)
    """
    found = (f for f in UNDERSCORED if text.startswith(f, start))
    return next((f for f in found if not text[start + len(f) : start + len(f) + 1].isalnum()), None)


def is_called_letter(text: str, letter: str, end: int) -> bool:
    """Whether a bracket follows; in front of it psi may have the order of a derivative,
    and Γ a power."""
    if letter in BETWEEN and (found := re.compile(BETWEEN[letter]).match(text, end)):
        end = found.end()
    return re.compile(patterns.OPENS).match(text, end) is not None
