"""Every line read back as numbers.

The names get their values from a forward pass through the graph, and derivative symbols from
difference quotients of the nodes at high precision. dy/dx is the difference quotient of the
whole expression as it was read, so neither the graph nor any rule can vouch for itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from random import Random
from typing import NamedTuple

from mpmath import mp, mpf
from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import Equation, LocalDerivative, Numbers, Verdict, by_child
from chainstep.differences import STEP, Entering, write_adjoints, write_locals, write_totals
from chainstep.errors import FalseLine
from chainstep.graph import Graph
from chainstep.notation import DerivativeSymbol, Matrix, names_in
from chainstep.tape import NOTHING, Tape, evaluate, magnitude

DIGITS = 30  # to which the sides of a line must agree
POINTS = 3  # at which each line is checked: smooth sides that agree at three, agree
POINTS_WITH_CASES = 8  # a case distinction has to be met in each of its cases
CANDIDATES = 200  # points tried in search of the domain
MOST_MOVED = 50  # variables that are moved one by one; the slopes of the nodes tell the others
MOST_POINTS = 20  # inside the domain, for lines that do not exist at each
# Digits to compute with, and the step of a difference quotient: its error is the step, its
# rounding 10^-digits/step. The second pair settles what the first leaves in doubt.
PRECISIONS = ((84, mpf(10) ** -40), (300, mpf(10) ** -130))
AGREED = 101  # binary digits, more than 30 decimal ones
IMPROVED = 33  # a difference that shrinks by so many binary digits was rounding, no error,
VANISHED = 250  # and one that shrinks by so many is a difference of nothing
MOST_COMPARED = 25  # digits of a row in a table of numbers
KINK = mpf(10) ** -15  # what slopes on both sides of a smooth place may differ by
NEXT_TO_NOTHING = mpf(10) ** -25  # what a measured 0 may differ from 0
NEAR = ((0.2, 0.9), (1.1, 2.5), (-0.9, -0.2), (-3, 3), (0.1, 5), (-1, 1))
FAR = (
    *NEAR,
    (-10, 10),
    (2, 30),
    (-40, 40),
    (1, 900),
    (-900, -1),
    (900, 1e4),
    (1e4, 1e7),
    (-1e6, -900),
)


@dataclass(frozen=True)
class Program:
    """All lines on one tape: the definitions as they were read, the nodes and the difference
    quotients, the sides of the lines. Numbers are cells, but `whole` and `names` are how many
    instructions compute the definitions, and all names."""

    tape: Tape
    variables: tuple[int, ...]
    parameters: tuple[int, ...]
    step: int
    output: int
    derivatives: tuple[tuple[int, int], ...]  # dy/dx, and what it is by the slopes of the nodes
    whole: int
    names: int
    named: tuple[int, ...]  # all intermediates and the output
    lines: tuple[tuple[int, ...], ...]  # the sides of each line
    equations: tuple[Equation, ...]  # one for each line: a matrix has a line for each entry


def verify(
    definitions: Sequence[tuple[Symbol, Basic]],
    graph: Graph,
    local_derivatives: tuple[LocalDerivative, ...],
    equations: Sequence[Equation],
    direction: str = "forward",
    numbers: Numbers | None = None,
) -> Verdict:
    """Compare all sides of every equation at points inside the domain, and the numbers of a
    table with the values at its own point.

    `definitions` are what was read, in the order of their use, the last that of the output.
    `direction` says whether the lines need the derivatives duₖ/dx or dy/duₖ. Returns what was
    found; raises FalseLine if a line does not hold.
    """
    lines = tuple(line for equation in equations for line in _entries(equation))
    directions = {direction, *(["backward"] if numbers else [])}
    program = _program(definitions, graph, local_derivatives, lines, directions)
    cases = any(node.operation.kinks for node in graph.nodes)
    enough = POINTS_WITH_CASES if cases else POINTS
    checks = [0] * len(lines)
    inside = 0
    for point in _candidates(len(program.variables) + len(program.parameters)):
        held = _check(program, point)
        if held is None:
            continue
        inside += 1
        for line in held:
            checks[line] += 1
        if min(checks) >= enough or inside == MOST_POINTS:
            break
    rows = _check_numbers(program, numbers) if numbers else 0
    return _verdict(lines, [min(count, enough) for count in checks], inside, len(equations) + rows)


def _entries(equation: Equation) -> Iterator[Equation]:
    """The equations between the entries of matrices; any other equation is one itself."""
    if not isinstance(equation.left, Matrix):
        yield equation
        return
    for left, *rights in zip(
        *(side.entries for side in (equation.left, *equation.rights)),  # type: ignore[attr-defined]
        strict=True,
    ):
        yield Equation(left, tuple(rights))


def _verdict(
    lines: tuple[Equation, ...], checks: list[int], inside: int, equations: int
) -> Verdict:
    fewest = min(checks)
    if fewest:
        return Verdict("verified", equations, fewest, DIGITS)
    if not inside:
        reason = "no real point was found at which the expression can be computed"
    else:
        line = lines[checks.index(0)]
        reason = f"the line for {line.left} could not be computed at any point"
    return Verdict("unverified", sum(map(bool, checks)), 0, DIGITS, reason)


def _candidates(count: int) -> Iterator[list[mpf]]:
    """Points near and far, always the same ones: a value for x, then for each parameter."""
    random = Random(1)
    for attempt in range(CANDIDATES):
        ranges = NEAR if attempt < CANDIDATES // 3 else FAR
        cycle = attempt // len(ranges)
        chosen = [ranges[(attempt + (cycle + 1) * i * (i + 1)) % len(ranges)] for i in range(count)]
        yield [mpf(random.uniform(*limits)) for limits in chosen]


# --- Writing the tape ---------------------------------------------------------------------


def _program(
    definitions: Sequence[tuple[Symbol, Basic]],
    graph: Graph,
    local_derivatives: tuple[LocalDerivative, ...],
    equations: tuple[Equation, ...],
    directions: Collection[str],
) -> Program:
    tape = Tape()
    defined = dict(definitions)
    output = definitions[-1][0]
    free = set().union(*(names_in(tree) for _, tree in definitions)) - {*defined, *graph.inputs}
    variables = tuple(map(tape.cell, graph.inputs))
    parameters = tuple(map(tape.cell, sorted(free, key=attrgetter("name"))))
    for name, tree in definitions:
        tape.name(name, tree)
    whole = len(tape.instructions)
    for node in graph.nodes:
        if node.symbol not in defined:
            tape.name(node.symbol, node.expression)
    entering = by_child(local_derivatives)
    derivatives = tuple(_write_derivatives(tape, graph, entering, output, directions))
    names = len(tape.instructions)
    return Program(
        tape,
        variables,
        parameters,
        step=tape.cell(STEP),
        output=tape.cells[output],
        derivatives=derivatives,
        whole=whole,
        names=names,
        named=(*(tape.cells[node.symbol] for node in graph.nodes), tape.cells[output]),
        lines=tuple(tuple(dict.fromkeys(map(tape.cell, (e.left, *e.rights)))) for e in equations),
        equations=equations,
    )


def _write_derivatives(
    tape: Tape, graph: Graph, entering: Entering, output: Symbol, directions: Collection[str]
) -> Iterator[tuple[int, int]]:
    """Put a number for every derivative symbol on the tape; the cells of dy/dx for each x."""
    write_locals(tape, graph, entering)
    last = graph.nodes[-1].symbol if graph.nodes and "forward" in directions else output
    for wrt in graph.inputs if "forward" in directions else ():
        write_totals(tape, graph, entering, wrt)
    if "backward" in directions and graph.nodes:
        write_adjoints(tape, graph, entering, output)
    for wrt in graph.inputs:
        symbols = DerivativeSymbol(output, wrt), DerivativeSymbol(last, wrt)
        yield tape.cell(symbols[0]), tape.cell(symbols[1])


# --- The numbers at a point ---------------------------------------------------------------


def _check_numbers(program: Program, numbers: Numbers) -> int:
    """How many rows of the table agree with the measured values; not every row has one.

    Raises FalseLine for a row that does not hold.
    """
    cells = program.tape.cells
    with mp.workdps(PRECISIONS[1][0]):
        given = {cells[row.symbol]: _number(row.value) for row in numbers.point}
    point = [given.get(cell, mpf(1)) for cell in (*program.variables, *program.parameters)]
    tolerance = mpf(10) ** -min(numbers.digits, MOST_COMPARED)
    rows = [row for row in (*numbers.up, *numbers.down) if row.symbol in cells]
    checked = 0
    for precision, step in PRECISIONS:
        with mp.workdps(precision):
            sides = [v for v in (_names(program, point, s) for s in (step, -step)) if v]
            doubtful = []
            for row in rows if sides else ():
                measured = [values[cells[row.symbol]] for values in sides]
                if None in measured or not _agree(measured[0], measured[-1], KINK):
                    continue  # at a kink the sides differ, and a convention holds
                if abs(measured[0]) * step > KINK:
                    continue  # at a jump as well
                if _agree(measured[0], _number(row.value), tolerance):
                    checked += 1
                else:
                    doubtful.append(row)
        rows = doubtful
    if rows:
        raise _false_line(Equation(rows[0].symbol, (rows[0].value,)))
    return checked


def _agree(first: mpf, second: mpf, tolerance: mpf) -> bool:
    return abs(first - second) <= tolerance * max(abs(first), abs(second)) + NEXT_TO_NOTHING


def _number(value: Basic) -> mpf:
    return mpf(value._mpf_) if value.is_Float else evaluate(value)  # type: ignore[attr-defined]


# --- Running it ---------------------------------------------------------------------------


def _check(program: Program, point: list[mpf]) -> list[int] | None:
    """The numbers of the lines that hold at a point; None outside the domain."""
    coarse = _gaps(program, point, *PRECISIONS[0])
    if coarse is None:
        return None
    held = [line for line, gap in coarse.items() if gap.closed]
    if len(held) == len(coarse):
        return held
    fine = _gaps(program, point, *PRECISIONS[1]) or {}
    for line in coarse.keys() & fine.keys() - set(held):
        before, after = coarse[line], fine[line]
        if after.closed or after.difference <= before.difference - VANISHED:
            held.append(line)
        elif after.difference > max(before.difference - IMPROVED, after.noise):
            raise _false_line(program.equations[line])
    return held


def _false_line(equation: Equation) -> FalseLine:
    return FalseLine(
        f"the line for {equation.left} does not hold, so the derivation is not shown",
        hint="this is an error of chainstep itself: please report the expression",
    )


class Gap(NamedTuple):
    """How far apart the sides of a line are, how large they are, and below what a difference
    may be rounding, all as counts of binary digits before the point."""

    difference: int
    scale: int
    noise: int

    @property
    def closed(self) -> bool:
        return self.difference <= max(self.scale - AGREED, NOTHING)


def _gaps(program: Program, point: list[mpf], digits: int, step: mpf) -> dict[int, Gap] | None:
    """The gap of every line that has a value at a point; None outside the domain."""
    with mp.workdps(digits):
        values = _names(program, point, step)
        if values is None:
            return None
        program.tape.run(values, program.names)
        noise = _noise(program, values, step)
        gaps = (
            (n, _gap([values[cell] for cell in line], noise))
            for n, line in enumerate(program.lines)
        )
        return {line: gap for line, gap in gaps if gap is not None}


def _noise(program: Program, values: list, step: mpf) -> int:
    """The rounding of the largest value of a name, after the division by the step."""
    largest = max(magnitude(values[cell]) for cell in program.named if values[cell] is not None)
    return largest - mp.prec - magnitude(step)


def _gap(sides: list[mpf | None], noise: int) -> Gap | None:
    first, *others = sides
    if first is None:
        return None
    difference, scale = NOTHING, magnitude(first)
    for side in others:
        if side is None:
            return None
        difference = max(difference, magnitude(side - first))
        scale = max(scale, magnitude(side))
    return Gap(difference, scale, noise)


def _names(program: Program, point: list[mpf], step: mpf) -> list | None:
    """The cells of all names and derivative symbols; None outside the domain."""
    here = _run(program, point, step, program.names)
    value = here[program.output]
    if value is None:
        return None
    for place, (derivative, slope) in enumerate(program.derivatives[:MOST_MOVED]):
        width = step * (point[place] or 1)
        there = [*point[:place], point[place] + width, *point[place + 1 :]]
        moved = _run(program, there, step, program.whole)[program.output]
        if moved is None:
            return None
        # The whole decides, unless its change drowns in the digits of its value.
        change = moved - value
        resolved = magnitude(change) > magnitude(value) + AGREED - mp.prec
        here[derivative] = change / width if resolved or here[slope] is None else here[slope]
    for derivative, slope in program.derivatives[MOST_MOVED:]:
        here[derivative] = here[slope]
    return here


def _run(program: Program, point: list[mpf], step: mpf, stop: int) -> list:
    values = program.tape.blank()
    for cell, value in zip((*program.variables, *program.parameters), point, strict=True):
        values[cell] = value
    values[program.step] = step
    program.tape.run(values, 0, stop)
    return values
