"""Where exercises are solved: in processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Protocol

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from chainstep.batch.exercises import Exercise
from chainstep.batch.records import Exhausted, Options, Record, WorkerDied, failed
from chainstep.errors import ChainstepError

GRACE = 2.0  # seconds after which a process that outlives its own limit is ended from outside
ATTEMPTS = 3  # at an exercise whose process died before it had begun
WINDOW = 64  # exercises under way for each process, so that a slow one keeps none waiting
STDERR = 2
HEAVY = "chainstep.batch.worker"  # imports sympy: once, in the process that forks the others


class Executor(Protocol):
    """What a batch needs of a place where exercises are solved."""

    window: int  # so many exercises keep it busy

    def submit(self, exercise: Exercise) -> Future[Record]:
        """Begin with an exercise."""
        ...

    def hold(self) -> None:
        """Begin with nothing more, also of what was submitted."""
        ...

    def stop(self) -> None:
        """End what is still under way."""
        ...


class Processes:
    """Processes of this machine, each minded by a thread.

    A process that exceeds its limits, or dies, takes only its own exercise with it. Each is a
    pool of one: processes that share a pool share its locks, and one that is killed while it
    holds them would end all.
    """

    def __init__(self, jobs: int, options: Options):
        self.window = WINDOW * jobs
        self._options = options
        self._context = _context()
        self._threads = ThreadPoolExecutor(jobs)
        self._idle: SimpleQueue[ProcessPool] = SimpleQueue()
        self._under_way: set[ProcessFuture[str | None]] = set()
        for _ in range(jobs):
            self._idle.put(self._pool())

    def submit(self, exercise: Exercise) -> Future[Record]:
        """Begin with an exercise."""
        return self._threads.submit(self._solve, exercise)

    def hold(self) -> None:
        """Begin with nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def stop(self) -> None:
        """End all processes, also in the middle of an exercise."""
        self.hold()
        for future in tuple(self._under_way):
            future.cancel()
        self._threads.shutdown()
        while not self._idle.empty():
            _end(self._idle.get())

    def _solve(self, exercise: Exercise) -> Record:
        cause: ChainstepError = WorkerDied("the processes that should work on this die at once")
        for _ in range(ATTEMPTS):
            pool = self._idle.get()
            try:
                return Record(self._ask(pool, exercise))
            except RuntimeError:  # the pool is broken, and the exercise was not begun
                pool = self._replaced(pool)
            except ChainstepError as failure:
                # No state survives an exercise that was broken off half-way.
                pool = self._replaced(pool)
                cause = failure
                break
            finally:
                self._idle.put(pool)
        return failed(exercise, self._options, cause)

    def _ask(self, pool: ProcessPool, exercise: Exercise) -> str:
        """The record of an exercise, made by the process of a pool; it is started first, and
        on a busy machine that takes a while. Raises Exhausted or WorkerDied."""
        if not pool.active:
            raise RuntimeError("the pool is broken")
        begin = time.monotonic()
        limit = self._options.timeout + GRACE
        future = pool.schedule(_attempt, args=[exercise, self._options], timeout=limit)
        self._under_way.add(future)
        try:
            record = future.result(limit + GRACE)
            if record is None:
                raise MemoryError
        except (TimeoutError, MemoryError, ProcessExpired) as failure:
            if not (future.done() or future.running()):  # no process has begun with it
                raise RuntimeError("the pool has lost the exercise") from None
            raise _cause(failure, time.monotonic() - begin, self._options) from None
        finally:
            self._under_way.remove(future)
        return record

    def _pool(self) -> ProcessPool:
        memory = [self._options.memory]
        return ProcessPool(1, initializer=_prepare, initargs=memory, context=self._context)

    def _replaced(self, pool: ProcessPool) -> ProcessPool:
        _end(pool)
        return self._pool()


def _end(pool: ProcessPool) -> None:
    pool.stop()
    pool.join()


def _prepare(memory: int) -> None:
    from chainstep.batch.worker import prepare

    prepare(memory)


def _attempt(exercise: Exercise, options: Options) -> str | None:
    from chainstep.batch.worker import attempt

    return attempt(exercise, options)


def _cause(failure: BaseException, seconds: float, options: Options) -> ChainstepError:
    """Why there is no answer from a process, after so many seconds.

    The exit status of a process is not always known: threads that ask for it at the same
    moment take it from each other. So it decides nothing here.
    """
    if isinstance(failure, MemoryError):
        message = f"this needs more than {options.memory} megabytes of memory"
        return Exhausted(message, hint="--memory allows more")
    if seconds >= options.timeout:
        message = f"this takes longer than {options.timeout:g} second{'s' * (options.timeout != 1)}"
        return Exhausted(message, hint="--timeout allows more")
    return WorkerDied("the process that worked on this died")


def _context() -> multiprocessing.context.BaseContext:
    """Processes forked from one that is ready: it has sympy, and no thread holds a lock."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver, resource_tracker

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([HEAVY])
    with _silence():
        resource_tracker.ensure_running()  # it would start with the other, and let signals through
        with _signals_held():
            forkserver.ensure_running()
    return context


@contextmanager
def _signals_held() -> Iterator[None]:
    """A process started in this block inherits that SIGINT and SIGTERM wait. Both may go to
    a whole group of processes, but only the main one decides when to end."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


@contextmanager
def _silence() -> Iterator[None]:
    """A process started in this block says nothing on standard error, nor do those it starts.
    Each would complain if others are ended; the main one says what a person should know."""
    before = os.dup(STDERR)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
    try:
        yield
    finally:
        os.dup2(before, STDERR)
        os.close(before)
