"""Every example in the README is run."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import chainstep
from chainstep import derive
from chainstep.cli import cli
from chainstep.render import prose

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def blocks(language):
    return [text for kind, text in BLOCKS if kind == language]


def commands():
    """The chainstep commands in shell blocks, without what sets them up."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    found = [re.search(r"(?:^|/)chainstep (.*)", line.split(" > ")[0]) for line in lines]
    return [shlex.split(match[1]) for match in found if match]


def test_there_are_examples():
    assert len(commands()) >= 3
    assert len(blocks("python")) >= 2


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_commands(arguments, tmp_path, monkeypatch):
    samples = Path(__file__).parent.parent / "samples"
    for file in samples.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_python():
    """The blocks are one session."""
    test = doctest.DocTestParser().get_doctest("\n".join(blocks("python")), {}, "README", None, 0)
    results = doctest.DocTestRunner().run(test)
    assert results.failed == 0
    assert results.attempted >= 3


def test_output():
    """The shown output is a part of the real one."""
    lines = derive("ln(sin(x**3)**2)").to_text().splitlines()
    for block in blocks("text"):
        shown = block.rstrip("\n").splitlines()
        assert any(lines[i : i + len(shown)] == shown for i in range(len(lines))), block


def test_spellings():
    """What the table of spellings says is read, is read."""
    rows = re.findall(r"^\| (`.*`) \|", README, re.MULTILINE)
    cells = [cell for row in rows for cell in re.findall(r"`([^`]+)`", row)]
    assert len(cells) > 10
    for cell in cells:
        assert derive(cell.replace("\\|", "|")).verdict.status == "verified", cell


@pytest.mark.parametrize(
    ("rule", "command", "text"),
    re.findall(r'^\| ([^|]*) \| [^|]* \| `(derive|jacobian) "(.*?)"` \|', README, re.MULTILINE),
)
def test_rules(rule, command, text):
    """The examples of the three chain rules show these rules."""
    derivation = getattr(chainstep, command)(text)
    assert prose.rule(derivation).lower() == rule


def test_there_are_three_rules():
    assert len(re.findall(r"^\| [\w-]+.* chain rule \|", README, re.MULTILINE)) == 3


def test_set_up_commands_are_single_lines():
    assert sum("python -m pytest" in line for line in README.splitlines()) == 1
    assert README.count("python3 -m venv") == 2
