"""The graph for Graphviz: inputs at the bottom, the output at the top."""

from __future__ import annotations

from collections.abc import Iterator

from chainstep.derivation import Derivation
from chainstep.render.dataflow import dataflow

STYLES = {"input": ", shape=ellipse", "output": ", shape=ellipse", "node": "", "constant": ""}
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "&": "&amp;"})


def render(derivation: Derivation) -> str:
    r"""The dataflow in the DOT language.

    >>> from chainstep import derive
    >>> print(render(derive("sin(x^2)")), end="")
    digraph {
        rankdir=BT
        node [shape=box]
        n1 [label="x", shape=ellipse]
        n2 [label="u₁ = x²"]
        n3 [label="y = u₂ = sin(u₁)", shape=ellipse]
        {rank=min; n1}
        n1 -> n2 [label="du₁/dx = 2x"]
        n2 -> n3 [label="du₂/du₁ = cos(u₁)"]
    }
    """
    return "\n".join(_lines(derivation)) + "\n"


def _lines(derivation: Derivation) -> Iterator[str]:
    flow = dataflow(derivation)
    ids = {vertex.symbol: f"n{number}" for number, vertex in enumerate(flow.vertices, 1)}
    yield from ("digraph {", "    rankdir=BT", "    node [shape=box]")
    for vertex in flow.vertices:
        yield f"    {ids[vertex.symbol]} [label={_quoted(vertex.label)}{STYLES[vertex.kind]}]"
    inputs = [ids[vertex.symbol] for vertex in flow.vertices if vertex.kind == "input"]
    if inputs:
        yield f"    {{rank=min; {'; '.join(inputs)}}}"
    for arrow in flow.arrows:
        style = f"label={_quoted(arrow.label)}" if arrow.label else "style=dashed"
        yield f"    {ids[arrow.parent]} -> {ids[arrow.child]} [{style}]"
    yield "}"


def _quoted(text: str) -> str:
    return f'"{text.translate(ESCAPES)}"'
