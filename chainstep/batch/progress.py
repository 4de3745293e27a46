"""What a person sees on standard error while a batch runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chainstep.batch.reading import read
from chainstep.batch.tally import Tally

Report = Callable[[Tally], None]


@contextmanager
def bar(total: int | None, start: Tally) -> Iterator[Report]:
    """A bar with done/total, rate, failures and the time left; `start` was done before."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TextColumn("[red]{task.fields[failures]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False) as shown:
        task = shown.add_task("", total=total, completed=start.done, rate="", failures="")

        def report(tally: Tally) -> None:
            elapsed = shown.tasks[0].elapsed or 0
            rate = f"{(tally.done - start.done) / elapsed:.0f} per second" if elapsed > 1 else ""
            failures = f"{tally.failed.count} failed" if tally.failed.count else ""
            shown.update(task, completed=tally.done, rate=rate, failures=failures)

        report(start)
        yield report


@contextmanager
def silence() -> Iterator[Report]:
    """Nothing."""
    yield lambda tally: None


def count(files: Iterable[str], input_format: str | None) -> int | None:
    """The number of exercises, or None if that would use up the input."""
    if all(Path(file).is_file() for file in files):
        return sum(1 for _ in read(files, input_format))
    return None
