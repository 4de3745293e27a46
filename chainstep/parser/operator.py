"""The sign of a derivative in front of what is to be differentiated: d/dx (x² + 1), D[x^2, x].

It says by what to differentiate. All that follows has to belong to it: one bracket, or a text
that is no sum.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sympy.core.basic import Basic

from chainstep.errors import UnexpectedToken
from chainstep.parser.spellings import GREEK_LETTERS, SUBSCRIPTS, canonical
from chainstep.parser.tokens import Span, Token
from chainstep.parser.unknown import derivative

_DIGITS = str.maketrans(SUBSCRIPTS)
_SPACE = r"(?:\s|\\[,;:!])*"
_D = rf"(?:d|∂|\\partial|\\(?:mathrm|operatorname|text|rm)\s*(?:\{{\s*d\s*\}}|d)){_SPACE}"
_LETTER = r"(\\[A-Za-z]+|[A-Za-zΑ-ω](?:_?[0-9]+|_\{[A-Za-z0-9]+\}|[₀-₉]+)?)"
_SIGNS = (
    rf"\\[dtc]?frac\s*\{{\s*{_D}\}}\s*\{{\s*{_D}{_LETTER}\s*\}}",
    rf"{_D}/\s*{_D}{_LETTER}(?![A-Za-z0-9_])",
    rf"D_(?:{_LETTER}|\{{{_LETTER}\}})(?=\s*[(\[{{\\])",
)
_ONE = "|".join(_SIGNS)
_SIGN = re.compile(rf"\s*(?:\((?:{_ONE})\)|\{{\s*(?:{_ONE})\s*\}}|{_ONE})(?=\s*[^\s+*/^=),;])")
_ELSEWHERE = re.compile(
    rf"\\[dtc]?frac\s*\{{\s*{_D}[A-Za-z]?\s*\}}\s*\{{\s*{_D}[A-Za-z]\s*\}}|{_D}/\s*{_D}[Α-ω]"
)
_CALLED = re.compile(r"\s*(?:[dD]iff|differentiate|deriv|[Dd]erivative|D)\s*(?=[(\[])")
_BY = re.compile(r",\s*(\\?[A-Za-z]\w*)\s*(?=[)\]]\s*\Z)")
_ARROW = re.compile(
    r"\s*(?:lambda\s+([A-Za-z]\w*)\s*:|([A-Za-z]\w*)\s*(?:->|↦|\\mapsto(?![A-Za-z])))"
)


def without_operator(text: str) -> tuple[str, str | None, bool]:
    """The text with spaces for the sign of a derivative, the variable that it names, and whether
    what belongs to it has to be shown. x ↦ and lambda x: name the variable as well.
    Raises UnexpectedToken for a sign that stands elsewhere.

    >>> without_operator("d/dx (x^2)")
    ('     (x^2)', 'x', True)
    """
    if found := _SIGN.match(text):
        return _blank(text, found.span()), _named(found), True
    if found := _ARROW.match(text):
        return _blank(text, found.span()), _named(found), False
    if (called := _CALLED.match(text)) and (by := _BY.search(text)):
        return _blank(_blank(text, by.span()), called.span()), _named(by), True
    if found := _ELSEWHERE.search(text):
        raise derivative(text, found.span())
    return text, None, False


def _named(found: re.Match[str]) -> str:
    """The variable, as it is called in the expression: x1 for x_1, x_{1} and x₁."""
    written = next(filter(None, found.groups())).lstrip("\\").translate(_DIGITS)
    return canonical(GREEK_LETTERS.get(written[0], written[0]) + written[1:])


def _blank(text: str, span: Span) -> str:
    """Spaces in the place of a part, so that what is behind it stays where it is."""
    start, end = span
    return text[:start] + " " * (end - start) + text[end:]


def require_all(tokens: Sequence[Token], tree: Basic) -> None:
    """Raise UnexpectedToken unless the sign of a derivative belongs to all of the tokens: one
    bracket, perhaps raised to a power, or no sum."""
    if tree.is_Pow:
        return
    depth = 0
    for token in tokens[:-2]:
        depth += (token.kind == "open") - (token.kind == "close")
        ends = tokens[0].kind == "open" and token.kind == "close"
        if not depth and (ends or (tree.is_Add and token.kind in ("+", "-"))):
            hint = "put brackets around all that is to be differentiated"
            raise UnexpectedToken("where does the derivative end?", span=token.span, hint=hint)
