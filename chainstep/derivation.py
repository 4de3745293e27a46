"""The values that a derivation is made of. A renderer sees a `Derivation` and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Symbol
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.arrays import MatrixProduct
from chainstep.graph import Edge, Graph

STEP_TITLES = {
    "introduce": "Introduce intermediate variables",
    "compute": "Compute derivatives",
    "combine": "Combine",
    "substitute": "Substitute",
}


@dataclass(frozen=True)
class Equation:
    """left = rights[0] = rights[1] = …, each side true, with the law that gives it.

    `law` is the law in words ("power rule"), shown beside the line; it may be empty.
    """

    left: Basic
    rights: tuple[Basic, ...]
    law: str = ""


@dataclass(frozen=True)
class LocalDerivative:
    """The derivative of one node by one of its arguments, the others held fixed.

    `symbol` is how it is written: d for a node with one varying argument, ∂ otherwise.
    `by_law` is what the law gives, `value` the same put in order.
    """

    edge: Edge
    symbol: Basic
    by_law: Basic
    value: Basic
    law: str


def by_child(local_derivatives: tuple[LocalDerivative, ...]) -> dict[Symbol, list[LocalDerivative]]:
    """For each node its local derivatives, in the order of its slots."""
    entering: dict[Symbol, list[LocalDerivative]] = {}
    for derivative in local_derivatives:
        entering.setdefault(derivative.edge.child, []).append(derivative)
    return entering


@dataclass(frozen=True)
class Step:
    """One of the four steps. `notes` are sentences that stand below its title."""

    id: str
    title: str
    equations: tuple[Equation, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """The chain rule that applies, and why.

    `id` is "single-variable", "total-derivative" or "vector". `paths` are the facts behind
    the reason: for one path all its symbols from the input to the output; otherwise the
    first node where paths meet, then the parents through which they come.
    """

    id: str
    paths: tuple[Symbol, ...]


@dataclass(frozen=True)
class Condition:
    """Where the derivation holds: a `relation` that must be true ("domain"; "nowhere" if the
    relations contradict each other), or an equation at whose solutions there is no derivative
    ("kink", or "possible-kink"), with the value used there, if any, or where there is one and
    the formula gives another ("exception")."""

    kind: str
    relation: Basic
    used: str = ""

    @property
    def holds(self) -> bool:
        """Whether the relation has to be true, not false."""
        return self.kind in ("domain", "nowhere")


@dataclass(frozen=True)
class Verdict:
    """What the check of every line found: `status` is "verified" or "unverified".

    `lines` equations were compared at up to `points` points to `digits` digits; `reason`
    says why a derivation could not be checked. `lengths` are those of the random vectors where
    the length is open.
    """

    status: str
    lines: int
    points: int
    digits: int
    reason: str | None = None
    lengths: tuple[int, ...] = ()


@dataclass(frozen=True)
class Row:
    """A line of a table of numbers: `symbol` = `formula` = value.

    `value` is an exact number (1/3, √2, π/4), or a Float of more digits than are shown.
    `decimal` is the value to the stated digits; it is empty for a whole number.
    """

    symbol: Basic
    formula: Basic
    value: Expr
    decimal: str


@dataclass(frozen=True)
class Numbers:
    """Both passes through the graph at a point, in their order.

    `point` has the given values, `up` the value of every node, `down` for every node and
    input, from the output on, the local derivatives of the nodes that use it and its
    adjoint. `digits` are those stated. `kinks` are the equations that hold at the point and
    say that a node has no derivative there, so that a convention was used.
    """

    point: tuple[Row, ...]
    up: tuple[Row, ...]
    down: tuple[Row, ...]
    digits: int
    kinks: tuple[Relational, ...] = ()


@dataclass(frozen=True)
class Jacobian:
    """The derivative of one vector by another, or its product with a vector.

    `symbol` is how the whole is written, dy/dx or dy/dx v, and `matrix` what it is in the end.
    `of` and `wrt` are the components of the two vectors.
    """

    symbol: Basic
    matrix: Basic
    of: tuple[Symbol, ...]
    wrt: tuple[Symbol, ...]

    @property
    def is_product(self) -> bool:
        """Whether the Jacobian is multiplied by a vector."""
        return isinstance(self.symbol, MatrixProduct)


@dataclass(frozen=True, repr=False)
class Derivation:
    """A complete derivation: all that a renderer sees.

    `source` is the text as given, `read_as` the tree it was read as (None where it is too
    large to be written), `output` the name of the whole (y). `definitions` are those of a
    system as they were read, in the order given; a single expression has none. `unused` are
    the names among them that the output does not need. `gradient` has the derivative by each
    variable, as a teacher writes it; `direction` is "forward" or "backward". `by_output` is
    the derivative written with the output itself, where that is shorter, and `numbers` are
    the passes at a point, where one was given. `jacobian` is there where the output is a vector,
    and then `gradient` has a column of it for each variable, unless it is a product.
    """

    source: str
    read_as: Basic | None
    output: Symbol
    rule: Rule
    graph: Graph
    local_derivatives: tuple[LocalDerivative, ...]
    steps: tuple[Step, ...]
    gradient: Mapping[Symbol, Expr]
    conditions: tuple[Condition, ...]
    verdict: Verdict
    direction: str = "forward"
    definitions: tuple[Equation, ...] = ()
    unused: tuple[Symbol, ...] = ()
    by_output: Equation | None = None
    numbers: Numbers | None = None
    decimals: bool = False
    jacobian: Jacobian | None = None

    @property
    def variables(self) -> tuple[Symbol, ...]:
        """What the output is differentiated by."""
        return tuple(self.gradient) or self.graph.inputs

    @property
    def wrt(self) -> Symbol:
        """The variable, or the first of several."""
        return self.variables[0]

    @property
    def result(self) -> Basic:
        """The derivative by the only variable; that by each is in `gradient`. Of a vector it is
        a matrix."""
        if self.jacobian:
            return self.jacobian.matrix
        return self.gradient[self.wrt]

    @property
    def forward_values(self) -> dict[Basic, Expr]:
        """The value of every input, parameter and node at the given point; empty without one."""
        rows = (*self.numbers.point, *self.numbers.up) if self.numbers else ()
        return {row.symbol: row.value for row in rows}

    @property
    def adjoints(self) -> dict[Basic, Expr]:
        """The derivative of the output by every input and node at the given point."""
        found = self.numbers.down if self.numbers else ()
        return {
            row.symbol.wrt: row.value  # type: ignore[attr-defined]
            for row in found
            if row.symbol.of == self.output and not row.symbol.partial  # type: ignore[attr-defined]
        }

    def step(self, id: str) -> Step:
        """The step with that id."""
        return next(step for step in self.steps if step.id == id)

    def _render(self, format: str) -> str:
        from chainstep.render import FORMATS

        return FORMATS[format](self)

    def to_terminal(self) -> str:
        """The coloured layout of a terminal, with ANSI codes."""
        return self._render("terminal")

    def to_text(self) -> str:
        """The layout of a terminal without colour."""
        return self._render("text")

    def to_markdown(self) -> str:
        """Portable markdown: one `$$…$$` paragraph a line."""
        return self._render("markdown")

    def to_latex(self) -> str:
        """A complete LaTeX document."""
        return self._render("latex")

    def to_json(self) -> str:
        """One JSON document."""
        return self._render("json")

    @cached_property
    def _markdown(self) -> str:
        return self.to_markdown()

    def _repr_markdown_(self) -> str:
        return self._markdown

    def __repr__(self) -> str:
        return self.to_text()
