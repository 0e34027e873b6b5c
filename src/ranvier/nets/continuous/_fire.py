"""Layers of current-based LIF neurons in continuous time, with exact derivatives."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from ranvier.core import Cell, positive
from ranvier.nets._chain import Chain
from ranvier.nets._layer import Layer
from ranvier.nets.continuous._adjoint import Worth, adjoint
from ranvier.nets.continuous._forward import Course, Weights, course, groups
from ranvier.nets.continuous._membrane import Membrane, membrane_of
from ranvier.nets.continuous._spike_times import SpikeTimes
from ranvier.synapses import Dense, Silent


class Fired(NamedTuple):
    r"""What a layer did in continuous time.

    Attributes:
        spikes: of all its units.
        highest: largest potential of each unit, `[B, units]`; the threshold for one that fired.
        area: of each unit's potential, $\int_0^T v\, dt$, in units of the membrane times ms,
            `[B, units]`.

    Example:
        See `fire`.
    """

    spikes: SpikeTimes
    highest: Float[Array, "batch units"]
    area: Float[Array, "batch units"]


def fire(
    network: Cell, spikes: SpikeTimes, *, duration_ms: float, most_spikes: int | tuple[int, ...]
) -> tuple[Fired, ...]:
    r"""Run layers of `CurrentLIF` neurons in continuous time, spike by spike, without a grid.

    $$\tau \dot v = E_L - v + \sum_p i_p, \qquad \tau_p \dot i_p = -i_p, \qquad
    i_p \leftarrow i_p + w \text{ when a spike arrives}$$

    Where $v$ crosses $v_{th}$, the neuron fires and $v \leftarrow v_r$. A crossing is the root of a
    sum of exponentials, found to the last digits. The two ports of the neuron have a current each,
    or share one where their time constants are equal. Each of the two ways to reset and of the two
    orders of input within a step is the same here, where no step is left. A neuron whose threshold
    is infinite never fires: a readout, of which `highest` and `area` are looked at.

    Derivatives are those of EventProp, in reverse mode: exact for the weights and for the times of
    the spikes that arrive, wherever no spike appears or vanishes.

    Args:
        network: a layer or a chain of layers, with `Dense` weights onto each port, or `Silent`;
            recurrent ones likewise.
        spikes: of the inputs; times count from 0 ms.
        duration_ms: how long the run is, $T$.
        most_spikes: room for so many spikes per unit and example, one number or one per layer; in a
            recurrent layer, on average over its units. Room costs memory, and a sort of it.

    Returns:
        What each layer did.

    Raises:
        TypeError: a cell that is not a layer, or a neuron or synapse that cannot run without a
            grid; the layer is named.
        ValueError: spikes of another shape than `[B, S]`, a unit that is no input, a duration that
            is not positive, or no room at all.
        RuntimeError: more spikes than there was room for; they are never dropped. The layer is
            named, and, if nothing is traced, how many units of how many examples are concerned.

    Source: Wunderlich, Pehle, Sci. Rep. 11:12829 (2021), table 1.

    Example:
        >>> import ranvier as rv
        >>> from ranvier.neurons import CurrentLIF
        >>> from ranvier.nets.continuous import ordered_spikes
        >>> layer = rv.layer(4, CurrentLIF(3, threshold=0.3), key=jax.random.key(1))
        >>> times = ordered_spikes(jnp.array([[0.0, 2.0, 4.0, 6.0]]))
        >>> (fired,) = fire(layer, times, duration_ms=40.0, most_spikes=9)
        >>> fired.highest.shape, fired.spikes.times_ms.shape
        ((1, 3), (1, 27))
    """
    layers = network.layers if isinstance(network, Chain) else (network,)
    rooms = most_spikes if isinstance(most_spikes, tuple) else (most_spikes,) * len(layers)
    if len(rooms) != len(layers):
        raise ValueError(
            f"fire: most_spikes has {len(rooms)} numbers for {len(layers)} layers; expected one "
            "number, or one per layer."
        )
    done = []
    for number, (layer, room) in enumerate(zip(layers, rooms, strict=True), start=1):
        positive("fire", duration_ms=duration_ms, most_spikes=room)
        if not isinstance(layer, Layer):
            raise TypeError(f"cell {number} is a {type(layer).__name__}; expected layers.")
        where = f"{layer.name} ({type(layer.neuron).__name__})"
        _check(layer, spikes, where)
        fired = _layer(layer, spikes, float(duration_ms), int(room), where)
        done.append(fired)
        spikes = fired.spikes
    return tuple(done)


def _layer(
    layer: Layer, spikes: SpikeTimes, duration_ms: float, most_spikes: int, where: str
) -> Fired:
    """One layer; `where` is how errors call it."""
    membrane, ports = membrane_of(layer.neuron, where)
    units = layer.neuron.shape[0]
    arriving = _merged(layer.synapses, ports, where)
    own = _merged(layer.recurrent, ports, where)
    # A current that nothing feeds stays zero.
    fed = sorted({*arriving, *own})
    if not arriving:
        raise TypeError(f"{where}: no port has weights from the input; expected Dense on one.")
    membrane = membrane._replace(currents_ms=tuple(membrane.currents_ms[c] for c in fed))
    weights = Weights(_stacked(arriving, fed), _stacked(own, fed) if own else None)
    kind = _Kind(membrane, bool(own), duration_ms, most_spikes * (units if own else 1))
    times = jnp.asarray(spikes.times_ms, weights.arriving.dtype)
    found, highest, area = _fire(kind, weights, times, spikes.units)
    room = _enough(found, where, kind, most_spikes)
    batch = len(times)
    # In groups of one unit, spikes are in order within the unit alone.
    times = found.times_ms.reshape(batch, -1)
    who = jnp.take_along_axis(groups(batch, units, together=kind.together).units, found.member, 1)
    who = who.reshape(batch, -1)
    if not kind.together:
        order = jnp.argsort(times, axis=1)
        times, who = (jnp.take_along_axis(a, order, 1) for a in (times, who))
    rest = membrane.resting
    return Fired(
        SpikeTimes(room(times), who), room(highest) + rest, room(area) + rest * duration_ms
    )


class _Kind(NamedTuple):
    """What does not learn."""

    membrane: Membrane
    together: bool
    duration_ms: float
    room: int


def _run(
    kind: _Kind, weights: Weights, times: Array, senders: Array
) -> tuple[Course, Array, Array]:
    """What happened; its times and the largest potentials and areas, per example, are worth."""
    batch, units = len(times), weights.arriving.shape[1]
    members = groups(batch, units, together=kind.together)
    found = course(
        kind.membrane,
        weights,
        times,
        senders,
        members,
        duration_ms=kind.duration_ms,
        room=kind.room,
    )
    return found, found.highest.reshape(batch, units), found.area.reshape(batch, units)


def _forwards(kind: _Kind, weights: Weights, times: Array, senders: Array) -> tuple[Any, Any]:
    done = _run(kind, weights, times, senders)
    return done, (weights, times, senders, done[0])


def _backwards(kind: _Kind, kept: Any, cotangents: Any) -> tuple[Weights, Array, None]:
    weights, times, senders, found = kept
    of_course, highest, area = cotangents
    shape = found.highest.shape
    members = groups(len(times), weights.arriving.shape[1], together=kind.together)
    worth = Worth(of_course.times_ms, highest.reshape(shape), area.reshape(shape))
    # Times that never came are worth nothing, whatever arithmetic with them said.
    worth = worth._replace(times_ms=jnp.where(jnp.isfinite(found.times_ms), worth.times_ms, 0.0))
    back = adjoint(
        kind.membrane,
        weights,
        times,
        senders,
        members,
        found,
        worth,
        duration_ms=kind.duration_ms,
    )
    return (*back, None)


_fire: Any = jax.custom_vjp(_run, nondiff_argnums=(0,))
_fire.defvjp(_forwards, _backwards)


def _merged(
    synapses: dict[str, Any], ports: dict[str, int], where: str
) -> dict[int, Float[Array, "units fan_in"]]:
    """The weights onto each current that has any."""
    summed: dict[int, Array] = {}
    for port, synapse in synapses.items():
        if isinstance(synapse, Silent):
            continue
        if not isinstance(synapse, Dense):
            raise TypeError(
                f"{where}: the synapse onto {port!r} is a {type(synapse).__name__}, expected "
                "Dense or Silent."
            )
        current = ports[port]
        held = summed.get(current)
        summed[current] = synapse.weight if held is None else held + synapse.weight
    return summed


def _stacked(weights: dict[int, Array], fed: list[int]) -> Float[Array, "ports units fan_in"]:
    """The weights onto each current that any spike feeds, zero where these do not."""
    like = next(iter(weights.values()))
    return jnp.stack([weights.get(current, jnp.zeros_like(like)) for current in fed])


def _enough(found: Course, where: str, kind: _Kind, most_spikes: int) -> Any:
    """Hands arrays on, once it is sure that no spike is missing."""
    remedy = (
        f"{where}: there was room for {kind.room} spikes, and more came. Give more than "
        f"most_spikes = {most_spikes}, or smaller weights."
    )
    lacking = found.full.sum()
    if not isinstance(lacking, Tracer):
        if lacking > 0:
            what = "examples" if kind.together else "units, counted over all examples"
            raise RuntimeError(
                f"{remedy} So it was with {int(lacking)} of {found.full.size} {what}."
            )
        return lambda array: array
    return lambda array: eqx.error_if(array, lacking > 0, remedy)


def _check(layer: Layer, spikes: SpikeTimes, where: str) -> None:
    times, units = jnp.shape(spikes.times_ms), jnp.shape(spikes.units)
    if len(times) != 2 or times != units or 0 in times:
        raise ValueError(
            f"{where}: got times of shape {times} and units of shape {units}, expected [B, S] for "
            "both with at least one example and room for one spike. `ordered_spikes` makes them."
        )
    if len(layer.neuron.shape) != 1 or len(layer.in_shape) != 1:
        raise TypeError(f"{where}: expected one row of inputs and one row of units.")
    if not any(isinstance(array, Tracer) for array in spikes):
        times, units = (np.asarray(array) for array in spikes)
        largest = int(np.where(np.isfinite(times), units, 0).max())
        if largest >= layer.in_size:
            raise ValueError(
                f"{where}: a spike is from unit {largest}, but there are {layer.in_size} inputs, "
                "counted from 0."
            )
