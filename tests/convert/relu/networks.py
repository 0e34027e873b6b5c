"""Static networks with whatever a published one has, drawn at random."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.nets import Graph
from ranvier.neurons import RNN, Readout, ReLU
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Convolution,
    Dense,
    Flatten,
    MaximumPooling,
    Scale,
)


def line(*nodes):
    """Named nodes one behind the other."""
    names = [name for name, _ in nodes]
    return Graph(dict(nodes), list(zip(["input", *names], [*names, "output"], strict=True)))


class Drawn:
    """Weights of a seed."""

    def __init__(self, seed):
        self.draw = np.random.default_rng(seed)

    def normal(self, *shape, scale=1.0):
        return jnp.asarray(scale * self.draw.normal(size=shape))

    def dense(self, fan_out, fan_in):
        return Dense(self.normal(fan_out, fan_in, scale=(2 / fan_in) ** 0.5))

    def convolution(self, in_shape, channels, kernel=3, groups=1, **settings):
        *space, given = in_shape
        fan_in = given // groups
        weight = self.normal(kernel, kernel, fan_in, channels, scale=(9 * fan_in) ** -0.5)
        return Convolution(weight, tuple(space), groups=groups, **settings)

    def bias(self, shape):
        return Bias(self.normal(shape[-1], scale=0.3), shape)

    def batch_norm(self, shape, name="bn"):
        """Factors of both signs, and offsets."""
        return [
            (f"{name} scale", Scale(self.normal(shape[-1]), shape)),
            (f"{name} bias", self.bias(shape)),
        ]


def perceptron(seed=0, sizes=(12, 9, 7, 5)):
    d = Drawn(seed)
    nodes = []
    for number, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes)):
        nodes += [
            (f"dense {number}", d.dense(fan_out, fan_in)),
            (f"b {number}", d.bias((fan_out,))),
        ]
        if number < len(sizes) - 2:
            nodes.append((f"relu {number}", ReLU(fan_out)))
    return line(*nodes)


def convolutional(seed=0):
    """Normalisation before and behind rectified units, all poolings, groups, strides, padding."""
    d = Drawn(seed)
    one = d.convolution((8, 8, 3), 6, padding=1)
    two = d.convolution(one.shape, 8, padding="same", groups=2)
    pool = MaximumPooling(two.shape, 2)
    three = d.convolution(pool.shape, 8, stride=2, padding=1)
    average = AveragePooling(three.shape, 2)
    dense = d.dense(10, average.windows.out_space[0] ** 2 * 8)
    return line(
        ("one", one),
        *d.batch_norm(one.shape, "bn one"),
        ("relu one", ReLU(one.shape)),
        *d.batch_norm(one.shape, "bn two"),
        ("two", two),
        ("relu two", ReLU(two.shape)),
        *d.batch_norm(two.shape, "bn three"),
        ("pool", pool),
        ("three", three),
        ("bias three", d.bias(three.shape)),
        ("relu three", ReLU(three.shape)),
        *d.batch_norm(three.shape, "bn four"),
        ("average", average),
        ("flatten", Flatten(average.shape)),
        ("dense", dense),
        ("bias", d.bias((10,))),
    )


def residual(seed=0):
    """Two ways that meet, one of them with weights, and a way over two layers."""
    d = Drawn(seed)
    shape = (6, 6, 4)
    stem = d.convolution((6, 6, 2), 4, padding=1)
    a, b = d.convolution(shape, 4, padding=1), d.convolution(shape, 4, padding=1)
    c, short = d.convolution(shape, 5, stride=2, padding=1), d.convolution(shape, 5, 1, stride=2)
    pool = MaximumPooling((3, 3, 5), 3)
    nodes = {
        "stem": stem,
        "relu 0": ReLU(shape),
        "a": a,
        "a bias": d.bias(shape),
        "relu 1": ReLU(shape),
        "b": b,
        "relu 2": ReLU(shape),
        "c": c,
        "short": short,
        "relu 3": ReLU((3, 3, 5)),
        "pool": pool,
        "flatten": Flatten(pool.shape),
        "out": d.dense(4, 5),
        "readout": Readout(4),
    }
    edges = [
        ("input", "stem"),
        ("stem", "relu 0"),
        ("relu 0", "a"),
        ("a", "a bias"),
        ("a bias", "relu 1"),
        ("relu 1", "b"),
        ("b", "relu 2"),
        ("relu 0", "relu 2"),
        ("relu 2", "c"),
        ("relu 0", "short"),
        ("c", "relu 3"),
        ("short", "relu 3"),
        ("relu 3", "pool"),
        ("pool", "flatten"),
        ("flatten", "out"),
        ("out", "readout"),
        ("readout", "output"),
    ]
    return Graph(nodes, edges)


def late_rectified(seed=0):
    """A maximum of what is rectified behind it, and units with a bias of their own."""
    d = Drawn(seed)
    one = d.convolution((6, 6, 2), 3)
    pool = MaximumPooling(one.shape, 2)
    return line(
        ("one", one),
        ("bias", d.bias(one.shape)),
        ("pool", pool),
        ("relu", ReLU(pool.shape)),
        ("flatten", Flatten(pool.shape)),
        ("dense", d.dense(6, 12)),
        ("rnn", RNN(6, g=jax.nn.relu)),
        ("out", d.dense(3, 6)),
    )


NETWORKS = {
    "perceptron": perceptron,
    "deep perceptron": lambda seed=0: perceptron(seed, (12,) + (10,) * 30 + (5,)),
    "convolutional": convolutional,
    "residual": residual,
    "late rectified": late_rectified,
}


def samples(graph, count=20, seed=1, low=0.0, high=1.0):
    return low + (high - low) * np.random.default_rng(seed).random((count, *graph.in_shape))


def logits_of(graph, u):
    """What the graph itself gives, in the precision of the moment."""
    return np.asarray(graph(graph.init((len(u),)), jnp.asarray(u))[1])
