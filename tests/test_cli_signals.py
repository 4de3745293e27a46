"""How the command ends when it is interrupted or terminated, or nobody listens."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")

COMMAND = [sys.executable, "-m", "chainstep"]
ENDLESS = "erf(" * 15_000 + "x" + ")" * 15_000
TERMINATED_BEFORE_THE_MOVE = """
import os, signal
from chainstep.cli import main
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGTERM)
main(["derive", "x^2", "-o", "a.md"])
"""


def run(command, **options):
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **options)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed):
    for text, status in (("x^2", 0), ("sin(", 1)):
        done = run(["sh", "-c", f"{' '.join(COMMAND)} derive '{text}' {closed}"])
        assert done.returncode == status
        assert b"Traceback" not in done.stderr
        assert b"internal" not in done.stderr


def test_closed_input():
    done = run(["sh", "-c", f"{' '.join(COMMAND)} derive - <&-"])
    assert (done.returncode, done.stderr) == (1, b"error: standard input is closed\n")


@pytest.mark.parametrize(
    ("number", "status", "message"),
    [(signal.SIGINT, 130, b"\ninterrupted\n"), (signal.SIGTERM, 143, b"\nterminated\n")],
)
def test_a_signal_in_the_middle(number, status, message):
    with subprocess.Popen([*COMMAND, "derive", ENDLESS], stdout=-1, stderr=-1) as process:
        time.sleep(2)
        process.send_signal(number)
        assert process.communicate(timeout=60) == (b"", message)
    assert process.returncode == status


def test_control_c_on_a_terminal():
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [*COMMAND, "derive", ENDLESS])
    time.sleep(2)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert os.read(terminal, 100) == b"^C\r\ninterrupted\r\n"
    os.close(terminal)


def test_an_interrupt_while_the_program_is_loaded(tmp_path):
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt")
    done = run(COMMAND, env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_signal_leaves_no_half_of_a_file(tmp_path):
    done = run([sys.executable, "-c", TERMINATED_BEFORE_THE_MOVE], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (143, b"\nterminated\n")
    assert list(tmp_path.iterdir()) == []
