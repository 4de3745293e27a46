"""What a batch costs, and what it survives, measured in one run.

    python tests/benchmarks/batch.py [rate] [jobs] [memory] [kill]

The rate is that of one process, start-up apart, and beside it sympy's bare diff + latex over
the same file, its reading apart as well. Memory is the peak of the whole family of processes
(Linux only), without the files that they have in common with other programs. The kills are
SIGKILL at random moments, each followed by --resume.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.cost import TEXTBOOK

COMMAND = [sys.executable, "-m", "chainstep", "batch", "-q"]
SYMPY = """
import json, sys, time
from sympy import Symbol, diff, latex
from sympy.parsing.sympy_parser import parse_expr
x = Symbol("x")
trees = [parse_expr(json.loads(line)["expression"]) for line in sys.stdin]
start = time.perf_counter()
for tree in trees:
    latex(diff(tree, x))
print(time.perf_counter() - start)
"""


def write_file(path: Path, lines: int) -> Path:
    """A file of exercises, no two alike."""
    with open(path, "w") as file:
        for number in range(lines):
            outer, inner = TEXTBOOK[number % 200], number // 200 + 2
            file.write(json.dumps({"expression": f"{outer} + {inner}*x"}) + "\n")
    return path


def seconds(source: Path, output: Path, jobs: int) -> float:
    start = time.perf_counter()
    subprocess.run([*COMMAND, source, "-o", output, "--jobs", str(jobs)], check=True)
    return time.perf_counter() - start


def show(what: str, value: object, bound: str = "") -> None:
    print(f"{what:40}{value!s:>10}   {bound}".rstrip(), flush=True)


def rate(folder: Path) -> None:
    lines = 2000
    one, many = (write_file(folder / f"{n}.jsonl", n) for n in (1, lines + 1))
    start_up = min(seconds(one, folder / "out.jsonl", 1) for _ in range(3))
    for suffix in ("jsonl", "md"):
        ours = lines / (seconds(many, folder / f"out.{suffix}", 1) - start_up)
        show(f"exercises per second and core, {suffix}", f"{ours:.0f}")
    with open(many) as file:
        done = subprocess.run([sys.executable, "-c", SYMPY], stdin=file, stdout=-1, check=True)
    show("sympy's bare diff + latex", f"{lines / float(done.stdout):.0f}")
    show("start-up, seconds", f"{start_up:.2f}")


def jobs(folder: Path) -> None:
    source = write_file(folder / "jobs.jsonl", 2000)
    outputs = {number: folder / f"jobs-{number}.jsonl" for number in (1, 2)}
    times: dict[int, list[float]] = {1: [], 2: []}
    for number in (1, 2, 1, 2, 1, 2):
        times[number].append(seconds(source, outputs[number], number))
    ratio = min(times[1]) / min(times[2])
    show("one process / two, 2,000 lines", f"{ratio:.2f}", "(at least 1.5 on two idle cores)")
    show("the same bytes", outputs[1].read_bytes() == outputs[2].read_bytes())


def memory(folder: Path) -> None:
    source, output = folder / "memory.jsonl", folder / "memory-out.jsonl"
    peaks = []
    for lines in (500, 20_000):
        write_file(source, lines)
        peaks.append(peak(subprocess.Popen([*COMMAND, source, "-o", output, "--jobs", "2"])))
        show(f"peak memory, {lines} lines, MiB", f"{peaks[-1]:.0f}")
    show("ratio", f"{peaks[1] / peaks[0]:.2f}", "(at most 1.3)")


def peak(process: subprocess.Popen) -> float:
    """The most memory, in MiB, that a process and all below it took together."""
    most = 0
    while process.poll() is None:
        most = max(most, sum(map(resident, family(process.pid))))
        time.sleep(0.05)
    return most / 1024


def family(pid: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := content(entry / "stat")):
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def resident(pid: int) -> int:
    """The memory of a process in KiB, what it shares with others divided among them."""
    lines = content(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:"))


def content(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def kill(folder: Path) -> None:
    source, moments = write_file(folder / "kill.jsonl", 2000), random.Random(1)
    for suffix in ("jsonl", "md"):
        expected, output = folder / f"expected.{suffix}", folder / f"killed.{suffix}"
        seconds(source, expected, 2)
        command = [*COMMAND, source, "-o", output, "--resume"]
        for _ in range(20):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            time.sleep(moments.uniform(0.2, 2))
            process.kill()
            process.wait()
        records = output if suffix == "jsonl" else output.with_name(f"{output.name}.part")
        done = records.read_bytes().count(b"\n") if records.exists() else 0
        subprocess.run(command, check=True)
        same = output.read_bytes() == expected.read_bytes()
        show(f"20 kills, {suffix}, {2000 - done} were left: the same", same)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        for part in (rate, jobs, memory, kill):
            if len(sys.argv) < 2 or part.__name__ in sys.argv:
                part(Path(name))
