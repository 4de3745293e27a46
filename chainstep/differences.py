"""Difference quotients: numbers for derivative symbols, without a rule of differentiation.

They are written onto the tape of the forward pass. While an input moves, all that depends on
it moves as well, and the ratio of two moves is a derivative. Where there is none, as in a node
with two arguments, or a move drowns in the digits of the value, a name moves for itself, by a
step relative to its own size: a local derivative is how far a node moves while one argument
does, and a total derivative how far while each argument moves at the rate of its own.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from mpmath import mp, mpf
from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import LocalDerivative
from chainstep.graph import Edge, Graph, Node
from chainstep.notation import DerivativeSymbol, replace
from chainstep.program import AGREED, Moved
from chainstep.tape import Compute, Tape, magnitude, product, total_of

Entering = Mapping[Symbol, Sequence[LocalDerivative]]

NEGLIGIBLE = mpf(10) ** -15  # beside the change of a smooth function over one step
STEP = Symbol("step of the difference quotients", real=True)
MOVING = Symbol("name that moves", real=True)


class Moves:
    """How far values move while the input in a place moves: a cell for each, written when asked
    for. `moved` lists them for the program."""

    def __init__(self, tape: Tape, place: int) -> None:
        self._tape, self._place = tape, place
        self._changes: dict[int, int] = {}

    @property
    def moved(self) -> list[Moved]:
        """What the program has to measure."""
        return [Moved(self._place, value, change) for value, change in self._changes.items()]

    def change(self, name: Basic) -> int:
        """The cell of the change of a name."""
        value = self._tape.cell(name)
        if value not in self._changes:
            self._changes[value] = self._tape.new_cell()
        return self._changes[value]

    def ratio(self, of: Basic, by: Basic, slope: int | None = None) -> int:
        """The cell of the change of a name for each unit that another one changes. Where the
        change drowns in the digits of the value, it has the slope, or else no value."""
        cells = self.change(of), self.change(by), self._tape.cell(of)
        if slope is None:
            return self._tape.apply(_ratio, *cells)
        return self._tape.apply(_ratio_or_slope, *cells, slope)


def write_moves(
    tape: Tape, graph: Graph, entering: Entering, output: Symbol, needed: Container[Basic]
) -> list[Moved]:
    """Let the moves of all values, while the one input moves, measure what they can: the
    derivative of the output, the local derivatives of nodes with one argument, and those totals
    of the nodes that are needed."""
    (wrt,) = graph.inputs
    moves = Moves(tape, 0)
    for node in graph.nodes:
        total = DerivativeSymbol(node.symbol, wrt)
        if total in needed:
            tape.cells[total] = moves.ratio(node.symbol, wrt)
        if len(entering[node.symbol]) == 1:
            (derivative,) = entering[node.symbol]
            tape.cells[derivative.symbol] = moves.ratio(node.symbol, derivative.edge.parent)
    tape.cells[DerivativeSymbol(output, wrt)] = moves.ratio(output, wrt)
    return moves.moved


def write_locals(tape: Tape, graph: Graph, entering: Entering) -> None:
    """Append instructions that compute every local derivative of the graph that is not measured
    already.

    The cell of STEP has to be set before they run, and the nodes have to be on the tape.
    """
    for node in graph.nodes:
        for derivative in entering[node.symbol]:
            if derivative.symbol not in tape.cells:
                _write_local(tape, node, derivative)


def write_totals(tape: Tape, graph: Graph, entering: Entering, wrt: Symbol) -> None:
    """Append the total derivative by an input of every node that depends on it, unless it is
    measured already."""
    cells = tape.cells
    cells[DerivativeSymbol(wrt, wrt)] = tape.apply(_one)
    reached = {wrt}
    for node in graph.nodes:
        derivatives = [d for d in entering[node.symbol] if d.edge.parent in reached]
        if not derivatives:
            continue
        reached.add(node.symbol)
        total = DerivativeSymbol(node.symbol, wrt)
        if total in cells:
            continue
        edges = [d.edge for d in derivatives]
        rates = [cells[DerivativeSymbol(edge.parent, wrt)] for edge in edges]
        if len(derivatives) > 1:
            cells[total] = _total(tape, node, edges, rates)
        else:
            cells[total] = tape.apply(product, cells[derivatives[0].symbol], *rates)


def write_adjoints(tape: Tape, graph: Graph, entering: Entering, output: Symbol) -> None:
    """Append the derivative of the output by every node and input: each use of a name by
    another node adds that node's adjoint times the local derivative there."""
    cells = tape.cells
    uses: dict[Symbol, list[int]] = {}
    for node in reversed(graph.nodes):
        adjoint = DerivativeSymbol(output, node.symbol)
        if node.symbol in graph.outputs:
            cells[adjoint] = tape.apply(_one)
        else:
            _write_adjoint(tape, adjoint, uses)
        for derivative in entering[node.symbol]:
            pair = cells[adjoint], cells[derivative.symbol]
            uses.setdefault(derivative.edge.parent, []).extend(pair)
    for wrt in graph.inputs:
        _write_adjoint(tape, DerivativeSymbol(output, wrt), uses)


def _write_adjoint(tape: Tape, adjoint: DerivativeSymbol, uses: Mapping[Symbol, list[int]]) -> None:
    """One that is a local derivative as well is measured already."""
    if adjoint not in tape.cells:
        tape.cells[adjoint] = tape.apply(sum_of_products, *uses.get(adjoint.wrt, ()))


def _write_local(tape: Tape, node: Node, derivative: LocalDerivative) -> None:
    """One argument moves, the others are held fixed. Of a sum only the term that moves is
    computed: the others cancel, and a long sum would cost n² with them."""
    edge = derivative.edge
    args = _with_moving(node.args, edge)
    still: Basic = node.symbol
    if node.operation.id == "sum":
        term = slice(edge.slot - 1, edge.slot + 2)
        args, still = args[term], node.operation.build(*node.args[term])
    moving = node.operation.build(*args)
    tape.cells[derivative.symbol] = _slope(tape, node, edge.parent, moving, MOVING, still)


def measure(tape: Tape, node: Node, name: Symbol, symbol: DerivativeSymbol) -> None:
    """Append the derivative of a node by a name, which moves wherever it stands in the node."""
    expression = node.expression
    tape.cells[symbol] = _slope(tape, node, name, expression, name, expression)


def _with_moving(args: tuple[Basic, ...], edge: Edge) -> tuple[Basic, ...]:
    """The arguments of a node with MOVING for the parent in the slot of an edge."""
    moved = replace(args[edge.slot], {edge.parent: MOVING})
    return (*args[: edge.slot], moved, *args[edge.slot + 1 :])


def _slope(tape: Tape, node: Node, name: Symbol, expr: Basic, moving: Symbol, still: Basic) -> int:
    """The cell of the difference quotient of an expression in which `moving` stands for a name
    that moves; `still` is its value where it does not."""
    here = tape.cell(name)
    width = tape.apply(_width, tape.cell(STEP), here)
    moved = tape.cell_where(expr, {moving: tape.apply(total_of, here, width)})
    if not node.operation.kinks:
        return tape.apply(_quotient, moved, tape.cell(still), width)
    back = tape.cell_where(expr, {moving: tape.apply(_difference, here, width)})
    return tape.apply(_quotient_on_both_sides, moved, tape.cell(still), width, back)


def _total(tape: Tape, node: Node, edges: list[Edge], rates: list[int]) -> int:
    """The cell of a quotient for which all arguments move together, each at the rate of its
    parent."""
    parents = [tape.cell(edge.parent) for edge in edges]
    width = tape.apply(_common_width, tape.cell(STEP), *parents, *rates)
    names = [Symbol(f"argument {place}", real=True) for place in range(len(edges))]
    args = list(node.args)
    for edge, name in zip(edges, names, strict=True):
        args[edge.slot] = replace(args[edge.slot], {edge.parent: name})
    expr, still = node.operation.build(*args), tape.cell(node.symbol)

    def moved(move: Compute) -> int:
        cells = (tape.apply(move, p, width, r) for p, r in zip(parents, rates, strict=True))
        return tape.cell_where(expr, dict(zip(names, cells, strict=True)))

    if not node.operation.kinks:
        return tape.apply(_quotient, moved(_along), still, width)
    return tape.apply(_quotient_on_both_sides, moved(_along), still, width, moved(_against))


def _one(values: list) -> mpf:
    return mpf(1)


def sum_of_products(values: list) -> mpf:
    """Of a list of pairs."""
    return sum((a * b for a, b in zip(values[::2], values[1::2], strict=True)), mpf(0))


def _difference(values: list) -> mpf:
    return values[0] - values[1]


def _against(values: list) -> mpf:
    value, width, rate = values
    return value - width * rate


def _along(values: list) -> mpf:
    value, width, rate = values
    return value + width * rate


def _width(values: list) -> mpf:
    step, value = values
    return step * value if value else step


def _common_width(values: list) -> mpf:
    """The step, small against every argument."""
    step, *rest = values
    half = len(rest) // 2
    sizes = [
        abs((value or 1) / rate)
        for value, rate in zip(rest[:half], rest[half:], strict=True)
        if rate
    ]
    return step * min(sizes, default=1)


def _quotient(values: list) -> mpf:
    moved, still, width = values
    return (moved - still) / width


def _ratio(values: list) -> mpf | None:
    change, by, value = values
    return change / by if _is_resolved(change, value) else None


def _ratio_or_slope(values: list) -> mpf | None:
    change, by, value, slope = values
    if change is None or by is None:
        return slope
    return change / by if slope is None or _is_resolved(change, value) else slope


def _is_resolved(change: mpf, value: mpf) -> bool:
    """Whether enough digits of the value have changed."""
    return magnitude(change) > magnitude(value) + AGREED - mp.prec


def _quotient_on_both_sides(values: list) -> mpf | None:
    """Nothing at a kink, where the two sides disagree, nor at a jump."""
    moved, still, width, back = values
    after, before = moved - still, still - back
    kink = abs(after - before) > NEGLIGIBLE * max(abs(after), abs(before))
    jump = abs(after) > max(NEGLIGIBLE * abs(moved), NEGLIGIBLE * abs(still), width / NEGLIGIBLE)
    return None if kink or jump else after / width
