"""Files of exercises, read as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from chainstep.batch.exercises import Exercise, Line, UnreadableLine
from chainstep.batch.formats import FORMAT_OF_SUFFIX, READERS
from chainstep.errors import ChainstepError
from chainstep.files import standard_input

LONGEST_LINE = 500_000  # bytes; of a longer line only the beginning is kept
BEGINNING = 200  # bytes of it
STDIN = "-"
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def read(files: Iterable[str], input_format: str | None = None) -> Iterator[Exercise]:
    """The exercises of all files, one after the other; "-" is standard input.

    The format follows the extension unless it is given. Raises OSError.
    """
    for file in files:
        suffix = Path(file).suffix.lower()
        reader = READERS[input_format or FORMAT_OF_SUFFIX.get(suffix, "text")]
        with _opened(file) as stream:
            yield from reader(lines(stream, "stdin" if file == STDIN else file))


def lines(stream: BinaryIO, file: str) -> Iterator[Line]:
    r"""The lines of a file, however they end. What is not UTF-8 is its own line's fault.

    >>> from io import BytesIO
    >>> [line.text for line in lines(BytesIO(b"\xef\xbb\xbfsin(x)\r\nx^2"), "sheet.txt")]
    ['sin(x)', 'x^2']
    """
    number = 0
    while data := stream.readline(LONGEST_LINE):
        if len(data) == LONGEST_LINE and not data.endswith(b"\n") and _skip_rest(stream):
            number += 1
            beginning = data[:BEGINNING].decode("utf-8", "replace") + "…"
            too_long = UnreadableLine(f"this line has more than {LONGEST_LINE} bytes")
            yield Line(file, number, beginning, too_long, whole=False)
            continue
        for content in data.splitlines():
            number += 1
            text, fault = _decoded(content)
            yield Line(file, number, text.removeprefix(BYTE_ORDER_MARK), fault)


def _opened(file: str) -> BinaryIO:
    return standard_input() if file == STDIN else open(file, "rb")


def _skip_rest(stream: BinaryIO) -> bool:
    """Go to the end of the line; whether there was anything on the way."""
    skipped = False
    while data := stream.readline(LONGEST_LINE):
        skipped = True
        if data.endswith(b"\n"):
            break
    return skipped


def _decoded(data: bytes) -> tuple[str, ChainstepError | None]:
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        message = f"byte {error.start + 1} of this line is not valid UTF-8"
        fault = UnreadableLine(message, hint="save the file as UTF-8")
        return data.decode("utf-8", "replace"), fault
