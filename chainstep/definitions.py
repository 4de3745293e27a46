"""Named definitions: a text taken apart where one ends, and put in the order of their use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sympy.core.basic import Basic

from chainstep.errors import (
    ChainstepError,
    CircularDefinition,
    DuplicateDefinition,
    UnexpectedToken,
)
from chainstep.notation import names_in
from chainstep.parser import head_of, parse_part
from chainstep.parser.heads import Heads

COMMENT = re.compile(r"(?:(?<=\s)|^)#[^\n]*")
# What a line, or the text after a semicolon, begins with if it defines something.
# Nothing is read twice, however long it is.
DEFINES = r"(\\?[^\W\d]\w*+)[^=<>!;\n]*+=(?!=)"
BEGINS = re.compile(rf"\s*+{DEFINES}")
LINE_BEGINS = re.compile(rf"[^\S\n]*+{DEFINES}")
OPENING, CLOSING = "([{", ")]}"


class Piece(NamedTuple):
    """Where one definition stands in the text."""

    start: int
    end: int


@dataclass(frozen=True)
class Definition:
    """`name`(`arguments`) = `tree`; only the first of several may have no name."""

    name: str | None
    tree: Basic
    decimals: bool = False
    arguments: tuple[str, ...] = ()


def read_definitions(text: str, names: Collection[str] = ()) -> list[Definition]:
    """The definitions in a text, separated by semicolons or lines, # beginning a comment.

    A single expression is one definition, which may have no name. `names` are names of
    several letters, beside those defined. Raises the ChainstepError of what cannot be read,
    and of what is defined twice or without a name.

    >>> [d.name for d in read_definitions("L = z^2; z = a x + b  # affine")]
    ['L', 'z']
    """
    bare = COMMENT.sub(lambda comment: " " * len(comment[0]), text)
    stretches = list(pieces(bare)) or [Piece(0, 0)]
    defined = {m[1] for piece in stretches if (m := _beginning(bare, piece))}
    known = frozenset({*names, *(name for name in defined if name.isidentifier())})
    heads = dict(filter(None, (head_of(bare, *piece, known) for piece in stretches)))
    known = known if heads.keys() <= known else known | heads.keys()  # sets are slow to compare
    found: dict[str | None, Definition] = {}
    try:
        for piece in stretches:
            definition = _definition(bare, piece, known, heads)
            _check(definition.name, found, bare, piece)
            found[definition.name] = definition
    except ChainstepError as error:
        error.source = text
        raise
    return list(found.values())


def pieces(text: str) -> Iterator[Piece]:
    """The stretches between semicolons and in front of lines that begin with `name =`."""
    start = depth = 0
    for place, character in enumerate(text):
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
        elif (character == ";" and not text.endswith("\\", 0, place)) or (  # \\; is a space
            character == "\n" and depth <= 0 and _is_whole(LINE_BEGINS.match(text, place + 1))
        ):
            if text[start:place].strip():
                yield Piece(start, place)
            start, depth = place + 1, 0
    if text[start:].strip():
        yield Piece(start, len(text))


def _beginning(text: str, piece: Piece) -> re.Match[str] | None:
    """What a piece begins with if it defines something."""
    found = BEGINS.match(text, *piece)
    return found if _is_whole(found) else None


def _is_whole(found: re.Match[str] | None) -> bool:
    """Whether each bracket is closed before the sign =: it may be that of a condition."""
    return found is not None and (
        sum(map(found[0].count, OPENING)) == sum(map(found[0].count, CLOSING))
    )


def _definition(text: str, piece: Piece, names: Collection[str], heads: Heads) -> Definition:
    try:
        parsed = parse_part(text, *piece, names, heads)
    except ChainstepError as error:
        name = _beginning(text, piece)
        if name and len(text[: piece.start].strip() + text[piece.end :].strip()) > 0:
            error.message += f" (in the definition of {name[1]})"
        raise
    return Definition(parsed.output, parsed.tree, parsed.decimals, parsed.arguments)


def _check(name: str | None, found: Collection[str | None], text: str, piece: Piece) -> None:
    """Raise an error if a definition does not go with those before it."""
    start, end = piece
    written = text[start:end].strip()
    start = text.index(written, start)
    if found and name is None:
        span = (start, start + len(written))
        hint = "write name = …; only the first of several may be without one"
        raise UnexpectedToken("this has no name", span=span, hint=hint)
    if name in found:
        span = (start, text.index("=", start))
        message = f"{name} is defined twice"
        raise DuplicateDefinition(message, span=span, hint="give one of them another name")


def in_order_of_use(trees: Mapping[str, Basic], output: str) -> list[str]:
    """The names that `output` needs, each after those it uses itself.

    Raises CircularDefinition where a name needs itself.

    >>> from sympy import Symbol, sin
    >>> in_order_of_use({"L": Symbol("z") ** 2, "z": sin(Symbol("x")), "q": Symbol("x")}, "L")
    ['z', 'L']
    """
    if len(trees) == 1:
        return [output]
    needs = {name: sorted({str(n) for n in names_in(trees[name])} & trees.keys()) for name in trees}
    ordered: dict[str, None] = {}
    way: dict[str, None] = {}  # from the output to the name in hand
    stack = [output]
    while stack:
        name = stack[-1]
        missing = [other for other in needs[name] if other not in ordered]
        if name in ordered or not missing:
            ordered[name] = None
            way.pop(name, None)
            stack.pop()
            continue
        way[name] = None
        if missing[0] in way:
            raise _circle([*way], missing[0])
        stack.append(missing[0])
    return list(ordered)


def _circle(way: list[str], name: str) -> CircularDefinition:
    circle = [*way[way.index(name) :], name]
    shown = circle if len(circle) <= 6 else [*circle[:4], "…", name]
    return CircularDefinition(
        f"the definitions go round in a circle: {' needs '.join(shown)}",
        hint="a name may be defined by other names only",
    )
