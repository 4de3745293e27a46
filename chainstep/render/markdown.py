"""Portable markdown: headings, sentences, and one `$$…$$` paragraph a line."""

from __future__ import annotations

from collections.abc import Iterator

from sympy.core.basic import Basic

from chainstep.derivation import Derivation, Equation, Step
from chainstep.render import prose
from chainstep.render.latex_math import latex
from chainstep.render.lines import sides
from chainstep.render.writing import write

LONGEST_LINE = 72  # columns, roughly; a longer chain continues in a new paragraph

MARKUP = str.maketrans({c: f"\\{c}" for c in "\\`*_$<|[]#"})


def render(derivation: Derivation) -> str:
    """A derivation as markdown."""
    return "\n\n".join(_paragraphs(derivation)) + "\n"


def _paragraphs(derivation: Derivation) -> Iterator[str]:
    math = notation(derivation.decimals)
    yield f"## {_heading(derivation, math)}"
    yield f"**{prose.rule(derivation)}**: {prose.reason(derivation, math)}"
    yield from prose.notes(derivation)
    for number, step in enumerate(derivation.steps, 1):
        yield f"### {number}. {step.title}"
        yield from prose.step_notes(step, derivation, math)
        for equation in step.equations:
            yield from _formulas(equation, step, derivation.decimals)
    yield " ".join([*prose.conditions(derivation, math), prose.verdict_sentence(derivation, math)])


def notation(decimals: bool) -> prose.Notation:
    """Mathematics inside a sentence, between dollars."""

    def to_latex(expr: Basic) -> str:
        return latex(write(expr, decimals))

    return prose.Notation(to_latex, escaped, "$", r" \to ", r"\ldots")


def escaped(text: str) -> str:
    """Text with the characters that markdown would take for markup made harmless.

    >>> escaped("2*x < 3*y")
    '2\\\\*x \\\\< 3\\\\*y'
    """
    return text.translate(MARKUP)


def _heading(derivation: Derivation, math: prose.Notation) -> str:
    if derivation.read_as is None:
        return math(derivation.output)
    return f"${math.write(derivation.output)} = {math.write(derivation.read_as)}$"


def _formulas(equation: Equation, step: Step, decimals: bool) -> Iterator[str]:
    """The equation in one or more lines, with its law behind."""
    *lines, last = chain(equation, decimals)
    if equation.law and step.id == "compute":
        last += rf" \qquad \text{{{equation.law}}}"
    yield from (f"$${line}$$" for line in (*lines, last))


def chain(equation: Equation, decimals: bool) -> list[str]:
    """left = right = … in LaTeX, continued on a new line where it would get too long."""
    left, rights = sides(equation, decimals)
    first, *others = [f"= {latex(right)}" for right in rights]
    lines = [f"{latex(left)} {first}"]
    for side in others:
        if _columns(lines[-1]) + _columns(side) < LONGEST_LINE:
            lines[-1] += f" {side}"
        else:
            lines.append(side)
    return lines


def _columns(formula: str) -> int:
    """How wide a formula is, roughly: its commands and one half of its fractions are not."""
    return len(formula) - 12 * formula.count(r"\frac") - 7 * formula.count(r"\partial")
