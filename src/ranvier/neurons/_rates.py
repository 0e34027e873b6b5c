"""Opening and closing rates of the gates of Hodgkin-Huxley neurons: a part to swap."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.neurons._gating import over_expm1
from ranvier.neurons._parameters import Parameter


class GateRates(NamedTuple):
    """How fast one gate opens and closes, each per ms, `[..., *units]`.

    Example:
        >>> gate = GateRates(opening_per_ms=3.0, closing_per_ms=1.0)
        >>> gate.open_fraction, gate.rate_per_ms
        (0.75, 4.0)
    """

    opening_per_ms: Array
    closing_per_ms: Array

    @property
    def rate_per_ms(self) -> Array:
        """How fast the gate nears its open fraction."""
        return self.opening_per_ms + self.closing_per_ms

    @property
    def open_fraction(self) -> Array:
        """The part of the gates that is open in the long run."""
        return self.opening_per_ms / self.rate_per_ms


class SquidRates(eqx.Module):
    r"""Rates of the squid's giant axon at 6.3 degrees, per ms, $v$ in mV.

    $$\alpha_m = \frac{0.1 (v + 40)}{1 - e^{-(v + 40)/10}}, \quad
    \beta_m = 4 e^{-(v + 65)/18}, \quad
    \alpha_h = 0.07 e^{-(v + 65)/20}, \quad
    \beta_h = \frac{1}{1 + e^{-(v + 35)/10}}$$

    $$\alpha_n = \frac{0.01 (v + 55)}{1 - e^{-(v + 55)/10}}, \quad
    \beta_n = 0.125 e^{-(v + 65)/80}$$

    Source: Hodgkin, Huxley, J. Physiol. 117 (1952), eqs. 12, 13, 20, 21, 23, 24, with the
    potential of today's sign and rest at -65 mV.

    Example:
        >>> m, h, n = SquidRates()(jnp.array(-65.0))
        >>> round(float(m.open_fraction), 4), round(float(n.open_fraction), 4)
        (0.0529, 0.3177)
    """

    def __call__(self, v: Array) -> tuple[GateRates, GateRates, GateRates]:
        """The rates of the gates m, h and n at the potential `v`, mV."""
        return (
            GateRates(over_expm1(-(v + 40) / 10), 4 * jnp.exp(-(v + 65) / 18)),
            GateRates(0.07 * jnp.exp(-(v + 65) / 20), jax.nn.sigmoid((v + 35) / 10)),
            GateRates(0.1 * over_expm1(-(v + 55) / 10), 0.125 * jnp.exp(-(v + 65) / 80)),
        )


class TraubMilesRates(eqx.Module):
    r"""Rates of a hippocampal pyramidal cell, per ms, with $u = v - V_T$ in mV.

    $$\alpha_m = \frac{0.32 (13 - u)}{e^{(13 - u)/4} - 1}, \quad
    \beta_m = \frac{0.28 (u - 40)}{e^{(u - 40)/5} - 1}, \quad
    \alpha_h = 0.128 e^{(17 - u)/18}, \quad
    \beta_h = \frac{4}{1 + e^{(40 - u)/5}}$$

    $$\alpha_n = \frac{0.032 (15 - u)}{e^{(15 - u)/5} - 1}, \quad
    \beta_n = 0.5 e^{(10 - u)/40}$$

    Args:
        offset_mV: $V_T$, which shifts all rates and so sets where the neuron fires.

    Source: Traub, Miles, Neuronal Networks of the Hippocampus (1991), as in Brette et al.,
    J. Comput. Neurosci. 23 (2007), benchmark 3.

    Example:
        >>> m, h, n = TraubMilesRates()(jnp.array(-63.0 + 13.0))
        >>> round(float(m.opening_per_ms), 4)
        1.28
    """

    offset_mV: Parameter = -63.0

    def __call__(self, v: Array) -> tuple[GateRates, GateRates, GateRates]:
        """The rates of the gates m, h and n at the potential `v`, mV."""
        u = v - self.offset_mV
        return (
            GateRates(1.28 * over_expm1((13 - u) / 4), 1.4 * over_expm1((u - 40) / 5)),
            GateRates(0.128 * jnp.exp((17 - u) / 18), 4 * jax.nn.sigmoid((u - 40) / 5)),
            GateRates(0.16 * over_expm1((15 - u) / 5), 0.5 * jnp.exp((10 - u) / 40)),
        )
