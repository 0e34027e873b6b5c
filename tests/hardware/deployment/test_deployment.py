"""What chips hold without rounding they compute as the network does, spike by spike."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.hardware.chips import odin, reckon
from ranvier.hardware.deployment import NotDeployable, answers, certify, deploy
from ranvier.nets import Layer, observe
from ranvier.neurons import IF, LIF, SNU, Izhikevich, LeakyIntegrator
from tests.hardware.deployment.networks import (
    for_crossbar,
    for_reckon,
    one_at_a_time,
    unit,
)


def outputs_of(model, spikes):
    found = observe(model, jnp.asarray(spikes, jnp.float32)).neurons
    return [part.outputs for part in found]


@pytest.mark.parametrize(("sizes", "loops"), [((12,), True), ((7, 9), True), ((5, 6, 4), False)])
def test_reckon_is_the_network(sizes, loops):
    random = np.random.default_rng(sum(sizes))
    model = for_reckon(random, 9, *sizes, loops=loops)
    spikes = random.random((25, 4, 9)) < 0.5
    ran = deploy(model, "reckon", spikes).run(spikes)
    for own, held in zip(outputs_of(model, spikes), ran.activity, strict=True):
        assert own.any()
        np.testing.assert_array_equal(own, held)


@pytest.mark.parametrize("chip", ["odin", "tiny-odin"])
def test_a_layer_on_a_crossbar_is_the_network_when_inputs_come_one_by_one(chip):
    random = np.random.default_rng(3)
    model = for_crossbar(random, 20, 30, floor=chip == "odin")
    spikes = one_at_a_time(random, 60, 5, 20)
    ran = deploy(model, chip, spikes).run(spikes)
    (own,) = outputs_of(model, spikes)
    assert own.sum() > 100
    np.testing.assert_array_equal(own, ran.activity[0])
    assert ran.counts["lost"] == 0


@pytest.mark.parametrize("chip", ["odin", "tiny-odin"])
def test_two_layers_on_a_crossbar_send_every_hidden_spike_on(chip):
    # One hidden unit: its spikes come one by one, so that the second layer is exact, too.
    random = np.random.default_rng(4)
    model = for_crossbar(random, 6, 1, 25, low=1, floor=chip == "odin")
    # The weights of the second layer get both signs.
    signs = jnp.where(jnp.arange(25) % 2, -1.0, 1.0)[:, None]
    model = jax.tree.map(lambda a: a * signs if np.shape(a) == (25, 1) else a, model)
    spikes = one_at_a_time(random, 80, 3, 6)
    placed = deploy(model, chip, spikes)
    ran = placed.run(spikes)
    hidden, last = outputs_of(model, spikes)
    np.testing.assert_array_equal(hidden, ran.activity[0])
    np.testing.assert_array_equal(last, ran.activity[1])
    assert last.sum() > 50
    # A row of ODIN has one sign: the unit that excites and inhibits is there twice.
    program: Any = placed.program
    copies = program.placement.units[0]
    assert (copies >= 0).sum() == (2 if chip == "odin" else 1)


def test_where_nothing_is_rounded_the_certificate_says_so():
    random = np.random.default_rng(5)
    model = for_reckon(random, 9, 12)
    spikes = random.random((25, 20, 9)) < 0.5
    labels = answers(outputs_of(model, spikes)[-1])
    found = certify(model, deploy(model, "reckon", spikes), spikes, labels)
    assert (found.before, found.after, found.agreeing, found.differing) == (100, 100, 20, ())
    assert [layer.equal for layer in found.layers] == [100]
    assert all(line.error < 1e-6 for line in found.roundings)
    assert all(check.kept for check in found.checks)
    # Energy as the chip's own count of operations has it.
    operations = 20 * found.counts["synaptic_operations"]
    assert found.cost is not None and found.cost.picojoule == pytest.approx(5.3 * operations)


def test_a_certificate_names_the_samples_that_differ():
    random = np.random.default_rng(6)
    model = for_reckon(random, 9, 12)
    spikes = random.random((25, 20, 9)) < 0.5
    placed = deploy(model, "reckon", spikes)
    other = jax.tree.map(lambda a: -a if np.ndim(a) == 2 else a, model)
    found = certify(other, placed, spikes)
    assert found.before is None and found.differing
    assert found.agreeing + len(found.differing) == 20
    one = answers(outputs_of(other, spikes)[-1])
    for sample, before, after in found.differing:
        assert before == one[sample] != after


@pytest.mark.parametrize("chip", ["odin", "tiny-odin", "reckon"])
def test_real_numbers_are_rounded_by_little_and_answers_stay_near(chip):
    key = jax.random.key(2)
    if chip == "reckon":
        model = rv.chain(
            30, rv.recurrent(SNU(20, decay=0.95)), LeakyIntegrator(4, decay=0.95), key=key
        )
    else:
        model = rv.chain(
            30,
            SNU(20, decay=0.9, g=jax.nn.relu, threshold=0.6),
            SNU(4, threshold=0.4, g=jax.nn.relu),
            key=key,
        )
    spikes = np.random.default_rng(1).random((20, 60, 30)) < 0.3
    found = certify(model, deploy(model, chip, spikes), spikes)
    weights = [line.error for line in found.roundings if line.quantity == "weights"]
    assert 0 < max(weights) < (0.02 if chip == "reckon" else 0.12)
    assert found.agreeing > (54 if chip == "reckon" else 30)


def chain_of(*neurons, inputs=4):
    return rv.chain(inputs, *neurons, key=jax.random.key(0))


OUT = LeakyIntegrator(2)


@pytest.mark.parametrize(
    ("chip", "model", "said"),
    [
        ("odin", chain_of(Izhikevich(3)), "layer 1 breaks the rule of neuron: got Izhikevich"),
        ("odin", chain_of(SNU.soft(3)), "rule of spikes: got real outputs"),
        ("odin", chain_of(SNU(3), OUT), "layer 2 breaks the rule of outputs: got a readout"),
        ("odin", chain_of(rv.recurrent(SNU(3))), "rule of loops"),
        ("odin", chain_of(LIF(3, reset="subtract")), "rule of reset: got subtract"),
        ("odin", chain_of(LIF(3, reset_time="next_update")), "rule of reset time"),
        ("odin", chain_of(SNU(3, threshold=0.0)), "rule of threshold"),
        ("odin", chain_of(SNU(120), SNU(10), inputs=64), "rule of rows and columns"),
        ("tiny-odin", chain_of(SNU(200), SNU(10), inputs=64), "expected at most 256"),
        ("reckon", chain_of(SNU(3)), "rule of outputs: got SNU, expected LeakyIntegrator"),
        ("reckon", chain_of(OUT), "rule of hidden layers"),
        ("reckon", chain_of(SNU(3, decay=0.5), OUT), "rule of leak: got a decay of 0.5"),
        ("reckon", chain_of(SNU(200), SNU(60), OUT), "rule of neurons: got 260"),
        ("reckon", chain_of(SNU(3), OUT, inputs=300), "rule of inputs: got 300"),
        ("reckon", chain_of(SNU(3), LeakyIntegrator(17)), "got 17, expected at most 16"),
        ("reckon", chain_of(IF(3, starting_potential=0.2), OUT), "rule of rest"),
        ("reckon", chain_of(SNU(3), rv.SNU(2, g=jnp.tanh), OUT), "layer 2 breaks the rule of me"),
    ],
)
def test_what_does_not_fit_is_refused_by_layer_and_rule(chip, model, said):
    spikes = np.ones((3, 2, model.in_size))
    with pytest.raises(NotDeployable, match=said) as told:
        deploy(model, chip, spikes)
    assert told.value.checks and not any(check.kept for check in told.value.checks)


def test_synapses_with_memory_are_refused():
    from ranvier.synapses import Delayed, OneToOne

    model = Layer(unit(3), {"dendrite": Delayed(OneToOne(3), 2)}, name="late")
    with pytest.raises(NotDeployable, match="late breaks the rule of synapse: got Delayed"):
        deploy(model, "odin", np.ones((3, 1, 3)))


def test_inputs_are_spikes():
    model = chain_of(SNU(3))
    with pytest.raises(ValueError, match=r"inputs hold 0\.5, expected 0 and 1 alone"):
        deploy(model, "odin", np.full((2, 1, 4), 0.5))
    with pytest.raises(ValueError, match="examples have 5 inputs, expected 4"):
        deploy(model, "odin", np.ones((2, 1, 5)))
    with pytest.raises(ValueError, match="chip"):
        deploy(model, "odinn", np.ones((2, 1, 4)))


def test_convolutions_become_rows():
    from ranvier.synapses import Convolution

    key = jax.random.key(0)
    synapse = Convolution.random((4, 4, 1), 2, kernel=3, key=key)
    model = Layer(SNU(synapse.shape), {"dendrite": synapse}, name="conv")
    spikes = one_at_a_time(np.random.default_rng(0), 5, 2, 16)
    assert deploy(model, "odin", spikes).run(spikes).activity[0].shape == (5, 2, 8)


def test_a_test_bench_gets_the_same_odin(tmp_path):
    model = for_crossbar(np.random.default_rng(8), 12, 10, 6)
    spikes = one_at_a_time(np.random.default_rng(9), 30, 1, 12)
    placed = deploy(model, "odin", spikes)
    files = placed.write(tmp_path / "chip", spikes[:, 0])
    assert [path.name for path in files] == ["neurons.hex", "synapses.hex", "transcript.txt"]
    sent = odin.read_transcript(files[-1])
    chip = odin.program_from(sent)
    _, output = chip.run(chip.init(), sent.events)
    ran = placed.run(spikes)
    assert output.counts.synaptic_operations == ran.counts["synaptic_operations"]
    fired = np.bincount(output.events.value, minlength=256)
    program: Any = placed.program
    last = program.placement.units[-1][0]
    np.testing.assert_array_equal(fired[last], ran.activity[-1].sum((0, 1)))
    assert fired[last].any()


def test_a_test_bench_gets_the_same_reckon(tmp_path):
    model = for_reckon(np.random.default_rng(8), 9, 7)
    spikes = np.random.default_rng(9).random((20, 1, 9)) < 0.5
    placed = deploy(model, "reckon", spikes)
    *_, path = placed.write(tmp_path, spikes[:, 0])
    (outcome,) = reckon.replay(reckon.read_transcript(path)).outcomes
    ran = placed.run(spikes)
    assert outcome.counts._asdict() == ran.counts
    v = placed.program.run(spikes).activity[-1][-1, 0]
    program: Any = placed.program
    np.testing.assert_allclose(outcome.v * program.shown, v, rtol=1e-6)


def test_of_tiny_odin_nothing_is_written(tmp_path):
    model = for_crossbar(np.random.default_rng(8), 12, 10, floor=False)
    spikes = one_at_a_time(np.random.default_rng(9), 5, 1, 12)
    assert deploy(model, "tiny-odin", spikes).write(tmp_path, spikes[:, 0]) == []


def test_the_certificate_has_the_cost_before_and_on_the_chip():
    model = rv.chain(3, rv.SNU(2, decay=1.0, g=jax.nn.relu), key=jax.random.key(0))
    spikes = np.zeros((4, 2, 3))
    spikes[0, 0] = 1  # Three spikes to two units.
    found = certify(model, deploy(model, "odin", spikes), spikes)
    assert found.cost_before.operations == 6
    assert found.cost_before.picojoule == pytest.approx(6 * 0.9)
    assert found.cost is not None
    assert found.cost.operations == found.counts["synaptic_operations"] * 2
