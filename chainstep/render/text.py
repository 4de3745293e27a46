"""The layout for reading in a terminal: fractions stacked, equals signs aligned.

Text and terminal share it; they differ in `paint`, which colours a piece by its role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from sympy.core.basic import Basic

from chainstep.derivation import Derivation, Equation, Step
from chainstep.render import prose
from chainstep.render.boxes import Box, beside, box, columns, line
from chainstep.render.lines import sides
from chainstep.render.unicode_math import one_line
from chainstep.render.writing import write
from chainstep.render.written import Written

WIDTH = 80
MARGIN = 2
INDENT = 9  # of formulas
NARROWEST = 40
GLUE = "\N{NO-BREAK SPACE}"  # between pieces that stay together when prose is wrapped
LONGEST_WORD = 40  # columns of a formula in a sentence that is not broken
GAP = 3  # columns between a formula and what stands beside it
SIGNS = {"verified": "✓", "unverified": "!"}

Paint = Callable[[str, str], str]


def render(derivation: Derivation, width: int = WIDTH) -> str:
    """A derivation as plain text, at most `width` columns wide."""
    return layout(derivation, width, lambda role, text: text)


def layout(derivation: Derivation, width: int, paint: Paint) -> str:
    """The lines of a derivation; the roles for `paint` are the keys of `terminal.STYLES`."""
    page = _Page(derivation, max(width, NARROWEST), paint)
    return "\n".join(text.rstrip().replace(GLUE, " ") for text in page.lines()) + "\n"


@dataclass(frozen=True)
class _Page:
    derivation: Derivation
    width: int
    paint: Paint

    def lines(self) -> Iterator[str]:
        """The whole page."""
        yield from self.header()
        yield ""
        yield from self.opening()
        for number, step in enumerate(self.derivation.steps, 1):
            yield ""
            yield " " * MARGIN + self.paint("title", f"{number}  {step.title}")
            yield from self.step(step)
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
        output, wrt = self.notation(self.derivation.output), self.notation(self.derivation.wrt)
        read_as = self.derivation.read_as
        formula = output if read_as is None else f"{output} = {one_line(self.write(read_as))}"
        yield from self.aside(
            wrapped(formula, self.width - 2 * MARGIN, " " * 4),
            " " * MARGIN,
            f"find d{output}/d{wrt}",
            "formula",
        )

    def aside(self, lines: list[str], indent: str, remark: str, role: str = "") -> Iterator[str]:
        """Lines with a remark at the right edge of the last, or below where it does not fit."""
        *others, last = lines
        yield from (indent + self.paint(role, text) for text in others)
        room = self.width - MARGIN - columns(indent + last) - columns(remark)
        if room >= GAP:
            yield indent + self.paint(role, last) + " " * room + self.paint("remark", remark)
            return
        yield indent + self.paint(role, last)
        yield " " * (self.width - MARGIN - columns(remark)) + self.paint("remark", remark)

    def opening(self) -> Iterator[str]:
        """The rule, the reason for it, and remarks on the whole."""
        rule = prose.rule(self.derivation)
        first, *others = self.sentences(f"{rule}: {prose.reason(self.derivation, self.notation)}")
        yield first.replace(rule, self.paint("rule", rule), 1)
        yield from others
        for note in prose.notes(self.derivation):
            yield from self.sentences(note)

    def sentences(self, text: str, indent: int = MARGIN, role: str = "") -> list[str]:
        """Prose, wrapped."""
        lines = wrap(text, self.width - indent - MARGIN, break_on_hyphens=False)
        return [" " * indent + self.paint(role, text) for text in lines]

    def step(self, step: Step) -> Iterator[str]:
        """The notes of a step and its formulas."""
        for note in prose.step_notes(step, self.derivation, self.notation):
            yield from self.sentences(note, INDENT)
            if step.equations:
                yield ""
        if step.id == "introduce":
            yield from self.definitions(step.equations)
        elif step.equations:
            yield from self.derivatives(step)

    def definitions(self, equations: tuple[Equation, ...]) -> Iterator[str]:
        """u₁ = x² and so on, one a line; the last line also says which of them is y."""
        equalities = [(one_line(self.write(e.left)), e.rights[0]) for e in equations]
        widest = max(columns(left) for left, _ in equalities)
        lines: list[str] = []
        for left, right in equalities:
            text = f"{left}{' ' * (widest - columns(left))} = {one_line(self.write(right))}"
            lines += wrapped(text, self.width - INDENT - MARGIN, " " * (widest + 3))
        if len(equations) > 1:
            remark = lines.pop()
            yield from self.aside(lines, " " * INDENT, " ".join(remark.split()))
        else:
            yield from (" " * INDENT + text for text in lines)

    def derivatives(self, step: Step) -> Iterator[str]:
        """Chains of equations, stacked, with the laws beside them."""
        widest = max(box(self.write(e.left)).width for e in step.equations)
        chains = [self.chain(equation, widest) for equation in step.equations]
        column = self.law_column(step, chains)
        loose = any(len(b.lines) > 1 for rows in chains for b in rows)
        for position, (equation, rows) in enumerate(zip(step.equations, chains, strict=True)):
            if loose and position:
                yield ""
            law = equation.law if step.id == "compute" else ""
            yield from self.with_law(rows, law, column)

    def law_column(self, step: Step, chains: list[list[Box]]) -> int:
        """Where the laws begin: behind the widest formula that leaves room for them."""
        laws = max(columns(equation.law) for equation in step.equations)
        room = self.width - INDENT - MARGIN - laws
        widths = [rows[-1].width for rows in chains if rows[-1].width + GAP <= room]
        return max(widths, default=0) + GAP

    def with_law(self, rows: list[Box], law: str, column: int) -> Iterator[str]:
        last = rows[-1]
        indent = " " * INDENT
        for row in rows:
            if row is not rows[0] and any(len(b.lines) > 1 for b in rows):
                yield ""
            beside_it = law and row is last and last.width + GAP <= column
            for position, text in enumerate(row.lines):
                if beside_it and position == row.baseline:
                    yield indent + text + " " * (column - row.width) + self.paint("law", law)
                else:
                    yield indent + text
        if law and last.width + GAP > column:
            yield from self.sentences(law, INDENT + GAP, "law")

    def chain(self, equation: Equation, widest: int) -> list[Box]:
        """left = right = …, in as few rows as fit the page."""
        first, rights = sides(equation, self.derivation.decimals)
        left = box(first)
        room = self.width - INDENT - MARGIN - widest - GAP
        rows = [[left, line(" " * (widest - left.width))]]
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
        lines = wrapped(one_line(written), room, "  ")
        width = max(map(columns, lines))
        return Box(tuple(text + " " * (width - columns(text)) for text in lines), 0, width)

    def closing(self) -> Iterator[str]:
        """Where the derivation holds, and the verdict."""
        for sentence in prose.conditions(self.derivation, self.notation):
            yield from self.sentences(sentence)
        status = self.derivation.verdict.status
        words = f"{SIGNS[status]} {prose.verdict(self.derivation, self.notation)}"
        yield from self.sentences(words, MARGIN, status)


BREAKS = (" = ", " + ", " − ", " · ", "·", ", ", "/", "(")


def wrapped(formula: str, width: int, indent: str) -> list[str]:
    """A formula on as many lines as it needs, broken in front of an operator if possible.

    >>> wrapped("sin(x) + cos(x) + tan(x)", 18, "  ")
    ['sin(x) + cos(x)', '  + tan(x)']
    """
    lines = []
    start, room = 0, width
    while len(formula) - start > room:
        end = _break(formula, start, start + room)
        lines.append(formula[start:end].rstrip())
        start = end + (formula[end] == " ")
        room = width - len(indent)
    lines.append(formula[start:])
    return lines[:1] + [indent + text for text in lines[1:]]


def _break(formula: str, start: int, end: int) -> int:
    """The last place for a break that leaves a line at least half full, else the end."""
    for sign in BREAKS:
        found = formula.rfind(sign, start + (end - start) // 2, end + len(sign))
        if found > start:
            return found
    return end
