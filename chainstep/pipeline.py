"""derive(): the whole program, from the text to the verdict."""

from __future__ import annotations

from sympy import Expr, Symbol
from sympy.core.basic import Basic

from chainstep.conditions import conditions_of
from chainstep.derivation import Derivation
from chainstep.notation import extent
from chainstep.problem import pose
from chainstep.steps.combine import combine, rule_of
from chainstep.steps.compute import computation, compute
from chainstep.steps.introduce import introduce, introduction
from chainstep.steps.substitute import DEEPEST_RESULT, LARGEST_RESULT, substitute
from chainstep.verify import verify


def derive(expression: str | Expr, wrt: str | Symbol | None = None) -> Derivation:
    """The four-step derivation of an expression in one variable.

    `expression` is a text in plain or LaTeX notation, or a sympy expression; `wrt` names
    the variable where it is not plain: without it the only variable is taken, or x, or t.
    Raises a ChainstepError that says what is wrong, where, and what to do.

    >>> derive("sin(x^2)").result
    2*x*cos(x**2)
    >>> derive("a*t^2", wrt="a").result
    t**2
    """
    problem = pose(expression, wrt)
    tree, variable, output = problem.tree, problem.wrt, problem.output
    graph = introduce(tree, variable, problem.letter, output)
    local_derivatives = compute(graph)
    combination = combine(graph, local_derivatives, variable, output)
    substitution, result = substitute(graph, combination.derivative, combination.totals, output)
    steps = (
        introduction(graph, tree, output),
        computation(local_derivatives),
        combination.step,
        substitution,
    )
    return Derivation(
        source=problem.source,
        read_as=tree if _is_readable(tree) else None,
        output=output,
        rule=rule_of(graph),
        graph=graph,
        local_derivatives=local_derivatives,
        steps=steps,
        gradient={variable: result},
        conditions=conditions_of(graph, result),
        verdict=verify(tree, graph, local_derivatives, steps, output),
        decimals=problem.decimals,
    )


def _is_readable(tree: Basic) -> bool:
    """Whether an expression is small enough to be written out."""
    symbols, levels = extent(tree)
    return symbols <= LARGEST_RESULT and levels <= DEEPEST_RESULT
