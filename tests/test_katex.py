"""Every LaTeX string is accepted by KaTeX in strict mode.

Needs node, and `npm install` in tests/katex once. Without them the test is skipped, except
where the environment variable CI is set: there it fails.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chainstep.operations import BY_HEAD
from chainstep.render import FORMATS
from chainstep.render.latex_math import latex
from chainstep.render.writing import write
from tests.test_render import DOCUMENTS, TABLE, formulas_of

FOLDER = Path(__file__).parent / "katex"


def complaints(formulas):
    """The formulas that KaTeX does not accept, each with its message."""
    if shutil.which("node") is None:
        unavailable("node is not installed")
    if not (FOLDER / "node_modules" / "katex").is_dir():
        unavailable("KaTeX is not installed: run npm install in tests/katex")
    found = subprocess.run(
        ["node", str(FOLDER / "check.mjs")],
        input=json.dumps(formulas),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(found.stdout)


def unavailable(reason):
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def test_katex_would_complain():
    assert [found["formula"] for found in complaints([r"\nonsense", "x^2"])] == [r"\nonsense"]


def test_formulas():
    assert complaints([latex(write(expr)) for expr, *_ in TABLE]) == []


def test_documents():
    texts = [FORMATS["markdown"](derivation) for derivation in DOCUMENTS.values()]
    assert complaints([formula for text in texts for formula in formulas_of(text)]) == []


def test_every_function():
    arguments = [expr for expr, *_ in TABLE if expr.is_Symbol]
    found = []
    for row in BY_HEAD.values():
        slots = tuple(arguments[: len(row.samples)])
        found.append(row.build(*slots))
        found += [row.partial(slot, slots, arguments[-1]) for slot in _varying(row)]
    assert complaints([latex(write(expr)) for expr in found]) == []


def _varying(row):
    return range(1 if row.id == "root" else len(row.samples))  # a degree never varies
