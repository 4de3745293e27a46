"""Many exercises under way at once, their results in the order of the exercises."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Window(Generic[Item, Result]):
    """The futures of all items, in order; at most `size` of them are under way.

    Items are read and begun by a thread of its own, so that a result need not wait for the
    next line of a slow input.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor() as pool:
    ...     window = Window(range(5), lambda n: pool.submit(pow, n, 2), size=2)
    ...     [future.result() for future in window]
    [0, 1, 4, 9, 16]
    """

    def __init__(
        self, items: Iterable[Item], begin: Callable[[Item], Future[Result]], size: int
    ) -> None:
        self._items = items
        self._begin = begin
        self._room = threading.Semaphore(size)
        self._begun: SimpleQueue[Future[Result] | BaseException | None] = SimpleQueue()
        self._closed = False

    def __iter__(self) -> Iterator[Future[Result]]:
        threading.Thread(target=self._feed, daemon=True).start()
        while (entry := self._begun.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry
            self._room.release()

    def close(self) -> None:
        """Begin with nothing more. A signal handler may call this."""
        self._closed = True
        self._begun.put(None)

    def _feed(self) -> None:
        try:
            for item in self._items:
                self._room.acquire()
                if self._closed:
                    return
                self._begun.put(self._begin(item))
        except BaseException as error:  # raised again where the results are read
            self._begun.put(error)
        self._begun.put(None)
