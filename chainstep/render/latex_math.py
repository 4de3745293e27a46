"""Written mathematics as LaTeX, in the dialect that every markdown renderer shows.

No backslash before punctuation, none of `*`, `<`, `|`, and no underscore that markdown could
take for emphasis: GitHub, Jupyter, Obsidian, VS Code, pandoc and KaTeX agree on the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from chainstep.render.names import GREEK, LATEX_OF
from chainstep.render.written import (
    DOT,
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

RELATIONS = {
    "=": "=", "!=": r"\neq", "<": r"\lt", ">": r"\gt", "<=": r"\le", ">=": r"\ge",
    "≈": r"\approx",
}  # fmt: skip
TALL = (r"\frac", r"\begin")


def latex(written: Written) -> str:
    """The LaTeX of written mathematics.

    >>> latex(Fraction(Number("1"), Name("u12", "u", "", "12")))
    '\\\\frac{1}{u_{12}}'
    """
    return _PRINTERS[type(written)](written)


def _number(number: Number) -> str:
    return number.digits


@lru_cache(maxsize=1000)
def _name(name: Name) -> str:
    letter = _letters(name.letter)
    if name.accent:
        letter = f"\\{name.accent}{{{letter}}}"
    if not name.subscript:
        return letter
    return f"{letter}_{_script(_subscript(name.subscript))}"


def _letters(letters: str) -> str:
    if letters in LATEX_OF:
        return LATEX_OF[letters]
    if not letters.isascii():
        return rf"\text{{{letters}}}"
    return letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"


def _subscript(subscript: str) -> str:
    if subscript.isdecimal():
        return subscript
    return ", ".join(_index(part) for part in subscript.split("_") if part)


def _index(part: str) -> str:
    """One index: the letters of w_{ij} are indices of their own, x_max has a word."""
    part = GREEK.get(part, part)
    return part if len(part) <= 2 and part.isascii() else _letters(part)


def _script(inner: str) -> str:
    """The argument of _ or ^: bare if it is a single digit."""
    return inner if len(inner) == 1 and inner.isdecimal() else f"{{{inner}}}"


def _derivative(symbol: Derivative) -> str:
    d = r"\partial " if symbol.partial else "d"
    fraction = rf"\frac{{{d}{_name(symbol.of)}}}{{{d}{_name(symbol.wrt)}}}"
    return rf"\left({fraction}\right) _ {symbol.slot}" if symbol.slot else fraction


def _negative(negative: Negative) -> str:
    return f"-{latex(negative.operand)}"


def _sum(total: Sum) -> str:
    parts = [(" - " if minus else " + ") + latex(term) for minus, term in total.terms]
    parts[0] = parts[0][3:] if not total.terms[0][0] else f"-{parts[0][3:]}"
    return "".join(parts)


def _product(product: Product) -> str:
    parts = [latex(product.factors[0])]
    for joint, factor in zip(product.joints, product.factors[1:], strict=True):
        parts.append(r" \cdot " if joint is DOT else " ")
        parts.append(latex(factor))
    return "".join(parts)


def _fraction(fraction: Fraction) -> str:
    return rf"\frac{{{latex(fraction.top)}}}{{{latex(fraction.bottom)}}}"


def _power(power: Power) -> str:
    return f"{latex(power.base)}^{_script(_exponent(power.exponent))}"


def _exponent(exponent: Written) -> str:
    """An exponent; a fraction of numbers is written 3/2."""
    if isinstance(exponent, Fraction):
        top, bottom = exponent.top, exponent.bottom
        if isinstance(top, Number) and isinstance(bottom, Number):
            return f"{top.digits}/{bottom.digits}"
    return latex(exponent)


def _root(root: Root) -> str:
    degree = f"[{latex(root.degree)}]" if root.degree else ""
    return rf"\sqrt{degree}{{{latex(root.radicand)}}}"


def _call(call: Call) -> str:
    index = f"_{{{latex(call.base)}}}" if call.base else ""
    order = f"^{{({latex(call.order)})}}" if call.order else ""
    exponent = f"^{_script(_exponent(call.exponent))}" if call.exponent else ""
    arguments = _surrounded("(", ", ".join(map(latex, call.arguments)), ")")
    return f"{call.function.latex}{index}{order}{exponent}{arguments}"


def _bars(bars: Bars) -> str:
    return _surrounded(r"\lvert ", latex(bars.inner), r" \rvert")


def _brackets(brackets: Brackets) -> str:
    return _surrounded("(", latex(brackets.inner), ")")


def _surrounded(opening: str, inner: str, closing: str) -> str:
    if any(command in inner for command in TALL):
        return rf"\left{opening}{inner}\right{closing.strip()}"
    return f"{opening}{inner}{closing}"


def _cases(cases: Cases) -> str:
    rows = r" \cr ".join(f"{latex(value)} & {_when(condition)}" for value, condition in cases.rows)
    return rf"\begin{{cases}} {rows} \end{{cases}}"


def _grid(grid: Grid) -> str:
    rows = r" \cr ".join(" & ".join(map(latex, row)) for row in grid.rows)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def words(text: str) -> str:
    r"""Words beside a formula; the sign in 2×3 is mathematics.

    >>> words("2×3")
    '\\text{2} \\times \\text{3}'
    """
    return rf"\text{{{text}}}".replace("×", r"} \times \text{")


def listed(grid: Grid) -> list[str]:
    """The entries of a matrix of one row as a list that may be broken between them."""
    entries = [f"{latex(entry)}," for entry in grid.rows[0]]
    entries[0] = rf"\lbrack {entries[0]}"
    return [*entries[:-1], rf"{entries[-1].removesuffix(',')} \rbrack"]


def _when(condition: Written | None) -> str:
    return rf"\text{{if }} {latex(condition)}" if condition else r"\text{otherwise}"


def _relation(relation: Relation) -> str:
    return f"{latex(relation.left)} {RELATIONS[relation.sign]} {latex(relation.right)}"


def _conditions(joined: Joined) -> str:
    return rf" \text{{ {joined.word} }} ".join(map(latex, joined.parts))


# --- Vectors and matrices -----------------------------------------------------------------

BETWEEN = {"": " ", "·": r" \cdot ", "⊗": r" \otimes ", "⊘": r" \oslash "}


def _between(between: Between) -> str:
    return BETWEEN[between.sign].join(map(latex, between.factors))


def _summation(summation: Summation) -> str:
    index, last, body = map(latex, (summation.running, summation.last, summation.body))
    return rf"\sum_{{{index} = 1}}^{{{last}}} {body}"


def _indexed(indexed: Indexed) -> str:
    return rf"\left({latex(indexed.entry)}\right) _ {{{latex(indexed.running)}}}"


def _sizes(sizes: Sizes) -> str:
    return " ".join(rf"({latex(rows)} \times {latex(columns)})" for rows, columns in sizes.pairs)


def _beside(beside: Beside) -> str:
    return rf"{latex(beside.formula)} \quad {latex(beside.remark)}"


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
    Joined: _conditions,
    Between: _between,
    Transposed: lambda transposed: f"{latex(transposed.inner)}^T",
    Arrow: lambda arrow: rf"\vec{{{latex(arrow.number)}}}",
    Unit: lambda unit: "I",
    Summation: _summation,
    Indexed: _indexed,
    Double: lambda norm: _surrounded(r"\lVert ", latex(norm.inner), r" \rVert"),
    Sizes: _sizes,
    Beside: _beside,
}
