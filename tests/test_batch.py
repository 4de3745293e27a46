"""The command `batch`, run as a person runs it."""

import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from chainstep.batch.exercises import Exercise, Source
from chainstep.batch.records import Options, Record, WorkerDied, failed
from chainstep.batch.resume import Journal
from tests.conftest import SAMPLES
from tests.corpus import CORPUS

COMMAND = [sys.executable, "-m", "chainstep", "batch"]
ENDLESS = "erf(" * 15_000 + "x" + ")" * 15_000
LARGE = "+".join(f"exp(sin({n}x))" for n in range(3_000))
PATIENCE = 300  # seconds after which a process is taken to hang, however busy the machine
NO_UNIX = pytest.mark.skipif(os.name == "nt", reason="needs the signals of Unix")


def batch(*arguments, folder, **options):
    """The finished command, its output as text."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True, **options
    )


def start(*arguments, folder, **options):
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], cwd=folder, stderr=subprocess.PIPE, text=True, **options
    )


def written(process, path):
    """Wait until a process has written something."""
    while process.poll() is None and not (path.exists() and path.stat().st_size):
        time.sleep(0.01)


def records(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def sheet(tmp_path):
    """A short sheet with one mistake."""
    path = tmp_path / "sheet.txt"
    path.write_text("# a sheet\n3a) sin(x^2)\n\nx^x\nsin(x + 2\n3d) e^(-x)\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A folder with a longer file, mixed.jsonl, and its records and its document."""
    folder = tmp_path_factory.mktemp("mixed")
    lines = [json.dumps({"expression": e.text, "wrt": e.wrt}) for e in CORPUS[:200]]
    lines += ["this is no JSON", '"sin(x"', lines[0]]
    (folder / "mixed.jsonl").write_text("\n".join(lines), encoding="utf-8")
    for name in ("expected.jsonl", "expected.md"):
        done = batch("mixed.jsonl", "-o", name, "--jobs", "1", folder=folder)
        assert done.returncode == 1, done.stderr
    return folder


# --- What comes out -----------------------------------------------------------------------


def test_the_solved_sheet(golden):
    done = batch("sheet.txt", folder=SAMPLES)
    assert done.returncode == 0
    golden("sheet-solved.md", done.stdout)


def test_the_answers_of_the_sheet():
    solved = [
        records(batch(name, "-f", "jsonl", folder=SAMPLES).stdout)
        for name in ("sheet.txt", "sheet.csv")
    ]
    assert len(solved[0]) >= 40
    for ours, given in zip(*solved, strict=True):
        assert given["answer"]["right"], given["expression"]
        assert ours["derivative"] == given["derivative"]
        assert ours["source"]["label"] == given["source"]["label"]


def test_jsonl(sheet):
    done = batch(sheet.name, "-f", "jsonl", folder=sheet.parent)
    first, second, third, fourth = records(done.stdout)
    assert first["source"] == {"file": "sheet.txt", "line": 2, "label": "3a"}
    assert first["derivative"] == "2*x*cos(x**2)"
    assert second["source"]["line"] == 4
    assert third["error"]["code"] == "unclosed-bracket"
    assert third["error"]["position"] == 3
    assert fourth["verified"]["status"] == "verified"


def test_summary_and_exit_code(sheet):
    done = batch(sheet.name, "-o", "solved.md", folder=sheet.parent)
    assert done.returncode == 1
    assert done.stdout == ""
    pattern = r"3 solved, \d+ lines checked, 1 failed \(sheet\.txt:5\) → solved\.md\n"
    assert re.fullmatch(pattern, done.stderr)
    quiet = batch(sheet.name, "--out", "solved.md", "-q", folder=sheet.parent)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (1, "", "")


def test_strict_stops_at_the_first(sheet):
    done = batch(sheet.name, "-f", "jsonl", "--strict", folder=sheet.parent)
    assert done.returncode == 1
    assert len(records(done.stdout)) == 3
    assert "sheet.txt:5: this bracket is never closed" in done.stderr
    arguments = [sheet.name, "-o", "strict.jsonl", "--strict", "--resume"]
    for _ in range(2):
        done = batch(*arguments, folder=sheet.parent)
        assert done.returncode == 1
        assert "stopped after 3 exercises" in done.stderr
    sheet.write_text(sheet.read_text("utf-8").replace("x + 2", "x + 2)"), encoding="utf-8")
    assert batch(*arguments, folder=sheet.parent).returncode == 0


def test_wrong_answers(tmp_path):
    rows = ["expression,answer", "x^2,2x", "x^2,3x", "x^2,2x + b", "x^2,sin("]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    done = batch("t.csv", "-f", "jsonl", folder=tmp_path)
    assert [r["answer"]["right"] for r in records(done.stdout)] == [True, False, None, None]
    assert done.returncode == 1
    assert "1 with a wrong answer (t.csv:3)" in done.stderr
    assert "2 with an answer that could not be compared (t.csv:4, t.csv:5)" in done.stderr
    for format_name in ("markdown", "latex", "text"):
        document = batch("t.csv", "-f", format_name, folder=tmp_path).stdout
        assert "The given answer is right: 2x" in document
        assert "The given answer is wrong: 3x" in document


def test_variables(tmp_path):
    (tmp_path / "t.csv").write_text("expression,variable\na*b^2,\na*b^2,a\n")
    done = batch("t.csv", "-f", "jsonl", "--wrt", "b", folder=tmp_path)
    assert [r["variable"] for r in records(done.stdout)] == ["b", "a"]


def test_several_files_and_standard_input(sheet):
    (sheet.parent / "more.md").write_text("- $x^2$\n")
    done = batch("more.md", "-", "more.md", "-f", "jsonl", folder=sheet.parent, input="x^3\n")
    places = [(r["source"]["file"], r["source"]["line"]) for r in records(done.stdout)]
    assert places == [("more.md", 1), ("stdin", 1), ("more.md", 1)]


def test_a_result_is_written_before_the_next_line_is_there(tmp_path):
    process = start("-", "-f", "jsonl", folder=tmp_path, stdin=-1, stdout=-1)
    process.stdin.write("x^2\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["derivative"] == "2*x"
    _, said = process.communicate("x^3\n")
    assert said.startswith("2 solved")


@pytest.mark.parametrize("name", ["out.jsonl", "out.md"])
def test_the_number_of_processes_does_not_show(mixed, name):
    batch("mixed.jsonl", "-o", name, "--jobs", "2", folder=mixed)
    expected = mixed / f"expected{Path(name).suffix}"
    assert (mixed / name).read_bytes() == expected.read_bytes()


def test_usage():
    for arguments in (
        ["sheet.txt", "--resume"],
        ["sheet.txt", "--output", "L"],  # elsewhere the definition to differentiate
        ["sheet.txt", "--jobs", "0"],
        ["sheet.txt", "--timeout", "inf"],
        ["sheet.txt", "--timeout", "nan"],
        ["missing.txt"],
        [],
    ):
        assert batch(*arguments, folder=SAMPLES).returncode == 2


# --- Documents ----------------------------------------------------------------------------


def test_markdown_document(mixed):
    text = (mixed / "expected.md").read_text("utf-8")
    assert text.startswith("# Mixed\n\n## Contents\n")
    tokens = MarkdownIt().parse(text)
    headings = [tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open"]
    exercises = [heading for heading in headings if heading.startswith("Exercise ")]
    assert exercises == [f"Exercise {n}" for n in range(1, 204)]
    links = re.findall(r"^- \[(Exercise \d+)\]\(#(exercise-\d+)\)", text, re.MULTILINE)
    assert [link for link, _ in links] == exercises
    assert [target for _, target in links] == [e.lower().replace(" ", "-") for e in exercises]
    errors = [token.content for token in tokens if token.type == "code_block"]
    assert errors[1] == "error: this bracket is never closed\n  sin(x\n     ^\n"
    assert "(mixed.jsonl:202)" in text
    assert headings[-1] == "Summary"
    assert re.search(r"201 solved, \d+ lines checked, 2 failed", text)


def test_a_short_document_has_no_contents(sheet):
    assert "Contents" not in batch(sheet.name, folder=sheet.parent).stdout


def test_latex_document(mixed):
    text = batch("mixed.jsonl", "-f", "latex", folder=mixed).stdout
    assert text.startswith(r"\documentclass")
    assert text.rstrip().endswith(r"\end{document}")
    assert text.isascii()
    assert text.count(r"\begin{") == text.count(r"\end{")
    labels = set(re.findall(r"\\label\{(.*?)\}", text))
    assert labels == set(re.findall(r"\\pageref\{(.*?)\}", text))
    assert len(labels) == 203


def test_nothing_in_an_exercise_is_taken_for_latex(tmp_path):
    (tmp_path / "t.txt").write_text("\\end{verbatim}\\input{x} $ % ☃ π\n", encoding="utf-8")
    text = batch("t.txt", "-f", "latex", folder=tmp_path).stdout
    assert r"\textbackslash{}input\{x\}" in text
    assert r"\input" not in text
    assert "[U+2603]" in text


def test_text_document(sheet):
    text = batch(sheet.name, "-f", "text", folder=sheet.parent).stdout
    assert text.startswith("Sheet\n=====\n\nExercise 1  3a)\n---------------\n\n  y = sin(x²)")
    assert "Not solved (sheet.txt:5):\n\nerror: this bracket is never closed" in text


def test_json_document(mixed):
    done = batch("mixed.jsonl", "-f", "json", "--title", "No title", folder=mixed)
    document = json.loads(done.stdout)
    assert document["exercises"][0]["source"]["file"] == "mixed.jsonl"
    assert document["summary"]["solved"] == 201
    assert len(document["exercises"]) == 203


def test_title(sheet):
    done = batch(sheet.name, "--title", "Sheet *3*", folder=sheet.parent)
    assert done.stdout.startswith("# Sheet \\*3\\*\n")


# --- Limits -------------------------------------------------------------------------------


@NO_UNIX
def test_hostile_lines_cost_only_themselves(tmp_path):
    """One that never ends, one that needs too much memory, one of 1 MB, rubbish, no UTF-8."""
    hostile = {10: ENDLESS, 20: LARGE, 30: "a" * 1_000_000, 40: "\x00$%%]][", 50: "x^\udcff"}
    good = [f"sin({n}*x)^2 + x^{n}" for n in range(2, 62)]
    lines = list(good)
    for place, line in hostile.items():
        lines.insert(place, line)
    text = "\n".join(lines).encode("utf-8", "surrogateescape")
    (tmp_path / "t.txt").write_bytes(text)
    done = batch(
        "t.txt", "-f", "jsonl", "--timeout", "5", "--memory", "100", "--jobs", "2", folder=tmp_path
    )
    found = records(done.stdout)
    assert [r["source"]["line"] for r in found] == list(range(1, 66))
    failed = {r["source"]["line"] - 1: r["error"]["message"] for r in found if "error" in r}
    assert set(failed) == set(hostile)
    for place in (10, 20):
        assert re.search("takes longer than 5 seconds|needs more than 100 megabytes", failed[place])
    assert "bytes" in failed[30]
    assert "UTF-8" in failed[50]
    assert [r["expression"] for r in found if "error" not in r] == good
    assert len(done.stdout) < 2_000_000


@NO_UNIX
def test_the_time_limit(tmp_path):
    (tmp_path / "t.txt").write_text(f"{ENDLESS}\nx^2\n")
    done = batch("t.txt", "-f", "jsonl", "--timeout", "1", "--jobs", "1", folder=tmp_path)
    endless, good = records(done.stdout)
    assert endless["error"]["code"] == "exhausted"
    assert endless["error"]["message"] == "this takes longer than 1 second"
    assert good["derivative"] == "2*x"


def test_no_limit_of_memory(sheet):
    done = batch(sheet.name, "-f", "jsonl", "--memory", "9" * 20, folder=sheet.parent)
    assert done.stderr.startswith("3 solved")


@NO_UNIX
def test_standard_input_is_closed(sheet):
    command = f"{shlex.join([*COMMAND, '-'])} <&-"
    done = subprocess.run(["sh", "-c", command], cwd=sheet.parent, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "error: standard input is closed\n")


@NO_UNIX
def test_the_limit_of_memory(tmp_path):
    (tmp_path / "t.txt").write_text(f"{LARGE}\nx^2\n")
    limits = ["--timeout", "60", "--memory", "100"]
    done = batch("t.txt", "-f", "jsonl", *limits, "--jobs", "1", folder=tmp_path)
    large, good = records(done.stdout)
    assert large["error"]["message"] == "this needs more than 100 megabytes of memory"
    assert len(large["expression"]) < 2000
    assert good["derivative"] == "2*x"


def descendants(pid):
    """All processes below a process, from /proc."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return below - {pid}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_killed_process_costs_at_most_its_own_exercise(mixed):
    process = start("mixed.jsonl", "-o", "killed.jsonl", "--jobs", "2", folder=mixed)
    kills, chance = 0, random.Random(1)
    while process.poll() is None and kills < 5:
        time.sleep(chance.uniform(0.1, 0.4))
        workers = [pid for pid in descendants(process.pid) if len(descendants(pid)) == 0]
        if not (mixed / "killed.jsonl").exists():
            continue
        lines = (mixed / "killed.jsonl").read_bytes().count(b"\n")
        if lines and len(workers) > 2:  # the third is the tracker of resources
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(max(workers), signal.SIGKILL)
                kills += 1
    process.communicate()
    found = records((mixed / "killed.jsonl").read_text("utf-8"))
    expected = records((mixed / "expected.jsonl").read_text("utf-8"))
    assert [r["source"] for r in found] == [r["source"] for r in expected]
    lost = [ours for ours, theirs in zip(found, expected, strict=True) if ours != theirs]
    assert len(lost) <= kills
    assert {record.get("error", {}).get("code") for record in lost} <= {"worker-died"}


# --- Nothing is lost ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.jsonl", "out.md"])
def test_killed_again_and_again(mixed, name):
    output, chance = mixed / name, random.Random(name)
    output.unlink(missing_ok=True)
    for _ in range(4):
        process = start("mixed.jsonl", "-o", name, "--resume", folder=mixed)
        time.sleep(chance.uniform(0.3, 1.5))
        process.kill()
        process.communicate()
    done = batch("mixed.jsonl", "-o", name, "--resume", folder=mixed)
    assert done.returncode == 1
    assert output.read_bytes() == (mixed / f"expected{output.suffix}").read_bytes()
    assert not list(mixed.glob(f"{name}.*"))


def test_a_torn_line_is_cut(mixed):
    output = mixed / "torn.jsonl"
    whole = (mixed / "expected.jsonl").read_bytes()
    for end in (0, 10, len(whole) // 2, len(whole) - 1, len(whole)):
        output.write_bytes(whole[:end])
        batch("mixed.jsonl", "-o", output.name, "--resume", folder=mixed)
        assert output.read_bytes() == whole


def test_what_was_solved_is_not_solved_again(mixed):
    output = mixed / "again.jsonl"
    found = records((mixed / "expected.jsonl").read_text("utf-8"))
    found[5]["derivative"] = "marked"
    output.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in found[:100]))
    batch("mixed.jsonl", "-o", output.name, "--resume", folder=mixed)
    assert records(output.read_text("utf-8")) == found


def test_changed_exercises_are_solved_and_the_others_kept(sheet):
    output = sheet.with_name("out.jsonl")
    batch(sheet.name, "-o", output.name, folder=sheet.parent)
    marked = output.read_text("utf-8").replace("exp(-x)", "exp(-x)*marked")
    output.write_text(marked, encoding="utf-8")
    sheet.write_text("x^7\n3a) sin(x^2)\nx^x\nsin(x + 2)\n3d) e^(-x)\n")
    done = batch(sheet.name, "-o", output.name, "--resume", folder=sheet.parent)
    assert done.returncode == 0
    found = records(output.read_text("utf-8"))
    assert [r["source"]["line"] for r in found] == [1, 2, 3, 4, 5]
    assert found[3]["expression"] == "sin(x + 2)"
    assert "marked" in found[4]["derivative"]
    assert not list(sheet.parent.glob("out.jsonl.*"))


def test_other_options_are_another_run(sheet):
    output = sheet.with_name("out.jsonl")
    batch(sheet.name, "-o", output.name, folder=sheet.parent)
    marked = output.read_text("utf-8").replace("2*x*cos(x**2)", "marked")
    output.write_text(marked, encoding="utf-8")
    batch(sheet.name, "-o", output.name, "--resume", "--wrt", "x", folder=sheet.parent)
    assert "marked" not in output.read_text("utf-8")


@NO_UNIX
@pytest.mark.parametrize("first", ["x^2", "x^4"], ids=["unchanged", "changed"])
def test_wider_limits_are_tried_on_what_exceeded_the_old_ones(tmp_path, first):
    sheet, output = tmp_path / "t.txt", tmp_path / "out.jsonl"
    sheet.write_text(f"x^2\n{ENDLESS}\nx^3\n")
    batch("t.txt", "-o", "out.jsonl", "--timeout", "1", folder=tmp_path)
    output.write_text(
        output.read_text("utf-8").replace("3*x**2", "marked").replace("1 second", "_")
    )
    sheet.write_text(f"{first}\n{ENDLESS}\nx^3\n")
    for timeout, message in (
        ("1", "this takes longer than _"),
        ("1.5", "this takes longer than 1.5 seconds"),
    ):
        batch("t.txt", "-o", "out.jsonl", "--resume", "--timeout", timeout, folder=tmp_path)
        begin, endless, end = records(output.read_text("utf-8"))
        assert begin["expression"] == first
        assert endless["error"]["message"] == message
        assert end["derivative"] == "marked"


def test_what_died_is_tried_again(tmp_path):
    exercises = [Exercise(Source("t.txt", line), f"x^{line}") for line in range(1, 5)]
    died = [failed(exercises[n], Options(), WorkerDied("it died")) for n in (1, 3)]
    content = {"schema": 1, "expression": "x"}
    done = [Record.make(exercises[n], Options(), content) for n in (0, 2)]
    lines = [record.line + "\n" for pair in zip(done, died, strict=True) for record in pair]
    (tmp_path / "out.jsonl").write_text("".join(lines))
    journal = Journal(tmp_path / "out.jsonl")
    tally, remaining = journal.begin(iter(exercises), Options(), resume=True)
    assert tally.done == 1
    assert list(remaining) == exercises[1:]
    found = [journal.find(exercise, Options()) for exercise in exercises]
    assert found == [None, None, done[1], None]
    journal.close()


def test_without_resume_it_begins_anew(sheet):
    output = sheet.with_name("out.jsonl")
    for _ in range(2):
        batch(sheet.name, "-o", output.name, folder=sheet.parent)
        assert len(records(output.read_text("utf-8"))) == 4


def test_the_exercises_are_not_overwritten(sheet):
    done = batch(sheet.name, "-o", f"../{sheet.parent.name}/sheet.txt", folder=sheet.parent)
    assert done.returncode == 2
    assert sheet.read_text("utf-8").startswith("# a sheet")
    part = sheet.rename(sheet.with_name("sheet.md.part"))
    assert batch(part.name, "-o", "sheet.md", folder=sheet.parent).returncode == 2
    assert part.read_text("utf-8").startswith("# a sheet")


@pytest.mark.parametrize("name", ["missing/out.jsonl", "missing/out.md"])
def test_a_missing_folder(sheet, name):
    done = batch(sheet.name, "-o", name, folder=sheet.parent)
    assert done.returncode == 1
    assert "error: the folder of this file does not exist: missing/out." in done.stderr


def test_what_was_kept_cannot_be_read(sheet):
    sheet.with_name("out.jsonl.kept").write_text("no database" * 100)
    done = batch(sheet.name, "-o", "out.jsonl", "--resume", folder=sheet.parent)
    assert done.returncode == 1
    assert done.stderr == "error: file is not a database: out.jsonl.kept\n"


@NO_UNIX
def test_two_runs_do_not_write_one_file(sheet):
    waiting = start("-", "-o", "out.jsonl", folder=sheet.parent, stdin=-1)
    waiting.stdin.write("x^2\n")
    waiting.stdin.flush()
    written(waiting, sheet.with_name("out.jsonl"))
    done = batch(sheet.name, "-o", "out.jsonl", "--resume", folder=sheet.parent)
    assert done.returncode == 1
    assert "another run is writing this file: out.jsonl" in done.stderr
    waiting.communicate("x^3\n")
    assert len(records(sheet.with_name("out.jsonl").read_text("utf-8"))) == 2


@NO_UNIX
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("name", ["signal.jsonl", "signal.md"])
def test_signals(mixed, number, status, name):
    output = mixed / name
    kept = output if output.suffix == ".jsonl" else mixed / f"{name}.part"
    for old in (output, kept):
        old.unlink(missing_ok=True)
    process = start("mixed.jsonl", "-o", name, folder=mixed, start_new_session=True)
    written(process, kept)
    os.killpg(process.pid, number)  # as a terminal does: to all processes
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == status
    assert re.search(r"stopped after \d+ exercises", said)
    assert "--resume" in said
    found = kept.read_bytes()
    assert found.endswith(b"\n")
    assert output == kept or not output.exists()
    assert b"worker-died" not in found
    batch("mixed.jsonl", "-o", name, "--resume", folder=mixed)
    assert output.read_bytes() == (mixed / f"expected{output.suffix}").read_bytes()


@NO_UNIX
def test_a_signal_does_not_wait_for_an_endless_exercise(tmp_path):
    """It has much more time than this test."""
    (tmp_path / "t.txt").write_text(f"x^2\n{ENDLESS}\n" + "x^3\n" * 9)
    process = start(
        *("t.txt", "-o", "out.jsonl", "--jobs", "1", "--timeout", 10 * PATIENCE), folder=tmp_path
    )
    written(process, tmp_path / "out.jsonl")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said == "stopped after 1 exercise\nthe same command with --resume goes on from there\n"


@NO_UNIX
def test_a_second_signal_ends_it_as_the_first_would(tmp_path):
    (tmp_path / "t.txt").write_text(f"x^2\n{ENDLESS}\n")
    process = start("t.txt", "-o", "out.jsonl", "--timeout", "60", folder=tmp_path)
    written(process, tmp_path / "out.jsonl")
    with suppress(ProcessLookupError):
        for _ in range(2):
            process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143
    assert "stopped after 1 exercise\n" in said


@NO_UNIX
def test_a_signal_ends_the_wait_for_input(tmp_path):
    process = start("-", "-f", "jsonl", folder=tmp_path, stdin=-1, stdout=-1)
    process.stdin.write("x^2\n")
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    process.communicate()


@NO_UNIX
@pytest.mark.parametrize("format_name", ["jsonl", "markdown"])
def test_a_closed_pipe_is_no_error(mixed, format_name):
    process = start("mixed.jsonl", "-f", format_name, folder=mixed, stdout=-1)
    process.stdout.read(100)
    process.stdout.close()
    assert "rror" not in process.stderr.read()
    assert process.wait(PATIENCE) == 0
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("format_name", ["jsonl", "markdown"])
def test_a_full_disk(sheet, format_name):
    with open("/dev/full", "w") as full:
        arguments = [*COMMAND, sheet.name, "-f", format_name]
        done = subprocess.run(arguments, cwd=sheet.parent, stdout=full, stderr=-1, text=True)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    done = batch(sheet.name, "-f", format_name, "-o", "/dev/full", folder=sheet.parent)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert Path("/dev/full").is_char_device()


def test_an_old_document_stays_until_the_new_one_is_complete(sheet):
    output = sheet.with_name("out.md")
    output.write_text("old")
    batch(sheet.name, "-o", output.name, "--strict", folder=sheet.parent)
    assert output.read_text() == "old"
    batch(sheet.name, "-o", output.name, folder=sheet.parent)
    assert output.read_text("utf-8").startswith("# Sheet")
