"""The command `batch`: its options, turned into a plan. Nothing heavy is imported here."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from chainstep.batch.reading import STDIN
from chainstep.batch.records import FORMATS, PART, STREAMED, Options
from chainstep.output import FORMAT_OF_SUFFIX, format_of, out_option

FORMATS_OF_SUFFIX = {**FORMAT_OF_SUFFIX, ".jsonl": STREAMED, ".ndjson": STREAMED}
LONGEST_TIME = 1_000_000  # seconds, which every clock of the system can count
INPUT_FORMATS = ("text", "csv", "tsv", "jsonl", "markdown")

EXAMPLES = """\b
Examples:
  chainstep batch sheet.txt -o sheet-solved.md
  chainstep batch sheet.csv -f latex > sheet.tex
  chainstep batch million.jsonl -o solved.jsonl --resume
  generate | chainstep batch - -f jsonl | consume
"""


@click.command(epilog=EXAMPLES, short_help="Solve files of exercises into one document.")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(FORMATS),
    help="Default: by the extension of -o, else markdown; text on a terminal.",
)
@out_option("Write here: a document whole or not at all, jsonl line by line.")
@click.option(
    "--input-format",
    type=click.Choice(INPUT_FORMATS),
    help="Default: by the extension of each file, else text.",
)
@click.option(
    "--wrt", metavar="NAME[,NAME…]|all", help="Variable or variables where an exercise names none."
)
@click.option("--title", help="Title of the document.")
@click.option(
    "--jobs", type=click.IntRange(1), help="Exercises solved at once.  [default: the cores]"
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=Options.timeout,
    show_default=True,
    help="Seconds for one exercise.",
)
@click.option(
    "--memory",
    type=click.IntRange(1),
    default=Options.memory,
    show_default=True,
    help="Megabytes for one process.",
)
@click.option("--resume", is_flag=True, help="Go on where an earlier run with this -o came to.")
@click.option("--strict", is_flag=True, help="Stop at the first exercise that fails.")
@click.option("--dask", metavar="ADDRESS", help="Solve on the Dask cluster with this scheduler.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
@click.pass_context
def batch(
    context: click.Context,
    files: tuple[str, ...],
    format_name: str | None,
    out: Path | None,
    input_format: str | None,
    wrt: str | None,
    title: str | None,
    jobs: int | None,
    timeout: float,
    memory: int,
    resume: bool,
    strict: bool,
    dask: str | None,
    quiet: bool,
) -> None:
    """Solve all exercises in FILES (- is standard input) into one document or stream.

    A file holds one exercise a line (3a) sin(x^2), # begins a comment), a table with the
    columns expression, label, wrt, at and answer (CSV, TSV), JSON lines with these names,
    or markdown with a formula in each item of a list, or ```chainstep blocks. A line that
    ends with ; goes on in the next: definitions such as L = z^2; z = w x + b make one
    exercise. An exercise that fails costs only itself; the exit code is then 1.
    """
    if resume and out is None:
        raise click.UsageError("--resume needs the -o of the run that it continues.")
    if not timeout <= LONGEST_TIME:  # nor is it "nan"
        raise click.UsageError(f"--timeout is a number up to {LONGEST_TIME} seconds.")
    if dask is not None and find_spec("distributed") is None:
        raise click.UsageError("--dask needs the extra: pip install 'chainstep[dask]'")
    if out and any(_overwritten(Path(file), out) for file in files if file != STDIN):
        raise click.UsageError(f"-o {out} would overwrite the exercises.")
    from chainstep.batch.run import Plan, run

    options = Options(format_name or _default_format(out), wrt, timeout, memory)
    plan = Plan(
        files=files,
        title=title or _title(files),
        options=options,
        input_format=input_format,
        output=out,
        jobs=jobs or _cores(),
        dask=dask,
        resume=resume,
        strict=strict,
        quiet=quiet,
    )
    context.exit(run(plan))


def _default_format(out: Path | None) -> str:
    if out is not None:
        return format_of(out, FORMATS_OF_SUFFIX, "markdown")
    return "text" if sys.stdout.isatty() else "markdown"


def _overwritten(file: Path, out: Path) -> bool:
    written = (out, out.with_name(out.name + PART))
    return any(path.exists() and path.samefile(file) for path in written)


def _title(files: tuple[str, ...]) -> str:
    """The names of the files, as a person would write them."""
    names = [Path(file).stem.replace("_", " ").replace("-", " ") for file in files if file != STDIN]
    return ", ".join(name[:1].upper() + name[1:] for name in names) or "Exercises"


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
