"""The maximum of firing rates: a gate that the most active place of a window passes."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.synapses._numbers import numbers
from ranvier.synapses._pooling import Pooling, lay_over, windows_seen
from ranvier.synapses._rate_estimates import RateEstimate, SpikeCount
from ranvier.synapses._windows import Padding, Sizes


class GatedPooling(Pooling):
    r"""Spikes of that place of a window which has fired most so far: maximum pooling of rates.

    $$y_{x,c} = z_{m}, \qquad m = \operatorname{argmax}_{k}\, \hat r_{s x + k - p,\,c}$$

    with the estimate $\hat r$ of this step, its spikes included. Between equal places the one that
    led before goes on leading. Where spikes are counted, the spikes that have passed are then at
    every step exactly as many as those of the most active place. Padding never leads.

    Args:
        in_shape: axes of the activity, `(*space, channels)`, one to three axes of space.
        window: places in a window; one number, or one per axis.
        stride: places from one window to the next; as many as a window has, if not given.
        padding: places on both sides; `"same"` gives `ceil(space / stride)` units.
        estimate: $\hat r$: `SpikeCount`, which is taken if not given, `ExponentialAverage` or
            `FiniteAverage`.
        signs: `[channels]`, 1 or -1: where -1, the place that has fired least passes.

    Raises:
        ValueError: another number of axes, a window that does not fit, or signs that are none.

    Source: Rueckauer, Lungu, Hu, Pfeiffer, Liu, Front. Neurosci. 11 (2017), section 2.2.5.

    Example:
        >>> gate = GatedPooling((2, 1), 2)
        >>> trains = jnp.array([[1, 0], [1, 1], [0, 1], [1, 0]]).reshape(4, 2, 1)
        >>> gate.over_time(gate.init(), trains)[1].ravel()
        Array([1., 1., 0., 1.], dtype=float32)
    """

    estimate: RateEstimate
    signs: tuple[int, ...] | None = eqx.field(static=True)

    def __init__(
        self,
        in_shape: tuple[int, ...],
        window: Sizes,
        *,
        stride: Sizes | None = None,
        padding: Padding = 0,
        estimate: RateEstimate | None = None,
        signs: Any = None,
    ) -> None:
        self.channels, self.windows = lay_over("GatedPooling", in_shape, window, stride, padding)
        self.estimate = SpikeCount() if estimate is None else estimate
        self.signs = None if signs is None else tuple(int(sign) for sign in signs)
        if self.signs is not None and (
            len(self.signs) != self.channels or not {*self.signs} <= {1, -1}
        ):
            raise ValueError(
                f"GatedPooling: signs is {signs}, expected 1 or -1 for each of {self.channels} "
                "channels."
            )

    def init(self, batch: tuple[int, ...] = ()) -> tuple[Any, Float[Array, "..."]]:
        """No spike so far, and no place that leads."""
        memory = self.estimate.init(jnp.zeros((*batch, *self.in_shape)))
        return memory, jnp.zeros((*batch, *self.shape))

    def advance(
        self, memory: Any, z: Float[Array, "... channels"], *, key: PRNGKeyArray | None = None
    ) -> tuple[Any, Float[Array, "... channels"]]:
        """One step: the new memory, and what passes."""
        counted, leader = memory
        z = numbers(z)
        counted, rates = self.estimate.step(counted, z.astype(leader.dtype))
        if self.signs is not None:
            rates = rates * np.asarray(self.signs, rates.dtype)
        seen = windows_seen(rates, self.windows, -jnp.inf)
        places = jnp.arange(len(seen)).reshape(-1, *(1,) * leader.ndim)
        leads = seen == seen.max(0)
        stays = (leads & (places == leader)).any(0)
        leader = jnp.where(stays, leader, leads.argmax(0).astype(leader.dtype))
        passed = jnp.where(places == leader, windows_seen(z, self.windows, 0.0), 0.0).sum(0)
        return (counted, leader), passed
