"""Step 4: the names replaced by what they stand for, one layer at a time."""

from __future__ import annotations

from collections.abc import Container, Mapping

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.graph import Graph
from chainstep.notation import DerivativeSymbol, Matrix, extent, names_in, replace, size
from chainstep.textbook import collect

LARGEST_RESULT = 2000  # symbols; a larger result stays in named quantities
LARGEST_OF_SYSTEM = 100  # symbols of all results; larger ones stay in the person's own names
DEEPEST_RESULT = 100  # levels, likewise
LONGEST_LAYER = 150  # symbols; from there all names are replaced at once
LONGEST_ROW = 80  # symbols; a longer gradient is shown as a row in named quantities


def substitute(
    graph: Graph,
    derivatives: Mapping[Symbol, Basic],
    totals: Mapping[Basic, Basic],
    output: Symbol,
    kept: Container[Basic] = (),
) -> tuple[Step, dict[Symbol, Basic]]:
    """The lines of step 4 and the derivative by each variable, in the textbook form.

    All names are replaced, unless the results would get too long: those of a system then
    stay in the names of `kept`, which the person gave, and larger ones in all names. A note
    says so. The results by several variables are the gradient, which is also shown as a row.
    """
    definitions: dict[Basic, Basic] = dict(graph.constants)
    definitions |= {node.symbol: node.expression for node in graph.nodes}
    definitions |= totals
    inner = {name: value for name, value in definitions.items() if name not in kept}
    largest = LARGEST_OF_SYSTEM if len(inner) < len(definitions) else LARGEST_RESULT
    notes: list[str] = []
    whole = extent_of(derivatives, definitions)
    if fits(whole, largest):
        names = definitions
    elif len(inner) < len(definitions) and fits(extent_of(derivatives, inner), LARGEST_RESULT):
        names = inner
        notes.append(too_large(whole, largest, "the names of the definitions"))
    else:
        names = {}
        notes.append(too_large(whole, largest, "named quantities"))
    if len(derivatives) > 1:
        equations, results = _gradient(output, derivatives, names, totals, kept)
        equations.append(_row(output, derivatives, results))
    else:
        ((wrt, derivative),) = derivatives.items()
        layers = _to_the_end(derivative, names, kept)
        equations, results = [Equation(DerivativeSymbol(output, wrt), layers)], {wrt: layers[-1]}
    return Step("substitute", STEP_TITLES["substitute"], tuple(equations), tuple(notes)), results


def _gradient(
    output: Symbol,
    derivatives: Mapping[Symbol, Basic],
    names: Mapping[Basic, Basic],
    totals: Mapping[Basic, Basic],
    kept: Container[Basic],
) -> tuple[list[Equation], dict[Symbol, Basic]]:
    """The lines for every variable. A total derivative that they share is worked out once,
    in a line before them."""
    lines = {DerivativeSymbol(output, wrt): value for wrt, value in derivatives.items()}
    needed = {name for value in lines.values() for name in names_in(value)}
    for name in reversed(totals):
        if name in needed:
            needed |= names_in(totals[name])
    shared = {name: value for name, value in totals.items() if name in needed}
    known = dict(names)
    equations = []
    for left, value in ({**shared, **lines} if names else lines).items():
        layers = _to_the_end(value, known, kept)
        known[left] = layers[-1]
        if left in lines or layers != (value,):
            equations.append(Equation(left, layers))
    return equations, {wrt: known[DerivativeSymbol(output, wrt)] for wrt in derivatives}


def _to_the_end(
    expr: Basic, names: Mapping[Basic, Basic], kept: Container[Basic]
) -> tuple[Basic, ...]:
    """Each layer of names replaced in turn, and the result in the textbook form."""
    layers = layer_by_layer(expr, names, kept)
    result = collect(layers[-1]) if names else expr
    return tuple(layers) if result == layers[-1] else (*layers, result)


def layer_by_layer(
    expr: Basic, definitions: Mapping[Basic, Basic], kept: Container[Basic]
) -> list[Basic]:
    """Each layer of names replaced in turn, until none is left; all at once where long. A name
    that the person gave waits for those that still hide it, so that it goes everywhere at
    once."""
    layers = [expr]
    names = names_in(expr) & definitions.keys()
    while names:
        ours = {name for name in names if name in kept}
        waiting = ours & _hidden(names, definitions) if ours else set()
        now = {name: definitions[name] for name in names - waiting}
        layer = replace(layers[-1], now)
        names = {n for value in now.values() for n in names_in(value)} & definitions.keys()
        names |= waiting
        if names and size(layer) > LONGEST_LAYER:
            layers[-1] = layer
        else:
            layers.append(layer)
    return layers[1:] or layers  # the first is the last side of step 3


def _hidden(names: set[Basic], definitions: Mapping[Basic, Basic]) -> set[Basic]:
    """Those names that the definition of another one uses, directly or not."""
    found: set[Basic] = set()
    stack = [*names]
    while stack:
        inner = names_in(definitions[stack.pop()]) & definitions.keys()
        stack += inner - found
        found |= inner
    return names & found


def _row(
    output: Symbol, derivatives: Mapping[Symbol, Basic], results: Mapping[Symbol, Basic]
) -> Equation:
    """The gradient as a row, in named quantities where that is shorter."""
    symbols = [DerivativeSymbol(output, wrt) for wrt in results]
    short = sum(map(size, results.values())) <= LONGEST_ROW
    entries = results if short else derivatives
    return Equation(Matrix.of([symbols]), (Matrix.of([entries.values()]),))


def extent_of(
    derivatives: Mapping[Symbol, Basic], definitions: Mapping[Basic, Basic]
) -> tuple[int, int]:
    """How many symbols, and at most how many levels, the derivatives have with every name
    replaced by its definition.

    Computed name by name, so it costs no more than the graph is long, although the numbers
    themselves may be astronomical. A definition stands before those that use it.
    """
    known: dict[Basic, tuple[int, int]] = {}
    for name, value in definitions.items():
        known[name] = extent(value, known)
    extents = [extent(derivative, known) for derivative in derivatives.values()]
    return sum(symbols for symbols, _ in extents), max(levels for _, levels in extents)


def fits(extents: tuple[int, int], largest: int) -> bool:
    symbols, levels = extents
    return symbols <= largest and levels <= DEEPEST_RESULT


def too_large(extents: tuple[int, int], largest: int, names: str) -> str:
    symbols, levels = extents
    if symbols <= largest:
        measure, limit = f"be {levels} levels deep", DEEPEST_RESULT
    else:
        digits = symbols.bit_length() * 3 // 10  # str() of a number refuses 5,000 digits
        count = f"10^{digits}" if digits > 9 else str(symbols)
        measure, limit = f"have about {count} symbols", largest
    return f"The result stays in {names}: written out it would {measure}, and the limit is {limit}."
