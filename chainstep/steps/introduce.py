"""Step 1: one operation per intermediate variable, innermost first, left to right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Hashable, Sequence

from sympy import Expr, Symbol
from sympy.core.basic import Basic

from chainstep.derivation import STEP_TITLES, Equation, Step
from chainstep.errors import UnsupportedExpression
from chainstep.graph import Graph, Node
from chainstep.notation import postorder
from chainstep.operations import BY_HEAD, BY_ID, SHAPES, Arguments, Operation, Varies

Definitions = Sequence[tuple[Symbol, Basic]]


def introduce(
    definitions: Definitions, variables: tuple[Symbol, ...], letter: str, keep: Container[Symbol]
) -> Graph:
    """The computational graph of definitions in the order of their use, the last the output.

    The intermediates are called letter1, letter2, …; what a name of `keep` stands for is
    called by that name. A subtree that occurs twice becomes one node. An output of a single
    operation bears its own name; one that does not vary gives a graph without an output.

    >>> from sympy import cos, sin
    >>> from chainstep.notation import mul
    >>> x, y = Symbol("x", real=True), Symbol("y", real=True)
    >>> graph = introduce([(y, mul(sin(x**2), cos(x**2)))], (x,), "u", ())
    >>> [str(node.expression) for node in graph.nodes]
    ['x**2', 'sin(u1)', 'cos(u1)', 'u2*u3']
    """
    found = _Nodes(letter, variables)
    for name, tree in definitions:
        found.define(name, tree, keep)
    output = definitions[-1][0]
    if len(found.nodes) == 1 and not keep:
        found.rename_only_node(output)
    outputs = (found.stands_for[output],) if output in found.stands_for else ()
    return Graph(variables, tuple(found.nodes), outputs, tuple(found.constants))


class _Nodes:
    """The nodes found so far, and what stands for each subtree that was read."""

    def __init__(self, letter: str, variables: tuple[Symbol, ...]):
        self.letter = letter
        self.nodes: list[Node] = []
        self.constants: list[tuple[Symbol, Basic]] = []
        self.stands_for: dict[Basic, Basic] = {variable: variable for variable in variables}
        self._varying: dict[Basic, bool] = dict.fromkeys(variables, True)
        self._known: dict[Hashable, Symbol] = {}
        self._unnamed = 0

    def define(self, name: Symbol, tree: Basic, keep: Container[Symbol]) -> None:
        """Add the nodes of a definition, or the constant that it defines."""
        for expr in postorder(tree):
            self.varies(expr)
        if self.varies(tree):
            symbol = self._introduce(tree, name if name in keep else None)
            if name in keep and symbol != name:
                self.nodes.append(Node(name, BY_ID["identity"], (symbol,)))
                symbol = name
            self.stands_for[name] = symbol
            self._varying[name] = True
        elif name in keep:
            self.constants.append((name, tree))

    def varies(self, expr: Basic) -> bool:
        """Whether a subtree depends on a variable."""
        if expr not in self._varying:
            self._varying[expr] = any(map(self.varies, expr.args))
        return self._varying[expr]

    def rename_only_node(self, name: Symbol) -> None:
        """The graph of a single operation needs no intermediate."""
        (only,) = self.nodes
        self.nodes = [Node(name, only.operation, only.args)]
        self.stands_for[name] = name

    def _introduce(self, tree: Basic, name: Symbol | None) -> Basic:
        """The symbol that stands for a tree: the node of its last operation gets the name."""
        stack: list[tuple[Basic, tuple[Operation, Arguments] | None]] = [(tree, None)]
        while stack:
            expr, matched = stack.pop()
            if expr in self.stands_for:
                continue
            if not isinstance(expr, Expr) or not self.varies(expr):
                self.stands_for[expr] = expr
            elif matched is None:
                operation, operands = _match(expr, self.varies)
                stack.append((expr, (operation, operands)))
                stack += [(operand, None) for operand in reversed(operands)]
            else:
                operation, operands = matched
                args = tuple(self.stands_for[operand] for operand in operands)
                self.stands_for[expr] = self._node(operation, args, None if stack else name)
        return self.stands_for[tree]

    def _node(self, operation: Operation, args: Arguments, name: Symbol | None) -> Basic:
        if operation.idempotent and args[0] == args[1]:
            return args[0]
        key = _key(operation, args)
        if key not in self._known:
            self._known[key] = symbol = name or self._next_name()
            self.nodes.append(Node(symbol, operation, args))
        return self._known[key]

    def _next_name(self) -> Symbol:
        self._unnamed += 1
        return Symbol(f"{self.letter}{self._unnamed}", real=True)


def introduction(graph: Graph, definitions: Definitions) -> Step:
    """The equations of step 1: what does not vary, every node, and the output as the last."""
    equations = [Equation(name, (tree,)) for name, tree in graph.constants]
    equations += [Equation(n.symbol, (n.expression,)) for n in graph.nodes]
    output, tree = definitions[-1]
    if graph.outputs and graph.outputs != (output,):
        equations.append(Equation(output, graph.outputs))
    elif not equations:
        equations.append(Equation(output, (tree,)))
    return Step("introduce", STEP_TITLES["introduce"], tuple(equations))


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
