"""Brackets of every kind: how they open, and what their content becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sympy import S
from sympy.functions.elementary.piecewise import ExprCondPair

from chainstep.errors import UnexpectedToken, WrongArguments
from chainstep.operations import BY_ID
from chainstep.parser import complaints
from chainstep.parser.finishing import called, finish_above
from chainstep.parser.forms import DIGAMMA, PIECEWISE, piecewise
from chainstep.parser.machine import (
    ARGUMENT,
    BRACKET,
    RADICAL,
    Begun,
    Head,
    Machine,
    as_condition,
    as_number,
)
from chainstep.parser.spellings import ROUNDED
from chainstep.parser.tokens import Span, Token
from chainstep.parser.trees import Operand, across, as_whole

SCALARS = frozenset({"number", "name", "constant"})


# --- What may follow the name of a function, \frac and \sqrt ------------------------------


def read_argument(machine: Machine, head: Head) -> None:
    """Read on after the name of a function: its base, its exponent, its argument."""
    token = machine.ahead
    if token.kind == "_" and head.name == "log" and head.base is None:
        machine.advance()
        read_group(machine, "base", head)
    elif token.kind == "^" and head.exponent is None:
        machine.advance()
        read_group(machine, "order" if _is_order(machine, head) else "exponent", head)
    elif token.kind == "open" and token.value != r"\begin":
        machine.begin("call", BRACKET, machine.advance(), head)
    else:
        machine.begin("argument", ARGUMENT, token, head)


def _is_order(machine: Machine, head: Head) -> bool:
    """ψ^{(1)} is the derivative of ψ, and not a power."""
    signs = [token.value for token in machine.tokens[machine.next : machine.next + 2]]
    return head.name in DIGAMMA and signs == ["{", "("]


def read_group(machine: Machine, kind: str, head: Any) -> None:
    """Read the bracket, the name or the number that follows \\frac, sin^ or log_."""
    token = machine.advance()
    if token.kind == "open":
        machine.begin(kind, BRACKET, token, head)
        return
    first = token
    if kind == "exponent" and token.kind == "-":
        token = machine.advance()
    if token.kind not in SCALARS:
        raise complaints.no_operand(machine, token)
    if kind in ("numerator", "denominator") and _is_long_number(token):
        hint = r"write braces, as in \frac{10}{3}"
        raise UnexpectedToken("where does this number end?", span=token.span, hint=hint)
    operand = machine.trees.scalar(token)
    if token is not first:
        operand = machine.trees.negative(operand, first.start)
    group = Begun(kind, BRACKET, first, head)
    group.items.append(operand)
    CLOSE[kind](machine, group, token.end)


def _is_long_number(token: Token) -> bool:
    return token.kind == "number" and token.end - token.start > 1


# --- Closing ------------------------------------------------------------------------------


def close_bracket(machine: Machine, token: Token) -> None:
    """The bracket closes at this token; its content is complete."""
    finish_above(machine, BRACKET)
    machine.stack.pop()
    bracket = machine.brackets.pop()
    if machine.operand is not None:
        bracket.items.append(machine.take())
    CLOSE[bracket.kind](machine, bracket, token.end)


def _content(bracket: Begun) -> Operand:
    return as_number(bracket.items[0])


def _close_group(machine: Machine, bracket: Begun, end: int) -> None:
    machine.operand = as_whole(bracket.items[0], (bracket.span[0], end))


def _close_bars(machine: Machine, bracket: Begun, end: int) -> None:
    span = bracket.span[0], end
    machine.operand = machine.trees.call(BY_ID["absolute-value"], [_content(bracket)], span)


def _close_rounded(machine: Machine, bracket: Begun, end: int) -> None:
    row, span = BY_ID[ROUNDED[bracket.sign]], (bracket.span[0], end)
    machine.operand = machine.trees.call(row, [_content(bracket)], span)


def _close_call(machine: Machine, bracket: Begun, end: int) -> None:
    if bracket.sign == "[" and _is_parameter(machine, bracket, end):
        _close_parameter(machine, bracket, end)
        return
    if bracket.head.name in PIECEWISE and bracket.items and bracket.items[0].kind == "condition":
        bracket.items = _paired(machine, bracket.items)
    for item in bracket.items:
        if bracket.head.name not in PIECEWISE:
            as_number(item)
        elif item.kind != "pair":
            _pair(machine, [item], item.span)
    machine.operand = called(machine, bracket.head, bracket.items, end)


def _is_parameter(machine: Machine, bracket: Begun, end: int) -> bool:
    """Whether a number, or the base of a logarithm, stands between a function and its argument;
    sin[x](x + 1) is a product."""
    ahead = machine.ahead
    if len(bracket.items) != 1 or ahead.kind != "open" or ahead.start != end:
        return False
    base = bracket.head.name == "log" and bracket.items[0].tree.is_Symbol
    return base or bracket.items[0].value is not None


def _close_parameter(machine: Machine, bracket: Begun, end: int) -> None:
    """log[2](x) is the logarithm to the base 2, sqrt[3](x) the cube root; no other function has
    a parameter so."""
    name = {"log": "log", "sqrt": "root"}.get(bracket.head.name)
    if name is None:
        hint = f"write * for a product, or {bracket.head.name}(x)^2 for a power"
        raise UnexpectedToken("what is this a parameter of?", span=bracket.span, hint=hint)
    read_argument(machine, bracket.head._replace(name=name, base=_content(bracket)))


def _paired(machine: Machine, items: Sequence[Operand]) -> list[Operand]:
    """The pairs of where(x > 0, x, -x): a condition stands in front of its value, and the last
    value is for all other cases."""
    rows = [[*reversed(items[i : i + 2])] for i in range(0, len(items), 2)]
    if len(rows[-1]) == 1 and len(rows) > 1:
        rows[-1].append(Operand(S.true, None, rows[-1][0].span, "condition"))
    return [_pair(machine, row, across(row)) for row in rows]


def _close_order(machine: Machine, bracket: Begun, end: int) -> None:
    read_argument(machine, bracket.head._replace(name="polygamma", order=_content(bracket)))


def _close_base(machine: Machine, bracket: Begun, end: int) -> None:
    if machine.ahead.kind in ("end", "close", "+", "-", "*", "/", ",", "="):
        raise complaints.no_base(bracket.head)
    read_argument(machine, bracket.head._replace(base=_content(bracket)))


def _close_exponent(machine: Machine, bracket: Begun, end: int) -> None:
    read_argument(machine, bracket.head._replace(exponent=_content(bracket)))


def _close_degree(machine: Machine, bracket: Begun, end: int) -> None:
    machine.begin("√", RADICAL, bracket.head, _content(bracket))


def _close_numerator(machine: Machine, bracket: Begun, end: int) -> None:
    read_group(machine, "denominator", (bracket.head.start, _content(bracket)))


def _close_denominator(machine: Machine, bracket: Begun, end: int) -> None:
    start, numerator = bracket.head
    machine.operand = machine.trees.quotient(numerator, _content(bracket), (start, end))


def _close_pair(machine: Machine, bracket: Begun, end: int) -> None:
    if len(bracket.items) == 1:  # a part of a value or a condition
        _close_group(machine, bracket, end)
        return
    machine.operand = _pair(machine, bracket.items, (bracket.span[0], end))


def _close_cases(machine: Machine, bracket: Begun, end: int) -> None:
    items = bracket.items
    rows = [items[i : i + 2] for i in range(0, len(items), 2)]
    pairs = [_pair(machine, row, across(row)) for row in rows]
    machine.operand = piecewise(machine.trees, pairs, (bracket.span[0], end))


def _pair(machine: Machine, items: Sequence[Operand], span: Span) -> Operand:
    """A value and its condition."""
    if len(items) != 2:
        hint = "as in piecewise((x^2, x < 0), (x, otherwise))"
        raise WrongArguments("a value and a condition are expected", span=span, hint=hint)
    value, condition = as_number(items[0]), as_condition(items[1])
    tree = machine.trees.make(ExprCondPair, value.tree, condition.tree)
    return Operand(tree, None, span, "pair")


CLOSE: dict[str, Callable[[Machine, Begun, int], None]] = {
    "group": _close_group,
    "call": _close_call,
    "bars": _close_bars,
    "rounded": _close_rounded,
    "order": _close_order,
    "base": _close_base,
    "exponent": _close_exponent,
    "degree": _close_degree,
    "numerator": _close_numerator,
    "denominator": _close_denominator,
    "pair": _close_pair,
    "cases": _close_cases,
}
