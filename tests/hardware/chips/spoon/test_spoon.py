"""The chip against plain references: dense convolutions, dense layers, and the float rule."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import ranvier as rv
from ranvier.core import Batch
from ranvier.hardware.chips.spoon import SPOON, Recorded, Registers, Samples, _machine
from ranvier.learn import at_once, signals
from ranvier.nets import Chain, Layer
from ranvier.neurons import RNN, Readout
from ranvier.synapses import Dense

SMALL = Registers(
    rows=9, columns=8, kernel=3, channels=3, pool=2, hidden=20, outputs=4, learn=3, seed=77,
    conv_shift=8, hidden_shift=8, output_shift=6, rate_hidden=11, rate_output=10,
)  # fmt: skip


def drawn(chip, seed=0):
    """A chip with random memories."""
    r, random = chip.registers, np.random.default_rng(seed)
    most = r.largest_weight
    return chip.init(
        random.integers(-most, most + 1, (r.kernel, r.kernel, r.channels)),
        random.integers(-3000, 3000, r.channels),
        random.integers(-most, most + 1, (r.inputs + 1, r.hidden)) // 2,
        random.integers(-most, most + 1, (r.hidden + 1, r.outputs)) // 2,
        random.integers(-127, 128, (r.outputs, r.hidden)),
    )


def picture(r, random, share=0.6):
    """Values of a picture and its events in random order."""
    values = random.integers(1, r.window + 1, (r.rows, r.columns))
    values[random.random(values.shape) > share] = 0
    row, column = np.nonzero(values)
    events = np.stack([row, column, r.window - values[row, column]], 1)
    return values, random.permutation(events)


def samples_of(r, count, seed=1):
    random = np.random.default_rng(seed)
    return Samples.of(picture(r, random)[1] for _ in range(count))


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


@settings(max_examples=30, deadline=None)
@given(
    size=st.tuples(st.integers(5, 12), st.integers(5, 12)),
    kernel=st.integers(1, 5),
    channels=st.integers(1, 4),
    window=st.integers(1, 255),
    compiled=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_events_in_any_order_give_the_dense_convolution(
    size, kernel, channels, window, compiled, seed
):
    r = Registers(
        rows=size[0], columns=size[1], kernel=kernel, channels=channels, pool=1, window=window,
        hidden=1,
    )  # fmt: skip
    chip, random = SPOON(r, compiled=compiled), np.random.default_rng(seed)
    state = drawn(chip, seed)
    values, events = picture(r, random)
    windows = sliding_window_view(values, (kernel, kernel))
    dense = np.einsum("rcij,ijk->rck", windows, state.kernels.astype(np.int64))
    for order in (events, random.permutation(events)):
        _, outcome = chip.run(state, order, record=("accumulators",))
        if len(events):
            assert np.array_equal(outcome.recorded["accumulators"][-1], dense)
    assert outcome.counts.events == len(events) and outcome.counts.dropped == 0


@pytest.mark.parametrize("hard_tanh", [0, 1])
@pytest.mark.parametrize(("bits", "shift"), [(8, 8), (4, 3)])
def test_layers_are_those_of_a_plain_network(hard_tanh, bits, shift):
    chip = SPOON(SMALL).replace(
        hard_tanh=hard_tanh, weight_bits=bits, activation_bits=bits, hidden_shift=shift
    )
    r, state, random = chip.registers, drawn(chip), np.random.default_rng(5)
    names = ("features", "hidden_sum", "hidden", "output_sum")
    for _ in range(10):
        values, events = picture(r, random)
        _, outcome = chip.run(state, events, record=names)
        found = {name: outcome.recorded[name][0] for name in names}
        windows = sliding_window_view(values, (r.kernel, r.kernel))
        sums = np.einsum("rcij,ijk->rck", windows, state.kernels) + state.bias
        largest = np.zeros(r.pooled)
        for row in range(r.pooled[0]):
            for column in range(r.pooled[1]):
                patch = sums[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
                largest[row, column] = patch.max((0, 1))
        top = 2**bits - 1
        exact = np.clip(largest.ravel() / 2**r.conv_shift, 0, top)
        assert np.array_equal(found["features"], np.floor(exact))
        assert len(set(found["features"])) > 4
        one = np.append(found["features"], 2**bits)
        assert np.array_equal(found["hidden_sum"], one @ state.w_hidden)
        high = 2 ** (bits - hard_tanh) - 1
        exact = np.clip(found["hidden_sum"] / 2**r.hidden_shift, -high * hard_tanh, high)
        # Rounded down, so that it is less than one step below.
        assert ((exact - found["hidden"] < 1) & (found["hidden"] <= exact)).all()
        assert (found["hidden"] < 0).any() == bool(hard_tanh)
        one = np.append(found["hidden"], 2 ** (bits - hard_tanh))
        assert np.array_equal(found["output_sum"], one @ state.w_output)
        assert outcome.answer == found["output_sum"].argmax()
        products = r.hidden * np.count_nonzero(found["features"])
        products += r.outputs * np.count_nonzero(found["hidden"])
        assert outcome.counts.macs == products


def test_the_mean_update_is_that_of_target_projection_in_numbers():
    """Fixed seeds. Of right code one draw in a million would fail: five standard deviations."""
    chip = SPOON(SMALL).replace(hidden_shift=6, rate_hidden=14, rate_output=12)
    r, state = chip.registers, drawn(chip, 3)
    state = state._replace(w_hidden=state.w_hidden // 3, w_output=state.w_output // 3)
    _, events = picture(r, np.random.default_rng(8))
    label, draws, random = 2, 400, np.random.default_rng(11)
    names = ("features", "hidden", "hidden_sum", "error", "output_sum")
    seeds = random.integers(1, 2**31, draws)
    states = [state._replace(generator=np.array([seed], np.int32)) for seed in seeds]
    after, outcomes = chip.run_batch(states, Samples.of([events]), [label], record=names)
    found = {name: outcomes[0].recorded[name][0] for name in names}
    x, h = found["features"], found["hidden"]
    slope = np.abs(found["hidden_sum"] >> r.hidden_shift) <= 127
    assert 0.2 < slope.mean() < 1

    # The same network in numbers, cut where the chip cuts.
    scale = 128 * 2.0**r.hidden_shift
    cut = lambda z: jnp.clip(z / scale, -1, 1)  # noqa: E731
    hidden, output = (w.astype(np.float32) for w in (state.w_hidden, state.w_output))
    first = Layer(RNN(r.hidden, g=cut), {"dendrite": Dense(jnp.asarray(hidden[:-1].T))})
    first = with_bias(first, 256 * hidden[-1])
    last = Layer(Readout(r.outputs), {"dendrite": Dense(jnp.asarray(128 * output[:-1].T))})
    net = Chain([first, last])

    def projection(key, shape):
        assert shape == state.feedback.shape
        return jnp.asarray(state.feedback, jnp.float32)

    signal = signals.target_projection(jax.random.key(0), projection)
    rule = rv.online(rv.losses.bernoulli, eligibility=at_once(), signal=signal)
    target = np.eye(r.outputs, dtype=np.float32)[label]
    seen = jnp.asarray(x, jnp.float32)[None, None]
    batch = Batch(seen, jnp.asarray(target)[None, None], jnp.ones((1, 1)))
    _, gradients = rule(net, batch, None)
    # Its slope is that of `cut`; the chip's is 1 where it is not cut.
    wanted = -np.asarray(gradients.layers[0].synapses["dendrite"].weight).T * scale
    bias = -np.asarray(gradients.layers[0].neuron.bias) * scale * 256
    wanted = np.vstack([wanted, bias]) / 2**r.rate_hidden
    check_mean(np.stack([one.w_hidden - state.w_hidden for one in after]), wanted)

    # The output layer: the true error of a hard sigmoid, up to the rounding of one step.
    y = np.clip(found["output_sum"] / 2**r.output_shift + 128, 0, 255)
    error = 255 * target - y
    assert np.abs(error - found["error"]).max() < 1 and np.abs(error).min() > 0
    wanted = np.outer(np.append(h, 128), found["error"]) / 2**r.rate_output
    check_mean(np.stack([one.w_output - state.w_output for one in after]), wanted)


def with_bias(layer, bias):
    return eqx.tree_at(lambda one: one.neuron.bias, layer, jnp.asarray(bias, jnp.float32))


def check_mean(changes, wanted):
    """Every change is one of the two neighbours, and changes average to what is wanted."""
    assert (np.abs(changes - wanted) < 1).all() and np.abs(wanted).max() > 0.3
    part = wanted - np.floor(wanted)
    free = part > 0
    deviation = np.sqrt((part * (1 - part))[free] / len(changes))
    z = (changes.mean(0) - wanted)[free] / deviation
    count = z.size
    assert abs(z.sum()) < 5 * np.sqrt(count)
    assert abs((z**2).sum() - count) < 5 * np.sqrt(2 * count)
    # What is exact is exact.
    assert (changes[:, ~free] == wanted[~free]).all()


def test_numba_and_numpy_give_the_same_bits():
    pytest.importorskip("numba")
    names = tuple(Recorded._fields)
    labels = np.arange(12) % 4
    found = []
    for compiled in (True, False):
        chip = SPOON(SMALL, compiled=compiled)
        found.append(chip.run_samples(drawn(chip), samples_of(SMALL, 12), labels, record=names))
    (one, first), (two, second) = found
    assert same(one, two) and first.counts == second.counts
    assert first.counts.weight_changes > 200
    assert np.array_equal(first.answers, second.answers)
    for name in names:
        assert np.array_equal(first.recorded[name], second.recorded[name]), name


def test_without_numba_arrays_take_over(monkeypatch):
    monkeypatch.setattr("ranvier.hardware.chips.spoon._chip.installed", lambda: False)
    taken = []
    real = _machine.steps
    monkeypatch.setattr(_machine, "steps", lambda kind: taken.append(kind) or real(kind))
    SPOON(SMALL).run(drawn(SPOON(SMALL)), [[0, 0, 1]])
    assert taken == [False]
    with pytest.raises(ImportError, match=r"pip install 'ranvier\[compiled\]'"):
        SPOON(SMALL, compiled=True)


def test_hidden_units_learn_before_there_is_an_output():
    chip = SPOON(SMALL)
    state, events = drawn(chip), samples_of(SMALL, 1).sample(0)
    other = state._replace(w_output=-state.w_output)
    one, first = chip.run(state, events, 1, record=("projected", "output_sum"))
    two, second = chip.run(other, events, 1, record=("projected", "output_sum"))
    assert np.array_equal(one.w_hidden, two.w_hidden)
    assert not np.array_equal(one.w_hidden, state.w_hidden)
    assert np.array_equal(first.recorded["output_sum"], -second.recorded["output_sum"])
    alone, _ = chip.replace(learn=1).run(state, events, 1)
    assert np.array_equal(alone.w_hidden, one.w_hidden)
    assert np.array_equal(alone.w_output, state.w_output)


def test_samples_go_one_after_the_other_and_states_are_not_changed():
    chip, samples, labels = SPOON(SMALL), samples_of(SMALL, 5), [0, 1, 2, 3, 0]
    state = drawn(chip)
    before = [array.copy() for array in state]
    whole, outcome = chip.run_samples(state, samples, labels)
    assert same(state, before)
    now, answers = state, []
    for number, label in enumerate(labels):
        now, piece = chip.run(now, samples.sample(number), label)
        answers.append(piece.answer)
    assert same(now, whole) and answers == outcome.answers.tolist()
    for changes in ({"learn": 0}, {}):
        given = labels if changes else None
        after, piece = chip.replace(**changes).run_samples(state, samples, given)
        assert same(after, state) and not piece.counts.weight_changes


@pytest.mark.parametrize("workers", [1, 2])
def test_a_batch_is_its_chips_one_by_one(workers):
    chip, samples, labels = SPOON(SMALL), samples_of(SMALL, 4), [0, 1, 2, 3]
    states = [chip.replace(seed=seed).init(*drawn(chip)[:-1]) for seed in (5, 6, 7)]
    turned = samples.in_order([3, 2, 1, 0])
    each, rows = [samples, samples, turned], [labels, labels, labels[::-1]]
    after, outcomes = chip.run_batch(states, each, rows, workers=workers)
    for n in range(3):
        alone, outcome = chip.run_samples(states[n], each[n], rows[n])
        assert same(after[n], alone) and outcomes[n].counts == outcome.counts
    assert not np.array_equal(after[0].w_hidden, after[1].w_hidden)
    together, _ = chip.run_batch(states, samples, labels)
    assert same(together[0], after[0])


def test_weights_stop_at_their_largest_magnitude():
    chip = SPOON(SMALL).replace(weight_bits=3, rate_hidden=4, rate_output=4)
    after, _ = chip.run_samples(drawn(chip), samples_of(SMALL, 20), np.arange(20) % 4)
    for weights in (after.w_hidden, after.w_output):
        assert weights.min() == -3 and weights.max() == 3


def test_counts_and_energy():
    chip = SPOON(Registers(learn=0))
    # A pixel in the middle reaches 25 places of 10 channels, the corner one, the edge five.
    events = [[14, 14, 0], [0, 0, 3], [0, 14, 9], [14, 14, 20]]
    _, outcome = chip.run(chip.init(), events)
    counts = outcome.counts
    assert counts == (1, 3, 1, 10 * (25 + 1 + 5), 0, 0)
    assert counts.energy().picojoule == 313_000
    assert counts.energy(learning=True).picojoule == pytest.approx(313_000 * 1.168)
    assert counts.arithmetic()[0].picojoule == pytest.approx(31.0)
    # Of a repeated pixel the first counts.
    names = ("accumulators",)
    state = drawn(chip)
    sums = [chip.run(state, some, record=names)[1].recorded for some in (events, events[:3])]
    assert np.array_equal(sums[0]["accumulators"][-1], sums[1]["accumulators"][-1])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Registers(channels=32), "register channels is 5 bits wide.*got 32"),
        (lambda: Registers(seed=0), "register seed is 0, expected 1 or more"),
        (lambda: Registers(weight_bits=9), "register weight_bits is 9, expected 2 to 8"),
        (lambda: Registers(rate_hidden=25), "register rate_hidden is 25, expected 0 to 24"),
        (lambda: Registers(rows=7), "register rows is 7, expected 8 or more for a kernel of 5"),
        (lambda: Registers(rows=63, columns=63, pool=1, channels=31), "inputs of the hidden layer"),
        (lambda: SPOON().replace(lern=1), "Did you mean 'learn'"),
        (lambda: SPOON(SMALL).init(kernels=np.ones((3, 3))), r"kernels has shape \(3, 3\)"),
        (
            lambda: SPOON(SMALL).init(bias=[1 << 23, 0, 0]),
            "bias is 24 bits wide and holds -8388607 to 8388607, got 8388608",
        ),
        (
            lambda: SPOON(SMALL).init(w_output=np.full((21, 4), -128)),
            "w_output is 8 bits wide and holds -127 to 127, got -128",
        ),
        (lambda: run([[9, 0, 0]]), "event 0 of sample 0 has row 9, expected 0 to 8"),
        (lambda: run([[0, 0, 0], [0, 8, 0]]), "event 1 of sample 0 has column 8"),
        (lambda: run([[0, 0, 255]]), "has time 255, expected 0 to 254"),
        (lambda: run([[0, 0, -1]]), r"event 0 is \[0, 0, -1\]"),
        (lambda: run([[0, 0]]), r"events have shape \(1, 2\)"),
        (lambda: run([[0, 0, 0]], 4), "the label of sample 0 is 4, expected 0 to 3"),
        (lambda: run([[0, 0, 0]], 1.5), "labels have shape .* of float64"),
        (lambda: run([[0, 0, 0]], record=("hiden",)), "Did you mean 'hidden'"),
        (
            lambda: SPOON(SMALL).run_batch([drawn(SPOON(SMALL))], []),
            "got 0 lists of samples for 1 chips",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def run(events, label=None, **how):
    chip = SPOON(SMALL)
    return chip.run(chip.init(), events, label, **how)
