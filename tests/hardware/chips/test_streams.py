"""Chips that hear and learn from files of address-events."""

import numpy as np
import pytest

from ranvier.data.events import AddressEvents, AddressLayout, Events, Field, read, write
from ranvier.hardware.chips import cycles_of, inputs_of, odin, reckon, ticks_of, tiny_odin

LINE = AddressEvents(layout=AddressLayout(x=Field(0, 3), width=8, height=1))


@pytest.fixture
def recording(tmp_path):
    """Channels 0 to 2 before channels 5 to 7, again and again, as a file of address-events."""
    draw = np.random.default_rng(0)
    x = np.tile([0, 1, 2, 5, 6, 7], 30)
    t = np.cumsum(draw.integers(20, 200, len(x)))
    path = tmp_path / "channels.aer"
    ones = np.ones_like(x)
    write(path, Events(t, x, 0 * x, ones, width=8, height=1), format=LINE)
    return path, Events(t, x, 0 * x, ones, width=8, height=1)


def learner():
    neuron = odin.LIFNeuron(
        thr=15, ca_en=1, thetamem=5, ca_theta1=0, ca_theta2=7, ca_theta3=7, ca_leak=3
    )
    synapses = np.zeros((256, 256), int)
    synapses[:8, 200] = 8 + 3
    return odin.ODIN({200: neuron}, synapses, odin.Configuration(open_loop=1))


def test_odin_learns_from_a_file(recording):
    path, told = recording
    heard = read(path, format=LINE)
    chip = learner()
    codes = odin.spike(inputs_of(heard, 256))
    assert codes.tolist() == [odin.spike(int(x)) for x in told.x]
    arrivals = cycles_of(heard, clock_MHz=75.0)
    assert arrivals.tolist() == ((told.t - told.t[0]) * 75).tolist()
    state, output = chip.run(chip.init(), codes, arrivals=arrivals)
    by_hand, _ = chip.run(chip.init(), codes)
    # An event takes 512 cycles, less than the 1500 until the next: nothing waits.
    assert np.array_equal(state.synapses, by_hand.synapses)
    assert output.counts.synapse_changes > 10
    assert state.counts[0] >= arrivals[-1] + 512


def test_reckon_learns_from_a_file(recording):
    path, told = recording
    heard = read(path, format=LINE)
    spikes = ticks_of(heard, 8, tick_us=500)
    assert spikes.sum() <= len(told)
    assert spikes.any(0).tolist() == [True] * 3 + [False] * 2 + [True] * 3
    chip = reckon.ReckOn(
        reckon.Registers(
            num_inp_neur=7, num_rec_neur=15, num_out_neur=1, do_eprop=7, h_0=1, h_4=1, kappa=0x79,
            fp_loc_winp=3, fp_loc_wrec=3, fp_loc_wout=3, fp_loc_tinp=3, fp_loc_trec=4,
            fp_loc_tout=4, learn_sig_scale=5, lr_p_winp=12, lr_p_wrec=12, lr_p_wout=12,
        ),
        alpha=0xFEF,
        threshold=300,
    )  # fmt: skip
    draw = np.random.default_rng(0)
    state = chip.init(
        w_inp=draw.integers(20, 90, (8, 16)),
        w_rec=draw.integers(-5, 5, (16, 16)),
        w_out=draw.integers(-20, 20, (16, 2)),
    )
    asked = np.arange(len(spikes)) >= len(spikes) // 2
    after, outcome = chip.run(state, spikes, asked=asked, target=1)
    assert outcome.counts.weight_changes > 0
    assert not np.array_equal(after.w_out, state.w_out)


def test_a_window_of_ticks_is_cut_or_filled():
    seen = Events([5, 105], [0, 1], [0, 0], [1, 1], width=2, height=1)
    assert ticks_of(seen, 2, tick_us=100, ticks=1).tolist() == [[True, False]]
    assert ticks_of(seen, 2, tick_us=100, ticks=4).sum(1).tolist() == [1, 1, 0, 0]
    nothing = Events([], [], [], [], width=2, height=1)
    assert ticks_of(nothing, 2, tick_us=100).shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda e: inputs_of(Events([0], [0], [0], [1]), 256), "nobody said how large"),
        (lambda e: inputs_of(e, 7), "8 x 1 pixels, 8 inputs, expected at most 7"),
        (lambda e: inputs_of(e, 15, polarity=True), "two polarities, 16 inputs"),
        (lambda e: cycles_of(e, 0.0), "clock_MHz"),
        (lambda e: ticks_of(e, 8, tick_us=0), "tick_us"),
    ],
)
def test_what_does_not_fit(recording, call, told):
    with pytest.raises(ValueError, match=told):
        call(recording[1])


def test_addresses_of_many_neurons_at_once():
    assert odin.spike([1, 2]).tolist() == [odin.spike(1), odin.spike(2)]
    assert odin.synapse(3, np.array([4, 5])).tolist() == [odin.synapse(3, 4), odin.synapse(3, 5)]
    assert tiny_odin.spike([1, 2]).tolist() == [1, 2]
    with pytest.raises(ValueError, match="neuron is 256, expected 0 to 255"):
        odin.spike([0, 256])
