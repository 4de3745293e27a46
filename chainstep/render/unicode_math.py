"""Written mathematics on one line: 6x²·cos(x³)/sin(x³)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from chainstep.render.written import (
    CHAIN,
    TIGHT,
    Arrow,
    Bars,
    Beside,
    Between,
    Brackets,
    Call,
    Cases,
    Derivative,
    Double,
    Fraction,
    Grid,
    Indexed,
    Joined,
    Name,
    Negative,
    Number,
    Power,
    Product,
    Relation,
    Root,
    Sizes,
    Sum,
    Summation,
    Transposed,
    Unit,
    Written,
)

RAISED = str.maketrans("0123456789()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾ⁿ")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
RELATIONS = {"=": "=", "!=": "≠", "<": "<", ">": ">", "<=": "≤", ">=": "≥", "≈": "≈"}
ROOTS = {"3": "∛", "4": "∜"}


def one_line(written: Written) -> str:
    """Written mathematics as one line of text.

    >>> one_line(Fraction(Number("1"), Power(Name("u2", "u", "", "2"), Number("2"))))
    '1/u₂²'
    """
    return _PRINTERS[type(written)](written)


def _number(number: Number) -> str:
    return number.digits


def _name(name: Name) -> str:
    letter = name.letter
    if name.accent:
        letter = unicodedata.normalize("NFC", letter + ACCENTS[name.accent])
    if name.subscript.isdecimal():
        return letter + name.subscript.translate(LOWERED)
    return f"{letter}_{name.subscript}" if name.subscript else letter


def numerator(symbol: Derivative) -> str:
    """The upper half of a derivative symbol: du₂."""
    return ("∂" if symbol.partial else "d") + _name(symbol.of)


def denominator(symbol: Derivative) -> str:
    """The lower half: dx."""
    return ("∂" if symbol.partial else "d") + _name(symbol.wrt)


def lowered(number: int) -> str:
    """A number as a subscript."""
    return str(number).translate(LOWERED)


def _derivative(symbol: Derivative) -> str:
    fraction = f"{numerator(symbol)}/{denominator(symbol)}"
    return f"({fraction}){lowered(symbol.slot)}" if symbol.slot else fraction


def _negative(negative: Negative) -> str:
    return f"−{one_line(negative.operand)}"


def _sum(total: Sum) -> str:
    parts = [(" − " if minus else " + ") + one_line(term) for minus, term in total.terms]
    parts[0] = parts[0][3:] if not total.terms[0][0] else f"−{parts[0][3:]}"
    return "".join(parts)


def _product(product: Product) -> str:
    parts = [_factor(product.factors[0])]
    for joint, factor in zip(product.joints, product.factors[1:], strict=True):
        parts.append(dot(joint))
        parts.append(_factor(factor))
    return "".join(parts)


def dot(joint: str) -> str:
    """What stands between two factors on a line."""
    if joint is CHAIN:
        return " · "
    return "" if joint is TIGHT else "·"


def _factor(factor: Written) -> str:
    text = one_line(factor)
    return f"({text})" if type(factor) is Fraction else text


def _fraction(fraction: Fraction) -> str:
    top, bottom = one_line(fraction.top), one_line(fraction.bottom)
    if type(fraction.top) in (Sum, Negative, Fraction, Cases):
        top = f"({top})"
    if type(fraction.bottom) not in _UNDIVIDED:
        bottom = f"({bottom})"
    return f"{top}/{bottom}"


def _power(power: Power) -> str:
    return one_line(power.base) + exponent(power.exponent)


def exponent(written: Written) -> str:
    """An exponent behind its base: ², ^x or ^(−x)."""
    text = one_line(written)
    if type(written) is Number and text.isdecimal():
        return text.translate(RAISED)
    return f"^{text}" if type(written) in (Name, Number) else f"^({text})"


def _root(root: Root) -> str:
    radicand, degree = one_line(root.radicand), one_line(root.degree) if root.degree else ""
    if degree and not degree.isdecimal():
        return f"root({radicand}, {degree})"
    sign = ROOTS.get(degree, degree.translate(RAISED) + "√")
    return sign + (radicand if is_short(root.radicand) else f"({radicand})")


def is_short(radicand: Written) -> bool:
    """Whether a root sign needs no brackets behind it."""
    return type(radicand) is Number or (type(radicand) is Name and not radicand.is_word)


def function_name(call: Call) -> str:
    """The name of a function with everything that stands before its arguments: sin², log₂."""
    name = call.function.text
    if call.base:
        name += _index(call.base)
    if call.order:
        order = f"({one_line(call.order)})"
        name += order.translate(RAISED) if is_short(call.order) else f"^{order}"
    return name + (exponent(call.exponent) if call.exponent else "")


def _index(written: Written) -> str:
    text = one_line(written)
    if text.isdecimal():
        return text.translate(LOWERED)
    return f"_{text}" if type(written) is Name else f"_({text})"


def _call(call: Call) -> str:
    return f"{function_name(call)}({', '.join(map(one_line, call.arguments))})"


def _bars(bars: Bars) -> str:
    inner = one_line(bars.inner)
    return f"abs({inner})" if "|" in inner else f"|{inner}|"


def _brackets(brackets: Brackets) -> str:
    text = one_line(brackets.inner)
    return text if type(brackets.inner) is Cases else f"({text})"


def _cases(cases: Cases) -> str:
    rows = (f"{one_line(value)} {when(condition)}" for value, condition in cases.rows)
    return f"{{{', '.join(rows)}}}"


def when(condition: Written | None) -> str:
    """The condition of a case."""
    return f"if {one_line(condition)}" if condition else "otherwise"


def _grid(grid: Grid) -> str:
    if len(grid.rows) > 1 and len(grid.rows[0]) == 1:  # a column
        return f"[{'; '.join(one_line(row[0]) for row in grid.rows)}]"
    rows = [f"[{', '.join(map(one_line, row))}]" for row in grid.rows]
    return rows[0] if len(rows) == 1 else f"[{', '.join(rows)}]"


def _relation(relation: Relation) -> str:
    return f"{one_line(relation.left)} {RELATIONS[relation.sign]} {one_line(relation.right)}"


def _joined(joined: Joined) -> str:
    return f" {joined.word} ".join(map(one_line, joined.parts))


# --- Vectors and matrices -----------------------------------------------------------------

ARROW = "\N{COMBINING RIGHT ARROW ABOVE}"


def _between(between: Between) -> str:
    sign = f" {between.sign} " if between.sign else " "
    return sign.join(map(_factor, between.factors))


def _summation(summation: Summation) -> str:
    return f"{sigma(summation)} {one_line(summation.body)}"


def sigma(summation: Summation) -> str:
    """The sign of a sum with its limits: ∑ᵢ₌₁ⁿ."""
    index, last = one_line(summation.running), one_line(summation.last)
    below = index.translate(LOW_LETTERS)
    low = f"{below}₌₁" if below != index else f"_({index}=1)"
    above = last.translate(HIGH_LETTERS) if last.isalpha() else last.translate(RAISED)
    return f"∑{low}{above if above != last else f'^{last}'}"


LOW_LETTERS = str.maketrans("ijklprst", "ᵢⱼₖₗₚᵣₛₜ")
HIGH_LETTERS = str.maketrans("nmkNKMdp", "ⁿᵐᵏᴺᴷᴹᵈᵖ")


def _sizes(sizes: Sizes) -> str:
    return "".join(f"({one_line(rows)}×{one_line(columns)})" for rows, columns in sizes.pairs)


_UNDIVIDED = (Number, Name, Power, Root, Call, Bars, Brackets, Grid, Double, Indexed)
_PRINTERS: dict[type, Callable[..., str]] = {
    Number: _number,
    Name: _name,
    Derivative: _derivative,
    Negative: _negative,
    Sum: _sum,
    Product: _product,
    Fraction: _fraction,
    Power: _power,
    Root: _root,
    Call: _call,
    Bars: _bars,
    Brackets: _brackets,
    Cases: _cases,
    Grid: _grid,
    Relation: _relation,
    Joined: _joined,
    Between: _between,
    Transposed: lambda transposed: f"{one_line(transposed.inner)}ᵀ",
    Arrow: lambda arrow: one_line(arrow.number) + ARROW,
    Unit: lambda unit: "I",
    Summation: _summation,
    Indexed: lambda indexed: f"({one_line(indexed.entry)})_{one_line(indexed.running)}",
    Double: lambda norm: f"‖{one_line(norm.inner)}‖",
    Sizes: _sizes,
    Beside: lambda beside: f"{one_line(beside.formula)}   {one_line(beside.remark)}",
}
