"""The command `graph`."""

from __future__ import annotations

from pathlib import Path

import click

from chainstep.cli.expression import (
    ExpressionCommand,
    on_terminal,
    put,
    question,
    read,
    solve,
    written,
)
from chainstep.output import format_of

FORMATS = ("tree", "mermaid", "dot")
FORMATS_OF_SUFFIX = {
    ".txt": "tree",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
}

EXAMPLES = """\b
Examples:
  chainstep graph "sin(x + x^2)"
  chainstep graph "L = (y - p)^2; p = sigmoid(w*x + b)" --wrt w,b
  chainstep graph @loss.txt --wrt all -f mermaid
  chainstep graph "x^x" -f dot | dot -Tsvg -o graph.svg
"""


@click.command(cls=ExpressionCommand, epilog=EXAMPLES, short_help="Draw the graph of EXPRESSION.")
@question
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    help="Default: tree; with -o by its extension.",
)
def graph(
    expression: str,
    wrt: str | None,
    output: str | None,
    vectors: list[str] | None,
    merge: bool,
    out: Path | None,
    format_name: str | None,
) -> None:
    """Draw the graph of EXPRESSION: values on the way up, local derivatives on the way down.

    EXPRESSION is what derive takes: an expression, definitions, @FILE, or - for standard
    input.
    """
    name = format_name or (format_of(out, FORMATS_OF_SUFFIX, "tree") if out else "tree")
    if name == "tree" and out is None and on_terminal():
        name = "tree-terminal"
    derivation = solve(read(expression), wrt, output=output, vectors=vectors, merge=merge)
    put(written(derivation, name, out), out)
    if derivation.verdict.status != "verified":  # no format of a graph says so itself
        from chainstep.render import prose

        click.echo(prose.verdict(derivation, prose.Notation(str)), err=True)
