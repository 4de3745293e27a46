"""Where exercises are solved: in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Protocol

from pebble import ProcessExpired, ProcessPool

from chainstep.batch.exercises import Exercise
from chainstep.batch.records import Options, Record, failed
from chainstep.errors import ChainstepError, LimitExceeded

GRACE = 2.0  # seconds after which a process that outlives its own limit is ended from outside
WINDOW = 64  # exercises under way for each process, so that a slow one keeps none waiting
HEAVY = "chainstep.batch.worker"  # imports sympy: once, in the process that forks the others


class WorkerDied(ChainstepError):  # noqa: N818 - named for its cause
    """The process that worked on an exercise came to an end of its own."""

    code = "worker-died"


class Executor(Protocol):
    """What a batch needs of a place where exercises are solved."""

    window: int

    def submit(self, exercise: Exercise) -> Future[str]:
        """Begin with an exercise."""
        ...

    def record(self, exercise: Exercise, future: Future[str]) -> Record:
        """What became of it, once it is done."""
        ...

    def stop(self) -> None:
        """End what is still under way."""
        ...


class Processes:
    """Processes of this machine. One that exceeds its limits, or dies, takes only its own
    exercise with it; another takes its place."""

    def __init__(self, jobs: int, options: Options):
        self.window = WINDOW * jobs
        self.options = options
        context = _context()
        self.pool = ProcessPool(
            jobs, initializer=_prepare, initargs=[options.memory], context=context
        )

    def submit(self, exercise: Exercise) -> Future[str]:
        """Begin with an exercise."""
        limit = self.options.timeout + GRACE
        return self.pool.schedule(_attempt, args=[exercise, self.options], timeout=limit)

    def record(self, exercise: Exercise, future: Future[str]) -> Record:
        """What became of it: its record, or why the process ended."""
        try:
            return Record(future.result())
        except TimeoutError:
            return failed(exercise, self.options, _too_slow(self.options))
        except MemoryError:
            return failed(exercise, self.options, _too_large(self.options))
        except ProcessExpired as death:
            return failed(exercise, self.options, _cause(death.exitcode, self.options))

    def stop(self) -> None:
        """End all processes."""
        self.pool.stop()
        self.pool.join()


def _context() -> multiprocessing.context.BaseContext:
    """Processes forked from one that is ready: it has sympy, and no thread holds a lock."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([HEAVY])
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


def _prepare(memory: int) -> None:
    from chainstep.batch.worker import prepare

    prepare(memory)


def _attempt(exercise: Exercise, options: Options) -> str:
    from chainstep.batch.worker import attempt

    return attempt(exercise, options)


def _cause(status: int, options: Options) -> ChainstepError:
    """Why a process ended, from its exit status."""
    from chainstep.batch.worker import OUT_OF_MEMORY

    if status == OUT_OF_MEMORY:
        return _too_large(options)
    if status == -getattr(signal, "SIGALRM", 0):
        return _too_slow(options)
    reason = signal.Signals(-status).name if status < 0 else f"exit status {status}"
    return WorkerDied(f"the process that worked on this exercise died ({reason})")


def _too_slow(options: Options) -> LimitExceeded:
    message = f"this takes longer than {options.timeout:g} seconds"
    return LimitExceeded(message, hint="--timeout allows more")


def _too_large(options: Options) -> LimitExceeded:
    message = f"this needs more than {options.memory} megabytes of memory"
    return LimitExceeded(message, hint="--memory allows more")


class Cluster:
    """The workers of a Dask cluster. Each solves in processes of its own, so that the limits
    hold there as they do here: Dask itself cannot stop a task."""

    def __init__(self, address: str, options: Options):
        from distributed import Client

        self.options = options
        self.client = Client(address)
        self.window = WINDOW * max(1, sum(self.client.ncores().values()))
        self.executor = self.client.get_executor(pure=False)

    def submit(self, exercise: Exercise) -> Future[str]:
        """Begin with an exercise."""
        return self.executor.submit(solve_there, exercise, self.options)

    def record(self, exercise: Exercise, future: Future[str]) -> Record:
        """What became of it."""
        from distributed import KilledWorker

        try:
            return Record(future.result())
        except KilledWorker:
            cause = WorkerDied("the Dask workers that worked on this exercise died")
            return failed(exercise, self.options, cause)

    def stop(self) -> None:
        """Leave the cluster."""
        self.executor.shutdown(wait=False)
        self.client.close()


def solve_there(exercise: Exercise, options: Options) -> str:
    """The record of an exercise, solved in a process of the Dask worker that runs this."""
    processes = _processes_of_worker(options)
    return processes.record(exercise, processes.submit(exercise)).line


_pools: dict[Options, Processes] = {}
_lock = threading.Lock()


def _processes_of_worker(options: Options) -> Processes:
    """As many processes as the Dask worker has threads, started once."""
    from distributed import get_worker

    with _lock:
        if options not in _pools:
            # Dask marks its workers as processes that have no children.
            multiprocessing.current_process().daemon = False
            _pools[options] = Processes(get_worker().state.nthreads, options)
        return _pools[options]
