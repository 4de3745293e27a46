"""Switches and helpers that the tests share."""

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent / "samples"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-goldens",
        action="store_true",
        help="write the golden files in samples/ anew instead of comparing with them",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest):
    """Compare a text with a golden file byte for byte, or write the file anew."""

    def check(name: str, text: str) -> None:
        path = SAMPLES / name
        if request.config.getoption("--refresh-goldens"):
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.read_bytes().decode("utf-8") == text

    return check
