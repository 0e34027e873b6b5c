"""Items made ahead by another thread."""

import threading
import time

import pytest

from ranvier.data import prefetched


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


@pytest.mark.parametrize("ahead", [1, 2, 50])
def test_items_come_in_order(ahead):
    assert list(prefetched(iter(range(30)), ahead)) == list(range(30))
    assert not threads()


def test_they_are_made_while_others_are_used():
    made = []

    def items():
        for number in range(5):
            made.append(number)
            yield number

    taken = prefetched(items(), ahead=2)
    assert next(taken) == 0
    for _ in range(200):
        if len(made) >= 4:
            break
        time.sleep(0.01)
    # One in hand, two waiting, one more that waits for room.
    assert made == [0, 1, 2, 3]
    assert list(taken) == [1, 2, 3, 4]


def test_an_error_comes_where_its_item_would():
    def items():
        yield 1
        raise OSError("the disk is gone")

    taken = prefetched(items())
    assert next(taken) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(taken)
    assert not threads()


def test_the_thread_stops_with_its_user():
    def endless():
        while True:
            yield 0

    taken = prefetched(endless())
    assert next(taken) == 0
    taken.close()
    assert not threads()


def test_nothing_ahead_is_refused():
    with pytest.raises(ValueError, match="ahead is 0, expected at least 1"):
        prefetched([1], 0)
