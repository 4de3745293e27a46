"""What every token does, where an operand is expected and where one is complete."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Integer, S
from sympy.core.basic import Basic

from chainstep.errors import EmptyExpression, UnexpectedToken
from chainstep.parser import complaints
from chainstep.parser.ambiguities import (
    PAIRED,
    may_follow,
    require_clear_divisor,
    require_clear_end,
    require_clear_exponent,
    require_no_mixed_number,
)
from chainstep.parser.brackets import SCALARS, close_bracket, read_argument, read_group
from chainstep.parser.finishing import at_level, finish_above, join
from chainstep.parser.forms import PIECEWISE, degrees, factorial
from chainstep.parser.machine import (
    AND,
    ARGUMENT,
    BRACKET,
    JUXTAPOSED,
    MINUS,
    OR,
    POWER,
    PRODUCT,
    RADICAL,
    RELATION,
    SIGN,
    SUM,
    Head,
    Machine,
)
from chainstep.parser.spellings import CLOSES
from chainstep.parser.tokens import Token
from chainstep.parser.trees import Operand, Trees

POSTFIX = {
    "!": (factorial, "what is this the factorial of?", "write brackets, as in (x^2)! or x^(n!)"),
    "°": (degrees, "what is this number of degrees?", "write brackets, as in (x^2)°"),
}
DEGREES = {3: Integer(3), 4: Integer(4)}  # of ∛ and ∜


def tree_of(text: str, tokens: Sequence[Token]) -> Basic:
    """The tree of all the tokens of a text."""
    if len(tokens) == 1:
        hint = "for example sin(x^2)"
        raise EmptyExpression("there is no expression", span=tokens[0].span, hint=hint)
    return _read(Trees(text), tokens).tree


def _read(trees: Trees, tokens: Sequence[Token]) -> Operand:
    machine = Machine(trees, tokens, _read)
    while machine.next < len(tokens):
        token = machine.advance()
        if machine.operand is None:
            BEFORE.get(token.kind, _refuse_before)(machine, token)
        else:
            AFTER.get(token.kind, _refuse_after)(machine, token)
    return machine.take_number()


def _refuse_before(machine: Machine, token: Token) -> None:
    raise complaints.no_operand(machine, token)


def _refuse_after(machine: Machine, token: Token) -> None:
    raise complaints.no_operator(machine, token)


# --- An operand is expected ---------------------------------------------------------------


def _scalar(machine: Machine, token: Token) -> None:
    machine.operand = machine.trees.scalar(token)


def _operand(machine: Machine, token: Token) -> None:
    """An argument in the meaning of a function."""
    machine.operand = token.value


def _truth(machine: Machine, token: Token) -> None:
    machine.operand = Operand(S.true, None, token.span, "condition")


def _plus_sign(machine: Machine, token: Token) -> None:
    if machine.top.kind in ("argument", "√"):
        _refuse_before(machine, token)


def _minus_sign(machine: Machine, token: Token) -> None:
    """−x² is −(x²) and −3x is −(3x), but in 2·−x or 2^−x the sign belongs to x."""
    top = machine.top
    if top.kind in ("argument", "√"):
        _refuse_before(machine, token)
    elif top.kind == "minus":
        top.flag = not top.flag
    else:
        machine.begin("minus", SIGN if top.level >= PRODUCT else MINUS, token, flag=True)


def _open(machine: Machine, token: Token) -> None:
    top = machine.top
    in_piecewise = top.kind == "call" and top.head.name in PIECEWISE
    kind = "cases" if token.value == r"\begin" else "pair" if in_piecewise else "group"
    machine.begin(kind, BRACKET, token)


def _open_paired(machine: Machine, token: Token) -> None:
    machine.begin(PAIRED[token.kind], BRACKET, token)


def _radical(machine: Machine, token: Token) -> None:
    if token.value in (r"\sqrt", "√") and machine.ahead.value == "[":
        machine.begin("degree", BRACKET, machine.advance(), token)
        return
    degree = DEGREES.get(token.value)
    machine.begin("√", RADICAL, token, degree and machine.trees.given(degree, token.span))


def _function(machine: Machine, token: Token) -> None:
    read_argument(machine, Head(token.value, token.span))


def _fraction(machine: Machine, token: Token) -> None:
    read_group(machine, "numerator", token)


def _close_after_row(machine: Machine, token: Token) -> None:
    """A bracket closes where an operand is expected: right only after a row of cases."""
    if machine.top.kind != "cases" or not machine.top.items:
        _refuse_before(machine, token)
    _close(machine, token)


# --- An operand is complete ---------------------------------------------------------------


def _sum(machine: Machine, token: Token) -> None:
    begun = at_level(machine, "sum", SUM, token)
    join(machine, begun)
    begun.flag = token.kind == "-"


def _product(machine: Machine, token: Token) -> None:
    if token.kind == "/":
        require_clear_divisor(machine, token)
    begun = at_level(machine, "product", PRODUCT, token)
    join(machine, begun)
    begun.flag = token.kind == "/"


def _juxtaposed(machine: Machine, token: Token) -> None:
    """2x is a product; a function ends the bracketless argument of the one before it."""
    if token.kind == "number" and not may_follow(machine.before, token):
        raise complaints.missing_operator(machine, token)
    if token.kind == "frac" and machine.before.kind == "number":
        require_no_mixed_number(machine, token)
    if token.kind == "name":
        require_clear_exponent(machine, token)
    finish_above(machine, JUXTAPOSED)
    in_argument = machine.top.level in (ARGUMENT, JUXTAPOSED)
    if in_argument:
        require_clear_end(machine, token)
    ends = not in_argument or token.kind in ("function", "√")
    begun = at_level(machine, "product", PRODUCT if ends else JUXTAPOSED, token)
    join(machine, begun)
    begun.flag = False
    BEFORE[token.kind](machine, token)


def _power(machine: Machine, token: Token) -> None:
    if machine.top.kind == "√" and machine.before.kind != "close":
        message, hint = "what is raised to this power?", "write √(x^2) or (√x)^2"
        raise UnexpectedToken(message, span=token.span, hint=hint)
    finish_above(machine, POWER)
    machine.begin("power", POWER, token).items.append(machine.take_number())


def _postfix(machine: Machine, token: Token) -> None:
    build, message, hint = POSTFIX[token.kind]
    if machine.before.kind in POSTFIX or machine.top.kind in ("√", "power"):
        raise UnexpectedToken(message, span=token.span, hint=hint)
    argument = machine.take_number()
    machine.operand = build(machine.trees, argument, (argument.span[0], token.end))


def _relation(machine: Machine, token: Token) -> None:
    if token.kind == "=" and machine.brackets[-1].kind == "whole":
        message, hint = "only a name can stand in front of =", "as in y = x^2"
        raise UnexpectedToken(message, span=token.span, hint=hint)
    begun = at_level(machine, "relation", RELATION, token)
    begun.head = begun.head or []
    begun.head.append(token.value)
    begun.items.append(machine.take_number())


def _logical(machine: Machine, token: Token) -> None:
    kind, level = ("or", OR) if token.kind == "or" else ("and", AND)
    begun = at_level(machine, kind, level, token)
    begun.items.append(machine.take_condition())


def _bar(machine: Machine, token: Token) -> None:
    """A bar closes the bars that are open; otherwise it opens new ones, or means "or"."""
    assert machine.operand is not None
    if machine.brackets[-1].kind == "bars":
        close_bracket(machine, token)
    elif machine.operand.kind == "condition":
        _logical(machine, token._replace(kind="or"))
    else:
        _juxtaposed(machine, token)


def _closing_bar(machine: Machine, token: Token) -> None:
    if machine.brackets[-1].kind != "bars":
        _refuse_after(machine, token)
    close_bracket(machine, token)


def _separator(machine: Machine, token: Token) -> None:
    """A comma; in cases also & and the end of a row."""
    bracket = machine.brackets[-1]
    if bracket.kind not in ("call", "pair", "cases"):
        raise complaints.misplaced_comma(machine, token)
    finish_above(machine, BRACKET)
    bracket.items.append(machine.take())


def _cell(machine: Machine, token: Token) -> None:
    if machine.brackets[-1].kind == "cases":
        _separator(machine, token)
    elif token.kind == "&" and machine.operand and machine.operand.kind == "condition":
        _logical(machine, token)
    else:
        _refuse_after(machine, token)


def _close(machine: Machine, token: Token) -> None:
    if CLOSES.get(machine.brackets[-1].sign) != token.value:
        raise complaints.wrong_close(machine, token)
    close_bracket(machine, token)


def _end(machine: Machine, token: Token) -> None:
    if len(machine.brackets) > 1:
        raise complaints.unclosed(machine.brackets[-1])
    finish_above(machine, BRACKET)


Handler = Callable[[Machine, Token], None]
STARTS: dict[str, Handler] = {
    **dict.fromkeys(SCALARS, _scalar),
    "function": _function,
    "open": _open,
    **dict.fromkeys(PAIRED, _open_paired),
    "√": _radical,
    "frac": _fraction,
}
BEFORE: dict[str, Handler] = STARTS | {
    "+": _plus_sign,
    "-": _minus_sign,
    "truth": _truth,
    "operand": _operand,
    "close": _close_after_row,
}
AFTER: dict[str, Handler] = dict.fromkeys(STARTS, _juxtaposed) | {
    "+": _sum,
    "-": _sum,
    "*": _product,
    "/": _product,
    "^": _power,
    **dict.fromkeys(POSTFIX, _postfix),
    "|": _bar,
    "|)": _closing_bar,
    "relation": _relation,
    "=": _relation,
    "and": _logical,
    "or": _logical,
    ",": _separator,
    "&": _cell,
    "row": _cell,
    "close": _close,
    "end": _end,
}
