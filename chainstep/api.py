"""The public functions: derive() for numbers and vectors alike, and jacobian()."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sympy import Expr

from chainstep import pipeline
from chainstep.definitions import CLOSING, COMMENT, OPENING, pieces
from chainstep.derivation import Derivation
from chainstep.errors import UnclearVariable, UnsupportedExpression
from chainstep.problem import Variables

if TYPE_CHECKING:
    from chainstep.at_point.reading import At

# What only vectors of any length have: a declaration, or an operation of theirs.
OF_VECTORS = re.compile(
    r":\s*(?:vector|matrix|scalar|number)\b|(?<!\w)(?:dot|sum|norm2)\s*\(|[⊗⊘⊙]"
    r"|\\(?:otimes|oslash|odot)\b"
)
LIST = re.compile(r"(?:[^=<>!]*=)?\s*\[(.*)\]\s*", re.DOTALL)  # alone, or behind its name


def derive(
    expression: str | Expr,
    wrt: Variables | None = None,
    *,
    output: str | None = None,
    direction: str | None = None,
    at: At | None = None,
    digits: int = pipeline.DIGITS,
    merge: bool = False,
    vectors: Sequence[str] = (),
) -> Derivation:
    """The four-step derivation of an expression, or of a system of named definitions.

    `expression` is a text in plain or LaTeX notation, or a sympy expression; definitions are
    separated by semicolons or lines, and `output` names the one to differentiate, where it is
    not the first. `wrt` names the variables, "all" all of them: without it the only variable
    is taken, or x, or t. `direction` is "forward" or "backward"; one variable goes forward,
    several backward. `at` is a point such as "x=1, a=1/3", where every value is computed and
    shown with so many `digits` after the point. With `merge` what is affine in one name gets
    no name of its own.

    A text may declare vectors and matrices of any length, `x: vector(n); W: matrix(m, n)`, or
    leave it to the names in `vectors`; a list [x1*x2, sin(x1)] gives a Jacobian. Raises a
    ChainstepError that says what is wrong, where, and what to do.

    >>> derive("sin(x^2)").result
    2*x*cos(x**2)
    >>> derive("L = z^2; z = w*x + b", wrt="w,b").gradient
    {w: 2*x*(b + w*x), b: 2*(b + w*x)}
    >>> derive("e^(-x)", at="x=0").forward_values
    {x: 0, u1: 0, u2: 1}
    >>> derive("w, x: vector; y = dot(w, x)", wrt="w").result
    Transpose(x)
    """
    options: dict[str, Any] = {"output": output, "direction": direction, "at": at, "merge": merge}
    if isinstance(expression, str) and (vectors or _has_vectors(expression)):
        _without(options, "vectors of any length")
        return _of_vectors(expression, wrt, vectors)
    if isinstance(expression, str) and _has_list(expression):
        _without(options, "a list")
        return jacobian(expression, wrt)
    return pipeline.derive(expression, wrt, digits=digits, **options)


def jacobian(
    expression: str,
    wrt: Variables | None = None,
    *,
    jvp: str | None = None,
    vjp: str | None = None,
    vectors: Sequence[str] = (),
) -> Derivation:
    """The four-step derivation of a Jacobian, in numerator layout: rows are outputs.

    `expression` is a list [ln(x^2), sin(3x)], or definitions of such, where g1, g2, … are the
    components of a vector g; or a text with vectors of any length, as for derive(). With `jvp`
    the result is the Jacobian times that vector, with `vjp` that row times the Jacobian, and
    the Jacobian itself is never formed. Raises a ChainstepError that says what is wrong.

    >>> jacobian("[x1*x2, sin(x1)]", wrt="x1,x2").result.entries
    (x2, x1, cos(x1), 0)
    """
    if not isinstance(expression, str):
        raise UnsupportedExpression(
            f"a Jacobian is not read from a {type(expression).__name__}",
            hint="give a text such as '[x*y, x + y]'",
        )
    if vectors or _has_vectors(expression):
        _without({"jvp": jvp, "vjp": vjp}, "vectors of any length")
        return _of_vectors(expression, wrt, vectors)
    from chainstep.jacobians import jacobian as of_lists

    return of_lists(expression, wrt, jvp=jvp, vjp=vjp)


def _has_vectors(text: str) -> bool:
    found = OF_VECTORS.search(text)
    return bool(found and OF_VECTORS.search(COMMENT.sub("", text)))


def _has_list(text: str) -> bool:
    """Whether a definition is a list: [x, y], but not [x + 1] or [log(x, 2)]."""
    if "[" not in text:
        return False
    bare = COMMENT.sub("", text)
    found = (LIST.fullmatch(bare, *piece) for piece in pieces(bare))
    return any(match and _has_comma(match[1]) for match in found)


def _has_comma(inside: str) -> bool:
    """Whether a comma stands outside all brackets, and the brackets in front of it are whole."""
    depth = 0
    for character in inside:
        depth += (character in OPENING) - (character in CLOSING)
        if depth < 0:
            return False
        if character == "," and not depth:
            return True
    return False


def _of_vectors(text: str, wrt: Variables | None, vectors: Sequence[str]) -> Derivation:
    from chainstep.vectors import derive_vectors

    if wrt is None:
        raise UnclearVariable(
            "which variable to differentiate by?", hint="choose with --wrt, for example --wrt w"
        )
    names = wrt if isinstance(wrt, str) else [str(name) for name in _several(wrt)]
    return derive_vectors(text, names, vectors)


def _several(wrt: Any) -> Sequence[Any]:
    return wrt if isinstance(wrt, Sequence) else (wrt,)


def _without(options: dict[str, Any], of: str) -> None:
    """Raise UnsupportedExpression for an option that there is not for such a text."""
    for name, value in options.items():
        if value:
            raise UnsupportedExpression(f"there is no --{name} for {of}")
