"""Tokens to an unevaluated sympy tree, exactly as written.

The parser knows two states: an operand is expected, or an operand is complete. What is
begun and not yet finished (a bracket, a sum, a power, the argument of a function) waits on
a stack, so no input is too deep. Equal subtrees become the very same object, so no later
comparison has to descend into them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from math import gcd
from typing import Any, NamedTuple

from mpmath import mp, mpf
from mpmath.libmp import NoConvergence
from sympy import And, Eq, Ge, Gt, Integer, Le, Lt, Ne, Or, Piecewise, Rational, S, Symbol
from sympy.core.basic import Basic

from chainstep.errors import (
    ChainstepError,
    EmptyExpression,
    LimitExceeded,
    UnclosedBracket,
    UndefinedConstant,
    UnexpectedToken,
    WrongArguments,
)
from chainstep.lexer import DIGITS, DIGITS_HINT, FUNCTIONS, SPACE, Token, clip, moved_by, tokenize
from chainstep.notation import MINUS_ONE, ONE, add, mul, negate, power
from chainstep.operations import BY_ID, OPERATIONS, Operation
from chainstep.operations.heads import DEFAULT_SLOPE

CHARACTERS = 1_000_000  # of a text
CONDITION_DEPTH = 100  # sympy walks through conditions recursively

Number = Any  # int or Fraction while it is small, then mpf, which has no type


@dataclass(frozen=True)
class Parsed:
    """What was read: the tree, the name in front of "=", whether a decimal point was used."""

    tree: Basic
    output: str | None
    decimals: bool


def parse(text: str, names: Collection[str] = ()) -> Parsed:
    """The tree of an expression, plain or LaTeX, or of a definition `y = …`.

    `names` are names of several letters that are taken as one name without question.
    Raises the ChainstepError that says what is wrong, and where.

    >>> parse("y = 2x*sin(x)").tree.args
    (2, x, sin(x))
    """
    return parse_part(text, 0, len(text), names)


def parse_part(text: str, start: int, end: int, names: Collection[str] = ()) -> Parsed:
    """The same for text[start:end], one of several definitions; errors point into `text`.

    >>> parse_part("a = 2; b = a + x", 7, 16).output
    'b'
    """
    try:
        if end - start > CHARACTERS:
            message = f"the text has more than {CHARACTERS} characters"
            raise LimitExceeded(message, hint="split it into smaller expressions")
        start, end = _inside_dollars(text, start, end)
        with moved_by(start):
            return _parse_piece(text[start:end], names)
    except ChainstepError as error:
        error.source = text
        raise


def _inside_dollars(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without the signs that surround a formula in LaTeX."""
    for opening, closing in (("", ""), ("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")):
        inside = start + len(opening), end - len(closing)
        if text.startswith(opening, start, inside[1]) and text.endswith(closing, inside[0], end):
            start, end = inside
            end = start + len(text[start:end].rstrip(SPACE))
            start = end - len(text[start:end].lstrip(SPACE))
    return start, end


def _parse_piece(text: str, names: Collection[str]) -> Parsed:
    tokens = tokenize(text, names)
    output, first = _split_definition(tokens)
    tree = _Parser(text, tokens[first:]).run()
    decimals = any("." in text[t.start : t.end] for t in tokens if t.kind == "number")
    return Parsed(tree, output, decimals)


def _split_definition(tokens: Sequence[Token]) -> tuple[str | None, int]:
    """The name defined by `y =` or `f(x) =`, and where the expression begins."""
    equals = 1
    if tokens[0].kind == "name" and tokens[1].kind == "open":
        equals = next(i for i, t in enumerate(tokens[2:], 2) if t.kind not in ("name", ",")) + 1
        equals = equals if tokens[equals - 1].kind == "close" else 0
    if tokens[0].kind != "name" or tokens[equals].kind != "=":
        return None, 0
    output = tokens[0].value
    for token in tokens[equals + 1 :]:
        if token.kind == "name" and token.value == output:
            raise UnexpectedToken(f"'{output}' stands on both sides of =", span=token.span)
    return output, equals + 1


# --- Numbers that stand in the text -------------------------------------------------------

SMALL = 2_000  # bits: a larger number is not calculated exactly
BITS = 33_220  # of a number of 10000 digits
LARGEST_ARGUMENT = 10**18
FOR_ANY_ARGUMENT = frozenset(
    {"ln", "logarithm", "root", "absolute-value", "sign", "max", "min", "relu", "leaky-relu"}
)
NOISE = mpf("1e-30")  # relative; numbers are calculated to 40 digits
ENDLESS = mpf("inf")  # stands for a power too large to be calculated
FAILURES = (ArithmeticError, ValueError, NoConvergence)
precisely = mp.workdps(40)
E_VALUE = precisely(lambda: +mp.e)()
PI_VALUE = precisely(lambda: +mp.pi)()


class _UndefinedError(Exception):
    """There is no such real number."""


class _TooLargeError(Exception):
    """The number has too many digits."""


class _TooFarError(Exception):
    """The argument of a function is too large."""


def _is_exact(value: Number) -> bool:
    return isinstance(value, int | Fraction)


def _inexact(value: Number) -> Number:
    return mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpf(value)


def _bits(value: int | Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _checked(value: Number) -> Number:
    """The value within the limits; exact as long as it is small."""
    if _is_exact(value) and _bits(value) <= SMALL:
        return value
    value = _inexact(value)
    if not mp.isfinite(value):
        raise _UndefinedError
    if value and abs(mp.mag(value)) > BITS:
        raise _TooLargeError
    return value


def _plus(a: Number, b: Number) -> Number:
    if _is_exact(a) and _is_exact(b):
        return _checked(a + b)
    a, b = _inexact(a), _inexact(b)
    return _checked(a + b) if abs(a + b) > NOISE * max(abs(a), abs(b)) else 0


def _times(a: Number, b: Number) -> Number:
    return _checked(a * b if _is_exact(a) and _is_exact(b) else _inexact(a) * _inexact(b))


@precisely
def _sum(*values: Number) -> Number:
    total = 0
    for value in values:
        total = _plus(total, value)
    return total


@precisely
def _product(*values: Number) -> Number:
    product = 1
    for value in values:
        product = _times(product, value)
    return product


@precisely
def _quotient(a: Number, b: Number) -> Number:
    exact = _is_exact(a) and _is_exact(b)
    return _checked(Fraction(a) / Fraction(b) if exact else _inexact(a) / _inexact(b))


@precisely
def _raised(base: Number, exponent: Number) -> Number:
    if exponent == ENDLESS:
        raise _TooLargeError
    a, b = _inexact(base), _inexact(exponent)
    nearest = mp.nint(b)
    whole = abs(nearest - b) <= NOISE * abs(nearest)
    if (a == 0 and b <= 0) or (a < 0 and not whole):
        raise _UndefinedError
    if a == 0:
        return 0
    if abs(mp.log10(abs(a)) * b) > DIGITS:
        raise _TooLargeError
    if whole and _is_exact(base) and abs(nearest) * _bits(base) <= SMALL:
        return _checked(Fraction(base) ** int(nearest))
    return _checked(a ** (int(nearest) if whole else b))


def _attempt(row: Operation, arguments: Sequence[Number]) -> Number | None:
    """The value of a function, None where it is not a real number."""
    assert row.numeric is not None
    try:
        value = mp.convert(row.numeric(*arguments))
    except FAILURES:
        return None
    return value if isinstance(value, mpf) and mp.isfinite(value) else None


@precisely
def _called(row: Operation, *values: Number) -> Number:
    """The value of a function. What changes wholly with a little noise is a zero or a pole."""
    if row.id not in FOR_ANY_ARGUMENT and any(abs(value) > LARGEST_ARGUMENT for value in values):
        raise _TooFarError
    found = []
    for noise in (0, NOISE, -NOISE):
        shaken = [_inexact(v) if _is_exact(v) else v * (1 + noise) for v in values]
        found.append(_attempt(row, shaken))
        if all(map(_is_exact, values)):
            break
    real = [value for value in found if value is not None]
    if not real:
        raise _UndefinedError
    value = real[0]
    if 2 * max(abs(other - value) for other in real) <= abs(value):
        return _checked(value)
    if abs(value) > 1:
        raise _UndefinedError
    return 0


# --- Trees --------------------------------------------------------------------------------

Span = tuple[int, int]
ROWS = {spelling: row for row in OPERATIONS for spelling in row.spellings}
LOGARITHM, LN, EXP, ROOT = (BY_ID[id] for id in ("logarithm", "ln", "exponential-e", "root"))
ABSOLUTE, PIECEWISE = BY_ID["absolute-value"], BY_ID["piecewise"]
RELATIONS = {"<": Lt, ">": Gt, "<=": Le, ">=": Ge, "==": Eq, "=": Eq, "!=": Ne}
RELATIONS = {sign: partial(relation, evaluate=False) for sign, relation in RELATIONS.items()}


class Operand(NamedTuple):
    """A complete part of the expression.

    `value` is its number, None if it depends on a name. `kind` is "literal" for an integer
    as written, "product" for a flat product, "condition", "pair" (of a piecewise), or "".
    """

    tree: Any
    value: Number | None
    span: Span
    kind: str = ""


def _across(parts: Sequence[Operand]) -> Span:
    return parts[0].span[0], parts[-1].span[1]


def _all_of(*conditions: Basic) -> Basic:
    return And._from_args(conditions, is_commutative=True)


def _any_of(*conditions: Basic) -> Basic:
    return Or._from_args(conditions, is_commutative=True)


class _Trees:
    """Makes trees of operands; equal trees are made once."""

    def __init__(self, text: str):
        self.text = text
        self.made: dict[tuple, Basic] = {}
        self.leaves: dict[Any, Basic] = {}

    def make(self, build: Callable[..., Basic], *arguments: Basic) -> Basic:
        """The tree that `build` makes of trees that were made here."""
        key = (build, *map(id, arguments))
        tree = self.made.get(key)
        if tree is None:
            tree = self.made[key] = build(*arguments)
        return tree

    def leaf(self, tree: Basic) -> Basic:
        return self.leaves.setdefault(tree, tree)

    def name(self, name: str) -> Basic:
        tree = self.leaves.get(name)
        if tree is None:
            tree = self.leaves[name] = Symbol(name, real=True)
        return tree

    def undefined(self, span: Span) -> UndefinedConstant:
        return UndefinedConstant(f"{clip(self.text[slice(*span)])} is not defined", span=span)

    def value(self, compute: Callable[..., Number], parts: Sequence[Operand], span: Span):
        """The number that `compute` gives, None if a part is no number."""
        values = [part.value for part in parts]
        if any(value is None for value in values):
            return None
        try:
            return compute(*values)
        except _TooLargeError:
            message = f"{clip(self.text[slice(*span)])} is a number with more than {DIGITS} digits"
            raise LimitExceeded(message, span=span, hint=DIGITS_HINT) from None
        except _TooFarError:
            message = f"an argument in {clip(self.text[slice(*span)])} is larger than 10^18"
            raise LimitExceeded(message, span=span, hint="arguments may go up to 10^18") from None
        except _UndefinedError:
            raise self.undefined(span) from None

    def number(self, value: int | Fraction, span: Span) -> Operand:
        kind = "literal" if isinstance(value, int) else ""
        tree = Integer(value) if kind else Rational(value.numerator, value.denominator)
        number = Operand(self.leaf(tree), value, span, kind)
        if _bits(value) <= SMALL:
            return number
        return number._replace(value=self.value(_product, [number], span))

    def sum(self, terms: Sequence[Operand]) -> Operand:
        span = _across(terms)
        tree = self.make(add, *(term.tree for term in terms))
        return Operand(tree, self.value(_sum, terms, span), span)

    def product(self, factors: Sequence[Operand]) -> Operand:
        if len(factors) == 1:
            return factors[0]
        span = _across(factors)
        tree = self.make(mul, *(factor.tree for factor in factors))
        return Operand(tree, self.value(_product, factors, span), span, "product")

    def negative(self, operand: Operand, start: int) -> Operand:
        tree = negate(operand.tree)
        if tree.is_Number:
            tree = self.leaf(tree)
        elif tree.is_Mul:
            tree = self.make(mul, *(self.leaf(a) if a.is_Number else a for a in tree.args))
        value = None if operand.value is None else _product(-1, operand.value)
        return Operand(tree, value, (start, operand.span[1]), operand.kind)

    def quotient(self, left: Operand, right: Operand, span: Span) -> Operand:
        if right.value == 0:
            raise self.undefined(span)
        value = self.value(_quotient, (left, right), span)
        if right.kind != "literal":
            factor = self.make(power, right.tree, MINUS_ONE)
        elif left.kind == "literal" and gcd(left.tree.p, right.tree.p) == 1:
            return Operand(self.leaf(Rational(left.tree.p, right.tree.p)), value, span)
        else:
            factor = self.leaf(Rational(1, right.tree.p))
        if left.tree is ONE:
            return Operand(factor, value, span)
        factors = left.tree.args if left.kind == "product" else (left.tree,)
        return Operand(self.make(mul, *factors, factor), value, span)

    def power(self, base: Operand, exponent: Operand, span: Span) -> Operand:
        try:
            value = self.value(_raised, (base, exponent), span)
        except UndefinedConstant as error:
            degree = exponent.tree.q if exponent.tree.is_Rational else 1
            if degree > 1 and degree % 2:
                error.hint = f"for the real root write root(…, {degree})"
            raise
        if base.tree is S.Exp1:
            return Operand(self.make(EXP.build, exponent.tree), value, span)
        return Operand(self.make(power, base.tree, exponent.tree), value, span)

    def apply(self, row: Operation, parts: Sequence[Operand], span: Span) -> Operand:
        tree = self.make(row.build, *(part.tree for part in parts))
        return Operand(tree, self.value(partial(_called, row), parts, span), span)

    def condition(self, build: Callable[..., Basic], parts: Sequence[Operand]) -> Operand:
        """A condition; sympy walks through it recursively, so it must not be deep."""
        tree = parts[0].tree
        if len(parts) > 1:
            tree = self.make(build, *(part.tree for part in parts))
        layer, span = {id(tree): tree}, _across(parts)
        for _ in range(CONDITION_DEPTH):
            layer = {id(part): part for whole in layer.values() for part in whole.args}
            if any(isinstance(part, Piecewise) for part in layer.values()):
                raise UnexpectedToken("a piecewise cannot stand in a condition", span=span)
        if layer:
            message = f"a condition may be nested up to {CONDITION_DEPTH} levels deep"
            raise LimitExceeded(message, span=span)
        return Operand(tree, None, span, "condition")


# --- Functions that are written with other means, or in several ways ----------------------


def _constant(tree: Any, span: Span) -> Operand:
    """A number that a function brings along: the 10 of log10."""
    return Operand(tree, Fraction(tree.p, tree.q), span, "literal")


def _square_root(trees: _Trees, parts: Sequence[Operand], span: Span) -> Operand:
    return trees.power(parts[0], _constant(S.Half, span), span)


def _root(trees: _Trees, parts: Sequence[Operand], span: Span) -> Operand:
    """Roots of odd degree exist for negative numbers too; the others are powers."""
    radicand, degree = parts
    if degree.tree.is_Integer and degree.tree.p >= 3 and degree.tree.p % 2:
        return trees.apply(ROOT, parts, span)
    return trees.power(radicand, trees.quotient(_constant(ONE, span), degree, span), span)


def _logarithm(trees: _Trees, parts: Sequence[Operand], span: Span) -> Operand:
    if len(parts) == 1 or parts[1].tree is S.Exp1:
        return trees.apply(LN, parts[:1], span)
    base = parts[1].value
    if base is not None and (base <= 0 or base == 1):
        raise trees.undefined(span)
    return trees.apply(LOGARITHM, parts, span)


def _with(build: Callable[..., Operand], tree: Basic) -> Callable[..., Operand]:
    """The function of two arguments with the second one given: cbrt, log10, leaky_relu."""

    def apply(trees: _Trees, parts: Sequence[Operand], span: Span) -> Operand:
        return build(trees, [*parts, _constant(trees.leaf(tree), span)][:2], span)

    return apply


def _leaky_relu(trees: _Trees, parts: Sequence[Operand], span: Span) -> Operand:
    return trees.apply(BY_ID["leaky-relu"], parts, span)


def _nested(id: str) -> Callable[..., Operand]:
    """max(a, b, c) is max(max(a, b), c)."""

    def apply(trees: _Trees, parts: Sequence[Operand], span: Span) -> Operand:
        result = parts[0]
        for part in parts[1:]:
            result = trees.apply(BY_ID[id], (result, part), span)
        return result

    return apply


def _polygamma(trees: _Trees, parts: Sequence[Operand], span: Span) -> Operand:
    order = parts[0]
    if not (order.tree.is_Integer and order.tree.p >= 0):
        raise WrongArguments("the order of polygamma is a number 0, 1, 2, …", span=order.span)
    return trees.apply(BY_ID["polygamma-function"], parts, span)


def _piecewise(trees: _Trees, parts: Sequence[Operand], span: Span) -> Operand:
    slots = (tree for part in parts for tree in part.tree)
    return Operand(trees.make(PIECEWISE.build, *slots), None, span)


class Form(NamedTuple):
    """How a function is read: how many arguments it takes, and what it becomes."""

    least: int
    most: int
    apply: Callable[[_Trees, Sequence[Operand], Span], Operand]


def _form_of(row: Operation) -> Form:
    count = len(row.samples)
    return Form(count, count, lambda trees, parts, span: trees.apply(row, parts, span))


MANY = CHARACTERS
FORMS = {spelling: _form_of(row) for spelling, row in ROWS.items()}
FORMS |= {
    "sqrt": Form(1, 1, _square_root),
    "cbrt": Form(1, 1, _with(_root, Integer(3))),
    "root": Form(2, 2, _root),
    "log": Form(1, 2, _logarithm),
    "log2": Form(1, 1, _with(_logarithm, Integer(2))),
    "log10": Form(1, 1, _with(_logarithm, Integer(10))),
    "lg": Form(1, 1, _with(_logarithm, Integer(10))),
    "polygamma": Form(2, 2, _polygamma),
}
FORMS |= {name: Form(2, MANY, _nested(id)) for id in ("max", "min") for name in BY_ID[id].spellings}
FORMS |= dict.fromkeys(BY_ID["leaky-relu"].spellings, Form(1, 2, _with(_leaky_relu, DEFAULT_SLOPE)))
FORMS |= dict.fromkeys(PIECEWISE.spellings, Form(1, MANY, _piecewise))


# --- The parser ---------------------------------------------------------------------------

# How tightly an open construct holds its operand; brackets hold it until they are closed.
BRACKET, OR, AND, RELATION, SUM, MINUS = range(6)
PRODUCT, ARGUMENT, JUXTAPOSED, SIGN, POWER, RADICAL = range(6, 12)
CLOSES = {"(": ")", "[": "]", "{": "}", r"\{": r"\}", r"\begin": r"\end"}
SCALARS = frozenset({"number", "name", "constant"})
SUBSCRIPT_HINT = "a subscript follows a name, as in x_1 or w_{ij}"
DEGREES = {"√": None, r"\sqrt": None, 3: Integer(3), 4: Integer(4)}


@dataclass(slots=True)
class _Head:
    """A function whose argument is still to come: sin^2, log_b."""

    name: str
    span: Span
    base: Operand | None = None
    exponent: Operand | None = None


@dataclass(slots=True)
class _Open:
    """A construct that is begun and not finished, and its operands so far.

    `flag` says what the next operand is: subtracted in a sum, divided by in a product,
    negated after a minus. `sign` is the bracket or operator, `head` what belongs to the kind.
    """

    kind: str
    level: int
    span: Span
    sign: Any = ""
    head: Any = None
    flag: bool = False
    items: list[Operand] = field(default_factory=list)


class _Parser:
    def __init__(self, text: str, tokens: Sequence[Token]):
        self.text = text
        self.tokens = tokens
        self.next = 0
        self.trees = _Trees(text)
        self.operand: Operand | None = None
        self.stack = [_Open("whole", BRACKET, tokens[0].span)]
        self.brackets = self.stack[:]  # those of the stack that are brackets

    def run(self) -> Basic:
        """The tree of all the tokens."""
        if len(self.tokens) == 1:
            hint = "for example sin(x^2)"
            raise EmptyExpression("there is no expression", span=self.tokens[0].span, hint=hint)
        while self.next < len(self.tokens):
            token = self._advance()
            if self.operand is None:
                BEFORE.get(token.kind, _Parser._refuse)(self, token)
            else:
                AFTER.get(token.kind, _Parser._refuse_after)(self, token)
        return self._take().tree

    def _advance(self) -> Token:
        self.next += 1
        return self.tokens[self.next - 1]

    @property
    def _before(self) -> Token:
        """The token in front of the one at hand."""
        return self.tokens[self.next - 2]

    # The operand and the stack

    def _take(self) -> Operand:
        """The complete operand, for use as a number."""
        operand = self._take_any()
        if operand.kind == "condition":
            message = "a condition can only stand in a piecewise"
            hint = "piecewise((value, condition), …, (value, otherwise))"
            raise UnexpectedToken(message, span=operand.span, hint=hint)
        if operand.kind == "pair":
            raise UnexpectedToken("a pair stands alone in a piecewise", span=operand.span)
        return operand

    def _take_condition(self) -> Operand:
        operand = self._take_any()
        if operand.kind != "condition":
            hint = "as in x < 0, or otherwise"
            raise UnexpectedToken("a condition is expected here", span=operand.span, hint=hint)
        return operand

    def _take_any(self) -> Operand:
        operand, self.operand = self.operand, None
        assert operand is not None
        return operand

    def _push(
        self, kind: str, level: int, token: Token, head: Any = None, flag: bool = False
    ) -> _Open:
        opened = _Open(kind, level, token.span, token.value, head, flag)
        self.stack.append(opened)
        if level == BRACKET:
            self.brackets.append(opened)
        return opened

    def _at_level(self, kind: str, level: int, token: Token) -> _Open:
        """The construct of that level that waits for the operand; a new one if there is none."""
        self._finish_above(level)
        top = self.stack[-1]
        return top if top.level == level else self._push(kind, level, token)

    def _finish_above(self, level: int) -> None:
        """Finish all that holds the operand more tightly than `level`."""
        while self.stack[-1].level > level:
            opened = self.stack.pop()
            self.operand = FINISH[opened.kind](self, opened)

    # Finishing: what a construct becomes.

    def _join(self, opened: _Open) -> None:
        operand, items = self._take(), opened.items
        if not opened.flag:
            items.append(operand)
        elif opened.kind == "sum":
            items.append(self.trees.negative(operand, operand.span[0]))
        else:
            left = self.trees.product(items)
            items[:] = [self.trees.quotient(left, operand, _across((left, operand)))]

    def _finish_sum(self, opened: _Open) -> Operand:
        self._join(opened)
        return self.trees.sum(opened.items)

    def _finish_product(self, opened: _Open) -> Operand:
        self._join(opened)
        return self.trees.product(opened.items)

    def _finish_minus(self, opened: _Open) -> Operand:
        operand = self._take()
        return self.trees.negative(operand, opened.span[0]) if opened.flag else operand

    def _finish_power(self, opened: _Open) -> Operand:
        base, exponent = opened.items[0], self._take()
        span = _across((base, exponent))
        try:
            return self.trees.power(base, exponent, span)
        except LimitExceeded:
            outer = self.stack[-1]
            if outer.kind == "power" and outer.items[0].value is not None:
                return Operand(base.tree, ENDLESS, span)  # the error names the whole tower
            raise

    def _finish_radical(self, opened: _Open) -> Operand:
        radicand, degree = self._take(), opened.head
        span = opened.span[0], radicand.span[1]
        if degree is None:
            return _square_root(self.trees, [radicand], span)
        return _root(self.trees, [radicand, degree], span)

    def _finish_argument(self, opened: _Open) -> Operand:
        argument = self._take()
        return self._apply(opened.head, [argument], argument.span[1])

    def _finish_relation(self, opened: _Open) -> Operand:
        sides = [*opened.items, self._take()]
        relations = []
        for sign, left, right in zip(opened.head, sides, sides[1:], strict=False):
            tree = self.trees.make(RELATIONS[sign], left.tree, right.tree)
            relations.append(Operand(tree, None, _across((left, right))))
        return self.trees.condition(_all_of, relations)

    def _finish_logical(self, opened: _Open) -> Operand:
        parts = [*opened.items, self._take_condition()]
        return self.trees.condition(_all_of if opened.kind == "and" else _any_of, parts)

    # An operand is expected.

    def _number(self, token: Token) -> None:
        self.operand = self.trees.number(token.value, token.span)

    def _name(self, token: Token) -> None:
        self.operand = Operand(self.trees.name(token.value), None, token.span)

    def _constant(self, token: Token) -> None:
        tree, value = (S.Exp1, E_VALUE) if token.value == "e" else (S.Pi, PI_VALUE)
        self.operand = Operand(tree, value, token.span)

    def _truth(self, token: Token) -> None:
        self.operand = Operand(S.true, None, token.span, "condition")

    def _plus_sign(self, token: Token) -> None:
        if self.stack[-1].kind in ("argument", "√"):
            self._refuse(token)

    def _minus_sign(self, token: Token) -> None:
        """−x² is −(x²) and −3x is −(3x), but in 2·−x or 2^−x the sign belongs to x."""
        top = self.stack[-1]
        if top.kind in ("argument", "√"):
            self._refuse(token)
        elif top.kind == "minus":
            top.flag = not top.flag
        else:
            self._push("minus", SIGN if top.level >= PRODUCT else MINUS, token, flag=True)

    def _open(self, token: Token) -> None:
        top = self.stack[-1]
        in_piecewise = top.kind == "call" and top.head.name in PIECEWISE.spellings
        kind = "cases" if token.value == r"\begin" else "pair" if in_piecewise else "group"
        self._push(kind, BRACKET, token)

    def _open_bars(self, token: Token) -> None:
        self._push("bars", BRACKET, token)

    def _radical(self, token: Token) -> None:
        if token.value == r"\sqrt" and self.tokens[self.next].value == "[":
            self._push("degree", BRACKET, self._advance(), token)
            return
        degree = DEGREES[token.value]
        self._push("√", RADICAL, token, degree and _constant(degree, token.span))

    def _function(self, token: Token) -> None:
        self._read_argument(_Head(token.value, token.span))

    def _read_argument(self, head: _Head) -> None:
        """Read on after the name of a function: its base, its exponent, its argument."""
        token = self.tokens[self.next]
        if token.kind == "_" and head.name == "log" and head.base is None:
            self.next += 1
            self._read_group("base", head)
        elif token.kind == "^" and head.exponent is None:
            self.next += 1
            self._read_group("exponent", head)
        elif token.kind == "open" and token.value != r"\begin":
            self.next += 1
            self._push("call", BRACKET, token, head)
        else:
            self._push("argument", ARGUMENT, token, head)

    def _fraction(self, token: Token) -> None:
        self._read_group("numerator", token)

    def _read_group(self, kind: str, head: Any) -> None:
        """Read the bracket, the name or the number that follows \\frac, sin^ or log_."""
        token = self._advance()
        if token.kind == "open":
            self._push(kind, BRACKET, token, head)
            return
        start = token.start
        negative = kind == "exponent" and token.kind == "-"
        if negative:
            token = self._advance()
        if token.kind not in SCALARS:
            self._refuse(token)
        if kind in ("numerator", "denominator") and self._is_long_number(token):
            hint = r"write braces, as in \frac{10}{3}"
            raise UnexpectedToken("where does this number end?", span=token.span, hint=hint)
        BEFORE[token.kind](self, token)
        operand = self._take()
        operand = self.trees.negative(operand, start) if negative else operand
        CLOSE[kind](self, _Open(kind, BRACKET, operand.span, head=head, items=[operand]), token.end)

    def _is_long_number(self, token: Token) -> bool:
        return token.kind == "number" and token.end - token.start > 1

    # An operand is complete.

    def _sum(self, token: Token) -> None:
        opened = self._at_level("sum", SUM, token)
        self._join(opened)
        opened.flag = token.kind == "-"

    def _product(self, token: Token) -> None:
        opened = self._at_level("product", PRODUCT, token)
        self._join(opened)
        opened.flag = token.kind == "/"

    def _juxtaposed(self, token: Token) -> None:
        """2x is a product; a function ends the bracketless argument of the one before it."""
        before = self._before
        if token.kind == "number" and before.kind in SCALARS:
            hint = f"for a product write {self._shown(before)}*{self._shown(token)}"
            message = "an operator is missing in front of this number"
            raise UnexpectedToken(message, span=token.span, hint=hint)
        self._finish_above(JUXTAPOSED)
        in_argument = self.stack[-1].level in (ARGUMENT, JUXTAPOSED)
        if in_argument and token.kind == "√":
            self._refuse_unclear_argument(token)
        ends = not in_argument or token.kind in ("function", "√")
        opened = self._at_level("product", PRODUCT if ends else JUXTAPOSED, token)
        self._join(opened)
        opened.flag = False
        BEFORE[token.kind](self, token)

    def _power(self, token: Token) -> None:
        if self.stack[-1].kind == "√" and self._before.kind != "close":
            message, hint = "what is raised to this power?", "write √(x^2) or (√x)^2"
            raise UnexpectedToken(message, span=token.span, hint=hint)
        self._finish_above(POWER)
        self._push("power", POWER, token).items.append(self._take())

    def _relation(self, token: Token) -> None:
        if token.kind == "=" and self.brackets[-1].kind == "whole":
            message, hint = "only a name can stand in front of =", "as in y = x^2"
            raise UnexpectedToken(message, span=token.span, hint=hint)
        opened = self._at_level("relation", RELATION, token)
        opened.head = opened.head or []
        opened.head.append(token.value)
        opened.items.append(self._take())

    def _logical(self, token: Token) -> None:
        kind, level = ("or", OR) if token.kind == "or" else ("and", AND)
        opened = self._at_level(kind, level, token)
        opened.items.append(self._take_condition())

    def _bar(self, token: Token) -> None:
        """A bar closes the bars that are open; otherwise it opens new ones, or means "or"."""
        assert self.operand is not None
        if self.brackets[-1].kind == "bars":
            self._close_bracket(token)
        elif self.operand.kind == "condition":
            self._logical(token._replace(kind="or"))
        else:
            self._juxtaposed(token)

    def _closing_bar(self, token: Token) -> None:
        if self.brackets[-1].kind != "bars":
            self._refuse_after(token)
        self._close_bracket(token)

    def _separator(self, token: Token) -> None:
        """A comma; in cases also & and the end of a row."""
        bracket = self.brackets[-1]
        if bracket.kind not in ("call", "pair", "cases"):
            self._refuse_separator(token)
        self._finish_above(BRACKET)
        bracket.items.append(self._take_any())

    def _cell(self, token: Token) -> None:
        if self.brackets[-1].kind == "cases":
            self._separator(token)
        elif token.kind == "&":
            self._logical(token)
        else:
            self._refuse_after(token)

    def _close(self, token: Token) -> None:
        if CLOSES.get(self.brackets[-1].sign) != token.value:
            self._refuse_close(token)
        self._close_bracket(token)

    def _close_bracket(self, token: Token) -> None:
        self._finish_above(BRACKET)
        self.stack.pop()
        bracket = self.brackets.pop()
        if self.operand is not None:
            bracket.items.append(self._take_any())
        CLOSE[bracket.kind](self, bracket, token.end)

    def _close_after_row(self, token: Token) -> None:
        """A bracket closes where an operand is expected: right only after a row of cases."""
        if self.stack[-1].kind != "cases" or not self.stack[-1].items:
            self._refuse(token)
        self._close(token)

    def _end(self, token: Token) -> None:
        if len(self.brackets) > 1:
            self._refuse_unclosed()
        self._finish_above(BRACKET)

    # Closing: what the content of a bracket becomes.

    def _content(self, bracket: _Open) -> Operand:
        self.operand = bracket.items[0]
        return self._take()

    def _close_group(self, bracket: _Open, end: int) -> None:
        tree, value, _, kind = bracket.items[0]
        kind = "" if kind == "product" else kind
        self.operand = Operand(tree, value, (bracket.span[0], end), kind)

    def _close_bars(self, bracket: _Open, end: int) -> None:
        span = bracket.span[0], end
        self.operand = self.trees.apply(ABSOLUTE, [self._content(bracket)], span)

    def _close_call(self, bracket: _Open, end: int) -> None:
        self.operand = self._apply(bracket.head, bracket.items, end)

    def _close_base(self, bracket: _Open, end: int) -> None:
        bracket.head.base = self._content(bracket)
        self._read_argument(bracket.head)

    def _close_exponent(self, bracket: _Open, end: int) -> None:
        bracket.head.exponent = self._content(bracket)
        self._read_argument(bracket.head)

    def _close_degree(self, bracket: _Open, end: int) -> None:
        self._push("√", RADICAL, bracket.head, self._content(bracket))

    def _close_numerator(self, bracket: _Open, end: int) -> None:
        self._read_group("denominator", (bracket.head.start, self._content(bracket)))

    def _close_denominator(self, bracket: _Open, end: int) -> None:
        start, numerator = bracket.head
        self.operand = self.trees.quotient(numerator, self._content(bracket), (start, end))

    def _close_pair(self, bracket: _Open, end: int) -> None:
        self.operand = self._pair(bracket.items, (bracket.span[0], end))

    def _close_cases(self, bracket: _Open, end: int) -> None:
        items = bracket.items
        rows = [items[i : i + 2] for i in range(0, len(items), 2)]
        pairs = [self._pair(row, _across(row)) for row in rows]
        self.operand = _piecewise(self.trees, pairs, (bracket.span[0], end))

    def _pair(self, items: Sequence[Operand], span: Span) -> Operand:
        if len(items) != 2:
            hint = "as in piecewise((x^2, x < 0), (x, otherwise))"
            raise WrongArguments("a value and a condition are expected", span=span, hint=hint)
        self.operand = items[0]
        value = self._take().tree
        self.operand = items[1]
        return Operand((value, self._take_condition().tree), None, span, "pair")

    # Functions

    def _apply(self, head: _Head, items: list[Operand], end: int) -> Operand:
        name, span = head.name, (head.span[0], end)
        for self.operand in items:
            if name not in PIECEWISE.spellings:
                self._take()
            elif self.operand.kind != "pair":
                self._pair([self.operand], self.operand.span)
        self.operand = None
        parts = [*items, head.base] if head.base else items
        exponent = head.exponent
        if exponent and exponent.tree is MINUS_ONE:
            name, exponent = self._inverse(head), None
        form = FORMS[name]
        if not form.least <= len(parts) <= form.most:
            self._refuse_count(head, form, len(parts))
        result = form.apply(self.trees, parts, span)
        return self.trees.power(result, exponent, span) if exponent else result

    def _inverse(self, head: _Head) -> str:
        """sin^-1 is arcsin."""
        name = ROWS[head.name].spellings[0] if head.name in ROWS else head.name
        for inverse in (f"a{name}", f"arc{name}"):
            if inverse in FUNCTIONS:
                return inverse
        hint = f"for the reciprocal write 1/{head.name}(x)"
        raise WrongArguments(f"{head.name}^-1 has no fixed meaning", span=head.span, hint=hint)

    # Errors

    def _shown(self, token: Token) -> str:
        return clip(self.text[token.start : token.end])

    def _refuse(self, token: Token) -> None:
        """Raise the error for a token where an operand is expected."""
        top = self.stack[-1]
        if top.kind == "argument":
            self._refuse_no_argument(top.head, top.head.span)
        if token.kind == "end":
            self._refuse_end(top)
        if token.kind == "close":
            self._refuse_empty(top, token)
        hint = SUBSCRIPT_HINT if token.kind == "_" else None
        message = f"'{self._shown(token)}' cannot stand here: a number or a name is expected"
        raise UnexpectedToken(message, span=token.span, hint=hint)

    def _refuse_no_argument(self, head: _Head, span: Span) -> None:
        message, hint = f"{head.name} needs an argument", f"write {head.name}(x)"
        raise WrongArguments(message, span=span, hint=hint)

    def _refuse_end(self, top: _Open) -> None:
        if top.level == BRACKET and top.kind != "whole" and not top.items:
            self._refuse_unclosed()
        message = f"something is missing after '{self._shown(self._before)}'"
        raise UnexpectedToken(message, span=self._before.span)

    def _refuse_empty(self, top: _Open, token: Token) -> None:
        if top.level != BRACKET or top.items:
            message = f"something is missing in front of '{self._shown(token)}'"
            raise UnexpectedToken(message, span=token.span)
        if CLOSES.get(top.sign) != token.value:
            self._refuse_close(token)
        if top.kind == "call":
            self._refuse_no_argument(top.head, (top.head.span[0], token.end))
        span = top.span[0], token.end
        raise UnexpectedToken("there is nothing between these brackets", span=span)

    def _refuse_after(self, token: Token) -> None:
        """Raise the error for a token where an operand is complete."""
        hint = SUBSCRIPT_HINT if token.kind == "_" else None
        message = f"'{self._shown(token)}' cannot stand here: an operator is expected"
        raise UnexpectedToken(message, span=token.span, hint=hint)

    def _refuse_unclear_argument(self, token: Token) -> None:
        """In sin 2√x the root more likely belongs to the argument than not."""
        if all(f.value is not None for f in (*self.stack[-1].items, self.operand) if f):
            hint = "write sin(2√x) or sin(2)·√x"
            raise UnexpectedToken("where does the argument end?", span=token.span, hint=hint)

    def _refuse_separator(self, token: Token) -> None:
        before, behind = self._before, self.tokens[self.next]
        hint = None
        if before.kind == behind.kind == "number":
            hint = f"write {self._shown(before)}.{self._shown(behind)} with a decimal point"
        message = "a comma can only stand between the arguments of a function"
        raise UnexpectedToken(message, span=token.span, hint=hint)

    def _refuse_close(self, token: Token) -> None:
        bracket = self.brackets[-1]
        if bracket.kind == "whole":
            raise UnclosedBracket("this bracket was never opened", span=token.span)
        if bracket.kind == "bars":
            self._refuse_unclosed()
        message = f"'{self._shown(token)}' does not close '{bracket.sign}'"
        hint = f"'{CLOSES[bracket.sign]}' is expected"
        raise UnclosedBracket(message, span=token.span, hint=hint)

    def _refuse_unclosed(self) -> None:
        bracket = self.brackets[-1]
        kind = "bar" if bracket.kind == "bars" else "bracket"
        raise UnclosedBracket(f"this {kind} is never closed", span=bracket.span)

    def _refuse_count(self, head: _Head, form: Form, count: int) -> None:
        least, most, _ = form
        expected = f"{least}" if least == most else f"{least} or {most}"
        expected = f"at least {least}" if most == MANY else expected
        message = f"{head.name} takes {expected} argument{'s' * (most > 1)}, not {count}"
        hint = "write numbers with a decimal point" if count > most else None
        raise WrongArguments(message, span=head.span, hint=hint)


Handler = Callable[[_Parser, Token], None]
STARTS: dict[str, Handler] = {
    "number": _Parser._number,
    "name": _Parser._name,
    "constant": _Parser._constant,
    "function": _Parser._function,
    "open": _Parser._open,
    "|": _Parser._open_bars,
    "|(": _Parser._open_bars,
    "√": _Parser._radical,
    "frac": _Parser._fraction,
}
BEFORE: dict[str, Handler] = STARTS | {
    "+": _Parser._plus_sign,
    "-": _Parser._minus_sign,
    "truth": _Parser._truth,
    "close": _Parser._close_after_row,
}
AFTER: dict[str, Handler] = dict.fromkeys(STARTS, _Parser._juxtaposed) | {
    "+": _Parser._sum,
    "-": _Parser._sum,
    "*": _Parser._product,
    "/": _Parser._product,
    "^": _Parser._power,
    "|": _Parser._bar,
    "|)": _Parser._closing_bar,
    "relation": _Parser._relation,
    "=": _Parser._relation,
    "and": _Parser._logical,
    "or": _Parser._logical,
    ",": _Parser._separator,
    "&": _Parser._cell,
    "row": _Parser._cell,
    "close": _Parser._close,
    "end": _Parser._end,
}
FINISH: dict[str, Callable[[_Parser, _Open], Operand]] = {
    "sum": _Parser._finish_sum,
    "product": _Parser._finish_product,
    "minus": _Parser._finish_minus,
    "power": _Parser._finish_power,
    "√": _Parser._finish_radical,
    "argument": _Parser._finish_argument,
    "relation": _Parser._finish_relation,
    "and": _Parser._finish_logical,
    "or": _Parser._finish_logical,
}
CLOSE: dict[str, Callable[[_Parser, _Open, int], None]] = {
    "group": _Parser._close_group,
    "call": _Parser._close_call,
    "bars": _Parser._close_bars,
    "base": _Parser._close_base,
    "exponent": _Parser._close_exponent,
    "degree": _Parser._close_degree,
    "numerator": _Parser._close_numerator,
    "denominator": _Parser._close_denominator,
    "pair": _Parser._close_pair,
    "cases": _Parser._close_cases,
}
