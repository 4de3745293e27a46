"""The layout for reading in a terminal: fractions stacked, equals signs aligned.

Text and terminal share it; they differ in `paint`, which colours a piece by its role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from sympy.core.basic import Basic

from chainstep.columns import columns
from chainstep.derivation import Derivation, Equation, Numbers, Step
from chainstep.notation import Matrix
from chainstep.render import prose, table, validity
from chainstep.render.boxes import Box, beside, box, line
from chainstep.render.lines import WITH_LAWS, heading, sides
from chainstep.render.text_table import laid_out
from chainstep.render.unicode_math import RELATIONS, one_line
from chainstep.render.wrapping import on_lines, wrapped
from chainstep.render.writing import write
from chainstep.render.written import Written

WIDTH = 80
MARGIN = 2
INDENT = 9  # of formulas
WITH = len(prose.WITH) + 1
NARROWEST = 24
GLUE = "\N{NO-BREAK SPACE}"  # between pieces that stay together when prose is wrapped
LONGEST_WORD = 40  # columns of a formula in a sentence that is not broken
GAP = 3  # columns between a formula and what stands beside it
SIGNS = {"verified": "✓", "unverified": "!"}

Paint = Callable[[str, str], str]


def render(derivation: Derivation, width: int = WIDTH) -> str:
    """A derivation as plain text, at most `width` columns wide."""
    return layout(derivation, width, lambda role, text: text)


def render_with_graph(derivation: Derivation, width: int = WIDTH) -> str:
    """The same with a picture of the graph after step 1."""
    from chainstep.render import graph_tree

    return layout(derivation, width, lambda role, text: text, graph_tree.render(derivation))


def layout(derivation: Derivation, width: int, paint: Paint, picture: str = "") -> str:
    """The lines of a derivation, with a picture of its graph if one is given.

    The roles for `paint` are the keys of `colours.STYLES`.
    """
    page = _Page(derivation, max(width, NARROWEST), paint, picture)
    return "\n".join(text.rstrip().replace(GLUE, " ") for text in page.lines()) + "\n"


@dataclass(frozen=True)
class _Page:
    derivation: Derivation
    width: int
    paint: Paint
    picture: str = ""

    def lines(self) -> Iterator[str]:
        """The whole page."""
        yield from self.header()
        yield ""
        yield from self.opening()
        for number, step in enumerate(self.derivation.steps, 1):
            yield ""
            yield from self.sentences(f"{number}  {step.title}", MARGIN, "title")
            yield from self.step(step)
            if step.id == "introduce" and self.picture:
                yield ""
                yield from (" " * INDENT + text for text in self.picture.splitlines())
        if self.derivation.by_output:
            yield from self.by_output(self.derivation.by_output)
        if self.derivation.numbers:
            yield from self.numbers(self.derivation.numbers)
        yield ""
        yield from self.closing()

    def write(self, expr: Basic) -> Written:
        return write(expr, self.derivation.decimals)

    @property
    def notation(self) -> prose.Notation:
        return prose.Notation(self.glued, arrow=f"{GLUE}→{GLUE}")

    def glued(self, expr: Basic) -> str:
        """A formula in a sentence, kept on one line if it is short."""
        formula = one_line(self.write(expr))
        return formula.replace(" ", GLUE) if len(formula) <= LONGEST_WORD else formula

    def header(self) -> Iterator[str]:
        """What is differentiated, and by what."""
        whole, others = heading(self.derivation)
        formula = one_line(self.write(self.derivation.output))
        if whole is not None:
            formula += f" = {one_line(self.write(whole))}"
        remark = f"find {prose.asked_for(self.derivation, self.notation)}"
        lines = wrapped(formula, self.width - 2 * MARGIN, " " * 4)
        yield from self.aside(lines, " " * MARGIN, remark, "formula")
        if others:
            equalities = self.equalities(others, self.width - 2 * MARGIN - WITH)
            for start, text in zip_longest([prose.WITH], equalities, fillvalue=""):
                yield " " * MARGIN + start.ljust(WITH) + self.paint("formula", text)

    def aside(self, lines: list[str], indent: str, remark: str, role: str = "") -> Iterator[str]:
        """Lines with a remark at the right edge of the last, or below where it does not fit."""
        *others, last = lines
        yield from (indent + self.paint(role, text) for text in others)
        room = self.width - MARGIN - columns(indent + last) - columns(remark)
        if room >= GAP:
            yield indent + self.paint(role, last) + " " * room + self.paint("remark", remark)
            return
        yield indent + self.paint(role, last)
        if columns(remark) > self.width - 2 * MARGIN:
            yield from self.sentences(remark, MARGIN, "remark")
            return
        yield " " * (self.width - MARGIN - columns(remark)) + self.paint("remark", remark)

    def opening(self) -> Iterator[str]:
        """The rule, the reason for it, and remarks on the whole."""
        rule = prose.rule(self.derivation)
        first, *others = self.sentences(f"{rule}: {prose.reason(self.derivation, self.notation)}")
        yield first.replace(rule, self.paint("rule", rule), 1)
        yield from others
        for note in prose.notes(self.derivation):
            yield from self.sentences(note)
        for note in prose.unused(self.derivation, self.notation):
            yield from self.sentences(note)

    def sentences(self, text: str, indent: int = MARGIN, role: str = "") -> list[str]:
        """Prose, wrapped."""
        lines = wrap(text, self.width - indent - MARGIN, break_on_hyphens=False)
        return [" " * indent + self.paint(role, text) for text in lines]

    def step(self, step: Step) -> Iterator[str]:
        """The notes of a step and its formulas."""
        notes = prose.step_notes(step, self.derivation, self.notation)
        for note in notes:
            yield from self.sentences(note, INDENT)
        if notes and step.equations:
            yield ""
        if step.id == "introduce" and not _has_vectors(step):
            yield from self.definitions(step.equations)
        elif step.equations:
            yield from self.derivatives(step.equations, laws=step.id in WITH_LAWS)

    def definitions(self, equations: tuple[Equation, ...]) -> Iterator[str]:
        """u₁ = x² and so on, one a line; the last line also says which of them is y."""
        lines = self.equalities(equations, self.width - INDENT - MARGIN)
        if len(equations) > 1 and equations[-1].rights[0].is_Symbol:
            remark = lines.pop()
            yield from self.aside(lines, " " * INDENT, " ".join(remark.split()))
        else:
            yield from (" " * INDENT + text for text in lines)

    def equalities(self, equations: tuple[Equation, ...], room: int) -> list[str]:
        """name = definition, with the equals signs aligned."""
        names = [one_line(self.write(e.left)) for e in equations]
        widest = max((width for width in map(columns, names) if width <= room // 2), default=0)
        lines: list[str] = []
        for name, equation in zip(names, equations, strict=True):
            right = one_line(self.write(equation.rights[0]))
            text = f"{name}{' ' * (widest - columns(name))} = {right}"
            lines += wrapped(text, room, " " * (widest + 3))
        return lines

    def derivatives(self, equations: tuple[Equation, ...], laws: bool = False) -> Iterator[str]:
        """Chains of equations, stacked, with the laws beside them."""
        page = self.width - INDENT - MARGIN
        names = [e.left for e in equations if e.left.is_Atom]
        widths = [box(self.write(name)).width for name in names]
        widest = max((width for width in widths if width <= page // 2), default=0)
        chains = [self.chain(equation, widest) for equation in equations]
        column = self.law_column(equations, chains)
        loose = any(len(b.lines) > 1 for rows in chains for b in rows)
        for position, (equation, rows) in enumerate(zip(equations, chains, strict=True)):
            if loose and position:
                yield ""
            yield from self.with_law(rows, equation.law if laws else "", column)

    def law_column(self, equations: tuple[Equation, ...], chains: list[list[Box]]) -> int:
        """Where the laws begin: behind the widest formula that leaves room for them."""
        laws = max(columns(equation.law) for equation in equations)
        room = self.width - INDENT - MARGIN - laws
        widths = [rows[-1].width for rows in chains if rows[-1].width + GAP <= room]
        return max(widths, default=0) + GAP

    def with_law(self, rows: list[Box], law: str, column: int) -> Iterator[str]:
        last = rows[-1]
        indent = " " * INDENT
        column = max(column, last.width + GAP)
        beside_it = law and column + columns(law) <= self.width - INDENT - MARGIN
        for row in rows:
            if row is not rows[0] and any(len(b.lines) > 1 for b in rows):
                yield ""
            for position, text in enumerate(row.lines):
                if beside_it and row is last and position == row.baseline:
                    yield indent + text + " " * (column - row.width) + self.paint("law", law)
                else:
                    yield indent + text
        if law and not beside_it:
            yield from self.sentences(law, INDENT + GAP, "law")

    def chain(self, equation: Equation, widest: int) -> list[Box]:
        """left = right = …, in as few rows as fit the page."""
        first, rights = sides(equation, self.derivation.decimals)
        page = self.width - INDENT - MARGIN
        left = box(first) if equation.left.is_Atom else self.side(first, page)
        rows = [[left, line(" " * (widest - left.width))]]
        if left.width > widest:  # a matrix or a long name, with which the others do not align
            widest = left.width if left.width <= page // 2 else 0
            rows = [[left, line("")]] if widest else [[left], [line(""), line("")]]
        room = page - widest - GAP
        free = 0
        for right in rights:
            side = self.side(right, room)
            if len(rows[-1]) == 2:
                rows[-1] += [line(" = "), side]
                free = room - side.width
            elif side.width + 5 <= free:
                rows[-1] += [line("  =  "), side]
                free -= side.width + 5
            else:
                rows.append([line(" " * widest), line(" = "), side])
                free = room - side.width
        return [beside(row) for row in rows]

    def side(self, written: Written, room: int) -> Box:
        """A side of an equation: stacked, or on one line, or wrapped, as the page allows."""
        stacked = box(written)
        if stacked.width <= room:
            return stacked
        lines = on_lines(written, room)
        width = max(map(columns, lines))
        return Box(tuple(text + " " * (width - columns(text)) for text in lines), 0, width)

    def by_output(self, equation: Equation) -> Iterator[str]:
        """The derivative written with the output itself."""
        yield ""
        yield from self.sentences(prose.by_output(self.derivation, self.notation), INDENT)
        yield from self.derivatives((equation,))

    def numbers(self, numbers: Numbers) -> Iterator[str]:
        """The values on both passes."""
        title = table.title(self.derivation, numbers, self.notation, one_line, RELATIONS)
        yield ""
        yield from self.sentences(title, MARGIN, "title")
        parts = table.parts(self.derivation, numbers)
        for role, text in laid_out(parts, self.width - INDENT - MARGIN):
            yield " " * INDENT + self.paint(role, text)

    def closing(self) -> Iterator[str]:
        """Where the derivation holds, and the verdict."""
        for sentence in validity.conditions(self.derivation, self.notation):
            yield from self.sentences(sentence)
        status = self.derivation.verdict.status
        words = f"{SIGNS[status]} {prose.verdict(self.derivation, self.notation)}"
        yield from self.sentences(words, MARGIN, status)


def _has_vectors(step: Step) -> bool:
    """Whether a vector is introduced, with its components and with what they are."""
    return any(len(e.rights) > 1 or isinstance(e.rights[0], Matrix) for e in step.equations)
