"""Files that other frameworks wrote, and the figures that were stored with them."""

import io
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.convert.nir import read_nir
from ranvier.nets import Chain
from ranvier.neurons import LIF, Driven

NORSE = {"time_step_ms": 0.1, "time_unit": "s"}
BRAILLE = {**NORSE, "reset": "subtract", "discretisation": "euler"}


@pytest.fixture
def files(real_data):
    return real_data / "nir"


def lif(files, **meaning):
    """The neuron of one file on the input of another, with what other programs recorded."""
    recorded = np.loadtxt(files / "lif_norse.csv", delimiter=",")
    model = read_nir(files / "lif_norse.nir", **NORSE, **meaning).model
    return rv.record(model, jnp.asarray(recorded[:, :1], float))[0], recorded


def test_the_lif_is_norse_to_the_last_digit(files):
    """Norse takes Euler steps and resets to zero: every value it stored in single precision."""
    states, recorded = lif(files, reset="zero", discretisation="euler")
    assert np.abs(np.asarray(states.v[:, 0]) - recorded[:, 1]).max() < 1e-7
    assert np.array_equal(states.y[:, 0], recorded[:, 2]) and recorded[:, 2].sum() == 4
    assert abs(float(states.v.sum()) - 23.547) < 1e-3


def test_the_exact_solution_spikes_where_the_stored_one_does(files):
    """Its membranes differ by the discretisation alone, at most 1.5 % of the threshold."""
    stored = np.loadtxt(files / "lif_exact.csv", delimiter=",")
    for reset, close in (("zero", 7e-3), ("subtract", 7e-4)):
        states, _ = lif(files, reset=reset)
        assert np.array_equal(states.y[:, 0], stored[:, 2])
        assert np.abs(np.asarray(states.v[:, 0]) - stored[:, 1]).max() < close


def test_a_neuron_that_rests_above_its_threshold_fires_on_its_own(files):
    """E = 1.2, threshold 1, reset to 0, tau 10 ms: every 10 ln 6 = 17.9 ms."""
    model = read_nir(files / "two_lif_neurons.nir", **NORSE, reset="zero").model
    first, second = rv.record(model, jnp.zeros((2000, 1)))
    steps = np.flatnonzero(first.y)
    assert steps[0] == 0 and np.all(np.diff(steps) == 180)
    assert not second.y.any() and second.v.max() > 0


@pytest.fixture(scope="module")
def nmnist():
    """Fifty test files as steps of a millisecond, one event per pixel at most, channels last."""
    import os
    from pathlib import Path

    folder = os.environ.get("RANVIER_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("RANVIER_DATA does not name a folder with the real data sets")
    archive = zipfile.ZipFile(Path(folder) / "events/nmnist/nmnist_subset.zip")
    names = [name for name in archive.namelist() if name.startswith("Test") and ".bin" in name]
    xs = np.zeros((300, len(names), 34, 34, 2), np.float32)
    for example, name in enumerate(names):
        raw = np.frombuffer(archive.read(name), np.uint8).reshape(-1, 5).astype(int)
        t = ((raw[:, 2] & 127) << 16 | raw[:, 3] << 8 | raw[:, 4]) // 1000
        xs[t[t < 300], example, raw[t < 300, 1], raw[t < 300, 0], raw[t < 300, 2] >> 7] = 1
    return jnp.asarray(xs), np.array([int(name.split("/")[1]) for name in names])


# How many of 50 each reset gets right; whoever wrote the file reached 98.5 % of the whole test
# set with several spikes per step. Fewer than 46 has a chance of 1 in 1000 at 98 %.
@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_the_convolutional_network_reads_digits(files, nmnist, reset):
    read = read_nir(files / "cnn_sinabs.nir", time_step_ms=1.0, time_unit="steps", reset=reset)
    assert [layer.name for layer in read.model.layers] == ["1", "3", "6", "10", "12"]
    assert read.graph.shapes["8"] == (128,) and read.model.in_shape == (34, 34, 2)
    xs, digits = nmnist
    counts = jax.jit(lambda xs: rv.run(read.model, xs, chunk=10)[1].sum(0))(xs)
    assert (np.asarray(counts).argmax(1) == digits).sum() >= 46


def test_a_recurrent_graph_is_a_recurrent_layer(files):
    model = read_nir(files / "braille_noDelay_noBias_subtract.nir", **BRAILLE).model
    assert isinstance(model, Chain)
    hidden, out = model.layers
    assert (hidden.name, out.name) == ("lif1.lif", "lif2")
    assert hidden.recurrent["dendrite"].weight.shape == (40, 40) and not out.recurrent
    assert isinstance(hidden.neuron, Driven) and isinstance(hidden.neuron.neuron, LIF)
    # As its authors trained it: decays of 0.85 and 0.75 per step, currents not scaled.
    inner, course = hidden.neuron.neuron, hidden.neuron.kinetics[0]
    assert np.isclose(inner.decay, 0.85) and np.isclose(inner.gain, 1.0)
    assert np.isclose(course.decay, 0.75) and np.isclose(course.gain * (1 - course.decay), 1.0)


def test_a_subgraph_whose_edges_name_no_node_is_refused_and_repaired_on_request(files):
    path = files / "braille_noDelay_noBias_subtract_subgraph.nir"
    message = r"the subgraph 'lif1': the edge \('input', 'lif'\) names 'lif', which is no node"
    with pytest.raises(ValueError, match=message):
        read_nir(path, **BRAILLE)
    read = read_nir(path, **BRAILLE, repair=["rename"])
    assert len(read.repairs) == 1 and "'lif' were taken to mean 'lif1'" in read.repairs[0]
    flat = read_nir(files / "braille_noDelay_noBias_subtract.nir", **BRAILLE).model
    xs = (jax.random.uniform(jax.random.key(0), (100, 8, 12)) < 0.1).astype(float)
    one, two = (jax.jit(lambda m=m: rv.run(m, xs)[1])() for m in (flat, read.model))
    assert jnp.array_equal(one, two) and one.sum() > 100


@pytest.mark.parametrize("missing", ["time_step_ms", "time_unit", "reset"])
def test_what_a_file_does_not_say_is_asked_for(files, missing):
    meaning = {"time_step_ms": 0.1, "time_unit": "s", "reset": "zero"}
    del meaning[missing]
    message = rf"node '1' \(LIF\): NIR does not say .* {missing}=..."
    with pytest.raises(ValueError, match=message):
        read_nir(files / "lif_norse.nir", **meaning)


@pytest.mark.parametrize("name", ["lif_norse", "cnn_sinabs", "braille_noDelay_noBias_subtract"])
def test_a_genuine_file_goes_out_again_as_it_came_in(files, tmp_path, name):
    """Read, written with its meaning, read back: the same function, now without questions."""
    from ranvier.convert.nir import write_nir

    meaning = {**BRAILLE, "time_unit": "steps" if name == "cnn_sinabs" else "s"}
    model = read_nir(files / f"{name}.nir", **meaning).model
    width = (20, 2, *model.in_shape)
    example = 3.0 * (jax.random.uniform(jax.random.key(1), width) < 0.2)
    proof = write_nir(model, tmp_path / "again.nir", example=example, time_step_ms=0.1)
    assert proof.same and proof.spikes > 0 and proof.output == 0


def test_a_file_in_memory_is_no_path(files):
    with pytest.raises(TypeError, match="read_nir: got a BytesIO, expected the path"):
        read_nir(io.BytesIO(b""))
