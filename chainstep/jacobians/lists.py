"""Vectors as they are written, [a, b, …] or a LaTeX column, taken apart at their commas."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.definitions import BEGINS, CLOSING, COMMENT, OPENING, Piece, pieces
from chainstep.errors import (
    ChainstepError,
    DuplicateDefinition,
    EmptyExpression,
    ShapeMismatch,
    UndefinedName,
    UnexpectedToken,
)
from chainstep.notation import postorder
from chainstep.parser import parse_part

LIST = re.compile(r"\s*(?:\\left\s*)?\[")
LIST_ENDS = re.compile(r"(?:\\right\s*)?\]\s*$")
COLUMN = re.compile(r"\s*\\begin\{([bp]matrix)\}(.*)\\end\{\1\}\s*$", re.DOTALL)
BREAK = re.compile(r"\\\\|\\cr(?![a-zA-Z])")


@dataclass(frozen=True)
class Vector:
    """`name` = [entries], or a plain expression, which is one entry; `spans` say where the
    entries stand in the text. Only the first of several definitions may have no name."""

    name: str | None
    entries: tuple[Basic, ...]
    spans: tuple[Piece, ...]
    is_list: bool
    decimals: bool


class _Written(NamedTuple):
    """A definition before it is read: where it stands, where its expression begins, and its
    entries, if it is a list."""

    name: str | None
    piece: Piece
    start: int
    entries: list[Piece] | None

    @property
    def parts(self) -> list[Piece]:
        """What is read as an expression."""
        return [self.piece] if self.entries is None else self.entries


def read_vectors(text: str, names: Collection[str] = ()) -> list[Vector]:
    """The definitions in a text, as `read_definitions` has them, with lists of expressions.

    `names` are names of several letters, beside those defined. Raises the ChainstepError of
    what cannot be read.

    >>> [v.entries for v in read_vectors("y = [ln(g1), sin(g2)]; g = [x^2, 3x]")]
    [(log(g1), sin(g2)), (x**2, 3*x)]
    """
    bare = COMMENT.sub(lambda comment: " " * len(comment[0]), text)
    try:
        written = [_written(bare, piece) for piece in pieces(bare)] or [
            _Written(None, Piece(0, 0), 0, None)
        ]
        known = frozenset(name for one in written for name in _names(one)) | frozenset(names)
        found: dict[str | None, Vector] = {}
        for one in written:
            vector = _vector(bare, one, known)
            _check_name(vector, one, found, bare)
            found[vector.name] = vector
        _check_uses(found, bare)
    except ChainstepError as error:
        error.source = text
        raise
    return list(found.values())


def elements(name: str, count: int) -> tuple[str, ...]:
    """The names of the components of a vector: g1, g2, …"""
    return tuple(f"{name}{i}" for i in range(1, count + 1))


# --- Where the entries stand --------------------------------------------------------------


def _written(text: str, piece: Piece) -> _Written:
    begins = BEGINS.match(text, *piece)
    start = begins.end() if begins else piece.start
    return _Written(begins[1] if begins else None, piece, start, _entries(text, start, piece.end))


def _entries(text: str, start: int, end: int) -> list[Piece] | None:
    """The stretches between the commas of a list that fills text[start:end]; None if there
    is none."""
    column = COLUMN.match(text[start:end])
    if column:
        return list(_lines(text, start + column.start(2), start + column.end(2)))
    opens, closes = LIST.match(text, start, end), LIST_ENDS.search(text[start:end])
    if not opens or not closes or opens.end() > start + closes.start():
        return None
    inner = Piece(opens.end(), start + closes.start())
    entries, depth, first = [], 0, inner.start
    for place in range(*inner):
        character = text[place]
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
            if depth < 0:  # [a] + [b]
                return None
        elif character == "," and not depth:
            entries.append(Piece(first, place))
            first = place + 1
    return [*entries, Piece(first, inner.end)]


def _lines(text: str, start: int, end: int) -> Iterator[Piece]:
    """The entries of a LaTeX column."""
    for line in (*BREAK.finditer(text, start, end), None):
        stop = line.start() if line else end
        ampersand = text.find("&", start, stop)
        if ampersand >= 0:
            message = "a vector is one column, and this begins another"
            raise ShapeMismatch(message, span=(ampersand, ampersand + 1))
        if line or text[start:stop].strip():  # a break at the end is none
            yield Piece(start, stop)
        start = line.end() if line else stop


def _names(written: _Written) -> list[str]:
    """The names that a definition makes known: its own, and those of its components."""
    name = written.name
    if name is None or not name.isidentifier():
        return []
    return [name, *elements(name, len(written.entries or ()))]


# --- Reading ------------------------------------------------------------------------------


def _vector(text: str, written: _Written, names: Collection[str]) -> Vector:
    try:
        parts = [parse_part(text, *part, names) for part in _checked(text, written)]
        name = parts[0].output
        if written.entries is not None:
            for part, place in zip(parts, written.entries, strict=True):
                if part.output is not None:
                    equals = text.index("=", place.start)
                    message = "a component has no name of its own"
                    raise UnexpectedToken(message, span=(equals, equals + 1))
            name = _name(text, written, names)
    except ChainstepError as error:
        if written.name and text[: written.piece.start].strip() + text[written.piece.end :].strip():
            error.message += f" (in the definition of {written.name})"
        raise
    return Vector(
        name,
        tuple(part.tree for part in parts),
        tuple(written.parts),
        written.entries is not None,
        any(part.decimals for part in parts),
    )


def _checked(text: str, written: _Written) -> list[Piece]:
    """The parts, none of them empty or a list itself."""
    if written.entries is None:
        return written.parts
    span = (written.start, written.piece.end)
    stretch = text[slice(*span)]
    span = (span[0] + len(stretch) - len(stretch.lstrip()), span[0] + len(stretch.rstrip()))
    if not any(text[slice(*part)].strip() for part in written.entries):
        raise EmptyExpression("this vector has no component", span=span, hint="for example [x^2]")
    for start, end in written.entries:
        if not text[start:end].strip():
            raise EmptyExpression("a component is missing here", span=(start, max(end, start + 1)))
        inner = _entries(text, start, end)
        if inner is not None and len(inner) > 1:
            start += len(text[start:end]) - len(text[start:end].lstrip())
            hint = "a vector of vectors would be a matrix; write its components one by one"
            message = "a component of a vector cannot be a vector itself"
            raise ShapeMismatch(message, span=(start, end), hint=hint)
    return written.entries


def _name(text: str, written: _Written, names: Collection[str]) -> str | None:
    """The name in front of a list, read as if it stood in front of a number."""
    if written.name is None:
        return None
    return parse_part(f"{text[: written.start]} 0", written.piece.start, written.start + 2, names)[
        1
    ]


def _check_name(
    vector: Vector, written: _Written, found: Collection[str | None], text: str
) -> None:
    """Raise an error if a definition does not go with those before it."""
    start, end = written.piece
    start += len(text[start:end]) - len(text[start:end].lstrip())
    if found and vector.name is None:
        hint = "write name = …; only the first of several may be without one"
        span = (start, start + len(text[start:end].rstrip()))
        raise UnexpectedToken("this has no name", span=span, hint=hint)
    if vector.name in found:
        raise DuplicateDefinition(
            f"{vector.name} is defined twice",
            span=(start, text.index("=", start)),
            hint="give one of them another name",
        )


def _check_uses(found: dict[str | None, Vector], text: str) -> None:
    """Raise an error where a vector stands for a number, or a component does not exist."""
    sizes = {str(v.name): len(v.entries) for v in found.values() if v.is_list}
    components = {e: name for name, size in sizes.items() for e in elements(name, size)}
    for name in components.keys() & found.keys():
        raise DuplicateDefinition(
            f"{name} is defined twice: it is a component of {components[name]} already",
            hint="give one of them another name",
        )
    for vector in found.values():
        for entry, place in zip(vector.entries, vector.spans, strict=True):
            for name in sorted(t.name for t in postorder(entry) if isinstance(t, Symbol)):
                _check_use(name, vector, place, sizes, text)


def _check_use(name: str, vector: Vector, place: Piece, sizes: dict[str, int], text: str) -> None:
    where = f" (in the definition of {vector.name})" if vector.name else ""
    letter = name.rstrip("0123456789")
    size = sizes.get(letter)
    if name in sizes:
        raise ShapeMismatch(
            f"{name} is a vector of {_count(sizes[name])}, and a number is needed here{where}",
            span=_span_of(name, place, text),
            hint=f"its components are {_listed(name, sizes[name])}",
        )
    if size is not None and letter != name and name not in elements(letter, size):
        raise UndefinedName(
            f"there is no {name}: {letter} has {_count(size)}{where}",
            span=_span_of(name, place, text),
            hint=f"its components are {_listed(letter, size)}",
        )


def _count(size: int) -> str:
    return f"{size} component" if size == 1 else f"{size} components"


def _listed(name: str, size: int) -> str:
    names = elements(name, size)
    return ", ".join(names if size <= 4 else (*names[:2], "…", names[-1]))


def _span_of(name: str, place: Piece, text: str) -> tuple[int, int] | None:
    """Where a name stands, if it is spelled there as it is read."""
    found = re.compile(rf"(?<![^\W_]){re.escape(name)}(?!\w)").search(text, *place)
    return found.span() if found else None
