import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.synapses import (
    AveragePooling,
    Convolution,
    Flatten,
    MaximumPooling,
    Scale,
    SumPooling,
    TransposedConvolution,
    matrix_of,
)
from tests.convert.relu.networks import Drawn

pytestmark = pytest.mark.usefixtures("float64")


def _synapses():
    d = Drawn(5)
    shape = (5, 6, 4)
    convolution = d.convolution(shape, 6, stride=2, padding=1, dilation=2, groups=2)
    yield d.dense(3, 4)
    yield convolution
    yield TransposedConvolution(convolution)
    yield Convolution(d.normal(3, 2, 5), (9,), padding="same")
    yield AveragePooling(shape, 2, stride=1, padding=1)
    yield SumPooling(shape, (2, 3))
    yield Scale(d.normal(4), shape)
    yield Flatten(shape)


@pytest.mark.parametrize("synapse", list(_synapses()), ids=lambda s: type(s).__name__)
def test_the_matrix_is_the_synapse(synapse):
    synapse = jax.tree.map(lambda a: jnp.asarray(a) if eqx.is_array(a) else a, synapse)
    z = jnp.asarray(np.random.default_rng(0).normal(size=synapse.in_shape))
    found = matrix_of(synapse) @ np.asarray(z).ravel()
    np.testing.assert_allclose(found, np.asarray(synapse(z)).ravel(), atol=1e-13)


def test_the_matrix_of_what_is_not_linear_is_refused():
    with pytest.raises(ValueError, match="MaximumPooling"):
        matrix_of(MaximumPooling((4, 4, 1), 2))
