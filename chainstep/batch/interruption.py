"""Signals that ask for the end: the first lets the exercises in hand be finished."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
MOMENT = 1.0  # seconds to finish what is in hand


class Interruption:
    """While the block runs, the first SIGINT or SIGTERM is noted and `wake` is called; the
    second one interrupts at once."""

    def __init__(self, wake: Callable[[], None]):
        self.signal: int | None = None
        self._end = 0.0
        self._wake = wake

    def __enter__(self) -> Interruption:
        self._before = {}
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            raise KeyboardInterrupt
        self._end = time.monotonic() + MOMENT
        self.signal = number
        self._wake()

    @property
    def time_left(self) -> float:
        """Seconds, after a signal."""
        return max(0.0, self._end - time.monotonic())

    @property
    def status(self) -> int:
        """The exit status of a program that ends because of the signal; 0 without one."""
        return 128 + self.signal if self.signal else 0
