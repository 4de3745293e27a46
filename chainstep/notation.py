"""What a written line is made of.

A line is an unevaluated sympy tree: its arguments stand in the order in which they
are written, and nothing in it merges or cancels. These are the only functions that
build, walk or change such a tree, so sympy never gets the chance to tidy one up.
All of them are iterative: a tree may be thousands of levels deep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Add, Expr, Integer, Mul, Pow, S, Symbol
from sympy.core.basic import Basic

MINUS_ONE = S.NegativeOne
ONE = S.One
ZERO = S.Zero


class DerivativeSymbol(Expr):
    """The name of a derivative: d(of)/d(wrt), or ∂ for a direct partial.

    `slot` counts from 1 where one parent fills several slots of the same node, as in
    x^x: then ∂y/∂x alone would be ambiguous. It is 0 everywhere else.

    >>> DerivativeSymbol(Symbol("u2"), Symbol("u1"))
    d(u2)/d(u1)
    >>> DerivativeSymbol(Symbol("y"), Symbol("x"), partial=True, slot=2)
    ∂(y)/∂(x)[2]
    """

    is_commutative = True

    def __new__(cls, of: Symbol, wrt: Symbol, partial: bool = False, slot: int = 0):
        return Expr.__new__(cls, of, wrt, Integer(partial), Integer(slot))

    @property
    def of(self) -> Basic:
        return self.args[0]

    @property
    def wrt(self) -> Basic:
        return self.args[1]

    @property
    def partial(self) -> bool:
        return self.args[2] == ONE

    @property
    def slot(self) -> int:
        return int(self.args[3])  # type: ignore[arg-type]

    def __str__(self) -> str:
        d = "∂" if self.partial else "d"
        return f"{d}({self.of})/{d}({self.wrt})" + (f"[{self.slot}]" if self.slot else "")

    __repr__ = __str__


def add(*terms: Basic) -> Expr:
    """The sum of the terms as written; no terms give 0."""
    return Add._from_args(terms, is_commutative=True)


def mul(*factors: Basic) -> Expr:
    """The product of the factors as written; no factors give 1."""
    return Mul._from_args(factors, is_commutative=True)


def power(base: Basic, exponent: Basic) -> Expr:
    """base^exponent as written."""
    return Pow(base, exponent, evaluate=False)


def reciprocal(expr: Basic) -> Expr:
    """1/expr as written."""
    return power(expr, MINUS_ONE)


def quotient(numerator: Basic, denominator: Basic) -> Expr:
    """numerator/denominator as written."""
    if numerator == ONE:
        return reciprocal(denominator)
    return mul(numerator, reciprocal(denominator))


def negate(expr: Basic) -> Expr:
    """−expr, with the sign drawn into a leading number.

    >>> negate(mul(Integer(3), Symbol("x"))).args
    (-3, x)
    """
    if expr.is_Number:
        return -expr  # type: ignore[operator]
    if expr.is_Mul:
        head, *rest = expr.args
        if head.is_Number:
            flipped = -head  # type: ignore[operator]
            return mul(*rest) if flipped == ONE else mul(flipped, *rest)
        return mul(MINUS_ONE, *expr.args)
    return mul(MINUS_ONE, expr)


def is_atom(expr: Basic) -> bool:
    """Whether a tree is a single name or number (a derivative symbol is a name)."""
    return not expr.args or isinstance(expr, DerivativeSymbol)


def rebuild(expr: Basic, arguments: tuple[Basic, ...]) -> Basic:
    """The same operation on other arguments, unevaluated."""
    if expr.is_Add:
        return add(*arguments)
    if expr.is_Mul:
        return mul(*arguments)
    if isinstance(expr, Expr) or expr.is_Relational:
        return expr.func(*arguments, evaluate=False)
    return expr.func(*arguments)


def postorder(expr: Basic) -> Iterator[Basic]:
    """Every distinct subtree once, arguments before the tree that uses them, left to right."""
    seen: set[Basic] = set()
    stack: list[tuple[Basic, bool]] = [(expr, False)]
    while stack:
        tree, ready = stack.pop()
        if ready:
            yield tree
        elif tree not in seen:
            seen.add(tree)
            stack.append((tree, True))
            if not is_atom(tree):
                stack += [(argument, False) for argument in reversed(tree.args)]


def replace(expr: Basic, names: Mapping[Basic, Basic]) -> Basic:
    """`expr` with every name of `names` replaced, and nothing else changed.

    >>> x, u = Symbol("x"), Symbol("u")
    >>> replace(mul(x, u), {u: power(x, Integer(2))}).args
    (x, x**2)
    """
    done: dict[Basic, Basic] = {}
    for tree in postorder(expr):
        if tree in names:
            done[tree] = names[tree]
        elif is_atom(tree):
            done[tree] = tree
        else:
            arguments = tuple(done[argument] for argument in tree.args)
            same = all(new is old for new, old in zip(arguments, tree.args, strict=True))
            done[tree] = tree if same else rebuild(tree, arguments)
    return done[expr]


def names_in(expr: Basic) -> set[Basic]:
    """The symbols and derivative symbols that stand in a tree."""
    return {t for t in postorder(expr) if t.is_Symbol or isinstance(t, DerivativeSymbol)}


def extent(expr: Basic, known: dict[Basic, tuple[int, int]] | None = None) -> tuple[int, int]:
    """How many symbols and levels are written; `known` holds those of names, and grows.

    >>> extent(add(Symbol("x"), power(Symbol("x"), Integer(2))))
    (5, 3)
    """
    known = {} if known is None else known
    for tree in postorder(expr):
        if tree not in known:
            inner = [] if is_atom(tree) else [known[argument] for argument in tree.args]
            symbols = 1 + sum(count for count, _ in inner)
            known[tree] = symbols, 1 + max((levels for _, levels in inner), default=0)
    return known[expr]


def size(expr: Basic) -> int:
    """How many names, numbers and operations are written."""
    return extent(expr)[0]
