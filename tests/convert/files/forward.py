"""Layers in plain NumPy, channels last: what the readers must agree with. Files of Keras."""

import itertools
import json
import math
import zipfile

import h5py
import jax
import jax.numpy as jnp
import numpy as np


def draw(seed: int, *shape: int) -> np.ndarray:
    """Numbers that single precision holds exactly, in double precision."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32).astype(float)


def run(read, x: np.ndarray) -> np.ndarray:
    """The logits of what was read."""
    network = read.network
    once = jax.jit(lambda x: network(network.init((len(x),)), x)[1])
    return np.asarray(once(jnp.asarray(x)))


def same(space, size, stride, dilation=None):
    """Padding as TensorFlow lays it: one window per stride, the odd place behind."""
    pairs = []
    for n, k, s, d in zip(space, size, stride, dilation or [1] * len(size), strict=True):
        missing = max((math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
        pairs.append((missing // 2, missing - missing // 2))
    return pairs


def windows(x, size, stride, pads, dilation=None, fill=0.0):
    """`[N, *places, C, windows]`: what each window sees, place by place."""
    x = np.pad(np.asarray(x, float), [(0, 0), *pads, (0, 0)], constant_values=fill)
    dilation = dilation or [1] * len(size)
    counts = [
        (n - (k - 1) * d - 1) // s + 1
        for n, k, d, s in zip(x.shape[1:-1], size, dilation, stride, strict=True)
    ]
    seen = []
    for offset in itertools.product(*map(range, size)):
        cut = [
            slice(o * d, o * d + (c - 1) * s + 1, s)
            for o, d, c, s in zip(offset, dilation, counts, stride, strict=True)
        ]
        seen.append(x[(slice(None), *cut, slice(None))])
    return np.stack(seen, -1)


def conv(x, kernel, bias=None, *, stride, pads, dilation=None, groups=1):
    """Kernel `[*k, in / groups, out]`, one group after the other."""
    *size, seen, out = kernel.shape
    flat = np.asarray(kernel, float).reshape(-1, seen, out)
    looked = windows(x, size, stride, pads, dilation)
    parts = []
    for g in range(groups):
        own = looked[..., g * seen : (g + 1) * seen, :]
        weight = flat[..., g * (out // groups) : (g + 1) * (out // groups)]
        parts.append(np.einsum("...ck,kco->...o", own, weight))
    return np.concatenate(parts, -1) + (0 if bias is None else bias)


def maximum(x, size, stride, pads):
    return windows(x, size, stride, pads, fill=-np.inf).max(-1)


def average(x, size, stride, pads, *, counts_padding=False):
    """Places of the padding do not count, unless said otherwise."""
    total = windows(x, size, stride, pads).sum(-1)
    ones = np.ones_like(np.asarray(x, float))
    if counts_padding:
        ones = np.pad(ones, [(0, 0), *pads, (0, 0)], constant_values=1.0)
        pads = [(0, 0)] * len(size)
    return total / windows(ones, size, stride, pads).sum(-1)


def norm(x, gamma, beta, mean, variance, epsilon):
    gamma = 1 if gamma is None else np.asarray(gamma, float)
    beta = 0 if beta is None else beta
    return gamma * (x - mean) / np.sqrt(np.asarray(variance, float) + epsilon) + beta


def relu(x):
    return np.maximum(x, 0)


# Files of Keras


def keras_hdf5(path, config, weights, *, style=2):
    """A model as Keras of a version writes it: layer to (array to values)."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"], file.attrs["backend"] = f"{style}.0.0", "tensorflow"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for layer, arrays in weights.items():
            own = group.create_group(layer)
            names = [_array_name(layer, name, style) for name in arrays]
            own.attrs["weight_names"] = [name.encode() for name in names]
            for name, values in zip(names, arrays.values(), strict=True):
                own.create_dataset(name, data=np.float32(values))
    return path


_KERAS_1 = {"kernel": "W", "bias": "b", "moving_mean": "running_mean"}
_KERAS_1 |= {"moving_variance": "running_std"}


def _array_name(layer, name, style):
    if "/" in name:  # of a model within
        return f"{name}:0" if style == 2 else f"outer/{name}"
    if style == 1:
        return f"{layer}_{_KERAS_1.get(name, name)}"
    return f"{layer}/{name}:0" if style == 2 else f"sequential/{layer}/{name}"


def keras_zip(path, config, groups, *, container="layers", backslashes=False):
    """A `.keras` file: the path of a group within its containers, and its arrays in order."""
    scratch = path.with_suffix(".tmp")
    with h5py.File(scratch, "w") as file:
        for name, arrays in groups.items():
            parts = [part for step in name.split("/") for part in (container, step)]
            inside = file.create_group(("\\" if backslashes else "/").join([*parts, "vars"]))
            for number, values in enumerate(arrays):
                inside.create_dataset(str(number), data=np.float32(values))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", json.dumps(config))
        archive.write(scratch, "model.weights.h5")
    return path


def layer(kind, name, **config):
    """A layer of a `Sequential`."""
    return {"class_name": kind, "config": {"name": name, **config}}


def sequential(*layers, shape=None):
    """The description of a `Sequential` with an input layer, if a shape is given."""
    first = [layer("InputLayer", "input_1", batch_input_shape=[None, *shape])] if shape else []
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [*first, *layers]}}


def functional(layers, calls, inputs, outputs, *, style=2):
    """The description of a functional model; `calls`: layer to a list of lists of its sources."""
    made = []
    for one in layers:
        name = one["config"]["name"]
        nodes = [
            [[source, call, 0, {}] for source, call in sources] for sources in calls.get(name, [])
        ]
        if style == 3:
            nodes = [
                {
                    "args": [
                        {
                            "class_name": "__keras_tensor__",
                            "config": {"shape": [None], "keras_history": list(source[:3])},
                        }
                        for source in node
                    ],
                    "kwargs": {"training": False},
                }
                for node in nodes
            ]
            nodes = [
                node | {"args": [node["args"]]} if len(node["args"]) > 1 else node for node in nodes
            ]
        made.append({**one, "name": name, "inbound_nodes": nodes})
    return {
        "class_name": "Functional",
        "config": {
            "name": "model",
            "layers": made,
            "input_layers": [[inputs, 0, 0]],
            "output_layers": [outputs, 0, 0] if style == 3 else [[outputs, 0, 0]],
        },
    }
