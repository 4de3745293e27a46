"""Systems of definitions, several variables and points in a batch."""

import json
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from chainstep.batch import worker
from chainstep.batch.answers import compared
from chainstep.batch.documents import write
from chainstep.batch.exercises import Exercise, Source
from chainstep.batch.records import BODIES, FORMATS, Options, Record, key
from chainstep.batch.tally import Tally
from chainstep.batch.worker import solve
from chainstep.derivation import Equation
from chainstep.notation import Matrix
from chainstep.pipeline import derive
from chainstep.vectors import derive_vectors
from tests.conftest import SAMPLES
from tests.test_batch import batch

LOSS = "L = (1/2)(y - yhat)^2; yhat = sigmoid(z); z = w*x + b"
LINES = "# the loss\n\n" + LOSS.replace("; ", "\n")


def exercise(text, variable=None, **fields):
    return Exercise(Source("sheet", 1, fields.pop("label", None)), text, variable, **fields)


def solved(text, variable=None, format_name="jsonl", **fields):
    return solve(exercise(text, variable, **fields), Options(format_name))


# --- The samples --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["systems", "vectors"])
def test_the_samples_of_the_reference(golden, name):
    """A8, C1, C2, C3, D2 to D7 and a layer, as a teacher would solve the files."""
    done = batch(f"{name}.csv", folder=SAMPLES)
    assert done.returncode == 0
    golden(f"{name}-solved.md", done.stdout)


# --- Answers ------------------------------------------------------------------------------

COMMON = "-(y - yhat)*yhat*(1 - yhat)"
WITHOUT_NAMES = "-(y - sigmoid(w x + b)) sigmoid(w x + b) (1 - sigmoid(w x + b)) x"


@pytest.mark.parametrize(
    ("text", "variable", "answer", "right"),
    [
        (LOSS, "w", f"{COMMON}*x", True),
        (LOSS, "w", WITHOUT_NAMES, True),
        (LOSS, "w", COMMON, False),
        (LOSS, "w,b", f"{COMMON}*x; {COMMON}", True),
        (LOSS, "b,w", f"{COMMON}*x; {COMMON}", False),
        (LOSS, "w,b", f"{COMMON}*x; {COMMON}*x", False),
        (LOSS, "w,b", f"{COMMON}*x", None),
        (LOSS, "w", f"{COMMON}*q", None),
        (LOSS, "w", "u1", None),  # a name of the derivation, not of the exercise
        (LINES, "w,b", f"{COMMON}*x; {COMMON}", True),
        ("b = x; a = b^2", "x", "1", True),
        ("x^2*b", "all", "x^2; 2*x*b", True),
        ("x^2", "x", "2*x; 2*x", None),
        ("1/(1 + e^(-x))", "x", "y*(1 - y)", True),  # y is the whole
        ("L = e^z; z = x^2", "x", "2*x*L", True),
        ("e^x", "x", "q", None),
        ("log(x, b)", "x", "1/(x*ln(b))", True),
        ("e^2 - ln(a)", "x", "0", True),
        ("e^2 - ln(a)", "x", "1", False),
    ],
)
def test_answers(text, variable, answer, right):
    record = solved(text, variable, answer=answer)
    assert record.content["answer"]["right"] is right
    assert record.wrong == (right is False)
    assert (record.content["answer"]["reason"] is None) == (right is not None)


NAMED = [
    ("dL/dx = y; dL/dy = x", True),
    ("dL/dy = x; dL/dx = y;", True),
    ("dL/dy = x\ndL/dx = y", True),
    ("dL/dy = x;\n dL/dx = y", True),
    ("∂L/∂y = x; d(L)/d(x) = y", True),
    (r"\frac{dL}{dy} = x; \frac{\partial L}{\partial x} = y", True),
    ("dL/dx = x; dL/dy = y", False),
    ("dL/dx = y", None),
    ("dL/dx = y; x", None),
    ("dL/dx = y; dL/dx = x", None),
    ("dL/dx = y; dL/dx = y; dL/dy = x", None),
    ("dL/dx = y; dL/dq = x", None),
    ("dz/dx = y; dz/dy = x", None),
    ("dL/dx = ; dL/dy = x", None),
    ("y = x; x = y", None),  # this says nothing of the order
    ("x: y, y: x", None),
    ("y' = x; x' = y", None),
]


@pytest.mark.parametrize(("answer", "right"), NAMED)
def test_answers_with_names(answer, right):
    found = solved("L = x*y", "x,y", answer=answer).content["answer"]
    assert found["right"] is right
    assert (found["reason"] is None) == (right is not None)


def test_names_of_answers_in_any_spelling():
    text, answer = "L = theta*w_1", r"dL/dw1 = theta; dL/d\theta = w_{1}"
    assert solved(text, "theta,w1", answer=answer).content["answer"]["right"]


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("dy/dx = 2x", True),
        ("$dy/dx = 2x$", True),
        ("`2x`", True),
        ("dy/dx = x", False),
        ("dy/db = 2x", None),
        ("y' = 2x", True),
        ("f'(x) = 2x", True),
        (r"f^{\prime}(x) = 2x", True),
        ("f′ = x", False),
        ("f'(b) = 2x", None),
        ("x' = 2x", None),
        ("$y' = 2$x", None),
    ],
)
def test_names_of_one_answer(answer, right):
    record = solved("x^2", "x", answer=answer)
    assert record.content["answer"]["right"] is right
    assert record.uncompared == (right is None)


@pytest.mark.parametrize(
    ("text", "answer", "right"),
    [
        ("x*y", "df/dx = y; df/dy = x", True),  # the expression has no name
        ("x*y", "dz/dx = y; dz/dy = x", True),
        ("x*y", "dy/dx = y; dy/dy = x", None),
        ("x*y", "df/dx = y; dg/dy = x", None),
        ("f = x*y", "df/dx = y; df/dy = x", True),
        ("f = x*y", "dg/dx = y; dg/dy = x", None),
        ("f = u*y; u = x", "du/dx = y; du/dy = x", None),
    ],
)
def test_the_output_that_an_answer_names(text, answer, right):
    assert solved(text, "x,y", answer=answer).content["answer"]["right"] is right


def test_how_answers_are_written():
    reason = solved("L = x*y*z", "all", answer="x: y*z, y: x*z").content["answer"]["reason"]
    assert "3 variables: write dL/dx = …; dL/dy = …; …," in reason


# --- Vectors ------------------------------------------------------------------------------

PRODUCT = "w, x: vector(n); y = dot(w, x)"
VECTORS = [
    (PRODUCT, "w", "x"),
    (PRODUCT, "w,x", "x; w"),
    (PRODUCT, "w,x", "dy/dw = x; dy/dx = w"),
    (PRODUCT, "w_i", "x_i"),
    ("x: vector(n); y = sum(x^2)", "x", "2*x"),
    ("x: vector(n); W: matrix(m, n); z = y^2; y = W x", "x", "W"),
    ("a: vector(2); y = a*x", "x", "a"),
]


@pytest.mark.parametrize(("text", "wrt", "answer"), VECTORS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_answers_with_vectors_are_not_compared(text, wrt, answer, format_name, monkeypatch):
    derivation = derive_vectors(text, wrt)
    monkeypatch.setattr(worker, "derive", lambda *_, **__: derivation)
    record = solved(text, wrt, format_name, answer=answer)
    assert not record.failed
    assert record.content["answer"]["right"] is None
    assert "vectors" in record.remark


@pytest.mark.parametrize("format_name", BODIES)
def test_vectors_in_a_document(format_name, monkeypatch, tmp_path):
    monkeypatch.setattr(worker, "derive", lambda text, wrt, **_: derive_vectors(text, wrt))
    records = [solved(text, wrt, format_name, answer=answer) for text, wrt, answer in VECTORS] * 2
    text = document(format_name, records, tmp_path)
    entries = [line for line in text.replace(r"\dots{}", "…").splitlines() if "; …" in line]
    assert len(entries) == len(records)
    assert "y = dot(w, x); …" in entries[0]
    assert not any("vector(" in entry for entry in entries)


def test_answers_with_a_matrix_are_not_compared():
    """Whatever the rest of the derivation looks like."""
    whole = derive("x^2")
    pair = Matrix.of([[whole.result, whole.result]])
    for derivation in (
        replace(whole, gradient={whole.wrt: pair}),
        replace(whole, read_as=pair),
        replace(whole, definitions=(Equation(whole.output, (pair,)),)),
    ):
        found = compared("2*x", derivation)
        assert (found["right"], "matrices" in found["reason"]) == (None, True)


def test_a_remark_is_one_line():
    remark = solved("x^2*y", "x,y", answer="2*x*y;\n\n  x^2").remark
    assert remark == "The given answer is right: 2*x*y; x^2"


# --- Variables and points -----------------------------------------------------------------


def test_the_exercise_names_the_variables_and_the_options_the_rest():
    options = Options(wrt="w,b")
    for variable, expected in ((None, ["w", "b"]), ("b,w", ["b", "w"])):
        record = solve(exercise(LOSS, variable), options)
        assert record.content["variables"] == expected
        assert list(record.content["gradient"]) == expected
    assert solve(exercise(LOSS, "x"), options).content["variable"] == "x"


def test_the_numbers_at_a_point():
    content = solved("1/(1 + e^(-x))", at="x=1").content
    assert "0.731059" in json.dumps(content["numbers"])
    assert "numbers" not in solved("1/(1 + e^(-x))").content
    assert solved("x*y", "x", at="x=1").failed


def test_other_points_and_variables_are_other_records():
    options = Options()
    given = [
        exercise("x^2"),
        exercise("x^2", "x"),
        exercise("x^2", at="x"),
        exercise("x^2", at="x=1"),
        exercise("x^2", answer="x=1"),
    ]
    assert len({key(one, options) for one in given}) == len(given)


# --- Documents ----------------------------------------------------------------------------


def document(format_name, records, tmp_path):
    path, tally = tmp_path / "out", Tally()
    for record in records:
        tally = tally.add(record)
    with open(path, "w", encoding="utf-8") as out:
        write(format_name, "Sheet", records, tally, out)
    return path.read_text("utf-8")


EXERCISES = [
    *[exercise("x^2")] * 9,
    exercise(LINES, "w,b", label="3\n\n# a", answer="x;\n\n# x"),
    exercise("L = z^2\nz = (x", "x"),
    exercise(f"{LOSS};\nq = 1", "w"),
]


@pytest.fixture(scope="module", params=BODIES)
def format_name(request):
    return request.param


@pytest.fixture(scope="module")
def records(format_name):
    return [solve(one, Options(format_name)) for one in EXERCISES]


def test_lines_in_an_exercise_do_not_break_a_document(format_name, records, tmp_path):
    assert [record.failed for record in records] == [False] * 10 + [True, False]
    assert all("\n" not in record.line for record in records)
    text = document(format_name, records, tmp_path)
    contents = text.partition("Contents")[2]
    entries = [line for line in contents.splitlines() if "(1/2)" in line]
    assert len(entries) == 2
    assert "3 # a) L = (1/2)(y" in entries[0].replace("\\#", "#")
    assert all("; …" in entry.replace("\\dots{}", "…") for entry in entries)
    assert not any("yhat = sigmoid" in entry for entry in entries)
    assert "L = z" in contents
    if format_name == "markdown":
        tokens = MarkdownIt().parse(text)
        titles = [
            tokens[n + 1].content for n, t in enumerate(tokens) if t.tag == "h2" and t.nesting > 0
        ]
        assert titles == ["Contents", *(f"Exercise {n}" for n in range(1, 13)), "Summary"]
        assert [t.content for t in tokens if t.tag == "h1" and t.nesting == 0] == []
    if format_name == "latex":
        assert text.count(r"\begin{") == text.count(r"\end{")
        assert text.isascii()


def test_the_line_of_a_record_is_one_line():
    for one in EXERCISES:
        record = solve(one, Options())
        assert record.content["expression"] == one.text
        assert len(record.line.splitlines()) == 1
        assert Record(record.line).belongs_to(one, Options())
