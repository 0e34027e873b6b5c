"""ODIN and tinyODIN as crossbars: in what they differ, what they refuse, how they are built."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips import odin, tiny_odin
from ranvier.hardware.deployment._checks import Check
from ranvier.hardware.deployment._plain import Kind, Plain


class Dialect(NamedTuple):
    """In what two chips with a crossbar differ.

    Attributes:
        name: of the chip.
        threshold: the largest.
        signed: whether a synapse has a sign of its own; else a row has one for all of them.
        floor: whether membranes end at zero.
        build: from whole weights, inhibiting rows, thresholds, leaks, working neurons and whether
            the loop is open, to a chip.
        events: has `spike` and `time_reference`.
    """

    name: str
    threshold: int
    signed: bool
    floor: bool
    build: Callable[..., Any]
    events: Any


def crossbar_checks(kinds: Sequence[Kind], layers: Sequence[Plain]) -> list[Check]:
    """Which rules of the chips layers keep."""
    checks = []
    for kind, layer in zip(kinds, layers, strict=True):
        positive = bool((np.asarray(layer.threshold) > 0).all())
        rules = (
            (
                "outputs",
                "spikes" if kind.spikes else "a readout",
                "spikes",
                kind.spikes,
                "End the network in spiking units.",
            ),
            (
                "reset",
                kind.reset,
                "zero",
                kind.reset == "zero" or not kind.spikes,
                "Train with reset='zero'.",
            ),
            (
                "loops",
                "none" if layer.recurrent is None else "recurrent synapses",
                "none",
                layer.recurrent is None,
                "Its spikes arrive at once, those of a layer a step later; take ReckOn.",
            ),
            (
                "threshold",
                "positive" if positive else "zero or less",
                "positive",
                positive or not kind.spikes,
                "Such a unit fires without input.",
            ),
        )
        checks += [Check(kind.name, *rule) for rule in rules]
    return checks


def differences(dialect: Dialect, kinds: Sequence[Kind], leaks: bool) -> tuple[str, ...]:
    """In what the chip's arithmetic is another than that of the layers, in words."""
    found = [
        "The inputs of a time step arrive one after another, and a unit fires as soon as it is at "
        "its threshold: before all have arrived, or twice.",
    ]
    if dialect.floor and not all(kind.floor for kind in kinds):
        found.append("Membranes end at zero; those of the network do not (g=jax.nn.relu does).")
    if leaks:
        found.append("The leak takes the same from every membrane, whatever it holds.")
    return tuple(found)


def _build_odin(
    weights: NDArray, negative: NDArray, threshold: NDArray, leak: NDArray, open_loop: bool
) -> odin.ODIN:
    neurons = {
        int(slot): odin.LIFNeuron(
            thr=int(threshold[slot]), leak_str=int(leak[slot]), leak_en=int(leak[slot] > 0)
        )
        for slot in np.flatnonzero(threshold >= 0)
    }
    sign = sum(1 << int(slot) for slot in np.flatnonzero(negative))
    configuration = odin.Configuration(open_loop=int(open_loop), syn_sign=sign)
    return odin.ODIN(neurons, np.where(weights > 0, weights + 8, 0), configuration)


def _build_tiny_odin(
    weights: NDArray, negative: NDArray, threshold: NDArray, leak: NDArray, open_loop: bool
) -> tiny_odin.TinyODIN:
    del negative
    neurons = {
        int(slot): tiny_odin.LIFNeuron(thr=int(threshold[slot]), leak_str=int(leak[slot]))
        for slot in np.flatnonzero(threshold >= 0)
    }
    last = int(np.flatnonzero(threshold >= 0).max())
    configuration = tiny_odin.Configuration(open_loop=int(open_loop), max_neur=last)
    return tiny_odin.TinyODIN(neurons, weights, configuration)


ODIN = Dialect("odin", 255, False, True, _build_odin, odin)
TINY_ODIN = Dialect("tiny-odin", 2047, True, False, _build_tiny_odin, tiny_odin)
