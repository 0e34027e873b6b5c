"""From a static network of rectified units to spiking ones whose rates stand for activities."""

from typing import Any, Literal

import numpy as np

from ranvier.convert.rate._network import Inputs, RateNetwork
from ranvier.convert.rate._normalisation import Normalisation, Percentile
from ranvier.convert.rate._source import check_units, rectified, with_arrays
from ranvier.convert.rate._spiking import scales_of_all, spiking
from ranvier.convert.relu import normal_form
from ranvier.convert.ttfs._certificate import checked
from ranvier.core import Neuron, one_of
from ranvier.nets import Graph
from ranvier.neurons import IF, QCFS, SignedIF
from ranvier.synapses import RateEstimate, SpikeCount

ResetOrSigned = Literal["subtract", "zero", "signed"]


def to_rates(
    network: Graph,
    samples: Any,
    *,
    normalisation: Normalisation | None = None,
    reset: ResetOrSigned = "subtract",
    start: float = 0.5,
    inputs: Inputs = "analogue",
    input_range: tuple[Any, Any] = (0.0, 1.0),
    estimate: RateEstimate | None = None,
) -> RateNetwork:
    r"""Make a trained network of rectified units a network of integrate-and-fire neurons.

    After $T$ steps, a neuron with reset by subtraction that starts at $v_0$ has the rate

    $$r = a - \frac{v(T) - v(0)}{T}$$

    in spikes per step, where $a$ is the mean current that reached it: for a constant current
    within 0 and 1, its rate misses the activity by less than $1/T$ from $v_0 = 0$ and by half of
    that from $v_0 = 1/2$. Weights and biases are scaled so that the activity $\lambda$ of a layer
    is a rate of one (`normalisation`); a bias is a current of every step. Of what meets at a unit,
    ways around it among it, each part is scaled by its own source. Averages stay; in place of a
    maximum stands a gate ([`GatedPooling`][ranvier.synapses.GatedPooling]). The output does not
    spike but adds up.

    A network of [`QCFS`][ranvier.neurons.QCFS] brings its scales along.

    Args:
        network: what [`normal_form`][ranvier.convert.relu.normal_form] takes, or with
            [`QCFS`][ranvier.neurons.QCFS] in place of every rectified unit.
        samples: inputs from the training data, `[B, *in_shape]`, that the scales are found on.
        normalisation: how: `Percentile()`, which is taken if not given, `ModelBased()` or
            `ThresholdBalancing()`.
        reset: `"subtract"`; `"zero"`, which loses what is above the threshold, so that its error
            stays however long it runs; `"signed"`: by subtraction, with spikes that take back what
            was sent too early.
        start: $v_0$ in units of the threshold; 0.5 rounds to the nearest count, 0 down.
        inputs: `"analogue"`: the input is a current that stays; `"poisson"`: it is drawn as spikes.
        input_range: least and largest input, each a number or one per channel.
        estimate: of rates, by which gates go; `SpikeCount()` if not given.

    Raises:
        ValueError: what `normal_form` refuses; samples of another shape, not finite or outside the
            range; a layer without an active unit on the samples; rectified units beside QCFS, or a
            normalisation for QCFS; the node is named.

    Source: Diehl et al., IJCNN 2015; Rueckauer et al., Front. Neurosci. 11 (2017); Hu, Tang, Pan,
    IEEE Trans. Neural Netw. Learn. Syst. (2021), for ways around layers; Deng, Gu, ICLR 2021, for
    the start at half.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.neurons import ReLU
        >>> from ranvier.synapses import Dense
        >>> net = Graph(
        ...     {"hidden": Dense(jnp.array([[2.0], [-1.0]])), "relu": ReLU(2),
        ...      "out": Dense(jnp.ones((1, 2)))},
        ...     [("input", "hidden"), ("hidden", "relu"), ("relu", "out"), ("out", "output")],
        ... )
        >>> rates = to_rates(net, jnp.array([[0.5], [1.0]]), normalisation=Percentile(100.0))
        >>> rates.scales["relu"], rates.logits(jnp.array([[0.5]]), 4)[-1]
        (array(2.), Array([[1.]], dtype=float32))
    """
    one_of("to_rates", "reset", reset, ("subtract", "zero", "signed"))
    one_of("to_rates", "inputs", inputs, ("analogue", "poisson"))
    levels = {name: node for name, node in network.nodes.items() if isinstance(node, QCFS)}
    form = normal_form(rectified(network, levels), input_range=input_range)
    low, high = (np.asarray(end, np.float64) for end in input_range)
    x = np.clip((checked(samples, network.in_shape, input_range) - low) / (high - low), 0, 1)
    exact = with_arrays(form)
    if levels:
        check_units(form, levels)
        if normalisation is not None:
            raise ValueError(
                f"node {next(iter(levels))!r} is a QCFS, whose ceiling is its scale, and "
                f"normalisation is {normalisation!r}. Leave it out."
            )
        scales = {name: np.asarray(levels[name].ceiling, np.float64) for name in form.units}
    else:
        scales = (normalisation or Percentile())(exact, x)
    _check_scales(scales, len(x))

    def neuron(name: str, shape: tuple[int, ...]) -> Neuron:
        if reset == "signed":
            return SignedIF(shape, starting_potential=start)
        return IF(shape, reset=reset, starting_potential=start)

    graph = spiking(form, scales, neuron, estimate or SpikeCount())
    return RateNetwork(
        graph, network, exact, scales_of_all(form, scales), levels, inputs, input_range
    )


def _check_scales(scales: dict[str, Any], count: int) -> None:
    for name, scale in scales.items():
        if not (np.all(np.isfinite(scale)) and np.all(np.asarray(scale) > 0)):
            raise ValueError(
                f"{name!r} has the scale {scale}: no unit of it is active on the {count} samples. "
                "Give samples of the training data; if they are, the layer is dead."
            )
