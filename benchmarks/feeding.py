"""Training that waits for its data, and training that does not: `python -m benchmarks.feeding`."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import jax.random as jr
import optax
import typer
from rich.console import Console

from benchmarks.measure import machine
from benchmarks.online_table import shown
from ranvier.apps.recognition._features import parts_of
from ranvier.apps.recognition._models import network
from ranvier.apps.recognition._settings import build
from ranvier.apps.recognition._train import Trainer
from ranvier.core import Batch, atomic_path
from ranvier.data import nmnist, prefetched
from ranvier.data.events import Events
from ranvier.encode.events import frames_of_time
from ranvier.learn import bptt, fit, losses
from ranvier.nets import chain
from ranvier.neurons import LIF, Readout

DEFAULT = Path(__file__).resolve().parent.parent / "docs" / "results" / "feeding.json"
HEADINGS = (
    *("what is learned from", "made alone", "used alone", "one after the other", "waits"),
    *("prefetched", "waits", "gain"),
)
FRAME_US, FRAMES, SIZE, AHEAD = 5000, 62, 32, 2


@dataclass(frozen=True)
class Feed:
    """What a network is trained on, and how many samples an epoch of it has.

    Args:
        name: what the table calls it.
        model: the network.
        rule: gives gradients.
        batches: of an epoch, made when they are asked for.
        samples: in an epoch.
    """

    name: str
    model: Any
    rule: Any
    batches: Callable[[int], Iterable[Batch]]
    samples: int


def frames(events: Events) -> Any:
    """Frames of a digit, `[frames, pixels and polarities]`."""
    made = frames_of_time(events, FRAME_US, start_us=0, frames=FRAMES, binary=True)
    return made.reshape(FRAMES, -1)


def digits(folder: Path, units: int, samples: int, late_ms: float) -> Feed:
    """N-MNIST, read from its files and counted in frames; the files over again where few.

    Args:
        folder: of the files.
        units: of the one hidden layer.
        samples: recordings in an epoch.
        late_ms: how long the store lets every recording wait.
    """
    whole = nmnist("train", folder)
    repeated = whole.part([number % len(whole) for number in range(samples)])

    def form(events: Events) -> Any:
        time.sleep(late_ms / 1000)
        return frames(events)

    store = f", a store that takes {late_ms:g} ms more per file" if late_ms else ""
    return Feed(
        f"N-MNIST, {units} units{store}",
        chain(2 * 34 * 34, LIF(units), Readout(10), key=jr.key(0)),
        bptt(losses.categorical, decoding=losses.mean_over_time),
        lambda epoch: repeated.batches(SIZE, form, seed=0, epoch=epoch),
        samples,
    )


def letters() -> Feed:
    """What `ranvier run braille` learns from: all of it in memory."""
    settings = build(data="braille", batch_size=SIZE)
    parts = parts_of(settings, 0)
    trainer = Trainer(settings, parts)
    return Feed(
        "Braille, as `ranvier run braille`, in memory",
        network("snu", settings, parts.train.x.shape[-1], trainer.classes, 0),
        trainer.rule,
        lambda epoch: trainer.batches(0, epoch),
        trainer.updates * SIZE,
    )


class Waits:
    """How long the next item has been waited for, all in all."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, items: Iterable[Batch]) -> Iterator[Batch]:
        """The same items, while the clock runs.

        Args:
            items: what is waited for.
        """
        rest = iter(items)
        while True:
            began = time.perf_counter()
            item = next(rest, None)
            self.seconds += time.perf_counter() - began
            if item is None:
                return
            yield item


def measure(feed: Feed, rounds: int, report: Callable[[str], None]) -> dict[str, Any]:
    """Samples per second of making, using, and both in two ways; shares of waiting; the load."""
    optimiser = optax.adam(1e-3)
    made = list(feed.batches(0))
    waits = Waits()

    def trained(batches: Callable[[int], Iterable[Batch]]) -> None:
        fit(feed.model, lambda epoch: waits(batches(epoch)), feed.rule, optimiser, epochs=1)

    ways: dict[str, Callable[[], Any]] = {
        "made": lambda: list(feed.batches(0)),
        "used": lambda: trained(lambda epoch: made),
        "plain": lambda: trained(feed.batches),
        "prefetched": lambda: trained(lambda epoch: prefetched(feed.batches(epoch), AHEAD)),
    }
    trained(lambda epoch: made[:1])
    rows: dict[str, list[float]] = {way: [] for way in ways}
    shares: dict[str, list[float]] = {"plain": [], "prefetched": []}
    loads = []
    for number in range(rounds):
        # Each way is first in turn, so that none always meets what the others leave behind.
        turn = list(ways)[number % len(ways) :] + list(ways)[: number % len(ways)]
        for way in turn:
            report(f"{feed.name}: round {number + 1} of {rounds}, {way}")
            waits.seconds, began = 0.0, time.perf_counter()
            ways[way]()
            took = time.perf_counter() - began
            rows[way].append(feed.samples / took)
            if way in shares:
                shares[way].append(waits.seconds / took)
        loads.append(os.getloadavg()[0])
    about = {"name": feed.name, "samples": feed.samples}
    return {**about, "rates": rows, "waits": shares, "loads": loads}


def rows_of(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """A line per feed: best rates, shares of waiting, and the gain within each round.

    Example:
        >>> rates = {"made": [400.0], "used": [200.0], "plain": [130.0], "prefetched": [195.0]}
        >>> waits = {"plain": [0.34], "prefetched": [0.02]}
        >>> rows_of({"feeds": [{"name": "digits", "rates": rates, "waits": waits}]})
        [('digits', '400', '200', '130', '34 %', '195', '2 %', '1.50 (1.50..1.50)')]
    """
    lines = []
    for feed in result["feeds"]:
        rates = feed["rates"]
        gains = [a / b for a, b in zip(rates["prefetched"], rates["plain"], strict=True)]
        made, used, plain, ahead = (f"{max(r):.0f}" for r in rates.values())
        waits, rests = (f"{100 * statistics.median(s):.0f} %" for s in feed["waits"].values())
        told = f"{statistics.median(gains):.2f} ({min(gains):.2f}..{max(gains):.2f})"
        lines.append((feed["name"], made, used, plain, waits, ahead, rests, told))
    return lines


def markdown(result: dict[str, Any]) -> str:
    """The table of a page, and what ran it."""
    about = result["machine"]
    loads = [load for feed in result["feeds"] for load in feed["loads"]]
    lines = [HEADINGS, ("---", *["---:"] * 6, "---"), *rows_of(result)]
    return "\n".join(
        [
            *("| " + " | ".join(line) + " |" for line in lines),
            "",
            f"Samples per second, the best of {result['rounds']} rounds; waits, the median share "
            f"of the time that training waits for data. {about['processor']}, "
            f"{about['cores']} cores, {about['date']}; load {min(loads):.1f} to {max(loads):.1f}.",
        ]
    )


def unpacked(data: Path, folder: Path) -> Iterator[str]:
    """Files of N-MNIST out of the archive of the data folder, as most people have them."""
    with zipfile.ZipFile(data / "events/nmnist/nmnist_subset.zip") as archive:
        for name in archive.namelist():
            yield archive.extract(name, folder / "nmnist")


def main(
    data: Annotated[
        Path | None, typer.Option(help="Folder with the recordings; $RANVIER_DATA if not given.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=2, help="Rounds of every way.")] = 8,
    samples: Annotated[int, typer.Option(min=64, help="Recordings of an epoch.")] = 192,
    record: Annotated[Path, typer.Option(help="Where to write every measurement.")] = DEFAULT,
) -> None:
    """Train on files in both ways, write the record, print the table."""
    console = Console()
    place = data or Path(os.environ.get("RANVIER_DATA", "data"))
    os.environ["RANVIER_DATA"] = str(place)
    result: dict[str, Any] = {"machine": machine(os.cpu_count() or 1, {}), "rounds": rounds}
    with console.status("files") as status, tempfile.TemporaryDirectory() as new:
        folder = Path(new)
        count = len(list(unpacked(place, folder)))
        status.update(f"{count} files unpacked")
        feeds = [digits(folder, units, samples, 0.0) for units in (16, 128, 512)]
        feeds += [digits(folder, 128, samples, 5.0), letters()]
        result["feeds"] = [measure(feed, rounds, status.update) for feed in feeds]
    with atomic_path(record) as path:
        path.write_text(json.dumps(result, indent=1) + "\n")
    console.print(shown("samples per second", HEADINGS, rows_of(result)))


if __name__ == "__main__":
    typer.run(main)
