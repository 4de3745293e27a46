"""derive(): the whole program, from the text to the verdict."""

from __future__ import annotations

from sympy import Expr
from sympy.core.basic import Basic

from chainstep.conditions import conditions_of
from chainstep.derivation import Derivation, Equation
from chainstep.notation import extent
from chainstep.problem import Variables, pose
from chainstep.steps.combine import combine, rule_of
from chainstep.steps.compute import computation, compute
from chainstep.steps.introduce import introduce, introduction
from chainstep.steps.substitute import DEEPEST_RESULT, LARGEST_RESULT, substitute
from chainstep.verify import verify


def derive(
    expression: str | Expr,
    wrt: Variables | None = None,
    *,
    output: str | None = None,
    direction: str | None = None,
) -> Derivation:
    """The four-step derivation of an expression, or of a system of named definitions.

    `expression` is a text in plain or LaTeX notation, or a sympy expression; definitions are
    separated by semicolons or lines, and `output` names the one to differentiate, where it is
    not the first. `wrt` names the variables, "all" all of them: without it the only variable
    is taken, or x, or t. `direction` is "forward" or "backward"; one variable goes forward,
    several backward. Raises a ChainstepError that says what is wrong, where, and what to do.

    >>> derive("sin(x^2)").result
    2*x*cos(x**2)
    >>> derive("L = z^2; z = w*x + b", wrt="w,b").gradient
    {w: 2*x*(b + w*x), b: 2*(b + w*x)}
    """
    problem = pose(expression, wrt, output)
    variables, output_symbol = problem.variables, problem.output
    if len(variables) > 1:
        direction = direction or "backward"
    graph = introduce(problem.definitions, variables, problem.letter, problem.kept)
    local_derivatives = compute(graph)
    combination = combine(graph, local_derivatives, output_symbol, direction)
    substitution, gradient = substitute(
        graph, combination.derivatives, combination.totals, output_symbol, problem.kept
    )
    steps = (
        introduction(graph, problem.definitions),
        computation(local_derivatives),
        combination.step,
        substitution,
    )
    lines = [equation for step in steps for equation in step.equations]
    direction = direction or "forward"
    tree = problem.definitions[-1][1]
    return Derivation(
        source=problem.source,
        read_as=tree if _is_readable(tree) else None,
        output=output_symbol,
        rule=rule_of(graph),
        graph=graph,
        local_derivatives=local_derivatives,
        steps=steps,
        gradient=gradient,
        conditions=conditions_of(graph, gradient[variables[0]]),
        verdict=verify(problem.definitions, graph, local_derivatives, lines, direction),
        direction=direction,
        definitions=tuple(Equation(n, (t,)) for n, t in reversed(problem.definitions))
        if problem.is_system
        else (),
        unused=problem.unused,
        decimals=problem.decimals,
    )


def _is_readable(tree: Basic) -> bool:
    """Whether an expression is small enough to be written out."""
    symbols, levels = extent(tree)
    return symbols <= LARGEST_RESULT and levels <= DEEPEST_RESULT
