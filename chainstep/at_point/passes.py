"""Both passes through a graph as numbers: the values on the way up, and on the way down the
local derivatives and the adjoints.

All is one list of lines, each a symbol and a formula in earlier symbols. A value is exact
where it has a short exact form. Else it is computed with more and more digits, until the
digits that are kept no longer change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from mpmath import mp, mpf
from sympy import Expr, Float, Pow, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.at_point.decimals import GUARD, SPARE, decimal
from chainstep.at_point.exact import exact_value, truth
from chainstep.at_point.firmness import BITS_PER_DIGIT, COMPARING, Runs
from chainstep.derivation import LocalDerivative, Numbers, Row
from chainstep.errors import FalseLine, LimitExceeded, OutsideDomain
from chainstep.graph import Graph
from chainstep.notation import ONE, DerivativeSymbol, add, mul, names_in
from chainstep.operations import BY_HEAD
from chainstep.tape import COMPUTE, LARGEST_ARGUMENT, NOTHING, Compute, Tape, magnitude

MOST_DIGITS = 1_000  # to compute with
EXACT_DIGITS = 45  # that an exact value may lose to rounding where it is checked
LARGEST = 2**63  # binary digits of a value
LISTED = 4  # names in a message
SHOWN = 6  # digits in a message
ZERO_VALUE = mpf(0)
REACH_HINT = "arguments of functions may go up to 10^19"

Line = tuple[Basic, Basic]  # a symbol and its formula
Instruction = tuple[int, Compute, tuple[int, ...]]


def numbers_at(
    graph: Graph,
    local_derivatives: Sequence[LocalDerivative],
    whole: Line,
    point: Mapping[Symbol, Expr],
    digits: int,
) -> Numbers:
    """The value of every node, local derivative and adjoint at a point.

    `whole` is the output with what it was read as. `point` has a constant expression for
    every input and parameter, `digits` are those to be shown. Raises OutsideDomain where
    something has no real value, and LimitExceeded where a value is out of reach.
    """
    up = [*graph.constants, *((node.symbol, node.expression) for node in graph.nodes)]
    up += [line for line in _unnamed(graph, whole) if names_in(line[1]) <= point.keys()]
    down = list(_down(graph, local_derivatives, whole[0]))
    lines = [*point.items(), *up, *down]
    kinks = {
        node.symbol: node.operation.kinks(*node.args)
        for node in graph.nodes
        if node.operation.kinks
    }
    values, met = _Values(lines, len(point), kinks).found(digits + SPARE)
    rows = [_row(*line, value, digits) for line, value in zip(lines, values, strict=True)]
    last = len(point) + len(up)
    return Numbers(
        point=tuple(rows[: len(point)]),
        up=tuple(rows[len(point) : last]),
        down=tuple(rows[last:]),
        digits=digits,
        kinks=met,
    )


def _unnamed(graph: Graph, whole: Line) -> Iterator[Line]:
    """The output where no node has its value: y = x, or y = 7."""
    output = whole[0]
    if not graph.outputs and output not in dict(graph.constants):
        yield whole
    elif graph.outputs and graph.outputs[0] in graph.inputs:
        yield output, graph.outputs[0]


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


def _row(symbol: Basic, formula: Basic, value: Expr, digits: int) -> Row:
    return Row(symbol, formula, value, decimal(value, digits))


# --- The values ---------------------------------------------------------------------------


class _Values:
    """The lines on a tape, with the exact value of those that have one.

    `kinks` are equations for a line's symbol, put on the tape behind the line.
    """

    def __init__(
        self, lines: Sequence[Line], given: int, kinks: Mapping[Basic, tuple[Relational, ...]]
    ):
        self.lines = lines
        self.given = given  # how many of the lines are the point
        self.tape = Tape()
        self.cells: list[int] = []
        self.ends: list[int] = []  # of the instructions of each line
        self.exact: dict[Basic, Expr | None] = {}
        self.kinks: dict[Relational, bool | None] = {}  # whether each holds, where that is exact
        for symbol, formula in lines:
            self.cells.append(self.tape.name(symbol, formula))
            for relation in kinks.get(symbol, ()):
                self.kinks[relation] = truth(relation, self.exact)
                if self.kinks[relation] is None:
                    self.tape.cell(relation)
            self.ends.append(len(self.tape.instructions))
            self.exact[symbol] = exact_value(formula, self.exact)
        self.exact_tape = Tape()
        exact = [value for value in self.exact.values() if value is not None]
        self.exact_cells = {value: self.exact_tape.cell(value) for value in exact}
        self.known = {
            cell
            for (symbol, _), cell in zip(lines, self.cells, strict=True)
            if self.exact[symbol] is not None
        }

    def found(self, kept: int) -> tuple[list[Expr], tuple[Relational, ...]]:
        """The value of every line, exact or to so many digits, and the kinks that are met."""
        digits = kept + GUARD
        digits = min(MOST_DIGITS // 2, digits + self._span(self._run(digits)))
        before = self._run(digits)
        while True:
            digits = 2 * digits if 4 * digits <= MOST_DIGITS else MOST_DIGITS
            after = self._run(digits)
            if self._settled(before, after, kept, digits):
                break
            before = after
        exact = (self.exact[symbol] for symbol, _ in self.lines)
        values = [
            _float(after[cell], kept) if value is None else value
            for cell, value in zip(self.cells, exact, strict=True)
        ]
        met = (r for r, holds in self.kinks.items() if holds or self._holds(r, after))
        return values, tuple(met)

    def _holds(self, kink: Relational, cells: list) -> bool:
        return self.kinks[kink] is None and bool(cells[self.tape.cell(kink)])

    def _run(self, digits: int) -> list:
        """All cells, computed with so many digits; an exact value replaces the computed one."""
        with mp.workdps(digits):
            exact = self.exact_tape.blank()
            self.exact_tape.run(exact)
            cells = self.tape.blank()
            start = 0
            for (symbol, formula), cell, end in zip(self.lines, self.cells, self.ends, strict=True):
                self.tape.run(cells, start, end)
                start = end
                known = self.exact[symbol]
                if known is not None and cells[cell] is not None:
                    value = exact[self.exact_cells[known]]
                    if not formula.is_Piecewise:  # rounding may have chosen another case
                        self._check(symbol, cells[cell], value, digits)
                    cells[cell] = value
        return cells

    def _check(self, symbol: Basic, computed: mpf, exact: mpf, digits: int) -> None:
        if abs(computed - exact) > mpf(10) ** (EXACT_DIGITS - digits) * max(1, abs(exact)):
            raise FalseLine(
                f"the exact value of {_named(symbol)} does not hold, so the numbers are not shown",
                hint="this is an error of chainstep itself: please report the expression",
            )

    def _span(self, cells: list) -> int:
        """How many digits lie between the largest value and the smallest."""
        sizes = [magnitude(cells[cell]) for cell in self.cells if cells[cell]]
        return int((max(sizes, default=0) - min(sizes, default=0)) / BITS_PER_DIGIT)

    def _settled(self, before: list, after: list, kept: int, digits: int) -> bool:
        """Whether every line has its digits. With the most digits, what rounding has left of
        0 becomes 0, and what is still in doubt is an error."""
        with mp.workdps(digits):
            runs = Runs(self.tape, before, after, self.known, kept)
            doubtful = [line for line in range(len(self.lines)) if self._doubt(line, runs)]
            if digits < MOST_DIGITS:
                return not doubtful
            for line in doubtful:
                cell = self.cells[line]
                if self._comparisons(line) <= runs.firm and _vanishes(runs, cell):
                    after[cell] = ZERO_VALUE
                else:
                    raise LimitExceeded(self._message(line, after, "cannot be computed reliably"))
        return True

    def _doubt(self, line: int, runs: Runs) -> bool:
        """Whether the value of a line may be another one with more digits. Raises the error
        for one that certainly does not exist."""
        cell, cells = self.cells[line], runs.second
        value = cells[cell]
        if value is None:
            if runs.first[cell] is None:
                self._refuse(line, runs)
            return True
        if magnitude(value) > LARGEST or NOTHING != magnitude(value) < -LARGEST:
            raise LimitExceeded(self._message(line, cells, "is out of reach"), hint=REACH_HINT)
        return not self._comparisons(line) | {cell} <= runs.firm

    def _instructions(self, line: int) -> list[Instruction]:
        return self.tape.instructions[self.ends[line - 1] if line else 0 : self.ends[line]]

    def _comparisons(self, line: int) -> set[int]:
        """The cells of the comparisons that a line makes; an exact value needs none of its own."""
        made = {target for target, compute, _ in self._instructions(line) if compute in COMPARING}
        if self.exact[self.lines[line][0]] is not None:
            made &= {self.tape.cell(r) for r, holds in self.kinks.items() if holds is None}
        return made

    # What is said where there is no value

    def _refuse(self, line: int, runs: Runs) -> None:
        """Raise the error for a line whose first operation without a value certainly has none,
        or one that is out of reach."""
        cells = runs.second
        for target, compute, sources in self._instructions(line):
            arguments = [cells[source] for source in sources]
            if cells[target] is not None or None in arguments:
                continue
            if not all(source in runs.firm for source in sources):
                break
            if _is_far(compute, arguments):
                message = self._message(line, cells, "is out of reach")
                raise LimitExceeded(message, hint=REACH_HINT)
            raise OutsideDomain(self._message(line, cells, "has no real value"))

    def _message(self, line: int, cells: list, verdict: str) -> str:
        """u2 = ln(u1) has no real value at x = -1 (u1 = -1)."""
        symbol, formula = self.lines[line]
        given = dict(self.lines[: self.given])
        at = self._equations(list(given), cells)
        used = sorted(names_in(formula) - given.keys(), key=str)
        inside = f" ({self._equations(used, cells)})" if used else ""
        shown = f"{_named(symbol)}{_meaning(formula)} {verdict}"
        return f"{shown} at {at}{inside}" if given else f"{shown}{inside}"

    def _equations(self, names: Sequence[Basic], cells: list) -> str:
        shown = [f"{_named(name)} = {self._text(name, cells)}" for name in names[:LISTED]]
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


def _vanishes(runs: Runs, cell: int) -> bool:
    """Whether a value is 0 as far as can be told: it shrinks about as fast as digits are
    added, and none of them was needed for what is lost."""
    first, second = runs.first[cell], runs.second[cell]
    if first is None or second is None or cell in runs.lossy:
        return False
    shrunk = magnitude(first) - magnitude(second) > mp.prec // 4
    return not second or (magnitude(second) < 0 and shrunk)


def _is_far(compute: Callable, arguments: list) -> bool:
    """Whether an operation has a value for these arguments that is too far out."""
    if compute is COMPUTE[Pow]:
        base, exponent = arguments
        return bool(base > 0 or (base < 0 and exponent == int(exponent)))
    return any(magnitude(a) > LARGEST_ARGUMENT for a in arguments if isinstance(a, mpf))


def _named(symbol: Basic) -> str:
    """A quantity in a message."""
    if not isinstance(symbol, DerivativeSymbol):
        return str(symbol)
    kind = "partial derivative" if symbol.partial else "derivative"
    place = f" in place {symbol.slot}" if symbol.slot else ""
    return f"the {kind} of {symbol.of} by {symbol.wrt}{place}"


def _meaning(formula: Basic) -> str:
    """What a quantity is, in a message, where that is a function of names: = ln(u1)."""
    row = BY_HEAD.get(formula.func)
    simple = row is not None and all(part.is_Atom for part in formula.args)
    return f" = {row.text}({', '.join(map(str, formula.args))})" if row and simple else ""
