"""How the machine is spoken to: pieces, batches, records and what is refused."""

import numpy as np
import pytest

from ranvier.hardware.chips.reckon import (
    ReckOn,
    Recorded,
    Registers,
    cue_accumulation_chip,
    random_seeds,
)

TICKS = 30


@pytest.fixture(scope="module")
def small():
    """A chip that learns in most ticks, its state, and a sample."""
    generator = np.random.default_rng(3)
    chip = cue_accumulation_chip().replace(num_inp_neur=9, num_rec_neur=19, lr_p_winp=20)
    chip = ReckOn(chip.registers, alpha=0xFEF, threshold=300)
    weights = [generator.integers(-40, 60, shape) for shape in ((10, 20), (20, 20), (20, 2))]
    spikes = generator.random((TICKS, 10)) < 0.3
    return chip, chip.init(*weights), spikes, np.arange(TICKS) >= 5


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


def test_pieces_give_what_the_whole_gives(small):
    chip, state, spikes, asked = small
    names = tuple(Recorded._fields)
    whole, outcome = chip.run(state, spikes, asked=asked, target=1, record=names)
    assert outcome.counts.weight_changes > 20 and outcome.counts.spikes > 20
    pieces, now = [], state
    for begin, end in ((0, 1), (1, 2), (2, 17), (17, TICKS)):
        part = slice(begin, end)
        now, piece = chip.run(
            now, spikes[part], asked=asked[part], target=1, ends=end == TICKS, record=names
        )
        pieces.append(piece)
    assert same(now, whole)
    assert pieces[-1].answer == outcome.answer
    for name in names:
        joined = np.concatenate([piece.recorded[name] for piece in pieces])
        assert np.array_equal(joined, outcome.recorded[name]), name
    totals = np.sum([piece.counts for piece in pieces], 0)
    assert totals.tolist() == list(outcome.counts)


def test_what_is_recorded_agrees_with_what_is_returned(small):
    chip, state, spikes, asked = small
    names = ("votes", "v", "generators", "w_inp", "w_rec", "w_out", "z", "error", "learning_signal")
    after, outcome = chip.run(state, spikes, asked=asked, target=1, record=names)
    recorded = outcome.recorded
    assert same([recorded[name][-1] for name in ("w_inp", "w_rec", "w_out")], chip.weights(after))
    assert np.array_equal(recorded["votes"][-1], outcome.votes)
    assert np.array_equal(recorded["v"][-1], outcome.v)
    assert np.array_equal(recorded["generators"][-1], after.generators)
    assert recorded["z"][:-1].sum() <= outcome.counts.spikes == recorded["z"].sum()
    assert outcome.votes.sum() == asked.sum()
    # The learning signal, in the first tick with a target: symmetric feedback of the error.
    first = 5
    assert not recorded["error"][:first].any() and recorded["error"][first].any()
    product = chip.weights(state)[2].astype(int) @ recorded["error"][first]
    assert np.array_equal(recorded["learning_signal"][first], product << 5 >> 12)


def test_a_state_that_was_given_is_not_changed(small):
    chip, state, spikes, asked = small
    before = [array.copy() for array in state]
    once, _ = chip.run(state, spikes, asked=asked, target=0)
    assert same(state, before)
    assert same(chip.run(state, spikes, asked=asked, target=0)[0], once)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_batch_is_its_chips_one_by_one(small, workers):
    chip, state, spikes, asked = small
    generator = np.random.default_rng(1)
    states = [chip.replace(**random_seeds(generator)).reseed(state) for _ in range(3)]
    batch = np.stack([spikes, spikes, ~spikes], 1)
    labels = [0, 1, 1]
    after, outcomes = chip.run_batch(
        states, batch, asked=asked, target=labels, workers=workers, record=("u",)
    )
    for n, label in enumerate(labels):
        alone, outcome = chip.run(states[n], batch[:, n], asked=asked, target=label, record=("u",))
        assert same(after[n], alone)
        assert np.array_equal(outcomes[n].recorded["u"], outcome.recorded["u"])
    assert not np.array_equal(outcomes[0].recorded["u"], outcomes[1].recorded["u"])


def test_without_learning_weights_stay(small):
    chip, state, spikes, asked = small
    after, outcome = chip.replace(do_eprop=0).run(state, spikes, asked=asked, target=1)
    assert same(chip.weights(after), chip.weights(state)) and not outcome.counts.weight_changes
    assert not same(after, state)


def test_synaptic_operations_are_weights_that_arrive():
    chip = ReckOn(Registers(do_eprop=0, num_inp_neur=3, num_rec_neur=5, num_out_neur=1))
    spikes = np.zeros((4, 4), bool)
    spikes[0, :2] = spikes[3] = True
    _, outcome = chip.run(chip.init(), spikes)
    # The last tick delivers nothing.
    assert outcome.counts == (2, 0, 12, 0)
    assert outcome.counts.energy().picojoule == pytest.approx(12 * 5.3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"spikes": np.zeros(4)}, r"spikes have shape \(4,\), expected \[ticks, inputs\]"),
        ({"spikes": np.ones((4, 21))}, "input 20 has an event, and the chip hears inputs below 20"),
        ({"spikes": np.ones((1, 10))}, "the sample has one tick, expected two or more"),
        ({"asked": np.ones(3)}, r"asked has shape \(3,\), expected \(4,\)"),
        ({"taught": np.ones(4)}, "taught in some tick and there is no target"),
        ({"target": 1.5}, r"target has shape \(\) of float64, expected \(\) or \(4,\) of integers"),
        ({"target": 256}, "target is 8 bits wide and holds 0 to 255, got 256"),
        ({"target": np.ones((4, 2), int)}, r"target has shape \(4, 2\)"),
        ({"record": ("voltage",)}, "record is 'voltage'"),
    ],
)
def test_what_cannot_be_run_is_refused(small, changes, words):
    chip, state, _, _ = small
    with pytest.raises(ValueError, match=words):
        chip.run(state, **{"spikes": np.ones((4, 10)), **changes})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ReckOn(Registers(), alpha=4096), "alpha is 12 bits wide and holds 0 to 4095"),
        (lambda: ReckOn(Registers(), threshold=[1, 2]), r"threshold has shape \(2,\).*128"),
        (lambda: ReckOn(Registers(), threshold=40000), "threshold is 16 bits wide"),
        (lambda: ReckOn(Registers()).init(w_inp=[[1]]), r"w_inp has shape \(1, 1\)"),
        (lambda: ReckOn(Registers()).init(w_rec=np.full((2, 2), 128)), "w_rec is 8 bits.*got 128"),
        (lambda: ReckOn(Registers()).init(w_out=[[0.5], [1]]), "w_out has shape .* of float64"),
        (lambda: ReckOn(Registers()).replace(kapa=3), "Did you mean 'kappa'"),
        (lambda: ReckOn(Registers()).run_batch([], np.ones((2, 3, 2))), "expected 0 chips"),
        (
            lambda: ReckOn(Registers()).run_batch([], np.ones((2, 2)), target=[1]),
            "got 1 targets for 0 chips",
        ),
    ],
)
def test_chips_that_cannot_be_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_regression_needs_a_number_per_output():
    chip = ReckOn(Registers(regression=1, num_out_neur=2))
    with pytest.raises(ValueError, match=r"target has shape \(\).*expected \(3,\) or \(4, 3\)"):
        chip.run(chip.init(), np.ones((4, 2)), asked=np.ones(4), target=1)


def test_leaks_take_their_upper_bits_from_a_register():
    chip = ReckOn(Registers(alpha_conf1=1 << 3), alpha=0x123)
    assert chip.leak[35] == 0x8123 and (np.delete(chip.leak, 35) == 0x7123).all()


@pytest.mark.parametrize("event", [False, True])
def test_learning_without_a_target_sees_what_the_memory_last_held(event):
    """Regularisation in every tick looks at the last pair as it was before the step.

    In the first step of a sample that is what the last sample left, unless an event has written
    the pair since.
    """
    registers = Registers(
        do_eprop=3, regul_mode=6, regul_w=3, fp_loc_winp=3, thr_h_0=200, h_0=3, h_1=5, h_4=5
    )
    chip = ReckOn(registers, alpha=0xFFF, threshold=1000)
    state = chip.init(w_inp=[[50, 0], [0, 0]])
    state, first = chip.run(state, [[1, 0], [0, 0], [0, 0]], record=("u", "pseudo_derivative"))
    assert first.recorded["u"][:, 0].tolist() == [0, 399, 398]
    # A membrane of 0 before the first event, 400 after it.
    assert first.recorded["pseudo_derivative"][:, 0].tolist() == [0, 5, 0]
    spikes = np.zeros((4, 2), bool)
    spikes[0, 1] = event
    _, second = chip.run(state, spikes, record=("u", "pseudo_derivative"))
    assert not second.recorded["u"].any()
    assert second.recorded["pseudo_derivative"][:, 0].tolist() == [0, 3 if event else 5, 3, 0]


def test_a_change_of_27_bits_turns_into_the_strongest_of_the_other_sign():
    registers = Registers(
        do_eprop=1, alpha_conf0=1, learn_sig_scale=12, h_4=15, regression=1, no_out_act=1
    )
    chip = ReckOn(registers, alpha=0, threshold=32767)
    state = chip.init(w_inp=np.full((2, 2), 9), w_out=np.full((2, 1), 127))
    for trace, after in ((273, 10), (274, 8)):
        begun, _ = chip.run(state, np.zeros((1, 2)), ends=False)
        begun.e_inp[:] = trace, *[0] * 255
        begun.generators[0] = 0  # Every update is allowed.
        done, outcome = chip.run(
            begun,
            np.zeros((1, 2)),
            taught=[1],
            target=[32767],
            ends=False,
            record=("learning_signal", "pseudo_derivative"),
        )
        # 32767 * 15 * 273 is below 2**27 and 32767 * 15 * 274 above; the step takes one off 274.
        assert outcome.recorded["learning_signal"][0, 0] == 32767
        assert outcome.recorded["pseudo_derivative"][0, 0] == 15
        assert chip.weights(done)[0][0].tolist() == [after, after], trace
