"""The needs of a derivation put together: for every name the numbers that meet all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sympy
from sympy import And, Ge, Gt, Le, Lt, Ne
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.conditions.needs import Nodes, Ranges, is_settled
from chainstep.conditions.places import Places
from chainstep.conditions.solving import Solver
from chainstep.derivation import Condition
from chainstep.notation import MINUS_ONE, ONE
from chainstep.ranges import Range, ranges_of

STRICT = {Ge: Gt, Le: Lt}
# |cos x| = 1 where sin x = 0, and the other way round.
BUT_ONES = Places((MINUS_ONE, ONE), (True, False, True, False, True))
OTHER = {"cosine": sympy.sin, "sine": sympy.cos}


class Domain:
    """What has to hold: `places` for the names for which it can be told where they have to lie,
    and `unsolved` relations."""

    def __init__(self, nodes: Nodes, ranges: Ranges):
        self.nodes = nodes
        self.ranges = ranges
        self.solver = Solver(nodes)
        self.places: dict[Basic, Places] = {}
        self.given: list[Basic] = []
        self.alone: dict[Basic, Basic | None] = {}  # relations that say all there is of a name
        self.order: dict[Basic, object] = {}  # the names and the unsolved, as they came
        self.unsolved: dict[Basic, None] = {}
        self.facts: dict[Basic, Range] = {}
        self.is_empty = False

    def add(self, relation: Basic) -> bool:
        """One more need. Tells whether it is now a matter of the names that are given."""
        solved = self._solved(relation)
        if solved is None:
            self.unsolved[relation] = self.order[relation] = None
            return False
        name, places = solved
        self.restrict(name, places, relation)
        return name not in self.nodes

    def restrict(self, name: Basic, places: Places, relation: Basic) -> None:
        """Let a name lie in some places, as a relation says."""
        if name in self.ranges:
            places = places.within(self.ranges[name])
        before = self.places.get(name)
        self.alone[name] = relation if before is None and relation.args[0] == name else None
        if before != places:
            self._keep(name, places if before is None else before & places)
        self.given.append(relation)

    def _keep(self, name: Basic, places: Places) -> None:
        self.is_empty |= places.nowhere
        self.places[name] = self.order[name] = places

    def _solved(self, relation: Basic) -> tuple[Basic, Places] | None:
        """The name, and where it has to lie; both sides of an "or" have to be about it."""
        if isinstance(relation, Relational):
            return self.solver.solve(relation)
        parts = [self._solved(part) for part in relation.args]
        if None in parts or len({name for name, _ in parts}) != 1:  # type: ignore[misc]
            return None
        name, places = parts[0]  # type: ignore[misc]
        for _, more in parts[1:]:  # type: ignore[misc]
            places = places & more if isinstance(relation, And) else places | more
        return name, places

    def know(self, need: Relational) -> None:
        """A need that is expressed in the given names holds of what is made of them."""
        if isinstance(need, Gt | Ne) and need.lhs in self.nodes and not need.rhs:
            low = 0 if isinstance(need, Gt) else Range().low
            self.facts[need.lhs] = Range(low, nonzero=True)

    def settle(self) -> None:
        """Leave out what follows from where the given names have to lie."""
        about_nodes = [name for name in self.places if name in self.nodes]
        if not self.unsolved and not about_nodes:
            return
        facts = {n: p.hull() for n, p in self.places.items() if n not in self.nodes}
        if not facts:
            return
        self.ranges = ranges_of(self.nodes.values(), facts | self.facts)
        for name in about_nodes:
            self._keep(name, self.places[name].within(self.ranges[name]))
            self.alone[name] = None
        self.unsolved = {r: None for r in self.unsolved if not is_settled(r, self.ranges)}

    def excludes(self, relation: Relational) -> bool:
        """Whether a name cannot have a value, given as an equation."""
        places = self.places.get(relation.lhs)
        solved = self.solver.solve(relation) if places else None
        return solved is not None and (places & solved[1]).points == ()  # type: ignore[operator]

    def relations(self) -> Iterator[Basic]:
        """As few relations as say it."""
        for one in [*self.given, *self.unsolved] if self.is_empty else self.order:
            if one in self.places and not self.is_empty:
                alone = self.alone[one] if one not in self.nodes else None
                yield from [alone] if alone is not None else self._relations(one, self.places[one])
            elif self.is_empty or one in self.unsolved:
                yield one

    @property
    def kind(self) -> str:
        """That of the conditions: "nowhere" if they contradict each other."""
        return "nowhere" if self.is_empty else "domain"

    def _relations(self, name: Basic, places: Places) -> Iterator[Basic]:
        node = self.nodes.get(name)
        other = OTHER.get(node.operation.id) if node and places == BUT_ONES else None
        if node and other:
            yield Ne(other(node.args[0], evaluate=False), 0, evaluate=False)
        else:
            yield from places.relations(name)


def without_implied(relations: Iterable[Basic]) -> list[Basic]:
    """x ≠ 0 and x ≥ 0 say nothing new beside x > 0, and together they say it."""
    relations = list(relations)
    if len(relations) < 2:
        return relations
    unequal = {r.args for r in relations if isinstance(r, Ne)}
    stronger = [
        STRICT[type(r)](*r.args, evaluate=False) if type(r) in STRICT and r.args in unequal else r
        for r in relations
    ]
    strict = {r.args for r in stronger if isinstance(r, Gt | Lt)}
    kept = (r for r in stronger if isinstance(r, Gt | Lt) or r.args not in strict)
    return list(dict.fromkeys(kept))


def in_few(relations: Iterable[Basic]) -> list[Condition]:
    """Conditions that say together what the relations say."""
    domain = Domain({}, {})
    for relation in relations:
        domain.add(relation)
    return [Condition(domain.kind, relation) for relation in without_implied(domain.relations())]
