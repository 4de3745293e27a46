"""What a written line is made of.

A line is an unevaluated sympy tree: its arguments stand in the order in which they
are written, and nothing in it merges or cancels. These are the only functions that
build, walk or change such a tree, so sympy never gets the chance to tidy one up.
All of them are iterative: a tree may be thousands of levels deep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import is_

from sympy import Add, AtomicExpr, Expr, Mul, Piecewise, Pow, S, Symbol, Tuple
from sympy.core.basic import Basic
from sympy.core.operations import LatticeOp
from sympy.functions.elementary.piecewise import ExprCondPair

Extents = Mapping[Basic, tuple[int, int]]
MOST_REMEMBERED = 1024  # names and sizes: the same ones come up again and again
MINUS_ONE = S.NegativeOne
ONE = S.One
ZERO = S.Zero


class DerivativeSymbol(AtomicExpr):
    """The name of a derivative: d(of)/d(wrt), or ∂ for a direct partial.

    `slot` counts from 1 where one parent fills several slots of the same node, as in
    x^x: then ∂y/∂x alone would be ambiguous. It is 0 everywhere else.

    >>> DerivativeSymbol(Symbol("u2"), Symbol("u1"))
    d(u2)/d(u1)
    >>> DerivativeSymbol(Symbol("y"), Symbol("x"), partial=True, slot=2)
    ∂(y)/∂(x)[2]
    """

    is_commutative = True
    __slots__ = ("of", "partial", "slot", "wrt")

    of: Symbol
    wrt: Symbol
    partial: bool
    slot: int

    def __new__(cls, of: Symbol, wrt: Symbol, partial: bool = False, slot: int = 0):
        return _derivative_symbol(cls, of, wrt, partial, slot)  # type: ignore[arg-type]

    def __getnewargs__(self):
        return self.of, self.wrt, self.partial, self.slot

    def _hashable_content(self):
        return self.of, self.wrt, self.partial, self.slot

    def __str__(self) -> str:
        d = "∂" if self.partial else "d"
        return f"{d}({self.of})/{d}({self.wrt})" + (f"[{self.slot}]" if self.slot else "")

    __repr__ = __str__

    def _sympystr(self, printer) -> str:
        return str(self)


@lru_cache(MOST_REMEMBERED)
def _derivative_symbol(cls: type, *content) -> DerivativeSymbol:
    """One object for each name, which is compared in no time."""
    symbol = AtomicExpr.__new__(cls)
    symbol.of, symbol.wrt, symbol.partial, symbol.slot = content
    return symbol


NAMES = (Symbol, DerivativeSymbol)


class Matrix(Basic):
    """Rows of expressions, each row a Tuple: a gradient is one of a single row.

    >>> Matrix.of([[Symbol("a"), Symbol("b")]]).shape
    (1, 2)
    """

    @classmethod
    def of(cls, rows: Iterable[Iterable[Basic]]) -> Matrix:
        """The matrix with these rows."""
        return cls(*(Tuple(*row) for row in rows))

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns."""
        return len(self.args), len(self.args[0].args)

    @property
    def entries(self) -> tuple[Basic, ...]:
        """The entries, row by row."""
        return tuple(entry for row in self.args for entry in row.args)


def _hashed(tree: Expr) -> Expr:
    """The tree itself. Sympy stores a hash with its tree; taken now, from those of the
    arguments, it never has to be computed down a deep tree."""
    hash(tree)
    return tree


def add(*terms: Basic) -> Expr:
    """The sum of the terms as written; no terms give 0."""
    return _hashed(Add._from_args(terms, is_commutative=True))


def mul(*factors: Basic) -> Expr:
    """The product of the factors as written; no factors give 1."""
    return _hashed(Mul._from_args(factors, is_commutative=True))


def power(base: Basic, exponent: Basic) -> Expr:
    """base^exponent as written."""
    tree = Expr.__new__(Pow, base, exponent)
    tree.is_commutative = True
    return _hashed(tree)


def reciprocal(expr: Basic) -> Expr:
    """1/expr as written."""
    return power(expr, MINUS_ONE)


def quotient(numerator: Basic, denominator: Basic) -> Expr:
    """numerator/denominator as written."""
    if numerator is ONE:
        return reciprocal(denominator)
    return mul(numerator, reciprocal(denominator))


def applied(head: type, *arguments: Basic) -> Expr:
    """A function, or a condition, of the arguments as written. Sympy's own constructors take
    their time, and may answer with an equal tree that they remember.

    >>> from sympy import sin
    >>> applied(sin, S.Zero)
    sin(0)
    """
    tree = Basic.__new__(head, *arguments)
    if issubclass(head, LatticeOp):  # and, or
        tree._argset = frozenset(arguments)
    return _hashed(tree)


def cases(*pairs: tuple[Basic, Basic]) -> Expr:
    """A case distinction of (value, condition) pairs, the first true condition deciding.
    Sympy's own constructors rewrite conditions."""
    return applied(Piecewise, *(case(*pair) for pair in pairs))


def case(value: Basic, condition: Basic) -> Basic:
    """One branch of a case distinction."""
    return Tuple.__new__(ExprCondPair, value, condition)


def negate(expr: Basic) -> Expr:
    """−expr, with the sign drawn into a leading number.

    >>> from sympy import Integer
    >>> negate(mul(Integer(3), Symbol("x"))).args
    (-3, x)
    """
    if expr.is_Number:
        return -expr  # type: ignore[operator]
    if expr.is_Mul:
        head, *rest = expr.args
        if head.is_Number:
            flipped = -head  # type: ignore[operator]
            return mul(*rest) if flipped is ONE else mul(flipped, *rest)
        return mul(MINUS_ONE, *expr.args)
    return mul(MINUS_ONE, expr)


def rebuild(expr: Basic, arguments: tuple[Basic, ...]) -> Basic:
    """The same operation on other arguments, unevaluated."""
    if expr.is_Add:
        return add(*arguments)
    if expr.is_Mul:
        return mul(*arguments)
    if expr.is_Pow:
        return power(*arguments)
    if expr.is_Function:
        return applied(expr.func, *arguments)
    if isinstance(expr, ExprCondPair):
        return case(*arguments)
    if isinstance(expr, Expr) or expr.is_Relational:
        return expr.func(*arguments, evaluate=False)
    return expr.func(*arguments)


def postorder(expr: Basic) -> Iterator[Basic]:
    """Every subtree once, arguments before the tree that uses them.

    Subtrees are told apart by identity: comparing them would cost far more than the walk.
    """
    seen: set[int] = set()
    stack: list[Basic | None] = [expr]  # None is put behind a tree whose arguments follow
    while stack:
        tree = stack.pop()
        if tree is None:
            yield stack.pop()  # type: ignore[misc]
        elif id(tree) not in seen:
            seen.add(id(tree))
            if tree.is_Atom:
                yield tree
            else:
                stack += (tree, None, *tree.args)


def replace(expr: Basic, names: Mapping[Basic, Basic]) -> Basic:
    """`expr` with every name of `names` replaced, and nothing else changed.

    >>> from sympy import Integer
    >>> x, u = Symbol("x"), Symbol("u")
    >>> replace(mul(x, u), {u: power(x, Integer(2))}).args
    (x, x**2)
    """
    done: dict[int, Basic] = {}
    for tree in postorder(expr):
        if tree.is_Atom:
            done[id(tree)] = names.get(tree, tree)
        else:
            done[id(tree)] = _with_arguments(tree, done)
    return done[id(expr)]


def _with_arguments(tree: Basic, done: Mapping[int, Basic]) -> Basic:
    """The tree on what its arguments became; the tree itself where they are the same."""
    arguments = [done[id(argument)] for argument in tree.args]
    return tree if all(map(is_, arguments, tree.args)) else rebuild(tree, tuple(arguments))


def transform(expr: Basic, change: Callable[[Basic], Basic]) -> Basic:
    """`expr` rebuilt from its leaves up: `change` gives what stands for a subtree whose
    arguments are done.

    >>> x = Symbol("x")
    >>> transform(add(x, mul(x, x)), lambda tree: power(x, S(2)) if tree.is_Mul else tree).args
    (x, x**2)
    """
    done: dict[int, Basic] = {}
    for tree in postorder(expr):
        done[id(tree)] = change(_with_arguments(tree, done))
    return done[id(expr)]


def rewrite(expr: Basic, change: Callable[[Basic], Basic | None]) -> Basic:
    """`expr` rebuilt from its root down: `change` gives what stands for a subtree, or None
    where its arguments are to be rewritten instead.

    >>> x, y = Symbol("x"), Symbol("y")
    >>> rewrite(add(mul(x, x), x), {x: y, mul(x, x): x}.get).args
    (x, y)
    """
    done: dict[Basic, Basic] = {}
    stack = [expr]
    while stack:
        tree = stack.pop()
        if tree in done:
            continue
        if (changed := change(tree)) is not None:
            done[tree] = changed
        elif all(argument in done for argument in tree.args):
            arguments = tuple(done[argument] for argument in tree.args)
            done[tree] = rebuild(tree, arguments) if arguments else tree
        else:
            stack += [tree, *tree.args]
    return done[expr]


def names_in(expr: Basic) -> set[Basic]:
    """The symbols and derivative symbols that stand in a tree."""
    found: set[Basic] = set()
    seen: set[int] = set()
    stack = [expr]
    while stack:
        tree = stack.pop()
        if tree.is_Atom:
            if isinstance(tree, NAMES):
                found.add(tree)
        elif id(tree) not in seen:
            seen.add(id(tree))
            stack += tree.args
    return found


def extent(expr: Basic, of_names: Extents | None = None) -> tuple[int, int]:
    """How many symbols and levels are written; `of_names` has those of names, else 1 and 1.

    >>> from sympy import Integer
    >>> extent(add(Symbol("x"), power(Symbol("x"), Integer(2))))
    (5, 3)
    """
    names = of_names or {}
    known: dict[int, tuple[int, int]] = {}
    for tree in postorder(expr):
        if tree.is_Atom:
            known[id(tree)] = names.get(tree, (1, 1))
            continue
        symbols, levels = 1, 0
        for argument in tree.args:
            inner, deep = known[id(argument)]
            symbols += inner
            if deep > levels:
                levels = deep
        known[id(tree)] = symbols, levels + 1
    return known[id(expr)]


@lru_cache(MOST_REMEMBERED)
def size(expr: Basic) -> int:
    """How many names, numbers and operations are written."""
    return extent(expr)[0]
