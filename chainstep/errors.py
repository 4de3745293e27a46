"""The errors a person can meet: one class per cause, each with what, where and a hint."""

from __future__ import annotations

from chainstep.columns import columns

WINDOW = 72  # characters of a long text shown around the place of an error


class ChainstepError(Exception):
    """Base of every error that chainstep raises on purpose.

    `message` says what is wrong, `source` is the text it is wrong in, `span` the
    half-open range of characters there, `hint` what to do about it. `code` is the
    stable name of the cause, the one that stands in the JSON output.

    >>> print(UnclosedBracket("this bracket is never closed", "sin(x + 2", (3, 4)).explain())
    error: this bracket is never closed
      sin(x + 2
         ^
    """

    code = "error"

    def __init__(
        self,
        message: str,
        source: str | None = None,
        span: tuple[int, int] | None = None,
        hint: str | None = None,
    ):
        super().__init__(message)
        self.message = message
        self.source = source
        self.span = span
        self.hint = hint

    def explain(self) -> str:
        """The error as the command line shows it: the cause, the place under a caret, the hint."""
        return f"error: {self}"

    def __str__(self) -> str:
        lines = [self.message]
        if self.source and not self.source.isspace() and self.span is not None:
            lines += _marked(self.source, *self.span)
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class EmptyExpression(ChainstepError):
    """There is nothing to read."""

    code = "empty-expression"


class UnexpectedCharacter(ChainstepError):
    """A character that belongs to no expression."""

    code = "unexpected-character"


class UnexpectedToken(ChainstepError):
    """Something stands where another thing was expected."""

    code = "unexpected-token"


class UnclosedBracket(ChainstepError):
    """A bracket without its partner."""

    code = "unclosed-bracket"


class UnknownFunction(ChainstepError):
    """A function that chainstep does not know."""

    code = "unknown-function"


class UnclearName(ChainstepError):
    """A name that is more likely a product, such as xy."""

    code = "unclear-name"


class WrongArguments(ChainstepError):
    """A function with too many, too few or unfit arguments."""

    code = "wrong-arguments"


class UndefinedConstant(ChainstepError):
    """A number that does not exist in the reals, such as 1/0, ln(0) or sqrt(-1)."""

    code = "undefined-constant"


class LimitExceeded(ChainstepError):
    """The input is larger than a stated limit."""

    code = "limit-exceeded"


class DuplicateDefinition(ChainstepError):
    """A name that is defined twice."""

    code = "duplicate-definition"


class CircularDefinition(ChainstepError):
    """A name whose definition needs the name itself."""

    code = "circular-definition"


class UndefinedName(ChainstepError):
    """A name is asked for that stands nowhere."""

    code = "undefined-name"


class UnclearVariable(ChainstepError):
    """The variable of differentiation is not given, or does not fit."""

    code = "unclear-variable"


class ShapeMismatch(ChainstepError):
    """Vectors or matrices whose shapes do not fit each other."""

    code = "shape-mismatch"


class UnsupportedExpression(ChainstepError):
    """A sympy expression that has no place in a derivation."""

    code = "unsupported-expression"


class MissingValue(ChainstepError):
    """A name has no value at the point at which numbers are asked for."""

    code = "missing-value"


class UnfitValue(ChainstepError):
    """What is given for a name is no real number, or there is more than one."""

    code = "unfit-value"


class OutsideDomain(ChainstepError):
    """Something has no real value at the point that is given."""

    code = "outside-domain"


class FalseLine(ChainstepError):
    """A line of a derivation does not hold: an error of chainstep itself."""

    code = "false-line"


def _marked(source: str, start: int, end: int) -> list[str]:
    """The line of `source` that holds `start`, cut to a window, and the caret line under it."""
    first = max(source.rfind("\n", 0, start) + 1, start - WINDOW // 2)
    stop = source.find("\n", start)
    stop = len(source) if stop < 0 else stop
    last = min(stop - source.endswith("\r", start, stop), first + WINDOW)
    before = "…" if first and source[first - 1] != "\n" else ""
    after = "…" if last < len(source) and source[last] not in "\r\n" else ""
    shown = "".join(map(_shown, source[first:last]))
    place, beyond = start - first, end - first
    caret = " " * columns(before + shown[:place]) + "^" * max(1, columns(shown[place:beyond]))
    return [f"  {before}{shown}{after}", f"  {caret}"]


def _shown(character: str) -> str:
    """A character of one line: a tab is a space, so that the caret stands below its place."""
    if character.isprintable():
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
