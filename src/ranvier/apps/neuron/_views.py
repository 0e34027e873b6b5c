"""How each neuron of the catalogue is shown: what drives it, and what is looked at."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ranvier.apps.neuron import _closed_form as closed
from ranvier.apps.neuron import _shapes as shapes
from ranvier.apps.neuron._shapes import Shape
from ranvier.neurons import catalogue

Level = Callable[[Any, Mapping[str, np.ndarray]], Any]
"""From the neuron and its recorded states to a level of the membrane, one or one per step."""


class Input(NamedTuple):
    """What drives one port.

    Attributes:
        level: at its height, in units of the port.
        label: name and unit.
        shape: over time.
    """

    level: float
    label: str = "input"
    shape: Shape = shapes.step


class Plane(NamedTuple):
    """A phase plane.

    Attributes:
        names: the two state variables, across and up.
        labels: their names and units.
        across: limits of the first variable; those of the path if None.
        up: limits of the second one.
        driven: whether the input is on (the level of the step), or off.
    """

    names: tuple[str, str]
    labels: tuple[str, str]
    across: tuple[float, float] | None = None
    up: tuple[float, float] | None = None
    driven: bool = True


class View(NamedTuple):
    """How a neuron is shown.

    Attributes:
        inputs: port to what drives it; the first one is that of the rate curve.
        duration: of the trace, in the neuron's unit of time.
        window: of the rate curve, in the same unit; the first fifth is not counted.
        levels: range of the inputs of the rate curve; None draws none.
        settings: what the neuron is made with.
        membrane: state variable of the upper panel; the first one if None.
        label: its name and unit.
        threshold: level of the membrane; None draws none.
        peak: how high a spike is drawn where the state shows the membrane after the reset.
        others: further state variables to their names and units.
        closed_form: rates that follow from the equation.
        plane: phase plane.
        noisy: whether the trace is drawn with noise; the rate curve is not.
    """

    inputs: Mapping[str, Input]
    duration: float = 60.0
    window: float = 400.0
    levels: tuple[float, float] | None = None
    settings: Mapping[str, Any] = MappingProxyType({})
    membrane: str | None = None
    label: str = "membrane (threshold = 1)"
    threshold: Level | None = None
    peak: Level | None = None
    others: Mapping[str, str] = MappingProxyType({})
    closed_form: Callable[[Any, np.ndarray], np.ndarray] | None = None
    plane: Plane | None = None
    noisy: bool = False


def _of(name: str) -> Level:
    return lambda unit, states: getattr(unit, name)


def _above(rest: Level, threshold: Level) -> Level:
    """A spike drawn as high above the threshold as that is above rest."""
    return lambda unit, states: 2 * threshold(unit, states) - rest(unit, states)


def _snu(unit: Any, states: Mapping[str, np.ndarray]) -> Any:
    return -float(unit.bias[0])


def _moving(unit: Any, states: Mapping[str, np.ndarray]) -> Any:
    return -float(unit.bias[0]) - unit.beta * states["b"]


def _two(unit: Any, states: Mapping[str, np.ndarray]) -> float:
    return 2.0 * unit.threshold


_POTENTIAL = "membrane potential (mV)"

_FAMILY = View(
    {"dendrite": Input(0.42)},
    levels=(0.0, 1.2),
    threshold=_snu,
    closed_form=closed.spiking_neural_unit,
)
_SOFT = _FAMILY._replace(levels=(-2.0, 2.0), closed_form=None)
_ADAPTIVE = {"threshold": _moving, "closed_form": None, "others": {"b": "adaptation"}}
_SOMA = {"dendrite": Input(0.42, "dendrite"), "soma": Input(-0.6, "soma", shapes.middle)}
_AXON = {"dendrite": Input(0.42, "dendrite"), "axon": Input(4.0, "axon", shapes.wave)}
_LEAKY = View(
    {"dendrite": Input(1.3)},
    duration=150.0,
    window=1000.0,
    levels=(0.0, 4.0),
    settings={"time_step_ms": 0.1},
    threshold=_of("threshold"),
    peak=_two,
    closed_form=closed.leaky,
)
_TANH = View({"dendrite": Input(1.5)}, levels=(-3.0, 3.0), label="output")
_SUPPLY = "supply (V)"

_VIEWS: dict[str, View] = {
    "snu": _FAMILY,
    "ssnu": _SOFT,
    "a-snu": _FAMILY._replace(**_ADAPTIVE),
    "a-ssnu": _SOFT._replace(**_ADAPTIVE),
    "snu-a": _FAMILY._replace(inputs=_SOMA, **_ADAPTIVE),
    "ssnu-a": _SOFT._replace(inputs=_SOMA, **_ADAPTIVE),
    "snu-o": _FAMILY._replace(inputs=_AXON, closed_form=None, levels=None),
    "ssnu-o": _SOFT._replace(inputs=_AXON),
    "li-snu": _FAMILY,
    "li-ssnu": _SOFT,
    "lif": _LEAKY,
    "if": _LEAKY._replace(
        inputs={"dendrite": Input(0.23)},
        duration=60.0,
        window=400.0,
        levels=(0.0, 1.2),
        settings={},
        closed_form=closed.without_leak,
    ),
    "current-lif": _LEAKY._replace(
        inputs={
            "excitatory": Input(0.03, "excitatory (per step)"),
            "inhibitory": Input(-0.01, "inhibitory (per step)", shapes.middle),
        },
        levels=(0.0, 0.1),
        others={"excitatory": "excitatory current", "inhibitory": "inhibitory current"},
        closed_form=closed.synaptic_current,
    ),
    "conductance-lif": View(
        {
            "excitatory": Input(0.008, "excitatory (per step)"),
            "inhibitory": Input(0.02, "inhibitory (per step)", shapes.middle),
        },
        duration=200.0,
        window=1000.0,
        levels=(0.0, 0.03),
        settings={"time_step_ms": 0.1},
        label=_POTENTIAL,
        threshold=_of("threshold_mV"),
        peak=_above(_of("reset_mV"), _of("threshold_mV")),
        others={"excitatory": "conductance (of leak)", "inhibitory": "inhibitory (of leak)"},
        closed_form=closed.synaptic_conductance,
    ),
    "alif": View(
        {"dendrite": Input(0.12)},
        duration=500.0,
        window=2000.0,
        levels=(0.0, 0.4),
        threshold=lambda unit, s: unit.threshold + unit.beta * (s["a"] - s["y"]),
        others={"a": "adaptation"},
    ),
    "qif": View(
        {"dendrite": Input(0.6, "input (nA)")},
        duration=200.0,
        window=1000.0,
        levels=(0.0, 1.5),
        label=_POTENTIAL,
        threshold=_of("critical_mV"),
        peak=_of("peak_mV"),
        closed_form=closed.quadratic,
    ),
    "eif": View(
        {"dendrite": Input(1.6, "input (nA)")},
        duration=150.0,
        window=1000.0,
        levels=(0.0, 4.0),
        settings={"time_step_ms": 0.02},
        label=_POTENTIAL,
        threshold=_of("threshold_mV"),
        peak=_of("peak_mV"),
        closed_form=closed.exponential,
    ),
    "adex": View(
        {"dendrite": Input(800.0, "input (pA)")},
        duration=400.0,
        window=1500.0,
        levels=(0.0, 2000.0),
        label=_POTENTIAL,
        threshold=_of("threshold_mV"),
        peak=_of("peak_mV"),
        others={"w": "adaptation (pA)"},
        plane=Plane(
            ("v", "w"), (_POTENTIAL, "adaptation (pA)"), across=(-85.0, -35.0), up=(-40.0, 480.0)
        ),
    ),
    "resonate-and-fire": View(
        {"dendrite": Input(0.75, shape=shapes.pulses(0.05, 0.1, 0.45, 0.55))},
        duration=200.0,
        threshold=_of("threshold"),
        settings={"tau_ms": 40.0, "time_step_ms": 0.25},
        plane=Plane(("x", "v"), ("x, driven by the input", "v (threshold = 1)"), driven=False),
        others={"x": "x"},
    ),
    "izhikevich": View(
        {"dendrite": Input(10.0, "input (mV/ms)")},
        duration=300.0,
        window=1000.0,
        levels=(0.0, 40.0),
        label=_POTENTIAL,
        peak=_of("peak_mV"),
        others={"u": "recovery (mV/ms)"},
        plane=Plane(
            ("v", "u"), (_POTENTIAL, "recovery (mV/ms)"), across=(-85.0, -25.0), up=(-20.0, 4.0)
        ),
    ),
    "hodgkin-huxley": View(
        {"dendrite": Input(10.0, "input (µA/cm²)")},
        duration=100.0,
        window=500.0,
        levels=(0.0, 40.0),
        label=_POTENTIAL,
        others={"m": "gate m", "h": "gate h", "n": "gate n"},
    ),
    "hodgkin-huxley-traub-miles": View(
        {"dendrite": Input(1.5, "input (µA/cm²)")},
        duration=150.0,
        window=500.0,
        levels=(-3.0, 10.0),
        label=_POTENTIAL,
        others={"m": "gate m", "h": "gate h", "n": "gate n"},
    ),
    "morris-lecar": View(
        {"dendrite": Input(300.0, "input (µA/cm²)")},
        duration=250.0,
        window=1000.0,
        levels=(0.0, 600.0),
        label=_POTENTIAL,
        others={"n": "gate n"},
        plane=Plane(("v", "n"), (_POTENTIAL, "gate n"), across=(-75.0, 60.0), up=(0.0, 1.0)),
    ),
    "parallel-spiking": _LEAKY._replace(
        settings={},
        peak=None,
        levels=(0.0, 2.0),
        closed_form=closed.leaky_without_reset,
    ),
    "two-compartment-lif": View(
        {"dendrite": Input(5.0, "input to the dendrite")},
        duration=200.0,
        window=1000.0,
        levels=(0.0, 12.0),
        settings={"time_step_ms": 0.1},
        threshold=_of("threshold"),
        peak=_two,
        label="soma (threshold = 1)",
        others={"v_dendrite": "dendrite"},
        plane=Plane(("v_soma", "v_dendrite"), ("soma (threshold = 1)", "dendrite (threshold = 1)")),
    ),
    "phase-change": View(
        {"dendrite": Input(1.0, "pulse amplitude")},
        levels=(0.0, 4.0),
        label="conductance (µS)",
        threshold=_of("threshold_uS"),
        closed_form=closed.phase_change,
        noisy=True,
    ),
    "amorphous-thickness": View(
        {"dendrite": Input(1.0, "pulse amplitude")},
        levels=(0.0, 4.0),
        label="thickness (nm)",
        threshold=lambda unit, s: unit.decay_nm * np.log(unit.crystalline_uS / unit.threshold_uS),
        closed_form=closed.amorphous_thickness,
        noisy=True,
    ),
    "threshold-switch": View(
        {"supply_V": Input(2.6, _SUPPLY)},
        duration=4000.0,
        window=20_000.0,
        levels=(1.5, 7.0),
        label="device (V)",
        threshold=_of("threshold_V"),
        others={"on": "on"},
        closed_form=closed.relaxation,
    ),
    "vo2": View(
        {"supply_V": Input(12.0, _SUPPLY)},
        duration=20_000.0,
        window=60_000.0,
        levels=(6.0, 20.0),
        label="device (V)",
        others={"rise": "temperature\nrise (K)"},
    ),
    "mott": View(
        {"supply_V": Input(2.8, _SUPPLY)},
        duration=3000.0,
        window=4000.0,
        levels=(2.0, 3.4),
        label="device (V)",
        others={"u": "metallic core"},
    ),
    "delta-encoder": View(
        {"dendrite": Input(1.0, shape=shapes.wave)}, label="sum of messages", membrane="reference"
    ),
    "sigma-delta": View({"dendrite": Input(1.0, "change", shapes.changes)}, label="sum of changes"),
    "leaky-integrator": View({"dendrite": Input(0.2)}, levels=(-1.0, 1.0), label="state"),
    "short-term-plasticity": View(
        {"spike": Input(1.0, "spike", shapes.pulses(*np.arange(0.05, 0.5, 0.05), 0.9))},
        duration=1000.0,
        membrane="x",
        label="resources x",
        others={"u": "utilisation u"},
    ),
    "readout": _TANH,
    "relay": _TANH,
    "rnn": _TANH,
    "gru": View(
        {"candidate": Input(1.5, "candidate")}, levels=(-3.0, 3.0), label="output", duration=40.0
    ),
    "lstm": View(
        {"cell": Input(1.5, "cell")}, levels=(-3.0, 3.0), label="cell state", duration=40.0
    ),
}


def view_of(name: str) -> View:
    """How the neuron `name` is shown; one without an entry gets a step onto its first port.

    Args:
        name: of the catalogue.

    Raises:
        ValueError: no neuron is called so; the nearest is named.

    Example:
        >>> view_of("izhikevich").inputs["dendrite"].level
        10.0
    """
    catalogue.check(name)
    if name in _VIEWS:
        return _VIEWS[name]
    return View({catalogue[name](1).input_ports[0]: Input(1.0)}, label="membrane")
