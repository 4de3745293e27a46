"""The graph for Mermaid, which GitHub draws: inputs at the bottom, the output at the top."""

from __future__ import annotations

from collections.abc import Iterator

from chainstep.derivation import Derivation
from chainstep.render.dataflow import dataflow

SHAPES = {"input": '(["{}"])', "output": '(["{}"])', "node": '["{}"]', "constant": '["{}"]'}
# Inside quotes; Mermaid turns #60; back into <.
ESCAPES = str.maketrans({character: f"#{ord(character)};" for character in '"#&<>|`{}[]\\*_'})
MOST_ARROWS = 500  # Mermaid's own limit
NOTE = "%% Mermaid draws so many arrows only where its option maxEdges is raised."


def render(derivation: Derivation) -> str:
    """The dataflow as a Mermaid flowchart.

    >>> from chainstep import derive
    >>> print(render(derive("sin(x^2)")), end="")
    flowchart BT
        n1(["x"])
        n2["u₁ = x²"]
        n3(["y = u₂ = sin(u₁)"])
        n1 -->|"du₁/dx = 2x"| n2
        n2 -->|"du₂/du₁ = cos(u₁)"| n3
    """
    return "\n".join(_lines(derivation)) + "\n"


def _lines(derivation: Derivation) -> Iterator[str]:
    flow = dataflow(derivation)
    ids = {vertex.symbol: f"n{number}" for number, vertex in enumerate(flow.vertices, 1)}
    yield "flowchart BT"
    if len(flow.arrows) > MOST_ARROWS:
        yield f"    {NOTE}"
    for vertex in flow.vertices:
        yield f"    {ids[vertex.symbol]}{SHAPES[vertex.kind].format(_escaped(vertex.label))}"
    for arrow in flow.arrows:
        line = f'-->|"{_escaped(arrow.label)}"|' if arrow.label else "-.->"
        yield f"    {ids[arrow.parent]} {line} {ids[arrow.child]}"


def _escaped(text: str) -> str:
    return text.translate(ESCAPES)
