"""The lines about vectors and matrices, read back as numbers entry by entry.

A derivative symbol of a vector by a vector is the matrix of those of the components. Local
ones are difference quotients of the nodes; the total ones, zeros included, are measured on the
components as they were read, with one variable moved at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import MatrixProduct, Transpose
from chainstep.derivation import Equation, Verdict
from chainstep.differences import STEP, Moves, measure, sum_of_products
from chainstep.graph import Graph
from chainstep.jacobians.combine import Combination
from chainstep.jacobians.layers import Layer
from chainstep.jacobians.local import Jacobian
from chainstep.jacobians.matrices import Sparse
from chainstep.notation import DerivativeSymbol, Matrix, names_in
from chainstep.program import MOST_MOVED, Moved, Program, check, kinks_of
from chainstep.tape import Tape

Vectors = Mapping[Basic, Sparse]


def verify_matrices(
    definitions: Sequence[tuple[Symbol, Basic]],
    graph: Graph,
    layers: Sequence[Layer],
    jacobians: Sequence[Jacobian],
    combination: Combination,
    equations: Sequence[Equation],
) -> Verdict:
    """Compare all sides of every equation, each entry for itself, at points inside the domain.

    Returns what was found; raises FalseLine if a line does not hold.
    """
    vectors: dict[Basic, Sparse] = {
        layer.name: Sparse.of([c] for c in layer.components) for layer in layers
    }
    vectors |= {name: entries for name, (entries, _) in combination.vectors.items()}
    lines = tuple(line for equation in equations for line in _entries(equation, vectors))
    program = _program(definitions, graph, jacobians, combination, vectors, lines)
    return check(program, len(equations))


# --- Entries ------------------------------------------------------------------------------


def _entries(equation: Equation, vectors: Vectors) -> Iterator[Equation]:
    """The equations between the entries of the sides."""
    sides = [_full(entries_of(side, vectors)) for side in (equation.left, *equation.rights)]
    if len({len(side) for side in sides}) > 1:
        raise ValueError(f"the sides of the line for {equation.left} differ in shape")
    for left, *rights in zip(*sides, strict=True):
        yield Equation(left, tuple(rights))


def entries_of(side: Basic, vectors: Vectors) -> Sparse:
    """The matrix that a side stands for, its entries without a vector in them.

    >>> g, y, x = (Symbol(name) for name in "gyx")
    >>> vectors = {g: Sparse.of([[Symbol("g1")], [Symbol("g2")]]), x: Sparse.of([[x]])}
    >>> entries_of(DerivativeSymbol(g, x), vectors).entries
    [d(g1)/d(x), d(g2)/d(x)]
    """
    if isinstance(side, Matrix):
        return Sparse.of(row.args for row in side.args)
    if side in vectors:
        return vectors[side]
    if isinstance(side, DerivativeSymbol) and not {side.of, side.wrt}.isdisjoint(vectors):
        of, wrt = (vectors.get(s, Sparse.of([[s]])).entries for s in (side.of, side.wrt))
        return Sparse.of([DerivativeSymbol(y, x, side.partial) for x in wrt] for y in of)  # type: ignore
    if isinstance(side, Transpose):
        return Sparse.of([_full(vectors[side.args[0]])])
    if isinstance(side, MatrixProduct):
        first, *others = (entries_of(factor, vectors) for factor in side.args)
        for factor in others:
            first = first.times(factor)
        return first
    return Sparse.of([[side]])


def _full(matrix: Sparse) -> list[Basic]:
    written = matrix.written()
    return list(written.entries) if isinstance(written, Matrix) else [written]


# --- The program --------------------------------------------------------------------------


def _program(
    definitions: Sequence[tuple[Symbol, Basic]],
    graph: Graph,
    jacobians: Sequence[Jacobian],
    combination: Combination,
    vectors: Vectors,
    lines: tuple[Equation, ...],
) -> Program:
    tape = Tape()
    defined = dict(definitions)
    given = [*defined.values(), *(v for v, _ in combination.vectors.values() for v in v.entries)]
    own = {*defined, *graph.inputs}
    own |= {e for v, s in combination.vectors.values() if s != v.written() for e in v.entries}
    free = set().union(*map(names_in, given)) - own
    variables = tuple(map(tape.cell, graph.inputs))
    parameters = tuple(map(tape.cell, sorted(free, key=attrgetter("name"))))
    for name, tree in definitions:
        tape.name(name, tree)
    for node in graph.nodes:
        if node.symbol not in defined:
            tape.name(node.symbol, node.expression)
    kinks = kinks_of(tape, graph.nodes)
    values = len(tape.instructions)
    moved = tuple(_write_derivatives(tape, graph, jacobians))
    for components, symbols in combination.vectors.values():
        if symbols != components.written():
            for name, entry in zip(
                components.entries, _full(entries_of(symbols, vectors)), strict=True
            ):
                tape.name(name, entry)
    return Program(
        tape,
        graph.nodes,
        variables,
        parameters,
        step=tape.cell(STEP),
        outputs=tuple(tape.cells[name] for name in graph.outputs),
        moved=moved,
        values=values,
        names=len(tape.instructions),
        named=tuple(tape.cells[node.symbol] for node in graph.nodes),
        kinks=kinks,
        lines=tuple(tuple(dict.fromkeys(map(tape.cell, (e.left, *e.rights)))) for e in lines),
        equations=lines,
    )


def _write_derivatives(tape: Tape, graph: Graph, jacobians: Sequence[Jacobian]) -> Iterator[Moved]:
    """Put a number for every derivative symbol on the tape: the local ones, and those of all
    nodes by each variable."""
    for jacobian in jacobians:
        for i, node in enumerate(jacobian.of.nodes):
            for j, name in enumerate(jacobian.wrt.components):
                measure(tape, node, name, jacobian.entry(i, j))
    for place, wrt in enumerate(graph.inputs):
        slopes: dict[Basic, int] = {}
        moves = Moves(tape, place)
        for jacobian in jacobians:
            for i, node in enumerate(jacobian.of.nodes):
                slopes[node.symbol] = slope = _slope(tape, jacobian, i, wrt, slopes)
                if place < MOST_MOVED:
                    slope = moves.ratio(node.symbol, wrt, slope)
                tape.cells[DerivativeSymbol(node.symbol, wrt)] = slope
        yield from moves.moved


def _slope(tape: Tape, jacobian: Jacobian, i: int, wrt: Symbol, below: Mapping[Basic, int]) -> int:
    """The cell of the total derivative of a component from the slopes of the components it uses."""
    node = jacobian.of.nodes[i]
    if wrt in jacobian.wrt.components:
        return tape.cell(jacobian.entry(i, jacobian.wrt.components.index(wrt)))
    used = names_in(node.expression)
    factors: list[int] = []
    for j, name in enumerate(jacobian.wrt.components):
        if name in used:
            factors += [tape.cell(jacobian.entry(i, j)), below[name]]
    return tape.apply(sum_of_products, *factors)
