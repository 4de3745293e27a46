"""Step 4 for vectors: the names of a matrix replaced by what they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.graph import Graph
from chainstep.jacobians.combine import Combination
from chainstep.notation import Matrix
from chainstep.steps.substitute import extent_of, fits, layer_by_layer, too_large
from chainstep.textbook import collect

LARGEST_JACOBIAN = 40_000  # symbols; a larger one stays in named quantities


def substitute(graph: Graph, combination: Combination) -> tuple[Step, Matrix]:
    """The line of step 4 and the matrix it ends with, every entry in the textbook form."""
    definitions: dict[Basic, Basic] = dict(graph.constants)
    definitions |= {node.symbol: node.expression for node in graph.nodes}
    definitions |= combination.names
    written = combination.result.written()
    extent = extent_of({combination.symbol: written}, definitions)  # type: ignore[dict-item]
    notes: tuple[str, ...] = ()
    sides: tuple[Basic, ...] = (written,)
    if fits(extent, LARGEST_JACOBIAN):
        sides = _to_the_end(written, definitions)
    else:
        notes = (too_large(extent, LARGEST_JACOBIAN, "named quantities"),)
    step = Step(
        "substitute", STEP_TITLES["substitute"], (Equation(combination.symbol, sides),), notes
    )
    last = sides[-1]
    return step, last if isinstance(last, Matrix) else Matrix.of([[last]])


def _to_the_end(written: Basic, definitions: Mapping[Basic, Basic]) -> tuple[Basic, ...]:
    layers = layer_by_layer(written, definitions, definitions)
    result = _collected(layers[-1])
    return tuple(layers) if result == layers[-1] else (*layers, result)


def _collected(written: Basic) -> Basic:
    """The textbook form of each entry."""
    if not isinstance(written, Matrix):
        return collect(written)
    return Matrix.of([collect(entry) for entry in row.args] for row in written.args)
