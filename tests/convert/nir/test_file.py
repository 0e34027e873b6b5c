"""Files that are damaged, were made to harm, or say what no network can be."""

import itertools
import shutil

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ranvier.convert.nir import read_nir

MEANING = {"time_step_ms": 0.1, "time_unit": "s", "reset": "zero"}
few = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def write(path, change=lambda file: None):
    """A file of an affine map and two LIF neurons, changed."""
    with h5py.File(path, "w") as file:
        file["version"] = "1.0"
        node = file.create_group("node")
        node["type"] = "NIRGraph"
        node.create_dataset(
            "edges",
            data=np.array([["in", "w"], ["w", "n"], ["n", "out"]], dtype=object),
            dtype=h5py.string_dtype(),
        )
        for name, fields in {
            "in": {"type": "Input", "shape": np.array([3])},
            "w": {"type": "Affine", "weight": np.ones((2, 3)), "bias": np.ones(2)},
            "n": {
                "type": "LIF",
                "tau": 0.01 * np.ones(2),
                "r": np.ones(2),
                "v_leak": np.zeros(2),
                "v_threshold": np.ones(2),
            },
            "out": {"type": "Output", "shape": np.array([2])},
        }.items():
            group = node.create_group(f"nodes/{name}")
            for field, value in fields.items():
                group[field] = value
        change(file)
    return path


def put(place, value):
    def change(file):
        del file[place]
        if value is not None:
            file[place] = value

    return change


def edges(*pairs):
    def change(file):
        del file["node/edges"]
        data = np.array(pairs, dtype=object)
        file["node"].create_dataset("edges", data=data, dtype=h5py.string_dtype())

    return change


def test_the_file_itself_is_read(tmp_path):
    assert read_nir(write(tmp_path / "a.nir"), **MEANING).model.in_shape == (3,)


N = "node/nodes"
HOSTILE = {
    "no node": (lambda f: f.move("node", "knot"), "without a group 'node'"),
    "no type": (put("node/type", None), "expected a graph of the type 'NIRGraph'"),
    "no edges": (put("node/edges", None), "has no edges that are pairs of names"),
    "no nodes": (put(N, None), "has no nodes"),
    "edges of numbers": (put("node/edges", np.ones((3, 2))), "names '1.0', which is no node"),
    "edges of three": (edges(("in", "w", "n")), "has no edges that are pairs of names"),
    "an edge to nowhere": (
        edges(("in", "w"), ("w", "n"), ("n", "uot")),
        "names 'uot', which is no node. No edge names the node 'out'",
    ),
    "an edge twice": (
        edges(("in", "w"), ("w", "n"), ("w", "n"), ("n", "out")),
        "the edge .* is there twice",
    ),
    "a node that nothing reaches": (edges(("in", "w"), ("n", "out")), "no edge leads to 'n'"),
    "a loop without a delay": (
        edges(("in", "w"), ("w", "n"), ("n", "out"), ("w", "w")),
        "'w' gives .*but 'w' .* expects",
    ),
    "an unknown type": (put(f"{N}/n/type", "LIFF"), "is of the type 'LIFF', .* Did you mean 'LIF'"),
    "a number as type": (put(f"{N}/n/type", 3.0), "says no type"),
    "a missing field": (put(f"{N}/n/tau", None), r"node 'n' \(LIF\) lacks the field 'tau'"),
    "an unknown field": (
        lambda f: f.create_dataset(f"{N}/n/v_rest", data=np.ones(2)),
        r"node 'n' \(LIF\) has a field 'v_rest', which would be lost. Did you mean 'v_reset'",
    ),
    "a scalar": (put(f"{N}/n/r", 1.0), r"field 'r' has the shape \(\), but 'tau' has \(2,\)"),
    "another shape": (put(f"{N}/n/r", np.ones(3)), r"field 'r' has the shape \(3,\)"),
    "text for numbers": (put(f"{N}/n/r", "one"), "field 'r'.* is of type .*, expected numbers"),
    "complex numbers": (put(f"{N}/n/r", np.ones(2) * 1j), "is of type complex128"),
    "no numbers": (put(f"{N}/n/r", np.full(2, np.inf)), "field 'r' holds 2 values that are no fin"),
    "too narrow weights": (
        put(f"{N}/w/weight", np.ones((2, 4))),
        r"'input' gives \(3,\), but 'w' \(Affine\) expects \(4,\)",
    ),
    "weights with three axes": (put(f"{N}/w/weight", np.ones((1, 2, 3))), "expected 2 axes"),
    "a negative shape": (put(f"{N}/in/shape", np.array([-3])), "expected at least 1"),
    "half a unit": (put(f"{N}/in/shape", np.array([2.5])), "expected whole numbers"),
    "an empty array": (put(f"{N}/w/weight", np.ones((2, 0))), "no values at all"),
    "an output of another size": (
        put(f"{N}/out/shape", np.array([5])),
        r"'n' gives \(2,\), but the output expects \(5,\)",
    ),
    "two inputs": (
        lambda f: f.copy(f[f"{N}/in"], f[N], "in2"),
        r"the inputs \['in', 'in2'\] and the outputs \['out'\]; expected one",
    ),
    "more than fits": (
        lambda f: f.create_dataset(f"{N}/n/huge", shape=(10**6, 10**6), dtype="f8", chunks=(1, 1)),
        r"holds more numbers than may be read",
    ),
    "itself within itself": (
        lambda f: f[f"{N}/n"].__setitem__("metadata", f["node"]),
        "groups within groups beyond 64",
    ),
    "a link to elsewhere": (
        lambda f: f[f"{N}/n"].__setitem__("metadata", h5py.ExternalLink("/etc/hosts", "/")),
        "is a link to another place",
    ),
    "a dangling link": (
        lambda f: f[f"{N}/n"].__setitem__("metadata", h5py.SoftLink("/nowhere")),
        "is a link to another place",
    ),
    "nothing in a field": (put(f"{N}/n/r", h5py.Empty("f")), "holds no values"),
    "a metadatum that is no choice": (
        lambda f: f.create_dataset(f"{N}/n/metadata/reset", data="softly"),
        "metadata 'reset' is 'softly', expected one of",
    ),
    "a time that is no number": (
        lambda f: f.create_dataset("node/metadata/time_step_ms", data="soon"),
        "metadata 'time_step_ms' is 'soon', expected a number",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_network_can_be_is_refused_by_name(name, tmp_path):
    change, message = HOSTILE[name]
    path = write(tmp_path / "hostile.nir", change)
    with pytest.raises(ValueError, match=message) as caught:
        read_nir(path, **MEANING)
    assert str(path) in str(caught.value)


def test_a_deep_chain_is_no_deep_recursion(tmp_path):
    count = 1500

    def change(file):
        names = [f"n{k}" for k in range(count)]
        for name in names:
            file.copy(file[f"{N}/n"], file[N], name)
        edges(
            ("in", "w"),
            ("w", "n"),
            ("n", names[0]),
            *itertools.pairwise(names),
            (names[-1], "out"),
        )(file)

    model = read_nir(write(tmp_path / "deep.nir", change), **MEANING).model
    assert len(model.layers) == count + 1


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none.nir: there is no such file"):
        read_nir(tmp_path / "none.nir")


@few
@given(content=st.binary(max_size=400))
def test_any_bytes_are_refused(tmp_path, content):
    path = tmp_path / "any.nir"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"any.nir"):
        read_nir(path)


@pytest.mark.parametrize("size", [245, 10**6, 2**63])
def test_texts_that_go_beyond_their_heap_do_not_keep_the_library_busy(tmp_path, real_data, size):
    content = bytearray((real_data / "nir/braille_noDelay_noBias_subtract.nir").read_bytes())
    heap = content.index(b"GCOL\x01")
    text = content.index(b"lif2\0\0\0\0", heap)
    content[text - 8 : text] = size.to_bytes(8, "little")
    path = tmp_path / "damaged.nir"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=f"damaged.nir is damaged: the heap of texts at byte {heap}"
    ):
        read_nir(path, **MEANING)


@few
@given(data=st.data())
def test_damaged_files_are_read_or_refused(tmp_path, real_data, data):
    """Genuine files cut short or with bytes changed: a network or a `ValueError`, nothing else."""
    source = real_data / "nir/braille_noDelay_noBias_subtract.nir"
    path = tmp_path / "damaged.nir"
    shutil.copyfile(source, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    path.write_bytes(content)
    try:
        read_nir(path, **MEANING)
    except ValueError as error:
        assert "damaged.nir" in str(error)
