"""The ReckOn chip as a machine of whole numbers."""

import dataclasses
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.core import one_of
from ranvier.hardware.chips._generators import tables
from ranvier.hardware.chips.reckon import _checks, _random
from ranvier.hardware.chips.reckon._memory import (
    BLOCK,
    OUTPUTS,
    SLOTS,
    Recorded,
    State,
    blank,
    recorder,
)
from ranvier.hardware.chips.reckon._outcome import Counts, Outcome
from ranvier.hardware.chips.reckon._registers import Registers

PAIRS = SLOTS // 2

# The compiled loop knows records and arrays alone: a type of ours in its cache on disk would make
# the cache unreadable once that type moves.
_STATE = np.dtype([(name, array.dtype, array.shape) for name, array in blank()._asdict().items()])
_REGISTERS = np.dtype([(field.name, np.int64) for field in dataclasses.fields(Registers)])


@dataclasses.dataclass(frozen=True, eq=False)
class ReckOn:
    r"""The ReckOn chip: a recurrent spiking network that learns by e-prop, bit for bit.

    Up to 256 inputs, 256 LIF neurons and 16 leaky outputs, weights of 8 bits. In a tick, with
    floors or stochastic rounding after every product and saturating sums,

    $$u_j \leftarrow \alpha_j u_j - \vartheta_j z_j + \sum_i w^{in}_{ij} x_i
    + \sum_i w^{rec}_{ij} z_i, \quad v_k \leftarrow \kappa v_k + \sum_j w^{out}_{jk} z_j,$$
    $$\Delta w^{out}_{jk} \propto e_k \bar z_j, \quad \Delta w_{ij} \propto
    h(u_j) \bar x_i \sum_k w^{out}_{jk} e_k, \quad e_k = t_k - y_k,$$

    where bars are low-pass filters of the activity, and a weight moves by one step with a
    probability proportional to its update. A spike is `u >= threshold` before the leak. States are
    given and returned, never changed.

    Attributes:
        registers: the configuration.
        alpha: the leak's 12 lower bits per pair of neurons, `[128]` or one for all; the upper
            four are 8 where the pair's bit in `alpha_conf` is set and else 7, of 32768 in all.
        threshold: per pair of neurons, `[128]` or one for all, 16 bits with sign.

    Raises:
        ValueError: a leak or a threshold of another shape or outside its range.

    Source: Frenkel, Indiveri, "ReckOn: a 28 nm sub-mm2 task-agnostic spiking recurrent neural
        network processor enabling on-chip learning over second-long timescales", ISSCC 2022.

    Example:
        >>> registers = Registers(num_inp_neur=1, num_rec_neur=1, fp_loc_winp=3, do_eprop=0)
        >>> chip = ReckOn(registers, alpha=0xFEF, threshold=100)
        >>> state = chip.init(w_inp=[[15, 0], [0, 0]])
        >>> spikes = [[1, 0], [0, 0], [0, 0]]
        >>> state, outcome = chip.run(state, spikes, record=("u", "z"))
        >>> outcome.recorded["u"][:, 0], outcome.recorded["z"][:, 0]
        (array([ 0, 19, 18]), array([0, 1, 0]))
    """

    registers: Registers
    alpha: ArrayLike = 0
    threshold: ArrayLike = 1

    def __post_init__(self) -> None:
        for name, bits, signed in (("alpha", 12, False), ("threshold", 16, True)):
            held = _checks.per_pair(name, getattr(self, name), PAIRS, bits, signed)
            object.__setattr__(self, name, held)

    @property
    def inputs(self) -> int:
        """How many inputs there are."""
        return self.registers.num_inp_neur + 1

    @property
    def neurons(self) -> int:
        """How many recurrent neurons there are."""
        return self.registers.num_rec_neur + 1

    @property
    def outputs(self) -> int:
        """How many outputs there are."""
        return self.registers.num_out_neur + 1

    @property
    def leak(self) -> NDArray[np.int64]:
        """What membranes and traces of each pair keep, in 32768ths, `[128]`."""
        r = self.registers
        conf = [r.alpha_conf0, r.alpha_conf1, r.alpha_conf2, r.alpha_conf3]
        upper = [8 if conf[p // 32] >> p % 32 & 1 else 7 for p in range(PAIRS)]
        return np.array(upper) << 12 | np.asarray(self.alpha)

    def replace(self, **changes: int) -> "ReckOn":
        """The chip with other values in some registers; what it holds is another matter.

        Args:
            changes: values by name of the register.

        Raises:
            ValueError: a register that there is not, or a value that does not fit.

        Example:
            >>> ReckOn(Registers()).replace(do_eprop=0).registers.do_eprop
            0
        """
        for name in changes:
            one_of("ReckOn", "the register", name, _REGISTERS.fields or ())
        return dataclasses.replace(self, registers=dataclasses.replace(self.registers, **changes))

    def init(
        self,
        w_inp: ArrayLike | None = None,
        w_rec: ArrayLike | None = None,
        w_out: ArrayLike | None = None,
    ) -> State:
        """The chip at rest, with weights, and generators loaded with their seeds.

        Args:
            w_inp: from inputs, `[inputs, neurons]`, -128 to 127; zeros if not given.
            w_rec: from neurons to neurons, `[neurons, neurons]`.
            w_out: from neurons to outputs, `[neurons, outputs]`.

        Raises:
            ValueError: weights of another shape or out of range.

        Example:
            See `ReckOn`.
        """
        state = blank()
        for name, weight, shape in (
            ("w_inp", w_inp, (self.inputs, self.neurons)),
            ("w_rec", w_rec, (self.neurons, self.neurons)),
            ("w_out", w_out, (self.neurons, self.outputs)),
        ):
            if weight is not None:
                getattr(state, name)[: shape[0], : shape[1]] = _checks.weights(name, weight, shape)
        return self.reseed(state)

    def reseed(self, state: State) -> State:
        """The state after all seeds were written: generators start anew.

        Args:
            state: before.

        Example:
            >>> chip = ReckOn(Registers())
            >>> hex(chip.replace(seed_inp=0xF0F0).reseed(chip.init()).generators[0])
            '0xf0f0'
        """
        return state._replace(generators=self.seeds())

    def seeds(self) -> NDArray[np.int64]:
        """What the thirteen generators are loaded with, in the order of `GENERATORS`.

        Example:
            >>> hex(ReckOn(Registers(seed_strnd_neur=0x3F3FF3F3)).seeds()[4])
            '0x7e7f'
        """
        r, low = self.registers, 0x7FFF
        halves = (r.seed_strnd_tinp, r.seed_strnd_trec, r.seed_strnd_tout)
        found = [r.seed_inp, r.seed_rec, r.seed_out]
        found += [r.seed_strnd_neur & low, r.seed_strnd_neur >> 15, r.seed_strnd_oneur]
        for both in halves:
            found += [both & low, both >> 15]
        return np.array([*found, r.seed_noise_neur])

    def weights(self, state: State) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]:
        """The weights of what is connected: `w_inp`, `w_rec` and `w_out`.

        Args:
            state: of this chip.

        Example:
            >>> chip = ReckOn(Registers(num_inp_neur=3))
            >>> [weight.shape for weight in chip.weights(chip.init())]
            [(4, 2), (2, 2), (2, 1)]
        """
        n = self.neurons
        return (
            state.w_inp[: self.inputs, :n].copy(),
            state.w_rec[:n, :n].copy(),
            state.w_out[:n, : self.outputs].copy(),
        )

    def run(
        self,
        state: State,
        spikes: ArrayLike,
        *,
        asked: ArrayLike | None = None,
        target: ArrayLike | None = None,
        taught: ArrayLike | None = None,
        ends: bool = True,
        record: tuple[str, ...] = (),
    ) -> tuple[State, Outcome]:
        """Run a sample, or a piece of one.

        Args:
            state: before it.
            spikes: of the inputs, `[ticks, inputs]`, 0 or not.
            asked: in which ticks outputs vote, `[ticks]`; in none if not given.
            target: a label, one for all ticks or `[ticks]`; for regression `[outputs]` or
                `[ticks, outputs]`.
            taught: in which ticks the target is valid, `[ticks]`; if not given, where the chip is
                asked, if there is a target.
            ends: whether the last tick ends the sample. That tick is stepped, and no more.
            record: names of signals to be recorded, out of `Recorded`.

        Returns:
            The state after it, and what came out.

        Raises:
            ValueError: an event of an input that the chip leaves out, a shape or a range that does
                not fit, a missing target, or an unknown signal.

        Example:
            See `ReckOn`.
        """
        from ranvier.hardware.chips.reckon._loops import run_ticks

        r = self.registers
        for name in record:
            one_of("ReckOn.run", "record", name, Recorded._fields)
        x = _checks.events(spikes, max(self.inputs, self.neurons))
        ticks = len(x)
        if ends and ticks == 1 and not state.phase[0]:
            raise ValueError(
                "ReckOn.run: the sample has one tick, expected two or more: the first only takes "
                "events in, the last only steps."
            )
        pins = np.zeros((ticks, 3), np.uint8)
        pins[-1, 0] = ends
        pins[:, 1] = _checks.mask("asked", asked, ticks)
        if taught is None and target is not None:
            taught = asked
        if r.do_eprop:
            pins[:, 2] = _checks.mask("taught", taught, ticks)
        used = bool(pins[:, 2].any())
        wanted = _checks.target(target, ticks, self.outputs, bool(r.regression), used)
        held = np.rec.array(np.zeros(1, _STATE))
        for name, array in state._asdict().items():
            held[name][0] = array
        kept = recorder(ticks, record)
        length = 1 if r.send_label_only else 2 * self.outputs
        sent = np.zeros((length * (1 + ticks * r.send_per_timestep), 2), np.int64)
        counts, answer = np.zeros(4, np.int64), np.zeros((2, OUTPUTS), np.int64)
        bytes_sent = run_ticks(
            np.rec.array([dataclasses.astuple(r)], _REGISTERS)[0],
            held[0],
            _tables(),
            np.stack([self.leak, np.asarray(self.threshold)]),
            pins,
            x,
            wanted,
            np.zeros((5, BLOCK), np.int64),
            tuple(kept),
            sent,
            counts,
            answer,
        )
        votes, v = answer[:, : self.outputs]
        return State(*(held[name][0] for name in State._fields)), Outcome(
            int(votes.argmax()),
            votes,
            v,
            sent[:bytes_sent],
            Counts(*counts.tolist()),
            {name: self._connected(name, getattr(kept, name)) for name in record},
        )

    def run_batch(
        self,
        states: Sequence[State],
        spikes: ArrayLike,
        *,
        asked: ArrayLike | None = None,
        target: Sequence[Any] | NDArray | None = None,
        taught: ArrayLike | None = None,
        ends: bool = True,
        record: tuple[str, ...] = (),
        workers: int = 1,
    ) -> tuple[list[State], list[Outcome]]:
        """Run a sample on each of many chips of this configuration, say of different seeds.

        Args:
            states: before it, one per chip.
            spikes: of the inputs, `[ticks, chips, inputs]`, or `[ticks, inputs]` for all.
            asked: in which ticks outputs vote, `[ticks, chips]`, or `[ticks]` for all.
            target: one per chip, each as `run` takes it.
            taught: in which ticks the target is valid, `[ticks, chips]`, or `[ticks]` for all.
            ends: whether the last tick ends the sample.
            record: names of signals to be recorded.
            workers: threads; compiled ticks run beside each other.

        Returns:
            States and outcomes, one per chip.

        Raises:
            ValueError: not as many samples or targets as chips, and whatever `run` refuses.

        Example:
            >>> chip = ReckOn(Registers(do_eprop=0))
            >>> states = [chip.replace(seed_inp=n).init() for n in (1, 2, 3)]
            >>> states, outcomes = chip.run_batch(states, [[1, 0], [0, 0]])
            >>> [outcome.answer for outcome in outcomes]
            [0, 0, 0]
        """
        chips = len(states)

        def split(name: str, values: Any, axes: int) -> list[Any]:
            if values is None or np.ndim(values) == axes:
                return [values] * chips
            found = np.asarray(values)
            if found.ndim != axes + 1 or found.shape[1] != chips:
                raise ValueError(
                    f"ReckOn.run_batch: {name} has shape {found.shape}, expected {chips} chips on "
                    "its second axis, or no such axis."
                )
            return list(found.swapaxes(0, 1))

        if target is not None and len(target) != chips:
            raise ValueError(
                f"ReckOn.run_batch: got {len(target)} targets for {chips} chips, expected one each."
            )
        pieces = zip(
            states,
            split("spikes", spikes, 2),
            split("asked", asked, 1),
            [None] * chips if target is None else target,
            split("taught", taught, 1),
            strict=True,
        )

        def one(piece: tuple[Any, ...]) -> tuple[State, Outcome]:
            state, x, when, wanted, valid = piece
            return self.run(
                state, x, asked=when, target=wanted, taught=valid, ends=ends, record=record
            )

        if workers == 1:
            done = [one(piece) for piece in pieces]
        else:
            with ThreadPoolExecutor(workers) as pool:
                done = list(pool.map(one, pieces))
        return [state for state, _ in done], [outcome for _, outcome in done]

    def _connected(self, name: str, signal: NDArray) -> NDArray:
        """What is recorded, without what stands beyond the neurons."""
        slots, n = max(self.inputs, self.neurons), self.neurons
        if name in ("v", "votes", "error"):
            return signal[:, : self.outputs]
        if name == "w_out":
            return signal[:, :n, : self.outputs]
        if name in ("w_inp", "w_rec"):
            return signal[:, : self.inputs if name == "w_inp" else n, :n]
        if name == "generators":
            return signal
        return signal[:, : slots if name in ("u", "e_inp", "e_rec", "e_out") else n]


def _tables() -> tuple[NDArray[np.int64], ...]:
    kinds = (_random.MEMBRANE, _random.OUTPUT, _random.NOISE, _random.WEIGHTS)
    return tuple(map(tables, (*kinds, _random.OUTPUT_WEIGHTS)))
