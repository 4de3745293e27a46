"""What is asked: the expression, the variable, and the names the derivation will use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import E, Expr, Float, Max, Min, Pow, Rational, Symbol, exp, pi
from sympy.core.basic import Basic
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import Boolean, BooleanAtom

from chainstep.errors import LimitExceeded, UnclearVariable, UnsupportedExpression
from chainstep.notation import extent, postorder, rebuild
from chainstep.operations import BY_HEAD
from chainstep.operations.heads import maximum, minimum
from chainstep.parser import parse

PREFERRED_VARIABLES = ("x", "t")
LETTERS = "uvwpqrghabcdefijklmnostxyz"
LARGEST_EXPRESSION = 20_000  # operands, shared parts counted once
DEEPEST_PRINTED = 50  # levels; sympy's printer fails on much deeper trees
OUTPUTS = "yzfgFGLJqrsvw"


@dataclass(frozen=True)
class Problem:
    """An expression to differentiate by `wrt`; `letter` is free for the intermediates, and
    `output` names the whole. `decimals` says whether numbers were written with a point."""

    source: str
    tree: Basic
    wrt: Symbol
    output: Symbol
    letter: str
    decimals: bool = False


def pose(expression: str | Expr, wrt: str | Symbol | None = None) -> Problem:
    """Read an expression, choose its variable, and find free names for the derivation.

    >>> problem = pose("a*sin(t)")
    >>> problem.wrt, problem.output, problem.letter
    (t, y, 'u')
    """
    if isinstance(expression, str):
        parsed = parse(expression, () if wrt is None else (str(wrt),))
        source, tree, decimals, named = expression, parsed.tree, parsed.decimals, parsed.output
    else:
        tree, decimals, named = from_sympy(expression), False, None
        _, levels = extent(tree)
        source = str(expression) if levels <= DEEPEST_PRINTED else ""
    _check_size(tree)
    symbols = {s.name: s for s in postorder(tree) if isinstance(s, Symbol)}
    variable = _variable(symbols, wrt, named)
    taken = {*symbols, variable.name}
    output = Symbol(named or _free(OUTPUTS, taken), real=True)
    letter = _free(LETTERS, {name[0] for name in taken if _is_indexed(name)} | {output.name})
    return Problem(source, tree, variable, output, letter, decimals)


def _check_size(tree: Basic) -> None:
    if sum(len(subtree.args) for subtree in postorder(tree)) > LARGEST_EXPRESSION:
        raise LimitExceeded(
            f"the expression has more than {LARGEST_EXPRESSION} operands",
            hint="split it into smaller expressions",
        )


def _variable(symbols: dict[str, Symbol], wrt: str | Symbol | None, named: str | None) -> Symbol:
    """The variable that is given, or the only one, or x, or t."""
    if wrt is not None:
        name = _canonical(str(wrt))
        if name == named:
            raise UnclearVariable(
                f"{name} is the name of the whole expression", hint="choose another variable"
            )
        return symbols.get(name, wrt if isinstance(wrt, Symbol) else Symbol(name, real=True))
    if len(symbols) == 1:
        return next(iter(symbols.values()))
    for name in PREFERRED_VARIABLES if symbols else ():
        if name in symbols:
            return symbols[name]
    if not symbols:
        return Symbol("t" if named == "x" else "x", real=True)
    names = ", ".join(sorted(symbols))
    raise UnclearVariable(
        f"which variable to differentiate by? There are {names}",
        hint=f"choose one with --wrt, for example --wrt {min(symbols)}",
    )


def _canonical(name: str) -> str:
    """A variable's name as the parser writes it; raises UnclearVariable if it is none."""
    tree = parse(name, (name,)).tree
    if not isinstance(tree, Symbol):
        raise UnclearVariable(f"'{name}' is not a variable", hint="--wrt takes a name such as x")
    return tree.name


def _is_indexed(name: str) -> bool:
    """Whether a name could be mistaken for u, u1, u2, …"""
    return len(name) == 1 or name[1:].isdigit()


def _free(letters: Iterable[str], taken: set[str]) -> str:
    return next(letter for letter in letters if letter not in taken)


def from_sympy(expression: Expr) -> Basic:
    """A sympy expression in the form in which the parser gives one.

    Raises UnsupportedExpression for what has no place in a derivation.
    """
    if not isinstance(expression, Expr):
        raise UnsupportedExpression(
            f"cannot differentiate a {type(expression).__name__}",
            hint="give a text such as 'sin(x^2)' or a sympy expression",
        )
    done: dict[Basic, Basic] = {}
    names: dict[str, Basic] = {}
    for tree in postorder(expression):
        if isinstance(tree, Symbol) and names.setdefault(tree.name, tree) != tree:
            raise UnsupportedExpression(f"two different symbols are both called {tree.name}")
        done[tree] = _standard(tree, tuple(done[argument] for argument in tree.args))
    return done[expression]


def _standard(tree: Basic, arguments: tuple[Basic, ...]) -> Basic:
    if isinstance(tree, Float):
        return Rational(str(tree))
    if isinstance(tree, Max | Min):
        head = maximum if isinstance(tree, Max) else minimum
        result = arguments[0]
        for argument in arguments[1:]:
            result = head(result, argument, evaluate=False)
        return result
    if isinstance(tree, Pow) and arguments[0] == E:
        return exp(arguments[1], evaluate=False)
    if isinstance(tree, Symbol | Rational | BooleanAtom) or tree in (E, pi):
        return tree
    if tree.is_Add or tree.is_Mul or tree.is_Pow or tree.is_Piecewise or tree.func in BY_HEAD:
        return rebuild(tree, arguments)
    if isinstance(tree, Boolean | ExprCondPair):
        return rebuild(tree, arguments)
    raise UnsupportedExpression(f"{tree.func.__name__} has no place in a derivation: {tree}")
