"""The command line: arguments to the API, its answer to the screen. No mathematics here,
and no import of sympy before a command needs it: `--help` answers at once."""

from __future__ import annotations

import gc
import itertools
import json
import os
import sys
from importlib import import_module
from pathlib import Path

import click

from chainstep import __version__, spelling
from chainstep.errors import ChainstepError, UnexpectedCharacter
from chainstep.files import FORMAT_OF_SUFFIX, replacing

FORMATS = ("terminal", "text", "markdown", "latex", "json")
ELSEWHERE = {"batch": "chainstep.batch.command"}  # commands that stand in files of their own
LARGEST_INPUT = 10_000_000  # bytes read from standard input
INTERRUPTED = 130

EXAMPLES = """\b
Examples:
  chainstep derive "ln(sin(x**3)**2)"
  chainstep derive "x^2 e^(-a x)" --wrt x > notes.md
  chainstep derive '\\frac{1}{1 + e^{-x}}' -f latex -o sigmoid.tex
  echo "sin(x + x^2)" | chainstep derive -
"""


class ExpressionCommand(click.Command):
    """A command whose arguments are expressions, so -sin(x) is not taken for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = {
            name: not getattr(parameter, "is_flag", False)
            for parameter in self.get_params(ctx)
            for name in parameter.opts
            if isinstance(parameter, click.Option)
        }
        options: list[str] = []
        expressions: list[str] = []
        rest = iter(args)
        for token in rest:
            if token == "--":
                expressions += rest
            elif token in takes_value:
                options.append(token)
                options += itertools.islice(rest, takes_value[token])
            elif token.startswith("--"):
                options.append(token)
            else:
                expressions.append(token)
        return super().parse_args(ctx, [*options, "--", *expressions])


class Commands(click.Group):
    """The commands, imported when they are asked for. They end without a word when the reader
    of their output has seen enough; click would end them with status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            for name, module in ELSEWHERE.items():
                self.add_command(getattr(import_module(module), name))
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: click.Context):
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
            return status
        except BrokenPipeError:
            # What is left in the buffer has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXAMPLES
)
@click.version_option(__version__, prog_name="chainstep")
def cli() -> None:
    """Chain-rule derivations, step by step, every line checked.

    Introduce intermediate variables, compute each derivative alone, combine them by the
    chain rule, substitute back.
    """


@cli.command(cls=ExpressionCommand, epilog=EXAMPLES)
@click.argument("expression")
@click.option("--wrt", metavar="NAME", help="Variable to differentiate by.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    help="Default: terminal on a terminal, markdown in a pipe; with -o by its extension.",
)
@click.option("--fragment", is_flag=True, help="LaTeX without the preamble, for pasting.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, whole or not at all.",
)
def derive(
    expression: str, wrt: str | None, format_name: str | None, fragment: bool, output: Path | None
) -> None:
    """Write the four-step derivation of EXPRESSION (- reads it from standard input)."""
    name = format_name or ("latex" if fragment else _default_format(output))
    if fragment and name != "latex":
        raise click.UsageError("--fragment goes with the format latex.")
    text = _read_input() if expression == "-" else expression
    try:
        _write(_solve(text, wrt, "latex-fragment" if fragment else name), output)
    except ChainstepError as error:
        if name == "json":
            _write(json.dumps(_failure(text, error), ensure_ascii=False) + "\n", output)
        raise


def _solve(text: str, wrt: str | None, format_name: str) -> str:
    # An import makes no garbage: looking for it, now or later, takes a tenth of the time.
    gc.disable()
    from chainstep.pipeline import derive as solve
    from chainstep.render import FORMATS as RENDERERS

    gc.freeze()
    gc.enable()
    return RENDERERS[format_name](solve(text, wrt))


def _failure(text: str, error: ChainstepError) -> dict:
    from chainstep.render.json_format import failure

    return failure(text, error)


def _default_format(output: Path | None) -> str:
    if output is not None:
        return FORMAT_OF_SUFFIX.get(output.suffix.lower(), "markdown")
    return "terminal" if sys.stdout.isatty() or os.environ.get("FORCE_COLOR") else "markdown"


def _read_input() -> str:
    data = sys.stdin.buffer.read(LARGEST_INPUT)
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UnexpectedCharacter(
            f"byte {error.start + 1} of the input is not valid UTF-8", hint="save the text as UTF-8"
        ) from None


def _write(text: str, output: Path | None) -> None:
    text = text if text.endswith("\n") else text + "\n"
    if output is None:
        sys.stdout.write(click.unstyle(text) if os.environ.get("NO_COLOR") else text)
        return
    with replacing(output) as stream:
        stream.write(text)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 not solved, 2 wrong usage, 130 interrupted."""
    _prepare_streams()
    try:
        status = cli.main(arguments, prog_name="chainstep", standalone_mode=False) or 0
    except ChainstepError as error:
        status = _complain(error.explain(), 1)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        status = _complain("interrupted", INTERRUPTED)
    except OSError as error:
        status = _complain(
            f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), 1
        )
    except (Exception, RecursionError) as error:
        status = _complain(f"error: internal error ({type(error).__name__}); please report it", 1)
    sys.exit(status)


def _complain(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _prepare_streams() -> None:
    """Characters that a terminal cannot show are spelled out instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors=spelling.install())  # type: ignore[union-attr]
