"""Written mathematics in chainstep's own syntax, which chainstep reads back."""

from __future__ import annotations

from collections.abc import Callable

from chainstep.render.written import (
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


def plain(written: Written) -> str:
    """Written mathematics as it is typed.

    >>> plain(Fraction(Number("1"), Power(Name("u2", "u", "", "2"), Number("2"))))
    '1/u2**2'
    """
    return _PRINTERS[type(written)](written)


def _number(number: Number) -> str:
    return number.digits


def _name(name: Name) -> str:
    return name.plain


def _derivative(symbol: Derivative) -> str:
    d = "∂" if symbol.partial else "d"
    slot = f"[{symbol.slot}]" if symbol.slot else ""
    return f"{d}({symbol.of.plain})/{d}({symbol.wrt.plain}){slot}"


def _negative(negative: Negative) -> str:
    return f"-{plain(negative.operand)}"


def _sum(total: Sum) -> str:
    parts = [(" - " if minus else " + ") + plain(term) for minus, term in total.terms]
    parts[0] = parts[0][3:] if not total.terms[0][0] else f"-{parts[0][3:]}"
    return "".join(parts)


def _product(product: Product) -> str:
    first, *others = product.factors
    return "*".join([plain(first), *map(_later_factor, others)])


def _later_factor(factor: Written) -> str:
    text = plain(factor)
    return f"({text})" if type(factor) is Fraction else text


def _fraction(fraction: Fraction) -> str:
    top, bottom = plain(fraction.top), plain(fraction.bottom)
    if type(fraction.top) in (Sum, Negative):
        top = f"({top})"
    if type(fraction.bottom) not in _UNDIVIDED:
        bottom = f"({bottom})"
    return f"{top}/{bottom}"


def _power(power: Power) -> str:
    exponent = plain(power.exponent)
    if type(power.base) is Name and power.base.plain == "e":
        return f"exp({exponent})"
    if type(power.exponent) not in (Number, Name, Call):
        exponent = f"({exponent})"
    return f"{plain(power.base)}**{exponent}"


def _root(root: Root) -> str:
    if root.degree is None:
        return f"sqrt({plain(root.radicand)})"
    return f"root({plain(root.radicand)}, {plain(root.degree)})"


def _call(call: Call) -> str:
    arguments = (call.order, *call.arguments, call.base)
    text = f"{call.function.plain}({', '.join(plain(a) for a in arguments if a is not None)})"
    if call.exponent is None:
        return text
    return f"{text}**{plain(call.exponent)}"


def _bars(bars: Bars) -> str:
    return f"abs({plain(bars.inner)})"


def _brackets(brackets: Brackets) -> str:
    text = plain(brackets.inner)
    return text if type(brackets.inner) is Cases else f"({text})"


def _cases(cases: Cases) -> str:
    rows = (f"({plain(value)}, {_when(condition)})" for value, condition in cases.rows)
    return f"piecewise({', '.join(rows)})"


def _when(condition: Written | None) -> str:
    return plain(condition) if condition else "True"


def _grid(grid: Grid) -> str:
    rows = (f"[{', '.join(map(plain, row))}]" for row in grid.rows)
    return f"[{', '.join(rows)}]"


def _relation(relation: Relation) -> str:
    sign = "==" if relation.sign == "=" else relation.sign
    return f"{plain(relation.left)} {sign} {plain(relation.right)}"


def _joined(joined: Joined) -> str:
    return f" {joined.word} ".join(map(plain, joined.parts))


# --- Vectors and matrices -----------------------------------------------------------------


def _between(between: Between) -> str:
    factors = list(map(_later_factor, between.factors))
    if between.sign == "·":
        return f"dot({', '.join(map(plain, between.factors))})"
    return {"⊗": "*", "⊘": "/", "": " @ "}[between.sign].join(factors)


def _sizes(sizes: Sizes) -> str:
    return "".join(f"({plain(rows)} x {plain(columns)})" for rows, columns in sizes.pairs)


def _arrow(arrow: Arrow) -> str:
    name = "ones" if arrow.number.digits == "1" else "zeros"
    return f"{name}({', '.join(map(plain, arrow.lengths))})"


def _summation(summation: Summation) -> str:
    return f"sum({', '.join(map(plain, summation))})"


_UNDIVIDED = (Number, Name, Power, Root, Call, Bars, Brackets, Cases, Grid)
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
    Transposed: lambda transposed: f"transpose({plain(transposed.inner)})",
    Arrow: _arrow,
    Unit: lambda unit: f"eye({plain(unit.length)})",
    Summation: _summation,
    Indexed: lambda indexed: f"vector({plain(indexed.entry)}, {plain(indexed.running)})",
    Double: lambda norm: f"norm2({plain(norm.inner)})",
    Sizes: _sizes,
    Beside: lambda beside: plain(beside.formula),
}
