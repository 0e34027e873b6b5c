"""The SPOON chip as a machine of whole numbers."""

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike

from ranvier.core import one_of
from ranvier.hardware.chips._jit import installed
from ranvier.hardware.chips._registers import registers
from ranvier.hardware.chips.spoon import _checks
from ranvier.hardware.chips.spoon._events import Samples
from ranvier.hardware.chips.spoon._machine import run_samples
from ranvier.hardware.chips.spoon._memory import Recorded, State, recorder
from ranvier.hardware.chips.spoon._outcome import Outcome
from ranvier.hardware.chips.spoon._registers import Registers

_BIAS_BITS, _FEEDBACK_BITS = 24, 8


@dataclasses.dataclass(frozen=True, eq=False)
class SPOON:
    r"""The SPOON chip: an event-driven convolutional network that learns by DRTP.

    An event of pixel $(y, x)$ at $t$ adds its value to all accumulators in reach of the kernel; at
    the end of the window the rest of the network is computed once, and layers learn where a label
    $k$ is given, the hidden one before there is an output:

    $$a_{y - i, x - j, c} \leftarrow a_{y - i, x - j, c} + (T - t)\, K_{ijc}, \qquad
    f = [\max_{pool}(a) + b]_{\gg s_1},$$
    $$h = [W f]_{\gg s_2}, \qquad \Delta W = B_k \odot h'\, f^\top 2^{-r_1}, \qquad
    o = V h, \qquad \Delta V = (\delta_k - y(o))\, h^\top 2^{-r_2},$$

    with $[\cdot]_{\gg s}$ a right shift by $s$ that is then cut to the bits of an activity, $h'$ 1
    where it was not cut and else 0, and $y$ a hard sigmoid. Updates are rounded up or down at
    random, so that their mean is the update; weights stop at their largest magnitude. The answer is
    the output with the largest sum. States are given and returned, never changed.

    Published, in the abstract: an event-driven convolutional network in 28 nm that learns by DRTP,
    with 95.3 % (trained on the chip) and 97.5 % (off it) of MNIST right, 313 nJ per classification
    at 0.6 V, 16.8 % of power for learning. No source was published. **Assumed** is all else:

    - one layer of 5 x 5 kernels, stride 1, no padding, 10 channels; largest of 4 x 4 places;
      fully connected layers of 128 and 10;
    - the value of an event is the rest of the window; one per pixel, later ones are dropped;
      polarity is not looked at;
    - weights of 8 bits, activities of 8 bits, sums of 32 bits, scales that are powers of two;
    - rectified convolution, hidden units that are linear and cut, hard sigmoid for the error;
    - feedback of 8 bits in a memory of its own; the sign is that of the feedback;
    - learning rates that are right shifts; one generator of 31 bits that gives sixteen numbers of
      24 bits per clock, clocked for every sixteen weights whose input is not zero;
    - biases of fully connected layers are weights that learn, of an input that is always 1;
    - names and widths of all registers. Cycles are not modelled.

    Attributes:
        registers: the configuration.
        compiled: whether Numba compiles the inner steps; if not given, where it is installed. The
            bits are the same.

    Raises:
        ImportError: compiled without Numba.

    Source: Frenkel, Legat, Bol, "A 28-nm convolutional neuromorphic processor enabling online
        learning with spike-based retinas", ISCAS 2020; DRTP: Frenkel, Lefebvre, Bol, Front.
        Neurosci. 15 (2021).

    Example:
        >>> sizes = Registers(rows=6, columns=6, channels=2, pool=1, hidden=4, outputs=3)
        >>> chip, random = SPOON(sizes), np.random.default_rng(0)
        >>> state = chip.init(
        ...     kernels=random.integers(-20, 40, (5, 5, 2)),
        ...     w_hidden=random.integers(-40, 40, (9, 4)),
        ...     feedback=random.integers(-127, 128, (3, 4)),
        ... )
        >>> events = [[2, 3, 0], [1, 1, 40], [2, 3, 50]]     # row, column, time
        >>> after, outcome = chip.run(state, events, 2, record=("accumulators", "error"))
        >>> outcome.counts.events, outcome.counts.dropped, outcome.recorded["error"].tolist()
        (2, 1, [[-128, -128, 127]])
        >>> outcome.recorded["accumulators"].shape, bool((after.w_output != state.w_output).any())
        ((3, 2, 2, 2), True)
    """

    registers: Registers = Registers()  # noqa: RUF009
    compiled: bool | None = None

    def __post_init__(self) -> None:
        if self.compiled and not installed():
            raise ImportError(
                "SPOON: compiled=True needs Numba. Install it with: pip install "
                "'ranvier[compiled]', or give compiled=False: the bits are the same."
            )

    def replace(self, **changes: int) -> "SPOON":
        """The chip with other values in some registers; what it holds is another matter.

        Args:
            changes: values by name of the register.

        Raises:
            ValueError: a register that there is not, or a value that does not fit.

        Example:
            >>> SPOON().replace(learn=0).registers.learn
            0
        """
        for name in changes:
            one_of("SPOON", "the register", name, registers(Registers))
        return SPOON(dataclasses.replace(self.registers, **changes), self.compiled)

    def init(
        self,
        kernels: ArrayLike | None = None,
        bias: ArrayLike | None = None,
        w_hidden: ArrayLike | None = None,
        w_output: ArrayLike | None = None,
        feedback: ArrayLike | None = None,
    ) -> State:
        """The chip with its memories written, zero where nothing is given, and its seed loaded.

        Args:
            kernels: `[kernel, kernel, channels]`.
            bias: of channels, `[channels]`, in units of the accumulators.
            w_hidden: `[inputs + 1, hidden]`, the bias last.
            w_output: `[hidden + 1, outputs]`, the bias last.
            feedback: `[outputs, hidden]`.

        Raises:
            ValueError: a memory of another shape, or what does not fit into it.

        Example:
            See `SPOON`.
        """
        r = self.registers
        given = {
            "kernels": (kernels, (r.kernel, r.kernel, r.channels), r.weight_bits),
            "bias": (bias, (r.channels,), _BIAS_BITS),
            "w_hidden": (w_hidden, (r.inputs + 1, r.hidden), r.weight_bits),
            "w_output": (w_output, (r.hidden + 1, r.outputs), r.weight_bits),
            "feedback": (feedback, (r.outputs, r.hidden), _FEEDBACK_BITS),
        }
        held = {
            name: np.zeros(shape, np.int32)
            if values is None
            else _checks.memory(name, values, shape, bits)
            for name, (values, shape, bits) in given.items()
        }
        return State(**held, generator=np.array([r.seed], np.int32))

    def run(
        self,
        state: State,
        events: ArrayLike,
        label: int | None = None,
        *,
        record: tuple[str, ...] = (),
    ) -> tuple[State, Outcome]:
        """Classify one sample, and learn from it where there is a label.

        Args:
            state: before it.
            events: row, column and time of each, `[events, 3]`, in any order; of several of a pixel
                the first counts.
            label: its class; None for none, with which nothing is learned.
            record: names of signals to be recorded, out of `Recorded`.

        Returns:
            The state after it, and what came out.

        Raises:
            ValueError: an event outside the picture or the window, a label that is no class, or an
                unknown signal.

        Example:
            See `SPOON`.
        """
        labels = None if label is None else [label]
        return self.run_samples(state, Samples.of([events]), labels, record=record)

    def run_samples(
        self,
        state: State,
        samples: Samples,
        labels: ArrayLike | None = None,
        *,
        record: tuple[str, ...] = (),
    ) -> tuple[State, Outcome]:
        """The same of many samples, one after the other.

        Args:
            state: before them.
            samples: their events.
            labels: `[samples]`; None for none.
            record: names of signals to be recorded.

        Returns:
            The state after the last, and what came out of all.

        Raises:
            ValueError: as `run`, or not as many labels as samples.

        Example:
            >>> chip = SPOON(Registers(rows=6, columns=6, pool=1))
            >>> _, outcome = chip.run_samples(chip.init(), Samples.of([[[0, 0, 9]], []]))
            >>> outcome.answers, outcome.counts.accumulations
            (array([0, 0]), 10)
        """
        r = self.registers
        for name in record:
            one_of("SPOON.run", "record", name, Recorded._fields)
        _checks.events(r, samples)
        taught = _checks.labels(r, labels, len(samples.ends))
        kept = recorder(r, len(samples.events), len(samples.ends), record)
        after = State(*(array.copy() for array in state))
        compiled = installed() if self.compiled is None else self.compiled
        answers, counts = run_samples(r, after, samples, taught, kept, compiled)
        recorded = {name: getattr(kept, name) for name in record}
        return after, Outcome(answers, counts, recorded)

    def run_batch(
        self,
        states: Sequence[State],
        samples: Samples | Sequence[Samples],
        labels: Sequence[ArrayLike] | ArrayLike | None = None,
        *,
        record: tuple[str, ...] = (),
        workers: int = 1,
    ) -> tuple[list[State], list[Outcome]]:
        """Run samples on each of many chips of this configuration, say of different seeds.

        Args:
            states: before them, one per chip.
            samples: the same for all, or a list with those of each chip.
            labels: `[samples]` for all, or one row per chip.
            record: names of signals to be recorded.
            workers: threads; compiled chips run beside each other.

        Returns:
            States and outcomes, one per chip.

        Raises:
            ValueError: not as many lists of samples or labels as chips, and whatever `run_samples`
                refuses.

        Example:
            >>> chip = SPOON(Registers(rows=6, columns=6, pool=1))
            >>> states = [chip.replace(seed=seed).init() for seed in (1, 2)]
            >>> _, outcomes = chip.run_batch(states, Samples.of([[[0, 0, 9]]]))
            >>> [outcome.answer for outcome in outcomes]
            [0, 0]
        """
        chips = len(states)
        shown = [samples] * chips if isinstance(samples, Samples) else list(samples)
        own = labels is not None and len(labels) > 0 and np.ndim(labels[0]) == 1  # pyright: ignore
        taught = list(labels) if own else [labels] * chips  # pyright: ignore
        for what, given in (("lists of samples", shown), ("rows of labels", taught)):
            if len(given) != chips:
                raise ValueError(
                    f"SPOON.run_batch: got {len(given)} {what} for {chips} chips, expected one "
                    "each, or the same for all."
                )

        def one(piece: tuple) -> tuple[State, Outcome]:
            return self.run_samples(*piece, record=record)

        pieces = list(zip(states, shown, taught, strict=True))
        if workers == 1:
            done = [one(piece) for piece in pieces]
        else:
            with ThreadPoolExecutor(workers) as pool:
                done = list(pool.map(one, pieces))
        return [state for state, _ in done], [outcome for _, outcome in done]
