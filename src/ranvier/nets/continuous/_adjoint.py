r"""EventProp: from event to event backwards, what each unit's state is worth to the loss.

With the worth $a_v = \partial L / \partial v$ of a membrane and $a_p = \partial L / \partial i_p$
of its currents, just after time $t$, and $l$ the part of the loss that is an integral over time:

- between events, backwards, $\tau \dot a_v = a_v - \tau\, \partial l/\partial v$ and
  $\dot a_p = a_p / \tau_p - a_v / \tau$: the transposes of what `after` does;
- at a spike that arrives from $j$: $dL/dw_{pnj}$ gains $a_{p,n}$, and the time of that spike is
  worth $\sum_{p,n} w_{pnj} (a_{p,n}/\tau_p - a_{v,n}/\tau)$;
- at an own spike of unit $n$, whose membrane had the slope $\dot v^-$: its time is worth
  $g = \partial L/\partial t + l^- - l^+ + \sum_{p,m} w_{pmn} (a_{p,m}/\tau_p - a_{v,m}/\tau) -
  a_{v,n} (\dot v^- + (\theta - v_r)/\tau)$, and before it $a_{v,n} = -g / \dot v^-$.

Wunderlich and Pehle write $\lambda_V = -a_v/\tau$ and $\lambda_I = -a_p/\tau_p$.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ranvier.nets.continuous._forward import Course, Groups, Weights
from ranvier.nets.continuous._membrane import Charge, Membrane, response


class Worth(NamedTuple):
    """Derivatives of the loss by what a `Course` says.

    Attributes:
        times_ms: by the time of each own spike, `[G, L]`.
        highest, area: `[G, n]`.

    Example:
        >>> Worth(jnp.zeros((1, 2)), jnp.zeros((1, 1)), jnp.ones((1, 1))).area.shape
        (1, 1)
    """

    times_ms: Float[Array, "groups spikes"]
    highest: Float[Array, "groups members"]
    area: Float[Array, "groups members"]


class _Back(NamedTuple):
    clock: Array
    worth: Charge
    arrived: Array
    spikes: Array
    weights: Weights
    arriving_ms: Array


def adjoint(
    membrane: Membrane,
    weights: Weights,
    times_ms: Float[Array, "examples arriving"],
    senders: Int[Array, "examples arriving"],
    members: Groups,
    seen: Course,
    worth: Worth,
    *,
    duration_ms: float,
) -> tuple[Weights, Float[Array, "examples arriving"]]:
    """Derivatives of the loss by all weights, and by the times of the spikes that arrived.

    Args:
        membrane, weights, times_ms, senders, members, duration_ms: as of `course`.
        seen: what `course` gave.
        worth: derivatives of the loss by that.

    Example:
        See `ranvier.nets.continuous.fire`, which differentiates by it.
    """
    shape, dtype = members.units.shape, weights.arriving.dtype
    every, inputs = jnp.arange(shape[0]), times_ms.shape[1]
    taus = jnp.asarray(membrane.currents_ms, dtype)[:, None, None]
    direct = _kinks(seen, worth, inputs, every)
    fall = membrane.threshold - membrane.reset

    def next_event(back: _Back) -> _Back:
        own = back.spikes - 1
        heard = back.arrived - 1
        spiked = (own >= 0) & (seen.heard[every, own] > heard)
        arrived = ~spiked & (heard >= 0)
        input_ms = times_ms[members.example, heard]
        time = jnp.where(spiked, seen.times_ms[every, own], input_ms)
        time = jnp.where(spiked | arrived, time, back.clock)
        a = _before(membrane, back, seen, worth, time)
        # What one more unit of each current, a moment later, would be worth: [P, G, n].
        later = a.i / taus - a.v / membrane.tau_ms

        sender = senders[members.example, heard][:, None]
        at = (slice(None), members.units, sender)
        gained = back.weights.arriving.at[at].add(jnp.where(arrived[:, None], a.i, 0.0))
        moved = (weights.arriving[at] * later).sum((0, 2))
        place = jnp.where(arrived, heard, inputs)
        arriving = back.arriving_ms.at[members.example, place].add(moved, mode="drop")

        who = seen.member[every, own]
        steep = seen.slopes[every, own]
        g = direct[every, own] - a.v[every, who] * (steep + fall / membrane.tau_ms)
        # Of a membrane without a threshold, the fall is infinite and so is what it is worth.
        g = g + jnp.where(spiked, worth.area[every, who] * fall, 0.0)
        own_gained = back.weights.own
        if weights.own is not None and own_gained is not None:
            at = (slice(None), members.units, who[:, None])
            g = g + (weights.own[at] * later).sum((0, 2))
            own_gained = own_gained.at[at].add(jnp.where(spiked[:, None], a.i, 0.0))
        fired = spiked[:, None] & (jnp.arange(shape[1]) == who[:, None])
        v = jnp.where(fired, (-g / steep)[:, None], a.v)
        return _Back(
            time,
            Charge(v, a.i),
            back.arrived - arrived,
            back.spikes - spiked,
            Weights(gained, own_gained),
            arriving,
        )

    zero = jnp.zeros(shape, dtype)
    end = _Back(
        jnp.full(shape[0], duration_ms, dtype),
        Charge(zero, jnp.zeros((len(weights.arriving), *shape), dtype)),
        seen.arrived,
        seen.spikes,
        jax.tree.map(jnp.zeros_like, weights),
        _kinked_arrivals(seen, worth, members, times_ms),
    )
    done = jax.lax.while_loop(
        lambda back: ((back.arrived > 0) | (back.spikes > 0)).any(), next_event, end
    )
    return done.weights, done.arriving_ms


def _before(membrane: Membrane, back: _Back, seen: Course, worth: Worth, time: Array) -> Charge:
    """What the state was worth a stretch of time earlier, just after the event at its start."""
    passed = (back.clock - time)[:, None]
    v, i = _carried(membrane, back.worth.v, passed)
    i = i + jnp.stack(
        [jnp.exp(-passed / t) * a for t, a in zip(membrane.currents_ms, back.worth.i, strict=True)]
    )
    # The integral over the stretch.
    rates = [-tau * jnp.expm1(-passed / tau) for tau in membrane.currents_ms]
    v = v - worth.area * membrane.tau_ms * jnp.expm1(-passed / membrane.tau_ms)
    i = i + worth.area * jnp.stack(
        [
            rate - membrane.tau_ms * response(membrane.tau_ms, tau, passed)
            for rate, tau in zip(rates, membrane.currents_ms, strict=True)
        ]
    )
    # The largest potential, where it falls into the stretch.
    within = (seen.highest_ms > time[:, None]) & (seen.highest_ms <= back.clock[:, None])
    since = jnp.where(within, seen.highest_ms - time[:, None], 0.0)
    peak_v, peak_i = _carried(membrane, jnp.where(within, worth.highest, 0.0), since)
    return Charge(v + peak_v, i + peak_i)


def _carried(membrane: Membrane, a: Array, passed: Array) -> tuple[Array, Array]:
    """What a membrane worth `a` makes of its state some time before."""
    pushed = [response(membrane.tau_ms, tau, passed) * a for tau in membrane.currents_ms]
    return jnp.exp(-passed / membrane.tau_ms) * a, jnp.stack(pushed)


def _kinks(seen: Course, worth: Worth, inputs: int, every: Array) -> Array:
    """The worth of own spikes' times, with that of largest potentials which they cut off."""
    place = seen.kink - inputs
    room = seen.times_ms.shape[1]
    place = jnp.where(place >= 0, place, room)
    return worth.times_ms.at[every[:, None], place].add(
        worth.highest * seen.kink_slope, mode="drop"
    )


def _kinked_arrivals(seen: Course, worth: Worth, members: Groups, times_ms: Array) -> Array:
    """The same of the times of arriving spikes."""
    inputs = times_ms.shape[1]
    place = jnp.where(seen.kink >= 0, seen.kink, inputs)
    start = jnp.zeros(times_ms.shape, seen.highest.dtype)
    return start.at[members.example[:, None], place].add(
        worth.highest * seen.kink_slope, mode="drop"
    )
