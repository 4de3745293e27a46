"""CSV and TSV: rows, which may be longer than a line where there are quotes."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from chainstep.batch.exercises import LONGEST_BLOCK, Exercise, Line, Lookahead, UnreadableLine
from chainstep.batch.fields import COLUMNS, of_fields

DELIMITERS = ",;\t"
MOST_LINES = 1000  # of a row
HINT = "a field in quotes ends with a quote, and a quote inside it is written twice"


def table(lines: Iterator[Line]) -> Iterator[Exercise]:
    """The rows of a table. The first line names the columns; a cell in quotes may have several
    lines, and the row stands where it begins."""
    header = next((line for line in lines if line.fault or line.text.strip()), None)
    if header is None:
        return
    delimiter = max(DELIMITERS, key=header.text.count)
    following = Lookahead(lines)
    try:
        columns = _columns(header, delimiter)
    except UnreadableLine as fault:
        yield header.faulty(fault)
        return
    for line in following:
        if not line.text.strip(delimiter + " "):
            continue
        try:
            yield _row(line, following, columns, delimiter)
        except UnreadableLine as fault:
            yield line.faulty(fault)


def _columns(header: Line, delimiter: str) -> list[str]:
    cells, _ = _cells(header, Lookahead(iter(())), delimiter)
    names = [name.strip().lower() for name in cells]
    if "expression" not in names:
        raise UnreadableLine(
            "the first line names no column 'expression'",
            hint=f"it may name the columns {', '.join(COLUMNS)}",
        )
    return names


def _row(first: Line, following: Lookahead, columns: list[str], delimiter: str) -> Exercise:
    """The exercise in the row that begins on a line. Raises UnreadableLine."""
    if not first.whole:
        return first.faulty()
    cells, row = _cells(first, following, delimiter)
    for line in row:
        if line.fault:
            where = "" if line is first else f"line {line.number}: "
            raise UnreadableLine(f"{where}{line.fault.message}", hint=line.fault.hint)
    if any(cells[len(columns) :]):
        raise UnreadableLine(
            f"this row has {len(cells)} fields, but the first line names {len(columns)}",
            hint="an expression that contains the separator stands in quotes",
        )
    return of_fields(first, dict(zip(columns, cells, strict=False)))


def _cells(first: Line, following: Lookahead, delimiter: str) -> tuple[list[str], list[Line]]:
    """The fields of one row, and its lines. Each row is read alone, and what was read in vain
    is given back: an open quote costs no more than its line. Raises UnreadableLine."""
    row = [first]

    def texts() -> Iterator[str]:
        yield first.text + "\n"
        size = len(first.text)
        for line in following:
            row.append(line)
            size += len(line.text) + 1
            if len(row) > MOST_LINES or size > LONGEST_BLOCK or not line.whole:
                return
            yield line.text + "\n"

    try:
        return next(csv.reader(texts(), delimiter=delimiter, strict=True), []), row
    except csv.Error as error:
        following.give_back(row[1:])
        raise UnreadableLine(f"this is no row of a table: {error}", hint=HINT) from None
