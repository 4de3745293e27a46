"""The option -o of every command: a file, and the format that its name asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click

FORMAT_OF_SUFFIX = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".tex": "latex",
    ".json": "json",
    ".txt": "text",
}


def out_option(help: str) -> Callable:
    """-o FILE, the parameter `out` of a command; - is standard output, as without it."""
    return click.option(
        "-o",
        "--out",
        type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
        callback=lambda ctx, parameter, path: None if path == Path("-") else path,
        help=help,
    )


def format_of(out: Path, formats: Mapping[str, str], otherwise: str) -> str:
    """The format of a file, by its extension; without one it is `otherwise`.

    Raises click.UsageError: what was meant by another extension nobody can know.

    >>> format_of(Path("notes.TEX"), FORMAT_OF_SUFFIX, "markdown")
    'latex'
    """
    suffix = out.suffix.lower()
    if suffix and suffix not in formats:
        known = ", ".join(formats)
        raise click.UsageError(
            f"-o {out}: there is no format for {suffix}, only for {known}. -f names one."
        )
    return formats.get(suffix, otherwise)
