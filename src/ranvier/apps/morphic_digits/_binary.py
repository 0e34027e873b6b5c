"""A network of one-bit weights and one-bit activities, trained off the chip in its own numbers."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array
from numpy.typing import NDArray

from ranvier.apps._optimisers import optimiser
from ranvier.apps.morphic_digits._images import CLASSES, Seen
from ranvier.apps.morphic_digits._settings import Settings
from ranvier.convert import Binary, by_fan_in
from ranvier.core import Batch, Cell
from ranvier.learn import bptt, fit, losses, straight_through
from ranvier.nets import chain, run
from ranvier.neurons import RNN, Readout, surrogates

_AT_ONCE = 1000


class Network(NamedTuple):
    """A binary network as the chip takes it.

    Attributes:
        hidden: `[lines, hidden]`, 0 or 1, from the two lines of every pixel.
        thresholds: `[hidden]`, matching pixels from which a neuron fires.
        output: `[hidden, 10]`, 0 or 1.
        validated: images of the validation set that it reads wrongly, by epoch, per cent.
    """

    hidden: NDArray[np.int64]
    thresholds: NDArray[np.int64]
    output: NDArray[np.int64]
    validated: NDArray[np.float64]

    def activity(self, seen: Seen) -> NDArray[np.bool_]:
        """Which hidden neurons fire, `[images, hidden]`.

        Args:
            seen: the images.
        """
        both = np.concatenate([seen.bright, ~seen.bright], 1).astype(np.float32)
        return both @ self.hidden.astype(np.float32) >= self.thresholds

    def votes(self, seen: Seen) -> NDArray[np.int64]:
        """What reaches every output, `[images, 10]`.

        Args:
            seen: the images.
        """
        fired = self.activity(seen).astype(np.float32)
        return np.rint(fired @ self.output.astype(np.float32)).astype(np.int64)


def in_bits(sharing: int, quiet: int) -> Callable[..., Any]:
    r"""The form of a network in which it learns: weights and thresholds that the chip has.

    With inputs of -1 and 1, weights $\pm 1 / \sqrt{n}$ and threshold $\theta$ on the number of
    inputs that match their weight, the bias is $-(2 \theta - n - 1) / \sqrt{n}$: the sum is even
    and the bias odd, so that they never meet.

    Args:
        sharing: hidden units that share their weights to the outputs.
        quiet: pixels beyond half of them that have to match.
    """
    binary = Binary(by_fan_in)

    def form(model: Any, *, key: Any = None) -> Any:
        before = model.layers[1].synapses["dendrite"].weight
        groups = before.reshape(len(before), -1, sharing).mean(-1)
        tied = eqx.tree_at(_output, model, jnp.repeat(groups, sharing, 1))
        bits = binary(tied)
        inputs = _hidden(model).shape[1]
        bias = -(2 * _thresholds(_bias(model), inputs, quiet) - inputs - 1) / math.sqrt(inputs)
        return eqx.tree_at(lambda one: (_bias(one), _shift(one)), bits, (bias, 0 * _shift(bits)))

    return form


def _thresholds(bias: Array, inputs: int, quiet: int) -> Array:
    """More than half of the inputs, so that no neuron reaches its threshold twice."""
    wanted = jnp.round((inputs - math.sqrt(inputs) * bias + 1) / 2)
    return jnp.clip(wanted, inputs // 2 + 1 + quiet, min(inputs, 255))


def _hidden(model: Any) -> Array:
    return model.layers[0].synapses["dendrite"].weight


def _bias(model: Any) -> Array:
    return model.layers[0].neuron.bias


def _output(model: Any) -> Array:
    return model.layers[1].synapses["dendrite"].weight


def _shift(model: Any) -> Array:
    return model.layers[1].neuron.bias


@eqx.filter_jit
def _answers(model: Cell, x: Any) -> Any:
    return jnp.argmax(run(model, x)[1][-1], -1)


def train(
    settings: Settings, seen: Seen, hidden: int, sharing: int, on_epoch: Callable[[int], None]
) -> Network:
    """A binary network that has learned off the chip.

    Args:
        settings: of the experiment.
        seen: images to learn from; the last of them validate.
        hidden: units.
        sharing: of them, that share their weights to the outputs.
        on_epoch: called after every epoch with its number.
    """
    learned, valid = (
        Seen(seen.bright[part], seen.labels[part])
        for part in (slice(-settings.validation), slice(-settings.validation, None))
    )
    pixels, seed = seen.bright.shape[1], settings.first_seed
    unit = RNN(hidden, g=surrogates.boxcar(2.0))
    model = chain(pixels, unit, Readout(CLASSES), key=jax.random.key(seed))
    form = in_bits(sharing, settings.quiet)

    def batches(epoch: int) -> Iterator[Batch]:
        order = np.random.default_rng([seed, epoch]).permutation(len(learned.labels))
        for begin in range(0, len(order) - settings.batch_size + 1, settings.batch_size):
            chosen = order[begin : begin + settings.batch_size]
            x = _signed(learned.bright[chosen])
            target = np.eye(CLASSES, dtype=np.float32)[learned.labels[chosen]][None]
            yield Batch(x, target, np.ones(x.shape[:2], np.float32))

    def wrong(model: Cell) -> float:
        shown, found = form(model), []
        for at in range(0, len(valid.labels), _AT_ONCE):
            found.append(_answers(shown, _signed(valid.bright[at : at + _AT_ONCE])))
        return 100 * float((np.concatenate(found) != valid.labels).mean())

    updates = settings.epochs * (len(learned.labels) // settings.batch_size)
    descent: optax.GradientTransformation = optimiser(
        "adam", settings.learning_rate, updates=updates, schedule="cosine"
    )
    rule = straight_through(bptt(losses.categorical), form)
    model, history = fit(
        model,
        batches,
        rule,
        descent,
        epochs=settings.epochs,
        validate=wrong,
        on_epoch=lambda epoch: on_epoch(epoch.number),
    )
    shown = form(model)
    up = np.asarray(_hidden(shown)).T > 0
    return Network(
        np.concatenate([up, ~up]).astype(np.int64),
        np.asarray(_thresholds(_bias(model), pixels, settings.quiet)).astype(np.int64),
        (np.asarray(_output(shown)).T > 0).astype(np.int64),
        np.asarray(history.valid, np.float64),
    )


def _signed(bright: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Images in -1 and 1, `[1, images, pixels]`."""
    return (2 * bright - 1).astype(np.float32)[None]
