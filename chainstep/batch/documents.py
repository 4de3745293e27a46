"""Worksheets: the records of a run as one document, written as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Protocol, TextIO

from chainstep.batch.records import Record
from chainstep.batch.sheets import uncommented
from chainstep.batch.tally import Tally
from chainstep.render import latex, markdown
from chainstep.render.json_format import SCHEMA
from chainstep.render.names import LATEX_OF

LONGEST_WITHOUT_CONTENTS = 10  # exercises
LONGEST_ENTRY = 60  # characters of an expression in the list of contents
DECLARES = ":"  # as in x: vector(n), which says less of an exercise than its first definition


class Layout(Protocol):
    """How a format writes the parts of a worksheet."""

    def title(self, text: str) -> str: ...
    def contents(self, entries: Iterator[str]) -> Iterator[str]: ...
    def entry(self, number: int, text: str) -> str: ...
    def exercise(self, number: int, record: Record) -> str: ...
    def summary(self, text: str) -> str: ...


def write(format: str, title: str, records: Iterable[Record], tally: Tally, out: TextIO) -> None:
    """Write the document. The records are gone through twice if there is a list of contents."""
    if format == "json":
        out.writelines(_json(records, tally))
        return
    layout = LAYOUTS[format]
    out.write(layout.title(title))
    if tally.done > LONGEST_WITHOUT_CONTENTS:
        entries = (layout.entry(n, _entry(record)) for n, record in enumerate(records, 1))
        out.writelines(layout.contents(entries))
    for number, record in enumerate(records, 1):
        out.write(layout.exercise(number, record))
    out.write(layout.summary(f"{tally}."))


def _entry(record: Record) -> str:
    """What the list of contents says of an exercise."""
    parts = _parts(record.content["expression"]) or [""]
    first = next((part for part in parts if DECLARES not in part), parts[0])
    short = first if len(first) <= LONGEST_ENTRY else f"{first[: LONGEST_ENTRY - 1]}…"
    rest = "; …" if len(parts) > 1 else ""
    return f"{_label(record)}{short}{rest}{' (not solved)' if record.failed else ''}"


def _parts(text: str) -> list[str]:
    """What stands between semicolons or on lines of its own, without comments."""
    lines = map(uncommented, text.splitlines())
    parts = (" ".join(part.split()) for line in lines for part in line.split(";"))
    return [part for part in parts if part]


def _label(record: Record) -> str:
    label = record.content["source"]["label"]
    return f"{' '.join(label.split())}) " if label else ""


def _json(records: Iterable[Record], tally: Tally) -> Iterator[str]:
    """One object; its exercises are the lines of the format jsonl."""
    yield f'{{"schema": {SCHEMA}, "exercises": ['
    for number, record in enumerate(records):
        yield f"{',' if number else ''}\n{record.line}"
    counts = {"solved": tally.solved, "failed": tally.failed.count}
    counts |= {"wrong": tally.wrong.count, "uncompared": tally.uncompared.count}
    counts |= {"unchecked": tally.unchecked.count, "lines": tally.lines}
    yield f'\n], "summary": {json.dumps(counts)}}}\n'


class Markdown:
    """Portable markdown: the headings are plain words, so that links to them work anywhere."""

    def title(self, text: str) -> str:
        return f"# {markdown.escaped(text)}\n"

    def contents(self, entries: Iterator[str]) -> Iterator[str]:
        yield "\n## Contents\n\n"
        yield from entries

    def entry(self, number: int, text: str) -> str:
        return f"- [Exercise {number}](#exercise-{number}): {markdown.escaped(text)}\n"

    def exercise(self, number: int, record: Record) -> str:
        heading = f"\n## Exercise {number}\n\n"
        label = f"**{markdown.escaped(_label(record).strip())}** " if _label(record) else ""
        if record.failed:
            # Indented text is shown as it is, so the caret stays below its place.
            error = "".join(f"    {line}\n" for line in record.content["body"].splitlines())
            return f"{heading}{label}Not solved ({markdown.escaped(record.place)}):\n\n{error}"
        formula, _, derivation = record.content["body"].removeprefix("## ").partition("\n")
        remark = f"\n{markdown.escaped(record.remark)}\n" if record.remark else ""
        return f"{heading}{label}{formula}\n{derivation}{remark}"

    def summary(self, text: str) -> str:
        return f"\n## Summary\n\n{markdown.escaped(text)}\n"


class Latex:
    """A LaTeX article."""

    def title(self, text: str) -> str:
        return f"{latex.PREAMBLE}\n\\section*{{{_tex(text)}}}\n"

    def contents(self, entries: Iterator[str]) -> Iterator[str]:
        yield "\n\\subsection*{Contents}\n\\begin{itemize}\n"
        yield from entries
        yield "\\end{itemize}\n"

    def entry(self, number: int, text: str) -> str:
        page = rf"\pageref{{exercise-{number}}}"
        return f"\\item[{number}.] \\texttt{{{_tex(text)}}} \\dotfill\\ {page}\n"

    def exercise(self, number: int, record: Record) -> str:
        heading = f"\n\\section*{{Exercise {number}}}\\label{{exercise-{number}}}\n\n"
        label = f"\\textbf{{{_tex(_label(record).strip())}}} " if _label(record) else ""
        if record.failed:
            lines = [_tex(line).replace(" ", "~") for line in record.content["body"].splitlines()]
            error = "\\\\\n".join(f"\\texttt{{{line}}}" for line in lines)
            return f"{heading}{label}Not solved ({_tex(record.place)}):\n\n{error}\n"
        remark = f"\n{_tex(record.remark)}\n" if record.remark else ""
        return f"{heading}{label}\n{record.content['body']}{remark}"

    def summary(self, text: str) -> str:
        return f"\n\\section*{{Summary}}\n\n{_tex(text)}\n\\end{{document}}\n"


def _tex(text: str) -> str:
    """Text that anyone may have typed, in characters that every TeX engine has."""
    return "".join(map(_character, latex.escaped(text)))


def _character(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else " "
    if character in LATEX_OF:
        return f"\\ensuremath{{{LATEX_OF[character]}}}"
    return f"[U+{ord(character):04X}]"


class Text:
    """Plain text."""

    def title(self, text: str) -> str:
        return f"{text}\n{'=' * len(text)}\n"

    def contents(self, entries: Iterator[str]) -> Iterator[str]:
        yield "\nContents\n\n"
        yield from entries

    def entry(self, number: int, text: str) -> str:
        return f"{number:5}  {text}\n"

    def exercise(self, number: int, record: Record) -> str:
        heading = f"Exercise {number}  {_label(record)}".rstrip()
        body = record.content["body"]
        if record.failed:
            body = f"Not solved ({record.place}):\n\n{body}\n"
        remark = f"\n  {record.remark}\n" if record.remark else ""
        return f"\n{heading}\n{'-' * len(heading)}\n\n{body}{remark}"

    def summary(self, text: str) -> str:
        return f"\nSummary\n-------\n\n{text}\n"


LAYOUTS: dict[str, Layout] = {"markdown": Markdown(), "latex": Latex(), "text": Text()}
