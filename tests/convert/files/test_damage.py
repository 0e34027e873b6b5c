"""Files that are none, damaged, or made to harm: a clear error, never another one."""

import functools
import itertools
import json
import random
import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save

from ranvier.convert.files import read_network
from ranvier.convert.files.layout import Dense, ReLU
from tests.convert.files.forward import draw, functional, keras_hdf5, keras_zip, layer

QUIET = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
KERNEL, BIAS = draw(0, 3, 3), draw(1, 3)


def config() -> dict:
    three = {"kernel_size": [3, 3], "padding": "same"}
    layers = [
        layer("InputLayer", "in", batch_shape=[None, 4, 4, 2]),
        layer("Conv2D", "c", activation="relu", **three),
        layer("BatchNormalization", "b", axis=[3], epsilon=1e-3, center=False, scale=False),
        layer("Add", "sum"),
        layer("AveragePooling2D", "a", pool_size=[2, 2], padding="same", strides=[1, 2]),
        layer("Flatten", "f"),
        layer("Dense", "d", activation="softmax"),
    ]
    names = ["in", "c", "b", "sum", "a", "f", "d"]
    calls = {two: [[(one, 0)]] for one, two in itertools.pairwise(names)}
    calls["sum"] = [[("b", 0), ("c", 0)]]
    return functional(layers, calls, "in", "d", style=3)


def groups() -> dict:
    return {
        "conv2d": [draw(0, 3, 3, 2, 2), draw(1, 2)],
        "batch_normalization": [draw(2, 2), draw(3, 2) ** 2],
        "dense": [draw(4, 16, 3), draw(5, 3)],
    }


@functools.cache
def genuine(kind: str) -> bytes:
    """A whole file of a kind."""
    with tempfile.TemporaryDirectory() as folder:
        return written(kind, Path(folder))


def written(kind: str, folder: Path) -> bytes:
    path = folder / f"net.{kind}"
    if kind == "h5":
        names = (["kernel", "bias"], ["moving_mean", "moving_variance"], ["kernel", "bias"])
        weights = {
            name: dict(zip(of, arrays, strict=True))
            for name, of, arrays in zip("cbd", names, groups().values(), strict=True)
        }
        return keras_hdf5(path, config(), weights).read_bytes()
    if kind == "keras":
        return keras_zip(path, config(), groups()).read_bytes()
    if kind == "npz":
        np.savez(path, **{"0.weight": KERNEL, "0.bias": BIAS})
        return path.read_bytes()
    if kind == "safetensors":
        return save({"0.weight": np.float32(KERNEL), "0.bias": np.float32(BIAS)})
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "k"], ["c"], name="conv", pads=[1, 1, 0, 0]),
            helper.make_node("Relu", ["c"], ["r"], name="relu"),
            helper.make_node("AveragePool", ["r"], ["p"], kernel_shape=[2, 2], ceil_mode=1),
            helper.make_node("Reshape", ["p", "s"], ["f"], name="row"),
            helper.make_node("Gemm", ["f", "w"], ["y"], name="out", transB=1),
        ],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2, 4, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [
            numpy_helper.from_array(np.float32(draw(0, 2, 2, 2, 2)), "k"),
            numpy_helper.from_array(np.float32(draw(1, 3, 18)), "w"),
            numpy_helper.from_array(np.array([-1, 18]), "s"),
        ],
    )
    return helper.make_model(graph, ir_version=10).SerializeToString()


KINDS = ("h5", "keras", "npz", "safetensors", "onnx")


def read(path):
    arrays = path.suffix in (".npz", ".safetensors", ".any")
    return read_network(path, **({"layout": [Dense(), ReLU()], "in_shape": (3,)} if arrays else {}))


@pytest.mark.parametrize("kind", KINDS)
def test_whole_files_are_read(kind, tmp_path):
    path = tmp_path / f"net.{kind}"
    path.write_bytes(genuine(kind))
    assert read(path).network.neurons


@pytest.mark.parametrize("kind", KINDS)
@QUIET
@given(
    seed=st.integers(0, 2**32), how=st.sampled_from(["cut", "change", "change few", "leave out"])
)
def test_damaged_files_give_a_network_or_a_clear_error(kind, seed, how, tmp_path):
    drawn, data = random.Random(seed), bytearray(genuine(kind))
    if how == "cut":
        del data[drawn.randrange(len(data)) :]
    elif how == "leave out":
        start = drawn.randrange(len(data))
        del data[start : start + drawn.randrange(1, 40)]
    else:
        # Most of what a file says of itself stands at its beginning.
        hot = drawn.choice([200, 2000, len(data)])
        for _ in range(1 if how == "change few" else 20):
            data[drawn.randrange(min(hot, len(data)))] = drawn.randrange(256)
    path = tmp_path / f"net.{kind}"
    path.write_bytes(data)
    try:
        read(path)
    except ValueError as error:
        assert str(path) in str(error)


ODD = st.sampled_from(
    [
        *(None, 0, 1, -1, 3, 2**40, 1.5, float("nan"), 1e300, True, "", "same", "relu", "input"),
        *("channels_first", [], [1, 2], [-1], [[1, 2], [3, 4]], [None, 3, 3], {}),
        {"class_name": "x"},
    ]
)


@QUIET
@given(data=st.data())
def test_descriptions_that_say_something_else(data, tmp_path):
    """Any part of a description is replaced or left out."""
    changed = config()
    for _ in range(data.draw(st.integers(1, 3))):
        place = changed
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            within = place[key]
            if not (isinstance(within, (dict, list)) and within and data.draw(st.booleans())):
                break
            place = within
        if data.draw(st.booleans()):
            place[key] = data.draw(ODD)
        else:
            del place[key]
        if not changed:
            break
    path = keras_zip(tmp_path / "net.keras", changed, groups())
    try:
        read(path)
    except ValueError as error:
        assert str(path) in str(error)


@QUIET
@given(content=st.binary(max_size=300))
def test_random_bytes(content, tmp_path):
    for name in ("net.any", "net.onnx"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match="net"):
            read(tmp_path / name)


def test_files_of_other_kinds(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        read_network(tmp_path / "none.h5")
    with pytest.raises(ValueError, match="is a folder, expected a file"):
        read_network(tmp_path)
    path = tmp_path / "net.tflite"
    path.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(100))
    with pytest.raises(ValueError, match="is a file of TensorFlow Lite"):
        read_network(path)
    path.write_bytes(b"GIF89a" + bytes(100))
    with pytest.raises(ValueError, match=r"begins with b'GIF89a.*Keras .*ONNX.*PyTorch"):
        read_network(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(ValueError, match=r"is a zip file with \['readme.txt'\]"):
        read_network(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(ValueError, match=r"is damaged: .*model.weights.h5"):
        read_network(path)
    with h5py.File(path, "w") as file:
        file["node"] = 1
    with pytest.raises(ValueError, match=r"got \['node'\]; it is no Keras model"):
        read_network(path)


def test_groups_that_link_to_themselves(tmp_path):
    """Each group holds the next one twice: a walk along all ways would never end."""
    path = tmp_path / "net.h5"
    keras_hdf5(path, config(), {})
    with h5py.File(path, "a") as file:
        inner = file["model_weights"]
        for _ in range(40):
            outer = inner
            inner = outer.create_group("a")
            outer["b"] = inner
    with pytest.raises(ValueError, match="more than 20,000 entries"):
        read_network(path)


def test_text_that_hdf5_itself_would_crash_on(tmp_path):
    """Text of variable length is found without following the reference to it."""
    path, data = tmp_path / "net.h5", bytearray(genuine("h5"))
    heap = data.index(b"GCOL")
    place = data.index(heap.to_bytes(8, "little"), data.index(b"model_config"))
    data[place : place + 8] = (2**40).to_bytes(8, "little")
    path.write_bytes(data)
    assert read_network(path).network.in_shape == (4, 4, 2)
    text = data.index(json.dumps(config()).encode()[:20])
    data[text : text + 20] = b"x" * 20
    path.write_bytes(data)
    with pytest.raises(ValueError, match="is no Keras model, or a damaged one"):
        read_network(path)


@pytest.mark.parametrize("kind", ["h5", "keras"])
def test_heaps_that_do_not_add_up(kind, tmp_path):
    whole, path = tmp_path / "whole.h5", tmp_path / f"net.{kind}"
    path.write_bytes(genuine(kind))
    content = genuine("h5")
    if kind == "keras":
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        whole.write_bytes(members["model.weights.h5"])
        with h5py.File(whole, "a") as file:
            file["words"] = ["a", "b"]
        content = whole.read_bytes()
    damaged, heap = bytearray(content), content.index(b"GCOL")
    damaged[heap + 24 : heap + 32] = (2**63).to_bytes(8, "little")
    if kind == "h5":
        path.write_bytes(damaged)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            for name, member in {**members, "model.weights.h5": bytes(damaged)}.items():
                archive.writestr(name, member)
    with pytest.raises(
        ValueError, match=f"net.*heap of texts at byte {heap} does not add up. Save"
    ):
        read_network(path)


def test_text_beside_weights_is_left_unread(tmp_path):
    path = tmp_path / "net.h5"
    path.write_bytes(genuine("h5"))
    with h5py.File(path, "a") as file:
        file["model_weights/d/words"] = ["a", "b"]
    assert read_network(path).network.in_shape == (4, 4, 2)
