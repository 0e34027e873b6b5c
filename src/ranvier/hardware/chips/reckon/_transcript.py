"""What is done to the chip, line by line in a text that a test bench can replay."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ranvier.core import atomic_path
from ranvier.hardware.chips.reckon import _checks
from ranvier.hardware.chips.reckon._programming import Bench, Sample, Write
from ranvier.hardware.chips.reckon._registers import Registers

_FIRST = "# ReckOn transcript 1"
_PINS = ("SAMPLE", "INFER_ACC", "TARGET_VALID")


def write_transcript(path: str | os.PathLike[str], items: Iterable[Write | Sample]) -> None:
    """Write transactions and samples as text, in the order in which a test bench does them.

    The first line is `# ReckOn transcript 1`. Then one thing per line:

    - `SPI 10010045 00000079`: an address of 32 bits and the words that follow it, hexadecimal;
    - `SAMPLE`, `INFER_ACC` or `TARGET_VALID`, and 0 or 1: a pin is set, and stays;
    - `AER 17`: an event of input 17;
    - `TARGET 3`: a byte of the target, AERIN_TAR_EN being 1;
    - `TICK`: TIME_TICK rises, and the chip does the tick.

    Events stand before the tick that takes them in. A single label stands before the first tick
    that is taught; where the chip asks for a target in every such tick (SINGLE_LABEL 0, or
    regression: two bytes per output, the low one first), the bytes stand behind its `TICK`. SAMPLE
    falls before the last tick. Empty lines and what follows `#` mean nothing.

    Args:
        path: of the text; written whole or not at all.
        items: `programming(chip, state)`, samples, and writes between them, say of DO_EPROP.

    Raises:
        ValueError: what the chip would refuse; counted from 1.
        OSError: the file cannot be written.

    Example:
        >>> import tempfile
        >>> from ranvier.hardware.chips.reckon import ReckOn, programming, replay
        >>> chip = ReckOn(Registers(fp_loc_winp=3, num_out_neur=1), alpha=0xFEF, threshold=100)
        >>> sample = Sample(np.eye(2)[[0, 1, 1]], np.array([0, 1, 0]), target=1)
        >>> items = [*programming(chip, chip.init(w_inp=[[15, 0], [0, 9]])), sample]
        >>> path = Path(tempfile.mkdtemp()) / "sample.txt"
        >>> write_transcript(path, items)
        >>> path.read_text().splitlines()[-5:]
        ['AER 1', 'SAMPLE 0', 'INFER_ACC 0', 'TARGET_VALID 0', 'TICK']
        >>> outcome, again = (replay(run).outcomes[0] for run in (items, read_transcript(path)))
        >>> outcome.counts == again.counts, outcome.sent.tolist() == again.sent.tolist()
        (True, True)
    """
    bench, lines = Bench(), [_FIRST]
    for number, item in enumerate(items, 1):
        try:
            if isinstance(item, Write):
                bench.write(item)
                words = " ".join(f"{word:08x}" for word in item.words)
                lines.append(f"SPI {item.address:08x} {words}")
            else:
                bench.closed()
                lines += _lines(item, bench.registers)
        except ValueError as error:
            raise ValueError(f"write_transcript: item {number}: {error}") from error
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n")


def _lines(sample: Sample, registers: Registers) -> Iterator[str]:
    """A sample as lines; what cannot be run is refused as `ReckOn.run` refuses it."""
    outputs, regression = registers.num_out_neur + 1, bool(registers.regression)
    heard = max(registers.num_inp_neur, registers.num_rec_neur) + 1
    spikes = _checks.events(sample.spikes, heard)
    ticks = len(spikes)
    asked = _checks.mask("asked", sample.asked, ticks)
    valid = sample.asked if sample.taught is None and sample.target is not None else sample.taught
    # The pin is not looked at while nothing learns.
    taught = _checks.mask("taught", valid if registers.do_eprop else None, ticks)
    target = _checks.target(sample.target, ticks, outputs, regression, bool(taught.any()))
    at_once = registers.single_label and not regression
    # The first tick takes events in, the last one steps: neither learns.
    learned = [tick for tick in range(1, ticks - 1) if taught[tick]]
    pins = {"SAMPLE": 1, "INFER_ACC": 0, "TARGET_VALID": 0}
    yield "SAMPLE 1"
    for tick in range(ticks):
        yield from (f"AER {line}" for line in np.flatnonzero(spikes[tick]).tolist())
        if at_once and learned[:1] == [tick]:
            yield f"TARGET {target[tick, 0]}"
        wanted = {"SAMPLE": int(tick < ticks - 1), "INFER_ACC": int(asked[tick])}
        wanted["TARGET_VALID"] = int(taught[tick])
        yield from (f"{name} {wanted[name]}" for name in _PINS if pins[name] != wanted[name])
        pins = wanted
        yield "TICK"
        if tick in learned and not at_once:
            words = target[tick].tolist()
            low = [word >> shift & 255 for word in words for shift in (0, 8)]
            yield from (f"TARGET {byte}" for byte in (low if regression else words))
    yield from (f"{name} 0" for name in _PINS[1:] if pins[name])


def read_transcript(path: str | os.PathLike[str]) -> list[Write | Sample]:
    """Transactions and samples of a text that `write_transcript` wrote, for `replay`.

    Args:
        path: of the text.

    Returns:
        Samples with `[ticks, inputs]` as wide as their highest event asks for; targets of all
        ticks where they stood behind ticks.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line that cannot be read or comes out of turn, with its number, or a text
            that ends within a sample.

    Example:
        See `write_transcript`.
    """
    lines = Path(path).read_text(errors="replace").splitlines()
    if not lines or lines[0].strip() != _FIRST:
        raise ValueError(
            f"{path}, line 1: {lines[0] if lines else 'nothing'!r}, expected {_FIRST!r}."
        )
    found: list[Write | Sample] = []
    reading = _Reading()
    for number, line in enumerate(lines[1:], 2):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            if words[0] == "SPI":
                if reading.running:
                    raise ValueError("SPI within a sample, expected it before or after one.")
                found.append(Write.of(*_transaction(words[1:])))
            elif (done := reading.take(words)) is not None:
                found.append(done)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error
    if reading.running:
        raise ValueError(
            f"{path} is truncated: it ends within a sample of {len(reading.ticks)} ticks; expected "
            "SAMPLE 0 and a last TICK."
        )
    return found


def _transaction(words: list[str]) -> tuple[int, list[int]]:
    for word in words:
        if len(word) != 8 or not set(word.lower()) <= set("0123456789abcdef"):
            raise ValueError(f"{word!r}, expected words of eight hexadecimal digits.")
    if not words:
        raise ValueError("SPI without an address, expected one of eight hexadecimal digits.")
    address, *rest = (int(word, 16) for word in words)
    return address, rest


class _Reading:
    """A sample in the making."""

    def __init__(self) -> None:
        self.pins = dict.fromkeys(_PINS, 0)
        self._begin()

    def _begin(self) -> None:
        self.running = False
        self.ticks: list[tuple[set[int], int, int]] = []
        self.events: set[int] = set()
        self.before: list[int] = []
        self.behind: dict[int, list[int]] = {}

    def take(self, words: list[str]) -> Sample | None:
        """One line; the sample, where it is its last tick."""
        what, rest = words[0], words[1:]
        if what not in (*_PINS, "AER", "TARGET", "TICK"):
            known = ", ".join(("SPI", *_PINS, "AER", "TARGET", "TICK"))
            raise ValueError(f"{what!r} is not known. Expected one of {known}.")
        if len(rest) != (what != "TICK"):
            raise ValueError(f"{what} with {len(rest)} numbers, expected {int(what != 'TICK')}.")
        if what == "TICK":
            return self._tick()
        number = int(rest[0]) if rest[0].isdecimal() else -1
        most = 1 if what in _PINS else 255
        if not 0 <= number <= most:
            raise ValueError(f"{what} {rest[0]}, expected a whole number of 0 to {most}.")
        if what in _PINS:
            self.pins[what] = number
            self.running = self.running or (what == "SAMPLE" and number == 1)
        elif not self.running:
            raise ValueError(f"{what} before SAMPLE 1.")
        elif what == "AER":
            self.events.add(number)
        elif self.ticks and self.ticks[-1][2] and not self.before:
            self.behind.setdefault(len(self.ticks) - 1, []).append(number)
        else:
            self.before.append(number)
        return None

    def _tick(self) -> Sample | None:
        if not self.running:
            raise ValueError("TICK before SAMPLE 1.")
        self.ticks.append((self.events, self.pins["INFER_ACC"], self.pins["TARGET_VALID"]))
        self.events = set()
        if self.pins["SAMPLE"]:
            return None
        made = self._made()
        self._begin()
        return made

    def _made(self) -> Sample:
        width = 1 + max((max(events) for events, *_ in self.ticks if events), default=0)
        spikes = np.zeros((len(self.ticks), width), bool)
        for tick, (events, *_) in enumerate(self.ticks):
            spikes[tick, list(events)] = True
        asked, taught = (np.array([tick[n] for tick in self.ticks], bool) for n in (1, 2))
        # Neither learns, and no target belongs to them.
        taught[[0, -1]] = False
        if len(self.before) > 1:
            raise ValueError(f"the sample has {len(self.before)} labels, expected one.")
        if self.before:
            return Sample(spikes, asked, self.before[0], taught)
        sizes = {len(given) for given in self.behind.values()}
        if not sizes:
            return Sample(spikes, asked, None, taught)
        if len(sizes) > 1 or (min(sizes) > 1 and min(sizes) % 2):
            raise ValueError(
                f"ticks have {sorted(sizes)} bytes of a target, expected as many in each: one, or "
                "two per output."
            )
        target = np.zeros((len(self.ticks), *sizes), np.int64)
        for tick, given in self.behind.items():
            target[tick] = given
        if min(sizes) == 1:
            return Sample(spikes, asked, target[:, 0], taught)
        numbers = target[:, ::2] | target[:, 1::2] << 8
        return Sample(spikes, asked, (numbers ^ 0x8000) - 0x8000, taught)
