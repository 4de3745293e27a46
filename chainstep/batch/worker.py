"""What a worker process does: one exercise, from strings to a string, within its limits."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import Any

from chainstep.api import derive
from chainstep.batch.answers import compared
from chainstep.batch.exercises import Exercise
from chainstep.batch.records import BODIES, Options, Record, failed
from chainstep.derivation import Derivation
from chainstep.errors import ChainstepError, LimitExceeded
from chainstep.render import FORMATS
from chainstep.render.json_format import SCHEMA, record

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
    gc.freeze()  # what it shares with the others is no garbage, and to look at it would copy it
    if resource is not None:
        most = resource.getrlimit(resource.RLIMIT_DATA)[1]
        limit = min(memory << 20, sys.maxsize if most == resource.RLIM_INFINITY else most)
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
            content["answer"] = compared(exercise.answer, derivation)
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
