"""The command line as a person meets it: whole processes, their output, errors and status."""

import json
import os
import subprocess
import sys

import click
import pytest

from chainstep import derive, spelling


def chainstep(*arguments, input=None, directory=None, **environment):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "chainstep", *arguments],
        input=input,
        cwd=directory,
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
        ("a.MARKDOWN", "## $"),
        ("a", "## $"),
    ],
)
def test_the_format_of_a_file_follows_its_name(tmp_path, name, beginning):
    assert output_of("derive", "x^2", "-o", str(tmp_path / name)) == ""
    assert (tmp_path / name).read_text("utf-8").startswith(beginning)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "arguments",
    [["derive", "x^2"], ["graph", "x^2"], ["jacobian", "[x, y]", "--wrt", "x"], ["batch", "a.txt"]],
    ids=lambda arguments: arguments[0],
)
def test_no_format_is_guessed(tmp_path, arguments):
    (tmp_path / "a.txt").write_text("x^2")
    done = chainstep(*arguments, "-o", "a.pdf", directory=tmp_path)
    assert done.returncode == 2
    assert b"there is no format for .pdf, only for ." in done.stderr
    assert not (tmp_path / "a.pdf").exists()
    name = "dot" if arguments[0] == "graph" else "latex"
    assert chainstep(*arguments, "-o", "a.pdf", "-f", name, directory=tmp_path).returncode == 0
    assert (tmp_path / "a.pdf").exists()


def test_a_dash_is_standard_output(tmp_path):
    (tmp_path / "a.txt").write_text("x^2")
    for arguments in (["derive", "x^2"], ["graph", "x^2"], ["batch", "-q", "a.txt"]):
        shown = output_of(*arguments, "-o", "-", directory=tmp_path)
        assert shown == output_of(*arguments, directory=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="no /dev/stdout")
def test_a_pipe_has_a_name():
    assert output_of("derive", "x^2", "-o", "/dev/stdout") == output_of("derive", "x^2")


def test_a_format_without_a_space():
    assert output_of("derive", "x^2", "-fjson") == output_of("derive", "x^2", "-f", "json")
    assert output_of("derive", "-fjs*x", "--wrt", "x").startswith(
        "## $y = -\\mathrm{fjs} \\cdot x$"
    )


@pytest.mark.parametrize(
    ("text", "hint"), [("a sin(theta)", "did you mean theta?"), ("x^2", "there are x")]
)
def test_a_variable_that_does_not_occur(text, hint):
    """The derivative is 0, which may be meant."""
    done = chainstep("derive", text, "--wrt", "theata")
    assert done.returncode == 0
    assert b"= 0$$" in done.stdout
    assert done.stderr.decode() == f"warning: theata does not occur\nhint: {hint}\n"
    assert output_of("derive", "7", "--wrt", "t")


def test_a_failure_leaves_the_old_file(tmp_path):
    file = tmp_path / "a.md"
    file.write_text("old")
    assert chainstep("derive", "sin(", "-o", str(file)).returncode == 1
    assert file.read_text() == "old"


@pytest.mark.parametrize(
    ("name", "message"),
    [("none/a.txt", "the folder of this file does not exist"), ("file/a.txt", "Not a directory")],
)
def test_a_place_where_no_file_can_be(tmp_path, name, message):
    (tmp_path / "file").touch()
    for arguments in (["derive", "x"], ["graph", "x"]):
        done = chainstep(*arguments, "-o", name, directory=tmp_path)
        assert done.returncode == 1
        assert done.stderr.decode() == f"error: {message}: {name}\n"


def test_lines_that_end_as_in_windows():
    done = chainstep("derive", "-", input=b"L = z^2\r\nz = sin(\r\nb = 2\r\n")
    assert done.stderr.decode().splitlines()[1:] == ["  z = sin(", "         ^"]


def test_a_fragment_is_latex_without_a_preamble():
    text = output_of("derive", "x^2", "--fragment")
    assert "\\documentclass" not in text
    assert "\\frac{dy}{dx}" in text
    assert chainstep("derive", "x^2", "--fragment", "-f", "text").returncode == 2
    matrix = output_of("jacobian", "[x^2, 3x]", "--fragment")
    assert matrix.startswith("\\begin{align*}")


def on_a_terminal(*arguments, columns=80, **environment):
    """What the command shows on a terminal that is so wide."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "", **environment}
    environment.pop("COLUMNS", None)
    with subprocess.Popen(
        [sys.executable, "-m", "chainstep", *arguments],
        stdout=theirs,
        stderr=subprocess.STDOUT,
        env=environment,
    ):
        os.close(theirs)
        shown = b""
        while piece := _read(ours):
            shown += piece
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminal")
def test_a_terminal_gets_its_layout():
    text = on_a_terminal("derive", "sin(x^2)", columns=50, TERM="xterm")
    assert "\x1b[1my = sin(x²)\x1b[0m" in text
    plain = on_a_terminal("derive", "sin(x^2)", "-f", "text", columns=50, TERM="xterm")
    assert plain == click.unstyle(text)
    assert plain == on_a_terminal("derive", "sin(x^2)", columns=50, TERM="dumb")
    assert plain == output_of("derive", "sin(x^2)", "-f", "text", COLUMNS="50")
    assert max(map(len, plain.splitlines())) == 48


def test_the_width_of_a_file_is_not_that_of_the_terminal(tmp_path):
    chainstep("derive", "sin(x^2)", "-o", "a.txt", directory=tmp_path, COLUMNS="50")
    assert (tmp_path / "a.txt").read_text("utf-8") == derive("sin(x^2)").to_text()


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
        (["derive", "a*b"], 1, "with --wrt, for example --wrt a"),
        (["derive", ""], 1, "error: there is no expression\n"),
        (["derive", "x", "--wrt", "x,"], 1, "error: a name is missing in --wrt\n"),
        (["derive", "x", "--wrt", ""], 1, "error: a name is missing in --wrt\n"),
        (["derive", "x", "--output", ""], 1, "error: a name is missing in --output\n"),
        (["derive", "x", "--at", ""], 1, "error: a value is missing for x\nhint: --at x=…\n"),
        (["derive", "x", "--at", "x=1", "--at", ""], 1, "a name and its value are expected"),
        (["derive", "x", "--wrt", "2"], 1, "hint: --wrt takes a name such as x\n"),
        (["derive"], 2, "Missing argument 'EXPRESSION'"),
        (["derive", "x", "+", "2"], 2, 'it needs quotes: "x + 2"\n'),
        (["graph", "sin", "x"], 2, 'it needs quotes: "sin x"\n'),
        (["deriv", "x"], 2, "Did you mean 'derive'?"),
        (["derive", "x", "--wtr", "x"], 2, "'--wrt'"),
        (["derive", "x", "--digts", "9"], 2, "Did you mean '--digits'?"),
        (["derive", "x", "--wrt"], 2, "Option '--wrt' requires an argument."),
        (["derive", "x", "-o"], 2, "Option '-o' requires an argument."),
        (["derive", "a*x", "--wrt", "-x"], 1, "error: '-x' is not a"),
        (["derive", "x", "--direction", "up"], 2, "'up' is not one of"),
        (["derive", "x", "--digits", "8"], 2, "--digits goes with --at."),
        (["derive", "x", "--at", "x=1", "--digits", "51"], 2, "51 is not in the range 1<=x<=50"),
        (["derive", "x", "--graph", "-f", "json"], 2, "formats terminal, text, markdown."),
        (["derive", "x", "--graph", "--fragment"], 2, "formats terminal, text, markdown."),
        (["derive", "@none.txt"], 2, "File 'none.txt' does not exist."),
        (["derive", "@."], 2, "File '.' is a directory."),
        (["graph", "x", "-f", "png"], 2, "'png' is not one of"),
        (["graph", "sin("], 1, "error: "),
        (["grahp", "x"], 2, "Did you mean 'graph'?"),
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


def test_bytes_that_are_no_text(tmp_path):
    done = chainstep("derive", "-", input=b"x + \xff")
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: byte 5 of the input is not valid UTF-8")
    (tmp_path / "a.txt").write_bytes(b"x + \xff")
    done = chainstep("derive", "@a.txt", directory=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: byte 5 of a.txt is not valid UTF-8")


def test_too_much_input(tmp_path):
    data = b"x" + b" " * 10_000_000
    (tmp_path / "a.txt").write_bytes(data)
    for done in (
        chainstep("derive", "-", input=data),
        chainstep("derive", "@a.txt", directory=tmp_path),
    ):
        assert done.returncode == 1
        assert b"has more than 10000000 bytes" in done.stderr


def test_a_file_holds_the_expression(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffx²\r\n".encode())
    assert output_of("derive", "@a.txt", directory=tmp_path) == output_of("derive", "x²")
    assert output_of("graph", f"@{tmp_path / 'a.txt'}") == output_of("graph", "x²")


def test_large_input_has_an_answer():
    for text in ("(" * 100_000 + "x" + ")" * 100_000, "x^" + "9" * 5000, "10^5000 * x"):
        assert chainstep("derive", "-", input=text.encode()).returncode == 0


def test_a_closed_pipe_is_quiet():
    command = f"{sys.executable} -m chainstep derive 'sin(x)*x' | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, check=False, timeout=60)
    assert done.stderr == b""
    assert done.stdout.startswith(b"## $y")


def test_a_pipe_that_was_closed_before():
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "chainstep", "derive", "x^2"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="no such permissions")
def test_permissions(tmp_path):
    """Those of the file that is replaced; a new one is as any other new file."""
    (tmp_path / "old.md").touch(0o640)
    (tmp_path / "other.md").touch()
    for name in ("old.md", "new.md"):
        output_of("derive", "x^2", "-o", name, directory=tmp_path)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("old.md", "new.md", "other.md")]
    assert modes[0] == 0o640
    assert modes[1] == modes[2]


WITHOUT_UNICODE = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}


def test_a_terminal_without_unicode():
    done = chainstep("derive", "x^2", "-f", "text", **WITHOUT_UNICODE)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"y = x^2" in done.stdout
    assert b"?" not in done.stdout


def test_arguments_where_python_expects_ascii():
    plain = {**WITHOUT_UNICODE, "PYTHONCOERCECLOCALE": "0"}
    spelled = chainstep("derive", "cbrt(alpha x)", "--wrt", "alpha", "--at", "x=1,alpha=1", **plain)
    assert spelled.returncode == 0
    done = chainstep("derive", "∛(α x)", "--wrt", "α", "--at", "x=1,α=1", **plain)
    assert done.stdout == spelled.stdout


@pytest.mark.parametrize(
    ("text", "wrt"),
    [
        ("L = (y - p)^2; p = sigmoid(w α + b)", "w,b"),
        ("L = (y - p)^2; p = sigmoid(w α + b)", "all"),
        ("λ^2 yhat sqrt(x) + x/(1 + cbrt(x)) + root(x, 4)", "x"),
        ("piecewise((x^2, x < 0), (x/λ, x >= 0)) + polygamma(2, x)", "x"),
        ("w, x: vector(n); b: scalar; y = dot(w, x)^2 + sum(w ⊗ x) + b", "w"),
        ("W: matrix(m, n); x: vector(n); y = norm2(W x)", "x"),
    ],
)
def test_every_sign_can_be_spelled_out(text, wrt):
    shown = derive(text, wrt).to_text().encode("ascii", spelling.install())
    assert b"?" not in shown


def test_a_graph_without_unicode():
    tree = output_of("graph", "sin(x + x^2)", **WITHOUT_UNICODE)
    assert tree.isascii()
    assert "?" not in tree


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("2αx⁻¹² + √y", "2alpha x^-12 + sqrt y"),
        ("wα·λβ", "w alpha*lambda beta"),
        ("∂L/∂α − dω/dt", "dL/dalpha - domega/dt"),
        ("u₁x²y₁₂", "u1 x^2 y12"),
        ("∑ᵢ₌₁ⁿ wᵢ", "sum_i=1^n wi"),
        ("ŷᵀx ⊗ α̂", "yhat^T x (*) alphahat"),
        ("⎡⎢⎣⎤⎥⎦⎛⎜⎝⎞⎟⎠", "[[[]]]((()))"),
        ("ψ⁽²⁾(x) ≈ √2", "psi^(2)(x) ~ sqrt 2"),
    ],
)
def test_spelled_out(text, spelled):
    assert text.encode("ascii", spelling.install()).decode() == spelled


SYSTEM = "L = (y - p)^2; p = sigmoid(w*x + b)"


def record_of(*arguments, **more):
    return json.loads(output_of("derive", *arguments, "-f", "json", **more))


def test_a_system_is_read_from_anywhere(tmp_path):
    lines = "# a loss\nL = (y - p)^2  # squared\n\np = sigmoid(w*x\n  + b)\n"
    (tmp_path / "loss.txt").write_text(lines)
    expected = record_of(SYSTEM, "--wrt", "w,b")["gradient"]
    assert set(expected) == {"w", "b"}
    for text, data in ((lines, None), ("-", lines.encode()), ("@loss.txt", None)):
        record = record_of(text, "--wrt", "w,b", input=data, directory=tmp_path)
        assert record["gradient"] == expected


def test_a_mistake_in_a_file_is_shown_there(tmp_path):
    (tmp_path / "loss.txt").write_text("L = p^2\np = sin(\n")
    done = chainstep("derive", "@loss.txt", directory=tmp_path)
    assert done.returncode == 1
    assert b"\n  p = sin(\n         ^\n" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["--wrt", "w, b"], ["w", "b"]),
        (["--wrt", "all"], ["b", "w", "x", "y"]),
        (["--output", "p", "--wrt", "all"], ["b", "w", "x"]),
    ],
)
def test_the_variables_and_the_output(arguments, variables):
    assert list(record_of(SYSTEM, *arguments)["gradient"]) == variables


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_direction(direction):
    assert record_of("sin(x + x^2)", "--direction", direction)["direction"] == direction
    assert record_of("sin(x + x^2)")["direction"] == "forward"


def test_merged_modules():
    whole, merged = (record_of("1/(1 + e^(-x))", *more) for more in ([], ["--merge"]))
    assert len(merged["intermediates"]) < len(whole["intermediates"])
    assert merged["derivative"] == whole["derivative"]
    assert output_of("graph", "1/(1 + e^(-x))", "--merge").count("\n") == 3


def test_numbers_at_a_point():
    """A value, and a list of them, may begin with a minus."""
    together = record_of("a*x", "--wrt", "x", "--at", "x=-1,a=1/3")
    assert together["numbers"]
    apart = record_of("a*x", "--wrt", "x", "--at", "x=-1", "--at", "a=1/3", "--digits", "6")
    assert apart["numbers"] == together["numbers"]
    assert "0.3333333333" in output_of("derive", "-x", "--at", "x=1/3", "--digits", "10")
    assert "0.3333333333" not in output_of("derive", "-x", "--at", "x=1/3")
    done = chainstep("derive", "a*x", "--wrt", "x", "--at", "-1")
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: ")
    assert b"internal" not in done.stderr


@pytest.mark.parametrize(
    ("format_name", "picture"),
    [
        ("markdown", "\n```mermaid\nflowchart BT\n"),
        ("text", "└─ u₁ = x²"),
        ("terminal", "\x1b[2m└─ \x1b[0m"),
    ],
)
def test_a_derivation_with_its_graph(format_name, picture):
    plain, drawn = (
        output_of("derive", "sin(x^2)", "-f", format_name, *more, NO_COLOR="")
        for more in ([], ["--graph"])
    )
    assert picture not in plain
    before, after = drawn.split(picture)
    assert "Introduce" in before
    assert "Compute" in after
    assert set(plain.splitlines()) <= set(drawn.splitlines())


def test_a_graph_is_a_tree_unless_asked():
    tree = output_of("graph", "sin(x^2)")
    assert tree.startswith("y = u₂ = sin(u₁)\n└─ u₁ = x²")
    assert output_of("graph", "-f", "mermaid", "sin(x^2)").startswith("flowchart BT\n")
    assert output_of("graph", "-", input=b"sin(x^2)") == tree


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("a.txt", "y = x²"), ("a.mmd", "flowchart"), ("a.dot", "digraph"), ("a.gv", "digraph")],
)
def test_the_graph_format_of_a_file_follows_its_name(tmp_path, name, beginning):
    file = tmp_path / name
    assert output_of("graph", "x^2", "-o", str(file), FORCE_COLOR="1") == ""
    assert file.read_text("utf-8").startswith(beginning)


def test_a_graph_has_colour_only_on_a_terminal():
    assert "\x1b[" in output_of("graph", "x^2", FORCE_COLOR="1", NO_COLOR="")
    plain = output_of("graph", "x^2", FORCE_COLOR="1", NO_COLOR="1")
    assert plain == output_of("graph", "x^2")
    assert "\x1b[" not in plain


def test_a_graph_says_when_it_was_not_checked():
    done = chainstep("graph", "sqrt(-1-x^2)")
    assert done.returncode == 0
    assert done.stdout
    assert done.stderr.startswith(b"not checked: ")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("chainstep gr", "graph"),
        ("chainstep derive --dir", "--direction"),
        ("chainstep derive x --format mark", "markdown"),
        ("chainstep derive x --direction b", "backward"),
        ("chainstep graph x -f me", "mermaid"),
    ],
)
def test_the_shell_completes(words, offered):
    text = output_of(
        _CHAINSTEP_COMPLETE="bash_complete",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )
    assert text.splitlines() == [f"plain,{offered}"]


def test_help_has_examples():
    for arguments in (["--help"], ["derive", "-h"], ["graph", "-h"], ["batch", "--help"]):
        assert "Examples:" in output_of(*arguments)
    assert "graph     Draw the graph of EXPRESSION.\n" in output_of("--help")
    assert "..." not in output_of("--help").partition("Commands:")[2]
    assert output_of("--version").startswith("chainstep, version ")
