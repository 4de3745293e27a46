"""A complete LaTeX article, or its body alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from chainstep.arrays import MatrixProduct
from chainstep.derivation import Derivation, Equation, Numbers, Step
from chainstep.notation import Matrix
from chainstep.render import prose, table, validity
from chainstep.render.boxes import box
from chainstep.render.latex_math import RELATIONS, latex, words
from chainstep.render.lines import WITH_LAWS, heading, sides
from chainstep.render.markdown import notation
from chainstep.render.pieces import MOST_COLUMNS, Piece, pieces
from chainstep.render.writing import write
from chainstep.render.written import Grid, Written

LINE = 80  # columns of text that fit on a line of the page, roughly
BREAK = " \\\\\n"
PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
\setlength{\jot}{6pt}
\setlength{\parindent}{0pt}
\setlength{\parskip}{\medskipamount}
\begin{document}
"""
SPECIALS = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "…": r"\dots{}"}
)


def render(derivation: Derivation) -> str:
    """A derivation as a document that compiles as it is."""
    return f"{PREAMBLE}\n{fragment(derivation)}\n\\end{{document}}\n"


def fragment(derivation: Derivation) -> str:
    """The body of the document, to be put into another; it needs amsmath."""
    return "\n\n".join(_paragraphs(derivation)) + "\n"


def escaped(text: str) -> str:
    """Text with the special characters of TeX made harmless.

    >>> escaped("50% of x_1")
    '50\\\\% of x\\\\_1'
    """
    return text.translate(SPECIALS)


def _paragraphs(derivation: Derivation) -> Iterator[str]:
    decimals = derivation.decimals
    math = replace(notation(decimals), write=lambda e: _latex(write(e, decimals)), text=escaped)
    whole, others = heading(derivation)
    if derivation.jacobian and (widest := _most_columns(derivation)) > MOST_COLUMNS:
        yield rf"\setcounter{{MaxMatrixCols}}{{{widest}}}"
    if whole is not None:
        yield _display([_rows(Equation(derivation.output, (whole,)), decimals)])
    if others:
        yield prose.WITH
        yield _display([_rows(definition, decimals) for definition in others])
    yield rf"\textbf{{{prose.rule(derivation)}}}: {prose.reason(derivation, math)}"
    yield from prose.notes(derivation)
    yield from prose.unused(derivation, math)
    for number, step in enumerate(derivation.steps, 1):
        yield rf"\subsection*{{{number}. {step.title}}}"
        yield from prose.step_notes(step, derivation, math)
        for _, together in groupby(step.equations, lambda e: isinstance(e.left, Matrix)):
            yield _display([_with_law(_rows(e, decimals), e, step) for e in together])
    if derivation.by_output:
        yield prose.by_output(derivation, math)
        yield _display([_rows(derivation.by_output, decimals)])
    if derivation.numbers:
        yield from _numbers(derivation, derivation.numbers, math)
    yield " ".join(
        [*validity.conditions(derivation, math), prose.verdict_sentence(derivation, math)]
    )


def _most_columns(derivation: Derivation) -> int:
    """The columns of the widest matrix."""
    equations = [equation for step in derivation.steps for equation in step.equations]
    sides = [side for equation in equations for side in (equation.left, *equation.rights)]
    sides += [factor for side in sides if isinstance(side, MatrixProduct) for factor in side.args]
    return max((side.shape[1] for side in sides if isinstance(side, Matrix)), default=0)


def _numbers(derivation: Derivation, numbers: Numbers, math: prose.Notation) -> Iterator[str]:
    """The values on both passes, each part in an environment that may go on over pages."""
    title = table.title(derivation, numbers, math, _latex, RELATIONS)
    yield rf"\subsection*{{{title}}}"
    for part, lines in table.parts(derivation, numbers):
        yield f"{part}:"
        yield _display([_table_row(line) for line in lines])


def _table_row(line: table.Line) -> str:
    """quantity = formula = value, the value below a formula that leaves no room for it."""
    quantity, related = _latex(line.quantity), line.related(_latex, RELATIONS)
    if line.formula is None:
        return f"{quantity} &{related}"
    first, *others = pieces(line.formula, LINE - box(line.quantity).width)
    rows = [f"{quantity} &= {_preferred(first.latex)}", *_continued(others)]
    if others or first.width > LINE // 2:
        return BREAK.join([*rows, f"&{related}"])
    return f"{rows[0]} &&{related}"


def _latex(written: Written) -> str:
    """The portable dialect with what LaTeX itself prefers."""
    return _preferred(latex(written))


def _preferred(formula: str) -> str:
    return formula.replace(r" \cr ", r" \\ ").replace(r"\lt ", "< ").replace(r"\gt ", "> ")


def _display(equations: list[str]) -> str:
    rows = BREAK.join(equations)
    return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"


def _with_law(rows: str, equation: Equation, step: Step) -> str:
    with_law = equation.law and step.id in WITH_LAWS
    return rf"{rows} && {words(escaped(equation.law))}" if with_law else rows


def _rows(equation: Equation, decimals: bool) -> str:
    """left = right = … as rows of an align environment, none wider than a page if possible."""
    left, rights = sides(equation, decimals)
    indent = width = box(left).width + 1
    start = f"{_latex(left)} "
    if isinstance(left, Grid) and indent > LINE // 2:
        first, *others = pieces(left, LINE)
        indent = width = 0
        start = BREAK.join([f"&{_preferred(first.latex)}", *_continued(others), ""])
    rows: list[str] = []
    for right in rights:
        first, *others = pieces(right, LINE - indent)
        if rows and not others and width + first.width <= LINE:
            rows[-1] += f" = {_preferred(first.latex)}"
            width += first.width + 3
            continue
        rows.append(f"&= {_preferred(first.latex)}")
        rows += _continued(others)
        width = indent + first.width + 3 if not others else LINE
    return start + BREAK.join(rows)


def _continued(others: list[Piece]) -> list[str]:
    return [rf"&\quad {{}} {_preferred(piece.latex)}" for piece in others]
