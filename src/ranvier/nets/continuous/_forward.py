"""From event to event: arriving spikes, and those that they cause."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ranvier.nets.continuous._crossing import first_crossing, turns
from ranvier.nets.continuous._membrane import Charge, Membrane, after, area, potential, slope


class Groups(NamedTuple):
    """Units that see each other, G groups of n; every group runs through its own events.

    Units of a feed-forward layer do not see each other: each of each example is a group of one.

    Attributes:
        example: which example a group belongs to, `[G]`.
        units: which units of the layer it holds, `[G, n]`.

    Example:
        >>> groups(2, 3, together=False).units.shape, groups(2, 3, together=True).units.shape
        ((6, 1), (2, 3))
    """

    example: Int[Array, "groups"]
    units: Int[Array, "groups members"]


def groups(examples: int, units: int, *, together: bool) -> Groups:
    """The groups of a layer.

    Args:
        examples, units: how many.
        together: whether the units of an example see each other.

    Example:
        >>> groups(2, 2, together=False).example.tolist()
        [0, 0, 1, 1]
    """
    one, all_units = jnp.arange(examples), jnp.arange(units)
    if together:
        return Groups(one, jnp.broadcast_to(all_units, (examples, units)))
    return Groups(jnp.repeat(one, units), jnp.tile(all_units, examples)[:, None])


class Weights(NamedTuple):
    """What a spike adds to each current of each unit: from the input, and within the layer.

    Example:
        >>> Weights(jnp.zeros((1, 3, 2)), None).own is None
        True
    """

    arriving: Float[Array, "ports units fan_in"]
    own: Float[Array, "ports units units"] | None


class Course(NamedTuple):
    """All that happened, as the way back needs it.

    Attributes:
        times_ms: of the groups' own spikes, in order, infinite where there is none, `[G, L]`.
        member: which of the group's units fired.
        slopes: of its membrane at the threshold, per ms.
        heard: how many spikes had arrived before.
        spikes: how many there were.
        arrived: how many spikes arrived in all.
        full: whether there was no room for another spike, which ended the run of the group.
        highest: the largest potential above rest, `[G, n]`.
        highest_ms: when it was reached.
        kink: at which event it was cut off, counted from 0 over arriving spikes and then over own
            ones; -1 where no event did.
        kink_slope: of the membrane just before that event.
        area: under the potential, from 0 to the end, in units of the membrane times ms.

    Example:
        See `course`.
    """

    times_ms: Float[Array, "groups spikes"]
    member: Int[Array, "groups spikes"]
    slopes: Float[Array, "groups spikes"]
    heard: Int[Array, "groups spikes"]
    spikes: Int[Array, "groups"]
    arrived: Int[Array, "groups"]
    full: Array
    highest: Float[Array, "groups members"]
    highest_ms: Float[Array, "groups members"]
    kink: Int[Array, "groups members"]
    kink_slope: Float[Array, "groups members"]
    area: Float[Array, "groups members"]


class _Now(NamedTuple):
    clock: Array
    charge: Charge
    running: Array
    course: Course


def course(
    membrane: Membrane,
    weights: Weights,
    times_ms: Float[Array, "examples arriving"],
    senders: Int[Array, "examples arriving"],
    members: Groups,
    *,
    duration_ms: float,
    room: int,
) -> Course:
    """Run every group from rest to the end.

    Args:
        membrane: constants of every unit.
        weights: of the layer.
        times_ms: when spikes arrive, in order; the run ends before those that come too late.
        senders: which input each is from.
        members: the groups.
        duration_ms: the end.
        room: spikes that each group has room for, L.

    Example:
        One spike of weight 20 makes a unit fire four times.

        >>> from ranvier.nets.continuous._membrane import membrane_of
        >>> from ranvier.neurons import CurrentLIF
        >>> membrane, _ = membrane_of(CurrentLIF(1), "unit")
        >>> weights = Weights(jnp.array([[[20.0]], [[0.0]]]), None)
        >>> found = course(membrane, weights, jnp.ones((1, 1)), jnp.zeros((1, 1), int),
        ...                groups(1, 1, together=False), duration_ms=50.0, room=4)
        >>> int(found.spikes[0]), [round(float(t), 3) for t in found.times_ms[0, :2]]
        (4, [2.154, 3.673])
    """
    shape, dtype = members.units.shape, weights.arriving.dtype
    zero = jnp.zeros(shape, dtype)
    every, inputs = jnp.arange(shape[0]), times_ms.shape[1]
    # One more, which never comes.
    times = jnp.pad(times_ms.astype(dtype), ((0, 0), (0, 1)), constant_values=jnp.inf)
    sent = jnp.pad(senders, ((0, 0), (0, 1)))
    ends = jnp.asarray(duration_ms, dtype)
    none = jnp.zeros((shape[0], room), int)
    start = _Now(
        jnp.zeros(shape[0], dtype),
        Charge(zero, jnp.zeros((len(weights.arriving), *shape), dtype)),
        jnp.ones(shape[0], bool),
        Course(
            times_ms=jnp.full((shape[0], room), jnp.inf, dtype),
            member=none,
            slopes=jnp.ones((shape[0], room), dtype),
            heard=none,
            spikes=jnp.zeros(shape[0], int),
            arrived=jnp.zeros(shape[0], int),
            full=jnp.zeros(shape[0], bool),
            highest=zero,
            highest_ms=zero,
            kink=jnp.full(shape, -1),
            kink_slope=zero,
            area=zero,
        ),
    )

    def next_event(now: _Now) -> _Now:
        clock, charge, running, seen = now
        arrival = times[members.example, seen.arrived]
        stretch = jnp.maximum(jnp.minimum(arrival, ends) - clock, 0.0)
        within = jnp.broadcast_to(stretch[:, None], shape)
        turning = turns(membrane, charge, within)
        crossing = first_crossing(membrane, charge, within, turning)
        who = crossing.argmin(1)
        soonest = crossing[every, who]
        crosses = running & (soonest < jnp.inf)
        full = crosses & (seen.spikes == room)
        fires, hears = crosses & ~full, running & ~crosses & (arrival <= ends)

        passed = jnp.where(crosses, soonest, stretch)[:, None]
        later = after(membrane, charge, passed)
        steep = slope(membrane, later)
        firing = fires[:, None] & (jnp.arange(shape[1]) == who[:, None])
        event = jnp.where(fires, inputs + seen.spikes, jnp.where(hears, seen.arrived, -1))
        seen = _watch(membrane, seen, now, turning, passed, later, steep, event, firing)

        at = jnp.where(fires, seen.spikes, room)
        time = jnp.where(fires, clock + soonest, jnp.where(hears, arrival, clock))
        jump = _jump(weights, members, sent, seen.arrived, who, fires, hears)
        v = jnp.where(firing, membrane.reset, later.v)
        # The slope of the one that fires, its potential being that of the threshold.
        at_threshold = (later.i.sum(0) - membrane.threshold)[every, who] / membrane.tau_ms
        seen = seen._replace(
            times_ms=seen.times_ms.at[every, at].set(time, mode="drop"),
            member=seen.member.at[every, at].set(who, mode="drop"),
            slopes=seen.slopes.at[every, at].set(at_threshold, mode="drop"),
            heard=seen.heard.at[every, at].set(seen.arrived, mode="drop"),
            spikes=seen.spikes + fires,
            arrived=seen.arrived + hears,
            full=seen.full | full,
        )
        return _Now(time, Charge(v, later.i + jump), fires | hears, seen)

    return jax.lax.while_loop(lambda now: now.running.any(), next_event, start).course


def _jump(
    weights: Weights,
    members: Groups,
    sent: Array,
    arrived: Array,
    who: Array,
    fires: Array,
    hears: Array,
) -> Array:
    """What the event adds to the currents, `[P, G, n]`."""
    sender = sent[members.example, arrived][:, None]
    jump = jnp.where(hears[:, None], weights.arriving[:, members.units, sender], 0.0)
    if weights.own is None:
        return jump
    return jump + jnp.where(fires[:, None], weights.own[:, members.units, who[:, None]], 0.0)


def _watch(
    membrane: Membrane,
    seen: Course,
    now: _Now,
    turning: tuple[Array, ...],
    passed: Array,
    later: Charge,
    steep: Array,
    event: Array,
    firing: Array,
) -> Course:
    """Largest potential and area so far, after a stretch that ended with an event, or the end."""
    running = now.running[:, None]
    highest, highest_ms = seen.highest, seen.highest_ms
    kink, kink_slope = seen.kink, seen.kink_slope
    for turn in turning:
        # Beyond the event it is no turn, and below the highest no matter.
        v = potential(membrane, now.charge, jnp.minimum(turn, passed))
        higher = running & (turn < passed) & (v > highest)
        highest = jnp.where(higher, v, highest)
        highest_ms = jnp.where(higher, now.clock[:, None] + turn, highest_ms)
        kink = jnp.where(higher, -1, kink)
        kink_slope = jnp.where(higher, 0.0, kink_slope)
    v = jnp.where(firing, membrane.threshold, later.v)
    higher = running & (v > highest)
    # A spike cuts its own membrane off at the threshold, which nothing moves.
    cut = jnp.where(firing, -1, event[:, None])
    return seen._replace(
        highest=jnp.where(higher, v, highest),
        highest_ms=jnp.where(
            higher, jnp.where(firing, -jnp.inf, now.clock[:, None] + passed), highest_ms
        ),
        kink=jnp.where(higher, cut, kink),
        kink_slope=jnp.where(higher, jnp.where(cut < 0, 0.0, steep), kink_slope),
        area=seen.area + jnp.where(running, area(membrane, now.charge, later, passed), 0.0),
    )
