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


def test_both_directions(golden):
    """A2, C3 and B1 to B6, from x to y and back, and A6 merged into A7."""
    texts = []
    for label, expression in exercises("reference.txt"):
        if label in ("A2", "A6", "B1", "B2", "B3", "B4", "B5", "B6"):
            for direction in ("forward", "backward"):
                derivation = derive(expression, direction=direction)
                texts.append(f"{label} {direction}\n{derivation.to_text()}")
    texts.append(f"A7\n{derive('1/(1 + e^(-x))', merge=True).to_text()}")
    golden("directions-solved.txt", "\n".join(texts))


def test_all_verified(derivations):
    assert {d.verdict.status for _, d in derivations} == {"verified"}
