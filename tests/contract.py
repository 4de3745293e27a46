"""What must be true of every derivation, as checks that take a `Case`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from markdown_it import MarkdownIt
from mpmath import mp, mpf
from sympy import Symbol

from chainstep.derivation import STEP_TITLES, Derivation
from chainstep.notation import DerivativeSymbol
from chainstep.notation import names_in as names_of
from chainstep.parser import parse
from chainstep.pipeline import derive
from chainstep.render import FORMATS, prose, validity
from chainstep.render.latex_math import latex
from chainstep.render.markdown import notation
from chainstep.render.plain import plain
from chainstep.render.writing import write
from chainstep.tape import evaluate
from tests.corpus import Exercise
from tests.trusted import derivative, name_of_derivative, names_in, number

NEAR = ("0.37", "1.42", "-0.63", "2.71", "0.08", "-1.83", "0.93", "1.07", "-0.96")
FAR = ("5.13", "-3.37", "11.9", "29.3", "-17.7", "117.1")
PARAMETERS = ("1.31", "0.74", "2.17", "0.46", "1.83", "0.59", "2.63")
ENOUGH = 3  # points at which a line is compared
# Digits, and the step of a difference quotient; what the first leaves open the second settles.
PRECISIONS = ((50, mpf(10) ** -18), (400, mpf(10) ** -130))
CLOSE, NOTHING = mpf(10) ** -14, mpf(10) ** -30
KINK = mpf(10) ** -6  # how far the slopes on both sides of a point may differ
PROBE = Symbol("probe", real=True)
FORBIDDEN = re.compile(r"\\\\|\\,|\\[{}]|\\operatorname|[*<|]")  # in portable markdown mathematics
MARKDOWN = MarkdownIt("commonmark").enable("table").enable("strikethrough")


@dataclass(frozen=True)
class Case:
    """An exercise and its derivation; `record` is the JSON document."""

    exercise: Exercise
    derivation: Derivation

    @cached_property
    def record(self) -> dict:
        return json.loads(self.derivation.to_json())

    @cached_property
    def markdown(self) -> str:
        return self.derivation.to_markdown()

    @cached_property
    def points(self) -> list[dict[str, mpf]]:
        """Points at which the expression and its difference quotient exist."""
        text, wrt = self.exercise.meaning, self.derivation.wrt.name
        others = sorted(names_in(text) - {wrt})
        found = []
        for i, x in enumerate(NEAR + FAR):
            values = [PARAMETERS[(i + k) % len(PARAMETERS)] for k in range(len(others))]
            point = dict(zip([wrt, *others], map(mpf, [x, *values]), strict=True))
            if slope(text, point, wrt, *PRECISIONS[0]) is not None:
                found.append(point)
        return found

    @cached_property
    def equations(self) -> list[dict]:
        return [equation for step in self.record["steps"] for equation in step["equations"]]


def solve(exercise: Exercise) -> Case:
    """The exercise with its derivation."""
    return Case(exercise, derive(exercise.text, exercise.wrt))


def slope(text: str, point: dict, name: str, digits: int, step: mpf) -> mpf | None:
    """The derivative of a text by a name, from differences; None where there is a kink."""
    with mp.workdps(digits):
        width = step * (abs(point[name]) or 1)
        ends = [number(text, point | {name: point[name] + k * width}) for k in (-1, 0, 1)]
        return quotient(*ends, width)


def quotient(below: mpf | None, here: mpf | None, above: mpf | None, width: mpf) -> mpf | None:
    """The difference quotient, unless the slopes on both sides differ."""
    if None in (below, here, above):
        return None
    left, right = (here - below) / width, (above - here) / width
    if abs(left - right) > max(KINK * max(abs(left), abs(right)), NOTHING):
        return None
    return (left + right) / 2


def close(first: mpf, second: mpf) -> bool:
    return abs(first - second) <= CLOSE * max(abs(first), abs(second))


def same(first: mpf, second: mpf) -> bool:
    """Whether two numbers agree, or their difference is what is left of a cancellation."""
    return close(first, second) or abs(first - second) <= NOTHING


# --- The mathematics ----------------------------------------------------------------------


def check_numbers(case: Case) -> None:
    """Every line holds, by Python's reading of the plain text and difference quotients."""
    confirmed = [0] * len(case.equations)
    for point in case.points:
        coarse = all_values(case, point, *PRECISIONS[0])
        fine = None
        for i, sides in enumerate(coarse):
            if None in sides:
                continue
            if all(close(a, b) for a, b in pairwise(sides)):
                confirmed[i] += 1
                continue
            fine = fine or all_values(case, point, *PRECISIONS[1])
            for a, b in pairwise(fine[i]):
                assert same(a, b), (case.equations[i], point, a, b)
        if min(confirmed, default=ENOUGH) >= ENOUGH:
            break
    if all(confirmed) and case.points:
        assert case.derivation.verdict.status == "verified", case.derivation.verdict.reason


def all_values(case: Case, point: dict, digits: int, step: mpf) -> list[list[mpf | None]]:
    """The numbers of all sides of all lines at a point."""
    with mp.workdps(digits):
        known = environment(case, point, step)
        texts = ([e["left"], *e["rights"]] for e in case.equations)
        return [[number(text, known) for text in sides] for sides in texts]


def environment(case: Case, point: dict, step: mpf) -> dict:
    """A number for every name and derivative symbol that can stand in a line."""
    wrt = case.derivation.wrt.name
    width = step * abs(point[wrt])
    here, above, below = (
        forward(case, point | {wrt: point[wrt] + offset}) for offset in (0, width, -width)
    )
    known = dict(here)
    for name in here.keys() - point.keys():
        total = quotient(below[name], here[name], above[name], width)
        known[name_of_derivative(name, wrt)] = total
    for local in case.derivation.local_derivatives:
        edge = local.edge
        node = case.derivation.graph.node(edge.child)
        args = (*node.args[: edge.slot], PROBE, *node.args[edge.slot + 1 :])
        text, parent = plain(write(node.operation.build(*args))), edge.parent.name
        symbol = (edge.child.name, parent, local.symbol.partial, local.symbol.slot)
        value, probe = here[parent], None
        if value is not None and (value == 0 or abs(value) > NOTHING):
            probe = slope(text, here | {PROBE.name: value}, PROBE.name, mp.dps, step)
        known.setdefault(name_of_derivative(*symbol), probe)
    return known


def forward(case: Case, point: dict) -> dict:
    """The values of the intermediates, one after the other, and of the whole."""
    known = dict(point)
    for node in case.record["intermediates"]:
        known[node["name"]] = number(node["expression"], known)
    known[case.record["output"]["name"]] = number(case.exercise.meaning, point)
    return known


def check_result(case: Case) -> None:
    """The result agrees with sympy.diff and with a difference quotient."""
    text, wrt = case.exercise.meaning, case.derivation.wrt.name
    reference = derivative(text, wrt)
    for point in case.points[:ENOUGH]:
        for digits, step in PRECISIONS:
            with mp.workdps(digits):
                result = number(case.record["derivative"], environment(case, point, step))
                answers = {reference(point), slope(text, point, wrt, digits, step)} - {None}
            if result is None or all(same(result, answer) for answer in answers):
                break
        else:
            raise AssertionError((point, result, answers))


def check_verdict(case: Case) -> None:
    """The verdict counts the lines, or says why it cannot."""
    verdict = case.derivation.verdict
    assert verdict.digits == 30
    if verdict.status == "verified":
        extra = case.derivation.by_output is not None
        assert verdict.lines == len(case.equations) + extra
        assert verdict.points > 0
        assert verdict.reason is None
    else:
        assert verdict.status == "unverified"
        assert verdict.reason


# --- The form -----------------------------------------------------------------------------


def check_steps(case: Case) -> None:
    """The four steps in their order, with their titles."""
    assert [step.id for step in case.derivation.steps] == list(STEP_TITLES)
    assert [step["id"] for step in case.record["steps"]] == list(STEP_TITLES)
    assert [step.title for step in case.derivation.steps] == list(STEP_TITLES.values())
    if case.derivation.graph.nodes:
        assert case.derivation.step("introduce").equations
        assert case.derivation.step("compute").equations


def check_introduced(case: Case) -> None:
    """Every symbol of a line was introduced before it."""
    derivation = case.derivation
    output, wrt = derivation.output, derivation.wrt
    known = {wrt} | names_of(parse(case.exercise.text, {wrt.name}).tree)
    for step in derivation.steps:
        for equation in step.equations:
            left = equation.left
            if isinstance(left, DerivativeSymbol):
                assert {left.of, left.wrt} <= known, equation
            if left == DerivativeSymbol(output, wrt):  # dy/dx = du4/dx, the last of the names
                known |= {DerivativeSymbol(name, wrt) for name in derivation.graph.outputs}
            used = set().union(*map(names_of, equation.rights))
            assert used <= known, (equation, used - known)
            known.add(left)


def check_sides_differ(case: Case) -> None:
    """No side repeats its neighbour, neither as a tree nor as it is printed."""
    for step in case.derivation.steps:
        for equation in step.equations:
            for first, second in pairwise((equation.left, *equation.rights)):
                assert first != second, equation
    for equation in case.equations:
        for first, second in pairwise((equation["left"], *equation["rights"])):
            assert first != second, equation


def check_end(case: Case) -> None:
    """The last side of the last line is the result, and the first is dy/dx."""
    derivation = case.derivation
    last = derivation.step("substitute").equations[-1]
    assert last.rights[-1] == derivation.result
    assert last.left == DerivativeSymbol(derivation.output, derivation.wrt)
    assert case.equations[-1]["rights"][-1] == case.record["derivative"]


def check_reads_back(case: Case) -> None:
    """What is printed as plain text and as LaTeX is read as the same numbers."""
    derivation = case.derivation
    expressions = [node.expression for node in derivation.graph.nodes]
    expressions += [r for step in derivation.steps for e in step.equations for r in e.rights]
    for point in case.points[:1]:
        with mp.workdps(40):
            values = forward(case, point)
            known = {Symbol(n, real=True): v for n, v in values.items() if v is not None}
            for expression in expressions:
                if names_of(expression) <= known.keys():
                    value = evaluate(expression, known)
                    for text in (plain(write(expression)), latex(write(expression))):
                        tree = parse(text, values).tree
                        assert names_of(tree) <= known.keys(), text
                        again = evaluate(tree, {n: known[n] for n in names_of(tree)})
                        agree = again is value if None in (again, value) else same(again, value)
                        assert agree, (text, value, again)


def check_prose(case: Case) -> None:
    """Every id that stands in a derivation has its words."""
    derivation = case.derivation
    math = notation(derivation.decimals)
    sentences = [prose.rule(derivation), prose.reason(derivation, math)]
    sentences += prose.notes(derivation)
    sentences += [s for step in derivation.steps for s in prose.step_notes(step, derivation, math)]
    sentences += validity.conditions(derivation, math)
    sentences += [prose.verdict_sentence(derivation, math)]
    sentences += [local.law for local in derivation.local_derivatives]
    assert all(sentence.strip() for sentence in sentences)
    assert derivation.rule.id in prose.RULES
    assert len(validity.conditions(derivation, math)) >= bool(derivation.conditions)
    for equation in derivation.step("compute").equations:
        assert equation.law


# --- The formats --------------------------------------------------------------------------


def check_formats(case: Case) -> None:
    """Every format gives a text, and none of them a Python object's name."""
    for name in FORMATS:
        text = FORMATS[name](case.derivation)
        assert text.strip(), name
        assert not re.search(r"object at 0x|Traceback|\bzoo\b|\bnan\b|Piecewise\(", text), name
        assert ("\x1b[" in text) == name.startswith("terminal")
        assert not re.search(r"[ \t]+$", text, re.MULTILINE) or name.startswith("terminal"), name


def check_markdown(case: Case) -> None:
    """The portable dialect, which a CommonMark parser leaves as it is."""
    paragraphs = case.markdown.strip().split("\n\n")
    for formula in formulas(case.markdown):
        assert not FORBIDDEN.search(formula), formula
        assert "\n" not in formula
        assert formula.count("{") == formula.count("}"), formula
    kept = [block for block in MARKDOWN.parse(case.markdown) if block.type == "inline"]
    assert len(kept) == len(paragraphs)
    for paragraph, block in zip(paragraphs, kept, strict=True):
        if paragraph.startswith("$$"):
            assert [child.type for child in block.children] == ["text"], paragraph
            assert block.children[0].content == block.content == paragraph
        else:
            shown = "".join(child.content for child in block.children)
            for formula in formulas(paragraph):
                assert formula in shown, paragraph


def formulas(markdown: str) -> Iterator[str]:
    """The mathematics of a markdown text, without its dollars."""
    for match in re.finditer(r"\$\$(.*?)\$\$|(?<!\\)\$(.+?)(?<!\\)\$", markdown, re.DOTALL):
        yield match[1] or match[2]


CHECKS = [value for name, value in list(globals().items()) if name.startswith("check_")]
