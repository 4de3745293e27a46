"""Written mathematics: the values between an expression and the formats that print it.

Brackets, signs, fraction bars, roots and the joints of products are decided once, in
`writing`; a format only prints these. `Brackets` stand where the two-dimensional notation
needs them; the one-line formats add those that a fraction bar or a raised exponent spares.
"""

from __future__ import annotations

from typing import NamedTuple

# How two neighbouring factors are joined: 2x; x sin(x), which has a dot in text; 3 · 2x with a
# dot everywhere; and the derivative symbols of a chain.
TIGHT, OPEN, DOT, CHAIN = "tight", "open", "dot", "chain"


class Number(NamedTuple):
    """A whole number or a decimal, without a sign."""

    digits: str


class Name(NamedTuple):
    """A name: one letter or a whole word, with an accent and a subscript."""

    plain: str
    letter: str
    accent: str = ""
    subscript: str = ""

    @property
    def is_word(self) -> bool:
        return len(self.letter) > 1


class Derivative(NamedTuple):
    """The name of a derivative; `slot` is 0 where there is no need to tell slots apart."""

    of: Name
    wrt: Name
    partial: bool
    slot: int


class Negative(NamedTuple):
    operand: Written


class Sum(NamedTuple):
    """Terms with their signs: True for minus."""

    terms: tuple[tuple[bool, Written], ...]


class Product(NamedTuple):
    """Factors, and the joint in front of each but the first."""

    factors: tuple[Written, ...]
    joints: tuple[str, ...]


class Fraction(NamedTuple):
    top: Written
    bottom: Written


class Power(NamedTuple):
    base: Written
    exponent: Written


class Root(NamedTuple):
    """A root; no degree for the square root."""

    radicand: Written
    degree: Written | None = None


class Function(NamedTuple):
    """The name of a function in LaTeX, in text and in chainstep's own syntax."""

    latex: str
    text: str
    plain: str
    squared_in_name: bool = False  # sin²(x), but ln(x)²


class Call(NamedTuple):
    """A function of its arguments: log_base(x), ψ^(order)(x), sin^exponent(x)."""

    function: Function
    arguments: tuple[Written, ...]
    exponent: Written | None = None
    base: Written | None = None
    order: Written | None = None


class Bars(NamedTuple):
    """An absolute value."""

    inner: Written


class Brackets(NamedTuple):
    inner: Written


class Cases(NamedTuple):
    """Values with the condition of each; None for "otherwise"."""

    rows: tuple[tuple[Written, Written | None], ...]


class Grid(NamedTuple):
    """A matrix, row by row."""

    rows: tuple[tuple[Written, ...], ...]


class Relation(NamedTuple):
    """Two sides and the sign between them: one of = != < > <= >=."""

    left: Written
    sign: str
    right: Written


class Joined(NamedTuple):
    """Conditions joined by a word: and, or."""

    word: str
    parts: tuple[Written, ...]


class Between(NamedTuple):
    """Vectors or matrices with a sign between them, none for the product of matrices: one of
    · ⊗ ⊘ and nothing."""

    sign: str
    factors: tuple[Written, ...]


class Transposed(NamedTuple):
    inner: Written


class Arrow(NamedTuple):
    """A column of so many equal numbers: 1 with an arrow."""

    number: Number
    lengths: tuple[Written, ...]


class Unit(NamedTuple):
    """The identity matrix."""

    length: Written


class Summation(NamedTuple):
    """A sum over an index from 1 on."""

    body: Written
    running: Name
    last: Written


class Indexed(NamedTuple):
    """The vector of which one entry is given."""

    entry: Written
    running: Name


class Double(NamedTuple):
    """The norm of a vector."""

    inner: Written


class Sizes(NamedTuple):
    """Rows and columns of matrices: (m×k)(k×n)."""

    pairs: tuple[tuple[Written, Written], ...]


class Beside(NamedTuple):
    """A formula and a remark behind it."""

    formula: Written
    remark: Written


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
    | Grid
    | Relation
    | Joined
    | Between
    | Transposed
    | Arrow
    | Unit
    | Summation
    | Indexed
    | Double
    | Sizes
    | Beside
)
