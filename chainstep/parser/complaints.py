"""What is said about a token that cannot stand where it stands."""

from __future__ import annotations

from chainstep.errors import ChainstepError, UnclosedBracket, UnexpectedToken, WrongArguments
from chainstep.parser.forms import FORMS, MANY
from chainstep.parser.machine import BRACKET, Begun, Head, Machine
from chainstep.parser.spellings import CLOSES
from chainstep.parser.tokens import Span, Token

SUBSCRIPT_HINT = "a subscript follows a name, as in x_1 or w_{ij}"


def no_operand(machine: Machine, token: Token) -> ChainstepError:
    """The error for a token where an operand is expected."""
    top = machine.top
    if top.kind == "argument":
        return _no_argument(top.head, top.head.span)
    if token.kind == "end":
        return _ends_early(machine)
    if token.kind == "close":
        return _closes_early(machine, token)
    message = f"'{machine.shown(token)}' cannot stand here: a number or a name is expected"
    return UnexpectedToken(message, span=token.span, hint=_subscript_hint(token))


def no_operator(machine: Machine, token: Token) -> ChainstepError:
    """The error for a token where an operand is complete."""
    message = f"'{machine.shown(token)}' cannot stand here: an operator is expected"
    return UnexpectedToken(message, span=token.span, hint=_subscript_hint(token))


def _subscript_hint(token: Token) -> str | None:
    return SUBSCRIPT_HINT if token.kind == "_" else None


def no_base(head: Head) -> ChainstepError:
    """The error for log_(x) and log_2."""
    message = f"{head.name}_ needs a base and an argument"
    return WrongArguments(message, span=head.span, hint=f"write {head.name}_2(x)")


def _no_argument(head: Head, span: Span) -> ChainstepError:
    least = FORMS[head.name].least if head.name in FORMS else 1
    hint = f"write {head.name}({', '.join('xyz'[:least])})"
    return WrongArguments(f"{head.name} needs an argument", span=span, hint=hint)


def _ends_early(machine: Machine) -> ChainstepError:
    top, before = machine.top, machine.before
    if top.level == BRACKET and top.kind != "whole" and not top.items:
        return unclosed(top)
    message = f"something is missing after '{machine.shown(before)}'"
    return UnexpectedToken(message, span=before.span)


def _closes_early(machine: Machine, token: Token) -> ChainstepError:
    top = machine.top
    if top.level != BRACKET or top.items:
        message = f"something is missing in front of '{machine.shown(token)}'"
        return UnexpectedToken(message, span=token.span)
    if CLOSES.get(top.sign) != token.value:
        return wrong_close(machine, token)
    if top.kind == "call":
        return _no_argument(top.head, (top.head.span[0], token.end))
    span = top.span[0], token.end
    return UnexpectedToken("there is nothing between these brackets", span=span)


def unclosed(bracket: Begun) -> ChainstepError:
    """The error for a bracket or a bar without its partner."""
    kind = "bar" if bracket.kind == "bars" else "bracket"
    return UnclosedBracket(f"this {kind} is never closed", span=bracket.span)


def wrong_close(machine: Machine, token: Token) -> ChainstepError:
    """The error for a closing bracket that does not fit the one that is open."""
    bracket = machine.brackets[-1]
    if bracket.kind == "whole":
        return UnclosedBracket("this bracket was never opened", span=token.span)
    if bracket.kind == "bars":
        return unclosed(bracket)
    message = f"'{machine.shown(token)}' does not close '{bracket.sign}'"
    hint = f"'{CLOSES[bracket.sign]}' is expected"
    return UnclosedBracket(message, span=token.span, hint=hint)


def missing_operator(machine: Machine, token: Token) -> ChainstepError:
    """The error for a number behind a number."""
    hint = f"for a product write {machine.shown(machine.before)}*{machine.shown(token)}"
    message = "an operator is missing in front of this number"
    return UnexpectedToken(message, span=token.span, hint=hint)


def misplaced_comma(machine: Machine, token: Token) -> ChainstepError:
    """The error for a comma that separates no arguments."""
    before, ahead = machine.before, machine.ahead
    hint = None
    if before.kind == ahead.kind == "number":
        hint = f"write {machine.shown(before)}.{machine.shown(ahead)} with a decimal point"
    elif machine.brackets[-1].kind == "whole":
        hint = "write one expression, without a condition or a second one behind it"
    message = "a comma can only stand between the arguments of a function"
    return UnexpectedToken(message, span=token.span, hint=hint)


def wrong_count(head: Head, least: int, most: int, count: int) -> ChainstepError:
    """The error for too many or too few arguments."""
    expected = f"{least}" if least == most else f"{least} or {most}"
    expected = f"at least {least}" if most == MANY else expected
    message = f"{head.name} takes {expected} argument{'s' * (most > 1)}, not {count}"
    hint = "write numbers with a decimal point" if count > most else None
    return WrongArguments(message, span=head.span, hint=hint)
