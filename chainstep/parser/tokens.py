"""A piece of the text, and how errors speak of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from chainstep.errors import ChainstepError

SHOWN = 40  # characters of the text that a message repeats

Span = tuple[int, int]


class Token(NamedTuple):
    """A piece of the text: its kind, its canonical value, and where it stands."""

    kind: str
    value: Any
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.start, self.end


def clip(text: str) -> str:
    """A piece of the text as a message repeats it: on one line, printable, and not too long.

    >>> clip("x\\n+ 1")
    'x + 1'
    """
    text = text.replace("\r\n", "\n")
    shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else " " for c in shown)


@contextmanager
def moved_by(offset: int) -> Iterator[None]:
    """Errors of a piece of a text, with their position in the whole text."""
    try:
        yield
    except ChainstepError as error:
        if error.span:
            error.span = error.span[0] + offset, error.span[1] + offset
        raise
