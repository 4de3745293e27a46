"""A tape with lines to compare, run at points until each line was compared often enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from random import Random
from time import process_time
from typing import NamedTuple

from mpmath import mp, mpf
from sympy import Ge, Gt, Le, Lt
from sympy.core.relational import Relational

from chainstep.derivation import Equation, Verdict
from chainstep.errors import FalseLine
from chainstep.graph import Node
from chainstep.notation import names_in
from chainstep.tape import NOTHING, Tape, evaluate, magnitude

DIGITS = 30  # to which the sides of a line must agree
POINTS = 3  # at which each line is checked: smooth sides that agree at three, agree
POINTS_WITH_CASES = 8
CANDIDATES = 1000  # points tried in search of the domain
NEAR_FIRST = 30  # of them; tanh(10000x) is 1 to all digits at each near point
MOST_MOVED = 50  # variables that are moved one by one; the slopes of the nodes tell the others
BEYOND_KINKS = 200  # points tried until each side of every kink is met
PATIENCE = 20  # seconds of computing after which no further point is tried
LONG = 1000  # instructions; of a longer program fewer points are tried
MOST_POINTS = 60  # inside the domain, for lines that do not exist at each
# Digits to compute with, and the step of a difference quotient: its error is the step, its
# rounding 10^-digits/step. The second pair settles what the first leaves in doubt.
PRECISIONS = ((84, mpf(10) ** -40), (300, mpf(10) ** -130))
AGREED = 101  # binary digits, more than 30 decimal ones
IMPROVED = 33  # a difference that shrinks by so many binary digits was rounding, no error,
VANISHED = 250  # and one that shrinks by so many is a difference of nothing
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
    (-1e-2, 1e-2),
    (-1e-4, 1e-4),
)


class Moved(NamedTuple):
    """The cells of a value, and of how far it moves while the variable in a place moves."""

    place: int
    value: int
    change: int


@dataclass(frozen=True)
class Program:
    """All lines on one tape: the definitions as they were read and the nodes, the difference
    quotients, the sides of the lines. Numbers are cells, but `values` and `names` are how many
    instructions compute the definitions and nodes, and all names with the quotients."""

    tape: Tape
    nodes: tuple[Node, ...]
    variables: tuple[int, ...]
    parameters: tuple[int, ...]
    step: int
    outputs: tuple[int, ...]
    moved: tuple[Moved, ...]  # in the order of the variables
    values: int
    names: int
    named: tuple[int, ...]  # all intermediates and the output
    kinks: tuple[tuple[int, int], ...]  # what is equal where a node has a kink
    lines: tuple[tuple[int, ...], ...]  # the sides of each line
    equations: tuple[Equation, ...]  # one for each line: a matrix has a line for each entry


def kinks_of(tape: Tape, nodes: Iterable[Node]) -> tuple[tuple[int, int], ...]:
    """The cells of both sides of each equation at whose solutions a node has a kink."""
    found = (node.operation.kinks(*node.args) for node in nodes if node.operation.kinks)
    return tuple((tape.cell(r.lhs), tape.cell(r.rhs)) for relations in found for r in relations)


def check(
    program: Program, equations: int, careful: Callable[[], Program] | None = None
) -> Verdict:
    """Run a program until each of its lines was compared at enough points, on both sides of
    each kink where there are points.

    `equations` says how many lines were printed. Where a program leaves doubt, the one that
    `careful` writes decides, and goes on.
    """
    enough = POINTS_WITH_CASES if program.kinks else POINTS
    checks = [0] * len(program.lines)
    inside = 0
    names = len(program.variables) + len(program.parameters)
    unmet = {(kink, above) for kink in range(len(program.kinks)) for above in (True, False)}
    start = process_time()
    share = LONG / max(LONG, program.values)
    for attempt in range(int(CANDIDATES * share)):
        if attempt and process_time() - start > PATIENCE:
            break
        point = _candidate(attempt, names)
        if min(checks) >= enough:
            if not unmet or attempt > BEYOND_KINKS * share:
                break
            if unmet.isdisjoint(_sides(program, point)):
                continue
        held = _check(program, point) if careful is None else _holding(program, point)
        if careful and held is not None and len(held) < len(program.lines):
            program, careful = careful(), None
            held = _check(program, point)
        if held is None:
            continue
        inside += 1
        for line in held:
            checks[line] += 1
        if unmet:
            unmet -= _sides(program, point)
        if inside == MOST_POINTS:
            break
    counts = [min(count, enough) for count in checks]
    return _verdict(program.equations, counts, inside, equations)


def _sides(program: Program, point: Sequence[mpf]) -> set[tuple[int, bool]]:
    """On which side of each kink a point lies."""
    if not program.kinks:
        return set()
    digits, step = PRECISIONS[0]
    with mp.workdps(digits):
        values = _run(program, point, step)
    sides = ((values[left], values[right]) for left, right in program.kinks)
    return {
        (kink, left > right)
        for kink, (left, right) in enumerate(sides)
        if left is not None and right is not None and left != right
    }


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


@lru_cache(CANDIDATES)
def _candidate(attempt: int, count: int) -> tuple[mpf, ...]:
    """A point near or far, each time the same: a value for x, then for each parameter."""
    random = Random(attempt)
    ranges = NEAR if attempt < NEAR_FIRST else FAR
    cycle = attempt // len(ranges)
    chosen = (ranges[(attempt + (cycle + 1) * i * (i + 1)) % len(ranges)] for i in range(count))
    return tuple(mpf(random.uniform(*limits)) for limits in chosen)


def _holding(program: Program, point: Sequence[mpf]) -> list[int] | None:
    """The numbers of the lines whose sides agree at a point, at once and strictly; None outside
    the domain."""
    digits, step = PRECISIONS[0]
    with mp.workdps(digits):
        values = _all_values(program, point, step)
        if values is None:
            return None
        sides = ([values[cell] for cell in line] for line in program.lines)
        return [number for number, line in enumerate(sides) if _agree(line)]


def _agree(sides: list[mpf | None]) -> bool:
    first, *others = sides
    if first is None:
        return False
    limit = max(magnitude(first) - AGREED, NOTHING)
    return all(side is not None and magnitude(side - first) <= limit for side in others)


def _check(program: Program, point: Sequence[mpf]) -> list[int] | None:
    """The numbers of the lines that hold at a point; None outside the domain."""
    (digits, step), (more_digits, smaller_step) = PRECISIONS
    with mp.workdps(digits):
        values = _all_values(program, point, step)
        if values is None:
            return None
        coarse = _gaps(program, values)
    held = [line for line, gap in coarse.items() if gap.closed]
    if len(held) == len(coarse):
        return held
    with mp.workdps(more_digits):
        values = _all_values(program, point, smaller_step)
        if values is None:
            return held
        fine = _gaps(program, values)
        noise = _noise(program, values, smaller_step)
    for line in coarse.keys() & fine.keys() - set(held):
        before, after = coarse[line], fine[line]
        if after.closed or after.difference <= before.difference - VANISHED:
            held.append(line)
        elif after.difference > max(before.difference - IMPROVED, noise):
            if not _is_differentiable(program, point):
                return None
            raise false_line(program.equations[line])
    return held


def _is_differentiable(program: Program, point: Sequence[mpf]) -> bool:
    """Whether each node with a value at a point has a derivative there, and not by rounding
    alone: 0^x, arccos(1) and sign(0) have a value."""
    precision, step = PRECISIONS[1]
    with mp.workdps(precision):
        values = _run(program, point, step)
        cells = program.tape.cells
        for node in program.nodes:
            if values[cells[node.symbol]] is None:
                continue
            relations = node.operation.requires(*node.args)
            relations += node.operation.kinks(*node.args) if node.operation.kinks else ()
            for relation in relations:
                known = {name: values[cells[name]] for name in names_in(relation)}
                if not _is_clear(relation, *(evaluate(side, known) for side in relation.args)):
                    return False
    return True


def _is_clear(relation: Relational, left: mpf | None, right: mpf | None) -> bool:
    """Whether the sides are apart by more than rounding, and an inequality is met."""
    if left is None or right is None or magnitude(left - right) < -mp.prec // 2:
        return False
    if isinstance(relation, Gt | Ge):
        return left > right
    return not isinstance(relation, Lt | Le) or left < right


def false_line(equation: Equation) -> FalseLine:
    """The error for a line whose sides differ."""
    return FalseLine(
        f"the line for {equation.left} does not hold, so the derivation is not shown",
        hint="this is an error of chainstep itself: please report the expression",
    )


class Gap(NamedTuple):
    """How far apart the sides of a line are, and how large they are, as counts of binary digits
    before the point."""

    difference: int
    scale: int

    @property
    def closed(self) -> bool:
        return self.difference <= max(self.scale - AGREED, NOTHING)


def _all_values(program: Program, point: Sequence[mpf], step: mpf) -> list | None:
    """All cells, at the precision in force; None outside the domain."""
    values = values_at(program, point, step)
    if values is not None:
        program.tape.run(values, program.names)
    return values


def _gaps(program: Program, values: list) -> dict[int, Gap]:
    """The gap of every line that has a value."""
    gaps = {}
    for number, line in enumerate(program.lines):
        sides = [values[cell] for cell in line]
        if not any(side is None for side in sides):
            gaps[number] = _gap(sides)
    return gaps


def _gap(sides: list[mpf]) -> Gap:
    first, *others = sides
    difference, scale = NOTHING, magnitude(first)
    for side in others:
        scale = max(scale, magnitude(side))
        difference = max(difference, magnitude(side - first))
    return Gap(difference, scale)


def _noise(program: Program, values: list, step: mpf) -> int:
    """Below what a gap may be rounding: that of the largest value of a name, after the division
    by the smallest width. Names move by a step relative to their own size."""
    cells = (*program.variables, *program.named)
    sizes = [magnitude(values[cell]) for cell in cells if values[cell]]
    return max(sizes, default=0) - mp.prec - magnitude(step) - min(0, *sizes)


def values_at(program: Program, point: Sequence[mpf], step: mpf) -> list | None:
    """The cells of all names and derivative symbols, at the precision in force; None outside
    the domain."""
    here = _run(program, point, step)
    if any(here[output] is None for output in program.outputs):
        return None
    for place, moved in groupby(program.moved, attrgetter("place")):
        width = step * (point[place] or 1)
        there = _run(program, [*point[:place], point[place] + width, *point[place + 1 :]], step)
        if any(there[output] is None for output in program.outputs):
            return None
        for _, value, change in moved:
            before, after = here[value], there[value]
            here[change] = None if before is None or after is None else after - before
    program.tape.run(here, program.values, program.names)
    return here


def _run(program: Program, point: Sequence[mpf], step: mpf) -> list:
    """The cells of the definitions and nodes."""
    values = program.tape.blank()
    for cell, value in zip((*program.variables, *program.parameters), point, strict=True):
        values[cell] = value
    values[program.step] = step
    program.tape.run(values, 0, program.values)
    return values
