"""The numbers at a point as lines of a table, which each format lays out in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sympy import Float
from sympy.core.basic import Basic

from chainstep.derivation import Derivation, Numbers, Row
from chainstep.render.numerals import decimal_of
from chainstep.render.prose import NUMBERS, Notation, listed
from chainstep.render.writing import write
from chainstep.render.written import DOT, Negative, Number, Power, Product, Written

MOST_IN_TITLE = 4  # values of a point that stand in the title; more have lines of their own
TEN = Number("10")

Show = Callable[[Written], str]


@dataclass(frozen=True)
class Line:
    """quantity = formula = exact ≈ decimal; what would only repeat its neighbour is None.

    `sign` stands before the decimal: = where that is the value itself, else ≈.
    """

    quantity: Written
    formula: Written | None
    exact: Written | None
    sign: str
    decimal: Written | None

    def value(self, show: Show, signs: Mapping[str, str]) -> str:
        """The value as a format shows it: 1/3 ≈ 0.333333."""
        shown = [show(self.exact)] if self.exact else []
        if self.decimal:
            shown += [signs[self.sign], show(self.decimal)]
        return " ".join(shown)

    def related(self, show: Show, signs: Mapping[str, str]) -> str:
        """The value with the sign before it: = 1/3 ≈ 0.333333."""
        return f"= {self.value(show, signs)}" if self.exact else self.value(show, signs)

    def equality(self, show: Show, signs: Mapping[str, str]) -> str:
        """The quantity and its value, exact if possible: b = 1/3."""
        value = f"= {show(self.exact)}" if self.exact else self.value(show, signs)
        return f"{show(self.quantity)} {value}"


def parts(derivation: Derivation, numbers: Numbers) -> list[tuple[str, list[Line]]]:
    """The parts of the table, each with its heading, in the order of the pass."""
    found = {"point": numbers.point, "up": numbers.up, "down": numbers.down}
    if len(numbers.point) <= MOST_IN_TITLE:
        del found["point"]
    return [
        (NUMBERS[id], [_line(row, derivation.decimals) for row in rows])
        for id, rows in found.items()
        if rows
    ]


def title(
    derivation: Derivation, numbers: Numbers, math: Notation, show: Show, signs: Mapping[str, str]
) -> str:
    """What stands over the table: Numbers at x = 1."""
    if not 0 < len(numbers.point) <= MOST_IN_TITLE:
        return NUMBERS["title-of-many"]
    given = [_line(row, derivation.decimals) for row in numbers.point]
    texts = [f"{math.delimiter}{line.equality(show, signs)}{math.delimiter}" for line in given]
    return NUMBERS["title"].format(point=listed(texts))


def _line(row: Row, decimals: bool) -> Line:
    exact = None if isinstance(row.value, Float) else write(row.value, decimals)
    decimal = number(row.decimal) if row.decimal and not _is_number(exact) else None
    formula = None if row.formula == row.value else write(row.formula, decimals)
    return Line(write(row.symbol, decimals), formula, exact, _sign(row), decimal)


def _is_number(written: Written | None) -> bool:
    """Whether the exact value is written with digits alone, so that no decimal is needed."""
    return type(written.operand if type(written) is Negative else written) is Number


def _sign(row: Row) -> str:
    value: Basic = row.value
    if not value.is_Rational:
        return "≈"
    exact = decimal_of(abs(value.p), value.q)  # type: ignore[attr-defined]
    digits = row.decimal.removeprefix("-")
    shown = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "=" if exact and exact.rstrip(".") == shown else "≈"


def number(decimal: str) -> Written:
    """A decimal as mathematics.

    >>> number("-0.25")
    Negative(operand=Number(digits='0.25'))
    """
    digits, _, exponent = decimal.removeprefix("-").partition("e")
    magnitude: Written = Number(digits)
    if exponent:
        raised = Number(exponent.lstrip("+-").lstrip("0") or "0")
        power = Power(TEN, Negative(raised) if exponent.startswith("-") else raised)
        magnitude = Product((magnitude, power), (DOT,))
    return Negative(magnitude) if decimal.startswith("-") else magnitude
