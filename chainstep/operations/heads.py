"""The functions that sympy does not have, or has with another meaning, as sympy classes.

Each is defined by standard sympy, so `evalf`, `diff` and `doit` work on every result
that chainstep hands out.
"""

from __future__ import annotations

from sympy import (
    Abs,
    Dummy,
    Expr,
    Function,
    Integer,
    Max,
    Min,
    Piecewise,
    Rational,
    erf,
    exp,
    floor,
    log,
    sign,
    sqrt,
)


class Defined(Function):
    """A function given by a formula of standard sympy."""

    def _eval_is_real(self):
        return True

    def formula(self) -> Expr:
        """The defining formula, in standard sympy."""
        raise NotImplementedError

    def doit(self, **hints):
        arguments = [a.doit(**hints) if hints.get("deep", True) else a for a in self.args]
        return type(self)(*arguments, evaluate=False).formula()

    def fdiff(self, argindex=1):
        names = [Dummy(real=True) for _ in self.args]
        slope = type(self)(*names, evaluate=False).formula().diff(names[argindex - 1])
        return slope.subs(dict(zip(names, self.args, strict=True)))

    def _eval_evalf(self, prec):
        return self.formula()._eval_evalf(prec)


class logarithm(Defined):
    """The logarithm of the first argument to the base of the second."""

    nargs = 2

    def formula(self):
        argument, base = self.args
        return log(argument) / log(base)


class root(Defined):
    """The real root of an odd degree, defined for negative numbers as well."""

    nargs = 2

    def formula(self):
        radicand, degree = self.args
        return sign(radicand) * Abs(radicand) ** (1 / degree)


class sigmoid(Defined):
    """1/(1 + exp(-x))."""

    nargs = 1

    def formula(self):
        return 1 / (1 + exp(-self.args[0]))


class heaviside(Defined):
    """0 below 0, 1 above, 1/2 at 0."""

    nargs = 1

    def formula(self):
        return (1 + sign(self.args[0])) / 2


class nearest(Defined):
    """The nearest integer; of two the larger."""

    nargs = 1

    def formula(self):
        return floor(self.args[0] + Rational(1, 2))


class relu(Defined):
    """max(0, x)."""

    nargs = 1

    def formula(self):
        return Max(0, self.args[0])


class leaky_relu(Defined):
    """x above 0, slope·x below."""

    nargs = 2

    def formula(self):
        argument, slope = self.args
        return Piecewise((argument, argument > 0), (slope * argument, True))


class softplus(Defined):
    """ln(1 + exp(x))."""

    nargs = 1

    def formula(self):
        return log(1 + exp(self.args[0]))


class silu(Defined):
    """x·sigmoid(x)."""

    nargs = 1

    def formula(self):
        return self.args[0] / (1 + exp(-self.args[0]))


class gelu(Defined):
    """x·Φ(x), Φ the standard normal distribution (Hendrycks and Gimpel 2016, the exact form)."""

    nargs = 1

    def formula(self):
        argument = self.args[0]
        return argument * (1 + erf(argument / sqrt(2))) / 2


class maximum(Defined):
    """The larger of two, in the order written."""

    nargs = 2

    def formula(self):
        return Max(*self.args)


class minimum(Defined):
    """The smaller of two, in the order written."""

    nargs = 2

    def formula(self):
        return Min(*self.args)


DEFAULT_SLOPE = Rational(1, 100)  # of leaky_relu, as in Maas, Hannun and Ng 2013
CUBE = Integer(3)
