"""The training loop: any rule and optimiser, the right epoch, and interruption without a trace."""

import errno
import os

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.core import Batch, load, read_settings
from ranvier.learn import CarriedBPTT, Epoch, fit, losses, mean_loss, truncated_bptt

STEPS, EXAMPLES, WIDTH = 5, 2, 3
ADAM = optax.adam(3e-2)
BPTT, ONLINE = rv.bptt(losses.bernoulli), rv.online(losses.bernoulli)


def start(key=0):
    return rv.chain(WIDTH, rv.SNU(4, threshold=0.3), rv.Readout(2), key=jr.key(key))


def batches(epoch):
    """Three batches, other ones in each epoch, the second with padding."""
    rng = np.random.default_rng([7, epoch])
    for index in range(3):
        x = (rng.random((STEPS, EXAMPLES, WIDTH)) < 0.5).astype(np.float32)
        target = np.stack([x[..., 0], x[..., 1] * x[..., 2]], -1)
        mask = np.ones((STEPS, EXAMPLES), np.float32)
        mask[3:, 1] = 1 if index != 1 else 0
        yield Batch(x, target, mask)


VALID = list(batches(99))


def validate(model):
    return mean_loss(model, VALID, losses.bernoulli)


def train(model=None, rule=BPTT, optimiser=ADAM, epochs=6, data=batches, **options):
    model = start() if model is None else model
    return fit(model, data, rule, optimiser, key=jr.key(5), epochs=epochs, **options)


def flat(tree):
    return np.concatenate([np.ravel(a) for a in jax.tree.leaves(eqx.filter(tree, eqx.is_array))])


@pytest.fixture(scope="module")
def uninterrupted():
    return train(validate=validate, monitor={"twice": lambda m: 2 * validate(m)})


# Any rule, any optimiser


@pytest.mark.parametrize(
    "rule", [BPTT, ONLINE, rv.rtrl(losses.bernoulli)], ids=["bptt", "online", "rtrl"]
)
def test_any_rule_learns_the_same(rule, uninterrupted):
    model, history = train(rule=rule, validate=validate)
    assert history.train[-1] < 0.9 * history.train[0]
    assert history.train == pytest.approx(uninterrupted[1].train, rel=1e-4)
    np.testing.assert_allclose(flat(model), flat(uninterrupted[0]), rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(
    "optimiser",
    [
        optax.chain(optax.clip_by_global_norm(0.5), optax.adam(3e-2)),
        optax.sgd(optax.linear_schedule(0.3, 0.1, 10), momentum=0.5),
        optax.adamw(3e-2, weight_decay=0.1),
    ],
    ids=["clipped", "scheduled", "decayed"],
)
def test_any_optimiser_learns(optimiser):
    _, history = train(optimiser=optimiser)
    assert history.train[-1] < history.train[0]


def test_clipping_bounds_the_step():
    clipped = optax.chain(optax.clip_by_global_norm(1e-3), optax.sgd(1.0))
    model, _ = train(optimiser=clipped, epochs=1)
    moved = np.linalg.norm(flat(model) - flat(start()))
    assert 0 < moved <= 3e-3 * (1 + 1e-5)


def test_one_update_is_the_rules_gradient_and_the_optimisers_step():
    first = next(batches(0))
    model, history = train(optimiser=optax.sgd(0.1), epochs=1, data=lambda epoch: [first])
    value, gradient = eqx.filter_jit(BPTT)(start(), first, None)
    np.testing.assert_allclose(
        flat(model), flat(start()) - 0.1 * flat(gradient), rtol=1e-5, atol=1e-6
    )
    assert history.train == pytest.approx((float(value),), rel=1e-6)


def test_the_start_is_left_as_it_was():
    model = start()
    train(model, epochs=1)
    assert np.array_equal(flat(model), flat(start()))


# Losses and masks


def test_mean_loss_is_per_valid_step():
    model, first = start(), VALID[1]
    _, ys = rv.run(model, first.x)
    each = np.asarray(losses.bernoulli(ys, first.target))
    expected = each[first.mask > 0].mean()
    assert mean_loss(model, [first], losses.bernoulli) == pytest.approx(expected, rel=1e-6)
    # Over batches of unlike size, steps count alike, not batches.
    both = mean_loss(model, VALID[:2], losses.bernoulli)
    parts = [mean_loss(model, [b], losses.bernoulli) * b.mask.sum() for b in VALID[:2]]
    assert both == pytest.approx(sum(parts) / sum(b.mask.sum() for b in VALID[:2]), rel=1e-6)


@pytest.mark.parametrize("nothing", [[], [Batch(VALID[0].x, VALID[0].target, VALID[0].mask * 0)]])
def test_a_mean_over_no_step(nothing):
    with pytest.raises(ValueError, match="no valid step"):
        mean_loss(start(), nothing, losses.bernoulli)


def test_padding_leaves_no_trace():
    def spoilt(epoch):
        for batch in batches(epoch):
            hole = (1 - batch.mask)[..., None]
            yield Batch(batch.x + 7 * hole, batch.target + 9 * hole, batch.mask)

    one, two = (train(data=data, epochs=2) for data in (batches, spoilt))
    assert np.array_equal(flat(one[0]), flat(two[0]))
    assert one[1].train == two[1].train


def test_the_training_loss_weighs_batches_by_their_steps():
    frozen = optax.sgd(0.0)
    _, history = train(optimiser=frozen, epochs=1)
    expected = mean_loss(start(), batches(0), losses.bernoulli)
    assert history.train[0] == pytest.approx(expected, rel=1e-6)


# The epoch that is returned


class Scripted:
    """A validation that says what it was told, and keeps the models it saw."""

    def __init__(self, *values):
        self.values, self.seen = list(values), []

    def __call__(self, model):
        self.seen.append(flat(model))
        return self.values[len(self.seen) - 1]


def test_the_best_epoch_is_returned():
    scripted = Scripted(3.0, 1.0, 2.0, 1.0, 5.0, 4.0)
    model, history = train(validate=scripted)
    assert history.best_epoch == 2 and not history.stopped_early
    assert history.valid == (3.0, 1.0, 2.0, 1.0, 5.0, 4.0)
    assert np.array_equal(flat(model), scripted.seen[1])
    assert not np.array_equal(flat(model), scripted.seen[-1])


def test_without_validation_the_last_is_returned(uninterrupted):
    model, history = train()
    assert history.best_epoch == 6 and len(history.valid) == 6 and np.isnan(history.valid).all()
    assert history.train == uninterrupted[1].train
    assert not np.array_equal(flat(model), flat(start()))


@pytest.mark.parametrize(
    ("patience", "epochs_run", "stopped"), [(1, 3, True), (2, 4, True), (3, 5, True), (9, 6, False)]
)
def test_early_stopping(patience, epochs_run, stopped):
    # An equal value is no better: from epoch 2 on, patience runs out.
    scripted = Scripted(3.0, 2.0, 2.5, 2.0, 2.2, 2.1)
    _, history = train(validate=scripted, patience=patience)
    assert (len(history.train), history.stopped_early) == (epochs_run, stopped)
    assert history.best_epoch == 2


def test_a_validation_that_is_not_a_number_is_never_best():
    nan = float("nan")
    for values, best in (((nan, 3.0, nan, 2.0), 4), ((nan, nan, 5.0), 3), ((4.0, nan, 3.0), 3)):
        scripted = Scripted(*values)
        model, history = train(validate=scripted, epochs=len(values))
        assert history.best_epoch == best
        assert np.array_equal(flat(model), scripted.seen[best - 1])


def test_monitors_watch_and_choose_nothing(uninterrupted):
    _, history = uninterrupted
    assert history.monitored["twice"] == tuple(2 * v for v in history.valid)
    assert history.valid[history.best_epoch - 1] == min(history.valid)


def test_the_average_is_the_weighted_mean_of_all_updates():
    """Plain training gives the parameters after every update; the mean of them is taken here."""
    plain = Scripted(*range(18, 0, -1))
    each = train(
        data=lambda update: [list(batches(update // 3))[update % 3]], epochs=18, validate=plain
    )[1]
    assert len(each.train) == 18
    scripted = Scripted(6.0, 5.0, 4.0, 1.0, 2.0, 3.0)
    model, history = train(average=0.8, validate=scripted)
    for epoch, seen in enumerate(scripted.seen, start=1):
        weights = 0.8 ** np.arange(3 * epoch)[::-1]
        expected = np.average(plain.seen[: 3 * epoch], axis=0, weights=weights)
        np.testing.assert_allclose(seen, expected, rtol=1e-5, atol=1e-6)
        assert not np.allclose(seen, plain.seen[3 * epoch - 1], rtol=1e-3)
    assert history.best_epoch == 4 and np.array_equal(flat(model), scripted.seen[3])


def test_training_does_not_see_the_average(uninterrupted):
    watched = Scripted(*[1.0] * 6)
    _, history = train(average=0.8, validate=validate, monitor={"seen": watched})
    assert history.train == uninterrupted[1].train
    assert history.valid != uninterrupted[1].valid
    assert history.valid[-1] == validate(_filled(start(), watched.seen[-1]))


@pytest.mark.parametrize("average", [0.0, 1.0, -0.5, 2.0])
def test_an_average_without_meaning_is_refused(average):
    with pytest.raises(ValueError, match=r"average is .+ expected above 0 and below 1"):
        train(average=average)


def test_an_averaged_training_that_was_cut_ends_alike(tmp_path):
    path = tmp_path / "training.safetensors"
    whole = resumable(tmp_path / "whole.safetensors", average=0.8)
    resumable(path, average=0.8, epochs=2)
    assert_as_uninterrupted(resumable(path, average=0.8), whole)
    with pytest.raises(ValueError, match="averages"):
        resumable(path)


def _filled(model, values):
    """The model with other numbers in its arrays, in their order."""
    arrays, rest = eqx.partition(model, eqx.is_array)
    leaves, tree = jax.tree.flatten(arrays)
    cuts = np.split(values, np.cumsum([leaf.size for leaf in leaves])[:-1])
    shaped = [cut.reshape(leaf.shape) for cut, leaf in zip(cuts, leaves, strict=True)]
    return eqx.combine(jax.tree.unflatten(tree, shaped), rest)


def test_progress_is_told_after_every_epoch(uninterrupted):
    told = []
    _, history = train(validate=validate, on_epoch=told.append)
    assert [type(epoch) for epoch in told] == [Epoch] * 6
    assert [epoch.number for epoch in told] == [1, 2, 3, 4, 5, 6]
    assert tuple(epoch.train for epoch in told) == history.train == uninterrupted[1].train
    assert tuple(epoch.valid for epoch in told) == history.valid
    assert [e.number for e in told if e.best][-1] == history.best_epoch


def test_noise_is_drawn_from_the_key():
    keys = []

    def drawing(model, batch, key):
        value, gradient = BPTT(model, batch, None)
        return value + jr.uniform(key), gradient

    frozen = optax.sgd(0.0)
    _, once = train(rule=drawing, optimiser=frozen, epochs=2, data=lambda e: list(batches(0))[:1])
    plain = mean_loss(start(), list(batches(0))[:1], losses.bernoulli)
    for epoch, value in enumerate(once.train):
        keys.append(float(jr.uniform(jr.fold_in(jr.fold_in(jr.key(5), epoch), 0))))
        assert value == pytest.approx(plain + keys[-1], rel=1e-5)
    assert keys[0] != keys[1]


# Interruption and resume


def assert_as_uninterrupted(found, uninterrupted):
    (model, history), (whole, its_history) = found, uninterrupted
    assert np.array_equal(flat(model), flat(whole))
    assert history == its_history


def resumable(path, **options):
    return train(
        validate=validate,
        monitor={"twice": lambda m: 2 * validate(m)},
        checkpoint=path,
        settings={"name": "a", "rates": (1, 2.5)},
        **options,
    )


class Stop(BaseException):
    """Stands for a kill."""


@pytest.mark.parametrize("how", [KeyboardInterrupt, Stop])
def test_an_interrupt_in_the_third_epoch(how, tmp_path, uninterrupted):
    path, stopped = tmp_path / "training.safetensors", []

    def interrupted(epoch):
        for index, batch in enumerate(batches(epoch)):
            if epoch == 2 and index == 1 and not stopped:
                stopped.append(True)
                raise how
            yield batch

    with pytest.raises(how):
        resumable(path, data=interrupted)
    assert len(read_settings(path)["history"]["train"]) == 2
    asked = []

    def counted(epoch):
        asked.append(epoch)
        return batches(epoch)

    assert_as_uninterrupted(resumable(path, data=counted), uninterrupted)
    assert asked == [2, 3, 4, 5]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_an_interrupt_while_saving(call, error, tmp_path, monkeypatch, uninterrupted):
    path, calls, real = tmp_path / "training.safetensors", [], getattr(os, call)

    def failing(*args):
        calls.append(args)
        if len(calls) == 3:
            raise error
        return real(*args)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        with pytest.raises(type(error)):
            resumable(path)
    assert len(read_settings(path)["history"]["train"]) == 2
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert_as_uninterrupted(resumable(path), uninterrupted)


def test_an_interrupt_after_each_epoch(tmp_path, uninterrupted):
    """Stopped as often as there are epochs, each time in the progress callback."""
    path, runs = tmp_path / "training.safetensors", 0

    def stop(epoch):
        raise KeyboardInterrupt

    while True:
        runs += 1
        try:
            found = resumable(path, on_epoch=stop)
        except KeyboardInterrupt:
            continue
        break
    assert runs == 7
    assert_as_uninterrupted(found, uninterrupted)


def test_a_finished_training_is_not_repeated(tmp_path, uninterrupted):
    path = tmp_path / "training.safetensors"
    resumable(path)

    def never(epoch):
        raise AssertionError("nothing is left to learn")

    assert_as_uninterrupted(resumable(path, data=never), uninterrupted)


def test_more_epochs_go_on_where_it_ended(tmp_path, uninterrupted):
    path = tmp_path / "training.safetensors"
    resumable(path, epochs=4)
    assert_as_uninterrupted(resumable(path), uninterrupted)


def test_early_stopping_survives_a_resume(tmp_path):
    path = tmp_path / "training.safetensors"
    script = [3.0, 2.0, 2.5, 2.6, 2.7, 2.8]

    def stop(epoch):
        if epoch.number == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(validate=Scripted(*script), patience=2, checkpoint=path, on_epoch=stop)
    model, history = train(validate=Scripted(*script[3:]), patience=2, checkpoint=path)
    scripted = Scripted(*script)
    whole, expected = train(validate=scripted, patience=2)
    assert history == expected and history.stopped_early and len(history.train) == 4
    assert np.array_equal(flat(model), flat(whole))
    again = train(validate=Scripted(), patience=2, checkpoint=path)
    assert again[1] == expected


def test_other_settings_are_refused(tmp_path):
    path = tmp_path / "training.safetensors"
    train(checkpoint=path, epochs=1, settings={"name": "a"})
    before = path.read_bytes()
    for other in ({"name": "b"}, {}, None, {"name": "a", "more": 1}):
        with pytest.raises(ValueError, match=r"belongs to a run with settings \{'name': 'a'\}"):
            train(checkpoint=path, epochs=2, settings=other)
    assert path.read_bytes() == before


def test_another_model_is_refused(tmp_path):
    path = tmp_path / "training.safetensors"
    train(checkpoint=path, epochs=1)
    other = rv.chain(WIDTH, rv.SNU(4, threshold=0.3, decay=0.4), rv.Readout(2), key=jr.key(0))
    with pytest.raises(ValueError, match=r"neuron.decay is 0.8 in the file, 0.4"):
        train(other, checkpoint=path, epochs=2)
    with pytest.raises(ValueError, match="parameters that the model given lacks"):
        train(checkpoint=path, epochs=2, optimiser=optax.sgd(0.1))


def test_a_file_that_is_no_training(tmp_path):
    path = tmp_path / "model.safetensors"
    rv.save(path, start())
    with pytest.raises(ValueError, match="belongs to a run with settings None"):
        train(checkpoint=path)


# What cannot be trained


@pytest.mark.parametrize("part", ["x", "target"])
def test_data_that_are_not_finite_are_named(part, tmp_path):
    path = tmp_path / "training.safetensors"

    def poisoned(epoch):
        for index, batch in enumerate(batches(epoch)):
            bad = epoch == 2 and index == 1
            wrong = {part: getattr(batch, part) * np.float32("nan")}
            yield batch._replace(**wrong) if bad else batch

    called = {"x": "input", "target": "target"}[part]
    with pytest.raises(ValueError, match=f"the {called} of batch 2 of epoch 3 has a value that"):
        train(data=poisoned, checkpoint=path)
    assert len(read_settings(path)["history"]["train"]) == 2


def test_a_loss_that_is_not_finite_names_epoch_and_update(tmp_path):
    path = tmp_path / "training.safetensors"

    def poisoned(model, batch, key):
        value, gradient = BPTT(model, batch, key)
        return jnp.where(batch.mask[-1, -1] == 2, jnp.nan, value), gradient

    def data(epoch):
        for index, batch in enumerate(batches(epoch)):
            mask = batch.mask.copy()
            mask[-1, -1] = 2 if epoch == 2 and index == 1 else mask[-1, -1]
            yield batch._replace(mask=mask)

    with pytest.raises(FloatingPointError, match="the loss is nan at epoch 3, update 2"):
        train(rule=poisoned, data=data, checkpoint=path)
    about = read_settings(path)["history"]
    assert len(about["train"]) == 2 and np.isfinite(about["train"]).all()
    (model, history), (whole, expected) = train(checkpoint=path), train()
    assert np.array_equal(flat(model), flat(whole)) and history.train == expected.train


def test_parameters_that_are_not_finite_are_not_kept(tmp_path):
    """The last loss of an epoch is finite, and the update after it is not."""
    path = tmp_path / "training.safetensors"

    def poisoned(model, batch, key):
        value, gradient = BPTT(model, batch, key)
        bad = batch.mask[-1, -1] == 2
        return value, jax.tree.map(lambda g: jnp.where(bad, jnp.nan, g), gradient)

    def data(epoch):
        (one, *_) = batches(epoch)
        mask = one.mask.copy()
        mask[-1, -1] = 2 if epoch == 1 else 1
        yield one._replace(mask=mask)

    with pytest.raises(FloatingPointError, match="no longer finite after epoch 2"):
        train(rule=poisoned, data=data, checkpoint=path)
    assert len(read_settings(path)["history"]["train"]) == 1
    kept = load(
        path,
        {
            "model": start(),
            "best": start(),
            "optimiser": ADAM.init(eqx.filter(start(), eqx.is_inexact_array)),
        },
    )
    assert np.isfinite(flat(kept)).all()


def test_nothing_to_do():
    with pytest.raises(ValueError, match="epochs is 0, expected at least 1"):
        train(epochs=0)
    with pytest.raises(ValueError, match="patience needs validate"):
        train(patience=3)
    with pytest.raises(ValueError, match="epoch 1 has no batches"):
        train(data=lambda epoch: [])


def test_batches_of_another_width_name_the_layer():
    wide = [Batch(np.ones((4, 1, 9), np.float32), np.ones((4, 1, 2)), np.ones((4, 1)))]
    with pytest.raises(ValueError, match=r"layer 1 \(SNU\): got .* expected .* 3"):
        train(data=lambda epoch: wide)


# A stream in batches


def stream(epoch):
    """Four batches that go on from one another."""
    rng = np.random.default_rng([11, epoch])
    x = (rng.random((4 * STEPS, EXAMPLES, WIDTH)) < 0.5).astype(np.float32)
    target = np.stack([x[..., 0], x[..., 1]], -1)
    for begin in range(0, len(x), STEPS):
        part = slice(begin, begin + STEPS)
        yield Batch(x[part], target[part], np.ones((STEPS, EXAMPLES), np.float32))


def soft():
    return rv.chain(WIDTH, rv.SNU.soft(4), rv.Readout(2), key=jr.key(0))


def test_a_carried_rule_is_truncated_bptt_where_nothing_is_learned_between(float64):
    model = soft()
    parts = [jax.tree.map(lambda a: jnp.asarray(a, float), b) for b in stream(0)]
    whole = Batch(*(jnp.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    expected = truncated_bptt(losses.bernoulli, window=STEPS)(model, whole, None)
    rule = CarriedBPTT(losses.bernoulli)
    before, found = rule.start(model, parts[0]), []
    for part in parts:
        value, gradients, before = rule(model, part, None, before)
        found.append((value, gradients))
    mean = jax.tree.map(lambda *leaves: sum(leaves) / len(leaves), *found)
    for one, other in zip(jax.tree.leaves(mean), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15)


def test_batches_of_a_carried_rule_go_on_and_every_epoch_begins_at_rest():
    still = optax.sgd(0.0)
    rule = CarriedBPTT(losses.bernoulli)
    options = {"optimiser": still, "data": lambda epoch: stream(0)}
    _, history = train(soft(), rule, epochs=2, **options)
    assert history.train[0] == history.train[1]
    _, apart = train(soft(), BPTT, epochs=1, **options)
    assert apart.train[0] != history.train[0]
