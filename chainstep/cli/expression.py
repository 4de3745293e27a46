"""What the commands that take an expression share: how it is read, solved and written."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainstep.errors import ChainstepError, LimitExceeded, UnexpectedCharacter
from chainstep.files import replacing, standard_input
from chainstep.output import FORMAT_OF_SUFFIX, format_of, out_option

if TYPE_CHECKING:
    from chainstep.derivation import Derivation

FORMATS = ("terminal", "text", "markdown", "latex", "json")
LARGEST_INPUT = 10_000_000  # bytes read from standard input or a file
FILE = "@"  # in front of the name of a file


class ExpressionCommand(click.Command):
    """A command whose arguments are expressions, so -sin(x) is not taken for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        options, expressions = self._told_apart(ctx, args)
        ctx.allow_extra_args = True  # so that a wrong option is complained of first
        others = super().parse_args(ctx, [*options, "--", *expressions])
        if others and not ctx.resilient_parsing:
            message = "One expression is expected. With spaces in it, it needs quotes: "
            raise click.UsageError(f'{message}"{" ".join(expressions)}"', ctx)
        ctx.params = {name: _as_utf8(value) for name, value in ctx.params.items()}
        return others

    def _told_apart(self, ctx: click.Context, args: list[str]) -> tuple[list[str], list[str]]:
        """The options with their values, and the expressions."""
        known = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        flags = {name for option in known if option.is_flag for name in option.opts}
        takes_value = {name for option in known for name in option.opts} - flags
        attached = {  # -fjson; of other values nobody knows whether they are expressions
            f"{name}{choice}"
            for option in known
            if isinstance(option.type, click.Choice)
            for name in option.opts
            for choice in option.type.choices
        }
        options: list[str] = []
        expressions: list[str] = []
        rest = iter(args)
        for token in rest:
            if token == "--":
                expressions += rest
            elif token in takes_value:
                options += _with_value(token, rest, ctx)
            elif token in flags | attached or token.startswith("--"):
                options.append(token)
            else:
                expressions.append(token)
        return options, expressions


def _as_utf8(value: Any) -> Any:
    """Text that Python, in a locale without Unicode, has taken for ASCII; a file keeps the name
    under which the system knows it."""
    if isinstance(value, list | tuple):
        return type(value)(map(_as_utf8, value))
    if isinstance(value, str) and not value.startswith(FILE):
        return os.fsencode(value).decode("utf-8", "surrogateescape")
    return value


def _with_value(option: str, rest: Iterator[str], ctx: click.Context) -> list[str]:
    """An option and what follows it, were it an expression with a minus in front."""
    value = next(rest, None)
    if value is not None:
        return [option, value]
    if ctx.resilient_parsing:  # the shell asks for the value
        return []
    raise click.BadOptionUsage(option, f"Option '{option}' requires an argument.", ctx)


def question(command: Callable) -> Callable:
    """The argument and the options that say what is differentiated, and where it is written."""
    for parameter in reversed(_QUESTION):
        command = parameter(command)
    return command


def format_options(command: Callable) -> Callable:
    """The options that `chosen_format` takes."""
    return _FORMAT(_FRAGMENT(command))


vector_option = click.option(
    "--vector",
    "vectors",
    metavar="NAME[,NAME…]",
    callback=lambda ctx, parameter, value: value and [name.strip() for name in value.split(",")],
    help="Names of vectors of any length.  [also in the text: x: vector(n)]",
)
file_option = out_option("Write to this file, whole or not at all.")
_FORMAT = click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    help="Default: terminal on a terminal, markdown in a pipe; with -o by its extension.",
)
_FRAGMENT = click.option(
    "--fragment", is_flag=True, help="LaTeX without the preamble, for pasting."
)
_QUESTION = (
    click.argument("expression", metavar="EXPRESSION"),
    click.option(
        "--wrt", metavar="NAME[,NAME…]", help="What to differentiate by; all is every free name."
    ),
    click.option(
        "--output", metavar="NAME", help="The definition to differentiate.  [default: the first]"
    ),
    vector_option,
    click.option(
        "--merge", is_flag=True, help="Fold affine steps (-x, 1 + u) into what uses them."
    ),
    file_option,
)


def read(expression: str) -> str:
    """The text of the argument: itself, the content of @FILE, or standard input for -.

    Raises click.BadParameter for a file that cannot be read, and ChainstepError for one
    that is too large or not UTF-8.
    """
    if expression == "-":
        return _decoded(standard_input().read(LARGEST_INPUT + 1), "the input")
    if not expression.startswith(FILE):
        return expression
    file = click.Path(exists=True, dir_okay=False).convert(
        expression.removeprefix(FILE), None, None
    )
    with open(file, "rb") as stream:
        return _decoded(stream.read(LARGEST_INPUT + 1), str(file))


def _decoded(data: bytes, name: str) -> str:
    if len(data) > LARGEST_INPUT:
        raise LimitExceeded(
            f"{name} has more than {LARGEST_INPUT} bytes", hint="split it into smaller expressions"
        )
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UnexpectedCharacter(
            f"byte {error.start + 1} of {name} is not valid UTF-8", hint="save the text as UTF-8"
        ) from None


def solve(text: str, wrt: str | None, **options: Any) -> Derivation:
    """The derivation; options that were not given are left to the library."""
    with without_garbage():
        from chainstep.api import derive
    given = {name: value for name, value in options.items() if value not in (None, False)}
    derivation = derive(text, wrt, **given)
    if wrt:
        _warn_of_absent(derivation)
    return derivation


def _warn_of_absent(derivation: Derivation) -> None:
    """A variable that does not occur may be meant, or misspelt; the derivative is 0."""
    from chainstep.notation import names_in
    from chainstep.problem import nearest

    if derivation.read_as is None:
        return
    names = {str(name) for name in names_in(derivation.read_as)}
    absent = [str(name) for name in derivation.variables if str(name) not in names]
    if names and absent and not derivation.definitions:
        hint = nearest(absent[0], names)
        click.echo(f"warning: {absent[0]} does not occur\nhint: {hint}", err=True)


def written(derivation: Derivation, format_name: str, out: Path | None) -> str:
    """The derivation in one of the formats; text that is shown at once is as wide as the
    terminal."""
    from chainstep.render import FORMATS, GRAPH_FORMATS

    if out is None and format_name.startswith("text"):
        return click.unstyle(FORMATS[format_name.replace("text", "terminal")](derivation))
    return {**FORMATS, **GRAPH_FORMATS}[format_name](derivation)


@contextmanager
def without_garbage() -> Iterator[None]:
    """An import makes no garbage: looking for it, now or later, takes a tenth of the time."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def on_terminal() -> bool:
    """Whether what is written to standard output is laid out for a terminal."""
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _without_colour() -> bool:
    """Whether nobody wants colour, or the terminal has none."""
    if os.environ.get("NO_COLOR"):
        return True
    dumb = os.environ.get("TERM") == "dumb" and sys.stdout.isatty()
    return dumb and not os.environ.get("FORCE_COLOR")


def chosen_format(format_name: str | None, fragment: bool, out: Path | None) -> str:
    """The format of a derivation. Raises click.UsageError."""
    if fragment:
        if format_name not in (None, "latex"):
            raise click.UsageError("--fragment goes with the format latex.")
        return "latex-fragment"
    if format_name:
        return format_name
    if out is not None:
        return format_of(out, FORMAT_OF_SUFFIX, "markdown")
    return "terminal" if on_terminal() else "markdown"


@contextmanager
def failures_written(text: str, format_name: str, out: Path | None) -> Iterator[None]:
    """In the format json an error is an answer as well."""
    try:
        yield
    except ChainstepError as error:
        if format_name == "json":
            from chainstep.render.json_format import failure

            put(json.dumps(failure(text, error), ensure_ascii=False), out)
        raise


def put(text: str, out: Path | None) -> None:
    """Write the answer to a file, or to standard output."""
    text = text if text.endswith("\n") else text + "\n"
    if out is None:
        sys.stdout.write(click.unstyle(text) if _without_colour() else text)
        return
    with replacing(out) as stream:
        stream.write(text)
