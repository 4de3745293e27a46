"""Text, plain or LaTeX, to tokens: the words, numbers and signs that stand in an expression.

All spellings of one thing become one token here (`*`, `·` and `\\cdot`; `x_1`, `x_{1}` and
`x₁`), so the parser knows a single language. Positions always count in the whole text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, NamedTuple

from chainstep.errors import (
    ChainstepError,
    LimitExceeded,
    UnclearName,
    UnexpectedCharacter,
    UnexpectedToken,
    UnknownFunction,
)
from chainstep.operations import OPERATIONS

DIGITS = 10_000  # of a number
DIGITS_HINT = f"numbers may have up to {DIGITS} digits"
DIGITS_AT_ONCE = 4_000  # that Python turns into a number without complaint
SPACE = " \t\r\n~"
SHOWN = 40  # characters of the text that a message repeats


class Token(NamedTuple):
    """A piece of the text: its kind, its canonical value, and where it stands."""

    kind: str
    value: Any
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end


# --- Spellings ----------------------------------------------------------------------------

_SAME = {
    "-": "- − – — ‐",
    "*": r"* · × ∙ ⋅ ∗ \cdot \times \ast",
    "/": r"/ ÷ ∕ ⁄ \div",
    "^": "^ **",
    ",": ",",
    "=": "=",
    "|": r"| ∣ \vert \mid",
    "|(": r"\lvert",
    "|)": r"\rvert",
    "and": r"∧ \land \wedge and",
    "or": r"∨ \lor \vee or",
    "truth": "True otherwise else",
    "√": r"√ \sqrt",
    "frac": r"\frac \dfrac \tfrac \cfrac",
    "_": "_",
    "space": r"\quad \qquad \displaystyle \limits \left \right",
}
_RELATIONS = {
    "<": r"< \lt",
    ">": r"> \gt",
    "<=": r"<= ≤ ⩽ \le \leq \leqslant",
    ">=": r">= ≥ ⩾ \ge \geq \geqslant",
    "==": "==",
    "!=": r"!= ≠ \ne \neq",
}
SIGNS: dict[str, tuple[str, Any]] = {"∛": ("√", 3), "∜": ("√", 4)}
SIGNS |= {sign: (kind, sign) for kind, all in _SAME.items() for sign in all.split()}
SIGNS |= {sign: ("relation", kind) for kind, all in _RELATIONS.items() for sign in all.split()}
SIGNS |= {bracket: ("open", bracket) for bracket in ("(", "[", "{", r"\{")}
SIGNS |= {bracket: ("close", bracket) for bracket in (")", "]", "}", r"\}")}

_FIRST_LETTERS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron"
_LAST_LETTERS = "pi rho sigma sigma tau upsilon phi chi psi omega"  # the first sigma is ς
_LETTERS = f"{_FIRST_LETTERS} {_LAST_LETTERS}".split()
GREEK_LETTERS = {chr(ord("α") + i): name for i, name in enumerate(_LETTERS)}
GREEK_LETTERS |= {c.upper(): name.capitalize() for c, name in GREEK_LETTERS.items()}
GREEK = frozenset(GREEK_LETTERS.values())
CONSTANTS = frozenset({"e", "pi"})
FUNCTIONS = frozenset(spelling for row in OPERATIONS for spelling in row.spellings)
FUNCTIONS |= {"sqrt", "cbrt", "log", "log2", "log10", "lg"}
LETTERS_TOO = frozenset({"gamma", "Gamma", "psi"})  # functions only in front of a bracket
LETTER_FUNCTIONS = frozenset({"Gamma", "psi"})  # as single letters as well: Γ(x), but not γ(x)
BY_LENGTH = sorted((s for s in FUNCTIONS - LETTERS_TOO if len(s) > 2 or s == "ln"), key=len)[::-1]
_SEVERAL = {s for row in OPERATIONS if len(row.samples) != 1 for s in row.spellings}
ONE_ARGUMENT = frozenset(BY_LENGTH) - (_SEVERAL - {"log"})

ACCENTS = {"hat": "hat", "bar": "bar", "tilde": "tilde", "dot": "dot"}
ACCENTS |= {"widehat": "hat", "overline": "bar", "widetilde": "tilde"}
COMBINING = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿˣʸᵗᵏᵐᵃᵇ", "0123456789+-()inxytkmab")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₘₙₐₑₜₓ", "0123456789ijkmnaetx")
LOOKALIKES = dict(zip("асеіјорѕухАВЕКМНОРСТХІЈЅ", "aceijopsyxABEKMHOPCTXIJS", strict=True))
UNNAMED = {"Cc": "a control character", "Cs": "half of a character"}
ASIDES = frozenset({"", "if", "for", "when", "where"})  # words in a formula that say nothing
HINTS = {
    "!": "the factorial of n is gamma(n + 1)",
    ";": "write one expression at a time",
    "'": "write the expression itself, without primes or quotes",
    ".": "for a product write *; a decimal point stands next to a digit",
}

_RAISED = "".join(map(chr, SUPERSCRIPTS))
_LOWERED = "".join(map(chr, SUBSCRIPTS))
TOKEN = re.compile(
    rf"""[ \t\r\n~]*(?:
    (?P<word>[A-Za-z][A-Za-z0-9]*)
  | (?P<wrong>[0-9]*\.[0-9]*\.[0-9.]*)
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<plus>\++)
  | (?P<break>,?[ \t\r\n]*(?:&|\\\\))
  | (?P<sign>\*\*|[<>=!]=|[-*/^()\[\]{{}}|,<>=_]|\\[{{}}])
  | (?P<digits>\\[dtc]?frac[ ]*[0-9][ ]*[0-9])
  | (?P<text>\\(?:operatorname\*?|math(?:rm|it|sf|bf)|text(?:rm|it)?|mbox)[ ]*\{{[^{{}}]*\}})
  | (?P<accent>\\(?:{"|".join(ACCENTS)})[ ]*(?:\{{[ ]*\\?[A-Za-z]+[ ]*\}}|[ ][A-Za-z]|\\[A-Za-z]+))
  | (?P<cases>\\(?:begin|end)[ ]*\{{d?cases\}})
  | (?P<bar>\\(?:left|right)[ ]*\|)
  | (?P<skip>\\[ ,;:!]|\\(?:left|right)[ ]*\.|\\[bB]igg?[lrm]?(?![a-z])
             |\\left[ ]*\\\{{(?=\s*\\begin))
  | (?P<command>\\[A-Za-z]+)
  | (?P<greek>[{"".join(GREEK_LETTERS)}][0-9]*)
  | (?P<raised>[{_RAISED}]+)
  | (?P<lowered>[{_LOWERED}]+)
  | (?P<other>.))""",
    re.VERBOSE | re.DOTALL,
)
_NAMING = r"\\(?:mathrm|text|operatorname)[ ]*"
SUBSCRIPT = re.compile(
    rf"_(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}"
    rf"|([0-9]+|[A-Za-z]+|{_NAMING}\{{[A-Za-z0-9]+\}}|\\[A-Za-z]+)|([{''.join(GREEK_LETTERS)}]))"
    rf"|([{_LOWERED}]+)"
)
SUBSCRIPT_NOISE = re.compile(rf"{_NAMING}|[{{}}\\,\s]")
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*")
WITH_DIGITS = re.compile(r"([A-Za-z]+)([0-9]+)(.*)")
OPENS = re.compile(r"\s*(?:\\left\s*)?[(\[{]")
DEFINES = re.compile(r"\([\sA-Za-z0-9_,]*\)\s*=(?!=)")  # the rest of "loss(w) ="
OFTEN_FACTORS = frozenset("abcknuvwxyzt")


# --- Public -------------------------------------------------------------------------------


def tokenize(text: str, names: Collection[str] = ()) -> list[Token]:
    """The tokens of a text; the last is of kind "end". `names` are never taken for products.

    >>> [token.value for token in tokenize("2x_{1}·sin")]
    [2, 'x1', '·', 'sin', '']
    """
    return _Lexer(text, names).read()


def canonical(written: str) -> str:
    """The one name for all spellings: digits merge into the name, x_1 and x_{1} are x1.

    >>> canonical("x_{12}"), canonical("w_i"), canonical("x1_2")
    ('x12', 'w_i', 'x1_2')
    """
    base, _, subscript = written.replace("{", "").replace("}", "").partition("_")
    merges = subscript.isdigit() and not base[-1:].isdigit()
    return base + subscript if merges or not subscript else f"{base}_{subscript}"


@contextmanager
def moved_by(offset: int) -> Iterator[None]:
    """Errors of a piece of a text, with their position in the whole text."""
    try:
        yield
    except ChainstepError as error:
        if error.span:
            error.span = error.span[0] + offset, error.span[1] + offset
        raise


def clip(text: str) -> str:
    """A piece of the text as a message repeats it: on one line, printable, and not too long."""
    shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else " " for c in shown)


# --- Reading ------------------------------------------------------------------------------


def _exact(lexeme: str) -> int | Fraction | None:
    """A number as written, without rounding; None if it has too many digits."""
    digits, _, exponent = lexeme.lower().partition("e")
    whole, _, decimals = digits.partition(".")
    if len(digits) > DIGITS or len(exponent) > 9 or abs(int(exponent or 0)) > DIGITS:
        return None
    value, written = 0, whole + decimals
    for first in range(0, len(written), DIGITS_AT_ONCE):
        part = written[first : first + DIGITS_AT_ONCE]
        value = value * 10 ** len(part) + int(part)
    shift = int(exponent or 0) - len(decimals)
    return value * 10**shift if shift >= 0 else Fraction(value, 10**-shift)


def _subscript(found: re.Match) -> str:
    """The letters and digits of a subscript, however it is written."""
    inner: str = found[found.lastindex or 0].translate(SUBSCRIPTS)
    subscript = SUBSCRIPT_NOISE.sub("", GREEK_LETTERS.get(inner, inner))
    if not (subscript.isascii() and subscript.isalnum()):
        message, hint = "a subscript is made of letters and digits", "as in w_{12} or w_i"
        raise UnclearName(message, span=found.span(), hint=hint)
    return subscript


def _fold(text: str) -> str:
    """Styled letters, digits and signs (𝑥, ｘ, no-break space) as plain ones, one for one."""
    table = {}
    for character in set(text) - SIGNS.keys() - GREEK_LETTERS.keys():
        plain = unicodedata.normalize("NFKC", character)
        kept = ord(character) in SUPERSCRIPTS or ord(character) in SUBSCRIPTS
        if len(plain) == 1 and not kept and (plain.isascii() or plain in GREEK_LETTERS):
            table[ord(character)] = plain
    return text.translate(table)


def _nearest(word: str, known: Collection[str]) -> str | None:
    near = get_close_matches(word, known, 1, 0.65)
    return f"did you mean {near[0]}?" if near else None


class _Lexer:
    def __init__(self, text: str, names: Collection[str]):
        self.text = text if text.isascii() else _fold(text)
        self.names = {canonical(name) for name in names}
        self.tokens: list[Token] = []

    def read(self) -> list[Token]:
        text, match, position = self.text, TOKEN.match, 0
        while found := match(text, position):
            group: int = found.lastindex  # type: ignore[assignment]
            position = READERS[group](self, found[group], *found.span(group))
        self._add("end", "", len(text), len(text))
        return self.tokens

    def _add(self, kind: str, value: Any, start: int, end: int) -> int:
        self.tokens.append(Token(kind, value, start, end))
        return end

    # A reader adds the tokens of one match, and returns where to go on.

    def _read_word(self, word: str, start: int, end: int) -> int:
        if self.names and (whole := IDENTIFIER.match(self.text, start)):
            for written in (whole[0], word):
                if canonical(written) in self.names:
                    return self._add_name(canonical(written), start, start + len(written))
        if len(word) == 1:
            return self._add_name(word, start, end)
        if word in FUNCTIONS and (word not in LETTERS_TOO or OPENS.match(self.text, end)):
            return self._add("function", word, start, end)
        if word in SIGNS:
            return self._read_sign(word, start, end)
        if parts := WITH_DIGITS.fullmatch(word):
            return self._read_word_with_digits(parts, start, end)
        if word not in GREEK:
            self._refuse_unclear(word, start, end)
        return self._add_name(word, start, end)

    def _read_word_with_digits(self, parts: re.Match, start: int, end: int) -> int:
        """x1 is a name, sin2x the function of 2x, log2x a logarithm; x2y could be anything."""
        letters, digits, rest = parts.groups()
        split = start + len(letters)
        if letters + digits in FUNCTIONS:
            return self._add("function", letters + digits, start, split + len(digits))
        if letters in FUNCTIONS - LETTERS_TOO:
            if letters == "log" or self.text.startswith("(", split + len(digits)):
                hint = f"write {letters}({digits}x)" + f" or log_{digits}(x)" * (letters == "log")
                message = f"unknown function '{letters}{digits}'"
                raise UnknownFunction(message, span=(start, split + len(digits)), hint=hint)
            return self._add("function", letters, start, split)
        if letters not in GREEK and len(letters) > 1:
            self._refuse_unclear(letters, start, split)
        if rest:
            argument = self._argument(end) if rest in FUNCTIONS else ""
            raise self._unclear(parts[0], start, f"{letters}{digits}*{rest}{argument}")
        return self._add_name(parts[0], start, end)

    def _add_name(self, base: str, start: int, end: int) -> int:
        """The token of a name, its accent and its subscript included."""
        if accent := COMBINING.get(self.text[end : end + 1]):
            base, end = base + accent, end + 1
        if found := SUBSCRIPT.match(self.text, end):
            end = found.end()
            base = f"{base}_{_subscript(found)}"
        if base in FUNCTIONS and "_" in base:
            return self._add("function", base, start, end)
        base = canonical(base)
        return self._add("constant" if base in CONSTANTS else "name", base, start, end)

    def _read_number(self, lexeme: str, start: int, end: int) -> int:
        value = int(lexeme) if len(lexeme) < 9 and lexeme.isdigit() else _exact(lexeme)
        if value is None:
            message = f"{clip(lexeme)} is a number with more than {DIGITS} digits"
            raise LimitExceeded(message, span=(start, end), hint=DIGITS_HINT)
        return self._add("number", value, start, end)

    def _read_wrong(self, lexeme: str, start: int, end: int) -> int:
        hint = "a number has one decimal point"
        raise UnexpectedToken(f"'{clip(lexeme)}' is not a number", span=(start, end), hint=hint)

    def _read_plus(self, lexeme: str, start: int, end: int) -> int:
        return self._add("+", "+", start, end)

    def _read_break(self, lexeme: str, start: int, end: int) -> int:
        return self._add("&" if lexeme.endswith("&") else "row", lexeme, start, end)

    def _read_sign(self, sign: str, start: int, end: int) -> int:
        kind, value = SIGNS[sign]
        return end if kind == "space" else self._add(kind, value, start, end)

    def _read_digits(self, lexeme: str, start: int, end: int) -> int:
        """\\frac12 is one half."""
        self._add("frac", "frac", start, end)
        for offset, character in enumerate(lexeme, start):
            if character.isdigit():
                self._add_group([Token("number", int(character), offset, offset + 1)])
        return end

    def _add_group(self, tokens: list[Token]) -> None:
        start, end = tokens[0].start, tokens[-1].end
        self._add("open", "{", start, start)
        self.tokens += tokens
        self._add("close", "}", end, end)

    def _read_text(self, lexeme: str, start: int, end: int) -> int:
        """\\operatorname{sech}, \\text{otherwise}, or a name that is meant to be one."""
        word = lexeme[lexeme.index("{") + 1 : -1].replace("\\_", "_").strip(" ,.:")
        if word in ASIDES:
            return end
        if word in FUNCTIONS:
            return self._add("function", word, start, end)
        if word in SIGNS:
            return self._read_sign(word, start, end)
        if not IDENTIFIER.fullmatch(word) or "operatorname" in lexeme:
            hint = _nearest(word, FUNCTIONS)
            raise UnknownFunction(f"unknown function '{clip(word)}'", span=(start, end), hint=hint)
        return self._add_name(word, start, end)

    def _read_accent(self, lexeme: str, start: int, end: int) -> int:
        accent, base = re.findall("[A-Za-z]+", lexeme)
        return self._add_name(base + ACCENTS[accent], start, end)

    def _read_cases(self, lexeme: str, start: int, end: int) -> int:
        opens = lexeme.startswith(r"\begin")
        return self._add("open" if opens else "close", r"\begin" if opens else r"\end", start, end)

    def _read_bar(self, lexeme: str, start: int, end: int) -> int:
        return self._add("|(" if "left" in lexeme else "|)", "|", start, end)

    def _read_skip(self, lexeme: str, start: int, end: int) -> int:
        return end

    def _read_command(self, command: str, start: int, end: int) -> int:
        name = command[1:]
        if command in SIGNS:
            return self._read_sign(command, start, end)
        if name.removeprefix("var") in GREEK and name != "varpi":
            return self._add_letter(name.removeprefix("var"), start, end)
        if name in FUNCTIONS:
            return self._add("function", name, start, end)
        known = [sign for sign in SIGNS if sign[0] == "\\"] + [f"\\{f}" for f in FUNCTIONS | GREEK]
        message = f"unknown command '{clip(command)}'"
        raise UnknownFunction(message, span=(start, end), hint=_nearest(command, known))

    def _read_greek(self, lexeme: str, start: int, end: int) -> int:
        return self._add_letter(GREEK_LETTERS[lexeme[0]] + lexeme[1:], start, end)

    def _add_letter(self, name: str, start: int, end: int) -> int:
        if name in LETTER_FUNCTIONS and OPENS.match(self.text, end):
            return self._add("function", name, start, end)
        return self._add_name(name, start, end)

    def _read_raised(self, lexeme: str, start: int, end: int) -> int:
        return self._add_script("^", lexeme.translate(SUPERSCRIPTS), start, end)

    def _read_lowered(self, lexeme: str, start: int, end: int) -> int:
        return self._add_script("_", lexeme.translate(SUBSCRIPTS), start, end)

    def _add_script(self, mark: str, inner: str, start: int, end: int) -> int:
        self._add(mark, mark, start, end)
        if inner.isdigit():
            return self._read_number(inner, start, end)
        with moved_by(start):
            tokens = tokenize(inner)[:-1]
        self._add_group([Token(t.kind, t.value, start + t.start, start + t.end) for t in tokens])
        return end

    def _read_other(self, character: str, start: int, end: int) -> int:
        if character in SPACE:  # in front of the end
            return end
        if character in SIGNS:
            return self._read_sign(character, start, end)
        decomposed = unicodedata.normalize("NFD", character)
        if decomposed[:1].isascii() and decomposed[1:] in COMBINING:
            return self._add_name(decomposed[0] + COMBINING[decomposed[1]], start, end)
        raise _stray(character, start)

    # Errors of names

    def _argument(self, end: int) -> str:
        """The argument that follows a function, for a hint: "(x)", or "(…)" if it is long."""
        following = self.text[end : end + SHOWN]
        if not following.startswith("("):
            word = IDENTIFIER.match(following.lstrip())
            return f"({word[0]})" if word else "(…)"
        depth = 0
        for position, character in enumerate(following, 1):
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return following[:position]
        return "(…)"

    def _unclear(self, word: str, start: int, product: str) -> UnclearName:
        message, hint = (
            f"'{clip(word)}' could be a product or a name",
            f"for a product write {product}",
        )
        return UnclearName(message, span=(start, start + len(word)), hint=hint)

    def _refuse_unclear(self, word: str, start: int, end: int) -> None:
        """Raise the error for a word that more likely means something else than a name."""
        span = (start, end)
        called = self.text.startswith("(", end)
        called = called and (bool(self.tokens) or not DEFINES.match(self.text, end))
        for known in BY_LENGTH:
            before = word.removesuffix(known)
            merged = called or (len(before) == 1 and known in ONE_ARGUMENT)
            if merged and word == before + known:
                hint = f"for a product write {clip(before)}*{known}{self._argument(end)}"
                message = f"'{clip(word)}' is not a known function"
                raise UnknownFunction(message, span=span, hint=hint)
        if called or word.lower() in FUNCTIONS:
            product = f"for a product write {clip(word)}*{self._argument(end)}"
            hint = _nearest(word, FUNCTIONS) or product
            raise UnknownFunction(f"unknown function '{clip(word)}'", span=span, hint=hint)
        distinct = len(set(word)) == len(word)
        if len(word) == 2 or (distinct and OFTEN_FACTORS.issuperset(word)):
            raise self._unclear(word, start, "*".join(word))
        if word[:-1] in GREEK and word[-1] in "rtuvwxyz":
            raise self._unclear(word, start, f"{word[:-1]}*{word[-1]}")
        if word[:-1] in ONE_ARGUMENT and word[-1] in "tuvwxyz":
            hint = f"for the function write {word[:-1]}({word[-1]})"
            raise UnclearName(f"'{word}' could be a function or a name", span=span, hint=hint)


READERS: dict[int, Callable[[_Lexer, str, int, int], int]] = {
    index: getattr(_Lexer, f"_read_{name}") for name, index in TOKEN.groupindex.items()
}


def _stray(character: str, start: int) -> UnexpectedCharacter:
    """The error for a character that belongs to no expression."""
    name = UNNAMED.get(unicodedata.category(character)) or unicodedata.name(character, "unknown")
    shown = f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"
    described = shown if character.isascii() and character.isprintable() else f"{shown} ({name})"
    hint = HINTS.get(character)
    message = f"{described} has no place in an expression"
    if latin := LOOKALIKES.get(character):
        message = f"{described} looks like {latin}, but is another letter"
        hint = f"write the Latin letter {latin}"
    return UnexpectedCharacter(message, span=(start, start + 1), hint=hint)
