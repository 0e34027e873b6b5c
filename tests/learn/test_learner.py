"""The learner that never stops: the online rules' gradients, step by step, and what goes on."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import Learner, exact, local, losses, signals
from ranvier.learn.eligibility import uoro
from tests.learn.test_rules import flat

STEPS, WIDTH = 30, 3


def network(hidden=None, width=WIDTH, answers=2):
    hidden = hidden or rv.recurrent(rv.SNU.soft(5))
    return rv.chain(width, hidden, rv.Readout(answers), key=jr.key(0))


def stream(steps=STEPS, streams=(4,), width=WIDTH, answers=2):
    keys = jr.split(jr.key(1), 2)
    xs = jr.bernoulli(keys[0], 0.4, (steps, *streams, width)).astype(float)
    return xs, jr.uniform(keys[1], (steps, *streams, answers))


def weights(learner):
    return flat(learner.model)


@pytest.mark.parametrize("make", [local, exact])
def test_between_updates_it_collects_the_gradient_of_the_online_rule(make, float64):
    model, (xs, targets) = network(), stream()
    learner = Learner(
        model,
        losses.squared_error,
        optax.sgd(1.0),
        eligibility=make(),
        every=STEPS,
        streams=(4,),
    )
    ys = learner.run(xs, targets)
    rule = rv.online(losses.squared_error, eligibility=make(), average=lambda mask: 1 / 4)
    gradient = rule(model, Batch(xs, targets, jnp.ones((STEPS, 4))), None)[1]
    np.testing.assert_allclose(weights(learner), flat(model) - flat(gradient), rtol=1e-11)
    np.testing.assert_allclose(ys, rv.run(model, xs)[1], rtol=1e-12)


def test_small_steps_come_near_the_gradient_of_the_whole_sequence(float64):
    """Weights that change on the way: the gap shrinks with the learning rate, as it should."""
    model, (xs, targets) = network(), stream()
    rule = rv.online(losses.squared_error, eligibility=exact(), average=lambda mask: 1 / 4)
    gradient = flat(rule(model, Batch(xs, targets, jnp.ones((STEPS, 4))), None)[1])
    gaps = []
    for rate in (1e-3, 1e-4):
        learner = Learner(
            model, losses.squared_error, optax.sgd(rate), eligibility=exact(), streams=(4,)
        )
        learner.run(xs, targets)
        moved = (flat(model) - weights(learner)) / rate
        gaps.append(float(jnp.linalg.norm(moved - gradient) / jnp.linalg.norm(gradient)))
    assert gaps[0] < 0.2 and 8 < gaps[0] / gaps[1] < 12


def test_many_steps_at_once_are_single_steps(float64):
    xs, targets = stream(12)
    one, two = (
        Learner(network(), losses.squared_error, optax.adam(1e-2), every=5, streams=(4,))
        for _ in range(2)
    )
    ys = one.run(xs, targets)
    single = jnp.stack([two.learn(x, target) for x, target in zip(xs, targets, strict=True)])
    np.testing.assert_allclose(ys, single, rtol=1e-12)
    np.testing.assert_allclose(weights(one), weights(two), rtol=1e-12)
    assert one.steps == two.steps == 12


@pytest.mark.parametrize("eligibility", [local, uoro])
def test_a_learner_goes_on_as_if_it_had_not_been_saved(tmp_path, eligibility):
    xs, targets = stream(40)

    def make():
        return Learner(
            network(),
            losses.squared_error,
            optax.adam(1e-2),
            eligibility=eligibility(),
            every=7,
            streams=(4,),
            seed=3,
        )

    whole, first, later = make(), make(), make()
    expected = whole.run(xs, targets)
    # Not at a multiple of the steps between updates: what is collected must be saved too.
    first.run(xs[:18], targets[:18])
    first.save(tmp_path / "learner.safetensors")
    later.restore(tmp_path / "learner.safetensors")
    assert jnp.array_equal(later.run(xs[18:], targets[18:]), expected[18:])
    assert jnp.array_equal(weights(later), weights(whole))
    assert later.steps == 40


def test_without_a_target_nothing_is_learned_and_traces_go_on(float64):
    model, (xs, targets) = network(), stream()
    mask = jr.bernoulli(jr.key(5), 0.5, (STEPS, 4))
    some = jnp.where(mask[..., None], targets, jnp.nan)
    settings = {"every": STEPS, "streams": (4,)}
    learner = Learner(model, losses.squared_error, optax.sgd(1.0), **settings)
    learner.run(xs, some)
    # The mean over the streams that have a target in a step.
    share = mask / jnp.maximum(mask.sum(1, keepdims=True), 1)
    rule = rv.online(losses.squared_error, average=lambda mask: 1.0)
    gradient = rule(model, Batch(xs, targets, share), None)[1]
    np.testing.assert_allclose(weights(learner), flat(model) - flat(gradient), rtol=1e-11)
    deaf = Learner(model, losses.squared_error, optax.adam(1.0), streams=(4,))
    np.testing.assert_allclose(deaf.run(xs), rv.run(model, xs)[1], rtol=1e-12)
    assert jnp.array_equal(weights(deaf), flat(model))
    assert deaf.learn(xs[0]).shape == (4, 2)


def test_at_rest_it_learns_as_from_the_start_and_keeps_what_it_learned(float64):
    xs, targets = stream()
    learner = Learner(network(), losses.squared_error, optax.sgd(0.1), every=STEPS, streams=(4,))
    first = learner.run(xs, targets)
    learner.rest()
    again = Learner(learner.model, losses.squared_error, optax.sgd(0.1), every=STEPS, streams=(4,))
    second = learner.run(xs, targets)
    assert not jnp.allclose(second, first)
    np.testing.assert_allclose(second, again.run(xs, targets), rtol=1e-12)
    np.testing.assert_allclose(weights(learner), weights(again), rtol=1e-12)


def test_streams_do_not_hear_each_other():
    xs, _ = stream()
    other = xs.at[:, 1:].set(1.0)
    one, two = (
        Learner(network(), losses.squared_error, optax.sgd(0.1), streams=(4,)).run(given)
        for given in (xs, other)
    )
    assert jnp.array_equal(one[:, 0], two[:, 0]) and not jnp.array_equal(one[:, 1], two[:, 1])


def test_memory_stays_as_it_is():
    learner = Learner(network(), losses.squared_error, optax.adam(1e-3))
    sizes = []
    for steps in (10, 10_000, 30_000):
        xs, targets = stream(steps, ())
        learner.run(xs, targets)
        arrays = jax.tree.leaves(eqx.filter(learner.state, eqx.is_array))
        sizes.append(sum(a.size for a in arrays))
    assert len(set(sizes)) == 1 and learner.steps == 40_010


def test_it_learns_while_it_runs():
    """The delayed input, two steps back, at the end of 4000 steps."""
    x = jr.bernoulli(jr.key(0), 0.5, (4000, 1)).astype(jnp.float32)
    target = jnp.concatenate([jnp.zeros((2, 1)), x[:-2]])
    unit = rv.recurrent(rv.SNU.soft(30, decay=0.9))
    model = network(unit, 1, 1)
    learner = Learner(model, losses.squared_error, optax.adam(5e-3), eligibility=exact())
    error = np.asarray((learner.run(x, target) - target) ** 2)
    # Half the variance of a fair bit is what guessing costs.
    assert error[:200].mean() > 0.15 and error[-500:].mean() < 0.08


def test_what_is_not_finite_is_refused_and_nothing_is_lost():
    xs, targets = stream(20, ())
    learner = Learner(network(), losses.squared_error, optax.sgd(1e30))
    before = learner.learn(xs[0], targets[0] * 0 + 1e-38), weights(learner)
    with pytest.raises(FloatingPointError, match=r"step \d+ gives a loss or weights that are not"):
        learner.run(xs, 1e6 * targets)
    assert learner.steps == 1 and jnp.array_equal(weights(learner), before[1])
    with pytest.raises(ValueError, match="step 1: the input is not finite"):
        learner.learn(xs[0] * jnp.nan)


def test_a_stream_keeps_its_width():
    learner = Learner(network(), losses.squared_error, optax.sgd(0.1), streams=(2,))
    with pytest.raises(ValueError, match=r"got an input of shape \(2, 4\), expected \(2, 3\)"):
        learner.learn(jnp.ones((2, 4)))
    with pytest.raises(ValueError, match=r"got targets of shape \(5, 3, 2\), expected \(5, 2, 2\)"):
        learner.run(jnp.ones((5, 2, 3)), jnp.ones((5, 3, 2)))
    with pytest.raises(ValueError, match="every is 0, expected at least 1 step"):
        Learner(network(), losses.squared_error, optax.sgd(0.1), every=0)
    with pytest.raises(TypeError, match="online rules know layers"):
        Learner(rv.chain(3, network(), key=jr.key(0)), losses.squared_error, optax.sgd(0.1))


def test_any_signal_will_do():
    xs, targets = stream()
    learner = Learner(
        network(),
        losses.squared_error,
        optax.adam(1e-2),
        signal=signals.direct(jr.key(2)),
        streams=(4,),
    )
    first = learner.run(xs, targets)
    assert float(jnp.abs(learner.run(xs, targets) - first).max()) > 1e-3
