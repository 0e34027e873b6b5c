"""The same network, learned in floating point: what the chip is held against."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from ranvier.apps._optimisers import optimiser
from ranvier.apps.reckon_recordings._settings import Beside, Settings
from ranvier.apps.reckon_recordings._spikes import Parts, Samples, asked
from ranvier.apps.reckon_recordings._train import new_chip
from ranvier.core import Batch
from ranvier.learn import Epoch, bptt, fit, losses
from ranvier.learn.rules import reckon_e_prop
from ranvier.metrics import accuracy
from ranvier.nets import Chain, Layer, record, run
from ranvier.neurons import LIF, LeakyIntegrator, surrogates
from ranvier.synapses import Dense

_AT_ONCE = 128
# A weight's step is eight of a membrane; what an output must gain for a logit of 1.
_STEP, _LOGIT = 8.0, 512.0


class Learned(NamedTuple):
    """What became of a network in floating point.

    Attributes:
        accuracy: of the test, per cent, after every epoch, `[epochs]`.
        spikes: per test recording in the end, `[]`.
    """

    accuracy: NDArray[np.float64]
    spikes: NDArray[np.float64]


def network(settings: Settings, rule: Beside, inputs: int, classes: int, seed: int) -> Chain:
    """The chip's network: its leaks, threshold and first weights, in units of the threshold.

    Args:
        settings: of the chip.
        rule: by which it learns; e-prop takes the chip's slope, backpropagation a surrogate's.
        inputs, classes: how many.
        seed: of the chip whose weights it starts from.
    """
    chip, state = new_chip(settings, inputs, classes, seed)
    w_inp, w_rec, w_out = (jnp.asarray(w.T, jnp.float32) for w in chip.weights(state))
    unit, kept = settings.threshold / _STEP, float(chip.leak[0]) / 0x8000
    h = surrogates.triangle()
    if rule == "e-prop-reckon":
        low = settings.slope_from - 1
        h = surrogates.surrogate(
            lambda v: (v >= low).astype(v.dtype), "1 from a part of the threshold on"
        )
    neuron = LIF(
        settings.neurons,
        tau_membrane_ms=-1 / math.log(kept),
        resistance=1 / (1 - kept),
        reset="subtract",
        detach_reset=True,
        h=h,
    )
    w_rec = w_rec * (1 - jnp.eye(settings.neurons))
    hidden = Layer(neuron, {"dendrite": Dense(w_inp / unit)}, {"dendrite": Dense(w_rec / unit)})
    readout = LeakyIntegrator(classes, decay=settings.kappa / 128)
    return Chain((hidden, Layer(readout, {"dendrite": Dense(w_out * _STEP / _LOGIT)})))


def _fixed(model: Any) -> list[Any]:
    """What the chip has not: thresholds of outputs, and weights of neurons onto themselves."""
    hidden, output = model.layers
    return [output.neuron.bias, hidden.recurrent["dendrite"].weight]


def _as_the_chip(neurons: int) -> optax.GradientTransformation:
    def held(updates: Any, params: Any = None) -> Any:
        bias, weight = _fixed(updates)
        return eqx.tree_at(_fixed, updates, [0 * bias, weight * (1 - jnp.eye(neurons))])

    return optax.stateless(held)


@eqx.filter_jit
def _answers(model: Any, x: Any, when: Any) -> Any:
    outputs = run(model, x)[1]
    votes = jax.nn.one_hot(outputs.argmax(-1), outputs.shape[-1]) * when[..., None]
    return votes.sum(0).argmax(-1)


@eqx.filter_jit
def _spikes(model: Any, x: Any, inside: Any) -> Any:
    return (record(model, x)[0].y * inside[..., None]).sum()


def learn_beside(
    settings: Settings,
    parts: Parts,
    rule: Beside,
    seed: int,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> Learned:
    """Train the network in floating point on the same spikes, and test it after every epoch.

    Args:
        settings: of the experiment.
        parts: what it learns from and is judged by.
        rule: "e-prop-reckon" or "bptt".
        seed: of the chip beside it; draws the order of recordings too.
        on_epoch: called after every epoch.
    """
    classes, train = len(parts.classes), parts.train
    size = min(settings.batch_size, len(train.labels))
    updates = len(train.labels) // size
    when = asked(train, settings)

    def batches(epoch: int) -> Iterator[Batch]:
        order = np.random.default_rng([seed, epoch]).permutation(len(train.labels))
        for k in range(updates):
            chosen = order[k * size : (k + 1) * size]
            x, mask = _time_first(train.spikes[chosen]), _time_first(when[chosen])
            target = np.eye(classes, dtype=np.float32)[train.labels[chosen]]
            yield Batch(x, np.broadcast_to(target, (len(x), *target.shape)), mask)

    def score(model: Any) -> float:
        return 100 * accuracy(parts.test.labels, _said(model, parts.test, settings))

    made = bptt if rule == "bptt" else reckon_e_prop
    model, history = fit(
        network(settings, rule, train.spikes.shape[2], classes, seed),
        batches,
        made(losses.categorical),
        optax.chain(
            optimiser(
                "adam",
                settings.learning_rate,
                updates=updates * settings.beside_epochs,
                schedule="cosine",
                clip=1.0,
            ),
            _as_the_chip(settings.neurons),
        ),
        epochs=settings.beside_epochs,
        monitor={"test": score},
        on_epoch=on_epoch,
    )
    test = parts.test
    total = sum(
        float(_spikes(model, _time_first(test.spikes[part]), _inside(test, part)))
        for part in _pieces(test)
    )
    return Learned(np.array(history.monitored["test"]), np.array(total / len(test.labels)))


def _time_first(array: NDArray) -> NDArray[np.float32]:
    return array.swapaxes(0, 1).astype(np.float32)


def _pieces(samples: Samples) -> Iterator[slice]:
    return (slice(a, a + _AT_ONCE) for a in range(0, len(samples.labels), _AT_ONCE))


def _inside(samples: Samples, part: slice) -> NDArray[np.float32]:
    ticks = np.arange(samples.spikes.shape[1])
    return _time_first(ticks < samples.lengths[part, None])


def _said(model: Any, samples: Samples, settings: Settings) -> NDArray:
    when = asked(samples, settings)
    found = [
        _answers(model, _time_first(samples.spikes[part]), _time_first(when[part]))
        for part in _pieces(samples)
    ]
    return np.concatenate(found)
