"""The formats of exercise files: each finds the exercises in the lines of a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import chain

from chainstep.batch.exercises import LONGEST_BLOCK, Exercise, Line, UnreadableLine
from chainstep.batch.fields import Numeral, of_fields
from chainstep.batch.tables import table

LABEL = re.compile(r"([\w.-]{1,16})\)\s*(.*)")  # no expression begins like this: 3a) …
COMMENT = re.compile(r"(?:^|\s)#.*")
ITEM = re.compile(r"\s*(?:[-*+]|(\d{1,9})[.)])\s+(?:\[[ xX]\]\s+)?(\S.*)")
RULER = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*")
FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*(\S*)")
BLOCK = "chainstep"
QUOTES = ("$$", "$", "`")  # what may stand around an expression in markdown
NATURAL = json.JSONDecoder(parse_float=Numeral, parse_int=Numeral, parse_constant=Numeral)
GOES_ON = ";"  # at the end of a line: the exercise goes on in the next one


def text(lines: Iterator[Line]) -> Iterator[Exercise]:
    """One exercise a line, with an optional label; # begins a comment. A line that ends with
    a semicolon goes on in the next.

    >>> sheet = ["# easy", "3b) L = z^2;", "z = a*x"]
    >>> [(e.source.label, e.text) for e in text(Line("a", n, t) for n, t in enumerate(sheet))]
    [('3b', 'L = z^2; z = a*x')]
    """
    for line in lines:
        if line.fault or uncommented(line.text):
            yield _block(line, lines)


def uncommented(line: str) -> str:
    """A line without its comment and the spaces around the rest."""
    return COMMENT.sub("", line).strip()


def _block(first: Line, following: Iterator[Line]) -> Exercise:
    """The exercise that begins on a line; with a fault in one of its lines it is that line."""
    contents: list[str] = []
    size, goes_on, fault = 0, False, None
    for line in chain([first], following):
        content = uncommented(line.text)
        goes_on = content.endswith(GOES_ON) or (goes_on and not content)
        fault = fault or (line.faulty() if line.fault else None)
        size += len(content)
        if content and size <= LONGEST_BLOCK:
            contents.append(content)
        if not goes_on:
            break
    if fault:
        return fault
    if size > LONGEST_BLOCK:
        message = f"the lines of this exercise have more than {LONGEST_BLOCK} characters"
        return first.faulty(UnreadableLine(message))
    return _labelled(first, " ".join(contents))


def _labelled(line: Line, content: str, number: str | None = None) -> Exercise:
    """An expression that may have a label before it, and quotes around it."""
    label = number
    if match := LABEL.fullmatch(content):
        label, content = match[1], match[2]
    for quote in QUOTES:
        if len(content) > 2 * len(quote) and content.startswith(quote) and content.endswith(quote):
            content = content[len(quote) : -len(quote)].strip()
    return line.exercise(content, label)


def markdown(lines: Iterator[Line]) -> Iterator[Exercise]:
    """The items of lists, and the lines of fenced blocks that say ```chainstep."""
    for line in lines:
        if line.fault:
            yield line.faulty()
        elif fence := FENCE.match(line.text):
            block = _until(lines, fence[1])
            yield from text(block if fence[2] == BLOCK else _skipped(block))
        elif (item := ITEM.fullmatch(line.text)) and not RULER.fullmatch(line.text):
            yield _labelled(line, item[2].strip(), item[1])


def _until(lines: Iterator[Line], fence: str) -> Iterator[Line]:
    """The lines of a fenced block, up to its end."""
    for line in lines:
        content = line.text.strip()
        if content.startswith(fence) and not content.strip(fence[0]):
            return
        yield line


def _skipped(lines: Iterator[Line]) -> Iterator[Line]:
    return (line for line in lines if line.fault)


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
