"""What the report draws of one image: spikes of the same layer under every approach."""

from typing import Any

import jax.numpy as jnp
import jax.random as jr
import numpy as np

from ranvier.apps.approaches._training import TEST, Training, inputs
from ranvier.convert.rate import Percentile, to_lif, to_rates
from ranvier.nets import record

_UNITS = 200


def inside(training: Training) -> dict[str, np.ndarray]:
    """Spikes of the first layer while the first test image is shown, by approach.

    Of a convolutional layer, units at the middle place.

    Args:
        training: whose networks are taken, of the first network and seed.
    """
    settings = training.settings
    network, seed = settings.networks[0], settings.first_seed
    image = training.parts.test.images[:1]
    found = {"image": image[0], "label": training.parts.test.labels[0]}
    x = inputs("relu", network, image)
    samples = inputs("relu", network, training.parts.learn.images[: settings.samples])

    def kept(name: str, y: Any) -> None:
        values = np.asarray(y)
        if values.ndim > 2:
            rows, columns = values.shape[1:3]
            values = values[:, rows // 2, columns // 2]
        found[name] = values[:, :_UNITS].astype(np.int8)

    def states(rates: Any, steps: int) -> Any:
        graph = rates.graph
        return graph.history(graph.init((1,)), rates.encode(x, steps))[1]["unit 1"].y[:, 0]

    def model(kind: str) -> Any:
        return training.model(kind, network, seed)[0]

    if "rates" in settings.approaches:
        percentile = Percentile(settings.percent)
        rates = to_rates(model("relu"), samples, normalisation=percentile)
        kept("rates", states(rates, settings.steps))
    if "qcfs" in settings.approaches:
        kept("qcfs", states(to_rates(model("qcfs"), samples), settings.levels))
    if "soft-lif" in settings.approaches:
        kept("soft-lif", states(to_lif(model("soft-lif")), settings.duration_ms))
    if "snu" in settings.approaches:
        xs = training.shown("snu", network, image, jr.key(TEST))
        kept("snu", record(model("snu"), jnp.asarray(xs))[0].y[:, 0])
    return found
