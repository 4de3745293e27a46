"""Every line read back as numbers.

The names get their values from a forward pass through the graph, the output's from the
expression as it was read, and every derivative symbol from a central difference at high
precision. No rule of differentiation is used, so none can vouch for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from mpmath import mp, mpf
from sympy import Dummy, Symbol
from sympy.core.basic import Basic

from chainstep.derivation import Equation, LocalDerivative, Step, Verdict
from chainstep.errors import FalseLine
from chainstep.graph import Graph
from chainstep.notation import DerivativeSymbol, names_in
from chainstep.tape import NOTHING, Tape, magnitude

DIGITS = 30  # to which the sides of a line must agree
POINTS = 5  # at which each line is checked
CANDIDATES = 200  # points tried in search of the domain
MOST_POINTS = 20  # inside the domain, for lines that do not exist at each
# Digits to compute with, and the step of a central difference: its error is step², its
# rounding 10^-digits/step. The second pair settles what the first leaves in doubt.
PRECISIONS = ((80, mpf(10) ** -25), (240, mpf(10) ** -80))
AGREED = 101  # binary digits, more than 30 decimal ones
IMPROVED = 33  # a difference that shrinks by so many binary digits was rounding, no error,
VANISHED = 200  # and one that shrinks by so many is a difference of nothing
RANGES = ((0.2, 0.9), (1.1, 2.5), (-0.9, -0.2), (-3, 3), (0.1, 5), (-1, 1), (-40, 40), (1, 900))


@dataclass(frozen=True)
class Probe:
    """One node with a probe in one slot: the instructions from `start` to `stop`."""

    derivative: int
    parent: int
    probe: int
    value: int
    start: int
    stop: int


@dataclass(frozen=True)
class Program:
    """All lines on one tape: the forward pass, then one probed copy of a node for every
    local derivative, then the sides of the lines."""

    tape: Tape
    wrt: int
    parameters: tuple[int, ...]
    forward: int  # so many instructions are the forward pass
    totals: tuple[tuple[int, int], ...]  # cells of dp/dx and p
    partials: tuple[Probe, ...]
    lines: tuple[tuple[int, ...], ...]  # cells of the sides of each line
    equations: tuple[Equation, ...]

    @property
    def output(self) -> int:
        """The cell of the output, which comes last."""
        return self.totals[-1][1]


def verify(
    tree: Basic,
    graph: Graph,
    local_derivatives: tuple[LocalDerivative, ...],
    steps: tuple[Step, ...],
    output: Symbol,
) -> Verdict:
    """Compare all sides of every equation at points inside the domain.

    Returns what was found; raises FalseLine if a line does not hold.
    """
    equations = tuple(equation for step in steps for equation in step.equations)
    program = _program(tree, graph, local_derivatives, equations, output)
    checks = [0] * len(equations)
    inside = 0
    for point in _candidates(1 + len(program.parameters)):
        held = _check(program, point)
        if held is None:
            continue
        inside += 1
        for line in held:
            checks[line] += 1
        if min(checks) >= POINTS or inside == MOST_POINTS:
            break
    return _verdict(equations, checks, inside)


def _verdict(equations: tuple[Equation, ...], checks: list[int], inside: int) -> Verdict:
    fewest = min(checks)
    if fewest:
        return Verdict("verified", len(checks), min(fewest, POINTS), DIGITS)
    if not inside:
        reason = "no real point was found at which the expression can be computed"
    else:
        line = equations[checks.index(0)]
        reason = f"the line for {line.left} could not be computed at any point"
    return Verdict("unverified", sum(map(bool, checks)), 0, DIGITS, reason)


def _candidates(count: int) -> Iterator[list[mpf]]:
    """Points near and far, always the same ones: a value for x, then for each parameter."""
    random = Random(1)
    for attempt in range(CANDIDATES):
        cycle = attempt // len(RANGES)
        ranges = [RANGES[(attempt + 3 * i * cycle) % len(RANGES)] for i in range(count)]
        yield [mpf(random.uniform(*limits)) for limits in ranges]


# --- Writing the tape ---------------------------------------------------------------------


def _program(
    tree: Basic,
    graph: Graph,
    local_derivatives: tuple[LocalDerivative, ...],
    equations: tuple[Equation, ...],
    output: Symbol,
) -> Program:
    tape = Tape()
    wrt = graph.inputs[0]
    wrt_cell = tape.cell(wrt)
    parameters = tuple(tape.cell(name) for name in _parameters(tree, graph))
    values = [(node.symbol, tape.name(node.symbol, node.expression)) for node in graph.nodes]
    values.append((output, tape.name(output, tree)))
    forward = len(tape.instructions)
    totals = tuple((tape.cell(DerivativeSymbol(name, wrt)), cell) for name, cell in values)
    partials = tuple(
        _probe(tape, graph, derivative)
        for derivative in local_derivatives
        if derivative.symbol not in tape.cells
    )
    lines = tuple(
        tuple(dict.fromkeys(tape.cell(side) for side in (e.left, *e.rights))) for e in equations
    )
    return Program(tape, wrt_cell, parameters, forward, totals, partials, lines, equations)


def _parameters(tree: Basic, graph: Graph) -> list[Basic]:
    """All names but x; a constant has a graph without nodes, but may have parameters."""
    return sorted((n for n in names_in(tree) if n not in graph.inputs), key=str)


def _probe(tape: Tape, graph: Graph, derivative: LocalDerivative) -> Probe:
    """Of a sum only the term that changes is computed: the others cancel in the difference,
    and a long sum would cost n² with them."""
    edge = derivative.edge
    node = graph.node(edge.child)
    probe = Dummy("probe", real=True)
    args = (*node.args[: edge.slot], probe, *node.args[edge.slot + 1 :])
    if node.operation.id == "sum":
        args = args[edge.slot - 1 : edge.slot + 1]
    start = len(tape.instructions)
    probe_cell = tape.cell(probe)
    value = tape.cell(node.operation.build(*args))
    stop = len(tape.instructions)
    parent = tape.cells[edge.parent]
    return Probe(tape.cell(derivative.symbol), parent, probe_cell, value, start, stop)


# --- Running it ---------------------------------------------------------------------------


def _check(program: Program, point: list[mpf]) -> list[int] | None:
    """The numbers of the lines that hold at a point; None outside the domain."""
    coarse = _gaps(program, point, *PRECISIONS[0])
    if coarse is None:
        return None
    held = [line for line, gap in enumerate(coarse) if gap is not None and gap.closed]
    doubtful = [line for line, gap in enumerate(coarse) if gap is not None and not gap.closed]
    fine = _gaps(program, point, *PRECISIONS[1]) if doubtful else None
    for line in doubtful if fine else ():
        before, after = coarse[line], fine[line]  # type: ignore[index]
        if before is None or after is None:
            continue
        if after.closed or after.difference <= before.difference - VANISHED:
            held.append(line)
        elif after.difference > before.difference - IMPROVED:
            raise _false_line(program.equations[line])
    return held


def _false_line(equation: Equation) -> FalseLine:
    return FalseLine(
        f"the line for {equation.left} does not hold, so the derivation is not shown",
        hint="this is an error of chainstep itself: please report the expression",
    )


class Gap(NamedTuple):
    """How far apart the sides of a line are, and how large they are, in binary digits."""

    difference: int
    scale: int

    @property
    def closed(self) -> bool:
        return self.difference <= max(self.scale - AGREED, NOTHING)


def _gaps(program: Program, point: list[mpf], digits: int, step: mpf) -> list[Gap | None] | None:
    """The gap of every line at a point, None for a line without a value there."""
    with mp.workdps(digits):
        values = _values(program, point, step)
        if values is None:
            return None
        program.tape.run(values, program.partials[-1].stop if program.partials else program.forward)
        return [_gap([values[cell] for cell in line]) for line in program.lines]


def _gap(sides: list[mpf | None]) -> Gap | None:
    first, *others = sides
    if first is None:
        return None
    difference, scale = NOTHING, magnitude(first)
    for side in others:
        if side is None:
            return None
        difference = max(difference, magnitude(side - first))
        scale = max(scale, magnitude(side))
    return Gap(difference, scale)


def _values(program: Program, point: list[mpf], step: mpf) -> list | None:
    """All cells but those of the lines; None outside the domain."""
    x = point[0]
    here = _forward(program, point, x)
    if here[program.output] is None:
        return None
    width = step * abs(x)
    above, below = _forward(program, point, x + width), _forward(program, point, x - width)
    for derivative, cell in program.totals:
        here[derivative] = _slope(above[cell], below[cell], width)
    if here[program.totals[-1][0]] is None:
        return None
    for probe in program.partials:
        here[probe.derivative] = _partial(program.tape, probe, here, step)
    return here


def _forward(program: Program, point: list[mpf], x: mpf) -> list:
    values = program.tape.blank()
    values[program.wrt] = x
    for cell, value in zip(program.parameters, point[1:], strict=True):
        values[cell] = value
    program.tape.run(values, 0, program.forward)
    return values


def _partial(tape: Tape, probe: Probe, here: list, step: mpf) -> mpf | None:
    """The difference quotient of one node in one slot, the other arguments held fixed."""
    value = here[probe.parent]
    if value is None:
        return None
    width = step * (abs(value) or 1)
    ends = []
    for end in (value + width, value - width):
        here[probe.probe] = end
        tape.run(here, probe.start, probe.stop)
        ends.append(here[probe.value])
    above, below = ends
    return _slope(above, below, width)


def _slope(above: mpf | None, below: mpf | None, width: mpf) -> mpf | None:
    return None if above is None or below is None else (above - below) / (2 * width)
