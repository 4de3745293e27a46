"""What a worker process does: one exercise, from strings to a string, within its limits."""

from __future__ import annotations

import os
import signal
from typing import Any

from sympy import Symbol
from sympy.core.basic import Basic

from chainstep.batch.exercises import Exercise
from chainstep.batch.records import BODIES, Options, Record, failed
from chainstep.definitions import in_order_of_use
from chainstep.derivation import Derivation, Equation
from chainstep.errors import ChainstepError, FalseLine, LimitExceeded
from chainstep.notation import DerivativeSymbol, names_in
from chainstep.parser import parse
from chainstep.pipeline import derive
from chainstep.render import FORMATS
from chainstep.render.json_format import SCHEMA, record
from chainstep.verify import verify

try:
    import resource
except ImportError:  # on Windows, where the only limit of memory is the machine's
    resource = None  # type: ignore[assignment]


class InternalError(ChainstepError):
    """An error of chainstep itself."""

    code = "internal-error"


def prepare(memory: int) -> None:
    """Set up this process: a limit of memory in megabytes, and signals of its own.

    A signal from the terminal is for the main process, which ends this one when it is done.
    """
    if hasattr(os, "setsid"):
        os.setsid()
        handler = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # forgets one that waits
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        signal.signal(signal.SIGTERM, handler)
    if resource is not None:
        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = memory << 20 if most == resource.RLIM_INFINITY else min(memory << 20, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def attempt(exercise: Exercise, options: Options) -> str | None:
    """The record of an exercise, None where there was too little memory for it.

    The system ends the process when the time is over, whatever it is busy with.
    """
    _alarm(options.timeout)
    try:
        return solve(exercise, options).line
    except MemoryError:
        return None
    finally:
        _alarm(0)


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def solve(exercise: Exercise, options: Options) -> Record:
    """The record of an exercise, solved or failed."""
    try:
        derivation = derive(exercise.text, exercise.variable or options.wrt, at=exercise.at)
        content = _content(derivation, options.format)
        if exercise.answer is not None:
            content["answer"] = _compared(exercise.answer, derivation)
        return Record.make(exercise, options, content)
    except MemoryError:
        raise
    except ChainstepError as error:
        return failed(exercise, options, error)
    except RecursionError:
        return failed(exercise, options, LimitExceeded("the expression is nested too deeply"))
    except Exception as error:
        message = f"internal error ({type(error).__name__})"
        return failed(exercise, options, InternalError(message, hint="please report it"))


def _content(derivation: Derivation, format: str) -> dict[str, Any]:
    if format not in BODIES:
        return record(derivation)
    verdict = derivation.verdict
    return {
        "schema": SCHEMA,
        "expression": derivation.source,
        "body": FORMATS[BODIES[format]](derivation),
        "verified": {"status": verdict.status, "lines": verdict.lines},
    }


def _compared(answer: str, derivation: Derivation) -> dict[str, Any]:
    """Whether an answer is right: like a line of the derivation it is checked against the
    numerical derivative. For several variables there is one for each, with semicolons between
    them. None where it could not be compared, with the reason."""
    variables = derivation.variables
    parts = answer.split(";") if len(variables) > 1 else [answer]
    if len(parts) != len(variables):
        reason = f"there are {len(variables)} variables, and a semicolon goes between the answers"
        return _answer(answer, None, reason)
    try:
        definitions = _definitions(derivation)
        names = {str(name) for pair in definitions for tree in pair for name in names_in(tree)}
        lines = []
        for part, wrt in zip(parts, variables, strict=True):
            tree = parse(part, names).tree
            unknown = {str(name) for name in names_in(tree)} - names
            if unknown:
                reason = f"{min(unknown)} does not stand in the expression"
                return _answer(answer, None, reason)
            lines.append(Equation(DerivativeSymbol(derivation.output, wrt), (tree,)))
        graph, local_derivatives = derivation.graph, derivation.local_derivatives
        verdict = verify(definitions, graph, local_derivatives, lines, derivation.direction)
    except FalseLine:
        return _answer(answer, False, None)
    except ChainstepError as error:
        return _answer(answer, None, error.message)
    return _answer(answer, verdict.status == "verified" or None, verdict.reason)


def _definitions(derivation: Derivation) -> list[tuple[Symbol, Basic]]:
    """What was differentiated, in the order of its use, the last the output."""
    given = derivation.definitions or (Equation(derivation.output, (derivation.read_as,)),)
    if any(equation.rights[0] is None for equation in given):
        raise LimitExceeded("the expression is too large")
    found = {str(equation.left): (equation.left, equation.rights[0]) for equation in given}
    trees = {name: tree for name, (_, tree) in found.items()}
    return [found[name] for name in in_order_of_use(trees, str(derivation.output))]


def _answer(text: str, right: bool | None, reason: str | None) -> dict[str, Any]:
    return {"given": text, "right": right, "reason": reason}
