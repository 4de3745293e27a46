"""Text, plain or LaTeX, to tokens: the words, numbers and signs that stand in an expression.

All spellings of one thing become one token here (`*`, `·` and `\\cdot`; `x_1`, `x_{1}` and
`x₁`), so the parser knows a single language. Positions always count in the whole text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, NamedTuple

from chainstep.errors import LimitExceeded, UnclearName, UnexpectedCharacter, UnknownFunction
from chainstep.operations import OPERATIONS

DIGITS = 10_000  # of a number
DIGITS_HINT = f"numbers may have up to {DIGITS} digits"
DIGITS_AT_ONCE = 4_000  # that Python turns into a number without a complaint


class Token(NamedTuple):
    """A piece of the text: what it is, its canonical value, and where it stands."""

    kind: str
    value: Any
    start: int
    end: int


# --- Spellings ----------------------------------------------------------------------------

_LOWER = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "sigma sigma tau upsilon phi chi psi omega"  # twice sigma: ς stands between ρ and σ
).split()
GREEK_LETTERS = {chr(ord("α") + i): name for i, name in enumerate(_LOWER)}
GREEK_LETTERS |= {c.upper(): name.capitalize() for c, name in GREEK_LETTERS.items()}
GREEK = frozenset(GREEK_LETTERS.values())
CONSTANTS = frozenset({"e", "pi"})

FUNCTIONS = {spelling: row.id for row in OPERATIONS for spelling in row.spellings}
FUNCTIONS |= {name: name for name in ("sqrt", "cbrt", "log", "log2", "log10")}
FUNCTIONS |= {"lg": "log10"}
LETTERS_TOO = frozenset({"gamma", "Gamma", "psi"})  # functions only in front of a bracket
_PLAIN = {s for row in OPERATIONS if len(row.samples) == 1 for s in row.spellings} | {"sqrt", "log"}
MERGING = sorted((s for s in _PLAIN if len(s) > 2 or s == "ln"), key=len, reverse=True)

_SAME = {
    "+": "+",
    "-": "- − – — ‐ ﹣",
    "*": r"* · × ∙ ⋅ • ∗ \cdot \times \ast",
    "/": r"/ ÷ ∕ ⁄ \div",
    "^": "^ **",
    ",": ",",
    "=": "=",
    "|": r"| ∣ \vert \mid",
    "|(": r"\lvert",
    "|)": r"\rvert",
    "&": r"& ∧ \land \wedge",
    "row": r"\\",
    "or": r"∨ \lor \vee",
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
SIGNS = {spelling: (kind, kind) for kind, all in _SAME.items() for spelling in all.split()}
SIGNS |= {spelling: ("relation", kind) for kind, all in _RELATIONS.items() for spelling in all.split()}
SIGNS |= {bracket: ("open", bracket) for bracket in ("(", "[", "{", r"\{")}
SIGNS |= {bracket: ("close", bracket) for bracket in (")", "]", "}", r"\}")}
SIGNS |= {"∛": ("√", 3), "∜": ("√", 4), r"\ell": ("name", "l")}

WORDS = {"and": "and", "or": "or", "if": "space", "for": "space", "when": "space"}
WORDS |= dict.fromkeys(("True", "otherwise", "else"), "truth")
ACCENTS = {"hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "dot": "dot"}
COMBINING = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿˣʸᵗᵏᵐᵃᵇ", "0123456789+-()inxytkmab")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₘₙₐₑₜₓ", "0123456789ijkmnaetx")
_RAISED = "".join(map(chr, SUPERSCRIPTS))
_LOWERED = "".join(map(chr, SUBSCRIPTS))
LOOKALIKES = dict(zip("асеіјорѕухАВЕКМНОРСТХІЈЅ", "aceijopsyxABEKMHOPCTXIJS", strict=True))
HINTS = {
    "!": "the factorial of n is gamma(n + 1)",
    ";": "write one expression at a time",
    "'": "write the expression itself, without primes or quotes",
    ".": "for a product write *, and a decimal point between digits",
    "_": "a subscript follows a name, as in x_1 or w_{ij}",
    "%": "for per cent write /100",
}

TOKEN = re.compile(
    rf"""[ \t\r\n~]*(?:
    (?P<word>[A-Za-z][A-Za-z0-9]*)
  | (?P<wrong>[0-9]*\.[0-9]*\.[0-9.]*)
  | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
  | (?P<sign>\*\*|[<>=!]=|(?:,[ \t\r\n]*)?(?:&|\\\\)|\++|[-*/^()\[\]{{}}|,<>=_]|\\[{{}}])
  | (?P<frac>\\[dtc]?frac[ ]*[0-9][ ]*[0-9])
  | \\(?P<text>operatorname\*?|mathrm|mathit|mathsf|mathbf|text|textrm|mbox)[ ]*\{{(?P<inner>[^{{}}]*)\}}
  | \\(?P<accent>{"|".join(ACCENTS)})[ ]*(?:\{{[ ]*(?P<under>\\?[A-Za-z]+)[ ]*\}}|[ ](?P<next>[A-Za-z]))
  | (?P<cases>\\(?:begin|end)[ ]*\{{d?cases\}})
  | (?P<bar>\\(?:left|right)[ ]*\|)
  | (?P<skip>\\[ ,;:!]|\\(?:left\s*\\\{{(?=\s*\\begin)|(?:left|right)\s*\.|[bB]igg?[lrm]?(?![A-Za-z])))
  | (?P<command>\\[A-Za-z]+)
  | (?P<raised>[{_RAISED}]+)
  | (?P<greek>[{"".join(GREEK_LETTERS)}][0-9]*)
  | (?P<other>.))""",
    re.VERBOSE | re.DOTALL,
)
_NAMING = r"\\(?:mathrm|text|operatorname)[ ]*"
SUBSCRIPT = re.compile(
    rf"_(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})*)\}}|([0-9]+|[A-Za-z]+|\\[A-Za-z]+|{_NAMING}\{{[A-Za-z0-9]+\}}))"
    rf"|([{_LOWERED}]+)"
)
SUBSCRIPT_NOISE = re.compile(rf"{_NAMING}|[{{}}\\,\s]")
DIGITS_INSIDE = re.compile(r"([A-Za-z]+)([0-9]+)(.*)")
OPENS = re.compile(r"\s*(?:\\left\s*)?[(\[{]")
DEFINES = re.compile(r"\([\sA-Za-z0-9_,]*\)\s*=(?!=)")  # the rest of "loss(w) ="
SAFE_LETTERS = frozenset("abcknuvwxyzt")


def tokenize(text: str, start: int, end: int, names: Collection[str] = ()) -> list[Token]:
    """The tokens of text[start:end], closed by one of kind "end".

    >>> [token.value for token in tokenize("2x_{1}·sin", 0, 10)][:-1]
    [2, 'x1', '*', 'sine']
    """
    return _Lexer(text, names).read(start, end)


def canonical(base: str, subscript: str = "") -> str:
    """The one name for all spellings: digits merge into the name, x_1 is x1.

    >>> canonical("x", "12"), canonical("w", "i"), canonical("x1", "2")
    ('x12', 'w_i', 'x1_2')
    """
    if not subscript or subscript.isdigit() and not base[-1].isdigit():
        return base + subscript
    return f"{base}_{subscript}"


def exact_number(lexeme: str) -> int | Fraction | None:
    """The number as written, without rounding; None if it has too many digits."""
    digits, _, exponent = lexeme.lower().partition("e")
    whole, _, decimals = digits.partition(".")
    if len(digits) > DIGITS or len(exponent) > 9 or abs(int(exponent or 0)) > DIGITS:
        return None
    value = 0
    written = whole + decimals
    for first in range(0, len(written), DIGITS_AT_ONCE):
        part = written[first : first + DIGITS_AT_ONCE]
        value = value * 10 ** len(part) + int(part)
    shift = int(exponent or 0) - len(decimals)
    return value * 10**shift if shift >= 0 else Fraction(value, 10**-shift)


class _Lexer:
    def __init__(self, text: str, names: Collection[str]):
        self.text = text if text.isascii() else fold(text)
        self.names = {_plain_name(name) for name in names}
        self.tokens: list[Token] = []

    def read(self, start: int, end: int) -> list[Token]:
        position, text, match = start, self.text, TOKEN.match
        while found := match(text, position, end):
            kind = found.lastgroup or ""
            first, last = found.start(found.lastindex or 0), found.end()
            if kind == "sign":
                self._add_sign(found[kind], first, last)
                position = last
            else:
                position = getattr(self, f"_read_{kind}")(found, first, last) or last
        self._add("end", "", end, end)
        return self.tokens

    def _add(self, kind: str, value: Any, start: int, end: int) -> None:
        self.tokens.append(Token(kind, value, start, end))

    def _add_sign(self, sign: str, start: int, end: int) -> None:
        kind, value = SIGNS.get(sign) or SIGNS[sign.lstrip(", \t\r\n") or sign] if sign[0] != "+" else ("+", "+")
        self._add(kind, value, start, end)
