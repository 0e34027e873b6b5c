"""The training loop: any rule, any Optax optimiser, interrupted and resumed without a trace."""

import functools
import itertools
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from jaxtyping import PRNGKeyArray

from ranvier.core import Batch, Cell, load, read_settings, save
from ranvier.learn._asked import asked
from ranvier.learn._types import Rule
from ranvier.learn.losses import Decoding, Loss, every_step
from ranvier.learn.rules import CarriedBPTT
from ranvier.nets import run


class Epoch(NamedTuple):
    """One line of a training history.

    Attributes:
        number: from 1.
        train: mean loss of the epoch's updates, weighted by their valid steps.
        valid: what `validate` said after it; NaN without one.
        best: whether this is the best epoch so far.

    Example:
        >>> Epoch(number=1, train=9.1, valid=8.9, best=True).valid
        8.9
    """

    number: int
    train: float
    valid: float
    best: bool


class History(NamedTuple):
    """What happened in training.

    Attributes:
        train: mean loss, one value per epoch.
        valid: what `validate` said, one value per epoch.
        best_epoch: number of the epoch whose model is returned, from 1.
        stopped_early: whether patience ran out before the epochs did.
        monitored: name to one value per epoch, of whatever else was watched.

    Example:
        >>> history = History(train=(9.1, 8.2), valid=(8.9, 9.0), best_epoch=1)
        >>> history.valid[history.best_epoch - 1]
        8.9
    """

    train: tuple[float, ...] = ()
    valid: tuple[float, ...] = ()
    best_epoch: int = 0
    stopped_early: bool = False
    monitored: dict[str, tuple[float, ...]] = {}  # noqa: RUF012


# The same object every time, so that programs compiled for it are found again.
_NOTHING = optax.identity()
_moving_average = functools.cache(optax.ema)


@eqx.filter_jit
def _update(model, optimiser_state, averages, before, batch, key, rule, optimiser, averaging):
    if isinstance(rule, CarriedBPTT):
        value, gradients, before = rule(model, batch, key, before)
    else:
        value, gradients = rule(model, batch, key)
    changes, optimiser_state = optimiser.update(
        gradients, optimiser_state, eqx.filter(model, eqx.is_inexact_array)
    )
    model = eqx.apply_updates(model, changes)
    _, averages = averaging.update(eqx.filter(model, eqx.is_inexact_array), averages)
    return model, optimiser_state, averages, before, value


@eqx.filter_jit
def _sums(model, batch, loss, decoding):
    judged, mask = decoding(run(model, batch.x)[1], batch.mask)
    return (loss(judged, asked(batch.target, mask)) * mask).sum(0), mask.sum(0)


def mean_loss(
    model: Cell, batches: Iterable[Batch], loss: Loss, *, decoding: Decoding = every_step
) -> float:
    """The loss per valid step, or per sequence if each has one answer, over all batches.

    Args:
        model: any cell.
        batches: what to run it on.
        loss: one number per step.
        decoding: what is judged, as in `bptt`.

    Raises:
        ValueError: no valid step at all.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> net = rv.chain(4, rv.Readout(88), key=jax.random.key(0))
        >>> batch = Batch(jnp.zeros((3, 1, 4)), jnp.zeros((3, 1, 88)), jnp.ones((3, 1)))
        >>> round(mean_loss(net, [batch], rv.losses.bernoulli), 3)
        60.997
    """
    pairs = [_sums(model, batch, loss, decoding) for batch in batches]
    # One sum per sequence, put together in double precision: a single one over all steps would
    # show no difference finer than a millionth.
    total, steps = (
        sum(float(np.asarray(p[i]).sum(dtype=np.float64)) for p in pairs) for i in (0, 1)
    )
    if steps == 0:
        raise ValueError("there is no valid step to take the mean over; got empty batches.")
    return total / steps


def fit(
    model: Cell,
    batches: Callable[[int], Iterable[Batch]],
    rule: Rule | CarriedBPTT,
    optimiser: optax.GradientTransformation,
    *,
    key: PRNGKeyArray | None = None,
    epochs: int = 100,
    validate: Callable[[Cell], float] | None = None,
    monitor: Mapping[str, Callable[[Cell], float]] | None = None,
    patience: int | None = None,
    average: float | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    settings: dict[str, Any] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> tuple[Cell, History]:
    r"""Train a model; the epoch that validates best (or the last) is returned.

    Gradient clipping, schedules, weight decay and pulsed device updates are Optax
    transformations: `optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))`.

    With a `checkpoint` the whole training state is written after every epoch, atomically; if the
    file is there at the start, training goes on from it, and the final numbers are those of an
    uninterrupted run. An interrupt loses at most the epoch in progress.

    Args:
        model: any cell.
        batches: epoch number (from 0) to that epoch's batches, the same every time it is asked.
        rule: `bptt(loss)`, `online(loss)`, or any other rule; with `CarriedBPTT` each batch of an
            epoch goes on from the state that the one before ended in.
        optimiser: any Optax transformation.
        key: draws noise (dropout, devices): update u of epoch e gets `fold_in(fold_in(key, e), u)`;
            `None` means noiseless.
        epochs: how many at most.
        validate: model to a number, lower is better; picks the epoch.
        monitor: further scores to record after every epoch; nothing is chosen by them.
        patience: stop after so many epochs without a better validation.
        average: $\beta$, to judge and return a moving average of the parameters in place of the
            last ones: after update $u$, the mean of all parameters since the first update, that
            of update $v$ weighted by $\beta^{u - v}$. Training itself does not see it.
        checkpoint: a `*.safetensors` file to write and to resume from.
        settings: JSON-able description of the run; a checkpoint of another one is refused.
        on_epoch: called after every epoch, for progress.

    Returns:
        The best model and the history.

    Raises:
        ValueError: no epochs, no batches, patience without validation, an average outside 0 to 1,
            a checkpoint of a run with other settings, or data that are not finite: the batch is
            named.
        FloatingPointError: the loss or a parameter became NaN or infinite; epoch and update are
            named, and the last whole epoch stays in the checkpoint.

    Example:
        >>> import jax, jax.numpy as jnp, optax, ranvier as rv
        >>> net = rv.chain(4, rv.SNU(8), rv.Readout(2), key=jax.random.key(0))
        >>> batch = Batch(jnp.ones((5, 1, 4)), jnp.ones((5, 1, 2)), jnp.ones((5, 1)))
        >>> rule = rv.bptt(rv.losses.bernoulli)
        >>> net, history = fit(net, lambda epoch: [batch], rule, optax.adam(1e-2),
        ...                    key=jax.random.key(1), epochs=3)
        >>> history.train[-1] < history.train[0]
        True
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}, expected at least 1.")
    if patience is not None and validate is None:
        raise ValueError("patience needs validate: without it no epoch is better than another.")
    if average is not None and not 0 < average < 1:
        raise ValueError(f"average is {average}, expected above 0 and below 1.")
    averaging = _NOTHING if average is None else _moving_average(average)
    # As the checkpoint gives them back, where a tuple is a list.
    described = json.loads(json.dumps(settings or {}))
    state = {
        "model": model,
        "best": model,
        "optimiser": optimiser.init(eqx.filter(model, eqx.is_inexact_array)),
        "averages": averaging.init(eqx.filter(model, eqx.is_inexact_array)),
    }
    history = History()
    if checkpoint is not None and Path(checkpoint).exists():
        state, history = _resume(checkpoint, state, described)
    while len(history.train) < epochs and not history.stopped_early:
        epoch = len(history.train)
        values, weights = [], []
        model, optimiser_state = state["model"], state["optimiser"]
        averages, before = state["averages"], None
        for index, batch in enumerate(batches(epoch)):
            batch = jax.tree.map(jnp.asarray, batch)
            if isinstance(rule, CarriedBPTT) and before is None:
                before = rule.start(model, batch)
            update_key = None if key is None else jr.fold_in(jr.fold_in(key, epoch), index)
            model, optimiser_state, averages, before, value = _update(
                model,
                optimiser_state,
                averages,
                before,
                batch,
                update_key,
                rule,
                optimiser,
                averaging,
            )
            values.append(value)
            weights.append(batch.mask.sum())
        train = _epoch_loss(values, weights, epoch, batches)
        _check_finite(model, epoch, batches)
        judged = model if average is None else _mean(model, averages, average)
        valid = float("nan") if validate is None else float(validate(judged))
        best = validate is None or _better(valid, history)
        best_epoch = epoch + 1 if best else history.best_epoch
        tired = patience is not None and epoch + 1 - best_epoch >= patience
        watched = {
            name: (*history.monitored.get(name, ()), float(score(judged)))
            for name, score in (monitor or {}).items()
        }
        history = History(
            (*history.train, train), (*history.valid, valid), best_epoch, tired, watched
        )
        state = {
            "model": model,
            "best": judged if best else state["best"],
            "optimiser": optimiser_state,
            "averages": averages,
        }
        if checkpoint is not None and jax.process_index() == 0:
            about = {"history": history._asdict(), "run": described}
            save(checkpoint, state, settings=about)
        if on_epoch is not None:
            on_epoch(Epoch(epoch + 1, train, valid, best))
    return state["best"], history


def _mean(model: Cell, averages: optax.EmaState, decay: float) -> Cell:
    """The model with the moving average of its parameters, as if that had begun empty."""
    mean = optax.tree.bias_correction(averages.ema, decay, averages.count)
    return eqx.combine(mean, model)


def _epoch_loss(
    values: list[Any],
    weights: list[Any],
    epoch: int,
    batches: Callable[[int], Iterable[Batch]],
) -> float:
    """The epoch's mean loss, once its updates are known to be finite."""
    if not values:
        raise ValueError(f"epoch {epoch + 1} has no batches; expected at least one.")
    losses, steps = np.asarray(jnp.stack(values)), np.asarray(jnp.stack(weights))
    bad = np.flatnonzero(~np.isfinite(losses))
    if bad.size:
        _check_batch(next(itertools.islice(batches(epoch), int(bad[0]), None)), epoch, bad[0])
        raise FloatingPointError(
            f"the loss is {losses[bad[0]]} at epoch {epoch + 1}, update {bad[0] + 1}. Lower the "
            "learning rate or clip the gradient (optax.clip_by_global_norm); the last whole epoch "
            "is kept."
        )
    return float((losses * steps).sum() / max(steps.sum(), 1))


def _check_batch(batch: Batch, epoch: int, index: int) -> None:
    """Raise a `ValueError` if the fault is that of the data, not of what was learned."""
    x, target, mask = map(np.asarray, batch)
    # Where each sequence has one answer, targets and mask have times of their own.
    wanted = target if target.shape[:2] != mask.shape else np.asarray(asked(target, mask))
    for what, array in (("input", x), ("target", wanted), ("mask", mask)):
        if not np.isfinite(array).all():
            raise ValueError(
                f"the {what} of batch {index + 1} of epoch {epoch + 1} has a value that is not "
                "finite. Leave it out, or mask the target; the last whole epoch is kept."
            )


def _check_finite(model: Cell, epoch: int, batches: Callable[[int], Iterable[Batch]]) -> None:
    """A loss may still be finite when the update after it was not."""
    leaves = jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array))
    if not all(bool(np.isfinite(np.asarray(leaf)).all()) for leaf in leaves):
        for index, batch in enumerate(batches(epoch)):
            _check_batch(batch, epoch, index)
        raise FloatingPointError(
            f"the parameters are no longer finite after epoch {epoch + 1}. Lower the learning rate "
            "or clip the gradient (optax.clip_by_global_norm); the last whole epoch is kept."
        )


def _better(valid: float, history: History) -> bool:
    """Whether a validation is the best so far; NaN never beats a number."""
    if not history.valid:
        return True
    least = history.valid[history.best_epoch - 1]
    return valid < least or bool(np.isnan(least))


def _resume(
    checkpoint: str | os.PathLike[str], state: dict[str, Any], settings: dict[str, Any]
) -> tuple[dict[str, Any], History]:
    about = read_settings(checkpoint)
    if about.get("run") != settings:
        raise ValueError(
            f"{checkpoint} belongs to a run with settings {about.get('run')}; this one has "
            f"{settings}. Resume with the same settings, or take another file."
        )
    kept = about["history"]
    return load(checkpoint, state), History(
        tuple(kept["train"]),
        tuple(kept["valid"]),
        kept["best_epoch"],
        kept["stopped_early"],
        {name: tuple(values) for name, values in kept["monitored"].items()},
    )
