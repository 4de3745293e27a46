"""The command line as a person meets it: whole processes, their output, errors and status."""

import json
import os
import subprocess
import sys

import pytest


def chainstep(*arguments, input=None, **environment):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "chainstep", *arguments],
        input=input,
        capture_output=True,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
        timeout=120,
        check=False,
    )


def output_of(*arguments, **more):
    done = chainstep(*arguments, **more)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    return done.stdout.decode()


def test_a_pipe_gets_markdown():
    text = output_of("derive", "sin(x^2)")
    assert text.startswith("## $y = \\sin(x^2)$\n")
    assert "$$\\frac{dy}{dx} = 2 x \\cos(x^2)$$" in text


@pytest.mark.parametrize("expression", ["-sin(x)", "-x", "-f*x", "-(x)", "-2"])
def test_an_expression_may_begin_with_a_minus(expression):
    record = json.loads(output_of("derive", expression, "--format", "json"))
    assert record["expression"] == expression


def test_options_stand_before_and_behind():
    behind = output_of("derive", "a*t", "--wrt", "a", "-f", "text")
    assert behind == output_of("derive", "-f", "text", "--wrt=a", "a*t")
    assert "dy" in behind
    assert "da" in behind


def test_standard_input():
    assert output_of("derive", "-", input="x²\n".encode()) == output_of("derive", "x²")
    assert output_of("derive", "-", input=b"\xef\xbb\xbfx^2\r\n") == output_of("derive", "x^2")


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("a.md", "## $"),
        ("a.tex", "\\documentclass"),
        ("a.json", "{"),
        ("a.txt", "  y = "),
        ("a.other", "## $"),
    ],
)
def test_the_format_of_a_file_follows_its_name(tmp_path, name, beginning):
    assert output_of("derive", "x^2", "-o", str(tmp_path / name)) == ""
    assert (tmp_path / name).read_text("utf-8").startswith(beginning)
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_failure_leaves_the_old_file(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("old")
    assert chainstep("derive", "sin(", "-o", str(file)).returncode == 1
    assert file.read_text() == "old"
    assert chainstep("derive", "x", "-o", str(tmp_path / "none" / "a.md")).returncode == 1


def test_a_fragment_is_latex_without_a_preamble():
    text = output_of("derive", "x^2", "--fragment")
    assert "\\documentclass" not in text
    assert "\\frac{dy}{dx}" in text
    assert chainstep("derive", "x^2", "--fragment", "-f", "text").returncode == 2


def test_colour_only_on_a_terminal():
    assert "\x1b[" in output_of("derive", "x^2", "-f", "terminal", NO_COLOR="")
    assert "\x1b[" in output_of("derive", "x^2", FORCE_COLOR="1", NO_COLOR="")
    assert "\x1b[" not in output_of("derive", "x^2", "-f", "terminal", NO_COLOR="1")
    assert "\x1b[" not in output_of("derive", "x^2", "-f", "text")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["derive", "sin(x + 2"], 1, "error: this bracket is never closed\n  sin(x + 2\n     ^\n"),
        (
            ["derive", "snh(2x)"],
            1,
            "error: unknown function 'snh'\n  snh(2x)\n  ^^^\nhint: did you mean sinh?\n",
        ),
        (
            ["derive", "xsin(x)"],
            1,
            "error: 'xsin' is not a known function\n  xsin(x)\n  ^^^^\n"
            "hint: for a product write x*sin(x)\n",
        ),
        (
            ["derive", "9^9^9^9 * x"],
            1,
            "error: 9^9^9^9 is a number with more than 10000 digits\n  9^9^9^9 * x\n  ^^^^^^^\n"
            "hint: numbers may have up to 10000 digits\n",
        ),
        (["derive", "a*b"], 1, "hint: choose one with --wrt, for example --wrt a\n"),
        (["derive", "x", "--wrt", "2"], 1, "hint: --wrt takes a name such as x\n"),
        (["derive"], 2, "Missing argument 'EXPRESSION'"),
        (["deriv", "x"], 2, "Did you mean 'derive'?"),
        (["derive", "x", "--wtr", "x"], 2, "Did you mean '--wrt'?"),
        (["derive", "x", "-f", "pdf"], 2, "'pdf' is not one of"),
    ],
)
def test_errors(arguments, status, message):
    done = chainstep(*arguments)
    assert done.returncode == status
    assert done.stdout == b""
    assert message in done.stderr.decode()


def test_an_error_in_json_is_a_record():
    done = chainstep("derive", "sin(x", "-f", "json")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert (error["code"], error["position"]) == ("unclosed-bracket", 3)


HOSTILE = [
    "__import__('os').system('exit 7')",
    "(lambda: 1)()",
    "x.__class__",
    "9**9**9**9",
    "x^(9^9^9)",
    "10000^10000*x",
    "(" * 100_000,
    "+" * 1_000_000,
    "x+" * 400_000 + "x",
    "x\0y",
    "s\u0456n(\u0445)",
    "0^0",
    "1/0",
    "log(0)",
    "",
    ",",
    "=",
    "gamma(10^10)*x",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_input_is_a_short_error(text):
    done = chainstep("derive", "-", input=text.encode())
    assert done.returncode == 1
    lines = done.stderr.decode().splitlines()
    assert lines[0].startswith("error: ")
    assert "internal" not in lines[0]
    assert len(lines) <= 4
    assert max(map(len, lines)) < 300


def test_bytes_that_are_no_text():
    done = chainstep("derive", "-", input=b"x + \xff")
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: byte 5 of the input is not valid UTF-8")


def test_large_input_has_an_answer():
    for text in ("(" * 100_000 + "x" + ")" * 100_000, "x^" + "9" * 5000, "10^5000 * x"):
        assert chainstep("derive", "-", input=text.encode()).returncode == 0


def test_a_closed_pipe_is_quiet():
    command = f"{sys.executable} -m chainstep derive 'sin(x)*x' | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, check=False, timeout=60)
    assert done.stderr == b""
    assert done.stdout.startswith(b"## $y")


def test_a_terminal_without_unicode():
    done = chainstep(
        "derive", "x^2", "-f", "text", PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C"
    )
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"y = x^2" in done.stdout
    assert b"?" not in done.stdout


def test_help_has_examples():
    for arguments in (["--help"], ["derive", "-h"], ["batch", "--help"]):
        assert "Examples:" in output_of(*arguments)
    assert output_of("--version").startswith("chainstep, version ")
