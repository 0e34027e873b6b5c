r"""Scales of layers: which activity a rate of one spike per step stands for.

Each is a part to choose: from a network in normal form and samples to $\lambda$ per layer.
"""

from typing import Literal, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from ranvier.convert.rate._spiking import spiking
from ranvier.core import Synapse, one_of
from ranvier.encode import rate
from ranvier.nets.ttfs import Pool, ReLUNetwork, Way
from ranvier.neurons import IF
from ranvier.synapses import (
    Convolution,
    Dense,
    Scale,
    SpikeCount,
    TransposedConvolution,
)

_WEIGHTED = (Convolution, Dense, Scale, TransposedConvolution)


class Normalisation(Protocol):
    """From a network in normal form and samples `[B, *in_shape]`, 0 to 1, to a scale per unit name.

    Example:
        >>> chosen: Normalisation = Percentile(99.0)
    """

    def __call__(self, form: ReLUNetwork, samples: np.ndarray) -> dict[str, float]: ...


class Percentile(eqx.Module):
    r"""The activity that so many of a layer's activities do not exceed.

    $\lambda$ is the given percentile of the activities of all units, places and samples of a layer.
    At 100 it is the largest, and no rate saturates on the samples; less makes the network faster
    and cuts what is above.

    Args:
        percent: above 0, at most 100.
        over: `"positive"`: of the activities above zero, as the toolbox of the source; `"all"`.

    Raises:
        ValueError: another percentile, or an unknown `over`.

    Source: Rueckauer, Lungu, Hu, Pfeiffer, Liu, Front. Neurosci. 11 (2017), section 2.2.1, eq. 8;
    of the largest: Diehl et al., IJCNN 2015, "data-based normalization".

    Example:
        >>> Percentile(), Percentile(100.0).percent
        (Percentile(percent=99.9, over='positive'), 100.0)
    """

    percent: float = eqx.field(static=True)
    over: Literal["positive", "all"] = eqx.field(static=True)

    def __init__(self, percent: float = 99.9, *, over: Literal["positive", "all"] = "positive"):
        if not 0 < percent <= 100:
            raise ValueError(f"Percentile: percent is {percent}, expected above 0, at most 100.")
        one_of("Percentile", "over", over, ("positive", "all"))
        self.percent, self.over = float(percent), over

    def __call__(self, form: ReLUNetwork, samples: np.ndarray) -> dict[str, float]:
        """The percentile of every layer."""
        values = form.activities(jnp.asarray(samples))
        scales = {}
        for name in form.units:
            activity = np.asarray(values[name], np.float64)
            counted = activity[activity > 0] if self.over == "positive" else activity.ravel()
            scales[name] = float(np.percentile(counted, self.percent)) if counted.size else 0.0
        return scales


class ModelBased(eqx.Module):
    r"""The largest activity that any input could bring: safe, and slow.

    $$\lambda_n = \max_i \Big( b_i + \sum_k \sum_j \max(0, W^k_{ij})\, \lambda_k \Big)$$

    for the sources $k$ of a layer, with 1 for the input. Samples are not looked at.

    Source: Diehl, Neil, Binas, Cook, Liu, Pfeiffer, IJCNN 2015, "model-based normalization".

    Example:
        >>> ModelBased()
        ModelBased()
    """

    def __call__(self, form: ReLUNetwork, samples: np.ndarray) -> dict[str, float]:
        """The bound of every layer."""
        bound = {"input": 1.0}
        for name, part in zip(form.names, form.parts, strict=True):
            if isinstance(part, Pool):
                bound[name] = bound[part.source]
                continue
            most = sum(_most(way, bound[way.source], form) for way in part.ways)
            bound[name] = float(jnp.max(most + part.bias))
        return {name: bound[name] for name in form.units}


class ThresholdBalancing(eqx.Module):
    r"""The largest charge that reaches a neuron of the layer in one step, in the spiking network.

    Layer after layer: with the scales of those before it, the network runs on the samples, and
    $\lambda$ is the maximum over steps, samples and units of $\sum_k W_k \lambda_k z_k + b$.

    Args:
        steps: how long it runs.
        key: draws the spikes of the input; `None` for inputs as currents that stay.

    Raises:
        ValueError: fewer than one step.

    Source: Sengupta, Ye, Wang, Liu, Roy, Front. Neurosci. 13 (2019), algorithm 1, "Spike-Norm".

    Example:
        >>> ThresholdBalancing(100, key=jax.random.key(0)).steps
        100
    """

    steps: int = eqx.field(static=True)
    key: PRNGKeyArray | None

    def __init__(self, steps: int = 100, *, key: PRNGKeyArray | None = None) -> None:
        if steps < 1:
            raise ValueError(f"ThresholdBalancing: steps is {steps}, expected at least 1.")
        self.steps, self.key = int(steps), key

    def __call__(self, form: ReLUNetwork, samples: np.ndarray) -> dict[str, float]:
        """The largest charge of every layer."""
        x = jnp.asarray(samples)
        if self.key is None:
            xs = jnp.broadcast_to(x, (self.steps, *x.shape))
        else:
            xs = rate(x, self.steps, spikes=self.steps, key=self.key)
        scales = dict.fromkeys(form.units, 1.0)
        for name in form.units:
            graph = spiking(form, scales, _integrator, SpikeCount())
            states = _states(graph, xs)[name]
            before = jnp.concatenate([jnp.zeros_like(states.v[:1]), states.v[:-1]])
            scales[name] = float((states.v + states.y - before).max())
        return scales


def _integrator(name: str, shape: tuple[int, ...]) -> IF:
    return IF(shape, reset="subtract")


@eqx.filter_jit
def _states(graph, xs):
    return graph.history(graph.init(xs.shape[1:2]), xs)[1]


def _most(way: Way, bound: float, form: ReLUNetwork) -> jax.Array:
    """The most that a way can bring, if its source is within 0 and a bound."""
    shapes = {"input": form.in_shape} | {
        name: part.shape for name, part in zip(form.names, form.parts, strict=True)
    }
    high = jnp.full(shapes[way.source], bound)
    low = jnp.zeros_like(high)
    for synapse in way.synapses:
        if isinstance(synapse, _WEIGHTED):
            plus, minus = _part(synapse, 1.0), _part(synapse, -1.0)
            high, low = plus(high) - minus(low), plus(low) - minus(high)
        else:
            high, low = synapse(high), synapse(low)
    return high


def _part(synapse: Synapse, sign: float) -> Synapse:
    """The magnitudes of its weights of one sign, and zeros for the others."""
    return jax.tree.map(lambda w: jnp.maximum(sign * jnp.asarray(w), 0.0), synapse)
