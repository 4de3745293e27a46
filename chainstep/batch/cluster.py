"""Where exercises are solved: on a Dask cluster."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock, Timer
from uuid import uuid4

from distributed import Client, KilledWorker, Worker, WorkerPlugin, get_worker

from chainstep import __version__
from chainstep.batch.executors import WINDOW, Processes
from chainstep.batch.exercises import Exercise
from chainstep.batch.records import Options, Record, WorkerDied, failed

PATIENCE = 10  # seconds for the scheduler to answer
BUNDLE = 16  # exercises in a task: each task costs the scheduler milliseconds
DELAY = 0.05  # seconds after which a bundle is sent that is not full

Bundle = list[tuple[Exercise, Future[Record]]]


class Cluster:
    """The workers of a Dask cluster, each with processes of its own for this batch, so that
    the limits hold there as they do here: Dask itself cannot stop a task."""

    def __init__(self, address: str, options: Options):
        self._options = options
        self._client = _connected(address)
        self.window = WINDOW * max(1, sum(self._client.ncores().values()))
        self._batch = f"chainstep-{uuid4()}"
        self._start(address)
        self._executor = self._client.get_executor(pure=False)
        self._lock = Lock()
        self._waiting: Bundle = []

    def submit(self, exercise: Exercise) -> Future[Record]:
        """Begin with an exercise."""
        record: Future[Record] = Future()
        with self._lock:
            self._waiting.append((exercise, record))
            if len(self._waiting) == 1:
                Timer(DELAY, self._send).start()
            full = len(self._waiting) == BUNDLE
        if full:
            self._send()
        return record

    def hold(self) -> None:
        """Nothing: what Dask has, it goes on with until the end."""

    def stop(self) -> None:
        """Leave the cluster as it was."""
        self._executor.shutdown(wait=False)
        self._client.unregister_worker_plugin(self._batch)
        self._client.close()

    def _start(self, address: str) -> None:
        """Begin with processes on each worker. Raises OSError where there is no chainstep, or
        what one Python has sent another cannot read."""
        try:
            self._client.register_plugin(ProcessesOfWorker(self._options), name=self._batch)
        except Exception as error:
            self._client.close()
            message = f"its workers need chainstep {__version__}, and Dask and Python as here"
            raise OSError(None, f"{message} ({error})", address) from None

    def _send(self) -> None:
        with self._lock:
            bundle, self._waiting = self._waiting, []
        if bundle:
            self._solve(bundle)

    def _solve(self, bundle: Bundle) -> None:
        """Begin with some exercises."""

        def done(task: Future[list[str]]) -> None:
            try:
                self._finish(bundle, task)
            except BaseException as error:  # raised again where the records are read
                for _, record in bundle:
                    record.set_exception(error)

        exercises = [exercise for exercise, _ in bundle]
        self._executor.submit(solve_there, exercises, self._batch).add_done_callback(done)

    def _finish(self, bundle: Bundle, task: Future[list[str]]) -> None:
        try:
            lines = task.result()
        except KilledWorker:
            if len(bundle) > 1:  # only one of them may be to blame
                for alone in bundle:
                    self._solve([alone])
                return
            cause = WorkerDied("the Dask workers that worked on this died")
            lines = [failed(exercise, self._options, cause).line for exercise, _ in bundle]
        for (_, record), line in zip(bundle, lines, strict=True):
            record.set_result(Record(line))


def _connected(address: str) -> Client:
    """A client of the scheduler there. Raises OSError."""
    try:
        if address.strip():  # else Dask would start a cluster
            return Client(address, timeout=PATIENCE)
    except Exception:  # of many kinds: no address, nobody there, somebody else
        pass
    raise OSError(None, "no Dask scheduler answers at this address", address)


@dataclass
class ProcessesOfWorker(WorkerPlugin):
    """As many processes on a Dask worker as it has threads."""

    options: Options
    version: str = __version__
    processes: Processes = field(init=False)

    def setup(self, worker: Worker) -> None:
        """Start them. Raises RuntimeError."""
        if self.version != __version__:  # their records would not be those of this machine
            raise RuntimeError(f"there is chainstep {__version__}")
        # Dask marks its workers as processes that may have no children.
        multiprocessing.current_process().daemon = False
        self.processes = Processes(worker.state.nthreads, self.options)

    def teardown(self, worker: Worker) -> None:
        """End them."""
        self.processes.stop()


def solve_there(exercises: list[Exercise], batch: str) -> list[str]:
    """Their records, solved by the processes of the Dask worker that runs this."""
    processes = get_worker().plugins[batch].processes  # type: ignore[attr-defined]
    return [record.result().line for record in [processes.submit(one) for one in exercises]]
