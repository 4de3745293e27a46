"""What is asked: the definitions, the variables, and the names the derivation will use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias

from sympy import E, Expr, Float, Max, Min, Pow, Rational, Symbol, exp, pi
from sympy.core.basic import Basic
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import Boolean, BooleanAtom

from chainstep.definitions import Definition, in_order_of_use, read_definitions
from chainstep.errors import LimitExceeded, UnclearVariable, UndefinedName, UnsupportedExpression
from chainstep.notation import applied, extent, names_in, postorder, rebuild
from chainstep.operations import BY_HEAD
from chainstep.operations.heads import maximum, minimum
from chainstep.parser import parse
from chainstep.parser.heads import FIXED

Variables: TypeAlias = str | Symbol | Sequence[str | Symbol]

ALL = "all"  # asks for every variable
MOST_LISTED = 12  # names in a hint
PREFERRED_VARIABLES = ("x", "t")
LETTERS = "uvwpqrghabcdfijklmnostxyzUVWPQRGHABCDEFIJKLMNOSTXYZ"
LARGEST_EXPRESSION = 25_000  # operands, shared parts counted once
DEEPEST_PRINTED = 50  # levels; sympy's printer fails on much deeper trees
OUTPUTS = "yzfgFGLJqrsvw"


@dataclass(frozen=True)
class Problem:
    """What to differentiate: `definitions` in the order of their use, the last of them that of
    `output`. A single expression is one definition; in a system the person's names are kept.

    `written` are their names in the order in which they were given. `variables` are those to
    differentiate by, `letter` is free for the intermediates, `unused` are defined names that
    the output does not need, and `decimals` says whether numbers were written with a point.
    """

    source: str
    definitions: tuple[tuple[Symbol, Basic], ...]
    written: tuple[Symbol, ...]
    variables: tuple[Symbol, ...]
    letter: str
    is_system: bool
    unused: tuple[Symbol, ...]
    decimals: bool

    @property
    def output(self) -> Symbol:
        """The name of the whole."""
        return self.definitions[-1][0]

    @property
    def kept(self) -> frozenset[Symbol]:
        """The names that the person gave to the parts of the whole."""
        return frozenset(name for name, _ in self.definitions) if self.is_system else frozenset()


def pose(
    expression: str | Expr, wrt: Variables | None = None, output: str | None = None
) -> Problem:
    """Read an expression or a system of definitions, choose its variables, and find free
    names for the derivation.

    `wrt` is a name, several with commas between them or in a sequence, or "all"; `output`
    names the definition to differentiate, where it is not the first.

    >>> problem = pose("a*sin(t)")
    >>> problem.variables, problem.output, problem.letter
    ((t,), y, 'u')
    >>> pose("L = z^2; z = w*x + b", "all").variables
    (b, w, x)
    """
    asked = names_asked(wrt)
    source, found = _read(expression, (*map(str, asked), *([output] if output else ())))
    trees = {str(definition.name): definition.tree for definition in found}
    used = in_order_of_use(trees, _output(trees, output))
    function_of = next(d.arguments for d in found if d.name == used[-1])
    needed = set(used)
    check_size([trees[name] for name in used])
    symbols = {s.name: s for n in used for s in postorder(trees[n]) if isinstance(s, Symbol)}
    free = {name: symbol for name, symbol in symbols.items() if name not in trees}
    is_system = len(found) > 1
    variables = choose_variables(free, asked, trees, is_system, function_of)
    taken = {*symbols, *trees, *(variable.name for variable in variables)}
    letters = {name[0] for name in taken if is_indexed(name)}
    names = {name: symbols.get(name, Symbol(name, real=True)) for name in trees}
    return Problem(
        source,
        tuple((names[name], trees[name]) for name in used),
        tuple(names[name] for name in trees if name in needed),
        variables,
        first_free(LETTERS, letters),
        is_system,
        tuple(names[name] for name in trees if name not in needed),
        any(definition.decimals for definition in found),
    )


# --- Reading ------------------------------------------------------------------------------


def _read(expression: str | Expr, names: Collection[str]) -> tuple[str, list[Definition]]:
    """The source and its definitions; one without a name gets a free one."""
    if isinstance(expression, str):
        source, found = expression, read_definitions(expression, names)
    else:
        tree = from_sympy(expression)
        _, levels = extent(tree)
        source = str(expression) if levels <= DEEPEST_PRINTED else ""
        found = [Definition(None, tree)]
    if found[0].name is None:
        trees = [definition.tree for definition in found]
        taken = {s.name for tree in trees for s in names_in(tree) if isinstance(s, Symbol)}
        taken |= {*names, *(definition.name for definition in found[1:])}
        found[0] = replace(found[0], name=first_free(OUTPUTS, taken))
    return source, found


def _output(trees: Mapping[str, Basic], output: str | None) -> str:
    """The definition to differentiate: the first, or the one that is asked for."""
    name = next(iter(trees)) if output is None else _symbol(output, "--output").name
    if name not in trees:
        raise UndefinedName(f"{name} is not defined", hint=nearest(name, trees))
    return name


def check_size(trees: Collection[Basic]) -> None:
    if sum(len(subtree.args) for tree in trees for subtree in postorder(tree)) > LARGEST_EXPRESSION:
        raise LimitExceeded(
            f"the expression has more than {LARGEST_EXPRESSION} operands",
            hint="split it into smaller expressions",
        )


# --- The variables ------------------------------------------------------------------------


def names_asked(wrt: Variables | None) -> tuple[str | Symbol, ...]:
    """The variables asked for, each by itself."""
    if wrt is None:
        return ()
    if isinstance(wrt, str):
        return tuple(name.strip() for name in wrt.split(","))
    return (wrt,) if isinstance(wrt, Symbol) else tuple(wrt)


def choose_variables(
    free: Mapping[str, Symbol],
    asked: Sequence[str | Symbol],
    trees: Mapping[str, Basic],
    is_system: bool,
    function_of: Sequence[str] = (),
) -> tuple[Symbol, ...]:
    """Those that are asked for, or r where the whole is written V(r), or the only name there
    is, or x, or t."""
    if not asked and len(function_of) == 1 and function_of[0] not in trees:
        return (_argument(function_of[0], free),)
    if not asked:
        return (_likely(free, trees),)
    if [*map(str, asked)] == [ALL]:
        return tuple(free[name] for name in sorted(free, key=natural)) or (_likely(free, trees),)
    found: dict[Symbol, None] = {}
    for one in asked:
        name = _symbol(str(one), "--wrt").name
        if name in trees:
            raise UnclearVariable(
                f"{name} is the name of {'a definition' if is_system else 'the whole expression'}",
                hint="leave its definition out, and it is a variable"
                if is_system
                else "choose another variable",
            )
        if name not in free and (is_system or len(asked) > 1):
            raise UndefinedName(f"{name} does not occur", hint=nearest(name, free))
        unknown = one if isinstance(one, Symbol) else Symbol(name, real=True)
        found[free.get(name, unknown)] = None
    return tuple(found)


def _argument(name: str, free: Mapping[str, Symbol]) -> Symbol:
    """The variable of f(x) = …, unless only other names occur there."""
    if free and name not in free:
        other = min(free, key=natural)
        raise UnclearVariable(
            f"{name} does not occur in what is defined as a function of {name}",
            hint=f"choose with --wrt, for example --wrt {other} or --wrt {name}",
        )
    return free.get(name) or Symbol(name, real=True)


def _likely(free: Mapping[str, Symbol], trees: Mapping[str, Basic]) -> Symbol:
    """The variable where none is asked for."""
    if len(free) == 1:
        return next(iter(free.values()))
    if not free:
        return Symbol("t" if "x" in trees else "x", real=True)
    for name in PREFERRED_VARIABLES:
        if name in free:
            return free[name]
    names = sorted(free, key=natural)
    raise UnclearVariable(
        f"which variable to differentiate by? There are {', '.join(names)}",
        hint=f"choose with --wrt, for example --wrt {names[0]} or --wrt {ALL}",
    )


def _symbol(name: str, option: str) -> Symbol:
    """A name as the parser writes it; raises UnclearVariable if it is none."""
    hint = f"{option} takes a name such as x"
    if not name.strip():
        raise UnclearVariable(f"a name is missing in {option}", hint=hint)
    tree = parse(name, (name,)).tree
    if tree in (E, pi):
        meaning = FIXED["e" if tree == E else "pi"]
        raise UnclearVariable(f"{name} is {meaning}, and no variable", hint=hint)
    if not isinstance(tree, Symbol):
        raise UnclearVariable(f"'{name}' is not a name", hint=hint)
    return tree


def nearest(name: str, names: Collection[str]) -> str:
    """A hint for a name that is not among these: the one like it, or all."""
    close = get_close_matches(name, names, 1)
    listed = ", ".join(sorted(names, key=natural)[:MOST_LISTED])
    return f"did you mean {close[0]}?" if close else f"there are {listed}"


def natural(name: str) -> list[tuple[bool, str, int]]:
    """A key that sorts w2 before w10."""
    parts = re.findall(r"(\d+)|(\D+)", name)
    return [(bool(digits), word, int(digits or 0)) for digits, word in parts]


def is_indexed(name: str) -> bool:
    """Whether a name could be mistaken for u, u1, u2, …"""
    return len(name) == 1 or name[1:].isdigit()


def first_free(letters: Iterable[str], taken: set[str]) -> str:
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
            result = applied(head, result, argument)
        return result
    if isinstance(tree, Pow) and arguments[0] == E:
        return applied(exp, arguments[1])
    if isinstance(tree, Symbol | Rational | BooleanAtom) or tree in (E, pi):
        return tree
    if tree.is_Add or tree.is_Mul or tree.is_Pow or tree.is_Piecewise or tree.func in BY_HEAD:
        return rebuild(tree, arguments)
    if isinstance(tree, Boolean | ExprCondPair):
        return rebuild(tree, arguments)
    raise UnsupportedExpression(f"{tree.func.__name__} has no place in a derivation: {tree}")
