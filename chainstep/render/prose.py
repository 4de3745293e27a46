"""Every sentence of the output, in tables by stable ids.

A sentence holds places like {x} for mathematics, which each format fills in its `Notation`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sympy import Ne, S
from sympy.core.basic import Basic

from chainstep.arrays import Quantity
from chainstep.derivation import Condition, Derivation, Jacobian, Step
from chainstep.notation import DerivativeSymbol

RULES = {
    "single-variable": "Single-variable chain rule",
    "total-derivative": "Single-variable total-derivative chain rule",
    "vector": "Vector chain rule",
}
REASONS = {
    "vectors": (
        "{y} is made of vectors, so the derivatives are matrices, multiplied from {y} back to "
        "{variables}."
    ),
    "constant": "{y} does not depend on {x}.",
    "itself": "{y} is {x} itself.",
    "one-operation": "{y} is a single operation on {x}, so there is nothing to chain.",
    "affine": (
        "{y} is a single operation on a multiple of {x}, plus a constant: the chain rule gives the "
        "factor in front of {x}."
    ),
    "one-path": "{x} reaches {y} along one path, {path}.",
    "several-paths": "{x} reaches {node} along {count} paths, {ways}.",
    "several-places": (
        "{x} reaches {node} along {count} paths: {parent} stands in {count} places of {node}."
    ),
    "several-variables": (
        "{y} is differentiated by several variables, {variables}, so its derivative is a row, "
        "the gradient."
    ),
    "jacobian": (
        "{y} has {components} and is differentiated by {variables}, so its derivative is a matrix "
        "of {rows} and {columns}, the Jacobian."
    ),
}
NOTES = {
    "layout": "Numerator layout: rows belong to what is differentiated, columns to the variable.",
    "total-derivative": (
        "This rule is often called the multivariable chain rule, although only the intermediate "
        "variables have several arguments."
    ),
    "vector": "The single-variable chain rules are special cases of this rule.",
    "cases": "Of several cases that apply, the first counts.",
    "slots": "{parent} stands in several places of {of}: {symbol} lets only the first vary.",
    "too-large": "The expression is too large to be written out here.",
    "held-fixed": (
        "{total} counts every path from {x} to {y} while the other variables are held fixed; "
        "other texts write {partial} for it, which here is the direct step alone."
    ),
    "backward": "Backward: from {y} towards {variables}.",
    "adjoints": (
        "Backward: from {y} towards {variables}; {adjoint} is the adjoint of {node}: the sum, over "
        "the nodes that use {node}, of their adjoint times their local derivative by {node}."
    ),
}
EMPTY_STEPS = {
    "introduce": "No intermediate variable is needed.",
    "compute": "There is nothing to differentiate.",
    "combine": "There is nothing to combine.",
    "substitute": "There is nothing to substitute.",
}
VERDICTS = {
    "vectors": (
        "{lines} checked, all entries, at {points} with random vectors of lengths {lengths} "
        "against numerical differentiation ({digits} digits)"
    ),
    "verified": "{lines} checked at {points} against numerical differentiation ({digits} digits)",
    "unverified": "not checked: {reason}",
}
WITH = "with"
UNUSED = "{names} {are} defined but not used."
BY_OUTPUT = "In terms of {y}:"
NUMBERS = {
    "title": "Numbers at {point}",
    "title-of-many": "Numbers at a point",
    "point": "Given",
    "up": "On the way up",
    "down": "On the way down",
}
COLUMNS = ("quantity", "formula", "value")
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
LONGEST_PATH = 8  # symbols; a longer path is shortened in the middle
MOST_LISTED = 4  # items of a list in a sentence; a longer one is shortened in the middle


@dataclass(frozen=True)
class Notation:
    """How a format writes sentences with mathematics inside; `text` makes other text harmless."""

    write: Callable[[Basic], str]
    text: Callable[[str], str] = str
    delimiter: str = ""
    arrow: str = " → "
    dots: str = "…"

    def __call__(self, expr: Basic) -> str:
        return f"{self.delimiter}{self.write(expr)}{self.delimiter}"

    def path(self, symbols: Sequence[Basic]) -> str:
        """Symbols with arrows between them; a long path is shortened in the middle."""
        names = [self.write(symbol) for symbol in symbols]
        if len(names) > LONGEST_PATH:
            names = [*names[: LONGEST_PATH - 3], self.dots, *names[-2:]]
        return f"{self.delimiter}{self.arrow.join(names)}{self.delimiter}"


def rule(derivation: Derivation) -> str:
    """The name of the rule."""
    return RULES[derivation.rule.id]


def reason(derivation: Derivation, math: Notation) -> str:
    """Why that rule applies."""
    id, places = _facts(derivation, math)
    return REASONS[id].format(x=math(derivation.wrt), y=math(derivation.output), **places)


def _facts(derivation: Derivation, math: Notation) -> tuple[str, dict[str, str]]:
    if derivation.jacobian and derivation.rule.id == "vector":
        return "jacobian", _sizes(derivation.jacobian, math)
    if derivation.rule.id == "vector" and has_vectors(derivation):
        return "vectors", {"variables": listed(list(map(math, derivation.variables)))}
    if derivation.rule.id == "vector":
        return "several-variables", {"variables": listed(list(map(math, derivation.variables)))}
    if not derivation.graph.nodes:
        return ("itself" if derivation.wrt in derivation.graph.outputs else "constant"), {}
    if derivation.rule.id == "total-derivative":
        return _several_paths(derivation, math)
    if len(derivation.graph.nodes) == 1:
        (node,) = derivation.graph.nodes
        return ("affine" if node.affine else "one-operation"), {}
    return "one-path", {"path": math.path(derivation.rule.paths)}


def _several_paths(derivation: Derivation, math: Notation) -> tuple[str, dict[str, str]]:
    node, *parents = derivation.rule.paths
    places = {"node": math(node), "count": count(len(parents))}
    uses = Counter(parents)
    if len(uses) == 1:
        return "several-places", places | {"parent": math(parents[0])}
    ways = []
    for parent, times in uses.items():
        way = "directly" if parent == derivation.wrt else f"through {math(parent)}"
        ways.append(way if times == 1 else f"{way} in {count(times)} places")
    return "several-paths", places | {"ways": listed(ways)}


def _sizes(jacobian: Jacobian, math: Notation) -> dict[str, str]:
    """How many components and variables there are, and so how many rows and columns."""
    rows, columns = len(jacobian.of), len(jacobian.wrt)
    several = f"{count(columns)} variables, {listed(list(map(math, jacobian.wrt)))}"
    return {
        "components": _counted(rows, "component"),
        "variables": several if columns > 1 else math(jacobian.wrt[0]),
        "rows": _counted(rows, "row"),
        "columns": _counted(columns, "column"),
    }


def _counted(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'s' * (number != 1)}"


def count(number: int) -> str:
    """A number in words, as far as words are short."""
    return COUNTS[number] if number < len(COUNTS) else str(number)


def has_vectors(derivation: Derivation) -> bool:
    """Whether there are vectors among the variables and what is made of them."""
    nodes = (node.symbol for node in derivation.graph.nodes)
    return any(isinstance(name, Quantity) for name in (*derivation.variables, *nodes))


def notes(derivation: Derivation) -> list[str]:
    """The remarks on the expression and the rule as a whole."""
    ids = ["too-large"] if derivation.read_as is None else []
    ids += ["cases"] if _cases_overlap(derivation) else []
    ids += [derivation.rule.id] if derivation.rule.id in NOTES else []
    ids += ["layout"] if derivation.rule.id == "vector" and has_vectors(derivation) else []
    return [NOTES[id] for id in ids]


def _cases_overlap(derivation: Derivation) -> bool:
    """Whether a case distinction has more conditions than one and "otherwise"."""
    distinctions = (n.args[1::2] for n in derivation.graph.nodes if n.operation.id == "piecewise")
    return any(len([c for c in conditions if c is not S.true]) > 1 for conditions in distinctions)


def step_notes(step: Step, derivation: Derivation, math: Notation) -> list[str]:
    """The sentences below the title of a step."""
    found = [math.text(note) for note in step.notes]
    if not step.equations and not found:
        found.append(EMPTY_STEPS[step.id])
    if step.id == "compute":
        found += _slot_notes(derivation, math)[:1]
    if step.id == "combine":
        found += _direction_notes(step, derivation, math)
    return found


def _slot_notes(derivation: Derivation, math: Notation) -> list[str]:
    """What the index of a derivative symbol means."""
    return [
        NOTES["slots"].format(
            parent=math(d.edge.parent), of=math(d.edge.child), symbol=math(d.symbol)
        )
        for d in derivation.local_derivatives
        if d.edge.place
    ]


def _direction_notes(step: Step, derivation: Derivation, math: Notation) -> Iterator[str]:
    """The order in which the lines of step 3 come, and what d means there."""
    x, y = derivation.wrt, derivation.output
    if derivation.direction == "backward" and step.equations:
        names = {"y": math(y), "variables": listed(list(map(math, derivation.variables)))}
        by = [e.left.wrt for e in step.equations if isinstance(e.left, DerivativeSymbol)]
        node = next((symbol for symbol in by if symbol not in derivation.gradient), None)
        if node is None:
            yield NOTES["backward"].format(**names)
        else:
            adjoint = math(DerivativeSymbol(y, node))
            yield NOTES["adjoints"].format(adjoint=adjoint, node=math(node), **names)
    if len(derivation.variables) > 1 and not derivation.jacobian:
        total, partial = (math(DerivativeSymbol(y, x, held)) for held in (False, True))
        yield NOTES["held-fixed"].format(total=total, partial=partial, x=math(x), y=math(y))


def asked_for(derivation: Derivation, math: Notation) -> str:
    """The derivatives to be found: dL/dw₁, dL/dw₂ and dL/db."""
    if derivation.jacobian:
        return math(derivation.jacobian.symbol)
    return listed([math(DerivativeSymbol(derivation.output, x)) for x in derivation.variables])


def unused(derivation: Derivation, math: Notation) -> list[str]:
    """The remark on definitions that the output does not need."""
    names = derivation.unused
    are = "is" if len(names) == 1 else "are"
    return [UNUSED.format(names=listed(list(map(math, names))), are=are)] if names else []


def by_output(derivation: Derivation, math: Notation) -> str:
    """What stands in front of the derivative written with the output itself."""
    return BY_OUTPUT.format(y=math(derivation.output))


def listed(items: list[str]) -> str:
    """Items in a sentence; of many only the first and the last.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c", "d", "e"])
    ('a, b and c', 'a, b, … and e')
    """
    if len(items) > MOST_LISTED:
        items = [*items[: MOST_LISTED - 2], "…", items[-1]]
    return enumerated(items)


def enumerated(items: list[str], joint: str = "and") -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joint} {items[-1]}"


def holds(condition: Condition) -> Basic:
    """The relation that is true wherever the derivative exists."""
    relation = condition.relation
    return relation if condition.holds else Ne(*relation.args, evaluate=False)


def verdict(derivation: Derivation, math: Notation) -> str:
    """What the check of every line found."""
    found = derivation.verdict
    return VERDICTS["vectors" if found.lengths else found.status].format(
        lengths=listed([str(length) for length in found.lengths or (0,)]),
        lines=_plural(found.lines, "line"),
        points=_plural(found.points, "point"),
        digits=found.digits,
        reason=math.text(found.reason or ""),
    )


def verdict_sentence(derivation: Derivation, math: Notation) -> str:
    """The same as a sentence of its own."""
    words = verdict(derivation, math)
    return f"{words[0].upper()}{words[1:].removesuffix('.')}."


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
