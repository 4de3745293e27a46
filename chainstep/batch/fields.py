"""The named fields of an exercise, in a row of a table or a JSON object."""

from __future__ import annotations

from collections.abc import Mapping

from chainstep.batch.exercises import Exercise, Line, UnreadableLine

COLUMNS = {  # of a table, and the names in a JSON object: the fields of an exercise
    "expression": "text",
    "label": "label",
    "variable": "variable",
    "wrt": "variable",
    "at": "at",
    "answer": "answer",
}
BETWEEN = {"variable": ",", "answer": "; "}  # the fields that may be lists
NUMBERS = ("label", "at", "answer")  # the fields that may be numbers, or contain some
KINDS = {
    "text": "a string",
    "label": "a string or a number",
    "variable": "a string or a list of strings",
    "at": "a string or an object of names with numbers or strings",
    "answer": "a string or a list of strings",
}


class Numeral(str):
    """A number in JSON, as it is written there: 0.10 stays what it is."""


def of_fields(line: Line, named: Mapping[str, object]) -> Exercise:
    """The exercise on a line. Raises UnreadableLine.

    >>> of_fields(Line("a", 1, ""), {"expression": "x*b", "at": {"x": "1/3", "b": "2"}}).at
    'x=1/3, b=2'
    """
    fields = {}
    for name, field in COLUMNS.items():
        if (value := named.get(name)) is None:
            continue
        text = _text(value, field)
        if text is None:
            raise UnreadableLine(f"'{name}' is not {KINDS[field]}")
        if text.strip():
            fields[field] = _whole(text.strip())
    if "text" not in fields:
        raise UnreadableLine("there is no expression here")
    return line.exercise(**fields)


def _text(value: object, field: str) -> str | None:
    """A value as it would stand in a table; None if it is of no kind that the field may have."""
    if isinstance(value, list) and field in BETWEEN:
        parts = [_single(part, field) for part in value]
        return None if None in parts else BETWEEN[field].join(filter(None, parts))
    if isinstance(value, dict) and field == "at":
        values = {name: _single(part, field) for name, part in value.items()}
        return None if None in values.values() else ", ".join(f"{n}={v}" for n, v in values.items())
    return None if isinstance(value, Numeral) and field == "at" else _single(value, field)


def _single(value: object, field: str) -> str | None:
    if isinstance(value, Numeral) and field not in NUMBERS:
        return None
    return str(value) if isinstance(value, str) else None


def _whole(text: str) -> str:
    """The text without halves of characters, which JSON can write and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
