"""Published firing patterns, run side by side: twenty of Izhikevich, eight of the AdEx."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.nets import Layer, record
from ranvier.neurons import AdEx, Izhikevich, adex_patterns, izhikevich_behaviours
from ranvier.synapses import OneToOne

_ADEX_MS, _ADEX_STEP_MS = 600.0, 0.1


def _columns(rows: list[dict[str, float]], defaults: dict[str, float]) -> dict[str, Any]:
    """Parameters of several neurons as one array per parameter."""
    names = sorted({name for row in rows for name in row})
    return {n: jnp.array([row.get(n, defaults.get(n, np.nan)) for row in rows]) for n in names}


def _run(unit: Any, xs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    (history,) = record(Layer(unit, {"dendrite": OneToOne(xs.shape[-1])}), jnp.asarray(xs))
    fired = np.asarray(history.y) > 0
    # The state shows the reset; a spike is drawn to its peak.
    return np.where(fired, unit.peak_mV, np.asarray(history.v)), fired


def izhikevich() -> dict[str, dict[str, np.ndarray]]:
    """Name to `times`, `membrane`, `drive` and `fired`, each [T], of the twenty behaviours.

    Example:
        >>> int(izhikevich()["tonic bursting"]["fired"].sum())
        28
    """
    found = {}
    defaults = {"linear": 5.0, "constant": 140.0, "recovery_offset_mV": 0.0, "recovery_leak": 1.0}
    with jax.enable_x64(True):
        steps_ms = sorted({b.parameters["time_step_ms"] for b in izhikevich_behaviours.values()})
        for step_ms in steps_ms:
            same = {
                name: behaviour
                for name, behaviour in izhikevich_behaviours.items()
                if behaviour.parameters["time_step_ms"] == step_ms
            }
            rows = []
            for behaviour in same.values():
                row = {k: v for k, v in behaviour.parameters.items() if k != "time_step_ms"}
                rows.append({"start_u": row["b"] * row["start_mV"], **row})
            longest = max(len(b.times_ms) for b in same.values())
            xs = np.zeros((longest, len(same)))
            for column, behaviour in enumerate(same.values()):
                drive = behaviour.current(behaviour.times_ms)
                xs[: len(drive), column] = drive
            unit = Izhikevich(len(same), time_step_ms=step_ms, **_columns(rows, defaults))
            membrane, fired = _run(unit, xs)
            for column, (name, behaviour) in enumerate(same.items()):
                until = len(behaviour.times_ms)
                found[name] = {
                    "times": behaviour.times_ms,
                    "membrane": membrane[:until, column],
                    "drive": xs[:until, column],
                    "fired": fired[:until, column],
                }
    return {name: found[name] for name in izhikevich_behaviours}


def adex() -> dict[str, dict[str, np.ndarray]]:
    """Name to `times`, `membrane`, `drive` and `fired`, each [T], of the eight patterns.

    Example:
        >>> int(adex()["initial burst"]["fired"].sum())
        12
    """
    with jax.enable_x64(True):
        columns = _columns([dict(p.parameters) for p in adex_patterns.values()], {})
        unit = AdEx(len(adex_patterns), time_step_ms=_ADEX_STEP_MS, **columns)
        times = _ADEX_STEP_MS * np.arange(round(_ADEX_MS / _ADEX_STEP_MS))
        current = np.array([p.current_pA for p in adex_patterns.values()])
        membrane, fired = _run(unit, np.broadcast_to(current, (len(times), len(current))))
    return {
        name: {
            "times": times,
            "membrane": membrane[:, column],
            "drive": np.full(len(times), current[column]),
            "fired": fired[:, column],
        }
        for column, name in enumerate(adex_patterns)
    }


PRESETS = {"izhikevich": izhikevich, "adex": adex}
"""Neurons that have published patterns."""
