"""How vectors and matrices are written: which sign stands between them, and what in brackets."""

from __future__ import annotations

from collections.abc import Callable

from sympy.core.basic import Basic

from chainstep.arrays import (
    Diagonal,
    Dot,
    Element,
    Elementwise,
    Entries,
    Identity,
    IndexedSum,
    MatrixProduct,
    Norm,
    Ones,
    Over,
    Quantity,
    Sized,
    Sizes,
    Total,
    Transpose,
    Zeros,
)
from chainstep.render.joining import operand
from chainstep.render.names import name_of
from chainstep.render.written import (
    Arrow,
    Beside,
    Between,
    Brackets,
    Call,
    Double,
    Fraction,
    Function,
    Indexed,
    Name,
    Negative,
    Number,
    Sum,
    Summation,
    Transposed,
    Unit,
    Written,
)
from chainstep.render.written import Sizes as WrittenSizes

Write = Callable[[Basic], Written]
DIAGONAL = Function(r"\mathrm{diag}", "diag", "diag")
TOTAL = Function(r"\mathrm{sum}", "sum", "sum")


def _write_quantity(expr: Basic, write: Write) -> Name:
    return name_of(expr.name)  # type: ignore[attr-defined]


def _write_element(expr: Basic, write: Write) -> Name:
    """x_i, and u_1i for an intermediate with a number."""
    array = name_of(expr.array.name)  # type: ignore[attr-defined]
    indexes = "".join(index.name for index in expr.indexes)  # type: ignore[attr-defined]
    return array._replace(plain=expr.name, subscript=array.subscript + indexes)  # type: ignore[attr-defined]


def _between(sign: str) -> Callable[[Basic, Write], Written]:
    def writer(expr: Basic, write: Write) -> Written:
        first, *others = map(write, expr.args)
        if isinstance(first, Negative):
            first = first.operand
            return Negative(Between(sign, _factors([first, *others], sign)))
        return Between(sign, _factors([first, *others], sign))

    return writer


def _factors(factors: list[Written], sign: str) -> tuple[Written, ...]:
    """Factors, in brackets where one could be read with its neighbour."""
    last = len(factors) - 1
    return tuple(
        written
        if i == last and not sign and isinstance(written, Summation)
        else _apart(written, sign)
        for i, written in enumerate(factors)
    )


def _apart(written: Written, sign: str) -> Written:
    endless = isinstance(written, Summation | Between) or (sign and isinstance(written, Fraction))
    return Brackets(written) if endless else operand(written)


def _write_transpose(expr: Basic, write: Write) -> Transposed:
    inner = write(expr.args[0])
    return Transposed(inner if isinstance(inner, Name | Arrow | Indexed) else Brackets(inner))


def _write_diagonal(expr: Basic, write: Write) -> Call:
    return Call(DIAGONAL, (write(expr.args[0]),))


def _write_zeros(expr: Basic, write: Write) -> Written:
    """A column of zeros with an arrow, a matrix of zeros as 0."""
    if len(expr.args) == 1:
        return Arrow(Number("0"), (write(expr.args[0]),))
    return Name(f"zeros({', '.join(map(str, expr.args))})", "0")


def _write_entries(expr: Basic, write: Write) -> Indexed:
    return Indexed(write(expr.args[0]), name_of(str(expr.args[1])))


def _write_sum(expr: Basic, write: Write) -> Summation:
    body, index, last = expr.args
    written = write(body)
    inner = Brackets(written) if isinstance(written, Sum | Negative) else written
    return Summation(inner, name_of(str(index)), write(last))


def _write_sizes(expr: Basic, write: Write) -> WrittenSizes:
    sides = list(map(write, expr.args))
    return WrittenSizes(tuple(zip(sides[::2], sides[1::2], strict=True)))


WRITERS: dict[type, Callable[..., Written]] = {
    Quantity: _write_quantity,
    Element: _write_element,
    Dot: _between("·"),
    Elementwise: _between("⊗"),
    Over: _between("⊘"),
    MatrixProduct: _between(""),
    Transpose: _write_transpose,
    Diagonal: _write_diagonal,
    Entries: _write_entries,
    Identity: lambda expr, write: Unit(write(expr.args[0])),
    Ones: lambda expr, write: Arrow(Number("1"), tuple(map(write, expr.args))),
    Zeros: _write_zeros,
    Total: lambda expr, write: Call(TOTAL, (write(expr.args[0]),)),
    Norm: lambda expr, write: Double(write(expr.args[0])),
    IndexedSum: _write_sum,
    Sizes: _write_sizes,
    Sized: lambda expr, write: Beside(write(expr.args[0]), write(expr.args[1])),
}
