"""What has come out of a batch so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chainstep.batch.records import Record

MOST_PLACES = 5  # of failed exercises that are named one by one


@dataclass(frozen=True)
class Tally:
    """Counts, and the places of the first exercises that failed."""

    solved: int = 0
    lines: int = 0
    unchecked: int = 0
    failed: int = 0
    places: tuple[str, ...] = ()

    @property
    def done(self) -> int:
        """The number of exercises that are finished."""
        return self.solved + self.failed

    def add(self, record: Record) -> Tally:
        """The tally with one exercise more."""
        if record.failed:
            places = (*self.places, record.place)[:MOST_PLACES]
            return replace(self, failed=self.failed + 1, places=places)
        return replace(
            self,
            solved=self.solved + 1,
            lines=self.lines + record.lines,
            unchecked=self.unchecked + record.unverified,
        )

    def __str__(self) -> str:
        """One sentence.

        >>> print(Tally(40, 612, 0, 2, ("sheet.txt:17", "sheet.txt:23")))
        40 solved, 612 lines checked, 2 failed (sheet.txt:17, sheet.txt:23)
        """
        parts = [f"{self.solved} solved", f"{self.lines} lines checked"]
        if self.unchecked:
            parts.append(f"{self.unchecked} could not be checked")
        if self.failed:
            more = self.failed - len(self.places)
            places = [*self.places, f"and {more} more"] if more else self.places
            parts.append(f"{self.failed} failed ({', '.join(places)})")
        return ", ".join(parts)
