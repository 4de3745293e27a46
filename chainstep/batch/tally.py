"""What has come out of a batch so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from chainstep.batch.records import Record

MOST_PLACES = 5  # that are named one by one


@dataclass(frozen=True)
class Places:
    """How many exercises something happened to, and where the first of them stand.

    >>> Places().add("sheet.txt:17").add("sheet.txt:23").said("failed")
    '2 failed (sheet.txt:17, sheet.txt:23)'
    """

    count: int = 0
    first: tuple[str, ...] = ()

    def add(self, place: str) -> Places:
        """One more."""
        return Places(self.count + 1, (*self.first, place)[:MOST_PLACES])

    def said(self, what: str) -> str:
        """The same in words."""
        more = self.count - len(self.first)
        named = [*self.first, f"{more} more"] if more else self.first
        return f"{self.count} {what} ({', '.join(named)})"


@dataclass(frozen=True)
class Tally:
    """How many exercises were solved, how many lines were checked, and what went wrong."""

    solved: int = 0
    lines: int = 0
    unchecked: Places = field(default_factory=Places)
    wrong: Places = field(default_factory=Places)
    uncompared: Places = field(default_factory=Places)
    failed: Places = field(default_factory=Places)

    @property
    def done(self) -> int:
        """The number of exercises that are finished."""
        return self.solved + self.failed.count

    @property
    def good(self) -> bool:
        """Whether each exercise was solved, and each answer that was given is right."""
        return not self.failed.count and not self.wrong.count

    def add(self, record: Record) -> Tally:
        """The tally with one exercise more."""
        if record.failed:
            return replace(self, failed=self.failed.add(record.place))
        place = record.place
        return replace(
            self,
            solved=self.solved + 1,
            lines=self.lines + record.lines,
            unchecked=self.unchecked.add(place) if record.unverified else self.unchecked,
            wrong=self.wrong.add(place) if record.wrong else self.wrong,
            uncompared=self.uncompared.add(place) if record.uncompared else self.uncompared,
        )

    def __str__(self) -> str:
        troubles = {
            "could not be checked": self.unchecked,
            "with a wrong answer": self.wrong,
            "with an answer that could not be compared": self.uncompared,
            "failed": self.failed,
        }
        parts = [f"{self.solved} solved", f"{self.lines} lines checked"]
        parts += [places.said(what) for what, places in troubles.items() if places.count]
        return ", ".join(parts)
