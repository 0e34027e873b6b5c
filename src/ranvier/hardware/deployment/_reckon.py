"""Networks on ReckOn: layers as blocks of one recurrent layer, tick by tick."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware._cost import Cost
from ranvier.hardware.chips.reckon import Counts, ReckOn, Registers
from ranvier.hardware.deployment._checks import Check, require
from ranvier.hardware.deployment._plain import Kind, Plain
from ranvier.hardware.deployment._ran import Ran, Statistics
from ranvier.hardware.deployment._rounding import (
    Rounding,
    relative_error,
    whole_thresholds,
    whole_weights,
)

NAME = "reckon"
_SLOTS, _OUTPUTS, _TOP = 256, 16, 127
# Membranes have 16 bits with a sign; those of later examples may be larger than those seen.
_ROOM = 16_000
_ONE = 1 << 15
_LEAST_DECAY = 7 / 8


class _Scaled(NamedTuple):
    """One step of the membrane, and by how many places each kind of weight is moved up."""

    step: float
    places: tuple[int, ...]


class ReckOnProgram:
    r"""A network on ReckOn.

    Hidden layers lie side by side among its recurrent neurons, in the order of their leaks, as two
    neighbours share one. Layer `l` is `l` ticks behind the network. Thresholds are shared too: the
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
        self.checks: tuple[Check, ...] = (*checks, *_layer_checks(kinds, numbers))
        require(NAME, self.checks)
        self.inputs = len(numbers[0].weight)
        *hidden, readout = numbers
        self.sizes = [len(layer.decay) for layer in hidden]
        neurons = sum(self.sizes)
        w_inp, w_rec = np.zeros((self.inputs, neurons)), np.zeros((neurons, neurons))
        starts = np.cumsum([0, *self.sizes])
        for number, layer in enumerate(hidden):
            own = slice(starts[number], starts[number + 1])
            before = slice(starts[number - 1], starts[number])
            if number:
                w_rec[before, own] = layer.weight / layer.threshold
            else:
                w_inp[:, own] = layer.weight / layer.threshold
            if layer.recurrent is not None:
                w_rec[own, own] = layer.recurrent / layer.threshold
        w_out = np.zeros((neurons, len(readout.decay)))
        w_out[starts[-2] :] = readout.weight
        decay = np.concatenate([layer.decay for layer in hidden])
        self.order = np.argsort(decay, kind="stable")
        largest = [
            float(seen.largest / np.asarray(layer.threshold).min())
            for layer, seen in zip(hidden, statistics, strict=False)
        ]
        self._scale(w_inp, w_rec, w_out, max(largest), statistics[-1].largest)
        leak = self._leaks(decay[self.order])
        self.decay = float(readout.decay[0])
        kappa = int(np.clip(np.rint(128 * self.decay), 1, 128))
        self.kept, self.bias = kappa / 128, readout.bias
        self.machine = ReckOn(
            self._registers(leak, kappa, len(readout.decay), kinds[0].reset == "zero"),
            alpha=np.where(leak == _ONE, 0, leak & 0xFFF),
            threshold=int(whole_thresholds(np.ones(1), self.membrane.step)[0]),
        )
        whole = self._weights(w_inp, w_rec, w_out)
        self.start = self.machine.init(*self._filled(*whole))
        self.differences: tuple[str, ...] = (
            "Every product is rounded down to a whole number.",
            "Neighbours share a leak; weights have one step for all units, up to a power of two.",
        )
        self.roundings = _lines(
            (w_inp, w_rec, w_out), self._values(*whole), decay[self.order], leak, self.decay, kappa
        )

    def _scale(
        self, w_inp: NDArray, w_rec: NDArray, w_out: NDArray, membrane: float, output: float
    ) -> None:
        sizes = [float(np.abs(w).max()) / _TOP for w in (w_inp, w_rec)]
        self.membrane = _scaled(sizes, max(membrane, 1.0))
        self.output = _scaled([float(np.abs(w_out).max()) / _TOP], output)

    def _leaks(self, decay: NDArray) -> NDArray[np.int64]:
        pairs = np.zeros(_SLOTS // 2)
        filled = np.append(decay, decay[-1]) if len(decay) % 2 else decay
        pairs[: len(filled) // 2] = filled.reshape(-1, 2).mean(1)
        return np.clip(np.rint(pairs * _ONE), 7 << 12, _ONE).astype(np.int64)

    def _registers(
        self, leak: NDArray[np.int64], kappa: int, outputs: int, to_zero: bool
    ) -> Registers:
        whole = (leak == _ONE).reshape(4, 32)
        conf = {
            f"alpha_conf{word}": int(sum(1 << int(bit) for bit in np.flatnonzero(whole[word])))
            for word in range(4)
        }
        return Registers(
            **conf,
            rst_mode=int(to_zero),
            do_eprop=0,
            fp_loc_winp=self.membrane.places[0],
            fp_loc_wrec=self.membrane.places[1],
            fp_loc_wout=self.output.places[0],
            kappa=kappa,
            send_label_only=0,
            send_per_timestep=1,
            num_inp_neur=_even(self.inputs) - 1,
            num_rec_neur=_even(len(self.order)) - 1,
            num_out_neur=outputs - 1,
        )

    def _weights(self, *weights: NDArray) -> tuple[NDArray[np.int64], ...]:
        steps = (
            *(self.membrane.step * 2**p for p in self.membrane.places),
            self.output.step * 2 ** self.output.places[0],
        )
        return tuple(whole_weights(w, step, _TOP) for w, step in zip(weights, steps, strict=True))

    def _values(self, *whole: NDArray[np.int64]) -> tuple[NDArray, ...]:
        steps = (
            *(self.membrane.step * 2**p for p in self.membrane.places),
            self.output.step * 2 ** self.output.places[0],
        )
        return tuple(w * step for w, step in zip(whole, steps, strict=True))

    def _filled(self, w_inp: NDArray, w_rec: NDArray, w_out: NDArray) -> tuple[NDArray, ...]:
        """In the chip's order, with a silent input or neuron where there would be an odd number."""
        inputs, neurons = _even(self.inputs), _even(len(self.order))
        own = self.order
        held = (
            np.zeros((inputs, neurons), np.int64),
            np.zeros((neurons, neurons), np.int64),
            np.zeros((neurons, w_out.shape[1]), np.int64),
        )
        held[0][: self.inputs, : len(own)] = w_inp[:, own]
        held[1][: len(own), : len(own)] = w_rec[np.ix_(own, own)]
        held[2][: len(own)] = w_out[own]
        return held

    def memory(self) -> dict[str, NDArray]:
        """Weights of inputs, neurons and outputs in the order in which they lie."""
        names = ("inputs", "neurons", "outputs")
        return dict(zip(names, self.machine.weights(self.start), strict=True))

    def run(self, inputs: NDArray) -> Ran:
        """Examples in, what came out; every example is a sample of the chip.

        Args:
            inputs: 0 or 1, `[T, B, n_in]`.
        """
        spikes = np.asarray(inputs) != 0
        steps, batch = spikes.shape[:2]
        ticks = steps + len(self.sizes) + 1
        given = np.zeros((ticks, batch, _even(self.inputs)), bool)
        given[:steps, :, : self.inputs] = spikes
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
        shown = v * (self.output.step / self.kept) + self.bias
        counts = Counts(*np.sum([one.counts for one in outcomes], 0).tolist())
        return Ran((*activity, shown.astype(np.float32)), counts._asdict(), _cost(counts))


def _cost(counts: Counts) -> Cost:
    return counts.energy()


def _scaled(sizes: Sequence[float], largest: float) -> _Scaled:
    """The finest step that leaves room for the largest membrane.

    Args:
        sizes: of the largest weight of each kind, divided by the largest whole one.
        largest: membrane.
    """
    top = max(*sizes, 0.0) or 1.0
    finest = max(largest / _ROOM, top / 2**7)
    up = int(np.floor(np.log2(top / finest) + 1e-9))
    step = top / 2 ** max(up, 0) if up >= 0 else finest
    places = [0 if size <= step else int(np.ceil(np.log2(size / step) - 1e-9)) for size in sizes]
    return _Scaled(step, tuple(places))


def _even(count: int) -> int:
    return count + count % 2


def _lines(
    before: Sequence[NDArray],
    after: Sequence[NDArray],
    decay: NDArray,
    leak: NDArray[np.int64],
    shown: float,
    kappa: int,
) -> tuple[Rounding, ...]:
    names = ("inputs", "neurons", "outputs")
    lines = [
        Rounding(name, "weights", "8 bits", relative_error(one, two))
        for name, one, two in zip(names, before, after, strict=True)
        if one.any()
    ]
    held = np.repeat(leak, 2)[: len(decay)] / _ONE
    lines.append(Rounding("neurons", "leak", "15 bits, one for two", relative_error(decay, held)))
    own = relative_error(np.array([shown]), np.array([kappa / 128]))
    return (*lines, Rounding("outputs", "leak", "7 bits, one for all", own))


def _layer_checks(kinds: Sequence[Kind], layers: Sequence[Plain]) -> list[Check]:
    checks = []
    neurons = sum(len(layer.decay) for layer in layers[:-1])
    for kind, layer in zip(kinds[:-1], layers[:-1], strict=True):
        slowest = float(layer.decay.min())
        whole = bool((layer.decay == 1).all())
        fits = kind.reset == "zero" or (kind.reset == "subtract" and whole)
        fits = fits and kind.reset == kinds[0].reset
        rules = (
            (
                "reset",
                kind.reset,
                "zero (or subtract without a leak), one for all",
                fits,
                "Train with reset='zero'.",
            ),
            (
                "leak",
                f"a decay of {slowest:.3g}",
                f"{_LEAST_DECAY} to 1",
                slowest >= _LEAST_DECAY,
                "Train with a slower leak, or shorter time steps.",
            ),
            (
                "threshold",
                f"{layer.threshold.min():.3g}",
                "positive",
                bool((layer.threshold > 0).all()),
                "Such a unit fires without input.",
            ),
        )
        checks += [Check(kind.name, *rule) for rule in rules]
    last, name = layers[-1], kinds[-1].name
    same = bool(np.ptp(last.decay) < 1e-6)
    inputs, outputs = len(layers[0].weight), len(last.decay)
    checks += [
        Check(
            name,
            "outputs",
            kinds[-1].neuron,
            "LeakyIntegrator",
            not kinds[-1].spikes,
            "The chip's outputs are leaky and do not fire: end in a LeakyIntegrator.",
        ),
        Check(
            name,
            "leak of outputs",
            "several" if not same else f"{last.decay[0]:.3g}",
            "one for all, above 0",
            bool(same and last.decay[0] > 0),
            "Give one number as decay.",
        ),
        Check(
            name,
            "loops",
            "none" if last.recurrent is None else "recurrent synapses",
            "none",
            last.recurrent is None,
            "Outputs feed nothing.",
        ),
        Check(
            "network",
            "hidden layers",
            str(len(layers) - 1),
            "1 or more",
            len(layers) > 1,
            "Inputs do not reach the outputs of the chip.",
        ),
        Check(
            "network",
            "inputs",
            str(inputs),
            f"at most {_SLOTS}",
            inputs <= _SLOTS,
            "Pool or leave out inputs.",
        ),
        Check(
            "network",
            "neurons",
            str(neurons),
            f"at most {_SLOTS} in all hidden layers",
            neurons <= _SLOTS,
            "Take fewer units.",
        ),
        Check(
            "network",
            "outputs",
            str(outputs),
            f"at most {_OUTPUTS}",
            outputs <= _OUTPUTS,
            "Take fewer classes.",
        ),
    ]
    return checks
