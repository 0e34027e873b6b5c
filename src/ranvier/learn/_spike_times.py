"""Learning in spike time: windows that grow with the activities, and an optimiser beside them."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from ranvier.core import Batch
from ranvier.learn._types import Rule
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.nets.ttfs import Pool, ReLUNetwork, SpikeTimeNetwork


def spike_times(
    loss: Loss, *, activity: float = 0.0, growth: float = 10.0, average: Average = per_step
) -> Rule:
    r"""The gradient by the times of single spikes, and how much every window has to grow.

    $$\frac{\partial t_i}{\partial t_j} = \frac{J_{ij}}{g_i}, \qquad
    \frac{\partial t_i}{\partial J_{ij}} = -\frac{x_j}{g_i}, \qquad
    B \leftarrow \max(B,\; \gamma \max_i x_i)$$

    zero for a neuron that does not spike; windows are constants to the gradient. For $g = 1$ this
    is the gradient of the rectified units, so that both learn alike, step by step. In the place of
    the windows the "gradient" is their growth on this batch: give it to `beside_windows`, which
    adds it as it is.

    Args:
        loss: one number per answer, from logits and target.
        activity: what the mean over the batch of all activities of all units costs: makes spikes
            few.
        growth: $\gamma$: windows are kept at least so many times the largest activity. With 0 they
            stay as they are, for fine-tuning.
        average: how answers are put together.

    Returns:
        A rule for a `SpikeTimeNetwork`, and for the `ReLUNetwork` that it stands for: inputs
        `[1, B, *in_shape]`, targets `[1, B, classes]`.

    Source: Stanojevic et al., Nat. Commun. 15:6793 (2024), eqs. 9 to 12, and methods, "Training";
    the cost of activity: Neural Networks 168 (2023), section 4.

    Example:
        >>> import numpy as np, ranvier as rv
        >>> from ranvier.nets.ttfs import Units, Way
        >>> from ranvier.synapses import Dense
        >>> way = Way("input", (Dense(np.ones((2, 3))),))
        >>> units = Units((way,), np.zeros(2), (2,))
        >>> out = Units((Way("relu", ()),), np.zeros(2), (2,))
        >>> network = SpikeTimeNetwork(
        ...     ReLUNetwork({"relu": units}, out, (3,)),
        ...     {"relu": np.ones(2)}, {"input": np.array(1.0), "relu": np.array(4.0)},
        ... )
        >>> x, target = np.full((1, 1, 3), 0.5), np.array([[[1.0, 0.0]]])
        >>> value, gradient = spike_times(rv.losses.categorical)(network, Batch(x, target,
        ...                               np.ones((1, 1))), None)
        >>> float(gradient.windows["relu"])
        11.0
    """

    def rule(model: Any, batch: Batch, key: Any = None) -> tuple[Array, Any]:
        @eqx.filter_value_and_grad(has_aux=True)
        def total(model: Any) -> tuple[Array, dict[str, Array]]:
            active, largest, logits = _answers(model, batch.x, key)
            judged = (loss(logits, batch.target) * batch.mask).sum() * average(batch.mask)
            if activity:
                count = jnp.maximum(batch.mask.sum(), 1)
                judged = judged + activity * sum(x.sum() for x in active.values()) / count
            return judged, largest

        (value, largest), gradient = total(model)
        if isinstance(model, SpikeTimeNetwork):
            gradient = eqx.tree_at(
                lambda g: g.windows, gradient, _growth(model, largest, growth), is_leaf=_missing
            )
        return value, gradient

    return rule


def _missing(leaf: Any) -> bool:
    return leaf is None


def _answers(
    model: ReLUNetwork | SpikeTimeNetwork, x: Array, key: Any
) -> tuple[dict[str, Array], dict[str, Array], Array]:
    """Name to the activities of units, and to their largest before windows clip it; the logits."""
    if isinstance(model, SpikeTimeNetwork):
        times, potentials, logits = model.observed(x, key=key)
        active = {n: model.windows[n] - times[n] for n in potentials}
        return active, {n: (p / model.slopes[n]).max() for n, p in potentials.items()}, logits
    values = model.activities(x)
    active = {name: values[name] for name in model.units}
    return active, {}, model.output.current(values)


def _growth(model: SpikeTimeNetwork, largest: dict[str, Array], growth: float) -> dict[str, Array]:
    grown = {name: jnp.zeros_like(window) for name, window in model.windows.items()}
    for name, part in zip(model.network.names, model.network.parts, strict=True):
        if isinstance(part, Pool):
            grown[name] = grown[part.source]
        else:
            needed = growth * jax.lax.stop_gradient(largest[name])
            grown[name] = jnp.maximum(needed - model.windows[name], 0)
    return grown


def beside_windows(optimiser: optax.GradientTransformation) -> optax.GradientTransformation:
    """An optimiser for weights and offsets; windows grow as the rule says, slopes stay.

    Args:
        optimiser: what weights and offsets learn by.

    Example:
        >>> transformation = beside_windows(optax.adam(5e-4))
    """

    def what(path: tuple[Any, ...], _: Any) -> str:
        field = getattr(path[0], "name", None) if path else None
        return {"windows": "windows", "slopes": "slopes"}.get(str(field), "weights")

    return optax.partition(
        {"weights": optimiser, "windows": optax.identity(), "slopes": optax.set_to_zero()},
        lambda tree: jax.tree_util.tree_map_with_path(what, tree),
    )
