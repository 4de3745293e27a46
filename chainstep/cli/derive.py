"""The command `derive`."""

from __future__ import annotations

from pathlib import Path

import click

from chainstep.cli.expression import (
    ExpressionCommand,
    chosen_format,
    failures_written,
    format_options,
    put,
    question,
    read,
    solve,
    written,
)

WITH_GRAPH = ("terminal", "text", "markdown")
DIGITS = 6
MOST_DIGITS = 50

EXAMPLES = """\b
Examples:
  chainstep derive "ln(sin(x**3)**2)"
  chainstep derive "x^2 e^(-a x)" --wrt x > notes.md
  chainstep derive '\\frac{1}{1 + e^{-x}}' -f latex -o sigmoid.tex
  echo "sin(x + x^2)" | chainstep derive -

\b
A system of definitions, its gradient, and the numbers at a point:
  chainstep derive "f = e^x; x = cos(w t + p)" --wrt t
  chainstep derive "L = (y - p)^2; p = sigmoid(w*x + b)" --wrt w,b
  chainstep derive @loss.txt --wrt all -o gradient.md
  chainstep derive "1/(1 + e^(-x))" --at x=1/3 --digits 10
  chainstep derive "a*x^2 + b*x" --wrt x --at x=2,a=1 --at b=-1

\b
Vectors of any length, declared in the text or by --vector:
  chainstep derive "w, x: vector(n); a = max(0, w·x + b)" --wrt w,b
  chainstep derive "W: matrix(m, n); x: vector(n); L = norm2(W x)^2" --wrt W

\b
The other direction, fewer steps, and a picture of the graph:
  chainstep derive "sin(x + x^2)" --direction backward
  chainstep derive "1/(1 + e^(-x))" --merge
  chainstep derive "sin(x + x^2)" -f markdown --graph
"""


@click.command(cls=ExpressionCommand, epilog=EXAMPLES)
@question
@click.option(
    "--direction",
    type=click.Choice(("forward", "backward")),
    help="From the variable to the output, or back.  [default: backward for several variables]",
)
@click.option(
    "--at", metavar="NAME=NUMBER[,…]", multiple=True, help="Show the numbers at this point."
)
@click.option(
    "--digits",
    type=click.IntRange(1, MOST_DIGITS),
    help=f"Digits after the decimal point of these numbers.  [default: {DIGITS}]",
)
@click.option("--graph", is_flag=True, help="Put a picture of the graph after the first step.")
@format_options
def derive(
    expression: str,
    wrt: str | None,
    output: str | None,
    vectors: list[str] | None,
    merge: bool,
    out: Path | None,
    direction: str | None,
    at: tuple[str, ...],
    digits: int | None,
    graph: bool,
    format_name: str | None,
    fragment: bool,
) -> None:
    """Write the four-step derivation of EXPRESSION.

    EXPRESSION is one expression, or definitions (name = expression) separated by ; or
    line by line, in any order. @FILE reads it from a file, - from standard input.
    """
    name = chosen_format(format_name, fragment, out)
    if graph and name not in WITH_GRAPH:
        raise click.UsageError(f"--graph goes with the formats {', '.join(WITH_GRAPH)}.")
    if digits and not at:
        raise click.UsageError("--digits goes with --at.")
    text = read(expression)
    with failures_written(text, name, out):
        derivation = solve(
            text,
            wrt,
            output=output,
            vectors=vectors,
            direction=direction,
            at=", ".join(at) if at else None,
            digits=digits,
            merge=merge,
        )
        put(written(derivation, f"{name}{'-graph' * graph}", out), out)
