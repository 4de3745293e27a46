"""Text to an unevaluated sympy tree, exactly as written."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sympy.core.basic import Basic

from chainstep.errors import ChainstepError, LimitExceeded, UnclearName, UnexpectedToken
from chainstep.parser.calls import ACCENTED
from chainstep.parser.grammar import tree_of
from chainstep.parser.heads import Arguments, Heads, split, without_calls
from chainstep.parser.lexer import tokenize
from chainstep.parser.operator import require_all, without_operator
from chainstep.parser.spellings import GREEK, SPACE
from chainstep.parser.tokens import Token, moved_by

CHARACTERS = 1_000_000  # of a text
STOP = r"[^\\],\Z|[^0-9.]\.\Z"  # a point behind a digit belongs to the number
STYLED = re.compile(r"\{\s*\\displaystyle(?![A-Za-z])")  # around a formula of an encyclopedia
DOLLARS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))


class Parsed(NamedTuple):
    """What was read: the tree, the name in front of "=" and what it is defined a function of,
    whether a decimal point was used."""

    tree: Basic
    output: str | None
    decimals: bool
    arguments: tuple[str, ...] = ()


def parse(text: str, names: Collection[str] = ()) -> Parsed:
    """The tree of an expression, plain or LaTeX, or of a definition `y = …`.

    `names` are names of several letters that are taken as one name without question.
    Raises the ChainstepError that says what is wrong, and where.

    >>> parse("y = 2x*sin(x)").tree.args
    (2, x, sin(x))
    """
    return parse_part(text, 0, len(text), names)


def parse_part(
    text: str, start: int, end: int, names: Collection[str] = (), heads: Heads | None = None
) -> Parsed:
    """The same for text[start:end], one of several definitions; errors point into `text`.

    `heads` are the names that all of them define, each with its arguments.

    >>> parse_part("a = 2; b = a + x", 7, 16).output
    'b'
    """
    try:
        if end - start > CHARACTERS:
            message = f"the text has more than {CHARACTERS} characters"
            raise LimitExceeded(message, hint="split it into smaller expressions")
        inside = _inside_dollars(text, start, end)
        is_latex = "$" in text[start : inside[0]]
        with moved_by(inside[0]):
            return _parse_piece(text[slice(*inside)], names, heads or {}, is_latex)
    except ChainstepError as error:
        error.source = text
        raise


def _inside_dollars(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without the signs that surround a formula in LaTeX."""
    start, end = _without_stop(text, *_without_space(text, start, end))
    for opening, closing in DOLLARS:
        inside = start + len(opening), end - len(closing)
        if text.startswith(opening, start, inside[1]) and text.endswith(closing, inside[0], end):
            start, end = _without_stop(text, *_without_space(text, *inside))
    if (style := STYLED.match(text, start, end)) and _closing(text, start) == end - 1:
        return _inside_dollars(text, style.end(), end - 1)
    return start, end


def _closing(text: str, start: int) -> int:
    """Where the brace that opens at `start` closes."""
    depth = 0
    for place, character in enumerate(text[start:], start):
        depth += (character == "{") - (character == "}")
        if not depth:
            return place
    return -1


def _without_stop(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without the comma or the full stop of the sentence around a formula."""
    if re.search(STOP, text[max(start, end - 2) : end]):
        return _without_space(text, start, end - 1)
    return start, end


def _without_space(text: str, start: int, end: int) -> tuple[int, int]:
    end = start + len(text[start:end].rstrip(SPACE))
    return end - len(text[start:end].lstrip(SPACE)), end


def head_of(
    text: str, start: int, end: int, names: Collection[str] = ()
) -> tuple[str, Arguments] | None:
    """The name that text[start:end] defines, with its arguments; None if it defines none, or
    if it cannot be read.

    >>> head_of("g(x) = sin(x)", 0, 13), head_of("sin(x)", 0, 6)
    (('g', ('x',)), None)
    """
    start, end = _inside_dollars(text, start, end)
    equals = text.find("=", start, end)
    if equals < 0:
        return None
    head = text[start : equals + 1]
    try:
        name, arguments, _ = split(tokenize(head, names), head)
    except ChainstepError:  # is raised again where the definition is read
        return None
    return (name.value, arguments) if name else None


def _parse_piece(text: str, names: Collection[str], heads: Heads, is_latex: bool) -> Parsed:
    bare, variable, is_operator = without_operator(text)
    tokens = tokenize(bare, names, is_latex or (variable is not None and "\\" in text))
    tokens = _without_condition(tokens)
    name, arguments, first = split(tokens, text)
    output = name.value if name else None
    for token in tokens[first:]:
        if name and token.kind == "name" and token.value == output:
            raise UnexpectedToken(f"'{output}' stands on both sides of =", span=token.span)
    _require_exponents(tokens, text, names)
    _require_more_than_a_word(tokens[first:], names)
    tree = tree_of(text, without_calls(tokens[first:], heads, text))
    if variable and is_operator:
        require_all(tokens, tree)
    if variable:
        arguments = (variable,)
    decimals = any("." in text[t.start : t.end] for t in tokens if t.kind == "number")
    return Parsed(tree, output, decimals, arguments or ())


def _without_condition(tokens: list[Token]) -> list[Token]:
    """The tokens without what says where an expression is meant, as in "ln x, x > 0"."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.kind in ("open", "rounded")) - (token.kind == "close")
        if token.kind == "relation" and not depth:
            return tokens
        if token.kind == "," and not depth:
            behind = [one.kind for one in tokens[place + 1 : -1]]
            is_condition = "relation" in behind and "," not in behind and "=" not in behind
            return [*tokens[:place], tokens[-1]] if is_condition and place else tokens
    return tokens


def _require_more_than_a_word(tokens: Sequence[Token], names: Collection[str]) -> None:
    """Raise UnclearName for a word alone, as xex and senx: nobody differentiates a name."""
    word = tokens[0].value if len(tokens) == 2 and tokens[0].kind == "name" else ""
    accented = re.search(ACCENTED, word)
    if len(word) > 2 and word.isalpha() and not accented and word not in (*GREEK, *names):
        hint = f"write it with operators; if {word} is the variable, say so with --wrt {word}"
        raise UnclearName(f"'{word}' alone is no expression", span=tokens[0].span, hint=hint)


def _require_exponents(tokens: Sequence[Token], text: str, names: Collection[str]) -> None:
    """Raise UnclearName for x2 beside x: where exponents were lost it is x^2. With x1 it is a
    list of names, and where a sign of a power or a product stands, nothing was lost."""
    if any(token.kind in ("^", "*") for token in tokens):
        return
    written = {text[t.start : t.end]: t for t in tokens if t.kind == "name"}
    for name, token in written.items():
        lost = re.fullmatch("([a-zA-Z])([2-9])", name)
        if lost and lost[1] in written and name not in names and lost[1] + "1" not in written:
            message = f"'{name}' beside '{lost[1]}' could be a power or a name"
            hint = f"write {lost[1]}^{lost[2]}, or {lost[1]}_{lost[2]} for a name"
            raise UnclearName(message, span=token.span, hint=hint)
