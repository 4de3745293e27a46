"""The derivative in terms of the output: y(1 − y) for a sigmoid, 2xy for e^(x²).

From the output down, as long as one argument varies, an operation is solved for it, and so the
names along the path are written with y. The operations know how they are solved; no function
is known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import itemgetter

from mpmath import mp, mpf
from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import Equation
from chainstep.graph import Graph, Node
from chainstep.notation import (
    MINUS_ONE,
    DerivativeSymbol,
    names_in,
    postorder,
    rebuild,
    replace,
    size,
    transform,
)
from chainstep.ranges import ranges_of, with_integers
from chainstep.tape import Tape, magnitude
from chainstep.textbook import collect

MOST_NODES = 12
LARGEST = 80  # symbols of a derivative or a result that is considered
LARGEST_SOLVED = 15  # symbols of a name written with y
WORTH = 0.7  # of the weight of the result, at most, for the line to be worth a place
HEAVIEST = 14  # weight of a line that reads well
HIGHEST = 3  # power of y that reads well
LARGER = 2  # times the largest number of the result, at most, for a number to read well
SMALL = 2  # what is no large number in any line
PLACES = ("0.31", "-1.3", "2.6", "-17.2", "11.3", "0.83", "-0.47", "1.7", "-3.8", "5.9")
ENOUGH = 3  # places inside the domain
DIGITS = (50, 400)  # to compute with; the second settle what the first leave in doubt
AGREED = 66  # binary digits
REMOTE = 1000  # binary digits of a value that says nothing any more


def in_terms_of_output(
    graph: Graph, derivative: Basic, result: Basic, output: Symbol
) -> Equation | None:
    """The derivative written with the output itself, where that is clearly simpler.

    `derivative` is written in the names of the graph, `result` in the input. An answer for
    which an operation was solved has been compared with the result as numbers; None if there
    is nothing worth saying.
    """
    if len(graph.inputs) != 1 or len(graph.outputs) != 1 or not graph.nodes:
        return None
    if len(graph.nodes) > MOST_NODES:
        return None
    top = graph.node(graph.outputs[0])
    present = names_in(derivative)
    if top.symbol not in present and not _is_solvable(graph, top):
        return None
    if any(isinstance(name, DerivativeSymbol) for name in present) or size(result) > LARGEST:
        return None
    limit = min(WORTH * _weight(result), HEAVIEST)
    found = [(_weight(c), c, solved) for c, solved in _candidates(graph, derivative, output)]
    for weight, candidate, solved in sorted(found, key=itemgetter(0)):
        if (
            weight <= limit
            and _reads_well(candidate, result, output, graph.inputs[0])
            and (not solved or _holds(graph, candidate, result, output))
        ):
            return Equation(DerivativeSymbol(output, graph.inputs[0]), (candidate,))
    return None


def _candidates(graph: Graph, derivative: Basic, output: Symbol) -> Iterator[tuple[Basic, bool]]:
    """The derivative with the first names on the path written with y, and the others with
    what they stand for; and whether an operation was solved for it, which may hold on one of
    its branches only."""
    derivative = _named(derivative, graph)
    present = names_in(derivative)
    written = _solved(graph, output)
    names = list(written)
    for count in (place + 1 for place, name in enumerate(names) if name in present):
        first = {name: written[name] for name in names[:count]}
        if any(_stays_inside(derivative, name, first[name]) for name in first):
            return
        definitions: dict[Basic, Basic] = {}
        for node in graph.nodes:
            if node.symbol not in first:
                definitions[node.symbol] = replace(node.expression, definitions)
        candidate = collect(replace(_evaluated(derivative, first), definitions))
        y = written[graph.outputs[0]]
        if size(candidate) <= LARGEST and _is_algebraic(candidate, y):
            yield replace(candidate, {y: output}), count > 1


def _named(expr: Basic, graph: Graph) -> Basic:
    """The expression with each definition in it called by its name: e^u₁ is u₂."""
    names = {node.expression: node.symbol for node in graph.nodes}
    return transform(expr, lambda tree: names.get(tree, tree) if tree.args else tree)


def _stays_inside(expr: Basic, name: Basic, solved: Basic) -> bool:
    """Whether y would stay inside a function, as in e^y for a name that stands in none itself."""
    if not _has_function(solved):
        return False
    above = [tree for tree in postorder(expr) if name in tree.args]
    return expr == name or any(
        tree.is_Add or tree.is_Mul or (tree.is_Pow and tree.args[1].is_Number) for tree in above
    )


def _has_function(expr: Basic) -> bool:
    return any(tree.is_Function for tree in postorder(expr))


def _is_solvable(graph: Graph, node: Node) -> bool:
    return node.operation.inverse is not None and len(graph.edges[node.symbol]) == 1


def _solved(graph: Graph, output: Symbol) -> dict[Basic, Basic]:
    """The names on the path from the output down, written with y."""
    node = graph.node(graph.outputs[0])
    y: Basic = output
    if ranges_of(map(with_integers, graph.nodes))[node.symbol].low >= 0:
        y = Symbol(output.name, positive=True)  # so that √(y²) is y; numbers decide in the end
    written = {node.symbol: y}
    while _is_solvable(graph, node):
        (edge,) = graph.edges[node.symbol]
        solved = node.operation.inverse(edge.slot, node.args, written[node.symbol])  # type: ignore[misc]
        if solved is None or size(solved) > LARGEST_SOLVED:
            break
        written[edge.parent] = solved
        if edge.parent in graph.inputs or _has_function(solved):
            break  # what is solved with ln(y) keeps it
        node = graph.node(edge.parent)
    return written


def _is_algebraic(expr: Basic, y: Basic) -> bool:
    """Whether y occurs, and only in sums, products and whole powers."""
    inside: set[int] = set()
    for tree in postorder(expr):
        if tree == y:
            inside.add(id(tree))
        elif any(id(argument) in inside for argument in tree.args):
            whole = tree.is_Pow and tree.args[1].is_Integer
            if not (tree.is_Add or tree.is_Mul or whole):
                return False
            inside.add(id(tree))
    return bool(inside)


def _evaluated(expr: Basic, names: Mapping[Basic, Basic]) -> Basic:
    """The names replaced, and powers and functions of them evaluated: cosh(artanh(y)) is
    1/√(1 − y²). Sums, products, and powers with a sum in them are left to the textbook form."""
    done: dict[int, Basic] = {}
    for tree in postorder(expr):
        if not tree.args:
            done[id(tree)] = names.get(tree, tree)
            continue
        arguments = tuple(done[id(argument)] for argument in tree.args)
        same = all(new is old for new, old in zip(arguments, tree.args, strict=True))
        evaluates = tree.is_Function or (tree.is_Pow and not _has_sum(arguments[0]))
        plain = same or tree.is_Piecewise or not evaluates
        done[id(tree)] = rebuild(tree, arguments) if plain else tree.func(*arguments)
    return done[id(expr)]


def _has_sum(expr: Basic) -> bool:
    return any(tree.is_Add for tree in postorder(expr))


def _reads_well(candidate: Basic, result: Basic, output: Symbol, x: Symbol) -> bool:
    """Whether a teacher might say it: low powers of y, no large numbers, and for a constant
    times a power of x nothing but y: −y² for 1/x, but not x·y² for −2/x²."""
    parts = list(postorder(candidate))
    highest = max((abs(p.args[1]) for p in parts if p.is_Pow and p.args[0] == output), default=1)
    if highest > HIGHEST or _largest(candidate) > LARGER * max(SMALL, _largest(result)):
        return False
    return not _is_one_power(result, x) or names_in(candidate) == {output}


def _largest(expr: Basic) -> int:
    return max(
        (max(abs(p.p), p.q) for p in postorder(expr) if p.is_Rational),  # type: ignore[attr-defined]
        default=1,
    )


def _is_one_power(expr: Basic, x: Symbol) -> bool:
    """Whether an expression is a constant times a power of x."""
    factors = expr.args if expr.is_Mul else (expr,)
    varying = [factor for factor in factors if x in names_in(factor)]
    if len(varying) != 1:
        return False
    (factor,) = varying
    return factor == x or (factor.is_Pow and factor.args[0] == x and factor.args[1].is_Number)


def _weight(expr: Basic) -> int:
    """How much there is to read: a fraction, a root and a function weigh more than a name."""
    known: dict[int, int] = {}
    for tree in postorder(expr):
        inner = sum(known[id(argument)] for argument in tree.args)
        if not tree.args:
            known[id(tree)] = 1
        elif tree.is_Pow and tree.args[1].is_Rational:
            exponent = tree.args[1]
            signs = 2 * (exponent.p < 0) + 2 * (exponent.q > 1) + (abs(exponent.p) != 1)
            known[id(tree)] = known[id(tree.args[0])] + signs
        elif tree.is_Mul:
            known[id(tree)] = inner - (tree.args[0] is MINUS_ONE)
        else:
            known[id(tree)] = inner + (1 if tree.is_Add else 2)
    return known[id(expr)]


# --- Numbers ------------------------------------------------------------------------------


def _holds(graph: Graph, candidate: Basic, result: Basic, output: Symbol) -> bool:
    """Whether candidate and result agree at places near and far, on both sides of 0."""
    tape = Tape()
    inputs = [tape.cell(name) for name in (*graph.inputs, *graph.parameters)]
    for node in graph.nodes:
        tape.name(node.symbol, node.expression)
    tape.cells[output] = tape.cells[graph.outputs[0]]
    sides = tape.cell(result), tape.cell(candidate)
    inside = 0
    for start in range(len(PLACES)):
        point = [(cell, PLACES[(start + 3 * i) % len(PLACES)]) for i, cell in enumerate(inputs)]
        agreed = _agree(tape, point, sides, DIGITS[0])
        if agreed is False:
            agreed = _agree(tape, point, sides, DIGITS[1])
        if agreed is False:
            return False
        inside += agreed is True
        if inside == ENOUGH:
            break
    return inside == ENOUGH


def _agree(
    tape: Tape, point: list[tuple[int, str]], sides: tuple[int, int], digits: int
) -> bool | None:
    """Whether both sides have the same value; None where the first has none, or a remote one."""
    with mp.workdps(digits):
        cells = tape.blank()
        for cell, place in point:
            cells[cell] = mpf(place)
        tape.run(cells)
        first, second = (cells[side] for side in sides)
        if first is None or abs(magnitude(first)) > REMOTE:
            return None
        return second is not None and magnitude(first - second) <= magnitude(first) - AGREED
