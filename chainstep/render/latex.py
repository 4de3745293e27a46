"""A complete LaTeX article, or its body alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chainstep.derivation import Derivation, Equation, Step
from chainstep.render import prose
from chainstep.render.boxes import box
from chainstep.render.latex_math import latex
from chainstep.render.lines import sides
from chainstep.render.markdown import notation
from chainstep.render.writing import write
from chainstep.render.written import DOT, Product, Sum, Written

LINE = 80  # columns of text that fit on a line of the page, roughly
PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
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
    if derivation.read_as is not None:
        yield _display([_rows(Equation(derivation.output, (derivation.read_as,)), decimals)])
    yield rf"\textbf{{{prose.rule(derivation)}}}: {prose.reason(derivation, math)}"
    yield from prose.notes(derivation)
    for number, step in enumerate(derivation.steps, 1):
        yield rf"\subsection*{{{number}. {step.title}}}"
        yield from prose.step_notes(step, derivation, math)
        if step.equations:
            yield _display([_with_law(_rows(e, decimals), e, step) for e in step.equations])
    yield " ".join([*prose.conditions(derivation, math), prose.verdict_sentence(derivation, math)])


def _latex(written: Written) -> str:
    """The portable dialect with what LaTeX itself prefers."""
    return latex(written).replace(r" \cr ", r" \\ ").replace(r"\lt ", "< ").replace(r"\gt ", "> ")


def _display(equations: list[str]) -> str:
    rows = " \\\\\n".join(equations)
    return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"


def _with_law(rows: str, equation: Equation, step: Step) -> str:
    return rf"{rows} && \text{{{escaped(equation.law)}}}" if step.id == "compute" else rows


def _rows(equation: Equation, decimals: bool) -> str:
    """left = right = … as rows of an align environment, none wider than a page if possible."""
    left, rights = sides(equation, decimals)
    indent = width = box(left).width + 1
    rows: list[str] = []
    for right in rights:
        first, *others = _pieces(right, LINE - indent)
        if rows and not others and width + first.width <= LINE:
            rows[-1] += f" = {first.latex}"
            width += first.width + 3
            continue
        rows.append(f"&= {first.latex}")
        rows += [rf"&\quad {{}} {piece.latex}" for piece in others]
        width = indent + first.width + 3 if not others else LINE
    return f"{_latex(left)} " + " \\\\\n".join(rows)


@dataclass(frozen=True)
class Piece:
    """A stretch of a formula and how many columns it takes."""

    latex: str
    width: int


def _pieces(written: Written, limit: int) -> list[Piece]:
    """A side of an equation; a sum or product that is too wide is cut between its parts."""
    width = box(written).width
    if width <= limit or not isinstance(written, (Sum, Product)):
        return [Piece(_latex(written), width)]
    pieces: list[Piece] = []
    for part in _parts(written):
        if pieces and pieces[-1].width + part.width <= limit:
            last = pieces.pop()
            part = Piece(f"{last.latex} {part.latex}", last.width + part.width)
        pieces.append(part)
    return pieces


def _parts(written: Sum | Product) -> Iterator[Piece]:
    """Terms with their signs, or factors with their dots."""
    if isinstance(written, Sum):
        signed = [("-" if minus else "+", term) for minus, term in written.terms]
        signed[0] = ("-" if written.terms[0][0] else "", written.terms[0][1])
    else:
        dots = [r"\cdot" if joint is DOT else "" for joint in written.joints]
        signed = list(zip(["", *dots], written.factors, strict=True))
    for sign, part in signed:
        yield Piece(f"{sign} {_latex(part)}".lstrip(), box(part).width + 3)
