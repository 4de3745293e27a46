"""Where exercises are solved: on a Dask cluster."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import Future
from dataclasses import dataclass, field
from uuid import uuid4

from distributed import Client, KilledWorker, Worker, WorkerPlugin, get_worker

from chainstep.batch.executors import WINDOW, Processes, WorkerDied
from chainstep.batch.exercises import Exercise
from chainstep.batch.records import Options, Record, failed

PATIENCE = 10  # seconds for the scheduler to answer


class Cluster:
    """The workers of a Dask cluster, each with processes of its own for this batch, so that
    the limits hold there as they do here: Dask itself cannot stop a task."""

    def __init__(self, address: str, options: Options):
        self._options = options
        self._client = _connected(address)
        self.window = WINDOW * max(1, sum(self._client.ncores().values()))
        self._batch = f"chainstep-{uuid4()}"
        self._client.register_plugin(ProcessesOfWorker(options), name=self._batch)
        self._executor = self._client.get_executor(pure=False)

    def submit(self, exercise: Exercise) -> Future[Record]:
        """Begin with an exercise."""
        record: Future[Record] = Future()

        def done(task: Future[str]) -> None:
            try:
                record.set_result(self._record(exercise, task))
            except BaseException as error:  # raised again where the record is read
                record.set_exception(error)

        self._executor.submit(solve_there, exercise, self._batch).add_done_callback(done)
        return record

    def hold(self) -> None:
        """Nothing: what Dask has, it goes on with until the end."""

    def stop(self) -> None:
        """Leave the cluster as it was."""
        self._executor.shutdown(wait=False)
        self._client.unregister_worker_plugin(self._batch)
        self._client.close()

    def _record(self, exercise: Exercise, task: Future[str]) -> Record:
        try:
            return Record(task.result())
        except KilledWorker:
            cause = WorkerDied("the Dask workers that worked on this died")
            return failed(exercise, self._options, cause)


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
    processes: Processes = field(init=False)

    def setup(self, worker: Worker) -> None:
        """Start them."""
        # Dask marks its workers as processes that may have no children.
        multiprocessing.current_process().daemon = False
        self.processes = Processes(worker.state.nthreads, self.options)

    def teardown(self, worker: Worker) -> None:
        """End them."""
        self.processes.stop()


def solve_there(exercise: Exercise, batch: str) -> str:
    """The record of an exercise, solved by a process of the Dask worker that runs this."""
    processes = get_worker().plugins[batch].processes  # type: ignore[attr-defined]
    return processes.submit(exercise).result().line
