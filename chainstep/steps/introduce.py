"""Step 1: one operation per intermediate variable, innermost first, left to right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from sympy import Expr, Symbol
from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.errors import UnsupportedExpression
from chainstep.graph import Graph, Node
from chainstep.notation import postorder
from chainstep.operations import BY_HEAD, SHAPES, Arguments, Operation, Varies


def introduce(tree: Basic, wrt: Symbol, letter: str, output: Symbol) -> Graph:
    """The computational graph of `tree`, whose intermediates are called letter1, letter2, …

    A subtree that occurs twice becomes one node. A tree of a single operation is named
    `output` itself; a constant gives a graph without an output.

    >>> from sympy import cos, sin
    >>> from chainstep.notation import mul
    >>> x, y = Symbol("x", real=True), Symbol("y", real=True)
    >>> graph = introduce(mul(sin(x**2), cos(x**2)), x, "u", y)
    >>> [str(node.expression) for node in graph.nodes]
    ['x**2', 'sin(u1)', 'cos(u1)', 'u2*u3']
    """
    varies = _varies(tree, wrt)
    stands_for: dict[Basic, Basic] = {}
    known: dict[Hashable, Symbol] = {}
    found: list[tuple[Symbol, Operation, Arguments]] = []
    stack: list[tuple[Basic, tuple[Operation, Arguments] | None]] = [(tree, None)]
    while stack:
        expr, matched = stack.pop()
        if expr in stands_for:
            continue
        if expr == wrt or not isinstance(expr, Expr) or not varies(expr):
            stands_for[expr] = expr
        elif matched is None:
            operation, operands = _match(expr, varies)
            stack.append((expr, (operation, operands)))
            stack += [(operand, None) for operand in reversed(operands)]
        else:
            operation, operands = matched
            args = tuple(stands_for[operand] for operand in operands)
            if operation.idempotent and args[0] == args[1]:
                stands_for[expr] = args[0]
                continue
            key = _key(operation, args)
            if key not in known:
                known[key] = Symbol(f"{letter}{len(found) + 1}", real=True)
                found.append((known[key], operation, args))
            stands_for[expr] = known[key]
    if len(found) == 1:
        _, operation, args = found[0]
        found = [(output, operation, args)]
    nodes = tuple(Node(*parts) for parts in found)
    outputs = (nodes[-1].symbol if nodes else wrt,) * varies(tree)
    return Graph((wrt,), nodes, outputs)


def introduction(graph: Graph, tree: Basic, output: Symbol) -> Step:
    """The equations of step 1: every definition, and the output as the last of them."""
    equations = [Equation(n.symbol, (n.expression,), n.operation.law) for n in graph.nodes]
    if not graph.nodes:
        equations.append(Equation(output, (tree,)))
    elif graph.outputs != (output,):
        equations.append(Equation(output, graph.outputs))
    return Step("introduce", STEP_TITLES["introduce"], tuple(equations))


def _varies(tree: Basic, wrt: Symbol) -> Varies:
    """The test whether a subtree depends on `wrt`; it remembers what it was asked."""
    answers: dict[Basic, bool] = {}
    for expr in postorder(tree):
        answers[expr] = expr == wrt or any(answers[a] for a in expr.args)

    def varies(expr: Basic) -> bool:
        if expr not in answers:
            answers[expr] = any(varies(argument) for argument in expr.args)
        return answers[expr]

    return varies


def _match(expr: Basic, varies: Varies) -> tuple[Operation, Arguments]:
    """The first row that recognises the expression, with its operands."""
    row = BY_HEAD.get(expr.func)
    if row is not None:
        return row, expr.args
    for row in SHAPES:
        operands = row.match(expr, varies) if row.match else None
        if operands is not None:
            return row, operands
    raise UnsupportedExpression(f"{expr.func.__name__} has no place in a derivation")


def _key(operation: Operation, args: Arguments) -> Hashable:
    """Equal for nodes that differ in the order of terms or factors only."""
    width = operation.commuting
    if not width:
        return operation.id, args
    operands = Counter(args[i : i + width] for i in range(0, len(args), width))
    return operation.id, frozenset(operands.items())
