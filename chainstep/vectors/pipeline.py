"""derive_vectors(): from a text with vectors to a derivation with its verdict."""

from __future__ import annotations

from collections.abc import Sequence

from sympy.core.basic import Basic

from chainstep.arrays import shape_of
from chainstep.derivation import (
    STEP_TITLES,
    Condition,
    Derivation,
    Equation,
    LocalDerivative,
    Rule,
    Step,
)
from chainstep.graph import Graph
from chainstep.notation import rebuild, replace
from chainstep.vectors.check import check
from chainstep.vectors.combine import combine
from chainstep.vectors.compute import Local, computation, compute
from chainstep.vectors.entries import circled, entry
from chainstep.vectors.indexes import index_of
from chainstep.vectors.introduce import VectorGraph, introduce, introduction, sized
from chainstep.vectors.jacobian import NUMBER
from chainstep.vectors.problem import pose
from chainstep.vectors.substitute import substitute
from chainstep.vectors.tidy import tidy


def derive_vectors(text: str, wrt: str | Sequence[str], vectors: Sequence[str] = ()) -> Derivation:
    """The four-step derivation of a text with vectors of any length.

    `text` has declarations (`x: vector(n); W: matrix(m, n)`) and definitions, separated by
    semicolons or new lines; the first definition is the output. `wrt` names the variables: a
    number, a vector, a matrix, or an element such as w_i. `vectors` are names of vectors of
    length n that the text does not declare. Raises a ChainstepError that says what is wrong,
    where, and what to do.

    >>> derive_vectors("w, x: vector(n); y = dot(w, x)", "w").result
    Transpose(x)
    """
    problem = pose(text, wrt, vectors)
    graph = introduce(problem)
    locals = compute(graph)
    output = problem.output
    combination = combine(graph, locals, output)
    substitution, gradient = substitute(graph, combination, output)
    steps = (
        introduction(graph, output),
        computation(locals),
        Step(
            "combine",
            STEP_TITLES["combine"],
            tuple(combination.equations),
            tuple(combination.notes),
        ),
        substitution,
    )
    several = len(problem.given) > 1
    read_as = problem.definitions[-1][1]
    return Derivation(
        source=text,
        read_as=sized(circled(read_as), output),
        output=output,
        rule=_rule(graph, locals),
        graph=Graph(
            tuple(dict.fromkeys((*graph.variables,))), graph.nodes, (graph.output,), graph.constants
        ),
        local_derivatives=tuple(
            LocalDerivative(local.edge, local.symbol, tree, tree, local.law)
            for local in locals
            for tree in [local.jacobian.tree()]
        ),
        steps=steps,
        gradient=gradient,  # type: ignore[arg-type]
        conditions=_conditions(graph),
        verdict=check(problem, graph, locals, combination, steps),
        direction="backward",
        definitions=tuple(
            Equation(name, (sized(circled(tree), name),)) for name, tree in problem.given
        )
        if several
        else (),
        unused=tuple(n for n, _ in problem.given if n not in dict(problem.definitions)),
    )


def _rule(graph: VectorGraph, locals: Sequence[Local]) -> Rule:
    """The most special chain rule that applies: that for vectors only where there are any."""
    of_numbers = all(local.jacobian.kind == NUMBER for local in locals)
    several = len(graph.variables) > 1 or any(index_of(node.symbol) for node in graph.nodes)
    if several or not of_numbers or shape_of(graph.output):
        return Rule("vector", ())
    for node in graph.nodes:
        edges = graph.edges[node.symbol]
        if len(edges) > 1:
            return Rule("total-derivative", (node.symbol, *(edge.parent for edge in edges)))
    return Rule("single-variable", (*graph.variables, *(node.symbol for node in graph.nodes)))


def _conditions(graph: VectorGraph) -> tuple[Condition, ...]:
    """Where the operations exist and have a derivative, in what was given."""
    found: dict[Condition, None] = {}
    for node in graph.nodes:
        edges = graph.edges[node.symbol]
        if not edges:
            continue
        operation = node.operation
        for relation in operation.requires(*node.args):
            found[Condition("domain", _written(relation, graph))] = None
        kinks = operation.kinks(*node.args) if operation.kinks else ()
        for relation in kinks:
            found[Condition("possible-kink", _written(relation, graph))] = None
    return tuple(found)


def _written(relation: Basic, graph: VectorGraph) -> Basic:
    """A relation in what was given, of the entries of vectors."""
    names = graph.definitions
    for _ in range(len(names)):
        relation = replace(relation, names)
    sides = [tidy(side) for side in relation.args]
    whole = rebuild(relation, tuple(sides))
    found = entry(whole) if shape_of(whole) else None
    return found[0] if found else whole
