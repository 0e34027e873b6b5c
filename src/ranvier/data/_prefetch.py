"""Items made ahead of time, while the last ones are still being used."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

_POLL_S = 0.1


def prefetched(items: Iterable[T], ahead: int = 2) -> Iterator[T]:
    """The same items in the same order, made by another thread so many ahead of the user.

    A loop that trains waits no longer for files to be read and events to be counted, as long as
    making an item takes no longer than using one and a core is free for it. There is nothing to
    gain where items are quick to make, such as those of data in memory. An error in the making
    comes out where the item would have. If the user stops early, the thread stops, too.

    Args:
        items: what is made; it is gone through once.
        ahead: how many items wait at most.

    Raises:
        ValueError: less than one item ahead.

    Example:
        >>> list(prefetched(number**2 for number in range(4)))
        [0, 1, 4, 9]
    """
    if ahead < 1:
        raise ValueError(f"prefetched: ahead is {ahead}, expected at least 1.")
    return _taken(items, ahead)


def _taken(items: Iterable[T], ahead: int) -> Iterator[T]:
    ready: queue.Queue[Any] = queue.Queue(ahead)
    stop = threading.Event()

    def put(kind: str, value: Any) -> bool:
        """Wait for room; false if nobody waits for the item any more."""
        while not stop.is_set():
            try:
                ready.put((kind, value), timeout=_POLL_S)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not put("item", item):
                    return
        except BaseException as error:
            put("error", error)
        else:
            put("end", None)

    thread = threading.Thread(target=make, daemon=True, name="prefetch")
    thread.start()
    try:
        while True:
            kind, value = ready.get()
            if kind == "error":
                raise value
            if kind == "end":
                return
            yield value
    finally:
        stop.set()
        thread.join()
