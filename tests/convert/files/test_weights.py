"""Weights without a structure: the layout of the user, files that hold arrays alone."""

import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from ranvier.convert.files import network_from_weights, read_network
from ranvier.convert.files.layout import (
    AveragePool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAverage,
    GlobalMaximum,
    MaxPool,
    ReLU,
    Residual,
    ZeroPad,
)
from tests.convert.files.forward import average, conv, draw, maximum, norm, relu, run

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def there(kernel):
    """A kernel as PyTorch has it: channels out and in first."""
    return np.moveaxis(kernel, (-1, -2), (0, 1))


KERNEL = draw(0, 3, 2, 2, 4)
WEIGHTS = {
    "features.0.weight": there(KERNEL),
    "features.0.bias": draw(1, 4),
    "features.1.weight": draw(2, 4),
    "features.1.bias": draw(3, 4),
    "features.1.running_mean": draw(4, 4),
    "features.1.running_var": np.array([0.5, 1.0, 2.0, 0.25]),
    "features.1.num_batches_tracked": np.array(7),
    "head.2.weight": draw(5, 6, 4 * 4 * 2),
    "head.2.bias": draw(6, 6),
    "head.10.weight": draw(7, 3, 6),
}
X = draw(8, 5, 8, 7, 2)
NAMES = ("features.0", "features.1", "head.2", "head.10")


def layout(one=None, two=None, three=None, four=None):
    return [
        Conv(one, stride=(1, 2), padding=(1, 0)),
        BatchNorm(two),
        ReLU(),
        MaxPool(2, padding=(0, 1), name="pool"),
        ZeroPad(((1, 0), (0, 0))),
        AveragePool((2, 1), 1),
        Flatten(),
        Dense(three),
        ReLU("last"),
        Dense(four),
    ]


def expected(x):
    w = WEIGHTS
    x = conv(x, KERNEL, w["features.0.bias"], stride=(1, 2), pads=[(1, 1), (0, 0)])
    statistics = (w[f"features.1.{k}"] for k in ("weight", "bias", "running_mean", "running_var"))
    x = relu(norm(x, *statistics, 1e-5))
    x = maximum(x, (2, 2), (2, 2), [(0, 0), (1, 1)])
    x = average(x, (2, 1), (1, 1), [(1, 0), (0, 0)], counts_padding=True)
    row = np.moveaxis(x, -1, 1).reshape(len(x), -1)
    return relu(row @ w["head.2.weight"].T + w["head.2.bias"]) @ w["head.10.weight"].T


@pytest.mark.parametrize("names", [(), NAMES], ids=["in order", "by name"])
def test_the_next_weights_or_those_of_a_name(names, float64):
    read = network_from_weights(WEIGHTS, layout(*names), in_shape=(2, 8, 7))
    assert read.file_shape == (2, 8, 7) and read.network.in_shape == (8, 7, 2)
    assert read.network.neurons == ("relu_1", "last")
    assert {*NAMES, "pool", "average_pool_1", "flatten_1"} <= read.network.nodes.keys()
    np.testing.assert_allclose(run(read, X), expected(X), **CLOSE)


def test_ways_that_part_and_meet(float64):
    kernels = [draw(k, 3, 3, 2, 2) for k in range(3)] + [draw(3, 1, 1, 2, 3)] * 2
    weights = {f"{k}_weight": there(kernel) for k, kernel in enumerate(kernels)}
    parts = [
        Residual([Conv(padding=1), ReLU(), Conv(padding="same")]),
        ReLU(),
        Residual((Residual((Conv(padding=1),)), Conv()), [Conv()]),
        GlobalAverage(),
    ]
    x = draw(5, 3, 5, 6, 2)
    given = {"stride": (1, 1), "pads": [(1, 1), (1, 1)]}
    y = relu(conv(relu(conv(x, kernels[0], **given)), kernels[1], **given) + x)
    y = (conv(y, kernels[2], **given) + y) @ kernels[3][0, 0] + y @ kernels[4][0, 0]
    read = network_from_weights(weights, parts, in_shape=(2, 5, 6))
    np.testing.assert_allclose(run(read, x), y.mean((1, 2)), **CLOSE)
    into = [two for _, two in read.network.edges]
    assert [into.count(name) for name in ("relu_2", "3", "global_average_1")] == [2, 2, 2]


def test_normalised_rows_keep_their_order(float64):
    """Statistics of single units behind a flattening go where their units are here."""
    weights = {"0.running_mean": draw(0, 12), "0.running_var": draw(1, 12) ** 2}
    read = network_from_weights(weights, [Flatten(), BatchNorm()], in_shape=(3, 2, 2))
    x = draw(2, 4, 2, 2, 3)
    row = np.moveaxis(x, -1, 1).reshape(4, 12)
    y = norm(row, None, None, weights["0.running_mean"], weights["0.running_var"], 1e-5)
    np.testing.assert_allclose(run(read, x), y, **CLOSE)


def test_a_maximum_over_all(float64):
    read = network_from_weights(
        {"weight": draw(0, 4, 2, 3)}, [Conv(dilation=2), GlobalMaximum()], in_shape=(2, 9)
    )
    x = draw(1, 2, 9, 2)
    y = conv(
        x,
        np.moveaxis(draw(0, 4, 2, 3), (0, 1), (-1, -2)),
        stride=(1,),
        pads=[(0, 0)],
        dilation=(2,),
    )
    np.testing.assert_allclose(run(read, x), y.max(1), **CLOSE)


# Files


def arrays() -> dict[str, np.ndarray]:
    return {"2.weight": np.float32(draw(0, 4, 3)), "10.weight": np.float32(draw(1, 2, 4))}


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
def test_files_of_arrays(kind, tmp_path):
    path = tmp_path / f"weights.{kind}"
    if kind == "npz":
        np.savez(path, **arrays())
    else:
        # No order is kept there; 2 comes before 10.
        save_file(arrays(), path)
    read = read_network(path, layout=[Dense(), ReLU(), Dense()], in_shape=(3,))
    x = draw(2, 4, 3)
    y = relu(x @ draw(0, 4, 3).T) @ draw(1, 2, 4).T
    np.testing.assert_allclose(run(read, np.float32(x)), y, rtol=1e-5, atol=1e-6)
    with pytest.raises(
        ValueError, match=r"'2' \(Dense\), '10' \(Dense\). Give in_shape and a layout"
    ):
        read_network(path)
    with pytest.raises(ValueError, match="more than may be read"):
        read_network(path, layout=[Dense()], in_shape=(3,), largest_bytes=50)


def test_numbers_of_sixteen_bits(tmp_path):
    """The upper half of single precision, which NumPy does not have."""
    import jax.numpy as jnp
    from safetensors.flax import save_file as save_jax

    weight = jnp.asarray(draw(0, 2, 3), jnp.bfloat16)
    save_jax({"0.weight": weight}, tmp_path / "weights.safetensors")
    read = read_network(tmp_path / "weights.safetensors", layout=[Dense()], in_shape=(3,))
    np.testing.assert_array_equal(read.network.nodes["0"].weight, weight.astype(jnp.float32))


def test_a_file_of_pytorch_without_pytorch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    path = tmp_path / "net.pt"
    path.write_bytes(b"\x80\x02}q\x00.")
    words = r"net.pt is a file of PyTorch, .*save_file\(torch.load\('net.pt', weights_only=True\)"
    with pytest.raises(ValueError, match=words):
        read_network(path, layout=[Dense()], in_shape=(3,))


# What does not fit

TWO = {"a.weight": draw(0, 4, 3), "b.weight": draw(1, 2, 4)}
REFUSED = {
    "weights that no layer takes": (TWO, [Dense()], r"leaves the weights \['b'\] unused"),
    "a layer without weights": (TWO, [Dense(), Dense(), Dense()], "finds no weights left"),
    "a misspelt name": (
        {"layer1.weight": draw(0, 4, 3)},
        [Dense("layr1")],
        "'layr1' are not there. Did you mean 'layer1'",
    ),
    "weights that were taken": (TWO, [Dense("a"), Dense("a")], "'a' were taken before"),
    "another kind": (
        TWO,
        [Conv()],
        r"'a' with the shapes {'weight': \(4, 3\)} are of the kind Dense",
    ),
    "other units": (TWO, [Dense("b")], r"'b' \(Dense\): has weights from 4 units, but gets \(3,\)"),
    "no layer": (TWO, ["dense"], "the layout has 'dense', expected one of AveragePool, BatchNorm"),
    "no list": (TWO, "dense", "the layout is 'dense', expected a list"),
    "no weights": ({}, [Dense()], "no weights. Save the network's state_dict"),
    "an unknown array": ({"a.in_proj": draw(0, 4, 3)}, [], "'a.in_proj' does not end in one of"),
    "whole numbers": (
        {"a.weight": np.ones((4, 3), np.int8)},
        [Dense()],
        "the weight is of type int8, expected floating-point numbers. Save the network before",
    ),
    "infinite numbers": (
        {"a.weight": np.full((4, 3), 1e300)},
        [Dense()],
        "12 of 12 entries of the weight are no finite numbers",
    ),
    "a variance below zero": (
        {"a.running_mean": np.zeros(3), "a.running_var": -np.ones(3)},
        [BatchNorm()],
        "has a variance of -1 and an epsilon of 1e-05",
    ),
    "half of the statistics": (
        {"a.running_mean": np.zeros(3)},
        [BatchNorm()],
        "running_var is missing",
    ),
    "a bias of another layer": (
        {"a.weight": draw(0, 4, 3), "a.bias": draw(1, 3)},
        [Dense()],
        r"has a bias of shape \(3,\), expected \(4,\)",
    ),
}


@pytest.mark.parametrize(("weights", "parts", "words"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit(weights, parts, words):
    with pytest.raises(ValueError, match=words):
        network_from_weights(weights, parts, in_shape=3)


def test_a_row_is_asked_for():
    with pytest.raises(ValueError, match=r"gets \(2, 2, 3\), expected a row .* Put a Flatten"):
        network_from_weights({"weight": draw(0, 4, 3)}, [Dense()], in_shape=(3, 2, 2))


def test_no_layer_at_all_gives_the_input():
    read = network_from_weights({"weight": draw(0, 3, 3)}, [Dense(), Residual([])], in_shape=3)
    x = draw(1, 2, 3)
    np.testing.assert_allclose(run(read, np.float32(x)), 2 * x @ draw(0, 3, 3).T, rtol=1e-5)
