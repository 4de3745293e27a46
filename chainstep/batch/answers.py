"""Given answers, compared with the derivative."""

from __future__ import annotations

import re
from typing import Any

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.arrays import Head, Quantity
from chainstep.batch.sheets import unquoted
from chainstep.definitions import in_order_of_use
from chainstep.derivation import Derivation, Equation
from chainstep.errors import ChainstepError, FalseLine, LimitExceeded
from chainstep.notation import DerivativeSymbol, Matrix, names_in, postorder
from chainstep.parser import parse
from chainstep.verify import verify

NAME = r"\(?(\\?\w+(?:_\{\w+\})?)\)?"
D = r"(?:\\partial\s*|[d∂])" + NAME
NAMED = re.compile(  # dL/dx = …, ∂L/∂x = …, \frac{dL}{dx} = …
    rf"(?:\\[dt]?frac\{{)?{D}\s*(?:/\s*|\}}\{{){D}\}}?\s*=(.*)", re.DOTALL
)
PRIMED = re.compile(  # f'(x) = …, y' = …
    rf"{NAME}\s*(?:['′]|\^\{{?\\prime\}}?)\s*(?:\(\s*{NAME}\s*\))?\s*=(.*)", re.DOTALL
)
BETWEEN = re.compile(r";\s*|\n(?=[^\n;]*=)")  # two answers
EQUALS = re.compile(r"(?<![<>!=])=(?!=)")
ENOUGH = 2  # variables that show how answers are written


class UnclearAnswer(ChainstepError):  # noqa: N818 - named for its cause
    """An answer that cannot be compared."""

    code = "unclear-answer"


def compared(answer: str, derivation: Derivation) -> dict[str, Any]:
    """Whether an answer is right: like a line of the derivation it is checked against the
    numerical derivative. For several variables there is one for each, in their order with
    semicolons between them, or as dL/dx = … with their names. None where it could not be
    compared, with the reason."""
    try:
        _check_kind(derivation)
        definitions = _definitions(derivation)
        lines = _lines(answer, derivation, definitions)
        graph, local_derivatives = derivation.graph, derivation.local_derivatives
        verdict = verify(definitions, graph, local_derivatives, lines, derivation.direction)
    except FalseLine:
        return _answer(answer, False, None)
    except ChainstepError as error:
        return _answer(answer, None, error.message)
    return _answer(answer, verdict.status == "verified" or None, verdict.reason)


def _answer(text: str, right: bool | None, reason: str | None) -> dict[str, Any]:
    return {"given": text, "right": right, "reason": reason}


def _check_kind(derivation: Derivation) -> None:
    """Only derivatives of numbers by numbers are compared."""
    given = [tree for equation in _given(derivation) for tree in (equation.left, *equation.rights)]
    trees = [*given, *derivation.variables, *derivation.gradient.values()]
    parts = (part for tree in trees if tree is not None for part in postorder(tree))
    if any(isinstance(part, Head | Quantity | Matrix) for part in parts):
        raise UnclearAnswer("answers with vectors or matrices are not compared")


def _given(derivation: Derivation) -> tuple[Equation, ...]:
    """What was differentiated, as it was read."""
    return derivation.definitions or (
        Equation(derivation.output, (derivation.read_as,)),  # type: ignore[arg-type]
    )


def _definitions(derivation: Derivation) -> list[tuple[Symbol, Basic]]:
    """What was differentiated, in the order of its use, the last the output."""
    given = _given(derivation)
    if any(equation.rights[0] is None for equation in given):
        raise LimitExceeded("the expression is too large")
    found = {str(equation.left): (equation.left, equation.rights[0]) for equation in given}
    trees = {name: tree for name, (_, tree) in found.items()}
    return [found[name] for name in in_order_of_use(trees, str(derivation.output))]


def _lines(
    answer: str, derivation: Derivation, definitions: list[tuple[Symbol, Basic]]
) -> list[Equation]:
    """An equation for each variable."""
    names = {str(name) for pair in definitions for tree in pair for name in names_in(tree)}
    lines = []
    for part, wrt in zip(_parts(answer, derivation, names), derivation.variables, strict=True):
        tree = parse(part, names).tree
        unknown = {str(name) for name in names_in(tree)} - names
        if unknown:
            raise UnclearAnswer(f"{min(unknown)} does not stand in the expression")
        lines.append(Equation(DerivativeSymbol(derivation.output, wrt), (tree,)))
    return lines


def _parts(answer: str, derivation: Derivation, names: set[str]) -> list[str]:
    """The answer for each variable, in their order."""
    variables = [str(variable) for variable in derivation.variables]
    several = len(variables) > 1
    whole = unquoted(answer.strip())
    parts = BETWEEN.split(whole.removesuffix(";")) if several else [whole]
    parts = [unquoted(part.strip()) for part in parts]
    named = [given for part in parts if (given := _named(part, variables))]
    if not named:
        if len(parts) != len(variables) or (several and any(map(EQUALS.search, parts))):
            raise UnclearAnswer(_how(derivation))
        return parts
    found = [[str(parse(name, names).tree) for name in given[:2]] for given in named]
    _check_output({of for of, _ in found}, derivation, names)
    if len(named) != len(parts) or sorted(wrt for _, wrt in found) != sorted(variables):
        raise UnclearAnswer(_how(derivation))
    by_name = {wrt: given[2] for (_, wrt), given in zip(found, named, strict=True)}
    return [by_name[name] for name in variables]


def _named(part: str, variables: list[str]) -> tuple[str, str, str] | None:
    """What an answer says that it is the derivative of, by what, and the rest of it."""
    if match := NAMED.fullmatch(part):
        return match[1], match[2], match[3]
    if len(variables) == 1 and (match := PRIMED.fullmatch(part)):
        return match[1], match[2] or variables[0], match[3]
    return None


def _check_output(given: set[str], derivation: Derivation, names: set[str]) -> None:
    """An answer names what was differentiated; what has no name may have any that is free."""
    output = str(derivation.output)
    taken = names if EQUALS.search(derivation.source) is None else given
    wrong = sorted(given & taken - {output})
    if wrong or len(given) > 1:
        named = " and ".join(wrong or sorted(given))
        raise UnclearAnswer(f"the answer is for {named}, and the output is {output}")


def _how(derivation: Derivation) -> str:
    """How answers are written."""
    names = [str(name) for name in derivation.variables[:ENOUGH]]
    more = "; …" * (len(derivation.variables) > ENOUGH)
    form = "; ".join(f"d{derivation.output}/d{name} = …" for name in names) + more
    if len(names) == 1:
        return f"the answer is written as {form}, or without the name"
    count = len(derivation.variables)
    return f"there are {count} variables: write {form}, or only the answers in this order"
