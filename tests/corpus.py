"""The exercises of corpus.txt."""

from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("corpus.txt")


class Exercise(NamedTuple):
    """An expression, what it means in Python syntax, and the variable if one is given."""

    text: str
    meaning: str
    wrt: str | None = None


def read(line):
    """One line of the corpus.

    >>> read("2x y ; 2*x*y ; wrt y")
    Exercise(text='2x y', meaning='2*x*y', wrt='y')
    """
    text, *fields = (field.strip() for field in line.split(" ; "))
    wrt = next((field[4:] for field in fields if field.startswith("wrt ")), None)
    meaning = next((field for field in fields if not field.startswith("wrt ")), text)
    return Exercise(text, meaning, wrt)


CORPUS = [read(line) for line in FILE.read_text("utf-8").splitlines() if line and line[0] != "#"]
