"""Random expressions as text, in a syntax that chainstep and Python read alike."""

from hypothesis import Phase, settings
from hypothesis import strategies as st

NAMES = (
    "sin cos tan cot sec csc atan acot sinh cosh tanh coth sech csch asinh acsch exp abs sign "
    "sigmoid relu leaky_relu softplus silu gelu erf cbrt gamma digamma ln sqrt asin acos asec acsc "
    "acosh atanh acoth asech log2 log10"
)
# Functions that exist on a part of the line only, with arguments that keep to it.
INSIDE = [
    "ln({}^2 + 1)", "ln(abs({}))", "sqrt(1 + {}^2)", "sqrt(2 - sin({}))", "asin(sin({})/2)",
    "acos(tanh({}))", "asec(2 + cos({}))", "acsc({}^2 + 2)", "acosh({}^2 + 2)", "atanh(cos({})/3)",
    "acoth(2 + {}^2)", "asech(1/({}^2 + 2))", "gamma(1 + {}^2)", "log(exp({}) + 1, 3)",
]  # fmt: skip
SHAPES = [
    "{}^2", "{}^3", "{}^-1", "{}^-2", "{}^(1/2)", "{}^(2/3)", "{}^(-3/2)", "{}^a", "2^{}", "a^{}",
    "(1/3)^{}", "pi^{}", "-{}", "3*{}", "-2*{}/5", "{}/a", "a*{}", "1/{}", "{} + 1", "2 - {}",
    "0.5*{}", "root({}, 3)", "root({}^2 + 1, 4)", "log({}, a)", "leaky_relu({}, 1/4)",
    "max({}, 1)", "min(0, {})", "atan2({}, 2)",
]  # fmt: skip
ONES = [f"{name}({{}})" for name in NAMES.split()] + INSIDE + SHAPES
PAIRS = [
    "{} + {}", "{} - {}", "{}*{}", "{}/{}", "{}^{}", "2*{} - 3*{}", "{}*{}^2", "{}*{}*a",
    "{}^2/{}^3", "max({}, {})", "min({}, {})", "atan2({}, {})", "log({}, {})",
    "piecewise(({}, x < 1), ({}, True))", "piecewise(({}, x >= 0 and x < 2), ({}, True))",
    "(exp({}) + {})^2", "sqrt({}^2 + {}^2)",
]  # fmt: skip
LEAVES = ["x", "x", "x", "x", "2*x", "x^2", "(x + 1)", "1", "2", "a", "pi"]


def _bracketed(text):
    return text if text.isalnum() else f"({text})"


def _filled(template, parts):
    """The template with its places filled, bracketed where an operator could take hold."""
    return template.format(*map(_bracketed, parts))


def _larger(inner):
    one = st.tuples(st.sampled_from(ONES), inner)
    two = st.tuples(st.sampled_from(PAIRS), inner, inner)
    return one.map(lambda t: _filled(t[0], t[1:])) | two.map(lambda t: _filled(t[0], t[1:]))


def expressions(max_leaves=6):
    """Random expressions in x, with the parameter a."""
    return st.recursive(st.sampled_from(LEAVES), _larger, max_leaves=max_leaves)


def bounded(max_examples):
    """Settings for a property that is tried on the same examples in every run."""
    return settings(
        max_examples=max_examples,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
    )
