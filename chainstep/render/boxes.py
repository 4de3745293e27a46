"""Written mathematics in two dimensions: fractions stacked, as on a board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chainstep.columns import columns
from chainstep.render.unicode_math import (
    denominator,
    dot,
    exponent,
    function_name,
    lowered,
    numerator,
    one_line,
    sigma,
    when,
)
from chainstep.render.written import (
    CHAIN,
    TIGHT,
    Bars,
    Beside,
    Between,
    Brackets,
    Call,
    Cases,
    Derivative,
    Fraction,
    Grid,
    Indexed,
    Negative,
    Power,
    Product,
    Relation,
    Root,
    Sum,
    Summation,
    Transposed,
    Written,
)

SHORT = 24  # columns; a shorter function or root stays on its line: sin(1/x)
BETWEEN = 3  # columns between the entries of a matrix


@dataclass(frozen=True, slots=True)
class Box:
    """Lines of equal width; `baseline` is the line on which the neighbours stand."""

    lines: tuple[str, ...]
    baseline: int
    width: int

    @property
    def depth(self) -> int:
        """How many lines stand below the baseline."""
        return len(self.lines) - self.baseline - 1


def line(text: str) -> Box:
    """A box of one line."""
    return Box((text,), 0, columns(text))


def box(written: Written) -> Box:
    """Written mathematics as a stacked box.

    >>> from chainstep.render.written import Name, Number
    >>> print("\\n".join(box(Fraction(Number("1"), Name("x", "x"))).lines))
    1
    ─
    x
    """
    printer = _PRINTERS.get(type(written))
    return printer(written) if printer else line(one_line(written))


def beside(boxes: Sequence[Box]) -> Box:
    """Boxes in a row, on one baseline."""
    above = max(b.baseline for b in boxes)
    below = max(b.depth for b in boxes)
    if not above and not below:
        return Box(("".join(b.lines[0] for b in boxes),), 0, sum(b.width for b in boxes))
    rows = zip(*(_padded(b, above, below) for b in boxes), strict=True)
    return Box(tuple(map("".join, rows)), above, sum(b.width for b in boxes))


def _padded(b: Box, above: int, below: int) -> tuple[str, ...]:
    blank = (" " * b.width,)
    return blank * (above - b.baseline) + b.lines + blank * (below - b.depth)


def stacked(top: Box, bottom: Box) -> Box:
    """One box over another, with a bar between that is longer than the bars inside."""
    inner = max(top.width, bottom.width)
    width = inner + 2 if len(top.lines) > 1 or len(bottom.lines) > 1 else inner
    lines = (*_centred(top, width), "─" * width, *_centred(bottom, width))
    return Box(lines, len(top.lines), width)


def _centred(b: Box, width: int) -> list[str]:
    left = (width - b.width) // 2
    right = width - b.width - left
    return [" " * left + text + " " * right for text in b.lines]


def _fraction(fraction: Fraction) -> Box:
    return stacked(box(fraction.top), box(fraction.bottom))


def _derivative(symbol: Derivative) -> Box:
    top, bottom = numerator(symbol), denominator(symbol)
    width = max(columns(top), columns(bottom))
    stack = Box((_left(top, width), "─" * width, _left(bottom, width)), 1, width)
    if not symbol.slot:
        return stack
    return beside([_surrounded(stack, *ROUND), line(lowered(symbol.slot))])


def _left(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _negative(negative: Negative) -> Box:
    operand = box(negative.operand)
    return beside([line("−" if len(operand.lines) == 1 else "− "), operand])


def _sum(total: Sum) -> Box:
    parts = []
    for minus, term in total.terms:
        parts += [line(" − " if minus else " + "), box(term)]
    first_is_minus, first = total.terms[0]
    return beside([box(Negative(first) if first_is_minus else first), *parts[2:]])


def _product(product: Product) -> Box:
    boxes = [box(factor) for factor in product.factors]
    tall = any(len(b.lines) > 1 for b in boxes)
    parts = [boxes[0]]
    for joint, after in zip(product.joints, boxes[1:], strict=True):
        parts += [line(_gap(joint, tall)), after]
    return beside(parts)


def _gap(joint: str, tall: bool) -> str:
    if joint is CHAIN:
        return " "
    return " · " if tall and joint is not TIGHT else dot(joint)


def _power(power: Power) -> Box:
    return _raised(box(power.base), exponent(power.exponent))


def _raised(base: Box, text: str) -> Box:
    """A base with its exponent behind its uppermost line."""
    return beside([base, Box((text,), base.baseline, columns(text))])


def _root(root: Root) -> Box:
    text = one_line(root)
    radicand = box(root.radicand)
    if columns(text) <= SHORT or len(radicand.lines) == 1 or text.startswith("root"):
        return line(text)
    sign = text[: text.index("√") + 1] if "√" in text else text[0]
    return beside([line(sign), _surrounded(radicand, *ROUND)])


def _call(call: Call) -> Box:
    text = one_line(call)
    if columns(text) <= SHORT:
        return line(text)
    parts = []
    for argument in call.arguments:
        parts += [line(", "), box(argument)]
    return beside([line(function_name(call)), _surrounded(beside(parts[1:]), *ROUND)])


ROUND = ("(⎛⎜⎝", ")⎞⎟⎠")
UPRIGHT = ("|│││", "|│││")
SQUARE = ("[⎡⎢⎣", "]⎤⎥⎦")


def _bars(bars: Bars) -> Box:
    inner = box(bars.inner)
    return line(one_line(bars)) if len(inner.lines) == 1 else _surrounded(inner, *UPRIGHT)


def _brackets(brackets: Brackets) -> Box:
    return _surrounded(box(brackets.inner), *ROUND)


def _surrounded(inner: Box, opening: str, closing: str) -> Box:
    """A box in brackets: each is given as its short form, top, middle and bottom."""
    height = len(inner.lines)
    sides = [_bracket(height, signs) for signs in (opening, closing)]
    rows = zip(sides[0], inner.lines, sides[1], strict=True)
    return Box(tuple(map("".join, rows)), inner.baseline, inner.width + 2)


def _bracket(height: int, signs: str) -> str:
    short, top, middle, bottom = tuple(signs)
    return short if height == 1 else top + middle * (height - 2) + bottom


def _cases(cases: Cases) -> Box:
    values = [box(value) for value, _ in cases.rows]
    width = max(value.width for value in values)
    rows = []
    for value, (_, condition) in zip(values, cases.rows, strict=True):
        padding = " " * (width - value.width + 2)
        rows.append(beside([value, line(padding + when(condition))]))
    width = max(row.width for row in rows)
    lines = [text + " " * (width - row.width) for row in rows for text in row.lines]
    if len(lines) == 2:
        lines.insert(1, " " * width)
    brace = _brace(len(lines))
    merged = tuple(f"{side} {text}" for side, text in zip(brace, lines, strict=True))
    return Box(merged, len(lines) // 2, width + 2)


def _brace(height: int) -> str:
    if height == 1:
        return "{"
    half = height // 2
    return "⎧" + "⎪" * (half - 1) + "⎨" + "⎪" * (height - half - 2) + "⎩"


def _grid(grid: Grid) -> Box:
    """A matrix with its columns aligned; a row of short entries has commas instead."""
    rows = [[box(entry) for entry in row] for row in grid.rows]
    tall = [any(len(entry.lines) > 1 for entry in row) for row in rows]
    if len(rows) == 1 and not tall[0]:
        return line(one_line(grid))
    widths = [max(entry.width for entry in column) for column in zip(*rows, strict=True)]
    aligned = [_aligned(row, widths) for row in rows]
    if len(aligned) == 1:
        return _surrounded(aligned[0], *SQUARE)
    lines: list[str] = []
    for row in aligned:  # a blank line between tall rows
        lines += [" " * row.width] * (any(tall) and bool(lines))
        lines += row.lines
    return _surrounded(Box(tuple(lines), len(lines) // 2, aligned[0].width), *SQUARE)


def _aligned(row: list[Box], widths: list[int]) -> Box:
    """Boxes in a row, each in the middle of its column."""
    parts = []
    for entry, width in zip(row, widths, strict=True):
        lines = tuple(_centred(entry, width))
        parts += [line(" " * BETWEEN), Box(lines, entry.baseline, width)]
    return beside(parts[1:])


def _relation(relation: Relation) -> Box:
    return line(one_line(relation))


# --- Vectors and matrices -----------------------------------------------------------------


def _between(between: Between) -> Box:
    boxes = [box(factor) for factor in between.factors]
    sign = f" {between.sign} " if between.sign else " "
    parts = [boxes[0]]
    for after in boxes[1:]:
        parts += [line(sign), after]
    return beside(parts)


def _transposed(transposed: Transposed) -> Box:
    return _raised(box(transposed.inner), "ᵀ")


def _summation(summation: Summation) -> Box:
    return beside([line(f"{sigma(summation)} "), box(summation.body)])


def _indexed(indexed: Indexed) -> Box:
    inner = _surrounded(box(indexed.entry), *ROUND)
    return beside([inner, line(f"_{one_line(indexed.running)}")])


def _beside(both: Beside) -> Box:
    return beside([box(both.formula), line("   "), box(both.remark)])


_PRINTERS: dict[type, Callable[..., Box]] = {
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
    Between: _between,
    Transposed: _transposed,
    Summation: _summation,
    Indexed: _indexed,
    Beside: _beside,
}
