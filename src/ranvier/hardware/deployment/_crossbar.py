"""Networks on ODIN and tinyODIN: rows and columns of one crossbar, event by event."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips import odin
from ranvier.hardware.deployment._checks import Check, require
from ranvier.hardware.deployment._crossbar_chips import Dialect, crossbar_checks, differences
from ranvier.hardware.deployment._placement import placed
from ranvier.hardware.deployment._plain import Kind, Plain
from ranvier.hardware.deployment._ran import Ran, Statistics
from ranvier.hardware.deployment._rounding import (
    Rounding,
    relative_error,
    unit_scales,
    whole_thresholds,
    whole_weights,
)

_SLOTS = 256
_LEAK = 127


class Rounded(NamedTuple):
    """A layer in whole numbers: `[n_in, n]`, and `[n]` each; the step is what one is worth."""

    step: NDArray[np.float64]
    weight: NDArray[np.int64]
    threshold: NDArray[np.int64]
    leak: NDArray[np.int64]


class CrossbarProgram:
    """A network on ODIN or tinyODIN.

    Args:
        dialect: the chip.
        kinds: of the layers.
        layers: their numbers.
        statistics: of the layers in floating point.
        checks: of structure, kept.

    Raises:
        NotDeployable: a rule of the chip is broken.
    """

    def __init__(
        self,
        dialect: Dialect,
        kinds: Sequence[Kind],
        layers: Sequence[Plain],
        statistics: Sequence[Statistics],
        checks: Sequence[Check],
    ) -> None:
        self.dialect = dialect
        found = [*checks, *crossbar_checks(kinds, layers)]
        require(dialect.name, found)
        numbers = [layer.in_doubles() for layer in layers]
        rounded = [_rounded(dialect, *pair) for pair in zip(numbers, statistics, strict=True)]
        self.placement = placed([one.weight for one in rounded], dialect.signed)
        size = Check(
            "network",
            "rows and columns",
            f"{self.placement.used} of them",
            f"at most {_SLOTS}",
            self.placement.used <= _SLOTS,
            "Take fewer inputs or units; one that both excites and inhibits takes two"
            f" of {dialect.name}'s rows."
            if not dialect.signed
            else "Take fewer inputs or units.",
        )
        self.checks: tuple[Check, ...] = (*found, size)
        require(dialect.name, self.checks)
        self.roundings = tuple(
            line
            for kind, before, after in zip(kinds, numbers, rounded, strict=True)
            for line in _lines(kind, before, after)
        )
        self._held, self.machine, self.leaks = self._built(rounded)
        self.differences = differences(dialect, kinds, self.leaks)

    def _built(self, rounded: Sequence[Rounded]) -> tuple[NDArray[np.int64], Any, bool]:
        weights, negative = np.zeros((_SLOTS, _SLOTS), np.int64), np.zeros(_SLOTS, bool)
        threshold, leak = np.full(_SLOTS, -1), np.zeros(_SLOTS, np.int64)
        place = self.placement
        sources = [np.stack([place.excites, place.inhibits]), *place.units[:-1]]
        for part, source, units in zip(rounded, sources, place.units, strict=True):
            for copy in units:
                there = copy >= 0
                threshold[copy[there]] = part.threshold[there]
                leak[copy[there]] = part.leak[there]
                for number, rows in enumerate(source):
                    sent = part.weight if self.dialect.signed else _one_sign(part.weight, number)
                    used = rows >= 0
                    weights[np.ix_(rows[used], copy[there])] = sent[np.ix_(used, there)]
                    negative[rows[used]] = number == 1
        open_loop = len(rounded) == 1
        machine = self.dialect.build(weights, negative, threshold, leak, open_loop)
        held = np.where(negative[:, None], -weights, weights)
        return held, machine, bool(leak.any())

    def write(self, folder: Path, example: NDArray) -> list[Path]:
        """Memory images and a transcript with one example; of tinyODIN there is no such format.

        Args:
            folder: where the files go.
            example: 0 or 1, `[T, n_in]`.
        """
        if self.dialect.signed:
            return []
        images = odin.write_images(folder, self.machine)
        codes, _ = self.events(example)
        sent = odin.transcript(self.machine, events=codes)
        return [*images, odin.write_transcript(folder / "transcript.txt", sent)]

    def memory(self) -> dict[str, NDArray]:
        """The crossbar, rows by columns, each weight with the sign of its row."""
        return {"crossbar": self._held}

    def events(self, example: NDArray) -> tuple[list[int], NDArray[np.int64]]:
        """The events of one example, and the time step of each.

        Within a step inputs come in their order, the inhibiting row of one before the exciting;
        all that inhibits first, or last, would change more. A time reference ends the step where
        membranes leak.

        Args:
            example: 0 or 1, `[T, n_in]`.
        """
        spike, place = self.dialect.events.spike, self.placement
        codes: list[int] = []
        steps: list[int] = []
        for step, row in enumerate(np.asarray(example, bool)):
            rows = np.stack([place.inhibits[row], place.excites[row]], 1).ravel()
            sent = [spike(int(slot)) for slot in rows[rows >= 0]]
            if self.leaks:
                sent.append(self.dialect.events.time_reference())
            codes += sent
            steps += [step] * len(sent)
        return codes, np.array(steps, np.int64)

    def run(self, inputs: NDArray) -> Ran:
        """Examples in, what came out; every example starts from the loaded memories.

        Args:
            inputs: 0 or 1, `[T, B, n_in]`.
        """
        inputs = np.asarray(inputs)
        rest = self.machine.init()
        sent = [self.events(inputs[:, b]) for b in range(inputs.shape[1])]
        results = odin.run_together((self.machine, rest, codes) for codes, _ in sent)
        # Copies of a unit fire together; the first that there is speaks for it.
        speaks = [np.where(units[0] < 0, units[-1], units[0]) for units in self.placement.units]
        activity = [np.zeros((*inputs.shape[:2], len(units)), np.float32) for units in speaks]
        totals = np.zeros(len(odin.Counts._fields), np.int64)
        for b, ((_, output), (_, steps)) in enumerate(zip(results, sent, strict=True)):
            totals += np.array(output.counts)
            fired = np.zeros((len(inputs), _SLOTS), np.float32)
            np.add.at(fired, (steps[output.events.cause], output.events.value), 1.0)
            for own, units in zip(activity, speaks, strict=True):
                own[:, b] = fired[:, units]
        counts = odin.Counts(*totals.tolist())
        cost = None if self.dialect.signed else odin.energy(counts)
        kept = {name: getattr(counts, name) for name in _COUNTS}
        return Ran(tuple(activity), kept, cost)


_COUNTS = ("cycles", "synaptic_operations", "time_references", "spikes", "lost")


def _one_sign(weight: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    return np.maximum(-weight if number else weight, 0)


def _rounded(dialect: Dialect, layer: Plain, seen: Statistics) -> Rounded:
    step = unit_scales(layer.weight, layer.threshold, 7, dialect.threshold)
    leak = np.rint((1 - layer.decay) * seen.carried / step)
    return Rounded(
        step,
        whole_weights(layer.weight, step, 7),
        np.minimum(whole_thresholds(layer.threshold, step), dialect.threshold),
        np.clip(leak, 0, _LEAK).astype(np.int64),
    )


def _lines(kind: Kind, before: Plain, after: Rounded) -> list[Rounding]:
    lines = [
        Rounding(
            kind.name,
            "weights",
            "-7 to 7, in steps of each unit's own",
            relative_error(before.weight, after.weight * after.step),
        )
    ]
    if (before.decay < 1).any():
        low, high = after.leak.min(), after.leak.max()
        span = f"{low}" if low == high else f"{low} to {high}"
        held = f"{span} steps taken off at the end of a time step, whatever is held"
        lines.append(Rounding(kind.name, "leak", held, float("nan")))
    return lines
