"""Networks on ReckOn: layers as blocks of one recurrent layer, tick by tick."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips.reckon import (
    Counts,
    ReckOn,
    Registers,
    Sample,
    programming,
    write_memory_image,
    write_transcript,
)
from ranvier.hardware.deployment._checks import Check, require
from ranvier.hardware.deployment._plain import Kind, Plain
from ranvier.hardware.deployment._ran import Ran, Statistics
from ranvier.hardware.deployment._reckon_numbers import (
    KAPPA_ONE,
    LEAK_ONE,
    Weights,
    blocks,
    lines,
    scales,
    shared_leaks,
    whole,
)
from ranvier.hardware.deployment._reckon_rules import reckon_checks
from ranvier.hardware.deployment._rounding import whole_thresholds

NAME = "reckon"


class ReckOnProgram:
    r"""A network on ReckOn.

    Hidden layers lie side by side among its recurrent neurons, in the order of their leaks, as two
    neighbours share one. Layer $l$ is $l$ ticks behind the network. Thresholds are shared too: the
    weights into each unit are divided by its own.

    Args:
        kinds: of the layers.
        layers: their numbers.
        statistics: of the layers in floating point.
        checks: of structure, kept.

    Raises:
        NotDeployable: a rule of the chip is broken.
    """

    def __init__(
        self,
        kinds: Sequence[Kind],
        layers: Sequence[Plain],
        statistics: Sequence[Statistics],
        checks: Sequence[Check],
    ) -> None:
        numbers = [layer.in_doubles() for layer in layers]
        self.checks: tuple[Check, ...] = (*checks, *reckon_checks(kinds, numbers))
        require(NAME, self.checks)
        *hidden, readout = numbers
        self.inputs, self.sizes = len(hidden[0].weight), [len(layer.decay) for layer in hidden]
        decay = np.concatenate([layer.decay for layer in hidden])
        self.order = np.argsort(decay, kind="stable")
        weights = blocks(hidden, readout)
        held = scales(weights, hidden, statistics)
        rounded, leak = whole(weights, held), shared_leaks(decay[self.order])
        kappa = int(np.clip(np.rint(KAPPA_ONE * readout.decay[0]), 1, KAPPA_ONE))
        # Outputs are read after they have leaked.
        self.shown, self.bias = held.output * KAPPA_ONE / kappa, readout.bias
        self.machine = ReckOn(
            Registers(
                **_leakless(leak),
                rst_mode=int(kinds[0].reset == "zero"),
                do_eprop=0,
                fp_loc_winp=held.places[0],
                fp_loc_wrec=held.places[1],
                fp_loc_wout=held.places[2],
                kappa=kappa,
                send_label_only=0,
                send_per_timestep=1,
                num_inp_neur=_even(self.inputs) - 1,
                num_rec_neur=_even(len(decay)) - 1,
                num_out_neur=len(readout.decay) - 1,
            ),
            alpha=np.where(leak == LEAK_ONE, 0, leak & 0xFFF),
            threshold=int(whole_thresholds(np.ones(1), held.membrane)[0]),
        )
        self.start = self.machine.init(*self._filled(rounded))
        self.differences: tuple[str, ...] = (
            "Every product is rounded down to a whole number.",
            "Neighbours share a leak; weights have one step for all units, up to a power of two.",
        )
        decays = (decay[self.order], readout.decay)
        self.roundings = lines(weights, rounded, held.steps, decays, leak, kappa)

    def _filled(self, weights: Weights) -> Weights:
        """In the chip's order, with a silent input or neuron where there would be an odd number."""
        order = self.order
        inputs, neurons = self.inputs % 2, len(order) % 2
        return Weights(
            np.pad(weights.inputs[:, order], ((0, inputs), (0, neurons))),
            np.pad(weights.neurons[np.ix_(order, order)], (0, neurons)),
            np.pad(weights.outputs[order], ((0, neurons), (0, 0))),
        )

    def write(self, folder: Path, example: NDArray) -> list[Path]:
        """Memory images and a transcript with one example.

        Args:
            folder: where the files go.
            example: 0 or 1, `[T, n_in]`.
        """
        images = write_memory_image(folder, self.machine, self.start)
        ticks = self.sample(example)
        shown = Sample(ticks, np.ones(len(ticks), bool))
        path = folder / "transcript.txt"
        write_transcript(path, [*programming(self.machine, self.start), shown])
        return [*images, path]

    def memory(self) -> dict[str, NDArray]:
        """Weights of inputs, neurons and outputs in the order in which they lie."""
        held = self.machine.weights(self.start)
        return dict(zip(Weights._fields, held, strict=True))

    def sample(self, spikes: NDArray) -> NDArray[np.bool_]:
        """Ticks in place of time steps: the last layers and the outputs still have to follow.

        Args:
            spikes: `[T, ..., n_in]`.
        """
        behind = len(self.sizes) + 1
        given = np.asarray(spikes) != 0
        room = [(0, 0)] * (given.ndim - 2)
        return np.pad(given, [(0, behind), *room, (0, self.inputs % 2)])

    def run(self, inputs: NDArray) -> Ran:
        """Examples in, what came out; every example is a sample of the chip.

        Args:
            inputs: 0 or 1, `[T, B, n_in]`.
        """
        steps, batch = inputs.shape[:2]
        given = self.sample(inputs)
        _, outcomes = self.machine.run_batch([self.start] * batch, given, record=("z", "v"))
        z = np.stack([one.recorded["z"] for one in outcomes], 1)[:, :, : len(self.order)]
        fired = np.zeros_like(z)
        fired[:, :, self.order] = z
        activity, first = [], 0
        for behind, size in enumerate(self.sizes, 1):
            own = fired[behind : behind + steps, :, first : first + size]
            activity.append(own.astype(np.float32))
            first += size
        v = np.stack([one.recorded["v"] for one in outcomes], 1)[len(self.sizes) + 1 :]
        shown = (v * self.shown + self.bias).astype(np.float32)
        counts = Counts(*np.array([one.counts for one in outcomes]).sum(0).tolist())
        return Ran((*activity, shown), counts._asdict(), counts.energy())


def _leakless(leak: NDArray[np.int64]) -> dict[str, int]:
    """The registers that say which pairs have no leak."""
    words = (leak == LEAK_ONE).reshape(4, 32)
    return {
        f"alpha_conf{number}": sum(1 << int(bit) for bit in np.flatnonzero(word))
        for number, word in enumerate(words)
    }


def _even(count: int) -> int:
    return count + count % 2
