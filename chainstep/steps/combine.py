"""Step 3: the local derivatives combined by the chain rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, LocalDerivative, Rule, Step, by_child
from chainstep.graph import Graph
from chainstep.notation import ONE, ZERO, DerivativeSymbol, add, mul, size
from chainstep.textbook import collect

SHORT = 16  # a total derivative of at most so many symbols is written out where it is used


@dataclass(frozen=True)
class Combination:
    """What step 3 found: its lines, the output's derivative by each variable in names, and
    the value of every name of a total derivative, duₖ/dx or dy/duₖ."""

    step: Step
    derivatives: Mapping[Symbol, Basic]
    totals: Mapping[Basic, Basic]


def rule_of(graph: Graph) -> Rule:
    """The most special chain rule that applies, and the symbols that show it."""
    if len(graph.inputs) > 1:
        return Rule("vector", graph.inputs)
    path = [node.symbol for node in graph.nodes if node.symbol in graph.contributing]
    for symbol in path:
        edges = graph.edges[symbol]
        if len(edges) > 1:
            return Rule("total-derivative", (symbol, *(edge.parent for edge in edges)))
    return Rule("single-variable", (*graph.inputs, *path))


def combine(
    graph: Graph,
    local_derivatives: tuple[LocalDerivative, ...],
    output: Symbol,
    direction: str | None = None,
) -> Combination:
    """The derivative of the output by each input from the local derivatives.

    Forward accumulation goes from the inputs to the output, with one line for every duₖ/dx;
    backward accumulation the other way, with one for every dy/duₖ, the adjoint of uₖ. A line
    is left out where it would only repeat a local derivative. A single path is also written
    as one product, in the order of the direction; without one this is all, from the output to
    the input, and several paths go forward.
    """
    if not graph.nodes:
        slopes = {x: ONE if x in graph.outputs else ZERO for x in graph.inputs}
        return _combination([], slopes, {})
    (last,) = graph.outputs
    local_derivatives = tuple(d for d in local_derivatives if d.edge.child in graph.contributing)
    single = rule_of(graph).id == "single-variable"
    if single and direction is None:
        return _single_path(local_derivatives[::-1], last, graph, output)
    if direction == "backward":
        found = _backward(graph, local_derivatives, output)
    else:
        found = _forward(graph, by_child(local_derivatives), output)
    if not single or len(local_derivatives) == 2:
        return found
    forward = direction == "forward"
    path = local_derivatives if forward else local_derivatives[::-1]
    product = _single_path(path, last if forward else output, graph, output)
    lines = (*found.step.equations, *product.step.equations)
    return _combination(lines, product.derivatives, found.totals)


def _single_path(
    path: Sequence[LocalDerivative], whole: Symbol, graph: Graph, output: Symbol
) -> Combination:
    """The product of the local derivatives, in their order; `whole` is y or the last of the
    intermediates."""
    (wrt,) = graph.inputs
    if len(path) == 1:
        return _combination([], {wrt: path[0].value}, {})
    values = mul(*(derivative.value for derivative in path))
    ordered = collect(values)
    symbols = mul(*(derivative.symbol for derivative in path))
    left, same = DerivativeSymbol(output, wrt), DerivativeSymbol(whole, wrt)
    return _combination([equation(left, same, symbols, values, ordered)], {wrt: ordered}, {})


# --- Forward ------------------------------------------------------------------------------


def _forward(
    graph: Graph, entering: Mapping[Symbol, list[LocalDerivative]], output: Symbol
) -> Combination:
    equations: list[Equation] = []
    totals: dict[Basic, Basic] = {}
    derivatives: dict[Symbol, Basic] = {}
    for wrt in graph.inputs:
        equations += _totals(graph, entering, wrt, output, totals)
        derivatives[wrt] = totals.get(DerivativeSymbol(graph.outputs[0], wrt), ZERO)
    return _combination(equations, derivatives, totals)


def _totals(
    graph: Graph,
    entering: Mapping[Symbol, list[LocalDerivative]],
    wrt: Symbol,
    output: Symbol,
    totals: dict[Basic, Basic],
) -> Iterator[Equation]:
    """The lines for every node that depends on a variable; adds to `totals`."""
    reached = {wrt}
    for node in graph.nodes:
        edges = [d for d in entering.get(node.symbol, ()) if d.edge.parent in reached]
        if not edges:
            continue
        reached.add(node.symbol)
        total = DerivativeSymbol(node.symbol, wrt)
        if edges[0].symbol == total:
            totals[total] = edges[0].value
            continue
        symbols = add(*(_along(d.symbol, _name(d, wrt)) for d in edges))
        values = add(*(_along(d.value, _short(_name(d, wrt), totals)) for d in edges))
        totals[total] = collect(values)
        last = node.symbol in graph.outputs
        left = DerivativeSymbol(output, wrt) if last else total
        yield equation(left, total, symbols, values, totals[total])


def _name(derivative: LocalDerivative, wrt: Symbol) -> Basic:
    """The total derivative of the parent of an edge, by its name; 1 for x itself."""
    parent = derivative.edge.parent
    return ONE if parent == wrt else DerivativeSymbol(parent, wrt)


# --- Backward -----------------------------------------------------------------------------


def _backward(
    graph: Graph, local_derivatives: tuple[LocalDerivative, ...], output: Symbol
) -> Combination:
    uses: dict[Symbol, list[LocalDerivative]] = {}
    entering = by_child(local_derivatives)
    for node in reversed(graph.nodes):
        for derivative in entering.get(node.symbol, ()):
            uses.setdefault(derivative.edge.parent, []).append(derivative)
    equations = []
    totals: dict[Basic, Basic] = {}
    (last,) = graph.outputs
    inner = [n.symbol for n in graph.nodes if n.symbol in graph.contributing - {last}]
    for name in (*reversed(inner), *graph.inputs):
        adjoint = DerivativeSymbol(output, name)
        edges = uses.get(name, [])
        if [d.symbol for d in edges] == [adjoint]:
            totals[adjoint] = edges[0].value
            continue
        before = [_adjoint(d, output, last) for d in edges]
        known = [_unless_shared(d, graph, totals, b) for d, b in zip(edges, before, strict=True)]
        symbols = add(*(_after(b, d.symbol) for d, b in zip(edges, before, strict=True)))
        values = add(*(_after(b, d.value) for d, b in zip(edges, known, strict=True)))
        ordered = collect(values)
        totals[adjoint] = ordered if size(ordered) < size(values) or known != before else values
        equations.append(equation(adjoint, symbols, values, totals[adjoint]))
    derivatives = {wrt: totals[DerivativeSymbol(output, wrt)] for wrt in graph.inputs}
    return _combination(equations, derivatives, totals)


def _adjoint(derivative: LocalDerivative, output: Symbol, last: Symbol) -> Basic:
    """The adjoint of the node that uses a name; 1 for the output itself."""
    child = derivative.edge.child
    return ONE if child == last else DerivativeSymbol(output, child)


def _unless_shared(
    derivative: LocalDerivative, graph: Graph, totals: Mapping[Basic, Basic], adjoint: Basic
) -> Basic:
    """An adjoint written out while it is short; one that several variables need is computed
    once, and keeps its name."""
    shared = len(graph.inputs) > 1 and len(graph.edges[derivative.edge.child]) > 1
    return adjoint if shared and size(totals.get(adjoint, ONE)) > 1 else _short(adjoint, totals)


def _after(adjoint: Basic, local: Basic) -> Basic:
    return local if adjoint is ONE else mul(adjoint, local)


# --- Lines --------------------------------------------------------------------------------


def _short(name: Basic, totals: Mapping[Basic, Basic]) -> Basic:
    """What a name stands for while that is short, then the name."""
    value = totals.get(name, name)
    return value if size(value) <= SHORT else name


def _along(local: Basic, total: Basic) -> Basic:
    return local if total is ONE else mul(local, total)


def equation(left: Basic, *rights: Basic) -> Equation:
    """left = right = …, without a side that only repeats its neighbour."""
    sides = [left]
    for right in rights:
        if right != sides[-1]:
            sides.append(right)
    return Equation(left, tuple(sides[1:]))


def _combination(
    equations: Iterable[Equation],
    derivatives: Mapping[Symbol, Basic],
    totals: Mapping[Basic, Basic],
) -> Combination:
    step = Step("combine", STEP_TITLES["combine"], tuple(equations))
    return Combination(step, derivatives, totals)
