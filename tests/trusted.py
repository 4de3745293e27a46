"""A second opinion: expressions in Python syntax, read by Python's own parser.

Nothing here is shared with chainstep. `number` evaluates a text in real arithmetic with
mpmath, `symbolic` turns it into standard sympy, where sympy.diff can differentiate it.
"""

import ast
import re
from fractions import Fraction
from functools import lru_cache

import sympy
from mpmath import mp, mpf
from sympy import Piecewise, Rational, Symbol

DERIVATIVE = re.compile(r"([d∂])\((\w+)\)/\1\((\w+)\)(?:\[(\d+)\])?")
COMMON = (  # functions that mpmath and sympy have under the same name
    "sin cos tan cot sec csc asin acos atan acot asec acsc sinh cosh tanh coth sech csch "
    "asinh acosh atanh acoth asech acsch exp ln sqrt erf erfc erfi gamma loggamma digamma beta "
    "atan2 floor"
)
RENAMED = {"lambda": "lambda_"}  # a word of Python's that is a name in mathematics


SLOPE = Rational(1, 100)  # of leaky_relu, where none is given
LARGEST = mpf(10) ** 25  # larger numbers leave nothing of a term beside them


class UndefinedError(ArithmeticError):
    """The value does not exist in the reals, or is out of reach."""


def name_of_derivative(of, wrt, partial=False, slot=0):
    """The Python name that stands for d(of)/d(wrt)."""
    return f"{'p' if partial else 'd'}_{of}_d_{wrt}_{slot}"


def prepared(text):
    """The text with derivative symbols and Python's own words turned into plain names."""
    text = DERIVATIVE.sub(
        lambda m: name_of_derivative(m[2], m[3], m[1] == "∂", int(m[4] or 0)), text
    )
    return re.sub(r"\blambda\b", RENAMED["lambda"], text.replace("^", "**"))


def names_in(text):
    """The names that stand in a text for something else than functions and constants."""
    nodes = list(ast.walk(ast.parse(prepared(text).strip(), mode="eval")))
    called = {node.func for node in nodes if isinstance(node, ast.Call)}
    names = {n.id for n in nodes if isinstance(n, ast.Name) and n not in called}
    return {name.removesuffix("_") for name in names - {"e", "pi"}}


class _Exact(ast.NodeTransformer):
    """Numbers become exact, powers a function, and a case distinction is computed lazily."""

    def visit_Constant(self, node):
        if isinstance(node.value, bool):
            return node
        return _call("exact", ast.Constant(repr(node.value)))

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return _call("power", node.left, node.right) if isinstance(node.op, ast.Pow) else node


class _Lazy(_Exact):
    def visit_Call(self, node):
        if node.func.id != "piecewise":
            return self.generic_visit(node)
        value = _call("undefined")
        for pair in reversed(node.args):
            then, condition = (self.visit(part) for part in pair.elts)
            value = ast.IfExp(condition, then, value)
        return value


class _Logical(_Exact):
    """For sympy: `and` and `or` of relations are functions, == and != relations of its own."""

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        return _call("And" if isinstance(node.op, ast.And) else "Or", *node.values)

    def visit_Compare(self, node):
        self.generic_visit(node)
        relation = {ast.Eq: "Eq", ast.NotEq: "Ne"}.get(type(node.ops[0]))
        return _call(relation, node.left, *node.comparators) if relation else node


def _call(function, *arguments):
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


@lru_cache(20_000)
def _code(text, transformer):
    tree = transformer().visit(ast.parse(prepared(text).strip(), mode="eval"))
    return compile(ast.fix_missing_locations(tree), text[:50], "eval")


# --- Numbers ------------------------------------------------------------------------------


def number(text, values):
    """The real value of a text where its names have the given values, or None.

    >>> number("x**2/2", {"x": mpf(3)})
    mpf('4.5')
    >>> number("sqrt(x)", {"x": mpf(-1)})
    """
    names = {RENAMED.get(name, name): value for name, value in values.items()}
    constants = {"e": +mp.e, "pi": +mp.pi}
    try:
        return _real(eval(_code(text, _Lazy), {**NUMBERS, **constants, **names}))
    except (ArithmeticError, ValueError, TypeError):
        return None


def _real(value):
    if not isinstance(value, mpf) or not abs(value) < LARGEST:
        raise UndefinedError
    return value


def _undefined():
    raise UndefinedError


def _exact_number(digits):
    value = Fraction(digits)
    return mpf(value.numerator) / value.denominator


def _in_reals(function):
    """The function with an error for what is not real."""

    def compute(*arguments):
        return _real(mp.convert(function(*arguments)))

    return compute


def _power(base, exponent):
    return _real(base**exponent)


def _sigmoid(u):
    return 1 / (1 + mp.exp(-u))


NUMBERS = {
    name: _in_reals(getattr(mp, name))
    for name in f"{COMMON} sign".split()
} | {
    "exact": _exact_number,
    "power": _power,
    "undefined": _undefined,
    "ceil": mp.ceil,
    "round": lambda u: mp.floor(u + mpf(1) / 2),
    "heaviside": lambda u: (mp.sign(u) + 1) / 2,
    "abs": abs,
    "max": max,
    "min": min,
    "log": _in_reals(lambda u, base=None: mp.log(u) / mp.log(mp.e if base is None else base)),
    "log2": _in_reals(lambda u: mp.log(u) / mp.log(2)),
    "log10": _in_reals(lambda u: mp.log(u) / mp.log(10)),
    "cbrt": _in_reals(lambda u: mp.sign(u) * mp.root(abs(u), 3)),
    "root": _in_reals(lambda u, n: mp.root(u, int(n)) if u >= 0 else -mp.root(-u, _odd(n))),
    "polygamma": _in_reals(lambda n, u: mp.polygamma(int(n), u)),
    "sigmoid": _in_reals(_sigmoid),
    "relu": lambda u: max(u, mpf(0)),
    "leaky_relu": lambda u, *slope: u if u > 0 else u * (slope[0] if slope else mpf(1) / 100),
    "softplus": _in_reals(lambda u: mp.log(1 + mp.exp(u))),
    "silu": _in_reals(lambda u: u * _sigmoid(u)),
    "gelu": _in_reals(lambda u: u * (1 + mp.erf(u / mp.sqrt(2))) / 2),
}  # fmt: skip


def _odd(degree):
    if int(degree) % 2 == 0:
        raise UndefinedError
    return int(degree)


# --- Sympy --------------------------------------------------------------------------------


def symbolic(text):
    """A text as standard sympy, its names real symbols.

    >>> symbolic("d(u2)/d(u1)*log(x, 2)")
    d_u2_d_u1_0*log(x)/log(2)
    """
    names = {RENAMED.get(n, n): Symbol(n, real=True) for n in names_in(text)}
    return sympy.sympify(eval(_code(text, _Logical), {**SYMBOLS, **names}))


def derivative(text, wrt):
    """sympy's own derivative of a text: a function of a mapping from names to numbers."""
    try:
        result = sympy.diff(symbolic(text), Symbol(wrt, real=True))
        symbols = sorted(result.free_symbols, key=str)
        compute = sympy.lambdify(symbols, result, "mpmath")
    except (TypeError, KeyError):  # sympy met a constant that is not real
        return lambda values: None

    def value(values):
        try:
            return _real(mp.convert(compute(*(values[str(symbol)] for symbol in symbols))))
        except (ArithmeticError, ValueError, TypeError):
            return None

    return value


def _cases(*cases):
    return Piecewise(*cases)


def _root(u, n):
    return Piecewise((u ** (1 / n), u >= 0), (-((-u) ** (1 / n)), True)) if n % 2 else u ** (1 / n)


def _floor(u):
    return u - Rational(1, 2) + sympy.atan(sympy.cot(sympy.pi * u)) / sympy.pi


def _logistic(u):
    return 1 / (1 + sympy.exp(-u))


SYMBOLS = {
    name: getattr(sympy, name) for name in f"{COMMON} polygamma log pi And Or Eq Ne".split()
} | {
    "exact": Rational,
    "power": sympy.Pow,
    "e": sympy.E,
    "piecewise": _cases,
    # Sympy does not differentiate floor: the same, of functions that it differentiates.
    "floor": lambda u: _floor(u),
    "ceil": lambda u: -_floor(-u),
    "round": lambda u: _floor(u + Rational(1, 2)),
    "heaviside": lambda u: _cases((1, u > 0), (0, u < 0), (Rational(1, 2), True)),
    "abs": lambda u: _cases((u, u >= 0), (-u, True)),
    "sign": lambda u: _cases((1, u > 0), (-1, u < 0), (0, True)),
    "max": lambda u, *more: _fold(lambda a, b: _cases((a, a > b), (b, True)), u, *more),
    "min": lambda u, *more: _fold(lambda a, b: _cases((a, a < b), (b, True)), u, *more),
    "log2": lambda u: sympy.log(u, 2),
    "log10": lambda u: sympy.log(u, 10),
    "cbrt": lambda u: _root(u, sympy.Integer(3)),
    "root": _root,
    "sigmoid": _logistic,
    "relu": lambda u: _cases((u, u > 0), (0, True)),
    "leaky_relu": lambda u, a=SLOPE: _cases((u, u > 0), (a * u, True)),
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "silu": lambda u: u * _logistic(u),
    "gelu": lambda u: u * (1 + sympy.erf(u / sympy.sqrt(2))) / 2,
}


def _fold(combine, first, *others):
    for other in others:
        first = combine(first, other)
    return first
