"""The chip's samples: what is computed of each, and in which order."""

from functools import cache
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips._generators import tables
from ranvier.hardware.chips.spoon._events import Samples
from ranvier.hardware.chips.spoon._memory import Recorded, State
from ranvier.hardware.chips.spoon._outcome import Counts
from ranvier.hardware.chips.spoon._registers import GENERATOR, Registers

# Outputs and targets have eight bits where learning looks at them.
_TOP, _HALF = 255, 128


class Sample(NamedTuple):
    """What is computed of one sample, by the names of `Recorded`."""

    features: NDArray[np.int32]
    hidden_sum: NDArray[np.int32]
    hidden: NDArray[np.int32]
    projected: NDArray[np.int32]
    output_sum: NDArray[np.int32]
    error: NDArray[np.int32]


def steps(compiled: bool) -> ModuleType:
    """The inner steps, number by number for Numba or over whole arrays; the bits are the same."""
    if compiled:
        from ranvier.hardware.chips.spoon import _loops

        return _loops
    from ranvier.hardware.chips.spoon import _arrays

    return _arrays


@cache
def _table() -> NDArray[np.int32]:
    return tables(GENERATOR).astype(np.int32)


def run_samples(
    r: Registers,
    state: State,
    samples: Samples,
    labels: NDArray[np.int64],
    kept: Recorded,
    compiled: bool,
) -> tuple[NDArray[np.int64], Counts]:
    """Samples one after the other; weights and generator of the state are changed in place."""
    inner = steps(compiled)
    sums = np.zeros(r.convolved, np.int32)
    seen = np.zeros((r.rows, r.columns), bool)
    turned = np.ascontiguousarray(state.kernels[::-1, ::-1])
    answers = np.zeros(len(samples.ends), np.int64)
    dropped = taken = macs = changes = begin = 0
    for n, end in enumerate(samples.ends.tolist()):
        sums[:], seen[:] = 0, False
        every = kept.accumulators[begin:end]
        late, more = inner.add_events(
            samples.events[begin:end], r.window, turned, sums, seen, every
        )
        begin, dropped, taken = end, dropped + late, taken + more
        features = inner.pooled(sums, state.bias, r.pool, r.conv_shift, r.one_input - 1)
        sample, changed = _connected(r, state, features, int(labels[n]), inner)
        changes += changed
        macs += r.hidden * np.count_nonzero(features) + r.outputs * np.count_nonzero(sample.hidden)
        answers[n] = sample.output_sum.argmax()
        _keep(kept, n, {**sample._asdict(), **state._asdict()})
    events = len(samples.events) - dropped
    return answers, Counts(len(answers), events, dropped, taken, int(macs), changes)


def _connected(
    r: Registers, state: State, features: NDArray[np.int32], label: int, inner: ModuleType
) -> tuple[Sample, int]:
    """The fully connected layers, of which the hidden one learns before there is an output."""
    memory, changed = (state.generator, _table()), 0
    top = r.one_hidden - 1
    hidden_sum = inner.weighted(features, r.one_input, state.w_hidden)
    shifted = hidden_sum >> r.hidden_shift
    hidden = np.clip(shifted, -top if r.hard_tanh else 0, top)
    projected = np.zeros_like(hidden)
    if label >= 0 and r.learn & 1:
        projected = np.where(shifted == hidden, state.feedback[label], np.int32(0))
        changed += inner.learn(
            *(features, r.one_input, projected, r.rate_hidden, r.largest_weight),
            *(state.w_hidden, *memory),
        )
    output_sum = inner.weighted(hidden, r.one_hidden, state.w_output)
    error = np.zeros_like(output_sum)
    if label >= 0 and r.learn & 2:
        error = -np.clip((output_sum >> r.output_shift) + _HALF, 0, _TOP)
        error[label] += _TOP
        changed += inner.learn(
            *(hidden, r.one_hidden, error, r.rate_output, r.largest_weight),
            *(state.w_output, *memory),
        )
    return Sample(features, hidden_sum, hidden, projected, output_sum, error), changed


def _keep(kept: Recorded, n: int, found: dict[str, NDArray]) -> None:
    for name, room in zip(kept._fields[1:], kept[1:], strict=True):
        if len(room):
            room[n] = found[name]
