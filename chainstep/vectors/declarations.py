"""A text taken apart: what is declared, "W: matrix(m, n)", and what is defined, "z = W x + b"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sympy import Integer, Symbol
from sympy.core.basic import Basic

from chainstep.arrays import NUMBER, Quantity, Shape
from chainstep.errors import LimitExceeded, UnclearName, UnexpectedToken
from chainstep.notation import ONE
from chainstep.parser.heads import FIXED
from chainstep.parser.spellings import GREEK_LETTERS, canonical
from chainstep.parser.tokens import Span
from chainstep.vectors.grammar import WORDS

NAME = r"[^\W\d_](?:\w|[\u0300-\u036f])*(?:_\{\w+\})?"
BEGINS = re.compile(rf"\s*{NAME}(?:\s*,\s*{NAME})*\s*(?:=|:)")
DECLARES = re.compile(rf"\s*({NAME}(?:\s*,\s*{NAME})*)\s*:\s*(.*?)\s*", re.DOTALL)
DEFINES = re.compile(rf"\s*({NAME})\s*=")
KIND = re.compile(r"(scalar|number|vector|matrix)\s*(?:\(\s*(\w+)\s*(?:,\s*(\w+)\s*)?\))?")
LONGEST = 20  # every entry is checked
LENGTH = "n"  # of a vector whose length is not declared
SIZES = {"scalar": (0,), "number": (0,), "vector": (0, 1), "matrix": (2,)}
HINT = "declare as in x: vector(n); W: matrix(m, n); b: scalar"


class Definition(NamedTuple):
    """A name, or y where there is none, and where its expression stands."""

    name: str
    span: Span
    name_span: Span


class Text(NamedTuple):
    """The text with blanks for comments, the shapes of the declared names, and the definitions
    in their order."""

    text: str
    shapes: dict[str, Shape]
    definitions: list[Definition]


def read_text(text: str, vectors: Sequence[str] = (), output: str = "y") -> Text:
    """Declarations and definitions of a text; `vectors` are names declared elsewhere.

    >>> read_text("x: vector(n); y = sum(x)").shapes
    {'x': (n, 1)}
    """
    text = re.sub(r"#[^\n]*", lambda comment: " " * len(comment[0]), text)
    shapes: dict[str, Shape] = {}
    for name in vectors:
        _once(name, shapes, None)
        shapes[name] = _shape("vector", ())
    definitions: list[Definition] = []
    for start, end in _pieces(text):
        declared = DECLARES.fullmatch(text, start, end)
        if declared:
            shape = _declared(declared)
            for name in declared[1].split(","):
                _once(canonical(name.strip()), shapes, (start, end))
                shapes[canonical(name.strip())] = shape
            continue
        defined = DEFINES.match(text, start, end)
        name_span = defined.span(1) if defined else (start, end)
        name = canonical(defined[1]) if defined else output
        definitions.append(Definition(name, (defined.end() if defined else start, end), name_span))
    _check(text, shapes, definitions)
    return Text(text, shapes, definitions)


def vector_names(vectors: Sequence[str]) -> list[str]:
    """The names of a list, or of texts that separate them by commas.

    >>> vector_names(["w, x", "b"])
    ['w', 'x', 'b']
    """
    texts = [vectors] if isinstance(vectors, str) else vectors
    names = [name.strip() for text in texts for name in text.split(",")]
    for name in names:
        if not re.fullmatch(NAME, name):
            raise UnclearName(f"'{name}' is no name of a vector", hint="as in w,x")
    return list(dict.fromkeys(map(canonical, names)))


def _pieces(text: str) -> Iterator[Span]:
    """What stands between semicolons and in front of lines that begin with a name and = or :"""
    start = 0
    for found in re.finditer(r"[;\n]|$", text):
        end = found.start()
        goes_on = text[end : end + 1] == "\n" and not BEGINS.match(text, end)
        if goes_on and text[end:].strip():
            continue
        if text[start:end].strip():
            yield start + len(text[start:end]) - len(text[start:end].lstrip()), end
        start = end + 1


def _declared(declared: re.Match[str]) -> Shape:
    kind = KIND.fullmatch(declared[2])
    sizes = tuple(filter(None, kind.groups()[1:])) if kind else ()
    if not kind or len(sizes) not in SIZES[kind[1]]:
        message = f"'{declared[2]}' is not a shape"
        raise UnexpectedToken(message, span=declared.span(2), hint=HINT)
    for size in sizes:
        if size == "0" or not (size.isdecimal() or size.isalpha()):
            raise UnexpectedToken(f"'{size}' is not a length", span=declared.span(2), hint=HINT)
        length(size, declared.span(2))
    return _shape(kind[1], sizes)


def _shape(kind: str, sizes: Sequence[str]) -> Shape:
    lengths: tuple[Basic, ...] = tuple(map(length, sizes))
    if kind == "matrix":
        return lengths
    return (lengths[0] if lengths else length(LENGTH), ONE) if kind == "vector" else NUMBER


def length(written: str, span: Span | None = None) -> Basic:
    """A length as it is written: n or 3. Raises LimitExceeded for a number that is too large."""
    if written.isdecimal() and (len(written) > len(str(LONGEST)) or int(written) > LONGEST):
        hint = "leave it open, as in vector(n): the result holds for every length"
        raise LimitExceeded(f"lengths go up to {LONGEST}", span=span, hint=hint)
    return Integer(int(written)) if written.isdecimal() else Symbol(written, real=True)


def symbol(name: str, shape: Shape) -> Symbol:
    """The symbol of a name with that shape."""
    return Quantity(name, shape) if shape else Symbol(name, real=True)


def is_whole(name: str) -> bool:
    """Whether a name with a subscript is no array of a sum: x_max, but not x_i."""
    return len(name.rpartition("_")[2]) > 1


def _once(name: str, known: Mapping[str, Shape], span: Span | None) -> None:
    if name in known:
        raise UnclearName(f"{name} is declared twice", span=span)
    if name in WORDS:
        raise UnclearName(f"{name} is the name of a function", span=span)
    _free(name, span)


def _free(name: str, span: Span | None) -> None:
    """e and pi are numbers, whatever is said about them."""
    meaning = FIXED.get(GREEK_LETTERS.get(name, name))
    if meaning:
        raise UnclearName(f"{name} is {meaning} here", span=span, hint="choose another name")


def _check(text: str, shapes: dict[str, Shape], definitions: Sequence[Definition]) -> None:
    """Every name has one meaning."""
    if not definitions:
        raise UnexpectedToken("there is nothing to differentiate", span=(0, len(text)))
    seen: set[str] = set()
    for name, _, span in definitions:
        if name in seen:
            raise UnclearName(f"{name} is defined twice", span=span)
        if name in shapes:
            hint = "its shape follows from its definition"
            raise UnclearName(f"{name} is declared and defined", span=span, hint=hint)
        if name in WORDS:
            raise UnclearName(f"{name} cannot be defined: it is used otherwise", span=span)
        _free(name, span)
        seen.add(name)
