"""The command `jacobian`."""

from __future__ import annotations

from pathlib import Path

import click

from chainstep.cli.expression import (
    ExpressionCommand,
    chosen_format,
    failures_written,
    file_option,
    format_options,
    put,
    read,
    vector_option,
    without_garbage,
    written,
)

EXAMPLES = """\b
Examples:
  chainstep jacobian "[ln(x^2), sin(3x)]"
  chainstep jacobian "[x1*x2, sin(x1)]" --wrt x1,x2
  chainstep jacobian "y = [ln(g1), sin(g2)]; g = [x^2, 3x]" > notes.md

\b
Vectors of any length:
  chainstep jacobian "w⊗x" --vector w,x --wrt w

\b
The Jacobian times a vector, or a row times the Jacobian, without forming it:
  chainstep jacobian "[x1*x2, sin(x1)]" --jvp "[1, 0]"
  chainstep jacobian "[x1*x2, sin(x1)]" --vjp u
"""


@click.command(cls=ExpressionCommand, epilog=EXAMPLES)
@click.argument("expression", metavar="VECTOR")
@click.option("--wrt", metavar="NAME[,NAME…]", help="What to differentiate by; x is also x1, x2, …")
@vector_option
@click.option("--jvp", metavar="V", help="Multiply the Jacobian by this vector: a list or a name.")
@click.option("--vjp", metavar="U", help="Multiply this row by the Jacobian.")
@file_option
@format_options
def jacobian(
    expression: str,
    wrt: str | None,
    vectors: list[str] | None,
    jvp: str | None,
    vjp: str | None,
    out: Path | None,
    format_name: str | None,
    fragment: bool,
) -> None:
    """Write the derivation of the Jacobian of VECTOR, layer by layer.

    VECTOR is a list of expressions, or definitions (name = [expression, …]) separated by ;
    or line by line, the first of them the output: g1, g2, … are the components of g. @FILE
    reads it from a file, - from standard input.
    """
    if jvp is not None and vjp is not None:
        raise click.UsageError("--jvp and --vjp do not go together.")
    name = chosen_format(format_name, fragment, out)
    text = read(expression)
    with without_garbage():
        from chainstep import api
    with failures_written(text, name, out):
        derivation = api.jacobian(text, wrt, jvp=jvp, vjp=vjp, vectors=vectors or ())
        put(written(derivation, name, out), out)
