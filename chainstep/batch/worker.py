"""What a worker process does: one exercise, from strings to a string, within its limits."""

from __future__ import annotations

import os
import signal
from typing import Any

from chainstep.batch.exercises import Exercise
from chainstep.batch.records import BODIES, Options, Record, failed
from chainstep.derivation import Derivation, Equation, Step
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
        derivation = derive(exercise.text, exercise.variable or options.wrt)
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
    numerical derivative. None where it could not be compared, with the reason."""
    whole, output, wrt = derivation.read_as, derivation.output, derivation.wrt
    if whole is None:
        return _answer(answer, None, "the expression is too large")
    try:
        names = {str(name) for name in names_in(whole)}
        tree = parse(answer, names).tree
        for name in names_in(tree):
            if str(name) not in names:
                return _answer(answer, None, f"{name} does not stand in the expression")
        line = Equation(DerivativeSymbol(output, wrt), (tree,))
        steps = (Step("answer", "", (line,)),)
        verdict = verify(whole, derivation.graph, derivation.local_derivatives, steps, output)
    except FalseLine:
        return _answer(answer, False, None)
    except ChainstepError as error:
        return _answer(answer, None, error.message)
    return _answer(answer, verdict.status == "verified" or None, verdict.reason)


def _answer(text: str, right: bool | None, reason: str | None) -> dict[str, Any]:
    return {"given": text, "right": right, "reason": reason}
