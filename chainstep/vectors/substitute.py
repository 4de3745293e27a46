"""Step 4: the names replaced by what they stand for, one layer at a time."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import Element
from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.notation import DerivativeSymbol, names_in, replace, size
from chainstep.vectors.combine import Combination
from chainstep.vectors.indexes import at_index, whole_vectors
from chainstep.vectors.introduce import VectorGraph
from chainstep.vectors.jacobian import Jacobian

LARGEST_RESULT = 2000  # symbols; a larger result stays in named quantities
MOST_LAYERS = 100
MOST_SHOWN = 3  # of more layers the first and the last are shown
TOO_LARGE = "The result stays in named quantities: written out it would be too long."


def substitute(
    graph: VectorGraph, combination: Combination, output: Symbol
) -> tuple[Step, dict[Symbol, Basic]]:
    """The lines of step 4, one for each variable, and the results in their textbook form."""
    meanings = graph.definitions | combination.totals
    equations: list[Equation] = []
    gradient: dict[Symbol, Basic] = {}
    notes: list[str] = []
    for variable, derivative in combination.gradient.items():
        layers = _layers(derivative, meanings)
        if layers is None:
            layers, notes = [derivative.tree()], [TOO_LARGE]
        gradient[variable] = layers[-1]
        equations.append(Equation(DerivativeSymbol(output, variable), tuple(layers)))
    step = Step("substitute", STEP_TITLES["substitute"], tuple(equations), tuple(notes))
    return step, gradient


def _layers(derivative: Jacobian, meanings: Mapping[Basic, Basic]) -> list[Basic] | None:
    """Each layer of names replaced in turn, then the textbook form; None where too long."""
    layers = [derivative.tree()]
    current = derivative
    for _ in range(MOST_LAYERS):
        found = _meanings(current, meanings)
        if not found:
            break
        current = current.changed(lambda tree, names=found: replace(tree, names))  # type: ignore[misc]
        if size(current.value) + size(current.other) > LARGEST_RESULT:
            return None
        layers.append(current.tree())
    else:
        return None
    layers = layers[1:] or layers
    if len(layers) > MOST_SHOWN:
        layers = [layers[0], layers[-1]]
    last = current.tidied().tree()
    if size(last) == size(layers[-1]):  # the same in another order
        layers.pop()
    return layers if layers and last == layers[-1] else [*layers, last]


def _meanings(current: Jacobian, meanings: Mapping[Basic, Basic]) -> dict[Basic, Basic]:
    """What the names of a derivative stand for; an element u_i of what is defined for every j
    has the meaning of u_j with i, and u of all of them."""
    families = {name.array: name for name in meanings if isinstance(name, Element)}
    found: dict[Basic, Basic] = {}
    for name in names_in(current.value) | names_in(current.other):
        if name in meanings:
            found[name] = meanings[name]
        elif isinstance(name, Element) and name.array in families:
            like = families[name.array]
            found[name] = at_index(meanings[like], like.indexes[0], name.indexes[0])
        elif name in families:
            like = families[name]  # type: ignore[index]
            whole = whole_vectors(meanings[like], like.indexes[0])
            found |= {name: whole} if whole is not None else {}
    return found
