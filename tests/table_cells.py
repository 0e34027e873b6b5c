"""Every cell that is no container, once: a new one adds a line and is swept through all tests."""

import jax
import jax.numpy as jnp

import ranvier as rv
from ranvier.learn.plasticity import CoincidenceSTDP, Plastic
from ranvier.learn.rules import SyntheticGradients, Taught
from ranvier.learn.single_spike import Counted
from ranvier.nets import (
    Branch,
    ByBatch,
    Cable,
    Chain,
    Graph,
    Layer,
    Residual,
    RestrictedBoltzmann,
    SpikingAttention,
    SpikingBoltzmann,
    Tied,
    Tree,
)
from ranvier.nets.single_spike import MostafaLayer, SingleSpikeNetwork
from ranvier.nets.ttfs import ReLUNetwork, SpikeTimeNetwork, Units, Way
from tests.table import dense, ramp

# What runs as the cells within do, and is swept with them.
CONTAINERS = {ByBatch, Chain, Counted, Layer, SyntheticGradients, Taught, Tied}


def within(neuron: rv.core.Neuron) -> Layer:
    return Layer(neuron, {"dendrite": dense(3, 3)})


def tree() -> Tree:
    """A trunk that splits in two, six compartments in all."""
    return Tree([Branch(200.0, 2.0, 2), *(Branch(100.0, 1.0, 2, parent=0) for _ in range(2))])


def rectified() -> ReLUNetwork:
    hidden = Units((Way("input", (dense(3, 4),)),), ramp(4), (4,))
    output = Units((Way("hidden", (dense(4, 2),)),), ramp(2), (2,))
    return ReLUNetwork({"hidden": hidden}, output, (3,))


CELLS = {
    "cable": lambda: Cable(tree(), time_step_ms=0.5),
    "cable, backward euler, learned": lambda: Cable(
        tree(),
        membrane_resistance_Ohm_cm2=1e4 * ramp(6),
        membrane_capacitance_uF_per_cm2=ramp(6),
        axial_resistivity_Ohm_cm=jnp.asarray(150.0),
        time_step_ms=0.5,
        scheme="backward_euler",
    ),
    "residual": lambda: Residual(within(rv.SNU.soft(3, threshold=0.4))),
    "residual, and": lambda: Residual(within(rv.SNU(3, threshold=0.4)), "and"),
    "residual, iand": lambda: Residual(within(rv.SNU(3, threshold=0.4)), "iand"),
    "spiking attention": lambda: SpikingAttention.random(
        rv.SNU((2, 2), threshold=0.1), heads=2, key=jax.random.key(15), scale=4.0
    ),
    "graph, fed back": lambda: Graph(
        {"one": rv.LIF(3, threshold=0.1), "two": rv.LIF(3, threshold=0.01), "back": dense(3, 3)},
        [("input", "one"), ("one", "two"), ("two", "back"), ("back", "one"), ("two", "output")],
    ),
    "spiking boltzmann": lambda: SpikingBoltzmann(
        RestrictedBoltzmann(3 * dense(2, 3).weight, ramp(3), ramp(2))
    ),
    "plastic": lambda: Plastic(within(rv.SNU(3, threshold=1.0)), CoincidenceSTDP(0.25, 0.125)),
    "single spikes": lambda: SingleSpikeNetwork(
        [MostafaLayer(jnp.abs(dense(3, 3).weight) + 1.0), MostafaLayer(2.0 * jnp.eye(3))]
    ),
    "rectified units": rectified,
    "rectified units, by spike times": lambda: SpikeTimeNetwork(
        rectified(), {"hidden": jnp.ones(4)}, {"input": jnp.ones(()), "hidden": 4 * jnp.ones(())}
    ),
}

# What some of them are by definition, where a sweep expects something else of a cell.

# All examples share what one of them changes.
MIXES_EXAMPLES = ["plastic"]

# What is handed on as the derivative is not that of the output: a spike has a surrogate, windows
# and slopes of spike times do not learn.
OWN_DERIVATIVE = [
    "residual, and",
    "residual, iand",
    "spiking attention",
    "graph, fed back",
    "spiking boltzmann",
    "plastic",
    "rectified units, by spike times",
]

# Every step is an example of its own.
WITHOUT_STATE = ["single spikes", "rectified units", "rectified units, by spike times"]

# What a key changes.
NOISY = ["spiking boltzmann"]
