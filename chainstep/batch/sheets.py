"""Sheets: exercises as a person writes them, in plain text or in markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain

from chainstep.batch.exercises import LONGEST_BLOCK, Exercise, Line, Lookahead, UnreadableLine

PART = r"\d{1,4}(?:\.\d{1,4})*[A-Za-z]?|[A-Za-z]|[ivx]{2,5}"  # of a sheet: 3, 3.2, 3a, b, iv
LABELS = (  # each with the expression behind it
    re.compile(r"([\w.-]{1,16})\)\s*(.*)"),  # 3a) as no expression begins
    re.compile(rf"({PART})\.\s+(.*)"),  # 3a.
    re.compile(rf"\((?!x\))({PART})\)\s+(.*)"),  # (3a)
)
COMMENT = re.compile(r"(?:^|\s)#.*")
GOES_ON = ";"  # at the end of a line: the exercise goes on in the next one
QUOTES = ("$$", "$", "`")  # what may stand around an expression

ITEM = re.compile(r"\s*(?:[-*+]|(\d{1,9})[.)])\s+(?:\[[ xX]\]\s+)?(\S.*)")
RULER = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*")
FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})\s*(\S*)")
BLOCK = "chainstep"
FORMULA = re.compile(r"(\$\$?|`+)(.+?)\1")
FRONT_MATTER = ("---", "...")  # around what a note says of itself


# --- Text ---------------------------------------------------------------------------------


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


def _block(first: Line, following: Iterator[Line], number: str | None = None) -> Exercise:
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
    label, content = _labelled(" ".join(contents), number)
    return first.exercise(unquoted(content), label)


def _labelled(content: str, label: str | None) -> tuple[str | None, str]:
    """The label of an exercise, and its expression."""
    for pattern in LABELS:
        if match := pattern.fullmatch(content):
            return match[1], match[2]
    return label, content


def unquoted(content: str) -> str:
    """An expression without the signs of markdown around it."""
    for quote in QUOTES:
        if len(content) > 2 * len(quote) and content.startswith(quote) and content.endswith(quote):
            content = content[len(quote) : -len(quote)].strip()
    return content


# --- Markdown -----------------------------------------------------------------------------


def markdown(lines: Iterator[Line]) -> Iterator[Exercise]:
    """The items of lists, and the lines of fenced blocks that say ```chainstep.

    >>> sheet = ["Differentiate", "1. $x^2$", "2. the power", "   $x^b$ by x"]
    >>> found = markdown(Line("a", n, t) for n, t in enumerate(sheet))
    >>> [(e.source.label, e.text) for e in found]
    [('1', 'x^2'), ('2', 'x^b')]
    """
    following = Lookahead(lines)
    for line in following:
        item = None if RULER.fullmatch(line.text) else ITEM.fullmatch(line.text)
        if line.fault:
            yield line.faulty()
        elif fence := FENCE.match(item[2] if item else line.text):
            block = _until(following, partial(_closes, fence[1]))
            yield from text(block) if fence[2] == BLOCK else _faulty(block)
        elif line.number == 1 and line.text.rstrip() == FRONT_MATTER[0]:
            yield from _faulty(_until(following, lambda end: end.rstrip() in FRONT_MATTER))
        elif line.text.lstrip().startswith("<!--") and "-->" not in line.text:
            yield from _faulty(_until(following, lambda end: "-->" in end))
        elif item:
            yield _item(line, item[2].strip(), item[1], following)


def _closes(fence: str, line: str) -> bool:
    content = line.strip()
    return content.startswith(fence) and not content.strip(fence[0])


def _until(lines: Iterator[Line], end: Callable[[str], bool]) -> Iterator[Line]:
    """The lines before the one that is an end."""
    for line in lines:
        if end(line.text):
            return
        yield line


def _faulty(lines: Iterator[Line]) -> Iterator[Exercise]:
    """Of lines that hold no exercises those that cannot be read: who knows what they held."""
    return (line.faulty() for line in lines if line.fault)


def _item(line: Line, content: str, number: str | None, following: Lookahead) -> Exercise:
    """The exercise in an item of a list: the formula in its words, or all of its first line."""
    lines = [replace(line, text=content), *_indented(following)]
    formulas = FORMULA.findall(" ".join(line.text.strip() for line in lines))
    if not formulas:
        return _block(lines[0], iter(lines[1:]), number)
    if len(formulas) > 1:
        hint = "an item of a list is one exercise"
        return line.faulty(UnreadableLine(f"there are {len(formulas)} formulas here", hint=hint))
    label, _ = _labelled(content, number)
    return line.exercise(formulas[0][1].strip(), label)


def _indented(following: Lookahead) -> list[Line]:
    """The other lines of the paragraph that an item of a list begins with."""
    lines: list[Line] = []
    size = 0
    for line in following:
        begins = ITEM.fullmatch(line.text) or FENCE.match(line.text)
        if begins or line.fault or not line.text[:1].isspace() or size > LONGEST_BLOCK:
            following.give_back([line])
            break
        if not line.text.strip():
            break
        lines.append(line)
        size += len(line.text)
    return lines
