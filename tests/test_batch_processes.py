"""The processes that solve exercises: what is said when one of them does not answer."""

import gc
import os
import signal
import threading
import time
from concurrent.futures import Future
from multiprocessing import forkserver
from types import SimpleNamespace

import pytest
from pebble import ProcessPool

from chainstep.batch import executors, run
from chainstep.batch.exercises import Exercise, Source
from chainstep.batch.records import Options, WorkerDied, failed

EXERCISE = Exercise(Source("sheet", 1), "x^2")


def die(exercise, options):
    os._exit(1)


def complain(exercise, options):
    os.write(2, b"Traceback")
    os._exit(1)


def sleep(exercise, options):
    time.sleep(60)


def exhaust(exercise, options):
    raise MemoryError


@pytest.fixture
def error(monkeypatch):
    """The error of an exercise, when a process does something else with it."""

    def of(attempt, **options):
        monkeypatch.setattr(executors, "_attempt", attempt)
        processes = executors.Processes(1, Options(**options))
        try:
            return processes.submit(EXERCISE).result().content["error"]
        finally:
            processes.stop()

    return of


def test_a_process_that_dies(error):
    assert error(die)["code"] == "worker-died"


def test_too_little_memory(error):
    assert error(exhaust, memory=900)["message"] == "this needs more than 900 megabytes of memory"


def test_a_process_that_outlives_its_limit(error, monkeypatch):
    monkeypatch.setattr(executors, "GRACE", 0.1)
    assert error(sleep, timeout=0.5)["message"] == "this takes longer than 0.5 seconds"


def test_a_slow_start_is_no_time_of_the_exercise(error, monkeypatch):
    clock, start = [0], ProcessPool._start_pool

    def slowly(pool):
        clock[0] += 1000
        start(pool)

    monkeypatch.setattr(ProcessPool, "_start_pool", slowly)
    monkeypatch.setattr(executors, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    assert error(die)["code"] == "worker-died"


def test_what_processes_share_is_not_collected():
    """A collection would touch, and so copy, all of sympy in each of them."""
    context = executors._context()
    with ProcessPool(1, initializer=executors._prepare, initargs=[1000], context=context) as pool:
        assert pool.schedule(gc.get_freeze_count).result() > 10_000


def test_what_a_process_says_is_not_shown(error, capfd):
    """Such as a traceback, when it is ended while it starts."""
    forkserver._forkserver._stop()  # the next one writes to what is captured here
    assert error(complain)["code"] == "worker-died"
    forkserver._forkserver._stop()
    assert capfd.readouterr().err == ""


class Stopped:
    """An executor whose process dies of a signal that goes to all."""

    window = 1

    def submit(self, exercise):
        future = Future()

        def stop():
            os.kill(os.getpid(), signal.SIGTERM)
            future.set_result(failed(exercise, Options(), WorkerDied("it died")))

        threading.Timer(0.1, stop).start()
        return future

    def hold(self):
        pass

    stop = hold


@pytest.mark.skipif(os.name == "nt", reason="needs the signals of Unix")
def test_a_signal_to_all_processes_costs_no_exercise(monkeypatch, tmp_path):
    """As when the system stops a service, or all of itself."""
    monkeypatch.setattr(run, "_executor", lambda plan: Stopped())
    (tmp_path / "t.txt").write_text("x^2\n")
    plan = run.Plan((str(tmp_path / "t.txt"),), "Sheet", output=tmp_path / "out.jsonl")
    assert run.run(plan) == 128 + signal.SIGTERM
    assert not (tmp_path / "out.jsonl").read_text()
