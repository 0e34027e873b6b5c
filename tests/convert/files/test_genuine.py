"""Networks that others trained and gave away."""

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.convert.files import read_network
from ranvier.convert.files.layout import AveragePool, Conv, Dense, Flatten, ReLU
from ranvier.data import cifar10, mnist


def logits(network, images: np.ndarray) -> np.ndarray:
    run = jax.jit(lambda x: network(network.init((len(x),)), x)[1])
    parts = np.array_split(images, max(len(images) // 250, 1))
    return np.concatenate([run(jnp.asarray(part, jnp.float32)) for part in parts])


def test_the_residual_network_of_mlperf_tiny(real_data):
    read = read_network(real_data / "pretrained" / "mlperf_tiny_resnet8_cifar10.h5")
    assert read.source == "Keras HDF5" and read.network.in_shape == (32, 32, 3)
    assert any("softmax" in note for note in read.notes)
    # Nine convolutions, seven normalisations; three sums are edges that meet.
    assert len(read.network.neurons) == 7 and read.layers["add"] == ()
    into = [two for _, two in read.network.edges]
    assert [name for name in read.network.neurons if into.count(name) == 2] == [
        "activation_2",
        "activation_4",
        "activation_6",
    ]
    photographs = cifar10("test", real_data, lossy=True)
    right = logits(read.network, photographs.images[:1000]).argmax(-1) == photographs.labels[:1000]
    # 76.44 % of all 5,000; 1,000 of them lie within four standard errors.
    assert abs(right.mean() - 0.7644) < 4 * (0.7644 * 0.2356 / 1000) ** 0.5


def test_the_convolutional_network_of_sinabs(real_data):
    path = real_data / "pretrained" / "mnist_convnet_relu.npz"
    block = [Conv(), ReLU(), AveragePool(2)]
    layout = [*block, *block, *block, Flatten(), Dense(), ReLU(), Dense()]
    read = read_network(path, layout=layout, in_shape=(1, 28, 28))
    digits = mnist("test", real_data)
    images = digits.images.reshape(-1, 28, 28, 1) / 255
    right = logits(read.network, images).argmax(-1) == digits.labels
    assert right.sum() == 9788
