"""The correspondence between the Spiking Neural Unit and the leaky integrate-and-fire neuron."""

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.neurons._decay import kept
from ranvier.neurons._lif import LIF, Discretisation
from ranvier.neurons._snu import SNU, identity


def snu_from_lif(neuron: LIF) -> tuple[SNU, float | Array]:
    r"""The SNU that fires exactly as a LIF neuron does, and what its weights are multiplied by.

    $$l = 1 - \Delta t/\tau \text{ (Euler) or } e^{-\Delta t/\tau} \text{ (exact)}, \qquad
    W_{SNU} = R (1 - l)\, W_{LIF}, \qquad b = -v_{th}$$

    Args:
        neuron: a LIF neuron that resets to zero, at the spike or at the next carry.

    Returns:
        The unit and the gain $R(1 - l)$, V per A.

    Raises:
        ValueError: another reset, which the SNU cannot express.

    Source: Woźniak et al., Nat. Mach. Intell. 2 (2020), section on the LIF correspondence.

    Example:
        >>> unit, gain = snu_from_lif(LIF(1, tau_membrane_ms=5.0, discretisation="euler"))
        >>> unit.decay, round(gain, 3)
        (0.8, 0.2)
    """
    if neuron.reset != "zero" or neuron.reset_time == "next_update":
        raise ValueError(
            f"a SNU discards its carried membrane after a spike; this LIF resets by "
            f"{neuron.reset!r}, {neuron.reset_time!r}. Expected reset='zero' with reset_time "
            "'at_spike' or 'next_carry'."
        )
    unit: Any = SNU(neuron.shape, decay=neuron.decay, g=identity, h=neuron.h)
    bias = jnp.broadcast_to(-jnp.asarray(neuron.threshold, unit.bias.dtype), neuron.shape)
    return eqx.tree_at(lambda u: u.bias, unit, bias), neuron.gain


def lif_from_snu(
    unit: SNU, *, time_step_ms: float = 1.0, discretisation: Discretisation = "exact"
) -> LIF:
    r"""The LIF neuron that fires exactly as a SNU does, with the same weights.

    $$\tau = \Delta t/(1 - l) \text{ (Euler) or } -\Delta t/\ln l \text{ (exact)}, \qquad
    R = \frac{1}{1 - l}, \qquad v_{th} = -b$$

    Args:
        unit: a SNU with `g = identity` and a spike as output.
        time_step_ms: $\Delta t$.
        discretisation: how the LIF neuron shall be stepped.

    Returns:
        The neuron; it resets at the next carry and so shows the same membrane, and its resistance
        takes the gain so that the weights stay as they are.

    Raises:
        ValueError: another `g`, a soft unit, or a decay of 0 or 1, which no finite positive time
            constant has.

    Example:
        >>> neuron = lif_from_snu(SNU(1, decay=0.8), time_step_ms=1.0, discretisation="euler")
        >>> round(neuron.tau_membrane_ms, 6), round(neuron.resistance, 6)
        (5.0, 5.0)
    """
    if unit.g is not identity:
        raise ValueError(f"a LIF membrane is not bounded; this SNU has g = {unit.g.__name__}.")
    if float(unit.h(jnp.asarray(0.5))) != 1.0:
        raise ValueError(
            f"a LIF neuron spikes; this SNU has h = {unit.h.__name__}, which is not a step."
        )
    decay = kept(unit.decay)
    if not bool(jnp.all((jnp.asarray(decay) > 0) & (jnp.asarray(decay) < 1))):
        raise ValueError(
            f"decay {decay} has no finite positive time constant; expected between 0 and 1."
        )
    if discretisation == "euler":
        tau = time_step_ms / (1 - decay)
    else:
        tau = -time_step_ms / (math.log(decay) if isinstance(decay, float) else jnp.log(decay))
    made = LIF(
        unit.shape,
        tau_membrane_ms=tau,
        time_step_ms=time_step_ms,
        resistance=1 / (1 - decay),
        discretisation=discretisation,
        reset="zero",
        reset_time="next_carry",
        h=unit.h,
    )
    # A threshold may have been learned down to the reset, which a LIF neuron does not begin with.
    return eqx.tree_at(lambda neuron: neuron.threshold, made, -unit.bias)
