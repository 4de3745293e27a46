"""Where a derivation holds, in as few and as plain relations as possible.

Every operation says what it needs (a denominator that is not 0). These needs are followed
down the graph (u₃ > 0 with u₃ = u₂² means u₂ ≠ 0), and dropped where the values that a node
can take settle them (1 + exp(−x) is never 0). What hangs on a single name is solved for it,
and all that is needed of a name is put together.
"""

from __future__ import annotations

from itertools import chain

from sympy import Gt, Lt, Ne
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.conditions.branches import restrict_to_branches
from chainstep.conditions.domain import Domain, in_few, without_implied
from chainstep.conditions.kinks import Slopes, kinks_of
from chainstep.conditions.needs import Nodes, for_values, outside_branches, plain, plain_constant
from chainstep.derivation import Condition
from chainstep.graph import Graph
from chainstep.notation import extent, names_in, replace
from chainstep.ranges import ranges_of, with_integers

__all__ = ["conditions_of", "in_few"]
LONGEST = 200  # symbols; a longer condition stays in named quantities


def conditions_of(graph: Graph, result: Basic) -> tuple[Condition, ...]:
    """The relations that must hold, then the places without a derivative."""
    nodes: Nodes = {node.symbol: with_integers(node) for node in graph.nodes}
    everywhere = outside_branches(graph)
    needs = [
        r for n in nodes.values() if n.symbol in everywhere for r in n.operation.requires(*n.args)
    ]
    values = list(for_values(graph, everywhere))
    if not needs and not values and not any(node.operation.kinks for node in nodes.values()):
        return ()
    domain = Domain(nodes, ranges_of(nodes.values()))
    seen: set[Relational] = set()
    for need in needs:
        known = [domain.add(r) for r in plain(need, nodes, domain.ranges, seen)]
        if known and all(known):
            domain.know(need)
    for value in chain.from_iterable(map(plain_constant, values)):
        for relation in plain(value, nodes, domain.ranges, seen):
            domain.add(relation)
    restrict_to_branches(everywhere, domain)
    domain.settle()
    relations = list(domain.relations())
    kinks = {} if domain.is_empty else dict.fromkeys(kinks_of(graph, domain))
    named = any(not nodes.keys().isdisjoint(names_in(r)) for r in (*relations, *kinks))
    expanded = _expanded(graph) if named else {}
    holds = without_implied(replace(r, expanded) if named else r for r in relations)
    excluded = {r.args for r in holds if isinstance(r, Ne | Gt | Lt)}
    slopes = Slopes(graph, result)
    meeting = (replace(relation, expanded) if named else relation for relation in kinks)
    places = [slopes.condition(place) for place in meeting if place.args not in excluded]
    found = [*(Condition(domain.kind, relation) for relation in holds), *filter(None, places)]
    return tuple(dict.fromkeys(found))


def _expanded(graph: Graph) -> dict[Basic, Basic]:
    """Every node in terms of the inputs alone, as long as it stays readable."""
    extents: dict[Basic, tuple[int, int]] = {}
    expanded: dict[Basic, Basic] = {}
    for node in graph.nodes:
        extents[node.symbol] = extent(node.expression, extents)
        if extents[node.symbol][0] <= LONGEST:
            expanded[node.symbol] = replace(node.expression, expanded)
    return expanded
