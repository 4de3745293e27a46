"""What is begun becomes an operand, once nothing that follows can belong to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from sympy import And, Eq, Ge, Gt, Le, Lt, Ne, Or

from chainstep.errors import LimitExceeded, WrongArguments
from chainstep.notation import MINUS_ONE
from chainstep.parser import complaints
from chainstep.parser.constants import ENDLESS
from chainstep.parser.expansion import counts, expanded
from chainstep.parser.forms import FORMS, inverse_of, root, square_root
from chainstep.parser.machine import Begun, Head, Machine
from chainstep.parser.tokens import Span, Token
from chainstep.parser.trees import Operand, across, as_whole

RELATIONS = {"<": Lt, ">": Gt, "<=": Le, ">=": Ge, "==": Eq, "=": Eq, "!=": Ne}


def finish_above(machine: Machine, level: int) -> None:
    """Finish all that holds the operand more tightly than `level`."""
    stack = machine.stack
    while stack[-1].level > level:
        begun = stack.pop()
        machine.operand = FINISH[begun.kind](machine, begun)


def at_level(machine: Machine, kind: str, level: int, token: Token) -> Begun:
    """What is begun at that level and waits for the operand; new if there is nothing."""
    finish_above(machine, level)
    top = machine.top
    return top if top.level == level else machine.begin(kind, level, token)


def join(machine: Machine, begun: Begun) -> None:
    """Take the operand into a sum or a product."""
    operand, items = machine.take_number(), begun.items
    if not begun.flag:
        items.append(operand)
    elif begun.kind == "sum":
        items.append(machine.trees.negative(operand, operand.span[0]))
    else:
        left = machine.trees.product(items)
        items[:] = [machine.trees.quotient(left, operand, across((left, operand)))]


def _finish_sum(machine: Machine, begun: Begun) -> Operand:
    join(machine, begun)
    return machine.trees.sum(begun.items)


def _finish_product(machine: Machine, begun: Begun) -> Operand:
    join(machine, begun)
    return machine.trees.product(begun.items)


def _finish_minus(machine: Machine, begun: Begun) -> Operand:
    operand = machine.take_number()
    return machine.trees.negative(operand, begun.span[0]) if begun.flag else operand


def _finish_power(machine: Machine, begun: Begun) -> Operand:
    base, exponent = begun.items[0], machine.take_number()
    span = across((base, exponent))
    try:
        return machine.trees.power(base, exponent, span)
    except LimitExceeded:
        outer = machine.top
        if outer.kind == "power" and outer.items[0].value is not None:
            return Operand(base.tree, ENDLESS, span)  # the error names the whole tower
        raise


def _finish_radical(machine: Machine, begun: Begun) -> Operand:
    radicand, degree = machine.take_number(), begun.head
    span = begun.span[0], radicand.span[1]
    if degree is None:
        return square_root(machine.trees, [radicand], span)
    return root(machine.trees, [radicand, degree], span)


def _finish_argument(machine: Machine, begun: Begun) -> Operand:
    argument = machine.take_number()
    return called(machine, begun.head, [argument], argument.span[1])


def _finish_relation(machine: Machine, begun: Begun) -> Operand:
    sides = [*begun.items, machine.take_number()]
    relations = []
    for sign, (left, right) in zip(begun.head, pairwise(sides), strict=True):
        tree = machine.trees.make(RELATIONS[sign], left.tree, right.tree)
        relations.append(Operand(tree, None, across((left, right))))
    return machine.trees.condition(And, relations)


def _finish_logical(machine: Machine, begun: Begun) -> Operand:
    parts = [*begun.items, machine.take_condition()]
    return machine.trees.condition(And if begun.kind == "and" else Or, parts)


FINISH: dict[str, Callable[[Machine, Begun], Operand]] = {
    "sum": _finish_sum,
    "product": _finish_product,
    "minus": _finish_minus,
    "power": _finish_power,
    "√": _finish_radical,
    "argument": _finish_argument,
    "relation": _finish_relation,
    "and": _finish_logical,
    "or": _finish_logical,
}


def called(machine: Machine, head: Head, items: list[Operand], end: int) -> Operand:
    """A function, with its order, base and exponent, of arguments that end at `end`."""
    name, exponent, span = head.name, head.exponent, (head.span[0], end)
    if exponent and exponent.tree is MINUS_ONE:
        name, exponent = _inverse(head), None
    parts = [part for part in (head.order, *items, head.base) if part]
    result = _value_of(machine, head, name, parts, span)
    return machine.trees.power(result, exponent, span) if exponent else result


def _value_of(
    machine: Machine, head: Head, name: str, parts: Sequence[Operand], span: Span
) -> Operand:
    """What a function becomes of its arguments."""
    form = FORMS.get(name)
    least, *more = (form.least, form.most) if form else counts(name)
    most = more[-1] if more else least
    if not least <= len(parts) <= most:
        raise complaints.wrong_count(head, least, most, len(parts))
    if form:
        return form.build(machine.trees, parts, span)
    operand = machine.read(machine.trees, expanded(name, parts, span))
    return as_whole(operand, span)


def _inverse(head: Head) -> str:
    """sin^-1 is arcsin."""
    if inverse := inverse_of(head.name):
        return inverse
    hint = f"for the reciprocal write 1/{head.name}(x)"
    raise WrongArguments(f"{head.name}^-1 has no fixed meaning", span=head.span, hint=hint)
