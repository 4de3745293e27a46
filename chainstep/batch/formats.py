"""The formats of exercise files: each finds the exercises in the lines of a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from chainstep.batch.exercises import Exercise, Line, UnreadableLine
from chainstep.batch.fields import Numeral, of_fields
from chainstep.batch.sheets import markdown, text
from chainstep.batch.tables import table

NATURAL = json.JSONDecoder(parse_float=Numeral, parse_int=Numeral, parse_constant=Numeral)


def jsonl(lines: Iterator[Line]) -> Iterator[Exercise]:
    """One JSON object a line, named like the columns of a table, or a JSON string."""
    for line in lines:
        if line.text.strip():
            try:
                yield line.faulty() if line.fault else _of_json(line)
            except UnreadableLine as fault:
                yield line.faulty(fault)


def _of_json(line: Line) -> Exercise:
    try:
        value = NATURAL.decode(line.text)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "it is nested too deeply")
        raise UnreadableLine(f"this is no JSON: {reason}") from None
    fields = {"expression": value} if type(value) is str else value
    if not isinstance(fields, dict):
        raise UnreadableLine("this is neither a JSON object nor a string")
    return of_fields(line, fields)


READERS: dict[str, Callable[[Iterator[Line]], Iterator[Exercise]]] = {
    "text": text,
    "csv": table,
    "tsv": table,
    "jsonl": jsonl,
    "markdown": markdown,
}
FORMAT_OF_SUFFIX = {
    ".txt": "text",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".md": "markdown",
    ".markdown": "markdown",
}
