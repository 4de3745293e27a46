"""Step 3: the Jacobians multiplied, from the output back to the variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import Element, Entries, IndexedSum, Quantity, Sizes, Transpose, shape_of
from chainstep.derivation import Equation
from chainstep.errors import UnsupportedExpression
from chainstep.notation import ONE, DerivativeSymbol, add, size
from chainstep.vectors.compute import Local
from chainstep.vectors.entries import entry_at, vectors_in
from chainstep.vectors.indexes import array_of, at_index, index_of, whole_vectors
from chainstep.vectors.introduce import VectorGraph, is_use, sized
from chainstep.vectors.jacobian import (
    BY_MATRIX,
    DIAGONAL,
    MATRIX,
    NUMBER,
    ROW,
    Jacobian,
    matrix_product,
    product_tree,
    transposed,
)
from chainstep.vectors.products import product, summed, total

SHORT = 16  # a derivative of at most so many symbols is written out where it is used
SHORT_ROW = 4  # likewise in front of a matrix; a longer one is called δ
DELTA = "delta"
ONE_TERM = "Of the sum over {0}, only the term {0} = {1} contains {2}."
BY_MATRIX_NOTE = (
    "The derivative by {0} has the shape of {0}: its entry in row i and column j is that by {0}_ij."
)


@dataclass
class Combination:
    """The lines of step 3, the derivative by each variable in names, and what the names stand
    for that were given to derivatives. `factors` has, for a line of shapes, the matrices that
    have them, their product last."""

    equations: list[Equation] = field(default_factory=list)
    gradient: dict[Symbol, Jacobian] = field(default_factory=dict)
    totals: dict[Basic, Basic] = field(default_factory=dict)
    factors: dict[Equation, list[tuple[Basic, ...]]] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


def combine(graph: VectorGraph, locals: Sequence[Local], output: Symbol) -> Combination:
    """The Jacobian of the output by every variable, from the output back."""
    return _Combiner(graph, locals, output).combined()


class _Combiner:
    """Goes from the output back; `found` has the derivative of the output by each node."""

    def __init__(self, graph: VectorGraph, locals: Sequence[Local], output: Symbol):
        self.graph = graph
        self.output = output
        self.result = Combination()
        self.found: dict[Basic, Jacobian] = {}
        self.uses: dict[Basic, list[Local]] = {}
        for local in locals:
            self.uses.setdefault(local.edge.parent, []).append(local)
        self.has_matrix = any(
            local.jacobian.kind in (MATRIX, BY_MATRIX) and local.edge.parent for local in locals
        )

    def combined(self) -> Combination:
        graph = self.graph
        shape = shape_of(graph.output)
        rows = shape[0] if shape else ONE
        start = Jacobian(DIAGONAL if shape else NUMBER, ONE, rows, rows)
        self.found[graph.output] = start
        if graph.output in graph.variables:
            self.result.gradient = dict.fromkeys(graph.variables, start)
            return self.result
        single = self.path()
        if single:
            self.along(single)
            return self.result
        for node in reversed(graph.nodes[:-1]):
            if node.symbol in self.uses:
                self.by_node(node.symbol)
        for variable in graph.variables:
            self.by_variable(variable)
        return self.result

    def symbol(self, wrt: Basic) -> DerivativeSymbol:
        return DerivativeSymbol(self.graph.output, wrt)  # type: ignore[arg-type]

    # One path

    def path(self) -> list[Local] | None:
        """The only path from the output back to the only variable, if it is of at least two
        edges and needs no name of its own."""
        path: list[Local] = []
        name: Basic = self.graph.output
        while name in self.graph.edges:
            edges = self.graph.edges[name]  # type: ignore[index]
            if len(edges) != 1 or len(self.graph.variables) > 1:
                return None
            path.append(next(use for use in self.uses[edges[0].parent] if use.edge == edges[0]))
            name = edges[0].parent
        named = self.has_matrix and not shape_of(self.graph.output)
        named = named or any(local.jacobian.kind == BY_MATRIX for local in path)
        sums = sum(isinstance(self.graph.node[p.edge.child].expression, IndexedSum) for p in path)
        whole = isinstance(self.graph.variables[0], Element) and index_of(name) is None
        return None if len(path) < 2 or named or whole or sums > 1 else path

    def along(self, path: list[Local]) -> None:
        variable = self.graph.variables[0]
        factors = [local.jacobian for local in path]
        symbols: Basic = matrix_product(*(local.symbol for local in path))
        values: Basic = product_tree([one.tree() for one in factors])
        if shape_of(self.graph.output):
            whole = reduce(lambda right, left: product(left, right), factors[::-1])
        else:
            whole = reduce(product, factors)
        use = path[-1].edge.parent
        index = next((index_of(local.edge.child) for local in path[::-1]), None)
        if index is None:
            index = next((i for i in map(_sum_index, path) if i is not None), None)
        if index is not None and index_of(use) != index:
            last = next(array_of(p.edge.child).shape[0] for p in path if index_of(p.edge.child))  # type: ignore[attr-defined]
            symbols, values = (IndexedSum(tree, index, last) for tree in (symbols, values))
            whole = summed(whole, index, last)
        elif index is not None:
            whole, symbols, values = self.at(variable, index, whole, symbols, values)
        self.line(variable, [symbols], [values], [factors], whole)

    def at(
        self, variable: Symbol, index: Symbol, whole: Jacobian, *trees: Basic
    ) -> tuple[Jacobian, Basic, Basic]:
        """A term of a sum as part of a derivative: for a variable w_i the term i alone, for a
        vector w the row of all terms."""
        if isinstance(variable, Element):
            here = variable.indexes[0]
            whole = whole.changed(lambda tree: at_index(tree, index, here))
            self.result.notes[ONE_TERM.format(index, here, variable)] = None
            first, second = (at_index(tree, index, here) for tree in trees)
            return whole, first, second
        last = variable.shape[0]  # type: ignore[attr-defined]
        first, second = (Transpose(Entries(tree, index, last)) for tree in trees)
        return self.lifted(variable, index, whole), first, second

    def lifted(self, variable: Symbol, index: Symbol, term: Jacobian) -> Jacobian:
        """The row whose entries are the terms of a sum."""
        if term.kind != NUMBER:
            message = (
                f"the derivative by all {variable.name}_{index} at once is beyond what is known"
            )
            hint = f"ask for one of them: {variable.name}_{index}"
            raise UnsupportedExpression(message, hint=hint)
        value = whole_vectors(term.value, index)
        if value is None:
            message = f"the derivative by {variable.name} has entries that are no vector's"
            hint = f"ask for one element: {variable.name}_{index}"
            raise UnsupportedExpression(message, hint=hint)
        return Jacobian(ROW, value, ONE, variable.shape[0])  # type: ignore[attr-defined]

    # Several paths

    def by_node(self, name: Basic) -> None:
        found = (self.part(use, name) for use in self.uses[name])
        parts = [part for part in found if part is not None]
        if not parts:
            return
        whole = total([part[2] for part in parts]).tidied()
        self.found[name] = whole
        self.lines(name, parts, whole)
        self.found[name] = self.named(name, whole)

    def part(self, use: Local, name: Basic) -> tuple[Basic, Basic, Jacobian, list[Jacobian]] | None:
        """The contribution of one use of a name: in symbols, in values, multiplied out, and its
        factors."""
        child = use.edge.child
        if child not in self.found:
            return None
        before = self.found[child]
        if child == self.graph.output:
            symbols: Basic = use.symbol
            values, factors = use.jacobian.tree(), [use.jacobian]
        else:
            symbols = matrix_product(self.symbol(child), use.symbol)
            values = product_tree([before.tree(), use.jacobian.tree()])
            factors = [before, use.jacobian]
        if use.jacobian.kind == BY_MATRIX:
            if before.kind != ROW:
                message = "the derivative of a vector by a matrix would have three indexes"
                raise UnsupportedExpression(
                    message, hint="ask for that of a number, such as a loss"
                )
            self.result.notes[BY_MATRIX_NOTE.format(name, use.edge.parent)] = None
            symbols = matrix_product(Transpose(self.symbol(child)), use.jacobian.tree())
            values = product(before, use.jacobian).tree()
        whole = product(before, use.jacobian)
        index = index_of(child)
        if index is not None and index_of(name) is None and index_of(use.edge.parent) is None:
            last = array_of(child).shape[0]  # type: ignore[attr-defined]
            symbols, values = (IndexedSum(tree, index, last) for tree in (symbols, values))
            whole = summed(whole, index, last)
        return symbols, values, whole, factors

    def by_variable(self, variable: Symbol) -> None:
        uses = [
            use
            for parent, found in self.uses.items()
            for use in found
            if is_use(parent, (variable,))
        ]
        parts = []
        for use in uses:
            parent = use.edge.parent
            part = self.part(use, parent)
            if part is None:
                continue
            symbols, values, whole, factors = part
            index = index_of(parent)
            if index is not None and parent != variable:
                whole, symbols, values = self.at(variable, index, whole, symbols, values)
            elif isinstance(variable, Element) and parent != variable:
                whole = self.entry_of(variable, whole)
                symbols = values = whole.tree()
                factors = [whole]
            parts.append((symbols, values, whole, factors))
        if not parts:
            raise UnsupportedExpression(f"{self.output} does not depend on {variable}")
        whole = total([part[2] for part in parts]).tidied()
        self.lines(variable, parts, whole)
        self.result.gradient[variable] = whole

    def entry_of(self, variable: Element, whole: Jacobian) -> Jacobian:
        """The entry of a row that belongs to one element."""
        parts = vectors_in(whole.value)
        if whole.kind != ROW or any(type(part) is not Quantity for part in parts):
            message = f"the derivative by one element {variable} is beyond what is known here"
            hint = f"ask for the derivative by {variable.array}"
            raise UnsupportedExpression(message, hint=hint)
        here = variable.indexes[0]
        return Jacobian(NUMBER, entry_at(whole.value, here))

    # Lines

    def lines(self, name: Basic, parts: list, whole: Jacobian) -> None:
        """The line of one derivative; none where it would repeat a local one."""
        symbol = self.symbol(name)
        alone = len(parts) == 1 and len(parts[0][3]) == 1
        if alone and parts[0][0] in (symbol, DerivativeSymbol(symbol.of, symbol.wrt, True)):
            return
        symbols, values, _, factors = zip(*parts, strict=True)
        self.line(name, list(symbols), list(values), list(factors), whole)

    def line(
        self,
        name: Basic,
        symbols: list[Basic],
        values: list[Basic],
        factors: list[list[Jacobian]],
        whole: Jacobian,
    ) -> None:
        """A derivative in symbols and in values, the shapes of its product, and the product."""
        whole = whole.tidied()
        left = self.symbol(name)
        in_symbols, in_values = (
            tree[0] if len(tree) == 1 else add(*tree) for tree in (symbols, values)
        )
        collapses = any(
            len(_sized_factors(part)) > 1 and any(factor.collapses for factor in part)
            for part in factors
        )
        last = [] if collapses else [whole.tree()]
        self.result.equations.append(equation(left, in_symbols, in_values, *last))
        if len(factors) == 1:
            self.shapes(factors[0], whole)
        if collapses:
            self.result.equations.append(equation(in_values, whole.tree()))
        if self.has_matrix and whole.kind == ROW and isinstance(name, Quantity):
            turned = transposed(whole.tree())
            if turned != Transpose(whole.tree()) and name in self.graph.variables:
                self.result.equations.append(Equation(Transpose(left), (turned,)))
        self.result.gradient.setdefault(name, whole) if name in self.graph.variables else None  # type: ignore[arg-type]

    def shapes(self, factors: list[Jacobian], whole: Jacobian) -> None:
        """(1×n)(n×n) = (1×n), where several matrices are multiplied."""
        found = _sized_factors(factors)
        if len(found) < 2:
            return
        trees = [factor.tree() for factor in found]
        if found[-1].kind == BY_MATRIX:
            trees[0] = transposed(trees[0])
        sides = [side for tree in trees for side in shape_of(tree) or (ONE, ONE)]
        line = Equation(Sizes(*sides), (Sizes(whole.rows, whole.columns),))
        self.result.equations.append(line)
        self.result.factors.setdefault(line, []).append((*trees, whole.tree()))

    def named(self, name: Basic, whole: Jacobian) -> Jacobian:
        """A derivative that is used further on: by its name, where it is long."""
        if index_of(name) is not None:
            return whole
        if whole.kind == NUMBER and size(whole.value) > SHORT:
            symbol = self.symbol(name)
            self.result.totals[symbol] = whole.value
            return Jacobian(NUMBER, symbol)
        length = SHORT_ROW if self.has_matrix else SHORT
        long = size(whole.value) > length and bool(shape_of(whole.value))
        if whole.kind == ROW and long:
            delta = Quantity(self.fresh_delta(), (whole.columns, ONE))
            self.result.totals[delta] = whole.value
            turned = transposed(whole.tree())
            line = Equation(delta, (Transpose(self.symbol(name)), sized(turned, delta)))
            self.result.equations.append(line)
            return Jacobian(ROW, delta, ONE, whole.columns)
        return whole

    def fresh_delta(self) -> str:
        count = sum(isinstance(name, Quantity) for name in self.result.totals)
        return f"{DELTA}{count + 1}"


def _sum_index(local: Local) -> Symbol | None:
    return index_of(local.edge.parent)


def _sized_factors(factors: list[Jacobian]) -> list[Jacobian]:
    return [factor for factor in factors if factor.kind != NUMBER]


def equation(left: Basic, *rights: Basic) -> Equation:
    """left = right = …, without a side that only repeats its neighbour."""
    sides = [left]
    for right in rights:
        if right != sides[-1]:
            sides.append(right)
    return Equation(left, tuple(sides[1:]) or rights[-1:])
