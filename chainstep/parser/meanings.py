"""Functions that are only another spelling of an expression: what they stand for.

The arguments are a, b and c, in this order. A function with several numbers of arguments has
one meaning for each.
"""

from __future__ import annotations

MEANINGS: dict[str, tuple[str, ...]] = {
    # arithmetic
    "add": ("a + b",),
    "subtract": ("a - b",),
    "multiply": ("a*b",),
    "divide": ("a/b",),
    "unaryMinus": ("-a",),
    "unaryPlus": ("a",),
    "negative": ("-a",),
    "inv": ("1/a",),
    "reciprocal": ("1/a",),
    "mod": ("a - b*floor(a/b)",),
    # powers and roots
    "square": ("a^2",),
    "abs2": ("a^2",),
    "cube": ("a^3",),
    "pow": ("a^b",),
    "power": ("a^b",),
    "nthRoot": ("sqrt(a)", "root(a, b)"),
    "nthroot": ("root(a, b)",),
    "surd": ("root(a, b)",),
    "real_root": ("root(a, b)",),
    "hypot": ("sqrt(a^2 + b^2)",),
    # exponentials and logarithms
    "exp2": ("2^a",),
    "exp10": ("10^a",),
    "expm1": ("e^a - 1",),
    "log1p": ("ln(1 + a)",),
    "lb": ("log(a, 2)",),
    "logit": ("ln(a/(1 - a))",),
    "logaddexp": ("ln(e^a + e^b)",),
    # angles
    "sinpi": ("sin(pi*a)",),
    "cospi": ("cos(pi*a)",),
    "tanpi": ("tan(pi*a)",),
    "sind": ("sin(pi*a/180)",),
    "cosd": ("cos(pi*a/180)",),
    "tand": ("tan(pi*a/180)",),
    "asind": ("180*arcsin(a)/pi",),
    "acosd": ("180*arccos(a)/pi",),
    "atand": ("180*arctan(a)/pi",),
    "deg2rad": ("pi*a/180",),
    "rad2deg": ("180*a/pi",),
    # the gamma function and the normal distribution
    "factorial": ("gamma(a + 1)",),
    "fact": ("gamma(a + 1)",),
    "trigamma": ("polygamma(1, a)",),
    "erfcx": ("e^(a^2)*erfc(a)",),
    "dawson": ("sqrt(pi)/2*e^(-a^2)*erfi(a)",),
    "dnorm": ("e^(-a^2/2)/sqrt(2*pi)",),
    "pnorm": ("(1 + erf(a/sqrt(2)))/2",),
    # activations
    "elu": ("piecewise((a, a > 0), (e^a - 1, True))", "piecewise((a, a > 0), (b*(e^a - 1), True))"),
    "mish": ("a*tanh(softplus(a))",),
    "softsign": ("a/(1 + abs(a))",),
    "log_sigmoid": ("ln(sigmoid(a))",),
    "logsigmoid": ("ln(sigmoid(a))",),
    "hardtanh": ("max(-1, min(a, 1))",),
    "hard_tanh": ("max(-1, min(a, 1))",),
    "relu6": ("min(relu(a), 6)",),
}
