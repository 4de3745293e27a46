"""The sign of a derivative in front of what is to be differentiated: d/dx (x² + 1), D[x^2, x].

It says by what to differentiate. All that follows has to belong to it: one bracket, or a text
that is no sum.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sympy.core.basic import Basic

from chainstep.errors import UnexpectedToken
from chainstep.parser.tokens import Span, Token
from chainstep.parser.unknown import derivative

_D = r"(?:d|∂|\\partial|\\(?:mathrm|operatorname|text|rm)\s*(?:\{\s*d\s*\}|d))\s*"
_LETTER = r"(\\[A-Za-z]+|[A-Za-z])"
_SIGNS = (
    rf"\\[dtc]?frac\s*\{{\s*{_D}\}}\s*\{{\s*{_D}{_LETTER}\s*\}}",
    rf"{_D}/\s*{_D}{_LETTER}(?![A-Za-z0-9_])",
    rf"D_(?:{_LETTER}|\{{{_LETTER}\}})(?=\s*[(\[{{\\])",
)
_SIGN = re.compile(rf"\s*(?:{'|'.join(_SIGNS)})(?=\s*[^\s+*/^=),;])")
_SPACED = re.compile(rf"\\[dtc]?frac\s*\{{\s*{_D}[A-Za-z]?\s*\}}\s*\{{\s*{_D}[A-Za-z]\s*\}}")
_CALLED = re.compile(r"\s*(?:diff|differentiate|[Dd]erivative|D)\s*(?=[(\[])")
_BY = re.compile(r",\s*(\\?[A-Za-z]\w*)\s*(?=[)\]]\s*\Z)")


def without_operator(text: str) -> tuple[str, str | None]:
    """The text with spaces for the sign of a derivative, and the variable that it names.
    Raises UnexpectedToken for one that stands elsewhere.

    >>> without_operator("d/dx (x^2)")
    ('     (x^2)', 'x')
    """
    if found := _SIGN.match(text):
        variable = next(filter(None, found.groups()))
        return _blank(text, found.span()), variable.lstrip("\\")
    if (called := _CALLED.match(text)) and (by := _BY.search(text)):
        return _blank(_blank(text, by.span()), called.span()), by[1].lstrip("\\")
    if found := _SPACED.search(text):
        raise derivative(text, found.span())
    return text, None


def _blank(text: str, span: Span) -> str:
    """Spaces in the place of a part, so that what is behind it stays where it is."""
    start, end = span
    return text[:start] + " " * (end - start) + text[end:]


def require_all(tokens: Sequence[Token], tree: Basic) -> None:
    """Raise UnexpectedToken unless the sign of a derivative belongs to all of the tokens."""
    depth = 0
    for token in tokens[:-2]:
        depth += (token.kind == "open") - (token.kind == "close")
        ends = tokens[0].kind == "open" and token.kind == "close"
        if not depth and (ends or (tree.is_Add and token.kind in ("+", "-"))):
            hint = "put brackets around all that is to be differentiated"
            raise UnexpectedToken("where does the derivative end?", span=token.span, hint=hint)
