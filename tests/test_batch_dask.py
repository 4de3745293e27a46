"""The same batch on a Dask cluster gives the same bytes, and the same limits hold."""

import subprocess
import sys
from concurrent.futures import Future

import pytest

from chainstep.batch.exercises import Exercise, Source
from chainstep.batch.records import Options
from chainstep.batch.run import Plan, run
from chainstep.batch.worker import solve

pytest.importorskip("distributed")
from distributed import KilledWorker

from chainstep.batch import cluster

CLUSTER = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def address(tmp_path):
    """The address of a local cluster with two worker processes."""
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True, cwd=tmp_path) as cluster:
        yield cluster.stdout.readline().strip()
        cluster.stdin.close()


def test_cluster(address, tmp_path):
    good = [f"sin({n}*x)/x^{n}" for n in range(2, 42)]
    endless = "erf(" * 15_000 + "x" + ")" * 15_000
    (tmp_path / "t.txt").write_text("\n".join([*good[:10], endless, "rub]bish", *good[10:]]))
    outputs = []
    for extra in ([], ["--dask", address], ["--dask", address]):
        command = [sys.executable, "-m", "chainstep", "batch", "t.txt", "-f", "jsonl"]
        done = subprocess.run(
            [*command, "--timeout", "5", *extra], cwd=tmp_path, capture_output=True, timeout=600
        )
        assert done.returncode == 1, done.stderr
        outputs.append(done.stdout)
    assert outputs[0].count(b"\n") == 42
    assert outputs[0].count(b'"error"') == 2
    assert outputs[0] == outputs[1] == outputs[2]


@pytest.mark.parametrize("wrong", ["", "nonsense", "http://x:1", "tcp://127.0.0.1:1"])
def test_nobody_answers(wrong, monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "PATIENCE", 0.1)
    plan = Plan(("-",), "Sheet", Options(), output=tmp_path / "out.jsonl", dask=wrong)
    with pytest.raises(OSError, match="no Dask scheduler answers at this address") as error:
        run(plan)
    assert error.value.filename == wrong


@pytest.mark.parametrize("version", ["0.0.0", None], ids=["another chainstep", "none"])
def test_workers_that_are_not_like_this_machine(version, monkeypatch):
    def register(plugin, name):
        if version is None:
            raise ModuleNotFoundError("No module named 'chainstep'")
        monkeypatch.setattr(cluster, "__version__", version)  # what the worker has
        plugin.setup(worker=None)

    scheduler = Scheduler()
    scheduler.register_plugin = register
    monkeypatch.setattr(cluster, "_connected", lambda address: scheduler)
    with pytest.raises(
        OSError, match=r"its workers need chainstep .*(No module|there is)"
    ) as error:
        cluster.Cluster("tcp://10.0.0.1:8786", Options())
    assert error.value.filename == "tcp://10.0.0.1:8786"


class Scheduler:
    """A client and its executor, whose workers die of one exercise."""

    def __init__(self):
        self.tasks = []

    def get_executor(self, pure):
        return self

    def ncores(self):
        return {"worker": 1}

    def register_plugin(self, plugin, name):
        pass

    def close(self):
        pass

    def submit(self, function, exercises, batch):
        self.tasks.append(len(exercises))
        future = Future()
        if any(exercise.text == "bad" for exercise in exercises):
            future.set_exception(KilledWorker("task", None, 3))
        else:
            future.set_result([solve(exercise, Options()).line for exercise in exercises])
        return future


def test_a_dask_worker_that_dies_costs_one_exercise_of_a_bundle(monkeypatch):
    scheduler = Scheduler()
    monkeypatch.setattr(cluster, "_connected", lambda address: scheduler)
    monkeypatch.setattr(cluster, "BUNDLE", 3)
    executor = cluster.Cluster("tcp://nowhere:1", Options())
    exercises = [Exercise(Source("sheet", n), text) for n, text in enumerate(["x", "bad", "x^2"])]
    records = [executor.submit(exercise) for exercise in [*exercises, exercises[0]]]
    assert [record.result().code for record in records] == [None, "worker-died", None, None]
    assert [record.result().content["source"]["line"] for record in records] == [0, 1, 2, 0]
    assert scheduler.tasks == [3, 1, 1, 1, 1]  # the last one when no more came
