"""The derivations in samples/ are what chainstep writes, byte for byte.

Refresh them with `pytest --refresh-goldens` and read the difference before committing it.
"""

import re

import pytest

from chainstep import Derivation, derive
from tests.conftest import SAMPLES


def exercises(name: str) -> list[tuple[str, str]]:
    """The labels and expressions of an exercise file."""
    lines = (SAMPLES / name).read_text(encoding="utf-8").splitlines()
    return re.findall(r"^(\w+)\) (.+)$", "\n".join(lines), re.MULTILINE)


@pytest.fixture(scope="module")
def derivations() -> list[tuple[str, Derivation]]:
    return [(label, derive(expression)) for label, expression in exercises("reference.txt")]


def test_markdown(derivations, golden):
    golden("reference.md", "\n".join(d.to_markdown() for _, d in derivations))


def test_text(derivations, golden):
    texts = [f"{label}\n{derivation.to_text()}" for label, derivation in derivations]
    golden("reference-solved.txt", "\n".join(texts))


def test_all_verified(derivations):
    assert {d.verdict.status for _, d in derivations} == {"verified"}
