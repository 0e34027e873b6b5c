"""Running a neuron for its pictures: a trace, a rate curve, a phase plane."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ranvier.apps.neuron._views import Plane, View
from ranvier.core import Neuron
from ranvier.nets import Layer, record
from ranvier.neurons import catalogue
from ranvier.synapses import Dense, Silent
from ranvier.synapses._lateral import LATERAL

_SETTLES = 0.2  # part of the window that is not counted
_GRID = 241  # points per axis of a phase plane
_FINER = 1000.0  # how much shorter the step is by which a slope is measured


class Clock(NamedTuple):
    """A neuron's unit of time.

    Attributes:
        unit: "ms", "ns", or "steps".
        step: length of a step in it.
        setting: what the neuron calls it; empty where it counts in steps.
        rate_unit: of spikes per time.
        per: by how much spikes per unit of time are multiplied to give that.
    """

    unit: str
    step: float
    setting: str
    rate_unit: str
    per: float


def clock_of(unit: Neuron) -> Clock:
    """The unit in which a neuron's time is counted.

    Args:
        unit: any neuron.

    Example:
        >>> from ranvier.neurons import LIF, SNU
        >>> clock_of(LIF(1)).rate_unit, clock_of(SNU(1)).rate_unit
        ('Hz', 'spikes per step')
    """
    for name, short, rate in (("time_step_ms", "ms", "Hz"), ("time_step_ns", "ns", "MHz")):
        if hasattr(unit, name):
            return Clock(short, float(getattr(unit, name)), name, rate, 1000.0)
    return Clock("steps", 1.0, "", "spikes per step", 1.0)


@eqx.filter_jit
def _record(layer: Layer, xs: Any, key: Any) -> tuple[Any, ...]:
    return record(layer, xs, key=key)


def _layer(unit: Neuron, ports: tuple[str, ...]) -> Layer:
    """One neuron with a synapse of weight one onto each driven port, and none onto the others."""
    weights, count = jnp.eye(len(ports)), len(ports)
    lateral = {port: LATERAL[kind](1) for port, kind in unit.lateral_ports.items()}
    silent = {port: Silent(count, 1) for port in unit.ports if port not in (*ports, *lateral)}
    driven = {port: Dense(weights[i : i + 1]) for i, port in enumerate(ports)}
    return Layer(unit, {**silent, **driven}, lateral)


def _states(
    unit: Neuron, ports: tuple[str, ...], xs: np.ndarray, key: Any = None
) -> dict[str, np.ndarray]:
    """Every state over time under inputs `[T, batch, ports]`."""
    (history,) = _record(_layer(unit, ports), jnp.asarray(xs), key)
    return {
        name: np.asarray(values)[..., 0]
        for name, values in history._asdict().items()
        if hasattr(values, "ndim")
    }


def trace(unit: Neuron, view: View, *, seed: int = 0) -> dict[str, np.ndarray]:
    """The states of a neuron under the inputs of its view.

    Args:
        unit: of one unit.
        view: how it is shown.
        seed: draws the noise, where the view asks for it.

    Returns:
        `times` [T] and `input/PORT` [T]; `state/VARIABLE` [T] for all that is recorded.

    Example:
        >>> from ranvier.apps.neuron._views import view_of
        >>> from ranvier.neurons import SNU
        >>> int(trace(SNU(1), view_of("snu"))["state/y"].sum())
        14
    """
    step = clock_of(unit).step
    times = step * np.arange(max(2, round(view.duration / step)))
    part = times / view.duration
    inputs = {port: given.level * given.shape(part) for port, given in view.inputs.items()}
    key = jax.random.key(seed) if view.noisy else None
    xs = np.stack(list(inputs.values()), axis=-1)[:, None]
    states = _states(unit, tuple(inputs), xs, key)
    return {
        "times": times,
        **{f"input/{port}": values for port, values in inputs.items()},
        **{f"state/{name}": values[:, 0] for name, values in states.items()},
    }


def rates(unit: Neuron, view: View, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a neuron answers to inputs that are held.

    Args:
        unit: of one unit.
        view: which port, and for how long.
        levels: [n] inputs.

    Returns:
        [n] spikes per unit of time, from the first counted spike to the last; and [n] outputs,
        averaged.

    Example:
        >>> from ranvier.apps.neuron._views import view_of
        >>> from ranvier.neurons import SNU
        >>> rates(SNU(1), view_of("snu"), np.array([0.1, 0.5]))[0].round(4).tolist()
        [0.0, 0.3333]
    """
    step, port = clock_of(unit).step, next(iter(view.inputs))
    steps = max(2, round(view.window / step))
    xs = np.broadcast_to(levels[None, :, None], (steps, len(levels), 1))
    y = _states(unit, (port,), xs)["y"][int(_SETTLES * steps) :]
    found = np.zeros(len(levels))
    for index, fired in enumerate(y.T > 0):
        at = np.flatnonzero(fired)
        if at.size > 1:
            found[index] = (at.size - 1) / ((at[-1] - at[0]) * step)
    return found, y.mean(axis=0)


def plane(
    name: str, settings: Mapping[str, Any], view: View, look: Plane, path: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """How fast two state variables change, over a grid of them.

    It is measured by the neuron's own step, made a thousand times shorter, in double precision:
    what the neuron computes is what is drawn.

    Args:
        name: of the catalogue.
        settings: what the neuron is made with.
        view: which inputs are on.
        look: which variables.
        path: the trace, which sets the limits that `look` leaves open.

    Returns:
        `across` [n], `up` [m], and `slope/across`, `slope/up` [m, n].

    Example:
        See `ranvier show neuron morris-lecar`, which draws it.
    """
    with jax.enable_x64(True):
        clock = clock_of(catalogue[name](1, **settings))
        short = clock.step / _FINER
        unit = catalogue[name](1, **{**settings, clock.setting: short})
        limits = [
            given or _around(path[f"state/{variable}"])
            for given, variable in zip((look.across, look.up), look.names, strict=True)
        ]
        across, up = (np.linspace(*limit, _GRID) for limit in limits)
        grid = dict(zip(look.names, np.meshgrid(across, up), strict=True))
        state = unit.init((_GRID, _GRID))._replace(
            **{variable: jnp.asarray(values[..., None]) for variable, values in grid.items()}
        )
        on = {port: given.level if look.driven else 0.0 for port, given in view.inputs.items()}
        currents = [jnp.full(state.y.shape, on.get(port, 0.0)) for port in unit.ports]
        new = unit.step(state, *currents)
        fired = np.asarray(new.y[..., 0]) > 0
        slopes = [
            np.where(fired, np.nan, (np.asarray(getattr(new, v)[..., 0]) - grid[v]) / short)
            for v in look.names
        ]
    return {"across": across, "up": up, "slope/across": slopes[0], "slope/up": slopes[1]}


def _around(values: np.ndarray) -> tuple[float, float]:
    margin = 0.15 * (float(np.ptp(values)) or 1.0)
    return float(values.min()) - margin, float(values.max()) + margin
