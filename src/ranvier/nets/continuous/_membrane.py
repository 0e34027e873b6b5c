"""A current-based LIF neuron between events: what any stretch of time does to it, exactly."""

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from ranvier.core import known
from ranvier.neurons import CurrentLIF, ExponentialKernel


class Membrane(NamedTuple):
    """The constants of a neuron, potentials counted from rest.

    Attributes:
        tau_ms: of the membrane.
        currents_ms: of each current, P of them.
        resting: potential, in units of the membrane.
        threshold, reset: in the same units, above rest.

    Example:
        See `membrane_of`.
    """

    tau_ms: float
    currents_ms: tuple[float, ...]
    resting: float
    threshold: float
    reset: float


class Charge(NamedTuple):
    """What a unit holds: potential above rest, and its currents, in units of the membrane.

    Example:
        >>> Charge(jnp.zeros(3), jnp.zeros((2, 3))).i.shape
        (2, 3)
    """

    v: Float[Array, "*units"]
    i: Float[Array, "ports *units"]


def membrane_of(neuron: Any, where: str) -> tuple[Membrane, dict[str, int]]:
    """The constants of a neuron, and which current each of its ports feeds.

    Ports whose kernels have the same time constant share a current.

    Args:
        neuron: a `CurrentLIF`.
        where: how errors call it.

    Raises:
        TypeError: another neuron, a kernel that is not exponential, or a parameter that learns.
        ValueError: resets that derivatives shall not see, or a neuron that fires on its own.

    Example:
        >>> membrane, ports = membrane_of(CurrentLIF(3), "hidden")
        >>> membrane.currents_ms, ports
        ((5.0, 10.0), {'excitatory': 0, 'inhibitory': 1})
    """
    if not isinstance(neuron, CurrentLIF):
        raise TypeError(
            f"{where}: got a {type(neuron).__name__}, expected a CurrentLIF, whose course between "
            "spikes is known in closed form."
        )
    numbers = {
        name: getattr(neuron, name)
        for name in ("tau_membrane_ms", "threshold", "reset_potential", "resting_potential")
    }
    for port in neuron.ports:
        kernel = getattr(neuron, port)
        if not isinstance(kernel, ExponentialKernel):
            raise TypeError(
                f"{where}: the {port} kernel is an {type(kernel).__name__}, expected an "
                "ExponentialKernel: a current that jumps and decays."
            )
        numbers[f"{port}.tau_ms"] = kernel.tau_ms
    for name, value in numbers.items():
        if not known(value):
            raise TypeError(
                f"{where}: {name} is an array, which learns; in continuous time weights learn "
                "alone. Give it a number, or learn on a grid of time with `rules.event_prop`."
            )
    if neuron.detach_reset:
        raise ValueError(
            f"{where}: detach_reset is True, but the derivative of a spike time goes through the "
            "reset. Set it to False."
        )
    if not neuron.resting_potential < neuron.threshold:
        raise ValueError(
            f"{where}: resting_potential is {neuron.resting_potential}, expected less than the "
            f"threshold of {neuron.threshold}: a neuron that fires on its own has no first event."
        )
    found = [float(numbers[f"{port}.tau_ms"]) for port in neuron.ports]
    different = tuple(dict.fromkeys(found))
    rest = float(numbers["resting_potential"])
    membrane = Membrane(
        float(numbers["tau_membrane_ms"]),
        different,
        rest,
        float(numbers["threshold"]) - rest,
        float(numbers["reset_potential"]) - rest,
    )
    return membrane, {p: different.index(t) for p, t in zip(neuron.ports, found, strict=True)}


def response(tau_ms: float, current_ms: float, elapsed_ms: Any) -> Array:
    r"""What a current of one does to the membrane: $\kappa(t)$, where $v(t) = \kappa(t)\, i(0)$.

    $$\kappa(t) = \frac{1}{\tau} \int_0^t e^{-(t - u)/\tau} e^{-u/\tau_s} du$$

    Without a division by the difference of the two rates, and without overflow: the slower of the
    two exponentials is taken out.

    Args:
        tau_ms: $\tau$, of the membrane.
        current_ms: $\tau_s$.
        elapsed_ms: $t$.

    Example:
        >>> round(float(response(20.0, 5.0, 1.0)), 4), round(float(response(1.0, 1.0, 1.0)), 4)
        (0.0442, 0.3679)
    """
    elapsed = jnp.asarray(elapsed_ms)
    apart = abs(1 / current_ms - 1 / tau_ms)
    spread = elapsed if apart == 0 else -jnp.expm1(-apart * elapsed) / apart
    return jnp.exp(-elapsed / max(tau_ms, current_ms)) * spread / tau_ms


def after(membrane: Membrane, charge: Charge, elapsed_ms: Array) -> Charge:
    """What is held after a stretch of time without an event.

    Args:
        membrane: the constants.
        charge: at its start.
        elapsed_ms: its length.

    Example:
        >>> membrane, _ = membrane_of(CurrentLIF(1), "unit")
        >>> start = Charge(jnp.zeros(1), jnp.array([[2.0], [0.0]]))
        >>> round(float(after(membrane, start, jnp.ones(1)).v[0]), 4)
        0.0883
    """
    v = potential(membrane, charge, elapsed_ms)
    kept = [jnp.exp(-elapsed_ms / tau) for tau in membrane.currents_ms]
    return Charge(v, jnp.stack([k * i for k, i in zip(kept, charge.i, strict=True)]))


def potential(membrane: Membrane, charge: Charge, elapsed_ms: Array) -> Array:
    """The potential above rest, as of `after`."""
    pushed = [
        response(membrane.tau_ms, tau, elapsed_ms) * i
        for tau, i in zip(membrane.currents_ms, charge.i, strict=True)
    ]
    return jnp.exp(-elapsed_ms / membrane.tau_ms) * charge.v + sum(pushed)


def slope(membrane: Membrane, charge: Charge) -> Array:
    r"""$\dot v = (-v + \sum_p i_p) / \tau$, per ms.

    Example:
        >>> membrane, _ = membrane_of(CurrentLIF(1), "unit")
        >>> slope(membrane, Charge(jnp.ones(1), jnp.array([[3.0], [0.0]])))
        Array([0.1], dtype=float32)
    """
    return (charge.i.sum(0) - charge.v) / membrane.tau_ms


def area(membrane: Membrane, before: Charge, later: Charge, elapsed_ms: Array) -> Array:
    r"""$\int v\, dt$ over a stretch of time without an event, from what was held at its ends.

    $$\int_0^t v = \sum_p \tau_p (1 - e^{-t/\tau_p})\, i_p - \tau\, (v(t) - v(0))$$
    """
    given = sum(
        -tau * jnp.expm1(-elapsed_ms / tau) * i
        for tau, i in zip(membrane.currents_ms, before.i, strict=True)
    )
    return given - membrane.tau_ms * (later.v - before.v)


def never(like: Array) -> Array:
    """Infinite times, laid out as an array."""
    return jnp.full_like(like, math.inf)
