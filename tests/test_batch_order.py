"""Many at once, in order, and never more than a window of them."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from time import sleep

import pytest

from chainstep.batch.ordering import Window


def test_order_is_kept():
    with ThreadPoolExecutor(4) as pool:
        window = Window(range(50), lambda n: pool.submit(lambda: sleep(n % 3 / 500) or n), 8)
        assert [future.result() for future in window] == list(range(50))


def test_what_is_under_way_is_bounded():
    begun = []

    def begin(n):
        begun.append(n)
        future = Future()
        future.set_result(n)
        return future

    results = iter(Window(range(10**9), begin, 5))
    for done in range(100):
        assert next(results).result() == done
        assert len(begun) <= done + 5 + 1


def test_a_result_does_not_wait_for_the_next_item():
    more = threading.Event()

    def slow():
        yield 1
        more.wait(10)
        yield 2

    with ThreadPoolExecutor() as pool:
        results = iter(Window(slow(), lambda n: pool.submit(int, n), 5))
        assert next(results).result() == 1
        more.set()
        assert next(results).result() == 2


def test_an_error_of_the_input_is_raised():
    def broken():
        yield 1
        raise OSError("the disk is gone")

    with ThreadPoolExecutor() as pool:
        results = iter(Window(broken(), lambda n: pool.submit(int, n), 5))
        assert next(results).result() == 1
        with pytest.raises(OSError, match="gone"):
            next(results)


def test_close_ends_it():
    never = threading.Event()

    def endless():
        yield 1
        never.wait(10)

    with ThreadPoolExecutor() as pool:
        window = Window(endless(), lambda n: pool.submit(int, n), 5)
        results = iter(window)
        assert next(results).result() == 1
        window.close()
        assert list(results) == []
        never.set()
