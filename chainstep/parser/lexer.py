"""Text, plain or LaTeX, to tokens: the words, numbers and signs that stand in an expression.

All spellings of one thing become one token here (`*`, `·` and `\\cdot`; `x_1`, `x_{1}` and
`x₁`), so the parser knows a single language. Positions always count in the whole text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from fractions import Fraction
from functools import lru_cache
from string import digits
from typing import Any

from chainstep.errors import LimitExceeded, UnexpectedToken
from chainstep.parser import patterns, unknown
from chainstep.parser.calls import require_factors
from chainstep.parser.constants import DIGITS, DIGITS_HINT, exact
from chainstep.parser.spellings import (
    ACCENTS,
    ASIDES,
    COMBINING,
    CONSTANTS,
    DOUBTFUL,
    FUNCTIONS,
    GREEK,
    GREEK_LETTERS,
    LETTER_FUNCTIONS,
    LETTERS_TOO,
    SIGNS,
    SPACE,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    canonical,
    folded,
)
from chainstep.parser.subscripts import end_of_run, subscript_at
from chainstep.parser.tokens import Token, clip, moved_by
from chainstep.parser.words import function_at, is_called_letter, named_function, whole_word

SMALLER = "split it into smaller expressions"
TOKENS = 250_000  # of a text
TAKES_BRACES = frozenset({"^", "_", "frac", "√"})


def tokenize(text: str, names: Collection[str] = (), is_latex: bool = False) -> list[Token]:
    """The tokens of a text; the last is of kind "end". `names` are never taken for products.
    Whether the text `is_latex` can often be seen from the text alone.

    >>> [token.value for token in tokenize("2x_{1}·sin")]
    [2, 'x1', '·', 'sin', '']
    """
    return _Lexer(text, names, is_latex).read()


def _match(pattern: str, text: str, start: int) -> re.Match[str] | None:
    return re.compile(pattern).match(text, start)


@lru_cache(maxsize=8)
def _all_canonical(names: frozenset[str]) -> frozenset[str]:
    """Remembered, because every definition of a system is read with the same names."""
    return frozenset(map(canonical, names))


class _Lexer:
    """A reader adds the tokens of one match, and returns where to go on."""

    def __init__(self, text: str, names: Collection[str], is_latex: bool):
        self.text = text if text.isascii() else folded(text)
        self.names = _all_canonical(frozenset(names))
        self.is_latex = is_latex or re.search(patterns.LATEX, text) is not None
        self.tokens: list[Token] = []

    def read(self) -> list[Token]:
        text, match, position = self.text, patterns.TOKEN.match, 0
        while found := match(text, position):
            group: int = found.lastindex  # type: ignore[assignment]
            position = READERS[group](self, found[group], *found.span(group))
            if len(self.tokens) > TOKENS:
                message = f"more than {TOKENS} numbers, names and signs"
                raise LimitExceeded(message, span=(position, position), hint=SMALLER)
        self._add("end", "", len(text), len(text))
        require_factors(self.tokens, self.names, text, self.is_latex)
        return self.tokens

    def _add(self, kind: str, value: Any, start: int, end: int) -> int:
        self.tokens.append(Token(kind, value, start, end))
        return end

    # Words

    def _read_word(self, word: str, start: int, end: int) -> int:
        if self.names and (whole := _match(patterns.IDENTIFIER, self.text, start)):
            for written in (whole[0], word):
                if canonical(written) in self.names:
                    return self._add_name(canonical(written), start, start + len(written))
        if len(word) == 1:
            return self._add_name(word, start, end)
        if self.text.startswith("_", end) and (function := whole_word(self.text, start)):
            return self._add("function", function, start, start + len(function))
        if function := function_at(self.text, word, end):
            return self._add("function", function, start, end)
        if word in SIGNS:
            return self._read_sign(word, start, end)
        if parts := re.fullmatch(patterns.WITH_DIGITS, word):
            return self._read_word_with_digits(parts, start, end)
        if self._are_factors(word, end):
            for place in range(start, end - 1):
                self._add_name(self.text[place], place, place + 1)
            return self._add_name(word[-1], end - 1, end)
        self._require_clear(word, start, end)
        return self._add_name(word, start, end)

    def _are_factors(self, word: str, end: int) -> bool:
        """Whether letters stand for a product without a doubt: ax in LaTeX, where a name of
        several letters is set upright, and x in front of a power of e. But 2^ax is unclear.
        """
        if self.tokens and self.tokens[-1].kind == "^":
            return False
        with_e = unknown.is_product_with_e(word) and _match(patterns.RAISED, self.text, end)
        if with_e and len(word) == 2:
            return True
        return self.is_latex and (bool(with_e) or unknown.letters_of_product(word))

    def _read_word_with_digits(self, parts: re.Match, start: int, end: int) -> int:
        """x1 is a name, sin2x the function of 2x, log2x a logarithm; x2y could be anything."""
        letters, digits, rest = parts.groups()
        split = start + len(letters)
        if letters + digits in FUNCTIONS:
            return self._add("function", letters + digits, start, split + len(digits))
        if letters in FUNCTIONS - LETTERS_TOO:
            is_root = letters in ("sqrt", "cbrt")
            apart = not (rest or is_root) and _match(r"\s+[A-Za-z]", self.text, end)
            if letters == "log" or apart or self.text.startswith("(", split + len(digits)):
                raise unknown.numbered_function(letters, digits, start)
            return self._add("function", letters, start, split)
        if len(letters) > 1:
            self._require_clear(letters, start, split)
        if rest:
            rest += unknown.argument_at(self.text, end) if rest in FUNCTIONS else ""
            raise unknown.product_or_name(parts[0], start, (letters + digits, rest))
        return self._add_name(parts[0], start, end)

    def _require_clear(self, word: str, start: int, end: int) -> None:
        if (word not in GREEK or word == "Pi") and (
            error := unknown.objection(self.text, (start, end), not self.tokens)
        ):
            raise error

    # Names

    def _add_name(self, base: str, start: int, end: int) -> int:
        """The token of a name, its accent and its subscript included."""
        if accent := COMBINING.get(self.text[end : end + 1]):
            base, end = base + accent, end + 1
        subscript, end = subscript_at(self.text, end, self.is_latex)
        if subscript:
            base = f"{base}_{subscript}"
        if "_" in base:
            if base in FUNCTIONS:
                return self._add("function", base, start, end)
            base = canonical(base)
        return self._add("constant" if base in CONSTANTS else "name", base, start, end)

    def _add_letter(self, name: str, start: int, end: int) -> int:
        if name in LETTER_FUNCTIONS and is_called_letter(self.text, name, end):
            return self._add("function", name, start, end)
        return self._add_name(name, start, end)

    def _read_accent(self, lexeme: str, start: int, end: int) -> int:
        accent, base = re.findall("[A-Za-z]+", lexeme)
        return self._add_name(base + ACCENTS[accent], start, end)

    def _read_text(self, lexeme: str, start: int, end: int) -> int:
        """\\operatorname{sech}, \\text{otherwise}, or a name that is meant to be one."""
        inner = re.sub(patterns.STYLE, "", lexeme[lexeme.index("{") + 1 : -1])
        word = inner.replace("\\_", "_").strip(" ,.:")
        if word in ASIDES:
            return end
        if function := named_function(word):
            return self._add("function", function, start, end)
        if word in SIGNS:
            return self._read_sign(word, start, end)
        if word == "d" or re.fullmatch(unknown.DIFFERENTIAL, word):
            raise unknown.derivative(self.text, (start, end))
        known = canonical(word) in self.names if re.fullmatch(patterns.IDENTIFIER, word) else None
        called = unknown.is_called(self.text, end, not self.tokens) or word.lower() in FUNCTIONS
        if known is None or "operatorname" in lexeme or (called and not known):
            raise unknown.unknown_function(word, (start, end))
        return self._add_name(word, start, end)

    def _read_command(self, command: str, start: int, end: int) -> int:
        name = command[1:]
        if command in (r"\begin", r"\end"):
            raise unknown.unknown_environment(self.text, start)
        if command in SIGNS:
            return self._read_sign(command, start, end)
        if name.removeprefix("var") in GREEK and name != "varpi":
            return self._add_letter(name.removeprefix("var"), start, end)
        if name in FUNCTIONS:
            return self._add("function", name, start, end)
        raise unknown.unknown_command(command, (start, end))

    # Numbers and signs

    def _read_number(self, lexeme: str, start: int, end: int) -> int:
        if comma := _match(patterns.BRACED_COMMA, self.text, end):
            raise unknown.comma_in_number(lexeme, comma[1], (end, comma.end()))
        towered = self.is_latex and len(lexeme) > 1 and self.tokens and self.tokens[-1].kind == "^"
        if towered and _match(patterns.RAISED, self.text, end):
            raise unknown.tower(lexeme, (start, end))
        if lexeme.count(".") > 1:
            message, hint = f"'{clip(lexeme)}' is not a number", "a number has one decimal point"
            raise UnexpectedToken(message, span=(start, end), hint=hint)
        value = int(lexeme) if len(lexeme) < 9 and lexeme.isdigit() else exact(lexeme)
        if value is None:
            message = f"{clip(lexeme)} is a number with more than {DIGITS} digits"
            raise LimitExceeded(message, span=(start, end), hint=DIGITS_HINT)
        return self._add("number", value, start, end)

    def _read_plus(self, lexeme: str, *span: int) -> int:
        return self._add("+", "+", *span)

    def _read_degree(self, lexeme: str, *span: int) -> int:
        return self._read_sign("°", *span)

    def _read_break(self, lexeme: str, start: int, end: int) -> int:
        return self._add("&" if lexeme.endswith("&") else "row", lexeme, start, end)

    def _read_sign(self, sign: str, start: int, end: int) -> int:
        kind, value = SIGNS[sign]
        if sign == "}" and self._is_braced_function():
            del self.tokens[-2]
            return end
        if sign == "}" and self._is_braced_aside(start):
            del self.tokens[-1]
            return end
        if sign in "([" and self.tokens:
            self._require_factor(self.tokens[-1], start)
        return end if kind == "space" else self._add(kind, value, start, end)

    def _is_braced_function(self) -> bool:
        """Whether {\\sin} has been read, as in {\\sin}^2 x, which is \\sin^2 x."""
        kinds = [token.kind for token in self.tokens[-3:]]
        braced = kinds[-2:] == ["open", "function"] and self.tokens[-2].value == "{"
        return braced and kinds[0] not in TAKES_BRACES

    def _is_braced_aside(self, end: int) -> bool:
        """Whether {\\text{if}} has been read, which says nothing."""
        last = self.tokens[-1] if self.tokens else Token("", "", 0, 0)
        return last.value == "{" and "\\" in self.text[last.end : end]

    def _require_factor(self, before: Token, start: int) -> None:
        """Raise an error for σ(z), but not in front of "=", where it is defined; and for D_x(…)."""
        if before.kind == "name" and re.fullmatch("D_[a-z]", before.value):
            raise unknown.derivative(self.text, before.span)
        if before.value not in DOUBTFUL or before.value in self.names:
            return
        if len(self.tokens) > 1 or not _match(patterns.DEFINED, self.text, start):
            function = DOUBTFUL[before.value]
            raise unknown.letter_or_function(self.text, before.span, function, start)

    def _read_cases(self, lexeme: str, start: int, end: int) -> int:
        return self._read_sign(r"\begin" if lexeme.startswith(r"\begin") else r"\end", start, end)

    def _read_bar(self, lexeme: str, start: int, end: int) -> int:
        return self._read_sign(r"\lvert" if "left" in lexeme else r"\rvert", start, end)

    def _read_skip(self, lexeme: str, start: int, end: int) -> int:
        if lexeme == "\\ " and not self.is_latex:
            raise unknown.stray("\\", start)
        return end

    _read_module = _read_skip

    def _read_digits(self, lexeme: str, start: int, end: int) -> int:
        """\\frac12 is one half, and \\frac x5 is x/5."""
        self._add("frac", "frac", start, end)
        behind = lexeme.index("frac") + len("frac")
        for offset, character in enumerate(lexeme[behind:], start + behind):
            if character != " ":
                self._add_group([self._single(character, offset)])
        return end

    def _single(self, character: str, start: int) -> Token:
        kind = "constant" if character in CONSTANTS else "name"
        if character.isdigit():
            return Token("number", int(character), start, start + 1)
        return Token(kind, character, start, start + 1)

    def _read_arrow(self, lexeme: str, start: int, end: int) -> int:
        """f: x ↦ is f(x) =."""
        name, *_, argument = re.findall(r"\\?[A-Za-z]+", lexeme.replace(r"\mapsto", ""))
        tokens = ("name", name), ("open", "("), ("name", argument.lstrip("\\")), ("close", ")")
        for kind, value in (*tokens, ("=", "=")):
            self._add(kind, value, start, end)
        return end

    def _add_group(self, tokens: list[Token]) -> None:
        start, end = tokens[0].start, tokens[-1].end
        self._add("open", "{", start, start)
        self.tokens += tokens
        self._add("close", "}", end, end)

    # Characters beyond ASCII, and those that have no place

    def _read_other(self, character: str, start: int, end: int) -> int:
        if character in SPACE:  # in front of the end
            return end
        if character in SIGNS:
            return self._read_sign(character, start, end)
        if character == "%" and (constant := _match(patterns.MAXIMA, self.text, start)):
            return self._add("constant", constant[1], start, constant.end())
        if parts := re.fullmatch("([0-9]+)⁄([0-9]+)", unicodedata.normalize("NFKC", character)):
            return self._add("number", Fraction(int(parts[1]), int(parts[2])), start, end)
        if character in GREEK_LETTERS:
            end = end_of_run(self.text, end, digits)
            name = GREEK_LETTERS[character] + self.text[start + 1 : end]
            return self._add_letter(name, start, end)
        for mark, table in (("^", SUPERSCRIPTS), ("_", SUBSCRIPTS)):
            if character in table:
                return self._read_script(mark, table, start)
        decomposed = unicodedata.normalize("NFD", character)
        if decomposed[:1].isascii() and decomposed[1:] in COMBINING:
            return self._add_name(decomposed[0] + COMBINING[decomposed[1]], start, end)
        raise unknown.stray(character, start)

    def _read_script(self, mark: str, table: dict[str, str], start: int) -> int:
        end = end_of_run(self.text, start, table)
        inner = "".join(table[character] for character in self.text[start:end])
        self._add(mark, mark, start, end)
        if inner.isdigit():
            return self._read_number(inner, start, end)
        if mark == "^" and re.search("[a-z][0-9]", inner):
            raise unknown.tower(None, (start, end))
        with moved_by(start):
            tokens = tokenize(inner)[:-1]
        self._add_group([Token(t.kind, t.value, start + t.start, start + t.end) for t in tokens])
        return end


READERS: dict[int, Callable[[_Lexer, str, int, int], int]] = {
    index: getattr(_Lexer, f"_read_{name}") for name, index in patterns.TOKEN.groupindex.items()
}
