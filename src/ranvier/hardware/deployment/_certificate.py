"""What changed between a network and the chip that holds it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.hardware._cost import Cost, estimated, float_accumulate
from ranvier.hardware.deployment._checks import Check
from ranvier.hardware.deployment._deploy import Deployment, observed, spikes_of
from ranvier.hardware.deployment._rounding import Rounding
from ranvier.metrics import operations_per_example
from ranvier.nets import Observed


class LayerActivity(NamedTuple):
    """Spikes of a layer per example, before and on the chip.

    Attributes:
        name: the layer's.
        before, after: spikes per example.
        equal: share of its units' spike counts that are the same, in percent.

    Example:
        See `Certificate`.
    """

    name: str
    before: float
    after: float
    equal: float


class Certificate(NamedTuple):
    """How a network answers, and how the chip that holds it does.

    The answer is the output with the largest sum over time: most spikes, or the largest mean of a
    readout; of equals the first.

    Attributes:
        chip: its name.
        samples: how many.
        before, after: right answers in percent; `None` without labels.
        agreeing: samples that get the same answer.
        differing: index, answer of the network and of the chip, of those that do not.
        layers: spikes, layer by layer.
        checks: rules of the chip, kept.
        roundings: what was rounded.
        differences: of the arithmetic, in words.
        counts: per sample.
        cost_before: estimated energy of all samples if the network's spikes were added up in
            32-bit floating point at 45 nm: a connection that a spike crosses is one addition.
        cost: of the chip; `None` where none was published.
        activity: of every layer in the network and on the chip, `[T, B, n]` each.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware.deployment import certify, deploy
        >>> net = rv.chain(3, rv.SNU(2, decay=1.0, g=jax.nn.relu), key=jax.random.key(0))
        >>> spikes = jax.random.bernoulli(jax.random.key(1), 0.5, (10, 4, 3))
        >>> found = certify(net, deploy(net, "odin", spikes), spikes, labels=[0, 1, 0, 1])
        >>> found.samples, len(found.layers), len(found.differing) + found.agreeing
        (4, 1, 4)
    """

    chip: str
    samples: int
    before: float | None
    after: float | None
    agreeing: int
    differing: tuple[tuple[int, int, int], ...]
    layers: tuple[LayerActivity, ...]
    checks: tuple[Check, ...]
    roundings: tuple[Rounding, ...]
    differences: tuple[str, ...]
    counts: dict[str, float]
    cost_before: Cost
    cost: Cost | None
    activity: tuple[tuple[NDArray, NDArray], ...]


def certify(
    model: Any, deployed: Deployment, inputs: ArrayLike, labels: ArrayLike | None = None
) -> Certificate:
    """Run a network and its chip on the same samples and tell what differs.

    Args:
        model: the network that was deployed.
        deployed: as `deploy` gives it.
        inputs: 0 or 1, `[T, B, n_in]`.
        labels: `[B]`.

    Raises:
        ValueError: inputs that are no spikes, or not as many labels.

    Example:
        See `Certificate`.
    """
    spikes = spikes_of(inputs)
    samples = spikes.shape[1]
    wanted = None if labels is None else np.asarray(labels)
    if wanted is not None and wanted.shape != (samples,):
        raise ValueError(f"labels have shape {wanted.shape}, expected ({samples},).")
    seen = observed(model, spikes)
    own = seen.neurons
    before = [part.outputs.reshape(*spikes.shape[:2], -1) for part in own]
    ran = deployed.run(spikes)
    one, two = answers(before[-1]), answers(ran.activity[-1])
    apart = np.flatnonzero(one != two)
    layers = [
        _activity(kind.name, a, b)
        for kind, a, b in zip(deployed.kinds, before, ran.activity, strict=True)
        if kind.spikes
    ]
    return Certificate(
        deployed.chip,
        samples,
        None if wanted is None else 100 * float((one == wanted).mean()),
        None if wanted is None else 100 * float((two == wanted).mean()),
        samples - len(apart),
        tuple((int(n), int(one[n]), int(two[n])) for n in apart),
        tuple(layers),
        deployed.checks,
        deployed.program.roundings,
        deployed.program.differences,
        {name: count / samples for name, count in ran.counts.items()},
        _added_up(seen, samples),
        ran.cost,
        tuple(zip(before, ran.activity, strict=True)),
    )


def answers(outputs: NDArray) -> NDArray[np.int64]:
    """The output with the largest sum over time, the first of equals.

    Args:
        outputs: `[T, B, n]`.

    Example:
        >>> answers(np.array([[[0, 1]], [[0, 1]], [[1, 0]]])).tolist()
        [1]
    """
    return np.asarray(outputs, np.float64).sum(0).argmax(-1)


def _added_up(seen: Observed, samples: int) -> Cost:
    done = operations_per_example(seen)
    additions = samples * (done.effective_acs + done.effective_macs)
    return estimated("additions in floating point", additions, float_accumulate())


def _activity(name: str, before: NDArray, after: NDArray) -> LayerActivity:
    one, two = before.sum(0), after.sum(0)
    return LayerActivity(
        name,
        float(one.sum(-1).mean()),
        float(two.sum(-1).mean()),
        100 * float((one == two).mean()),
    )
