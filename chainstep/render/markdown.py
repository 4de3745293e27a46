"""Portable markdown: headings, sentences, and one `$$…$$` paragraph a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sympy.core.basic import Basic

from chainstep.derivation import Derivation, Equation, Step
from chainstep.render import prose, table, validity
from chainstep.render.latex_math import RELATIONS, latex, listed, words
from chainstep.render.lines import WITH_LAWS, heading, sides
from chainstep.render.pieces import pieces
from chainstep.render.writing import write
from chainstep.render.written import Grid, Written

LONGEST_LINE = 72  # columns, roughly; a longer chain continues in a new paragraph
WIDEST = 90  # columns of a formula that a page has room for

CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}")
MARKUP = str.maketrans({c: f"\\{c}" for c in "\\`*_$<|[]#"})


def render(derivation: Derivation) -> str:
    """A derivation as markdown."""
    return "\n\n".join(_paragraphs(derivation)) + "\n"


def render_with_graph(derivation: Derivation) -> str:
    """The same with a picture of the graph after step 1, which GitHub draws."""
    from chainstep.render import mermaid

    picture = f"```mermaid\n{mermaid.render(derivation).rstrip()}\n```"
    return "\n\n".join(_paragraphs(derivation, picture)) + "\n"


def _paragraphs(derivation: Derivation, picture: str = "") -> Iterator[str]:
    math = notation(derivation.decimals)
    yield from _heading(derivation, math)
    yield f"**{prose.rule(derivation)}**: {prose.reason(derivation, math)}"
    yield from prose.notes(derivation)
    yield from prose.unused(derivation, math)
    for number, step in enumerate(derivation.steps, 1):
        yield f"### {number}. {step.title}"
        yield from prose.step_notes(step, derivation, math)
        for equation in step.equations:
            yield from _formulas(equation, step, derivation.decimals)
        if step.id == "introduce" and picture:
            yield picture
    if derivation.by_output:
        yield prose.by_output(derivation, math)
        yield from _displayed(chain(derivation.by_output, derivation.decimals))
    if derivation.numbers:
        yield f"### {table.title(derivation, derivation.numbers, math, latex, RELATIONS)}"
        yield "\n".join(_table(table.parts(derivation, derivation.numbers)))
    yield " ".join(
        [*validity.conditions(derivation, math), prose.verdict_sentence(derivation, math)]
    )


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


def _heading(derivation: Derivation, math: prose.Notation) -> Iterator[str]:
    """What is differentiated, with the definitions of a system."""
    whole, others = heading(derivation)
    if whole is None:
        yield f"## {math(derivation.output)}"
    else:
        yield f"## ${math.write(derivation.output)} = {math.write(whole)}$"
    if others:
        yield prose.WITH
    for definition in others:
        yield from _displayed(chain(definition, derivation.decimals))


def _formulas(equation: Equation, step: Step, decimals: bool) -> Iterator[str]:
    """The equation in one or more lines, with its law behind."""
    *lines, last = chain(equation, decimals)
    if equation.law and step.id in WITH_LAWS:
        last += rf" \qquad {words(equation.law)}"
    yield from _displayed([*lines, last])


def _displayed(lines: list[str]) -> Iterator[str]:
    return (f"$${line}$$" for line in lines)


def chain(equation: Equation, decimals: bool) -> list[str]:
    """left = right = … in LaTeX, continued on a new line where it would get too long."""
    left, rights = sides(equation, decimals)
    lines = _stretches(left)
    for number, right in enumerate(rights):
        side, *others = _stretches(right)
        side = f"= {side}"
        fits = not others and _fit(lines[-1], side)
        if fits or (number == 0 and not isinstance(left, Grid)):
            lines[-1] += f" {side}"
        else:
            lines.append(side)
        lines += others
    return lines


def _stretches(written: Written) -> list[str]:
    """A side of an equation; one that no page has room for is cut between its terms or
    factors, a row of a matrix between its entries."""
    whole = latex(written)
    if not isinstance(written, Grid):
        if len(whole) <= WIDEST or _columns(whole) <= WIDEST:
            return [whole]
        return [piece.latex for piece in pieces(written, WIDEST)]
    if len(written.rows) > 1 or _fit(whole):
        return [whole]
    lines: list[str] = []
    for entry in listed(written):
        if lines and _fit(lines[-1], entry):
            lines[-1] += f" {entry}"
        else:
            lines.append(entry)
    return lines


def _table(parts: list[tuple[str, list[table.Line]]]) -> Iterator[str]:
    """The lines of a table, each part with a line for its heading."""
    yield _row(prose.COLUMNS)
    yield _row(["---"] * len(prose.COLUMNS))
    for title, lines in parts:
        yield _row([f"**{title}**", "", ""])
        for line in lines:
            formula = f"${latex(line.formula)}$" if line.formula else ""
            yield _row([f"${latex(line.quantity)}$", formula, f"${line.value(latex, RELATIONS)}$"])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fit(*formulas: str) -> bool:
    """Whether formulas have room beside each other. None has more columns than characters."""
    return sum(map(len, formulas)) < LONGEST_LINE or sum(map(_columns, formulas)) < LONGEST_LINE


def _columns(formula: str) -> int:
    """How wide a formula is, roughly: its commands and one half of its fractions are not, and
    of cases only the widest counts."""
    if r"\begin" in formula:
        formula = CASES.sub(lambda cases: max(cases[1].split(r"\cr"), key=len), formula)
    commands = 7 * formula.count(r"\partial") + 28 * formula.count(r"\begin{bmatrix}")
    return len(formula) - 12 * formula.count(r"\frac") - commands
