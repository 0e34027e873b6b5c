"""Showing one neuron: run it, record it, and leave a folder with its pictures."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ranvier.apps._recording import new_run, read_run
from ranvier.apps.neuron._measure import clock_of, plane, rates, trace
from ranvier.apps.neuron._presets import PRESETS
from ranvier.apps.neuron._report import write_report
from ranvier.apps.neuron._views import View, view_of
from ranvier.core import nearest
from ranvier.neurons import catalogue

_LEVELS = 41


def run(
    folder: Path,
    name: str,
    *,
    settings: Mapping[str, Any] | None = None,
    level: float | None = None,
    duration: float | None = None,
) -> dict[str, Any]:
    """Show a neuron: its membrane over time, how its rate depends on the input, its phase plane.

    Args:
        folder: where the run leaves its files.
        name: of the catalogue.
        settings: parameters of the neuron in place of those it is shown with.
        level: height of the input, in the unit of its first port; a sensible one if not given.
        duration: of the trace, in the neuron's unit of time; a sensible one if not given.

    Returns:
        What `result.json` holds.

    Raises:
        ValueError: an unknown neuron or setting (the nearest is named), a duration that is not
            positive, or a value that the neuron refuses.
        FileExistsError: the folder holds a run.

    Example:
        See `ranvier show neuron`, which is this function.
    """
    view = _asked(view_of(name), level, duration)
    chosen = {**view.settings, **(settings or {})}
    _check_names(name, chosen)
    try:
        unit = catalogue[name](1, **chosen)
        state = unit.init()
        jax.eval_shape(unit.step, state, *(state.y for _ in unit.ports))
    except TypeError as error:
        raise ValueError(f"{name} cannot be made with {chosen}: {error}.") from error
    clock = clock_of(unit)
    shown = {"neuron": name, "parameters": chosen, "level": level, "duration": duration}
    with new_run(folder, "neuron", shown, _source(name)) as recorder:
        path = trace(unit, view)
        recorder.arrays |= {f"trace/{key}": values for key, values in path.items()}
        states = {k.removeprefix("state/"): v for k, v in path.items() if k.startswith("state/")}
        spiking = bool(np.isin(states["y"], (0, 1)).all())
        for which, of in (("threshold", view.threshold), ("peak", view.peak)):
            if of is not None:
                value = np.asarray(of(unit, states), float)
                recorder.arrays[f"trace/{which}"] = np.broadcast_to(value, states["y"].shape)
        fired = path["times"][np.flatnonzero(states["y"])] if spiking else np.empty(0)
        recorder.result = {
            "class": type(unit).__name__,
            "summary": catalogue.summary(name),
            "time_unit": clock.unit,
            "time_step": clock.step,
            "rate_unit": clock.rate_unit,
            "spiking": spiking,
            "spikes": int(fired.size) if spiking else None,
            "first_spike": float(fired[0]) if fired.size else None,
            "input": next(iter(view.inputs.values())).label,
            "level": next(iter(view.inputs.values())).level,
        }
        if view.levels is not None:
            _measure_rates(recorder, unit, view, spiking)
        if view.plane is not None:
            found = plane(name, chosen, view, view.plane, path)
            recorder.arrays |= {f"plane/{key}": values for key, values in found.items()}
        if name in PRESETS and not settings:
            patterns = PRESETS[name]()
            for pattern, parts in patterns.items():
                for part, values in parts.items():
                    recorder.arrays[f"pattern/{pattern}/{part}"] = values
            recorder.result["patterns"] = {
                pattern: int(parts["fired"].sum()) for pattern, parts in patterns.items()
            }
    write_report(folder)
    return read_run(folder)[0]


def _asked(view: View, level: float | None, duration: float | None) -> View:
    if duration is not None:
        if not 0 < duration < float("inf"):
            raise ValueError(f"duration is {duration}, expected more than 0.")
        view = view._replace(duration=duration)
    if level is not None:
        first, *rest = view.inputs.items()
        changed = {first[0]: first[1]._replace(level=level), **dict(rest)}
        view = view._replace(inputs=changed)
    return view


def _check_names(name: str, settings: Mapping[str, Any]) -> None:
    """A mistyped parameter is answered with the nearest, where the neuron names its own."""
    parameters = inspect.signature(catalogue[name]).parameters.values()
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        return
    known = [p.name for p in parameters if p.name != "shape"]
    for given in settings:
        if given not in known:
            raise ValueError(f"{name} has no parameter {given!r}. {nearest(given, known)}")


def _source(name: str) -> str:
    """What the docstring of the neuron names as its source."""
    kind = catalogue[name]
    text = inspect.getdoc(getattr(kind, "__self__", kind)) or ""
    _, found, after = text.partition("Source: ")
    return " ".join(after.split("\n\n")[0].split()).rstrip(".") if found else ""


def _measure_rates(recorder: Any, unit: Any, view: View, spiking: bool) -> None:
    clock = clock_of(unit)
    levels = np.linspace(*(view.levels or (0.0, 1.0)), _LEVELS)
    found, outputs = rates(unit, view, levels)
    recorder.arrays["rates/levels"] = levels
    recorder.arrays["rates/measured"] = clock.per * found if spiking else outputs
    if spiking:
        firing = levels[found > 0]
        recorder.result["least_input_that_fires"] = float(firing[0]) if firing.size else None
        recorder.result["largest_rate"] = clock.per * float(found.max())
        if view.closed_form is not None:
            fine = np.linspace(levels[0], levels[-1], 10 * (_LEVELS - 1) + 1)
            recorder.arrays["rates/fine"] = fine
            recorder.arrays["rates/closed_form"] = clock.per * view.closed_form(unit, fine)
            off = np.abs(found - view.closed_form(unit, levels)).max()
            recorder.result["largest_deviation"] = clock.per * float(off)
