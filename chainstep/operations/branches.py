"""The case distinction: values, each with its condition in turn."""

from __future__ import annotations

from sympy import Eq, Expr, Piecewise
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.notation import ONE, ZERO, cases
from chainstep.operations.row import Arguments, Operation, Varies


def _match_piecewise(expr: Basic, varies: Varies) -> Arguments | None:
    """Values and conditions in turn. A condition is kept whole: it has no derivative."""
    if not isinstance(expr, Piecewise):
        return None
    return tuple(part for pair in expr.args for part in pair.args)


def _build_piecewise(*args: Basic) -> Expr:
    return cases(*zip(args[::2], args[1::2], strict=True))


def _piecewise_partial(slot: int, args: Arguments, y: Basic) -> Basic:
    if slot % 2:
        return ZERO  # a condition: moving it moves nothing, but at the boundary
    values = [ONE if 2 * i == slot else ZERO for i in range(len(args) // 2)]
    return cases(*zip(values, args[1::2], strict=True))


def _boundaries(*args: Basic) -> tuple[Relational, ...]:
    """Where the branches of a piecewise function meet."""
    relations = {r for condition in args[1::2] for r in condition.atoms(Relational)}
    ordered = sorted(relations, key=lambda r: r.sort_key())
    return tuple(dict.fromkeys(Eq(r.lhs, r.rhs, evaluate=False) for r in ordered))


PIECEWISE = Operation(
    "piecewise",
    "branch by branch",
    build=_build_piecewise,
    match=_match_piecewise,
    partial=_piecewise_partial,
    samples=(),
    kinks=_boundaries,
    spellings=("piecewise", "Piecewise", "where", "ifelse", "if_else", "when", "if"),
)
