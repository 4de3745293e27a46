"""How an error shows its place."""

import pytest

from chainstep.columns import columns
from chainstep.errors import ChainstepError


def explained(source, span):
    return ChainstepError("wrong", source, span, "a hint").explain().splitlines()[1:-1]


@pytest.mark.parametrize(
    ("source", "place", "shown", "before"),
    [
        ("sin(x", 3, "sin(x", 3),
        ("\t\tsin(x", 5, "  sin(x", 5),  # a tab of one column, whatever the terminal makes of it
        ("x\N{NO-BREAK SPACE}+\N{EM SPACE}(x", 4, "x + (x", 4),
        ("ŷ + (x", 4, "ŷ + (x", 4),
        ("y\u0302 + (x", 5, "y\u0302 + (x", 4),  # a letter of two characters in one column
        ("ｘ＋（2", 2, "ｘ＋（2", 4),  # letters of two columns
        ("x\0 + (x", 5, "x\N{REPLACEMENT CHARACTER} + (x", 5),
        ("a\nx + (2\nb", 6, "x + (2", 4),
        ("x + " * 50 + "(x", 200, f"…{'x + ' * 9}(x", 37),
    ],
)
def test_the_caret_stands_below_its_place(source, place, shown, before):
    line, caret = explained(source, (place, place + 1))
    assert line == f"  {shown}"
    assert caret.rstrip("^") == " " * (2 + before)


@pytest.mark.parametrize("text", ["y\u0302\u2081", "名前", "x + 2"])
def test_carets_stand_below_the_whole_of_it(text):
    _, caret = explained(text, (0, len(text)))
    assert caret == f"  {'^' * columns(text)}"


@pytest.mark.parametrize("source", ["", "  ", "\n"])
def test_nothing_has_no_place(source):
    assert explained(source, (0, 0)) == []
