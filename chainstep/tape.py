"""Expressions as numbers: a tape of instructions, written once and run at many points.

Values are real mpmath numbers at the precision in force. What does not exist in the reals,
or is out of reach, is None, and so is everything that needs it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from math import inf

from mpmath import mp, mpf
from sympy import Add, Eq, Ge, Gt, Le, Lt, Mul, Ne, Piecewise, Pow, S
from sympy.core.basic import Basic
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import And, Not, Or

from chainstep.notation import postorder
from chainstep.operations import BY_HEAD, Operation

Compute = Callable[[list], object]
LARGEST_ARGUMENT = 64  # binary digits before the point, of what a function is applied to
SMALL_ARGUMENT = 6  # likewise; no function but at a pole is very large for such an argument
MOST_REMEMBERED = 1000  # values of constants
NOTHING = -(10**9)  # the magnitude of 0, below that of any other value met here
NO_VALUE = (AttributeError, TypeError, ValueError, ArithmeticError)  # the first two from a None


@dataclass
class Tape:
    """Instructions (target, compute, sources) over a list of cells, one cell a value.

    Cells without an instruction are constants, or names whose values the caller sets. What
    applies the same operation to the same cells has the same value, as sin(u) and sin(x²)
    where u stands for x², and so it is computed once.
    """

    cells: dict[Basic, int] = field(default_factory=dict)  # of numbers and names
    constants: list[tuple[int, Basic]] = field(default_factory=list)
    instructions: list[tuple[int, Compute, tuple[int, ...]]] = field(default_factory=list)
    # Trees are told apart by identity, which costs less than to compare them, and so are kept.
    _trees: dict[int, tuple[int, Basic]] = field(default_factory=dict)
    _targets: dict[tuple[Compute, tuple[int, ...]], int] = field(default_factory=dict)
    _length: int = 0

    def cell(self, expr: Basic) -> int:
        """The cell of an expression; the instructions it needs are appended."""
        if expr.is_Atom:
            return self._atom(expr)
        trees = self._trees
        stack: list[Basic | None] = [expr]  # None is put behind a tree whose arguments follow
        while stack:
            tree = stack.pop()
            if tree is None:
                tree = stack.pop()
                trees[id(tree)] = self._instruction(tree), tree
            elif id(tree) not in trees:
                stack += (tree, None, *[a for a in tree.args if not a.is_Atom])
        return trees[id(expr)][0]

    def name(self, symbol: Basic, expr: Basic) -> int:
        """Let a symbol stand for the value of an expression."""
        self.cells[symbol] = cell = self.cell(expr)
        return cell

    def cell_where(self, expr: Basic, names: Mapping[Basic, int]) -> int:
        """The cell of an expression in which some names stand for other cells."""
        done: dict[int, int] = {}
        for tree in postorder(expr):
            if tree.args:
                sources = tuple([done[id(argument)] for argument in tree.args])
                done[id(tree)] = self.apply(COMPUTE[type(tree)], *sources)
            else:
                done[id(tree)] = names[tree] if tree in names else self._atom(tree)
        return done[id(expr)]

    def apply(self, compute: Compute, *sources: int) -> int:
        """The cell of what `compute` makes of the values of other cells."""
        key = compute, sources
        target = self._targets.get(key)
        if target is None:
            target = self._targets[key] = self.new_cell()
            self.instructions.append((target, compute, sources))
        return target

    def blank(self) -> list:
        """A list of cells with the constants filled in, at the precision in force."""
        values: list = [None] * self._length
        for cell, atom in self.constants:
            values[cell] = _constant(atom, mp.prec)
        return values

    def run(self, values: list, start: int = 0, stop: int | None = None) -> None:
        """Execute the instructions from `start` to `stop`, writing into `values`."""
        get = values.__getitem__
        for target, compute, sources in self.instructions[start:stop]:
            try:
                values[target] = compute([*map(get, sources)])
            except NO_VALUE:
                values[target] = None

    def _atom(self, atom: Basic) -> int:
        cell = self.cells.get(atom)
        if cell is None:
            cell = self.cells[atom] = self.new_cell()
            if atom.is_Number or atom in CONSTANTS:
                self.constants.append((cell, atom))
        return cell

    def _instruction(self, tree: Basic) -> int:
        trees = self._trees
        sources = [self._atom(a) if a.is_Atom else trees[id(a)][0] for a in tree.args]
        return self.apply(COMPUTE[type(tree)], *sources)

    def new_cell(self) -> int:
        """A cell whose value the caller sets."""
        self._length += 1
        return self._length - 1


def evaluate(expr: Basic, values: Mapping[Basic, object] | None = None):
    """The value of one expression where its names have the given values.

    >>> from sympy import Symbol, sin
    >>> x = Symbol("x", real=True)
    >>> print(evaluate(sin(x) / x, {x: mpf(2)}))
    0.454648713412841
    """
    tape = Tape()
    names = [(tape.cell(name), value) for name, value in (values or {}).items()]
    result = tape.cell(expr)
    cells = tape.blank()
    for cell, value in names:
        cells[cell] = value
    tape.run(cells)
    return cells[result]


def magnitude(value: mpf) -> int:
    """The number of binary digits before the point; NOTHING for 0."""
    _, mantissa, exponent, digits = value._mpf_
    return exponent + digits if mantissa else NOTHING


@lru_cache(MOST_REMEMBERED)
def _constant(atom: Basic, precision: int):
    """The value of a constant at the precision in force."""
    if atom.is_Rational:
        return mpf(atom.p) / atom.q if atom.q != 1 else mpf(atom.p)  # type: ignore[attr-defined]
    constant = CONSTANTS.get(atom)
    return constant if isinstance(constant, bool) or constant is None else +constant


def _real(value):
    """The value if it is a finite real number."""
    if isinstance(value, mpf):
        _, mantissa, exponent, _ = value._mpf_
        return value if mantissa or not exponent else None
    return None


def _function(row: Operation) -> Compute:
    numeric, limit = row.numeric, inf if row.for_any_size else LARGEST_ARGUMENT

    def compute(arguments: list):
        largest = max(map(magnitude, arguments))
        if largest > limit:
            return None
        value = _real(numeric(*arguments))  # type: ignore[misc]
        if largest < SMALL_ARGUMENT and value is not None and magnitude(value) > mp.prec // 2:
            return None  # so near a pole that only rounding is left
        return value

    return compute


def total_of(terms: Sequence):
    """The sum of numbers."""
    return reduce(operator.add, terms)


def product(factors: Sequence):
    """The product of numbers."""
    return reduce(operator.mul, factors)


def _power(arguments: list):
    base, exponent = arguments
    if not base:
        return (mpf(1) if not exponent else base) if exponent >= 0 else None
    if magnitude(exponent) + abs(magnitude(base)).bit_length() > LARGEST_ARGUMENT:
        return None
    return _real(base**exponent)


def _first_true(pairs: list):
    for value, condition in pairs:
        if condition is None:
            break  # it cannot be told which case applies
        if condition:
            return value
    return None


def _comparison(compare: Callable) -> Compute:
    return lambda arguments: None if None in arguments else compare(*arguments)


def _logical(holds: Callable) -> Compute:
    return lambda arguments: None if None in arguments else holds(arguments)


CONSTANTS = {S.Exp1: mp.e, S.Pi: mp.pi, S.true: True, S.false: False}
COMPUTE: dict[type, Compute] = {
    **{head: _function(row) for head, row in BY_HEAD.items()},
    Add: total_of,
    Mul: product,
    Pow: _power,
    Piecewise: _first_true,
    ExprCondPair: tuple,
    And: _logical(all),
    Or: _logical(any),
    Not: _logical(lambda arguments: not arguments[0]),
    **{
        relation: _comparison(compare)
        for relation, compare in (
            (Lt, operator.lt),
            (Le, operator.le),
            (Gt, operator.gt),
            (Ge, operator.ge),
            (Eq, operator.eq),
            (Ne, operator.ne),
        )
    },
}
