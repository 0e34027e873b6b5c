"""From neurons to nodes of NIR."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from ranvier.convert.nir._synapses_out import Draft, channels_first
from ranvier.core import Neuron
from ranvier.nets import Looped
from ranvier.neurons import (
    IF,
    LIF,
    SNU,
    Driven,
    LeakyIntegrator,
    LeakyMembrane,
    Readout,
    Relay,
    ThresholdUnit,
    identity,
    kept,
)
from ranvier.synapses import Exponential, LowPass

_KNOWN = (
    "SNU, LIF, IF, LeakyMembrane, LeakyIntegrator, ThresholdUnit, Readout, Relay, and LIF or "
    "LeakyMembrane driven by one LowPass or Exponential"
)


class Written(NamedTuple):
    """A neuron as NIR holds it.

    Attributes:
        draft: the node, `None` where the neuron does nothing but hand on.
        metadata: what NIR has no field for.
        bias: what is added before, `[*units]`, or `None`.
    """

    draft: Draft | None
    metadata: dict[str, str]
    bias: np.ndarray | None = None


def own_step_ms(neuron: Neuron) -> float | None:
    """The time step that a neuron states, if it does."""
    inside = getattr(neuron, "neuron", None)
    if inside is not None:
        return own_step_ms(inside)
    return getattr(neuron, "time_step_ms", None)


def written(neuron: Neuron, step_ms: float | None, where: str) -> Written:
    """A neuron as NIR holds it.

    Args:
        neuron: what shall be written.
        step_ms: the time step, which some neurons do not state themselves.
        where: how errors call the neuron.

    Raises:
        ValueError: what NIR has no node for; it is named, with what would help.
    """
    while isinstance(neuron, Looped):
        neuron = neuron.neuron
    if isinstance(neuron, Relay):
        return Written(None, {})
    if isinstance(neuron, Readout):
        return Written(None, {}, np.asarray(neuron.bias))
    field = _Fields(neuron.shape)
    if isinstance(neuron, ThresholdUnit):
        draft = Draft("Threshold", {"threshold": field("threshold", neuron.threshold)})
        return Written(draft, field.metadata())
    if step_ms is None:
        raise ValueError(
            f"{where}: it has no time step of its own, and NIR's equations are in time. Give "
            "time_step_ms."
        )
    if isinstance(neuron, SNU):
        return _snu(neuron, field, step_ms, where)
    if isinstance(neuron, LeakyIntegrator):
        return _integrator(neuron, field, step_ms, where)
    if isinstance(neuron, IF):
        if np.any(np.asarray(neuron.starting_potential)):
            raise ValueError(
                f"{where}: its membrane starts at {neuron.starting_potential}, and NIR has no "
                "field for that. Give starting_potential=0."
            )
        fields = {
            "r": field("r", neuron.gain, 1000.0 / step_ms),
            "v_threshold": field("v_threshold", neuron.threshold),
            "v_reset": field("v_reset", neuron.reset_potential),
        }
        return Written(Draft("IF", fields), field.metadata(neuron))
    if isinstance(neuron, (LIF, LeakyMembrane)):
        return Written(Draft(*_membrane(neuron, field, "tau")), field.metadata(neuron))
    if isinstance(neuron, Driven) and isinstance(neuron.neuron, (LIF, LeakyMembrane)):
        return _driven(neuron, neuron.neuron, field, where)
    raise ValueError(
        f"{where}: NIR has no node for the neuron {type(neuron).__name__}. It can hold {_KNOWN}."
    )


class _Fields:
    """Turns parameters into arrays, one value per unit, and keeps in mind which of them learn."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape, self.learn = shape, []

    def __call__(self, name: str, value: Any, scale: float = 1.0) -> np.ndarray:
        if not isinstance(value, (int, float)):
            self.learn.append(name)
        wide = np.asarray(value, np.float64) * scale
        kind = np.asarray(value).dtype if not isinstance(value, (int, float)) else np.float64
        # A scaled value keeps all digits, so that it comes back as it was.
        stored = wide if scale != 1.0 else wide.astype(kind)
        return np.array(channels_first(np.broadcast_to(stored, self.shape)))

    def metadata(self, neuron: Any = None, **more: str) -> dict[str, str]:
        """What NIR has no field for, of a neuron or as given."""
        found = {"learns": ",".join(self.learn)} if self.learn else {}
        for key in ("reset", "reset_time", "discretisation"):
            if hasattr(neuron, key):
                found[key] = str(getattr(neuron, key))
        return found | more


def _membrane(
    unit: LIF | LeakyMembrane, field: _Fields, tau: str
) -> tuple[str, dict[str, np.ndarray]]:
    fields = {
        tau: field(tau, unit.tau_membrane_ms, 1e-3),
        "r": field("r", unit.resistance),
        "v_leak": field("v_leak", unit.resting_potential),
    }
    if isinstance(unit, LeakyMembrane):
        return "LI", fields
    fields["v_threshold"] = field("v_threshold", unit.threshold)
    fields["v_reset"] = field("v_reset", unit.reset_potential)
    return "LIF", fields


def _driven(neuron: Driven, unit: LIF | LeakyMembrane, field: _Fields, where: str) -> Written:
    (kinetics, *others) = neuron.kinetics
    if others or not isinstance(kinetics, (LowPass, Exponential)):
        kinds = [type(k).__name__ for k in neuron.kinetics]
        raise ValueError(
            f"{where}: NIR has one synaptic current per neuron, a low pass; here are {kinds}. "
            "Take one LowPass or Exponential."
        )
    kind, fields = _membrane(unit, field, "tau_mem")
    fields["tau_syn"] = field("tau_syn", kinetics.tau_ms, 1e-3)
    if isinstance(kinetics, Exponential):
        share = 1 - np.exp(-kinetics.time_step_ms / np.asarray(kinetics.tau_ms, np.float64))
        gain: Any = np.asarray(kinetics.scale, np.float64) / share
        if unit.discretisation != "exact":
            raise ValueError(
                f"{where}: an Exponential is exact and its {type(unit).__name__} is not; NIR's "
                "metadata hold one discretisation per node. Take a LowPass."
            )
        gain = float(gain) if gain.ndim == 0 else gain
    else:
        gain = kinetics.gain
        if kinetics.discretisation != unit.discretisation:
            raise ValueError(
                f"{where}: its LowPass is {kinetics.discretisation} and its "
                f"{type(unit).__name__} {unit.discretisation}; NIR's metadata hold one "
                "discretisation per node. Make them equal."
            )
    fields["w_in"] = field("w_in", gain)
    return Written(Draft(f"Cuba{kind}", fields), field.metadata(unit))


def _snu(neuron: SNU, field: _Fields, step_ms: float, where: str) -> Written:
    """The unit as the neuron that it is: see `ranvier.neurons.lif_from_snu`."""
    tried = [float(neuron.h(jnp.float32(x))) for x in (-0.3, 0.0, 0.3)]
    if neuron.g is not identity or tried != [0.0, 0.0, 1.0]:
        raise ValueError(
            f"{where}: NIR's neurons spike and do not rectify their membrane, but this SNU has "
            f"h({-0.3}), h(0), h({0.3}) = {tried} and g = "
            f"{getattr(neuron.g, '__name__', neuron.g)}. Take g = identity and a spiking h."
        )
    decay = np.asarray(kept(neuron.decay), np.float64)
    threshold = field("v_threshold", -np.asarray(neuron.bias))
    meta = {"reset": "zero", "reset_time": "next_carry", "discretisation": "exact"}
    zero = np.zeros_like(threshold)
    if (decay == 0).all():
        return Written(Draft("Threshold", {"threshold": threshold}), {})
    if (decay == 1).all():
        fields = {"r": field("r", 1.0, 1000.0 / step_ms), "v_threshold": threshold, "v_reset": zero}
        return Written(Draft("IF", fields), field.metadata(**meta))
    _check_between(decay, where)
    tau, gain = _of_decay(decay, step_ms)
    fields = {
        "tau": field("tau", _plain(tau, neuron.decay)),
        "r": field("r", _plain(gain, neuron.decay)),
        "v_leak": zero,
        "v_threshold": threshold,
        "v_reset": zero,
    }
    return Written(Draft("LIF", fields), field.metadata(**meta))


def _integrator(neuron: LeakyIntegrator, field: _Fields, step_ms: float, where: str) -> Written:
    decay = np.asarray(kept(neuron.decay), np.float64)
    bias = np.asarray(neuron.bias)
    if (decay == 1).all():
        if bias.any():
            raise ValueError(
                f"{where}: NIR's integrator has no offset, but this one adds a bias to what it "
                "gives. Set the bias to zero, or let it leak."
            )
        return Written(
            Draft("I", {"r": field("r", neuron.gain, 1000.0 / step_ms)}), field.metadata()
        )
    _check_between(decay, where)
    tau, gain = _of_decay(decay, step_ms)
    fields = {
        "tau": field("tau", _plain(tau, neuron.decay)),
        "r": field("r", _plain(gain * np.asarray(neuron.gain, np.float64), neuron.decay)),
        "v_leak": field("v_leak", bias),
    }
    return Written(Draft("LI", fields), field.metadata(discretisation="exact"))


def _check_between(decay: np.ndarray, where: str) -> None:
    if (decay <= 0).any() or (decay >= 1).any():
        raise ValueError(
            f"{where}: its decays reach from {decay.min():g} to {decay.max():g}; NIR needs all of "
            "them within 0..1, ends left out, or all 0, or all 1. Move those at the ends."
        )


def _of_decay(decay: np.ndarray, step_ms: float) -> tuple[np.ndarray, np.ndarray]:
    """The time constant in seconds, and the resistance that leaves the input as it is."""
    return -1e-3 * step_ms / np.log(decay), 1 / (1 - decay)


def _plain(values: np.ndarray, decay: Any) -> Any:
    """A number where the decay is one."""
    return float(values) if isinstance(decay, (int, float)) else values
