"""Both passes through a graph as numbers: the values on the way up, and on the way down the
local derivatives and the adjoints.

All is one list of lines, each a symbol and a formula in earlier symbols. A value is exact
where it has a short exact form. Else it is computed with more and more digits, until the
digits that are kept no longer change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

from mpmath import mp, mpf
from sympy import Expr, Float, Pow, Symbol
from sympy.core.basic import Basic

from chainstep.at_point.exact import exact_value
from chainstep.derivation import LocalDerivative, Numbers, Row
from chainstep.errors import ChainstepError, FalseLine, LimitExceeded, OutsideDomain
from chainstep.graph import Graph
from chainstep.notation import ONE, DerivativeSymbol, add, mul, names_in, size
from chainstep.operations import BY_HEAD
from chainstep.tape import COMPUTE, LARGEST_ARGUMENT, NOTHING, Tape, evaluate, magnitude

SPARE = 20  # digits of a value beyond those that are shown
GUARD = 30  # digits to compute with beyond those
MOST_DIGITS = 1_000  # to compute with
EXACT_DIGITS = 45  # that an exact value may lose to rounding where it is checked
LARGEST = 2**63  # binary digits of a value
LARGEST_FIXED = 12  # from 10^12 on a number is written with a power of ten
SMALLEST_FIXED = -5  # and below 10^-5
LONGEST = 30  # symbols of a formula in a message
LISTED = 4  # names in a message
SHOWN = 6  # digits in a message
BITS_PER_DIGIT = 3.33
ZERO_VALUE = mpf(0)
REACH_HINT = "arguments of functions may go up to 10^19"

Line = tuple[Basic, Basic]  # a symbol and its formula


def numbers_at(
    graph: Graph,
    local_derivatives: Sequence[LocalDerivative],
    output: Symbol,
    point: Mapping[Symbol, Expr],
    digits: int,
) -> Numbers:
    """The value of every node, local derivative and adjoint at a point.

    `point` has a constant expression for every input and parameter, `digits` are those to be
    shown. Raises OutsideDomain where something has no real value, and LimitExceeded where a
    value is out of reach.
    """
    up = [*graph.constants, *((node.symbol, node.expression) for node in graph.nodes)]
    down = list(_down(graph, local_derivatives, output))
    lines = [*point.items(), *up, *down]
    values = _Values(lines, len(point)).found(digits + SPARE)
    rows = [_row(*line, value, digits) for line, value in zip(lines, values, strict=True)]
    last = len(point) + len(up)
    return Numbers(
        point=tuple(rows[: len(point)]),
        up=tuple(rows[len(point) : last]),
        down=tuple(rows[last:]),
        digits=digits,
    )


def _down(
    graph: Graph, local_derivatives: Sequence[LocalDerivative], output: Symbol
) -> Iterator[Line]:
    """For every node and input, from the output on, the local derivatives of the nodes that
    use it, and its adjoint: the sum over these nodes of adjoint times local derivative."""
    uses: dict[Symbol, list[LocalDerivative]] = {}
    for derivative in local_derivatives:
        uses.setdefault(derivative.edge.parent, []).append(derivative)
    top = graph.outputs[0] if graph.outputs else None
    for name in (*(node.symbol for node in reversed(graph.nodes)), *graph.inputs):
        adjoint = DerivativeSymbol(output, name)
        if name == top:
            if name in graph.inputs:
                yield adjoint, ONE
            continue
        terms = []
        for use in uses.get(name, ()):
            if use.symbol != adjoint:
                yield use.symbol, use.value
            child = use.edge.child
            above = DerivativeSymbol(output, child)
            terms.append(use.symbol if child == top else mul(above, use.symbol))
        if terms == [adjoint]:
            yield adjoint, uses[name][0].value
        else:
            yield adjoint, terms[0] if len(terms) == 1 else add(*terms)


# --- The values ---------------------------------------------------------------------------


class _Values:
    """The lines on a tape, with the exact value of those that have one."""

    def __init__(self, lines: Sequence[Line], given: int):
        self.lines = lines
        self.given = given  # how many of the lines are the point
        self.tape = Tape()
        self.cells: list[int] = []
        self.ends: list[int] = []  # of the instructions of each line
        self.exact: dict[Basic, Expr | None] = {}
        for symbol, formula in lines:
            self.cells.append(self.tape.name(symbol, formula))
            self.ends.append(len(self.tape.instructions))
            self.exact[symbol] = exact_value(formula, self.exact)
        self.exact_tape = Tape()
        exact = [value for value in self.exact.values() if value is not None]
        self.exact_cells = {value: self.exact_tape.cell(value) for value in exact}

    def found(self, kept: int) -> list[Expr]:
        """The value of every line: exact, or to so many digits."""
        needed = kept + GUARD
        needed += self._span(self._run(needed))
        digits = min(MOST_DIGITS, needed)
        before = self._run(digits)
        while True:
            finer = min(2 * digits, MOST_DIGITS)
            after = self._run(finer)
            doubtful = self._settled(before, after, kept, (digits, finer), needed)
            if not doubtful:
                break
            if finer == MOST_DIGITS:
                message = self._message(doubtful[0], after, "cannot be computed reliably")
                raise LimitExceeded(message)
            digits, before = finer, after
        exact = (self.exact[symbol] for symbol, _ in self.lines)
        return [
            _float(after[cell], kept) if value is None else value
            for cell, value in zip(self.cells, exact, strict=True)
        ]

    def _run(self, digits: int) -> list:
        """All cells, computed with so many digits; an exact value replaces the computed one."""
        with mp.workdps(digits):
            exact = self.exact_tape.blank()
            self.exact_tape.run(exact)
            cells = self.tape.blank()
            start = 0
            for (symbol, _), cell, end in zip(self.lines, self.cells, self.ends, strict=True):
                self.tape.run(cells, start, end)
                start = end
                known = self.exact[symbol]
                if known is not None and cells[cell] is not None:
                    value = exact[self.exact_cells[known]]
                    self._check(symbol, cells[cell], value, digits)
                    cells[cell] = value
        return cells

    def _check(self, symbol: Basic, computed: mpf, exact: mpf, digits: int) -> None:
        if abs(computed - exact) > mpf(10) ** (EXACT_DIGITS - digits) * max(1, abs(exact)):
            raise FalseLine(
                f"the exact value of {symbol} does not hold, so the numbers are not shown",
                hint="this is an error of chainstep itself: please report the expression",
            )

    def _span(self, cells: list) -> int:
        """How many digits lie between the largest value and the smallest."""
        sizes = [magnitude(cells[cell]) for cell in self.cells if cells[cell]]
        return int((max(sizes, default=0) - min(sizes, default=0)) / BITS_PER_DIGIT)

    def _settled(
        self, before: list, after: list, kept: int, steps: tuple[int, int], needed: int
    ) -> list[int]:
        """The lines whose digits still change. A value that only shrinks with every further
        digit is what rounding has left of 0."""
        doubtful = []
        for line, cell in enumerate(self.cells):
            first, second = before[cell], after[cell]
            if second is None and (first is None or steps[1] == MOST_DIGITS):
                raise self._failure(line, after)
            if first is None or second is None:
                doubtful.append(line)
            elif magnitude(second) > LARGEST or NOTHING != magnitude(second) < -LARGEST:
                raise LimitExceeded(self._message(line, after, "is out of reach"), hint=REACH_HINT)
            elif self.exact[self.lines[line][0]] is None and not _agree(
                first, second, kept, steps[1]
            ):
                if steps[0] >= needed and _vanishes(first, second, steps):
                    after[cell] = ZERO_VALUE
                else:
                    doubtful.append(line)
        return doubtful

    # What is said where there is no value

    def _failure(self, line: int, cells: list) -> ChainstepError:
        """The error for a line without a value: there is none, or it is out of reach."""
        start = self.ends[line - 1] if line else 0
        for target, compute, sources in self.tape.instructions[start : self.ends[line]]:
            arguments = [cells[source] for source in sources]
            if cells[target] is None and None not in arguments and _is_far(compute, arguments):
                return LimitExceeded(self._message(line, cells, "is out of reach"), hint=REACH_HINT)
        return OutsideDomain(self._message(line, cells, "has no real value"))

    def _message(self, line: int, cells: list, verdict: str) -> str:
        """u2 = ln(u1) has no real value at x = -1 (u1 = -1)."""
        symbol, formula = self.lines[line]
        given = dict(self.lines[: self.given])
        shown = f"{symbol} = {_written(formula)}" if size(formula) <= LONGEST else str(symbol)
        at = self._equations(list(given), cells)
        used = sorted(names_in(formula) - given.keys(), key=str)
        inside = f" ({self._equations(used, cells)})" if used else ""
        return f"{shown} {verdict} at {at}{inside}" if given else f"{shown} {verdict}{inside}"

    def _equations(self, names: Sequence[Basic], cells: list) -> str:
        shown = [f"{name} = {self._text(name, cells)}" for name in names[:LISTED]]
        return ", ".join(shown) + ", …" * (len(names) > LISTED)

    def _text(self, name: Basic, cells: list) -> str:
        exact = self.exact.get(name)
        if exact is not None:
            return str(exact)
        value = cells[self.tape.cells[name]]
        return "?" if value is None else decimal(_float(value, SPARE), SHOWN)


def _float(value: mpf, digits: int) -> Float:
    """The value as a sympy number; a zero stays inexact, where Float(mpf(0)) is the integer."""
    return Float(value, digits) if value else Float("0.0", digits)


def _agree(first: mpf, second: mpf, kept: int, digits: int) -> bool:
    with mp.workdps(digits):
        gap = magnitude(first - second)
    return gap <= magnitude(second) - int(kept * BITS_PER_DIGIT) and bool(second)


def _vanishes(first: mpf, second: mpf, steps: tuple[int, int]) -> bool:
    """Whether a value shrinks about as fast as digits are added."""
    added = int((steps[1] - steps[0]) * BITS_PER_DIGIT)
    shrunk = magnitude(first) - magnitude(second) > added // 2
    return not second or (magnitude(second) < 0 and shrunk)


def _is_far(compute: Callable, arguments: list) -> bool:
    """Whether an operation has a value for these arguments that is too far out."""
    if compute is COMPUTE[Pow]:
        base, exponent = arguments
        return bool(base > 0 or (base < 0 and exponent == int(exponent)))
    return any(magnitude(a) > LARGEST_ARGUMENT for a in arguments if isinstance(a, mpf))


def _written(formula: Basic) -> str:
    """A formula in a message: ln(u1), not the log(u1) of sympy."""
    row = BY_HEAD.get(formula.func)
    return f"{row.text}({', '.join(map(str, formula.args))})" if row else str(formula)


# --- Decimals -----------------------------------------------------------------------------


def _row(symbol: Basic, formula: Basic, value: Expr, digits: int) -> Row:
    return Row(symbol, formula, value, decimal(value, digits))


def decimal(value: Expr, digits: int) -> str:
    """A number with so many digits after the point, or below 1 so many in all; very large and
    very small ones with a power of ten. Nothing for an integer.

    >>> from sympy import Rational, sqrt
    >>> [decimal(v, 6) for v in (sqrt(2), Rational(-1, 30), Rational(2, 10**21), 7 * Rational(1))]
    ['1.414214', '-0.0333333', '2.000000e-21', '']
    """
    if value.is_Integer:
        return ""
    kept = digits + SPARE
    with mp.workdps(kept + GUARD):
        number = mp.make_mpf(value._mpf_) if isinstance(value, Float) else evaluate(value)
        mantissa, _, power = mp.nstr(number, kept, min_fixed=1, max_fixed=0).partition("e")
    exponent = int(power or 0)
    with localcontext() as context:
        context.prec, context.rounding = kept + GUARD, ROUND_HALF_UP
        if not number:
            return f"{Decimal(0):.{digits}f}"
        if SMALLEST_FIXED <= exponent < LARGEST_FIXED:
            fixed = Decimal(mantissa).scaleb(exponent)
            places = digits if exponent >= 0 else digits - 1 - exponent
            rounded = fixed.quantize(Decimal(1).scaleb(-places))
            if exponent < 0 and abs(rounded) >= 1:
                rounded = fixed.quantize(Decimal(1).scaleb(-digits))
            return f"{rounded:f}"
        rounded = Decimal(mantissa).quantize(Decimal(1).scaleb(-digits))
        if abs(rounded) >= 10:
            rounded, exponent = rounded / 10, exponent + 1
        return f"{rounded:.{digits}f}e{exponent:+d}"
