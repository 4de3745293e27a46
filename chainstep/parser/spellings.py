"""The characters, commands and names that an expression may contain, and what they mean."""

from __future__ import annotations

import unicodedata
from typing import Any

from chainstep.operations import BY_ID, OPERATIONS
from chainstep.parser.meanings import MEANINGS

SPACE = " \t\r\n~"

# --- Signs: the kind of token of every spelling, and its value ----------------------------

_SAME = {
    "-": "- − – — ‐ ‑",
    "*": r"* .* · • × ∙ ⋅ ∗ \cdot \times \ast",
    "/": r"/ ./ ÷ ∕ ⁄ \div",
    "⊗": r"⊗ ⊙ \otimes \odot",
    "⊘": r"⊘ \oslash",
    "^": "^ ** .^",
    "!": "!",
    "°": r"° \degree",
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
    "space": r"\quad \qquad \displaystyle \textstyle \scriptstyle \limits \left \right",
}
_RELATIONS = {
    "<": r"< \lt",
    ">": r"> \gt",
    "<=": r"<= ≤ ⩽ \le \leq \leqslant",
    ">=": r">= ≥ ⩾ \ge \geq \geqslant",
    "==": "==",
    "!=": r"!= ≠ \ne \neq",
}
_DEFINES = r":= ≔ \coloneqq &= =&"  # in a definition, and in lines that are aligned
CALLING = frozenset({"(", "["})  # brackets around the argument of a function; "{" only groups
CLOSES = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", r"\begin": r"\end"}
INVISIBLE = "\u2061\u2062\u200b\ufeff"  # signs of application and of a product, and spaces
SIGNS: dict[str, tuple[str, Any]] = {"∛": ("√", 3), "∜": ("√", 4)}
SIGNS |= dict.fromkeys(INVISIBLE, ("space", ""))
SIGNS |= {sign: (kind, sign) for kind, all in _SAME.items() for sign in all.split()}
SIGNS |= {sign: ("relation", kind) for kind, all in _RELATIONS.items() for sign in all.split()}
SIGNS |= dict.fromkeys(_DEFINES.split(), ("=", "="))
SIGNS |= {bracket: ("open", bracket) for bracket in CLOSES}
SIGNS |= {bracket: ("close", bracket) for bracket in CLOSES.values()}
SIGNS |= {r"\lbrace": SIGNS[r"\{"], r"\rbrace": SIGNS[r"\}"]}
SIGNS |= {r"\lbrack": SIGNS["["], r"\rbrack": SIGNS["]"]}

# Brackets that round: their tokens have a kind of their own, for they do not group.
ROUNDED = {"⌊": "floor", "⌈": "ceiling"}
CLOSES |= {"⌊": "⌋", "⌈": "⌉"}
SIGNS |= dict.fromkeys(("⌊", r"\lfloor"), ("rounded", "⌊"))
SIGNS |= dict.fromkeys(("⌈", r"\lceil"), ("rounded", "⌈"))
SIGNS |= dict.fromkeys(("⌋", r"\rfloor"), ("close", "⌋"))
SIGNS |= dict.fromkeys(("⌉", r"\rceil"), ("close", "⌉"))

# --- Names --------------------------------------------------------------------------------

_FIRST_LETTERS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron"
_LAST_LETTERS = "pi rho sigma sigma tau upsilon phi chi psi omega"  # the first sigma is ς
_LETTERS = f"{_FIRST_LETTERS} {_LAST_LETTERS}".split()
GREEK_LETTERS = {chr(ord("α") + i): name for i, name in enumerate(_LETTERS)}
GREEK_LETTERS |= {c.upper(): name.capitalize() for c, name in GREEK_LETTERS.items()}
GREEK = frozenset(GREEK_LETTERS.values())
CONSTANTS = frozenset({"e", "pi"})
ACCENTS = {"hat": "hat", "bar": "bar", "tilde": "tilde", "dot": "dot"}
ACCENTS |= {"widehat": "hat", "overline": "bar", "widetilde": "tilde"}
COMBINING = {"\u0302": "hat", "\u0304": "bar", "\u0303": "tilde", "\u0307": "dot"}
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁱⁿˣʸᵗᵏᵐᵃᵇ", "0123456789+-()inxytkmab", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₘₙₐₑₜₓ", "0123456789ijkmnaetx", strict=True))
ASIDES = frozenset({"", "if", "for", "when", "where"})  # words in a formula that say nothing

# --- Functions ----------------------------------------------------------------------------

FUNCTIONS = frozenset(spelling for row in OPERATIONS for spelling in row.spellings)
FUNCTIONS |= {"sqrt", "cbrt", "log", "log2", "log10", "lg", *MEANINGS}
# Functions only in front of a bracket: words that are as good a name.
LETTERS_TOO = frozenset(
    {"gamma", "Gamma", "psi", "beta", "Beta", "step", "floor", "ceil", "round", *MEANINGS}
    | {*BY_ID["piecewise"].spellings} - {"piecewise", "Piecewise"}
)
NAMES_TOO = frozenset({"sh", "ch", "th", "tg", "lg", "ctg", "cth", "arch"})  # without argument
IN_CAPITALS = {"log": "ln"}  # Log[b, x] has its arguments the other way round
DOUBTFUL = {"sigma": "sigmoid"}  # letters that in front of a bracket are often a function
LETTER_FUNCTIONS = frozenset({"Gamma", "psi"})  # as single letters as well: Γ(x), but not γ(x)


def canonical(written: str) -> str:
    """The one name for all spellings: digits merge into the name, x_1 and x_{1} are x1.

    >>> canonical("x_{12}"), canonical("w_i"), canonical("x1_2")
    ('x12', 'w_i', 'x1_2')
    """
    base, _, subscript = written.replace("{", "").replace("}", "").partition("_")
    merges = subscript.isdigit() and not base[-1:].isdigit()
    return base + subscript if merges or not subscript else f"{base}_{subscript}"


def folded(text: str) -> str:
    """Styled letters, digits and signs (𝑥, ｘ, no-break space) as plain ones, one for one."""
    known = SIGNS.keys() | GREEK_LETTERS.keys() | SUPERSCRIPTS.keys() | SUBSCRIPTS.keys()
    table = {}
    for character in set(text) - known:
        plain = unicodedata.normalize("NFKC", character)
        if len(plain) == 1 and (plain.isascii() or plain in GREEK_LETTERS):
            table[ord(character)] = plain
    return text.translate(table)
