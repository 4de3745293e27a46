"""Difference quotients: numbers for derivative symbols, without a rule of differentiation.

They are written onto the tape of the forward pass, so one run computes all of them. A name
moves by a step relative to its own size; a node's local derivative is how far the node moves
while one argument does, and its total derivative how far while each argument moves at the
rate of its own total derivative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mpmath import mpf
from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import LocalDerivative
from chainstep.graph import Edge, Graph, Node
from chainstep.notation import DerivativeSymbol, replace
from chainstep.tape import Compute, Tape

Entering = Mapping[Symbol, Sequence[LocalDerivative]]

NEGLIGIBLE = mpf(10) ** -15  # beside the change of a smooth function over one step
STEP = Symbol("step of the difference quotients", real=True)


def write_locals(tape: Tape, graph: Graph, entering: Entering) -> None:
    """Append instructions that compute every local derivative of the graph.

    The cell of STEP has to be set before they run, and the nodes have to be on the tape.
    """
    for node in graph.nodes:
        for derivative in entering[node.symbol]:
            _write_local(tape, node, derivative)


def write_totals(tape: Tape, graph: Graph, entering: Entering, wrt: Symbol) -> None:
    """Append the total derivative by an input of every node that depends on it; one that is a
    local derivative as well is measured already."""
    tape.append(DerivativeSymbol(wrt, wrt), _one)
    reached = {wrt}
    for node in graph.nodes:
        derivatives = [d for d in entering[node.symbol] if d.edge.parent in reached]
        if not derivatives:
            continue
        reached.add(node.symbol)
        total = DerivativeSymbol(node.symbol, wrt)
        if len(derivatives) > 1:
            _write_total(tape, node, [d.edge for d in derivatives], total)
        elif derivatives[0].symbol != total:
            parent = DerivativeSymbol(derivatives[0].edge.parent, wrt)
            tape.append(total, _product, derivatives[0].symbol, parent)


def write_adjoints(tape: Tape, graph: Graph, entering: Entering, output: Symbol) -> None:
    """Append the derivative of the output by every node and input: each use of a name by
    another node adds that node's adjoint times the local derivative there."""
    uses: dict[Symbol, list[Basic]] = {}
    for node in reversed(graph.nodes):
        adjoint = DerivativeSymbol(output, node.symbol)
        if node.symbol in graph.outputs:
            tape.append(adjoint, _one)
        else:
            _write_adjoint(tape, adjoint, uses.get(node.symbol, []))
        for derivative in entering[node.symbol]:
            uses.setdefault(derivative.edge.parent, []).extend([adjoint, derivative.symbol])
    for wrt in graph.inputs:
        _write_adjoint(tape, DerivativeSymbol(output, wrt), uses.get(wrt, []))


def _write_adjoint(tape: Tape, adjoint: DerivativeSymbol, factors: list[Basic]) -> None:
    """One that is a local derivative as well is measured already."""
    if adjoint not in tape.cells:
        tape.append(adjoint, sum_of_products, *factors)


def _write_local(tape: Tape, node: Node, derivative: LocalDerivative) -> None:
    """One argument moves, the others are held fixed. Of a sum only the term that moves is
    computed: the others cancel, and a long sum would cost n² with them."""
    edge = derivative.edge
    _, moved = _moved(tape, edge.parent)
    args = list(node.args)
    args[edge.slot] = replace(args[edge.slot], {edge.parent: moved})
    still: Basic = node.symbol
    if node.operation.id == "sum":
        term = slice(edge.slot - 1, edge.slot + 2)
        args, still = args[term], node.operation.build(*node.args[term])
    _write_quotient(tape, node, edge.parent, derivative.symbol, node.operation.build(*args), still)


def measure(tape: Tape, node: Node, name: Symbol, symbol: DerivativeSymbol) -> None:
    """Append the derivative of a node by a name, which moves wherever it stands in the node."""
    _, moved = _moved(tape, name)
    moving = replace(node.expression, {name: moved})
    _write_quotient(tape, node, name, symbol, moving, node.expression)


def _write_quotient(
    tape: Tape, node: Node, name: Symbol, symbol: Basic, moving: Basic, still: Basic
) -> None:
    width, moved = _moved(tape, name)
    if node.operation.kinks:
        back = replace(moving, {moved: _moved_back(tape, name)})
        tape.append(symbol, _quotient_on_both_sides, moving, still, width, back)
    else:
        tape.append(symbol, _quotient, moving, still, width)


def _moved(tape: Tape, name: Symbol) -> tuple[Symbol, Symbol]:
    """The width by which a name moves, and where it moves to."""
    width = Symbol(f"width of {name.name}", real=True)
    moved = Symbol(f"{name.name} moved", real=True)
    if width not in tape.cells:
        tape.append(width, _width, STEP, name)
        tape.append(moved, _sum, name, width)
    return width, moved


def _moved_back(tape: Tape, name: Symbol) -> Symbol:
    """Where a name moves to on the other side."""
    width, _ = _moved(tape, name)
    moved = Symbol(f"{name.name} moved back", real=True)
    if moved not in tape.cells:
        tape.append(moved, _difference, name, width)
    return moved


def _write_total(tape: Tape, node: Node, edges: list[Edge], total: DerivativeSymbol) -> None:
    """All arguments move together, each at the rate of its parent."""
    rates = [DerivativeSymbol(edge.parent, total.wrt) for edge in edges]
    width = Symbol(f"common width for {node.symbol.name} by {total.wrt.name}", real=True)
    parents = [edge.parent for edge in edges]
    tape.append(width, _common_width, STEP, *parents, *rates)
    sides = [_all_moved(tape, node, edges, rates, width, _along)]
    if node.operation.kinks:
        sides.append(_all_moved(tape, node, edges, rates, width, _against))
    quotient = _quotient_on_both_sides if node.operation.kinks else _quotient
    tape.append(total, quotient, sides[0], node.symbol, width, *sides[1:])


def _all_moved(
    tape: Tape,
    node: Node,
    edges: list[Edge],
    rates: list[DerivativeSymbol],
    width: Symbol,
    move: Compute,
) -> Basic:
    args = list(node.args)
    for place, (edge, rate) in enumerate(zip(edges, rates, strict=True)):
        moved = Symbol(f"argument {place}{move.__name__} by the {width.name}", real=True)
        tape.append(moved, move, edge.parent, width, rate)
        args[edge.slot] = replace(args[edge.slot], {edge.parent: moved})
    return node.operation.build(*args)


def _one(values: list) -> mpf:
    return mpf(1)


def sum_of_products(values: list) -> mpf:
    """Of a list of pairs."""
    return sum((a * b for a, b in zip(values[::2], values[1::2], strict=True)), mpf(0))


def _product(values: list) -> mpf:
    return values[0] * values[1]


def _sum(values: list) -> mpf:
    return values[0] + values[1]


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


def _quotient_on_both_sides(values: list) -> mpf | None:
    """Nothing at a kink, where the two sides disagree, nor at a jump."""
    moved, still, width, back = values
    after, before = moved - still, still - back
    kink = abs(after - before) > NEGLIGIBLE * max(abs(after), abs(before))
    jump = abs(after) > max(NEGLIGIBLE * abs(moved), NEGLIGIBLE * abs(still), width / NEGLIGIBLE)
    return None if kink or jump else after / width
