"""A complete LaTeX article, or its body alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from chainstep.arrays import MatrixProduct
from chainstep.derivation import Derivation, Equation, Numbers, Step
from chainstep.notation import Matrix
from chainstep.render import prose, table
from chainstep.render.boxes import box
from chainstep.render.latex_math import RELATIONS, TALL, latex, listed, words
from chainstep.render.lines import WITH_LAWS, heading, sides
from chainstep.render.markdown import notation
from chainstep.render.writing import write
from chainstep.render.written import DOT, Brackets, Grid, Product, Sum, Written

LINE = 80  # columns of text that fit on a line of the page, roughly
MOST_COLUMNS = 10  # of a matrix, as amsmath has it
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
    yield " ".join([*prose.conditions(derivation, math), prose.verdict_sentence(derivation, math)])


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
    first, *others = _pieces(line.formula, LINE - box(line.quantity).width)
    rows = [f"{quantity} &= {first.latex}", *_continued(others)]
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
        first, *others = _pieces(left, LINE)
        indent = width = 0
        start = BREAK.join([f"&{first.latex}", *_continued(others), ""])
    rows: list[str] = []
    for right in rights:
        first, *others = _pieces(right, LINE - indent)
        if rows and not others and width + first.width <= LINE:
            rows[-1] += f" = {first.latex}"
            width += first.width + 3
            continue
        rows.append(f"&= {first.latex}")
        rows += _continued(others)
        width = indent + first.width + 3 if not others else LINE
    return start + BREAK.join(rows)


def _continued(pieces: list[Piece]) -> list[str]:
    return [rf"&\quad {{}} {piece.latex}" for piece in pieces]


@dataclass(frozen=True)
class Piece:
    """A stretch of a formula and how many columns it takes."""

    latex: str
    width: int


def _pieces(written: Written, limit: int) -> list[Piece]:
    """A side of an equation; one that is too wide is cut between its parts."""
    width = box(written).width
    if not isinstance(written, (Sum, Product, Grid)) or _fits(written, width, limit):
        return [Piece(_latex(written), width)]
    pieces: list[Piece] = []
    for part in _parts(written, limit):
        if pieces and pieces[-1].width + part.width <= limit:
            last = pieces.pop()
            part = Piece(f"{last.latex} {part.latex}", last.width + part.width)
        pieces.append(part)
    return pieces


def _fits(written: Sum | Product | Grid, width: int, limit: int) -> bool:
    if isinstance(written, Grid) and len(written.rows) > 1:
        return True  # rows that stand one below the other cannot be cut
    if isinstance(written, Grid) and len(written.rows[0]) > MOST_COLUMNS:
        return False
    return width <= limit


def _parts(written: Sum | Product | Grid, limit: int) -> Iterator[Piece]:
    """Terms with their signs, factors with their dots, or entries with their commas."""
    if isinstance(written, Grid):
        for text, entry in zip(listed(written), written.rows[0], strict=True):
            yield Piece(_preferred(text), box(entry).width + 2)
        return
    if isinstance(written, Sum):
        signed = [("-" if minus else "+", term) for minus, term in written.terms]
        signed[0] = ("-" if written.terms[0][0] else "", written.terms[0][1])
    else:
        dots = [r"\cdot" if joint is DOT else "" for joint in written.joints]
        signed = list(zip(["", *dots], written.factors, strict=True))
    for sign, part in signed:
        first, *others = _part(part, limit)
        yield Piece(f"{sign} {first.latex}".lstrip(), first.width + 3)
        yield from others


def _part(written: Written, limit: int) -> list[Piece]:
    """A term or a factor; one that is itself too wide is cut, a sum in brackets between its
    terms. Brackets that open on one line and close on another are given their size."""
    width = box(written).width
    inner = written.inner if isinstance(written, Brackets) else written
    if width <= limit or not isinstance(inner, (Sum, Product)):
        return [Piece(_latex(written), width)]
    pieces = list(_parts(inner, limit))
    if inner is not written:
        tall = any(command in piece.latex for piece in pieces for command in TALL)
        opening, closing = (r"\biggl(", r"\biggr)") if tall else ("(", ")")
        pieces[0] = replace(pieces[0], latex=f"{opening}{pieces[0].latex}")
        pieces[-1] = replace(pieces[-1], latex=f"{pieces[-1].latex}{closing}")
    return pieces
