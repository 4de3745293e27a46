"""Where a derivation holds, and conditions that have no value."""

import pytest
from mpmath import mpf
from sympy import Symbol

from chainstep.parser import parse
from chainstep.pipeline import derive
from chainstep.render.plain import plain
from chainstep.render.writing import write
from chainstep.tape import evaluate

X = Symbol("x", real=True)


@pytest.mark.parametrize(
    "condition",
    [
        *("sqrt(x) < 0", "sqrt(x) ≠ 1", "sqrt(x) = ln(x)", "ln(x) >= 0"),
        *("x < 0 and sqrt(x) < 1", "x < 0 or sqrt(x) < 1"),
    ],
)
def test_a_condition_without_a_value_chooses_no_case(condition):
    tree = parse(f"piecewise((2, {condition}), (x, otherwise))").tree
    assert evaluate(tree, {X: mpf(-1)}) is None
    assert evaluate(tree, {X: mpf(4)}) in (2, 4)


def test_a_case_that_is_not_met_needs_no_value():
    tree = parse("piecewise((2, x < 0), (sqrt(x), sqrt(x) < 9), (x, otherwise))").tree
    assert evaluate(tree, {X: mpf(-1)}) == 2


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("piecewise((2, sqrt(x) < 0), (x, otherwise))", ["x >= 0"]),
        ("x + piecewise((2, sqrt(x - 1) < 5), (x, otherwise))", ["x - 1 >= 0"]),
        ("piecewise((2, ln(x) < 0), (x, otherwise))", ["x > 0"]),
        ("piecewise((2, arcsin(x) < 1 and 1/x > 0), (x, otherwise))", ["abs(x) <= 1", "x != 0"]),
        ("piecewise((2, root(x, 3) < 1), (x, otherwise))", []),
        ("y = piecewise((x, u < 1), (3, otherwise)); u = sqrt(x - 1)", ["x >= 1"]),
        # the second condition is met only where the first is false
        ("piecewise((2, x < 0), (3, sqrt(x) < 1), (x, otherwise))", []),
    ],
)
def test_what_stands_in_a_condition_needs_its_domain(text, domain):
    conditions = derive(text, "x").conditions
    found = [plain(write(c.relation)) for c in conditions if c.kind == "domain"]
    assert sorted(found) == sorted(domain)
