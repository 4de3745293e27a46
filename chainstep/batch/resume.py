"""Records on disk: whole lines that outlive a kill, and the place where a run goes on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Protocol

from chainstep.batch.exercises import Exercise
from chainstep.batch.records import Exhausted, Options, Record, key
from chainstep.batch.tally import Tally

try:
    import fcntl
except ImportError:  # on Windows, where nothing keeps two runs apart
    fcntl = None  # type: ignore[assignment]

Begun = tuple[Tally, Iterator[Exercise]]  # what is done, and the exercises that remain


class Writer(Protocol):
    """A binary stream without a buffer."""

    def write(self, data: memoryview, /) -> int | None: ...


class Lines:
    """Records written to a stream, each at once; nothing is read back. Raises OSError."""

    resumable = False

    def __init__(self, stream: Writer, name: str):
        self.stream = stream
        self.name = name

    def begin(self, exercises: Iterator[Exercise], options: Options, resume: bool) -> Begun:
        """Nothing is done, everything remains."""
        return Tally(), exercises

    def find(self, exercise: Exercise, options: Options) -> Record | None:
        """The record of an exercise, if an earlier run solved it."""
        return None

    def append(self, record: Record) -> None:
        """Write a record."""
        rest = memoryview(f"{record.line}\n".encode())
        try:
            while rest:
                rest = rest[self.stream.write(rest) or 0 :]
        except OSError as error:
            raise type(error)(error.errno, error.strerror, self.name) from None

    def __iter__(self) -> Iterator[Record]:
        """The records that can be read back."""
        return iter(())

    def close(self) -> None:
        """No more records come."""

    def clear(self, keep_file: bool) -> None:
        """All is done: delete what was for a later run."""


class Journal(Lines):
    """A file that grows by whole records, and goes on where an earlier run came to."""

    def __init__(self, path: Path, resumable: bool = True):
        self.path = path
        self.resumable = resumable
        self.file = _opened(path)
        _lock(self.file.fileno(), path)
        self.kept = Kept(path.with_name(f"{path.name}.kept"))
        super().__init__(self.file, str(path))

    def begin(self, exercises: Iterator[Exercise], options: Options, resume: bool) -> Begun:
        """Cut the file after the last record that a new run would write there, too.

        Records behind it, if the exercises have changed since, are kept: each may be wanted
        elsewhere. A torn line is not.
        """
        if not resume:
            self.kept.remove()
            self.file.truncate(0)
            return Tally(), exercises
        tally, size = Tally(), 0
        with open(self.path, "rb") as file:
            for data in file:
                record = _whole(data)
                exercise = next(exercises, None)
                if not (record and exercise and record.belongs_to(exercise, options)):
                    self.kept.keep(filter(None, map(_whole, chain([data], file))))
                    exercises = chain([exercise] if exercise else [], exercises)
                    break
                tally = tally.add(record)
                size += len(data)
        self.file.truncate(size)
        return tally, exercises

    def find(self, exercise: Exercise, options: Options) -> Record | None:
        """The record of an exercise, if it was kept."""
        return self.kept.find(exercise, options)

    def append(self, record: Record) -> None:
        """Write a record, whole or not at all."""
        size = os.fstat(self.file.fileno()).st_size
        try:
            super().append(record)
        except OSError:
            with suppress(OSError):
                self.file.truncate(size)
            raise

    def __iter__(self) -> Iterator[Record]:
        with open(self.path, "rb") as file:
            for data in file:
                yield Record(data.decode())

    def close(self) -> None:
        """Bring the records safely to the disk."""
        os.fsync(self.file.fileno())
        self.file.close()
        self.kept.close()

    def clear(self, keep_file: bool) -> None:
        """Delete what was kept, and the records themselves if a document was made of them."""
        self.kept.remove()
        if not keep_file:
            self.path.unlink()


def _opened(path: Path) -> FileIO:
    try:
        return open(path, "ab", buffering=0)
    except FileNotFoundError as error:
        raise OSError(error.errno, "the folder of this file does not exist", str(path)) from None


def _lock(descriptor: int, path: Path) -> None:
    """Two runs that wrote to one file would spoil it; the lock ends with the process."""
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OSError(error.errno, "another run is writing this file", str(path)) from None
        except OSError:
            pass  # not every file system has locks


class Kept:
    """Records of an earlier run by their keys, on disk: memory does not grow with them.
    Raises OSError."""

    def __init__(self, path: Path):
        self.path = path
        self.database: sqlite3.Connection | None = None
        if path.exists():
            with self._errors():
                self._open()

    def _open(self) -> sqlite3.Connection:
        self.database = sqlite3.connect(self.path, check_same_thread=False)
        self.database.execute("CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, line TEXT)")
        return self.database

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What the database says of the disk, as the disk itself would say it."""
        try:
            yield
        except sqlite3.Error as error:
            raise OSError(None, str(error), str(self.path)) from None

    def keep(self, records: Iterable[Record]) -> None:
        """Put the final ones of some records aside, all of them or none."""
        with self._errors():
            for record in filter(attrgetter("final"), records):
                row = record.content["key"], record.line
                database = self.database or self._open()
                database.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", row)
            if self.database:
                self.database.commit()

    def find(self, exercise: Exercise, options: Options) -> Record | None:
        """The record of an exercise, with its present place."""
        if self.database is None:
            return None
        keys = [key(exercise, options), key(exercise, options, Exhausted.code)]
        query = "SELECT line FROM kept WHERE key IN (?, ?)"
        with self._errors():
            row = self.database.execute(query, keys).fetchone()
        return Record(row[0]).moved_to(exercise) if row else None

    def close(self) -> None:
        """Let go of the file."""
        if self.database:
            self.database.close()

    def remove(self) -> None:
        """Delete the file."""
        self.close()
        self.database = None
        self.path.unlink(missing_ok=True)


def _whole(data: bytes) -> Record | None:
    """The record on a line, unless the line is torn or something else."""
    if not data.endswith(b"\n"):
        return None
    record = Record(data.decode("utf-8", "replace").removesuffix("\n"))
    return record if "key" in record.content else None
