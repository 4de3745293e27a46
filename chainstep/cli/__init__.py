"""The command line: arguments to the API, its answer to the screen. No mathematics here,
and no import of sympy before a command needs it: `--help` answers at once."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from types import FrameType

import click

from chainstep import __version__, spelling
from chainstep.errors import ChainstepError

# The commands, in files of their own.
COMMANDS = {
    "batch": "chainstep.batch.command",
    "derive": "chainstep.cli.derive",
    "graph": "chainstep.cli.graph",
    "jacobian": "chainstep.cli.jacobian",
}

EXAMPLES = """\b
Examples:
  chainstep derive "ln(sin(x**3)**2)"
  chainstep derive "x^2 e^(-a x)" --wrt x > notes.md
  chainstep derive "L = (y - p)^2; p = sigmoid(w*x + b)" --wrt w,b
  chainstep graph "sin(x + x^2)"
  chainstep batch sheet.txt -o sheet-solved.md
"""


class Commands(click.Group):
    """The commands, imported when they are asked for. They end without a word when the reader
    of their output has seen enough; click would end them with status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            return getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        # click looks among these for a name like it
        self.commands = {name: self.get_command(ctx, name) for name in COMMANDS}  # type: ignore
        return None

    def invoke(self, ctx: click.Context):
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
            return status
        except BrokenPipeError:
            _discard_output()
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


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends the program as SIGINT does, so that no half-written file stays."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 not solved, 2 wrong usage, 130 interrupted,
    143 terminated."""
    _prepare_streams()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        status = cli.main(arguments, prog_name="chainstep", standalone_mode=False) or 0
    except ChainstepError as error:
        status = _complain(error.explain(), 1)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort) as end:  # click makes the second of the first
        if Terminated in (type(end), type(end.__context__)):
            status = _complain("terminated", 128 + signal.SIGTERM)
        else:
            status = _complain("interrupted", 128 + signal.SIGINT)
    except OSError as error:
        _discard_output()
        status = _complain(
            f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), 1
        )
    except (Exception, RecursionError) as error:
        status = _complain(f"error: internal error ({type(error).__name__}); please report it", 1)
    sys.exit(status)


def _discard_output() -> None:
    """What is left in the buffer has nowhere to go; Python would try again, and exit with 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def _complain(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _prepare_streams() -> None:
    """Characters that a terminal cannot show are spelled out instead of ending the program;
    and what is written to a stream that is closed is not wanted."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        getattr(sys, name).reconfigure(errors=spelling.install())
