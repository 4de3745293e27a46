"""Written mathematics: the values between an expression and the formats that print it.

Brackets, signs, fraction bars, roots and the joints of products are decided once, in
`writing`; a format only prints these. `Brackets` stand where the two-dimensional notation
needs them; the one-line formats add those that a fraction bar or a raised exponent spares.
"""

from __future__ import annotations

from dataclasses import dataclass

# How two neighbouring factors are joined: 2x; x sin(x), which has a dot in text; 3 · 2x with a
# dot everywhere; and the derivative symbols of a chain.
TIGHT, OPEN, DOT, CHAIN = "tight", "open", "dot", "chain"


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number or a decimal, without a sign."""

    digits: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name: one letter or a whole word, with an accent and a subscript."""

    plain: str
    letter: str
    accent: str = ""
    subscript: str = ""

    @property
    def is_word(self) -> bool:
        return len(self.letter) > 1


@dataclass(frozen=True, slots=True)
class Derivative:
    """The name of a derivative; `slot` is 0 where there is no need to tell slots apart."""

    of: Name
    wrt: Name
    partial: bool
    slot: int


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Written


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms with their signs: True for minus."""

    terms: tuple[tuple[bool, Written], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors, and the joint in front of each but the first."""

    factors: tuple[Written, ...]
    joints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    top: Written
    bottom: Written


@dataclass(frozen=True, slots=True)
class Power:
    base: Written
    exponent: Written


@dataclass(frozen=True, slots=True)
class Root:
    """A root; no degree for the square root."""

    radicand: Written
    degree: Written | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """The name of a function in LaTeX, in text and in chainstep's own syntax."""

    latex: str
    text: str
    plain: str
    squared_in_name: bool = False  # sin²(x), but ln(x)²


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments: log_index(x), ψ^(order)(x), sin^exponent(x)."""

    function: Function
    arguments: tuple[Written, ...]
    exponent: Written | None = None
    index: Written | None = None
    order: Written | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """An absolute value."""

    inner: Written


@dataclass(frozen=True, slots=True)
class Brackets:
    inner: Written


@dataclass(frozen=True, slots=True)
class Cases:
    """Values with the condition of each; None for "otherwise"."""

    rows: tuple[tuple[Written, Written | None], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """Two sides and the sign between them: one of = != < > <= >=."""

    left: Written
    sign: str
    right: Written


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by a word: and, or."""

    word: str
    parts: tuple[Written, ...]


Written = (
    Number
    | Name
    | Derivative
    | Negative
    | Sum
    | Product
    | Fraction
    | Power
    | Root
    | Call
    | Bars
    | Brackets
    | Cases
    | Relation
    | Joined
)
