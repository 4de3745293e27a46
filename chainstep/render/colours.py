"""The colours of a terminal, as ANSI codes by the role of a piece of text."""

from __future__ import annotations

RESET = "\x1b[0m"
BOLD, DIM, GREEN, YELLOW, TITLE = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[1;36m"
STYLES = {
    "formula": BOLD,
    "remark": DIM,
    "rule": TITLE,
    "title": TITLE,
    "law": DIM,
    "verified": GREEN,
    "unverified": YELLOW,
    # of a graph
    "input": BOLD,
    "constant": BOLD,
    "node": BOLD,
    "output": TITLE,
    "guide": DIM,
    "elsewhere": DIM,
    "derivative": GREEN,
}


def paint(role: str, text: str) -> str:
    """A piece of text in its colour; what has none stays as it is."""
    return f"{STYLES[role]}{text}{RESET}" if role in STYLES and text else text
