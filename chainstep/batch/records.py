"""Records: what is kept of an exercise, one JSON object a line.

A record of the format jsonl is the derivation itself. For a document it holds the derivation
as it will stand there, under "body".
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from chainstep import __version__
from chainstep.batch.exercises import Exercise, Source
from chainstep.errors import ChainstepError, LimitExceeded

STREAMED = "jsonl"
FORMATS = (STREAMED, "json", "markdown", "latex", "text")
BODIES = {"markdown": "markdown", "latex": "latex-fragment", "text": "text"}
PART = ".part"  # behind the name of a document: its records until it is written
LONGEST_ECHO = 1000  # characters of a failed exercise that its record repeats
ANSWERS = {
    True: "The given answer is right: {given}",
    False: "The given answer is wrong: {given}",
    None: "The given answer could not be compared ({reason}): {given}",
}


class Exhausted(LimitExceeded):
    """There was too little time or memory for an exercise."""

    code = "exhausted"


class WorkerDied(ChainstepError):  # noqa: N818 - named for its cause
    """The process that worked on an exercise came to an end of its own."""

    code = "worker-died"


@dataclass(frozen=True)
class Options:
    """What, beside its text, decides what becomes of an exercise; the limits only where they
    are too narrow for it."""

    format: str = STREAMED
    wrt: str | None = None
    timeout: float = 10.0  # seconds
    memory: int = 1000  # megabytes


@dataclass(frozen=True)
class Record:
    """A finished exercise: a line of JSON."""

    line: str

    @classmethod
    def make(cls, exercise: Exercise, options: Options, content: dict[str, Any]) -> Record:
        """The record of an exercise with what became of it."""
        head = {"schema": content["schema"], "source": asdict(exercise.source)}
        code = content.get("error", {}).get("code")
        found = head | {"key": key(exercise, options, code)} | content
        return cls(json.dumps(found, ensure_ascii=False))

    @cached_property
    def content(self) -> dict[str, Any]:
        """The object; empty if the line was torn."""
        try:
            value = json.loads(self.line)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def failed(self) -> bool:
        """Whether there is no derivation."""
        return "error" in self.content

    @property
    def code(self) -> str | None:
        """The code of the error, if it failed."""
        return self.content.get("error", {}).get("code")

    @property
    def final(self) -> bool:
        """Whether another try would come to the same; a process may die for any reason."""
        return self.code != WorkerDied.code

    @property
    def wrong(self) -> bool:
        """Whether an answer was given that is not the derivative."""
        return self.content.get("answer", {}).get("right") is False

    @property
    def uncompared(self) -> bool:
        """Whether an answer was given of which that is not known."""
        return "answer" in self.content and self.content["answer"]["right"] is None

    @property
    def remark(self) -> str:
        """A sentence on the answer that was given, if any."""
        answer = self.content.get("answer")
        if not answer:
            return ""
        given = " ".join(answer["given"].split())
        return ANSWERS[answer["right"]].format(given=given, reason=answer["reason"])

    @property
    def place(self) -> str:
        """Where its exercise stands."""
        return str(Source(**self.content["source"]))

    @property
    def trouble(self) -> str:
        """Why it failed, or what is wrong with the answer."""
        return self.content["error"]["message"] if self.failed else self.remark

    @property
    def lines(self) -> int:
        """How many lines were checked."""
        return self.content.get("verified", {}).get("lines", 0)

    @property
    def unverified(self) -> bool:
        """Whether there is a derivation that could not be checked."""
        return self.content.get("verified", {}).get("status") == "unverified"

    def belongs_to(self, exercise: Exercise, options: Options) -> bool:
        """Whether a new run would write this very record."""
        found = self.content.get("source"), self.content.get("key")
        return self.final and found == (asdict(exercise.source), key(exercise, options, self.code))

    def moved_to(self, exercise: Exercise) -> Record:
        """The record of the same exercise at another place."""
        moved = self.content | {"source": asdict(exercise.source)}
        return Record(json.dumps(moved, ensure_ascii=False))


def key(exercise: Exercise, options: Options, code: str | None = None) -> str:
    """What two exercises share if they have the same record, their places apart. The limits
    belong to it only if they were exceeded, which the code of the error says."""
    fault = exercise.fault and exercise.fault.message
    given = [exercise.text, exercise.variable, exercise.at, exercise.answer, fault]
    limits = [options.timeout, options.memory] if code == Exhausted.code else None
    parts = [__version__, options.format, options.wrt, limits, *given]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def failed(exercise: Exercise, options: Options, error: ChainstepError) -> Record:
    """The record of an exercise that has no derivation."""
    from chainstep.render.json_format import failure

    text = exercise.text
    echo = text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"
    content = failure(echo, error)
    return Record.make(exercise, options, content | _body(options, error.explain()))


def _body(options: Options, text: str) -> dict[str, str]:
    return {"body": text} if options.format in BODIES else {}
