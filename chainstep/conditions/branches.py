"""What the branches of a case distinction need, each where it is the one that counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sympy import And, Eq, Ge, Gt, Le, Lt, Ne, Or, S
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.conditions.domain import Domain
from chainstep.conditions.needs import MIRRORED, plain
from chainstep.conditions.places import ALL, NOTHING, Places
from chainstep.errors import UndefinedConstant
from chainstep.graph import Node

OPPOSITE = {Lt: Ge, Ge: Lt, Le: Gt, Gt: Le, Eq: Ne, Ne: Eq}
DEEPEST = 10  # case distinctions inside each other
Found = tuple[Basic | None, Places]


def restrict_to_branches(everywhere: Collection[Basic], domain: Domain) -> None:
    """Add what follows for the only name that the conditions of a case distinction hang on."""
    for node in domain.nodes.values():
        if node.operation.id == "piecewise" and node.symbol in everywhere:
            name, places = _of_cases(node, domain, DEEPEST)
            if name is not None and not places.everywhere:
                domain.restrict(name, places, node.expression)


def _of_cases(node: Node, domain: Domain, deep: int) -> Found:
    """Where a case distinction has a branch, and that what it needs. The places where branches
    meet are left to be looked at as kinks."""
    name: Basic | None = None
    boundaries: list[Basic] = []
    total, left = NOTHING, ALL
    for value, condition in zip(node.args[::2], node.args[1::2], strict=True):
        told = _told(condition, domain)
        if told is None:
            return None, ALL
        about, met, failed = told
        if name is not None and about is not None and about != name:
            return None, ALL
        name = name or about
        needed_of, needed = _of_value(value, domain, deep)
        here = needed if needed_of in (None, name) else ALL
        total, left = total | (left & met & here), left & failed
        boundaries += met.ends
    return name, total.with_points(boundaries)


def _of_value(value: Basic, domain: Domain, deep: int) -> Found:
    """Where a branch is defined, as far as that hangs on one name."""
    name: Basic | None = None
    places = ALL
    for about, more in _needs_of(value, domain, deep):
        if about is None or name not in (None, about):
            continue
        name, places = about, places & more
    return name, places


def _needs_of(value: Basic, domain: Domain, deep: int) -> Iterator[Found]:
    reached = {value}
    for node in reversed(list(domain.nodes.values())):
        if node.symbol not in reached:
            continue
        if node.operation.id == "piecewise":
            if deep:
                yield _of_cases(node, domain, deep - 1)
            continue
        reached |= {argument for argument in node.args if argument.is_Symbol}
        for need in node.operation.requires(*node.args):
            try:
                relations = plain(need, domain.nodes, domain.ranges, set())
            except UndefinedConstant:
                continue
            yield from filter(None, map(domain.solver.solve, relations))


def _told(condition: Basic, domain: Domain) -> tuple[Basic | None, Places, Places] | None:
    """The name that a condition hangs on, where it is met, and where it is not; it may have no
    truth elsewhere. None if that cannot be told."""
    if condition in (S.true, S.false):
        return (None, ALL, NOTHING) if condition is S.true else (None, NOTHING, ALL)
    if isinstance(condition, And | Or):
        return _joined(condition, domain)
    if not isinstance(condition, Relational) or type(condition) not in OPPOSITE:
        return None
    left, right = condition.args
    kind = type(condition)
    if left.is_number:
        left, right, kind = right, left, MIRRORED[kind]
    met = domain.solver.solve(kind(left, right, evaluate=False))
    failed = domain.solver.solve(OPPOSITE[kind](left, right, evaluate=False))
    if met is None or failed is None or met[0] in domain.nodes:
        return None
    return met[0], met[1], failed[1]


def _joined(condition: Basic, domain: Domain) -> tuple[Basic | None, Places, Places] | None:
    parts = [_told(part, domain) for part in condition.args]
    if None in parts:
        return None
    names = {name for name, _, _ in parts if name is not None}  # type: ignore[misc]
    if len(names) > 1:
        return None
    met, either = (ALL if isinstance(condition, And) else NOTHING), ALL
    for _, holds, fails in parts:  # type: ignore[misc]
        met = met & holds if isinstance(condition, And) else met | holds
        either = either & (holds | fails)
    return next(iter(names), None), met & either, either & ~met
