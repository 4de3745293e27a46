"""What a derivation costs, as ratios measured in one run.

    python tests/benchmarks/cost.py

Start-up is the processor time of whole processes, paired with `import sympy`. The warm cost
of a verified derivation with its markdown is paired with sympy's own parse_expr + diff +
latex of the same expression, for 200 expressions as textbooks have them and for the corpus.
Growth is the exponent between neighbouring sizes.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from math import log
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

OUTER = (
    "sin({})", "cos({})", "tan({})", "exp({})", "log({})", "sqrt({})", "({})**3", "1/({})",
    "atan({})", "x*sin({})", "x**2*exp({})", "exp(-x)*cos({})", "({})/(x + 1)", "sin({})**2",
    "log({})/x", "sinh({})", "({})**2 + 3*x", "5*({})**4 - 2*x", "sqrt(x)*log({})", "2**({})",
)  # fmt: skip
INNER = (
    "x**2 + 1", "3*x + 2", "x**3", "sin(x)", "exp(x)", "x**2*sin(x)", "1 + exp(-x)",
    "sqrt(x) + 2", "x/(x + 1)", "log(x) + x**2",
)  # fmt: skip
TEXTBOOK = [outer.format(inner) for outer in OUTER for inner in INNER]
EXERCISES = 240  # of the corpus, spread over it
SIZES = (250, 500, 1000, 2000, 4000)
LEVELS = (625, 1250, 2500, 5000)


def nested(n: int) -> str:
    return "sin(" * n + "x" + ")" * n


def long_sum(n: int) -> str:
    return " + ".join(f"sin({k}*x)" for k in range(1, n + 1))


def horner(n: int) -> str:
    return "".join(f"{k % 7 + 1} + x*(" for k in range(n)) + "x" + ")" * n


def chain(n: int) -> str:
    """u ← u + u², n levels of definitions: the expanded tree has 2ⁿ terms."""
    levels = [f"u{k + 1} = u{k} + u{k}^2" for k in range(n - 1, 0, -1)]
    return "; ".join([*levels, "u1 = x + x^2"])


def processor_time(command: list[str]) -> float:
    """The seconds of processor time that a whole process takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def paired(command: list[str], reference: list[str], runs: int = 11) -> float:
    """The median ratio of two commands, run in turn."""
    processor_time(command)
    processor_time(reference)
    return median(processor_time(command) / processor_time(reference) for _ in range(runs))


def start_up() -> None:
    reference = [sys.executable, "-c", "import sympy"]
    chainstep = [sys.executable, "-m", "chainstep"]
    derive = paired([*chainstep, "derive", "ln(sin(x**3)**2)"], reference)
    print(f"derive in a pipe / import sympy      {derive:6.2f}   (at most 1.2)")
    usage = paired([*chainstep, "--help"], reference)
    print(f"--help           / import sympy      {usage:6.2f}   (at most 0.3)")


def timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def warm() -> None:
    """Derivations of textbook expressions and of exercises from the corpus."""
    from tests.corpus import CORPUS

    exercises = [exercise for exercise in CORPUS if not exercise.wrt]
    exercises = exercises[:: max(1, len(exercises) // EXERCISES)]
    compare("textbook", [(text, text) for text in TEXTBOOK])
    compare("corpus", [(exercise.text, exercise.meaning) for exercise in exercises])


def compare(name: str, pairs: list[tuple[str, str]]) -> None:
    """Texts for chainstep, each with the same for sympy, solved once by both."""
    from sympy import Symbol, diff, latex
    from sympy.parsing.sympy_parser import convert_xor, parse_expr, standard_transformations

    from chainstep import derive

    x, reading = Symbol("x"), (*standard_transformations, convert_xor)
    ours, theirs = [], []
    for text, meaning in pairs:
        try:
            other = timed(lambda t=meaning: latex(diff(parse_expr(t, transformations=reading), x)))
        except (AttributeError, SyntaxError, TypeError, ValueError):  # not for sympy
            continue
        theirs.append(other)
        ours.append(timed(lambda t=text: derive(t).to_markdown()))
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"derive + markdown / sympy, {name:8}  {ratio:6.2f}   (at most 1)")
    print(f"  milliseconds, median       {1e3 * median(ours):6.2f} and {1e3 * median(theirs):.2f}")


def growth(name: str, make: Callable[[int], str], sizes=SIZES, **options: str) -> None:
    """Each size in a process of its own, so that memory is its own as well."""
    seconds = []
    for n in sizes:
        script = (
            "import sys, time, resource; from chainstep import derive; text = sys.stdin.read();"
            "start = time.process_time();"
            f"d = derive(text, **{options}); d.to_markdown();"
            "print(time.process_time() - start, d.verdict.status,"
            "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=make(n),
            capture_output=True,
            text=True,
            check=True,
        )
        elapsed, status, memory = done.stdout.split()
        seconds.append(float(elapsed))
        print(f"  {name:8} n = {n:5}  {float(elapsed):7.2f} s  {memory:>5} MiB  {status}")
    exponent = log(seconds[-1] / seconds[0]) / log(sizes[-1] / sizes[0])
    print(f"{name:8} exponent, {sizes[0]} … {sizes[-1]}          {exponent:6.2f}   (at most 1.2)")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has been compiled
    start_up()
    warm()
    for name, make in (("nested", nested), ("sum", long_sum), ("Horner", horner)):
        growth(name, make)
    for direction in ("forward", "backward"):
        growth(direction, chain, LEVELS, wrt="x", direction=direction)
