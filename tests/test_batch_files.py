"""Exercise files: every format, and what may be wrong with a line of it."""

import json
from io import BytesIO
from itertools import count

import pytest

from chainstep.batch.exercises import LONGEST_BLOCK
from chainstep.batch.formats import READERS
from chainstep.batch.reading import LONGEST_LINE, lines, read
from chainstep.batch.tables import MOST_LINES


def found(format_name, content):
    data = content if isinstance(content, bytes) else content.encode()
    return list(READERS[format_name](lines(BytesIO(data), "sheet")))


def expressions(format_name, content):
    exercises = found(format_name, content)
    assert not any(exercise.fault for exercise in exercises)
    return [exercise.text for exercise in exercises]


def fault(format_name, content):
    """The number and the fault of the only line that has one."""
    ((number, message),) = (
        (exercise.source.line, exercise.fault.message)
        for exercise in found(format_name, content)
        if exercise.fault
    )
    return number, message


# --- Text ---------------------------------------------------------------------------------


def test_text():
    content = "# a sheet\n\n  sin(x)  \nx^2 # easy\n"
    assert expressions("text", content) == ["sin(x)", "x^2"]


@pytest.mark.parametrize(
    ("line", "label", "expression"),
    [
        ("3a) sin(x)", "3a", "sin(x)"),
        ("12)x^2", "12", "x^2"),
        ("B-2.1) (x + 1)(x)", "B-2.1", "(x + 1)(x)"),
        ("3. sin(x)", "3", "sin(x)"),
        ("3.2a. x", "3.2a", "x"),
        ("b. $x^2$", "b", "x^2"),
        ("(3a) sin(x)", "3a", "sin(x)"),
        ("(b) (x + 1)(x)", "b", "(x + 1)(x)"),
        ("(iv) x", "iv", "x"),
        ("(3a)x", None, "(3a)x"),
        ("(x) (x + 1)", None, "(x) (x + 1)"),
        ("(a + 1) x", None, "(a + 1) x"),
        ("sin(x) + 1", None, "sin(x) + 1"),
        ("2.5 x", None, "2.5 x"),
        ("2.x", None, "2.x"),
        ("-sin(x)", None, "-sin(x)"),
        ("$x^2$", None, "x^2"),
    ],
)
def test_labels(line, label, expression):
    (exercise,) = found("text", line)
    assert (exercise.source.label, exercise.text) == (label, expression)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_marks_and_ends_of_lines(end):
    content = b"\xef\xbb\xbfsin(x)" + (end or "\n").encode() + b"x^2" + end.encode()
    assert expressions("text", content) == ["sin(x)", "x^2"]
    assert [exercise.source.line for exercise in found("text", content)] == [1, 2]


def test_a_mark_in_the_middle():
    """As in files that were put one behind the other."""
    assert expressions("text", b"x\n\xef\xbb\xbfx^2\n") == ["x", "x^2"]


def test_invalid_utf_8_is_the_fault_of_its_line():
    content = b"sin(x)\nx^\xff2\nx^3\n"
    assert fault("text", content) == (2, "byte 3 of this line is not valid UTF-8")
    assert [exercise.text for exercise in found("text", content)][2] == "x^3"


def test_an_endless_line_is_not_kept():
    exercises = found("text", b"x\n" + b"y" * (3 * LONGEST_LINE) + b"\nz")
    assert [exercise.source.line for exercise in exercises] == [1, 2, 3]
    assert f"more than {LONGEST_LINE} bytes" in exercises[1].fault.message
    assert len(exercises[1].text) < 1000
    assert exercises[2].text == "z"


def test_the_longest_line_is_kept():
    (exercise,) = found("text", b"y" * LONGEST_LINE)
    assert exercise.fault is None


SYSTEM = """\
1) L = z^2;  # the loss

# its parts
  z = w*x + b;
b = 1
2) x^2
"""


def test_a_line_that_ends_with_a_semicolon_goes_on():
    whole = "L = z^2; z = w*x + b; b = 1"
    for end in ("\n", "\r\n"):
        first, second = found("text", SYSTEM.replace("\n", end))
        assert (first.source.line, first.source.label, first.text) == (1, "1", whole)
        assert (second.source.line, second.text) == (6, "x^2")
    fenced = found("markdown", f"- x\n```chainstep\n{SYSTEM}```\n- y\n")
    assert [(e.source.line, e.text) for e in fenced] == [
        (1, "x"),
        (3, whole),
        (8, "x^2"),
        (10, "y"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a = b^2; b = x", ["a = b^2; b = x"]),
        ("a = b^2;", ["a = b^2;"]),
        ("a = b^2;\n\n# the end\n\n", ["a = b^2;"]),
        ("$a = b^2;\nb = x$\nx", ["a = b^2; b = x", "x"]),
        ("a = b^2 # ;\nx", ["a = b^2", "x"]),
        (";\nx", ["; x"]),
    ],
)
def test_where_a_block_ends(content, expected):
    assert expressions("text", content) == expected


def test_a_block_ends_with_its_fence():
    assert expressions("markdown", "```chainstep\na = b^2;\n```\n- x\n") == ["a = b^2;", "x"]


def test_a_fault_in_a_block_costs_the_block():
    content = b"L = z^2;\nz = \xff;\nw = x\nx^2\n"
    assert fault("text", content) == (2, "byte 5 of this line is not valid UTF-8")
    assert [exercise.text for exercise in found("text", content)][1:] == ["x^2"]


def test_an_endless_block_is_not_kept():
    exercises = found("text", "x\n" + "y = x;\n" * (LONGEST_BLOCK // 4) + "\nz = x\nx^2\n")
    assert [exercise.source.line for exercise in exercises][:2] == [1, 2]
    assert f"more than {LONGEST_BLOCK} characters" in exercises[1].fault.message
    assert len(exercises[1].text) < 1000
    assert exercises[2].text == "x^2"


# --- Tables -------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_table(delimiter):
    header = delimiter.join(["Label", " expression", "points", "VARIABLE", "answer"])
    row = delimiter.join(["3a", '"sin(a x)"', "5", "a", '"x cos(a x)"'])
    (exercise,) = found("csv", f"{header}\r\n{row}\r\n{delimiter * 4}\r\n\r\n")
    assert exercise.source.label == "3a"
    assert (exercise.text, exercise.variable) == ("sin(a x)", "a")
    assert exercise.answer == "x cos(a x)"


def test_a_system_in_a_table():
    content = 'expression,wrt,at\n"L = z^2; z = w*x","w,x","w=1, x=1/3"\nx^2,,\n'
    first, second = found("csv", content)
    assert first.text == "L = z^2; z = w*x"
    assert (first.variable, first.at) == ("w,x", "w=1, x=1/3")
    assert (second.variable, second.at) == (None, None)


def test_separators_in_quotes():
    assert expressions("csv", 'expression,label\n"log(x, 2)",a\nx,b\n') == ["log(x, 2)", "x"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a,log(x, 2)", "3 fields"),
        ('"a,x', "no row of a table"),
        ("a,", "no expression"),
        (f'a,"{"x" * 200_000}"', "no row of a table"),
    ],
)
def test_a_bad_row_costs_only_itself(row, message):
    content = f"label,expression\nb,x\n{row}\nc,x^2\n"
    number, said = fault("csv", content)
    assert number == 3
    assert message in said
    assert [exercise.text for exercise in found("csv", content)][::2] == ["x", "x^2"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_cell_of_several_lines(end):
    content = 'label,expression,wrt,answer\na,x^2,,\nd,"L = p^2;\n\np = ""x""",x,"2\n*x"\ne,x^3,,\n'
    one, several, last = found("csv", content.replace("\n", end))
    assert (one.source.line, last.source.line) == (2, 7)
    assert (several.source.label, several.source.line, several.fault) == ("d", 3, None)
    assert several.text == 'L = p^2;\n\np = "x"'
    assert (several.variable, several.answer, last.text) == ("x", "2\n*x", "x^3")


def test_a_cell_at_the_end_of_the_file():
    assert expressions("csv", 'expression\n"a = b;\nb = x"') == ["a = b;\nb = x"]


FILLING = "b,x\n" * (3 * MOST_LINES)


@pytest.mark.parametrize(
    ("torn", "following"),
    [
        ('a,"x^2', 'b,"x^3"\nc,x^4\n'),  # the next quote is no end of a cell
        ('a,"x^2', "b,x^3\nc,x^4\n"),
        ('a,"x^2', FILLING),
        ('a,"x^2', FILLING + 'c,"\n'),
        ('a,"x^2', f"b,{'x' * LONGEST_LINE}\n" + 'c,"\n'),
        ('a,"x^2', f'",{"x," * 5000}"\n' * (LONGEST_BLOCK // 10_000) + '"\n'),
        ('a,"x^2\nb,x^3"+', "c,x^4\n"),
    ],
)
def test_an_open_quote_costs_its_line(torn, following):
    """Behind it everything is read as if it were not there."""
    header = "label,expression\n"
    with_it = found("csv", f"{header}{torn}\n{following}")
    first, *others = torn.split("\n")
    without = found("csv", "\n".join([header, *others, following]))
    assert (with_it[0].source.line, with_it[0].text) == (2, first)
    assert "no row of a table" in with_it[0].fault.message

    def seen(exercises):
        return [(e.source, e.text, str(e.fault)) for e in exercises]

    assert seen(with_it[1:]) == seen(without)


def test_the_longest_cell():
    cell = "x" + "\n" * (MOST_LINES - 1)
    first, second = found("csv", f'expression\n"{cell}"\nx^2\n')
    assert (first.text, first.fault, second.text) == ("x", None, "x^2")
    assert found("csv", f'expression\n"{cell}\n"\nx^2\n')[0].fault


def test_reading_ahead_has_an_end():
    """Of a table without end only so many lines are read."""
    endless = (f"b,{n}\n".encode() for n in count())
    stream = BytesIO(b'label,expression\na,"x\n')
    stream.readline = lambda limit, read=stream.readline: read(limit) or next(endless)
    exercises = READERS["csv"](lines(stream, "sheet"))
    assert next(exercises).fault
    assert [next(exercises).text for _ in range(3)] == ["0", "1", "2"]
    assert int(next(endless)[2:]) < 2 * MOST_LINES


def test_invalid_utf_8_costs_its_row():
    content = b'expression,label\nx,\n"L = p^2;\np = \xff;",a\nx^2,\n'
    number, message = fault("csv", content)
    assert (number, message) == (3, "line 4: byte 5 of this line is not valid UTF-8")
    assert [exercise.text for exercise in found("csv", content)][::2] == ["x", "x^2"]
    content = b'expression\n"L = \xff;\np = x"\nx^2\n'
    assert fault("csv", content) == (2, "byte 6 of this line is not valid UTF-8")
    assert len(found("csv", content)) == 2


def test_an_endless_line_opens_no_cell():
    content = f'expression\n"{"y" * 2 * LONGEST_LINE}"\nx"\nx^2\n'
    first, second, third = found("csv", content)
    assert f"more than {LONGEST_LINE} bytes" in first.fault.message
    assert (second.text, third.text) == ('x"', "x^2")


def test_a_table_needs_a_header():
    number, message = fault("csv", "x^2,2x\nx^3,3x^2\n")
    assert (number, "expression" in message) == (1, True)
    for blank in ("", "\n\n", "\ufeff"):
        assert found("csv", blank) == []
    assert expressions("csv", "\n \nexpression\nx\n") == ["x"]


# --- JSON lines ---------------------------------------------------------------------------


def test_jsonl():
    content = '{"expression": "a*x", "wrt": "a", "label": "1"}\n\n"x^2"\n'
    first, second = found("jsonl", content)
    assert (first.text, first.variable, first.source.label) == ("a*x", "a", "1")
    assert second.text == "x^2"


def test_a_system_in_json():
    content = {"expression": "L = z^2\nz = w*x;", "wrt": "all", "at": "w=1, x=2"}
    (exercise,) = found("jsonl", json.dumps(content))
    assert exercise.text == "L = z^2\nz = w*x;"
    assert (exercise.variable, exercise.at) == ("all", "w=1, x=2")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("5", "neither"),
        ('{"label": "1"}', "no expression"),
        ('{"expression": 5}', "'expression' is not a string"),
        ('{"expression": ["x"]}', "'expression' is not a string"),
        ('{"expression": "x", "variable": 5}', "'variable' is not a string or a list"),
        ('{"expression": "x", "wrt": ["x", 5]}', "'wrt' is not a string or a list"),
        ('{"expression": "x", "wrt": [["x"]]}', "'wrt' is not a string or a list"),
        ('{"expression": "x", "at": {"x": true}}', "'at' is not a string or an object"),
        ('{"expression": "x", "at": {"x": null}}', "'at' is not a string or an object"),
        ('{"expression": "x", "at": ["x=1"]}', "'at' is not a string or an object"),
        ('{"expression": "x", "at": 5}', "'at' is not a string or an object"),
        ('{"expression": "x", "answer": {"x": "1"}}', "'answer' is not a string or a list"),
    ],
)
def test_bad_json(line, message):
    number, said = fault("jsonl", f'"x"\n{line}\n"x^2"\n')
    assert number == 2
    assert message in said


@pytest.mark.parametrize(
    ("field", "written", "read"),
    [
        ("variable", '["x", " w1 "]', "x, w1"),
        ("variable", "[]", None),
        ("variable", "null", None),
        ("at", '{"x": 1, "b": "1/3", "c": -2.50, "d": 1e-7}', "x=1, b=1/3, c=-2.50, d=1e-7"),
        ("at", "{}", None),
        ("answer", '["y", 2]', "y; 2"),
        ("answer", "0.10", "0.10"),
        ("answer", "7" * 5000, "7" * 5000),
        ("label", "3", "3"),
    ],
)
def test_natural_types(field, written, read):
    (exercise,) = found("jsonl", f'{{"expression": "x", "{field}": {written}}}')
    assert exercise.fault is None
    assert getattr(exercise.source if field == "label" else exercise, field) == read


def test_half_a_character():
    (exercise,) = found("jsonl", json.dumps("x + \ud800"))
    assert exercise.text.encode() == "x + \N{REPLACEMENT CHARACTER}".encode()


# --- Markdown -----------------------------------------------------------------------------

MARKDOWN = """\
# Sheet 3

Differentiate:

1. $\\sin(x^2)$
2) `x^x`
- [ ] e^x
  * 3a) $$\\ln x$$

---
- - -

```chainstep
# easy
b) x + 1
- x
```

```python
- not an exercise
```

~~~~chainstep
x^2
~~~
x^3
~~~~
+ x^4
"""


def test_markdown():
    exercises = found("markdown", MARKDOWN)
    assert [(e.source.line, e.source.label, e.text) for e in exercises] == [
        (5, "1", r"\sin(x^2)"),
        (6, "2", "x^x"),
        (7, None, "e^x"),
        (8, "3a", r"\ln x"),
        (15, "b", "x + 1"),
        (16, None, "- x"),
        (24, None, "x^2"),
        (25, None, "~~~"),
        (26, None, "x^3"),
        (28, None, "x^4"),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("1. Differentiate $x^2$.", [("1", "x^2")]),
        ("1. a) Differentiate `x^2`", [("a", "x^2")]),
        ("- Differentiate\n  $$x^2$$\n", [(None, "x^2")]),
        ("- $L = z^2;\n  z = a*x$\n- x", [(None, "L = z^2; z = a*x"), (None, "x")]),
        ("- L = z^2;  # twice\n\tz = a*x\n- x", [(None, "L = z^2; z = a*x"), (None, "x")]),
        ("- x^2;\n- x^3;\n", [(None, "x^2;"), (None, "x^3;")]),
        ("- x^2;\n\n  More of it", [(None, "x^2;")]),
        ("- x^2\n  (a hint)\nmore", [(None, "x^2")]),
        ("- x^2\n  - x^3\n    1. x^4", [(None, "x^2"), (None, "x^3"), ("1", "x^4")]),
        ("1. ```\n   x\n   ```\n2. x^2", [("2", "x^2")]),
        ("1. ```chainstep\n   x\n   ```\n2. x^2", [(None, "x"), ("2", "x^2")]),
        ("```x``` is code\n- x^2", [(None, "x^2")]),
        ("<!--\n- x\n-->\n- x^2 <!-- easy", [(None, "x^2 <!-- easy")]),
        ("<!-- x -->\n- x^2", [(None, "x^2")]),
        ("---\ntags:\n  - x\n---\n- x^2\n\n---\n- x^3", [(None, "x^2"), (None, "x^3")]),
    ],
)
def test_what_stands_around_the_exercises(content, expected):
    exercises = found("markdown", content)
    assert not any(exercise.fault for exercise in exercises)
    assert [(e.source.label, e.text) for e in exercises] == expected


def test_an_item_is_one_exercise():
    content = "- x\n- $x^2$ and $x^3$\n- x^4"
    assert fault("markdown", content) == (2, "there are 2 formulas here")


@pytest.mark.parametrize(
    ("start", "end"), [("<!--", "-->"), ("---", "---"), ("```", "```"), ("- x;", "")]
)
def test_invalid_utf_8_is_found_anywhere(start, end):
    content = f"{start}\n  - \udcff\n{end}\n- x^2\n".encode("utf-8", "surrogateescape")
    number, _ = fault("markdown", content)
    assert (number, found("markdown", content)[-1].text) == (2, "x^2")


# --- Several files ------------------------------------------------------------------------


def test_the_format_follows_the_extension(tmp_path):
    contents = {
        "a.txt": "a) x",
        "b.csv": "expression\nx^2",
        "c.tsv": "expression\tlabel\nx^3\tq",
        "d.jsonl": '"x^4"',
        "e.md": "- x^5",
        "f.unknown": "x^6",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    files = [str(tmp_path / name) for name in contents]
    exercises = list(read(files))
    assert [e.text for e in exercises] == ["x", "x^2", "x^3", "x^4", "x^5", "x^6"]
    assert [e.source.file for e in exercises] == files
    assert [e.text for e in read(files[1:2], "text")] == ["expression", "x^2"]
