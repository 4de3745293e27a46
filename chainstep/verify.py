"""Every line read back as numbers.

The names get their values from a forward pass through the graph, and derivative symbols from
differences of the nodes at high precision. dy/dx is the difference quotient of the whole
expression as it was read, so neither the graph nor any rule can vouch for itself.

For one input, the differences between two forward passes do for most lines. Where a line does
not agree by them, the nodes are moved one by one, and what that says holds.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterator, Sequence
from functools import partial
from operator import attrgetter

from mpmath import mp, mpf
from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import Equation, LocalDerivative, Numbers, Verdict, by_child
from chainstep.differences import (
    STEP,
    Entering,
    Moves,
    write_adjoints,
    write_locals,
    write_moves,
    write_totals,
)
from chainstep.graph import Graph
from chainstep.notation import DerivativeSymbol, Matrix, names_in
from chainstep.program import (
    MOST_MOVED,
    PRECISIONS,
    Moved,
    Program,
    check,
    false_line,
    kinks_of,
    values_at,
)
from chainstep.tape import Tape, evaluate

MOST_COMPARED = 25  # digits of a row in a table of numbers
KINK = mpf(10) ** -15  # what slopes on both sides of a smooth place may differ by
NEXT_TO_NOTHING = mpf(10) ** -25  # what a measured 0 may differ from 0


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
    directions = {direction, "backward"} if numbers else {direction}
    write = partial(_program, definitions, graph, local_derivatives, lines, directions)
    if numbers:
        program = write()
        rows = _check_numbers(program, numbers)
        return check(program, len(equations) + rows)
    if len(graph.inputs) > 1 or not graph.nodes:
        return check(write(), len(equations))
    return check(write(by_moves=True), len(equations), careful=write)


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


# --- Writing the tape ---------------------------------------------------------------------


def _program(
    definitions: Sequence[tuple[Symbol, Basic]],
    graph: Graph,
    local_derivatives: tuple[LocalDerivative, ...],
    equations: tuple[Equation, ...],
    directions: Collection[str],
    by_moves: bool = False,
) -> Program:
    """All on one tape. `by_moves` says that the moves of the values, while the one input moves,
    measure what they can; it costs less than to move each node's arguments for themselves, but
    where a node moves too little it leaves doubt."""
    tape = Tape()
    defined = dict(definitions)
    output = definitions[-1][0]
    free = set().union(*(names_in(tree) for _, tree in definitions)) - {*defined, *graph.inputs}
    variables = tuple(map(tape.cell, graph.inputs))
    parameters = tuple(map(tape.cell, sorted(free, key=attrgetter("name"))))
    for name, tree in definitions:
        tape.name(name, tree)
    for node in graph.nodes:
        if node.symbol not in defined:
            tape.name(node.symbol, node.expression)
    kinks = kinks_of(tape, graph.nodes)
    values = len(tape.instructions)
    entering = by_child(local_derivatives)
    if by_moves:
        needed = {side for equation in equations for side in (equation.left, *equation.rights)}
        moved = _write_by_moves(tape, graph, entering, output, needed, directions)
    else:
        moved = _write_by_slopes(tape, graph, entering, output, directions)
    names = len(tape.instructions)
    return Program(
        tape,
        graph.nodes,
        variables,
        parameters,
        step=tape.cell(STEP),
        outputs=(tape.cells[output],),
        moved=tuple(moved),
        values=values,
        names=names,
        named=(*(tape.cells[node.symbol] for node in graph.nodes), tape.cells[output]),
        kinks=kinks,
        lines=tuple(tuple(dict.fromkeys(map(tape.cell, (e.left, *e.rights)))) for e in equations),
        equations=equations,
    )


def _write_by_moves(
    tape: Tape,
    graph: Graph,
    entering: Entering,
    output: Symbol,
    needed: Container[Basic],
    directions: Collection[str],
) -> list[Moved]:
    """Put a number for every derivative symbol on the tape; what the moves of the input do not
    measure are the local derivatives of nodes with several arguments, and adjoints. Of the
    totals only those that are a side of a line are `needed`."""
    moved = write_moves(tape, graph, entering, output, needed)
    write_locals(tape, graph, entering)
    if "backward" in directions:
        write_adjoints(tape, graph, entering, output)
    return moved


def _write_by_slopes(
    tape: Tape, graph: Graph, entering: Entering, output: Symbol, directions: Collection[str]
) -> list[Moved]:
    """Likewise, but each name moves for itself; only the output moves with the inputs."""
    write_locals(tape, graph, entering)
    last = graph.nodes[-1].symbol if graph.nodes and "forward" in directions else output
    for wrt in graph.inputs if "forward" in directions else ():
        write_totals(tape, graph, entering, wrt)
    if "backward" in directions and graph.nodes:
        write_adjoints(tape, graph, entering, output)
    moved: list[Moved] = []
    for place, wrt in enumerate(graph.inputs):
        moves = Moves(tape, place)
        slope = tape.cell(DerivativeSymbol(last, wrt))
        if place < MOST_MOVED:
            slope = moves.ratio(output, wrt, slope)
        tape.cells[DerivativeSymbol(output, wrt)] = slope
        moved += moves.moved
    return moved


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
            sides = [v for v in (values_at(program, point, s) for s in (step, -step)) if v]
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
        raise false_line(Equation(rows[0].symbol, (rows[0].value,)))
    return checked


def _agree(first: mpf, second: mpf, tolerance: mpf) -> bool:
    return abs(first - second) <= tolerance * max(abs(first), abs(second)) + NEXT_TO_NOTHING


def _number(value: Basic) -> mpf:
    return mpf(value._mpf_) if value.is_Float else evaluate(value)  # type: ignore[attr-defined]
