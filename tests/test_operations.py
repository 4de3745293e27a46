"""Every row of the table: its partials against difference quotients, its names, its spellings."""

from bisect import bisect

import pytest
from mpmath import mp, mpf
from sympy import Symbol, symbols

from chainstep.operations import BY_HEAD, BY_ID, OPERATIONS
from chainstep.parser import parse
from chainstep.problem import pose
from chainstep.render.latex_math import latex
from chainstep.render.plain import plain
from chainstep.render.unicode_math import one_line
from chainstep.render.writing import write
from chainstep.steps.introduce import introduce
from chainstep.tape import evaluate
from tests.corpus import CORPUS
from tests.trusted import number

SLOTS = symbols("p q r s v w", real=True)
X, Y = symbols("x y", real=True)
DIGITS, STEP, CLOSE = 60, mpf(10) ** -20, mpf(10) ** -25
GRID = [mpf(n) / 37 + mpf(1) / 1000 for n in range(-400, 400)]
PLACES = (0.07, 0.31, 0.55, 0.93)  # within an interval
# The slots that may vary, where not all of them may.
VARYING = {
    "sum": (1, 4),
    "scale": (1,),
    "reciprocal": (1,),
    "product": (1, 2, 3),
    "power": (0,),
    "exponential": (1,),
    "root": (0,),
    "polygamma-function": (1,),
}
# Arguments of rows with several slots of which one varies.
ONE_VARYING = {
    "sum": ("2", "p", "1", "3", "1", "1"),
    "scale": ("-2/3", "p", "1"),
    "reciprocal": ("3", "p"),
    "power": ("p", "-3"),
    "exponential": ("1/2", "p"),
    "logarithm": ("p", "2"),
    "root": ("p", "3"),
}
VALUES = ("0", "1", "-1", "1/2", "2", "-5", "pi", "pi/2", "-pi/2", "pi/4")
BRANCHES = "piecewise((x^2, x < 1), (2*x - 1, True))"
rows = pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: row.id)
functions = pytest.mark.parametrize("row", BY_HEAD.values(), ids=lambda row: row.id)
smooth = pytest.mark.parametrize(
    ("row", "slot"),
    [(r, s) for r in OPERATIONS for s in VARYING.get(r.id, range(len(r.samples)))],
    ids=lambda value: getattr(value, "id", value),
)


def arguments(row):
    """A symbol for each slot, or its only value where the interval is a point."""
    return tuple(
        parse(str(int(low))).tree if low == high else symbol
        for symbol, (low, high) in zip(SLOTS, row.samples, strict=False)
    )


def points(row):
    """Points spread over the intervals, one number for each symbol."""
    for shift in range(len(PLACES)):
        yield {
            symbol.name: low + (high - low) * mpf(PLACES[(shift + i) % len(PLACES)])
            for i, (symbol, (low, high)) in enumerate(zip(SLOTS, row.samples, strict=False))
        }


def text_of(expression):
    return plain(write(expression))


@smooth
def test_partials(row, slot):
    args = arguments(row)
    value, partial = text_of(row.build(*args)), text_of(row.partial(slot, args, Y))
    name = args[slot].name
    with mp.workdps(DIGITS):
        for point in points(row):
            above = number(value, point | {name: point[name] + STEP})
            below = number(value, point | {name: point[name] - STEP})
            exact = number(partial, point | {"y": number(value, point)})
            assert abs((above - below) / (2 * STEP) - exact) < CLOSE * max(1, abs(exact)), point


@rows
def test_values(row):
    expression = row.build(*arguments(row)) if row.samples else parse(BRANCHES).tree
    with mp.workdps(DIGITS):
        for point in points(row) if row.samples else ({"x": mpf(-1)}, {"x": mpf(3)}):
            known = {Symbol(name, real=True): value for name, value in point.items()}
            value = evaluate(expression, {s: known[s] for s in expression.free_symbols})
            assert abs(value - number(text_of(expression), point)) < CLOSE


@pytest.mark.parametrize("row", [r for r in OPERATIONS if r.preimages], ids=lambda row: row.id)
def test_preimages(row):
    """Between the preimages of a value, and breaks, an operation stays on one side of it."""
    args = tuple(parse(text).tree for text in ONE_VARYING.get(row.id, ("p",)))
    p, checked = parse("p").tree, 0
    with mp.workdps(DIGITS):
        graph = [(x, evaluate(row.build(*args), {p: x})) for x in GRID]
        for text in VALUES:
            value = parse(text).tree
            varying, places = row.preimages(args, value, evaluate) or (None, ())
            if varying is None:
                continue
            checked += 1
            assert varying == p
            height, ends = evaluate(value), [evaluate(end) for end in (*places, *row.breaks)]
            for end in ends[: len(places)]:
                assert abs(evaluate(row.build(*args), {p: end}) - height) < CLOSE
            sides = {(bisect(sorted(ends), x), y > height) for x, y in graph if y is not None}
            assert len(sides) == len({stretch for stretch, _ in sides}), text
    assert checked


def test_values_at_a_kink():
    for text, value in (("abs(x)", 0), ("sign(x)", 0), ("relu(x)", 0), ("leaky_relu(x)", 0)):
        assert evaluate(parse(text).tree, {X: mpf(0)}) == value


@rows
def test_words(row):
    assert row.id
    assert row.law.strip()
    assert BY_ID[row.id] is row
    slots = VARYING.get(row.id, range(len(row.samples)))
    assert all(row.law_of(slot, arguments(row)).strip() for slot in slots)
    assert not row.slot_laws or len(row.slot_laws) == len(row.samples)


def test_ids_and_heads_are_unique():
    assert len(BY_ID) == len(OPERATIONS)
    assert len(BY_HEAD) == sum(row.head is not None for row in OPERATIONS)


def spelled():
    """Every spelling with as many arguments as its row has slots."""
    for row in BY_HEAD.values():
        slots = ["x" if low < high else str(int(low)) for low, high in row.samples]
        if row.id == "logarithm":
            slots[1] = "2"
        for spelling in row.spellings:
            yield pytest.param(row, f"{spelling}({', '.join(slots)})", id=f"{row.id}-{spelling}")


@pytest.mark.parametrize(("row", "text"), list(spelled()))
def test_spellings(row, text):
    assert BY_HEAD[parse(text).tree.func] is row


@functions
def test_names(row):
    assert row.spellings
    assert row.text.strip()
    assert row.latex.strip() or row.id == "absolute-value"  # it is written with bars


@functions
def test_what_is_written_reads_back(row):
    expression = row.build(*arguments(row))
    for text in (text_of(expression), latex(write(expression))):
        assert BY_HEAD[parse(text).tree.func] is row, text
    assert one_line(write(expression))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("x + 2x^2", "power sum"),
        ("1/(x + 1)", "sum reciprocal"),
        ("3/x", "reciprocal"),
        ("3x", "scale"),
        ("x/3", "scale"),
        ("a*x*b", "scale"),
        ("sin(x)/x", "sine quotient"),
        ("2x/(x + 1)", "scale sum quotient"),
        ("x*sin(x)", "sine product"),
        ("3x*e^x", "exponential-e product"),
        ("sqrt(x)", "sqrt"),
        ("x^(1/2)", "sqrt"),
        ("x^3", "power"),
        ("x^-3", "power"),
        ("x^a", "power"),
        ("x^(2/3)", "power"),
        ("2^x", "exponential"),
        ("a^x", "exponential"),
        ("e^x", "exponential-e"),
        ("x^x", "general-power"),
        (BRANCHES, "power sum piecewise"),
        ("log(x)", "ln"),
        ("log_2(x)", "logarithm"),
        ("cbrt(x)", "root"),
        ("root(x, 2)", "sqrt"),
        ("sin^-1(x)", "arcsine"),
        ("sin^2(x)", "sine power"),
    ],
)
def test_shapes(text, ids):
    graph = introduce([(Y, parse(text).tree)], (X,), "u", ())
    assert [node.operation.id for node in graph.nodes] == ids.split()


def test_every_row_is_in_the_corpus():
    problems = [pose(exercise.text, exercise.wrt) for exercise in CORPUS]
    graphs = [introduce(p.definitions, p.variables, p.letter, p.kept) for p in problems]
    found = {node.operation.id for graph in graphs for node in graph.nodes}
    assert found == set(BY_ID) - {"identity"}  # stands between names of a system only
