"""derive(): the whole program, from the text to the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Expr, Symbol
from sympy.core.basic import Basic

from chainstep.by_output import in_terms_of_output
from chainstep.conditions import conditions_of
from chainstep.derivation import Derivation, Equation, LocalDerivative, Numbers
from chainstep.errors import UnsupportedExpression
from chainstep.graph import Graph
from chainstep.merging import merged
from chainstep.notation import extent
from chainstep.problem import Problem, Variables, pose
from chainstep.steps.combine import combine, rule_of
from chainstep.steps.compute import computation, compute
from chainstep.steps.introduce import introduce, introduction
from chainstep.steps.substitute import DEEPEST_RESULT, LARGEST_RESULT, substitute
from chainstep.verify import verify

if TYPE_CHECKING:
    from chainstep.at_point.reading import At

DIRECTIONS = (None, "forward", "backward")
DIGITS = 6  # after the point, where none are asked for


def derive(
    expression: str | Expr,
    wrt: Variables | None = None,
    *,
    output: str | None = None,
    direction: str | None = None,
    at: At | None = None,
    digits: int = DIGITS,
    merge: bool = False,
) -> Derivation:
    """The four-step derivation of numbers: an expression, or a system of named definitions.

    The arguments, and the errors, are those of `chainstep.derive`, which also takes vectors.

    >>> derive("sin(x^2)").result
    2*x*cos(x**2)
    """
    if direction not in DIRECTIONS:
        raise UnsupportedExpression(
            f"there is no direction {direction!r}", hint="there are forward and backward"
        )
    problem = pose(expression, wrt, output)
    name, definitions, kept = problem.output, problem.definitions, problem.kept
    if len(problem.variables) > 1:
        direction = direction or "backward"
    whole = introduce(definitions, problem.variables, problem.letter, kept)
    graph = merged(whole, problem.letter, name, kept) if merge else whole
    local_derivatives = compute(graph)
    combination = combine(graph, local_derivatives, name, direction)
    derivatives = combination.derivatives
    substitution, gradient = substitute(graph, derivatives, combination.totals, name, kept)
    steps = (
        introduction(graph, definitions),
        computation(local_derivatives),
        combination.step,
        substitution,
    )
    first = graph.inputs[0]
    if merge:  # a node that is solved for its argument has one operation
        derivatives = combine(whole, compute(whole), name, direction).derivatives
    by_output = in_terms_of_output(whole, derivatives[first], gradient[first], name)
    numbers = None
    if at is not None:
        numbers = _numbers(graph, local_derivatives, definitions[-1], at, digits)
    lines = [equation for step in steps for equation in step.equations]
    lines += [by_output] if by_output else []
    direction = direction or "forward"
    return Derivation(
        source=problem.source,
        read_as=if_readable(definitions[-1][1]),
        output=name,
        rule=rule_of(graph),
        graph=graph,
        local_derivatives=local_derivatives,
        steps=steps,
        gradient=gradient,
        conditions=conditions_of(whole, gradient[first]),
        verdict=verify(definitions, graph, local_derivatives, lines, direction, numbers),
        direction=direction,
        definitions=_as_read(problem),
        unused=problem.unused,
        by_output=by_output,
        numbers=numbers,
        decimals=problem.decimals,
    )


def _numbers(
    graph: Graph,
    local_derivatives: tuple[LocalDerivative, ...],
    output: tuple[Symbol, Basic],
    at: At,
    digits: int,
) -> Numbers:
    """The numbers at a point; what computes them is imported when they are asked for."""
    from chainstep.at_point.passes import numbers_at
    from chainstep.at_point.reading import read_point

    point = read_point(at, (*graph.inputs, *graph.parameters))
    return numbers_at(graph, local_derivatives, output, point, digits)


def _as_read(problem: Problem) -> tuple[Equation, ...]:
    """The definitions of a system as they were given, but the output first."""
    if not problem.is_system:
        return ()
    trees = dict(problem.definitions)
    names = dict.fromkeys((problem.output, *problem.written))
    return tuple(Equation(name, (trees[name],)) for name in names)


def if_readable(tree: Basic) -> Basic | None:
    """An expression that is small enough to be written out."""
    symbols, levels = extent(tree)
    return tree if symbols <= LARGEST_RESULT and levels <= DEEPEST_RESULT else None
