"""Exercises, and the lines they stand on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chainstep.errors import ChainstepError

LONGEST_BLOCK = 500_000  # characters of an exercise of several lines


class UnreadableLine(ChainstepError):  # noqa: N818 - named for its cause
    """A line of an exercise file that holds no exercise."""

    code = "unreadable-line"


@dataclass(frozen=True)
class Source:
    """Where an exercise stands."""

    file: str
    line: int
    label: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Exercise:
    """An expression or a system of definitions to differentiate, as text. `variable` may be
    several, "w1,w2" or "all", and `at` is a point, "x=1, b=1/3"; `fault` says why it cannot
    even be read."""

    source: Source
    text: str
    variable: str | None = None
    at: str | None = None
    answer: str | None = None
    fault: ChainstepError | None = None


@dataclass(frozen=True)
class Line:
    """A line of a file, without its end; only its beginning where it is not `whole`."""

    file: str
    number: int
    text: str
    fault: ChainstepError | None = None
    whole: bool = True

    def exercise(self, text: str, label: str | None = None, **fields: str) -> Exercise:
        """The exercise that stands here."""
        source = Source(self.file, self.number, label)
        return Exercise(source, text, fault=self.fault, **fields)

    def faulty(self, fault: ChainstepError | None = None) -> Exercise:
        """What stands here instead of an exercise."""
        return Exercise(Source(self.file, self.number), self.text, fault=self.fault or fault)


class Lookahead:
    """Lines of which the last can be given back."""

    def __init__(self, lines: Iterator[Line]):
        self.lines = lines
        self.returned: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self.returned.popleft() if self.returned else next(self.lines)

    def give_back(self, lines: Sequence[Line]) -> None:
        """These lines come next."""
        self.returned.extendleft(reversed(lines))
