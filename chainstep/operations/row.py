"""What a row of the table is, and what rows are made of."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf, nextafter

import sympy
from mpmath import mp, mpf
from sympy import Abs, Expr, Gt, Lt, Ne, S, log, pi
from sympy.core.basic import Basic
from sympy.core.relational import Relational

from chainstep.notation import applied

Arguments = tuple[Basic, ...]
Varies = Callable[[Basic], bool]
Match = Callable[[Basic, Varies], Arguments | None]
Partial = Callable[[int, Arguments, Basic], Basic]
Inverse = Callable[[int, Arguments, Basic], Basic | None]
Number = Callable[[Basic], mpf | None]
Found = tuple[Basic, list[Basic]]
Preimages = Callable[[Arguments, Basic, Number], Found | None]
TWO = sympy.Integer(2)

# Where an operation is smooth, for its samples.
SMOOTH = (-2.0, 2.0)
ABOVE_ZERO = (0.5, 3.0)
INSIDE = (-0.9, 0.9)  # strictly between −1 and 1

# Which values a function takes: the lowest, the highest, and whether it is never 0.
POSITIVE = (0, inf, True)
NEVER_ZERO = (-inf, inf, True)
BETWEEN_ONES = (-1, 1)
RIGHT_ANGLE = nextafter(math.pi / 2, inf)  # the floats just above π/2 and π
STRAIGHT_ANGLE = nextafter(math.pi, inf)


@dataclass(frozen=True)
class Operation:
    """One row: an operation with fixed slots, as it is read, differentiated and written.

    `partial(slot, args, y)` is the derivative in the slot `slot` (from 0) at the arguments
    `args`; it may use `y`, the symbol of the value itself. `match(expr, varies)` gives the
    arguments if `expr` is of this kind, else None; a function is recognised by its `head`.
    `requires(*args)` are relations without which there is no derivative, `kinks(*args)`
    equations where the function exists and its derivative does not. `samples` is one interval
    per slot on which the operation is smooth. `numeric` computes the value of a function from
    mpmath numbers. `inverse(slot, args, y)` is a value of one argument at which the whole is y,
    the others held fixed; it is given where it is algebraic, or makes a derivative algebraic.
    `preimages(args, value, number)` are the argument that varies and all that it may be where
    the whole has a constant value; None if they cannot be written. `number` computes a constant.
    A row with preimages lists its `breaks`, and of one argument has no value outside `values`.
    """

    id: str
    law: str
    build: Callable[..., Expr]
    partial: Partial
    samples: tuple[tuple[float, float], ...]
    match: Match | None = None
    head: type | None = None
    spellings: tuple[str, ...] = ()
    latex: str = ""
    text: str = ""
    numeric: Callable | None = None
    requires: Callable[..., tuple[Relational, ...]] = lambda *args: ()
    kinks: Callable[..., tuple[Relational, ...]] | None = None
    jumps: bool = False  # at a kink, to a value that differs from those on both sides
    slot_laws: tuple[str, ...] = ()
    law_at: Callable[[int, Arguments], str] | None = None  # where it depends on the arguments
    values: tuple = ()  # low, high and whether never 0, where that is known
    idempotent: bool = False  # of two equal arguments it is either
    for_any_size: bool = False  # the value costs no more where an argument is huge
    inverse: Inverse | None = None
    preimages: Preimages | None = None
    breaks: tuple[Basic, ...] = ()  # arguments where it begins, ends, or jumps past a value
    commuting: int = 0  # how many arguments make one operand, where operands may change places

    def law_of(self, slot: int, args: Arguments) -> str:
        """The law in words for one slot."""
        if self.law_at:
            return self.law_at(slot, args)
        return self.slot_laws[slot] if self.slot_laws else self.law


def positive(u: Basic) -> tuple[Relational, ...]:
    return (
        () if (u.is_Number and u.is_positive) or u in (S.Exp1, pi) else (Gt(u, 0, evaluate=False),)
    )


def nonzero(u: Basic) -> tuple[Relational, ...]:
    return (Ne(u, 0, evaluate=False),)


def below_one(u: Basic) -> tuple[Relational, ...]:
    return (Lt(applied(Abs, u), 1, evaluate=False),)


def above_one(u: Basic) -> tuple[Relational, ...]:
    return (Gt(applied(Abs, u), 1, evaluate=False),)


def ln(u: Basic) -> Expr:
    return applied(log, u)


def function(
    id: str,
    head: type,
    spellings: str,
    latex: str,
    *partials: Callable[..., Basic],
    law: str = "",
    numeric: Callable | None = None,
    samples: tuple[tuple[float, float], ...] = (SMOOTH,),
    **more,
) -> Operation:
    """The row of a function. `partials` take the arguments and the symbol of the value."""
    names = tuple(spellings.split())
    plain = names[0]
    return Operation(
        id,
        law or id,
        build=partial(applied, head),
        partial=lambda slot, args, y: partials[slot](*args, y),
        samples=samples,
        head=head,
        spellings=names,
        latex=latex,
        text=more.pop("text", plain),
        numeric=numeric or getattr(mp, plain),
        **more,
    )


def roman(name: str) -> str:
    """A name in upright letters, in LaTeX."""
    return rf"\mathrm{{{name}}}"
