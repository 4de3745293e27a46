"""Parts to trees: every name gets its shape, and every sign the meaning that the shapes give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from sympy import E, Rational, S, Symbol, pi
from sympy.core.basic import Basic

from chainstep.arrays import (
    NUMBER,
    Dot,
    Element,
    IndexedSum,
    MatrixProduct,
    Norm,
    Quantity,
    Shape,
    Total,
    shape_of,
)
from chainstep.errors import (
    ShapeMismatch,
    UnclearName,
    UndefinedConstant,
    UnsupportedExpression,
    WrongArguments,
)
from chainstep.notation import ONE, ZERO, add, mul, negate, power, quotient
from chainstep.operations import BY_HEAD
from chainstep.operations.heads import DEFAULT_SLOPE, leaky_relu, logarithm
from chainstep.parser.tokens import Span
from chainstep.vectors.declarations import LENGTH, is_whole, length, symbol
from chainstep.vectors.grammar import Part, words
from chainstep.vectors.indexes import MORE_INDEXES

CONSTANTS = {"e": E, "pi": pi}
DOTS = frozenset({"·", "∙", "⋅", r"\cdot"})
CROSSES = frozenset({"×", r"\times"})
CIRCLES = frozenset({"⊗", "⊙", r"\otimes", r"\odot"})
SAMPLES = "N"  # how many arrays x_i there are, where nothing says so
WITH_DIGITS = "0123456789"


def sized(shape: Shape) -> str:
    """A shape in words.

    >>> sized(()), sized((Symbol("m"), Symbol("n")))
    ('a number', 'm×n')
    """
    return "×".join(map(str, shape)) if shape else "a number"


class Shaper:
    """Builds the trees of all definitions of a text.

    `names` are the declared and defined names with their symbols; `arrays` the names x of
    which elements x_i are used, `declared` the shapes as declared, x_i included, and `bare`
    says where the other names stand first. A sum never runs over the index `free`, that of the
    variable; `lengths` are those that sums go up to.
    """

    def __init__(self, text: str, declared: Mapping[str, Shape], used: set[str], free: str = ""):
        self.text = text
        self.declared = declared
        self.used = used
        self.free = free
        self.names: dict[str, Symbol] = {}
        self.arrays: dict[str, Quantity] = {}
        self.bound: dict[str, tuple[Symbol, Basic]] = {}
        self.summed: list[str] = []
        self.bare: dict[str, Span] = {}
        self.lengths: set[Basic] = set()
        for name, shape in declared.items():
            if "_" not in name or is_whole(name):
                self.names[name] = symbol(name, shape)

    def tree(self, part: Part) -> Basic:
        """The tree of a part. Raises ShapeMismatch where shapes do not fit."""
        return self._BUILDERS[part.kind](self, part)

    # Names and numbers

    def _number(self, part: Part) -> Basic:
        value = Fraction(part.value)
        return Rational(value.numerator, value.denominator)

    def _constant(self, part: Part) -> Basic:
        return CONSTANTS[part.value]

    def _name(self, part: Part) -> Basic:
        name = part.value
        base, _, letter = name.rpartition("_")
        if base and letter in self.bound:
            return self._element(base, letter, part)
        if name in self.bound:
            raise self._beyond(part, "an index as a number")
        if name in self.names:
            return self.names[name]
        stem = name.rstrip(WITH_DIGITS)
        indexed = base in self.declared or name in self.declared
        if indexed or (stem != name and self.declared.get(stem)):
            raise no_sum(name, part.span)
        self.bare[name] = part.span
        return self.names.setdefault(name, Symbol(name, real=True))

    def _element(self, base: str, letter: str, part: Part) -> Basic:
        index, count = self.bound[letter]
        array = self.names.get(base) or self.arrays.get(base)
        if array is None:
            shape = self.declared.get(part.value, NUMBER)
            array = Quantity(base, (count, *shape) if shape else (count, ONE))
            self.arrays[base] = array
        shape = getattr(array, "shape", NUMBER)
        if not shape or (len(shape) == 2 and shape[1] is not ONE):
            message = f"{base} is {sized(shape)}, and has no elements {part.value}"
            raise ShapeMismatch(message, span=part.span)
        if shape[0] != count:
            message = f"{base} has {shape[0]} elements, and {letter} goes up to {count}"
            raise ShapeMismatch(message, span=part.span)
        return Element(array, index)  # type: ignore[arg-type]

    # Signs

    def _sum(self, part: Part) -> Basic:
        terms = [self.tree(item) for item in part.items]
        self._same_shape(part, terms, "added")
        return add(*(t if s == "+" else negate(t) for s, t in zip(part.value, terms, strict=True)))

    def _negative(self, part: Part) -> Basic:
        return negate(self.tree(part.items[0]))

    def _product(self, part: Part) -> Basic:
        left, right = map(self.tree, part.items)
        sign = part.value
        shapes = shape_of(left), shape_of(right)
        if sign in DOTS and any(shapes):
            self._require_declared(part, (left, right))
        if all(shapes) and any(map(_is_matrix, shapes)):
            return self._matrix_product(part, left, right)
        if sign in CIRCLES and any(map(_is_matrix, shapes)):
            raise self._mismatch(part, shapes, "multiplied entry by entry")
        if all(shapes):
            if sign in CROSSES or not sign:
                hint = "write w·x or dot(w, x), or w ⊗ x entry by entry"
                raise UnclearName("which product of vectors is meant?", span=part.span, hint=hint)
            if sign in DOTS:
                return self._dot(part, left, right)
            self._same_shape(part, [left, right], "multiplied entry by entry")
        factors = *_factors(left), *_factors(right)
        return mul(*sorted(factors, key=lambda factor: _is_matrix(shape_of(factor))))

    def _dot(self, part: Part, left: Basic, right: Basic) -> Basic:
        for tree, item in zip((left, right), part.items, strict=True):
            self._require_vector(item, tree, "dot")
        self._same_shape(part, [left, right], "multiplied by a dot product")
        return Dot(left, right)

    def _matrix_product(self, part: Part, left: Basic, right: Basic) -> Basic:
        first, second = shape_of(left), shape_of(right)
        if _is_matrix(second) or part.value in CIRCLES | CROSSES:
            raise self._beyond(part, f"this product of {sized(first)} and {sized(second)}")
        if first[1] != second[0]:
            raise self._mismatch(part, (first, second), "multiplied")
        *numbers, matrix = _factors(left)
        product = MatrixProduct(matrix, right)
        return mul(*numbers, product) if numbers else product

    def _quotient(self, part: Part) -> Basic:
        left, right = map(self.tree, part.items)
        self._same_shape(part, [left, right], "divided entry by entry")
        if right is ZERO:
            raise UndefinedConstant("this is a division by 0", span=part.span)
        if right.is_Integer:
            if left.is_Rational:
                return left / right  # type: ignore[operator]
            return mul(*_factors(left), Rational(1, right.p))  # type: ignore[attr-defined]
        if left is ONE:
            return quotient(left, right)
        return mul(*_factors(left), power(right, S.NegativeOne))

    def _power(self, part: Part) -> Basic:
        base, exponent = map(self.tree, part.items)
        self._same_shape(part, [base, exponent], "raised entry by entry")
        return power(base, exponent)

    # Functions

    def _call(self, part: Part) -> Basic:
        special = self._SPECIAL.get(part.value)
        if special:
            return special(self, part)
        arguments = [self.tree(item) for item in part.items]
        self._same_shape(part, arguments, f"arguments of {part.value}")
        if part.value == "sqrt" and len(arguments) == 1:
            return power(arguments[0], S.Half)
        for head, row in BY_HEAD.items():
            if part.value in row.spellings and len(row.samples) == len(arguments):
                if head is logarithm and not arguments[1].is_number:
                    break
                return row.build(*arguments)
        if part.value in BY_HEAD[leaky_relu].spellings and len(arguments) == 1:
            return BY_HEAD[leaky_relu].build(*arguments, DEFAULT_SLOPE)
        message = f"{part.value} with {len(arguments)} arguments is not known for vectors"
        raise WrongArguments(message, span=part.span)

    def _call_dot(self, part: Part) -> Basic:
        self._require_count(part, (2,), "dot(w, x)")
        return self._dot(part, *map(self.tree, part.items))

    def _call_norm(self, part: Part) -> Basic:
        self._require_count(part, (1,), "norm2(x)")
        tree = self.tree(part.items[0])
        self._require_vector(part.items[0], tree, "norm2")
        return Norm(tree)

    def _call_sum(self, part: Part) -> Basic:
        if len(part.items) == 1:
            tree = self.tree(part.items[0])
            self._require_vector(part.items[0], tree, "sum")
            return Total(tree)
        body, index, *most = part.items
        letter = index.value
        if index.kind != "name" or len(letter) != 1 or letter in self.names:
            hint = "as in sum(w_i*x_i, i)"
            raise WrongArguments("the index of a sum is one letter", span=index.span, hint=hint)
        if self.bound:
            raise self._beyond(part, "a sum inside a sum")
        count = self._count(body, letter, most[0] if most else None)
        bound = Symbol(self._own_index(letter, part), integer=True)
        self.bound[letter] = bound, count
        self.lengths.add(count)
        tree = self.tree(body)
        del self.bound[letter]
        if _is_matrix(shape_of(tree)):
            raise self._beyond(part, "a sum of matrices")
        return IndexedSum(tree, bound, count)

    def _own_index(self, letter: str, part: Part) -> str:
        """The letter, or another one where it is that of the variable or of an earlier sum: each
        sum has its own, so that one may be put into another."""
        spent = {self.free, *self.summed}
        unused = (i for i in MORE_INDEXES if i not in spent | self.used)
        written = letter if letter not in spent else next(unused, None)
        if written is None:
            raise self._beyond(part, "so many sums")
        self.summed.append(written)
        return written

    def _count(self, body: Part, letter: str, most: Part | None) -> Basic:
        """How far an index goes: as far as it says, or as the vector is long whose elements are
        used; N where there is an array x_i for each i, or an N; else n."""
        if most is not None:
            if most.kind == "name" or (most.kind == "number" and isinstance(most.value, int)):
                return length(str(most.value), most.span)
            raise WrongArguments("an index goes up to a name or number", span=most.span)
        arrays = {n.rpartition("_")[0] for n in words(body) if n.endswith(f"_{letter}")}
        if not arrays:
            hint = f"as in sum(w_{letter}*x_{letter}, {letter})"
            raise WrongArguments(f"nothing here has the index {letter}", span=body.span, hint=hint)
        for base in sorted(arrays):
            known = self.names.get(base) or self.arrays.get(base)
            if shape := getattr(known, "shape", NUMBER):
                return shape[0]
        samples = SAMPLES in self.used or any(self.declared.get(f"{b}_{letter}") for b in arrays)
        if not samples and LENGTH in words(body):
            message = f"is {LENGTH} a number, or how many {sorted(arrays)[0]}_{letter} there are?"
            hint = f"write sum(…, {letter}, {LENGTH}) if it is how many, else another letter"
            raise UnclearName(message, span=body.span, hint=hint)
        return Symbol(SAMPLES if samples else LENGTH, real=True)

    # Errors

    def _require_count(self, part: Part, counts: tuple[int, ...], hint: str) -> None:
        if len(part.items) not in counts:
            message = f"{part.value} does not take {len(part.items)} arguments"
            raise WrongArguments(message, span=part.span, hint=f"write {hint}")

    def _require_vector(self, part: Part, tree: Basic, name: str) -> None:
        shape = shape_of(tree)
        if not shape or _is_matrix(shape):
            message = f"{name} takes a vector, and {self._shown(part)} is {sized(shape)}"
            hint = None if shape else f"declare it, as in {self._shown(part)}: vector(n)"
            raise ShapeMismatch(message, span=part.span, hint=hint if part.kind == "name" else None)

    def _require_declared(self, part: Part, trees: Sequence[Basic]) -> None:
        """With a name that is not declared, w·x is meant as dot(w, x)."""
        for item, tree in zip(part.items, trees, strict=True):
            known = item.value in self.declared
            if (
                item.kind == "name"
                and not known
                and (item.value in self.bare or isinstance(tree, Element))
            ):
                self._require_vector(item, tree, "dot")

    def _same_shape(self, part: Part, trees: list[Basic], verb: str) -> None:
        shapes = [shape_of(tree) for tree in trees]
        if any(map(_is_matrix, shapes)):
            raise self._beyond(part, "a matrix that is not multiplied by a vector")
        if len(set(filter(None, shapes))) > 1:
            raise self._mismatch(part, tuple(shapes), verb)

    def _mismatch(self, part: Part, shapes: tuple[Shape, ...], verb: str) -> ShapeMismatch:
        """Both shapes by name: the first that is no number, and the first that differs."""
        first = next(i for i, shape in enumerate(shapes) if shape)
        other = next((i for i, s in enumerate(shapes) if s and s != shapes[first]), 1 - first)
        sizes = (f"{self._shown(part.items[i])} is {sized(shapes[i])}" for i in (first, other))
        message = f"{' and '.join(sizes)}: they cannot be {verb}"
        return ShapeMismatch(message.replace("be arguments", "both be arguments"), span=part.span)

    def _beyond(self, part: Part, what: str) -> UnsupportedExpression:
        hint = "a matrix stands in a product W x with a vector"
        hint = hint if "matri" in what or "×" in what else None  # type: ignore[assignment]
        return UnsupportedExpression(f"{what} is beyond what is known", span=part.span, hint=hint)

    def _shown(self, part: Part) -> str:
        return self.text[slice(*part.span)].strip()

    _BUILDERS: Mapping[str, Callable[..., Basic]] = {
        "number": _number,
        "constant": _constant,
        "name": _name,
        "sum": _sum,
        "negative": _negative,
        "product": _product,
        "quotient": _quotient,
        "power": _power,
        "call": _call,
    }
    _SPECIAL: Mapping[str, Callable[..., Basic]] = {
        "dot": _call_dot,
        "sum": _call_sum,
        "norm2": _call_norm,
    }


def no_sum(name: str, span: Span) -> UnclearName:
    """The error for an element x_i outside of a sum."""
    hint = "an element x_i stands in a sum: sum(x_i, i)"
    return UnclearName(f"the index of {name} belongs to no sum", span=span, hint=hint)


def _is_matrix(shape: Shape) -> bool:
    return len(shape) == 2 and shape[1] is not ONE


def _factors(tree: Basic) -> tuple[Basic, ...]:
    return tree.args if tree.is_Mul else (tree,)
