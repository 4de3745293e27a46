"""A batch from its files to its summary."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import click

from chainstep.batch import progress
from chainstep.batch.executors import Executor, Processes
from chainstep.batch.exercises import Exercise
from chainstep.batch.interruption import Interruption
from chainstep.batch.ordering import Window
from chainstep.batch.reading import read
from chainstep.batch.records import PART, STREAMED, Options, Record, WorkerDied, failed
from chainstep.batch.resume import Journal, Lines
from chainstep.batch.tally import Tally
from chainstep.files import replacing

GLANCE = 0.1  # seconds between two looks for a signal


@dataclass(frozen=True)
class Plan:
    """What a batch is asked to do. With `dask`, the address of a scheduler, the cluster
    decides how many exercises are solved at once, else `jobs`."""

    files: tuple[str, ...]
    title: str
    options: Options = field(default_factory=Options)
    input_format: str | None = None
    output: Path | None = None
    jobs: int = 1
    dask: str | None = None
    resume: bool = False
    strict: bool = False
    quiet: bool = False

    @property
    def file(self) -> Path | None:
        """The output if it is a file, which can be cut and replaced; a device cannot."""
        regular = self.output and (self.output.is_file() or not self.output.exists())
        return self.output if regular else None

    @property
    def streamed(self) -> bool:
        """Whether the records themselves are the output."""
        return self.options.format == STREAMED


def run(plan: Plan) -> int:
    """Solve all exercises; the exit status. Raises OSError."""
    with _records(plan) as records:
        try:
            tally, status = _run(plan, records)
        except (OSError, KeyboardInterrupt):
            _say_how_to_go_on(records)
            raise
        if status:
            click.echo(f"stopped after {tally.done} exercise{'s' * (tally.done != 1)}", err=True)
            _say_how_to_go_on(records)
            return status
        records.clear(keep_file=plan.streamed)
    if not plan.quiet:
        click.echo(f"{tally} → {plan.output}" if plan.output else str(tally), err=True)
    return 0 if tally.good else 1


def _run(plan: Plan, records: Lines) -> tuple[Tally, int]:
    """What came out and was written, and an exit status if it was stopped before the end."""
    try:
        exercises = read(plan.files, plan.input_format)
        tally, remaining = records.begin(exercises, plan.options, plan.resume)
        tally, status = _solve(plan, records, tally, remaining)
    finally:
        records.close()
    if not plan.streamed and not (status and plan.file):
        _write_document(plan, records, tally)
    return tally, status


def _say_how_to_go_on(records: Lines) -> None:
    if records.resumable:
        click.echo("the same command with --resume goes on from there", err=True)


# --- Solving ------------------------------------------------------------------------------


def _solve(
    plan: Plan, records: Lines, tally: Tally, exercises: Iterator[Exercise]
) -> tuple[Tally, int]:
    """What came out, and an exit status if it was stopped before the end."""
    if plan.strict and not tally.good:
        return tally, 1
    executor = _executor(plan)
    window = Window(
        exercises, lambda e: _begin(e, plan.options, records, executor), executor.window
    )
    try:
        with _reporting(plan, tally) as report, Interruption(window.close) as interruption:
            for future in window:
                if not _finished(future, executor, interruption):
                    break
                record = future.result()
                if interruption.signal and record.code == WorkerDied.code:
                    break  # the signal went to all processes
                records.append(record)
                tally = tally.add(record)
                report(tally)
                if plan.strict and not tally.good:
                    click.echo(f"{record.place}: {record.trouble}", err=True)
                    return tally, 1
    except KeyboardInterrupt:  # a second signal
        if not interruption.signal:
            raise
    finally:
        executor.stop()
    return tally, interruption.status


def _finished(future: Future[Record], executor: Executor, interruption: Interruption) -> bool:
    """Wait for a result; after a signal only for what is in hand, and for a moment."""
    while not (future.done() or interruption.signal):
        wait([future], GLANCE)
    if interruption.signal:
        executor.hold()
        if not future.cancelled():
            wait([future], interruption.time_left)
    return future.done() and not future.cancelled()


def _executor(plan: Plan) -> Executor:
    if plan.dask is not None:
        from chainstep.batch.cluster import Cluster

        return Cluster(plan.dask, plan.options)
    return Processes(plan.jobs, plan.options)


def _begin(
    exercise: Exercise, options: Options, records: Lines, executor: Executor
) -> Future[Record]:
    """Begin with an exercise, unless its record is known or it cannot be read at all."""
    known = records.find(exercise, options)
    if exercise.fault:
        known = failed(exercise, options, exercise.fault)
    if known is None:
        return executor.submit(exercise)
    done: Future[Record] = Future()
    done.set_result(known)
    return done


def _reporting(plan: Plan, tally: Tally) -> AbstractContextManager[progress.Report]:
    """A bar on a terminal, unless the records themselves go there."""
    records_on_terminal = plan.streamed and plan.output is None and sys.stdout.isatty()
    if plan.quiet or records_on_terminal or not sys.stderr.isatty():
        return progress.silence()
    return progress.bar(progress.count(plan.files, plan.input_format), tally)


# --- Writing ------------------------------------------------------------------------------


@contextmanager
def _records(plan: Plan) -> Iterator[Lines]:
    """Where the records go: the output itself, or a file from which the document is made."""
    if plan.file:
        yield Journal(plan.file if plan.streamed else plan.file.with_name(plan.file.name + PART))
    elif plan.streamed and plan.output:
        with open(plan.output, "wb", buffering=0) as device:
            yield Lines(device, str(plan.output))
    elif plan.streamed:
        stdout = sys.stdout.buffer
        yield Lines(getattr(stdout, "raw", stdout), "standard output")
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Journal(Path(folder) / "records", resumable=False)


def _write_document(plan: Plan, records: Lines, tally: Tally) -> None:
    from chainstep.batch.documents import write

    with _document(plan) as out:
        write(plan.options.format, plan.title, records, tally, out)


def _document(plan: Plan) -> AbstractContextManager[TextIO]:
    return replacing(plan.output) if plan.output else nullcontext(sys.stdout)
