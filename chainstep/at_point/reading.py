"""The point at which numbers are asked for: a value for each name."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import TypeAlias

from sympy import Expr, Rational, Symbol

from chainstep.definitions import CLOSING, OPENING
from chainstep.errors import (
    ChainstepError,
    LimitExceeded,
    MissingValue,
    UndefinedName,
    UnexpectedToken,
    UnfitValue,
    UnsupportedExpression,
)
from chainstep.notation import names_in, size
from chainstep.parser import parse_part
from chainstep.parser.constants import BITS, DIGITS, DIGITS_HINT, Exact, exact
from chainstep.parser.tokens import Span, clip
from chainstep.problem import from_sympy
from chainstep.tape import evaluate

LISTED = 5  # names in a message
HINT = "a value is given as in x=1/3, several as in x=1, b=sqrt(2)"

Value = object  # a number of Python or sympy, or a text
At: TypeAlias = str | Mapping[str | Symbol, Value]
Given = dict[str, tuple[Expr, str]]  # by name: the number, and how it was written


def read_point(at: At, names: Sequence[Symbol]) -> dict[Symbol, Expr]:
    """The value of each of `names`, in their order, as a constant expression.

    `at` is a text such as "x=1, b=1/3", or a mapping of names to numbers or texts. A value
    is written like any expression. Raises the ChainstepError that says what is wrong: a value
    is missing, given twice or no real number, a name is unknown, or the text is malformed.

    >>> x, b = Symbol("x", real=True), Symbol("b", real=True)
    >>> read_point("b = 1/3, x = 2pi", [x, b])
    {x: 2*pi, b: 1/3}
    >>> read_point({"x": 0.5, b: "sqrt(2)"}, [x, b])
    {x: 1/2, b: sqrt(2)}
    """
    known = [name.name for name in names]
    given = _read_text(at, known) if isinstance(at, str) else _read_mapping(at, known)
    missing = [name for name in known if name not in given]
    if missing:
        shown = [f"{name}={given[name][1] if name in given else '…'}" for name in known[:LISTED]]
        more = ",…" * (len(known) > LISTED)
        verb = "a value is" if len(missing) == 1 else "values are"
        message = f"{verb} missing for {_listed(missing)}"
        raise MissingValue(message, hint=f"--at {','.join(shown)}{more}")
    return {name: given[name.name][0] for name in names}


def _listed(words: Sequence[str]) -> str:
    """b; x and b; w1, w2 and b; and so on, up to a limit."""
    if len(words) > LISTED:
        words = [*words[: LISTED - 1], f"{len(words) - LISTED + 1} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


# --- Reading a text -----------------------------------------------------------------------


def _read_text(text: str, known: Sequence[str]) -> Given:
    given: Given = {}
    try:
        for start, end in _pieces(text):
            name, written = _left(text, start, end, known)
            if name in given:
                raise UnfitValue(f"{name} is given twice", span=written)
            given[name] = _right(text, written[1], end, name, known)
    except ChainstepError as error:
        error.source = text
        raise
    return given


def _pieces(text: str) -> Iterator[Span]:
    """The stretches between commas, but not those inside brackets."""
    start = depth = 0
    for place, character in enumerate(text):
        depth += (character in OPENING) - (character in CLOSING)
        if character == "," and depth <= 0:
            yield start, place
            start = place + 1
    if start or text.strip():
        yield start, len(text)


def _left(text: str, start: int, end: int, known: Sequence[str]) -> tuple[str, Span]:
    """The name in front of the equals sign, and where it is written."""
    written = text[start:end]
    name = written.partition("=")[0].strip()
    first = start + len(written) - len(written.lstrip())
    span = first, first + len(name)
    if "=" not in written or not name:
        span = (first, max(end, first + 1)) if written.strip() else (start, start + 1)
        raise UnexpectedToken("a name and its value are expected", span=span, hint=HINT)
    tree = parse_part(text, *span, (*known, name)).tree
    if not isinstance(tree, Symbol):
        raise UnexpectedToken(f"'{clip(name)}' is not a name", span=span, hint=HINT)
    if tree.name not in known:
        raise _unknown(tree.name, known, span)
    return tree.name, span


def _right(text: str, start: int, end: int, name: str, known: Sequence[str]) -> tuple[Expr, str]:
    """The value behind the equals sign."""
    start = text.index("=", start) + 1
    written = text[start:end].strip()
    if not written:
        span = start - 1, start
        raise UnexpectedToken(f"the value of {name} is missing", span=span, hint=HINT)
    tree = parse_part(text, start, end, known).tree
    first = text.index(written, start)
    return _real(tree, name, (first, first + len(written))), clip(written)


def _real(tree: Expr, name: str, span: Span | None = None) -> Expr:
    """The expression, if it is a real number."""
    if inside := names_in(tree):
        message = f"the value of {name} is not a number: it contains {_listed(_sorted(inside))}"
        raise UnfitValue(message, span=span, hint="a value is a number such as 1/3, sqrt(2), pi/4")
    if evaluate(tree) is None:
        raise UnfitValue(f"the value of {name} is not a real number within reach", span=span)
    return tree


def _sorted(names) -> list[str]:
    return sorted(map(str, names))


def _unknown(name: str, known: Sequence[str], span: Span | None = None) -> UndefinedName:
    near = get_close_matches(name, known, 1)
    every = f"values are needed for {_listed(known)}" if known else "no name needs a value"
    hint = f"did you mean {near[0]}?" if near else every
    return UndefinedName(
        f"{clip(name)} is none of the names that need a value", span=span, hint=hint
    )


# --- Reading a mapping --------------------------------------------------------------------


def _read_mapping(at: Mapping[str | Symbol, Value], known: Sequence[str]) -> Given:
    given: Given = {}
    for key, value in at.items():
        text = str(key)
        name = text if text in known else _left(f"{text}=", 0, len(text) + 1, known)[0]
        if name in given:
            raise UnfitValue(f"{name} is given twice")
        if isinstance(value, str):
            given[name] = _right(
                f"{name}={value}", len(name), len(name) + 1 + len(value), name, known
            )
        else:
            tree = _real(_number(value, name), name)
            given[name] = tree, clip(str(value)) if size(tree) == 1 and abs(tree) < 10**9 else "…"
    return given


def _number(value: Value, name: str) -> Expr:
    """A number of Python or sympy as an exact expression: 0.1 is 1/10, as it is written."""
    if isinstance(value, Expr):
        try:
            return from_sympy(value)  # type: ignore[return-value]
        except UnsupportedExpression:
            raise UnfitValue(f"the value of {name} is not a real number") from None
    if isinstance(value, bool) or not isinstance(value, numbers.Real | Decimal):
        kind = type(value).__name__
        raise UnfitValue(f"the value of {name} is a {kind}, not a real number")
    if isinstance(value, numbers.Rational):
        number: Exact | None = Fraction(int(value.numerator), int(value.denominator))
    elif value != value or abs(value) == math.inf:
        raise UnfitValue(f"the value of {name} is {value}, not a real number")
    else:
        sign = -1 if value < 0 else 1
        digits = exact(str(abs(value)))
        number = digits if digits is None else sign * digits
    if number is None or max(map(int.bit_length, number.as_integer_ratio())) > BITS:
        message = f"the value of {name} is a number with more than {DIGITS} digits"
        raise LimitExceeded(message, hint=DIGITS_HINT)
    return Rational(number.numerator, number.denominator)
