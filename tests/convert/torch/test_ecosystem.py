"""The module in the hands of others: PyTorch's loaders, NeuroBench, and frames of events."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.convert.torch import to_torch
from ranvier.metrics import footprint
from ranvier.nets import Layer
from ranvier.synapses import Convolution, Dense, Flatten, Series

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

KEY = jax.random.key(0)


def two_classes(examples=24):
    """Spikes of eight units, of which one half or the other is lively: `[N, T, 8]`, `[N]`."""
    rng = np.random.default_rng(0)
    labels = np.arange(examples) % 2
    rates = np.where((np.arange(8) < 4) == (labels[:, None] == 0), 0.6, 0.05)
    spikes = rng.random((examples, 10, 8)) < rates[:, None]
    return torch.utils.data.TensorDataset(
        torch.from_numpy(spikes.astype(np.float32)), torch.from_numpy(labels)
    )


def trained():
    net = rv.chain(8, rv.SNU.soft(6), rv.Readout(2), key=KEY)
    module = to_torch(net, batch_first=True)
    loader = torch.utils.data.DataLoader(two_classes(), batch_size=8)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.03)
    for _ in range(15):
        for spikes, labels in loader:
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(module(spikes).mean(1), labels).backward()
            optimiser.step()
    return module, loader


def test_a_loader_feeds_it_an_optimiser_trains_it_and_the_network_has_learned():
    module, loader = trained()
    cell, right = module.cell(), 0
    for spikes, labels in loader:
        _, ys = rv.run(cell, jnp.asarray(spikes.numpy()).swapaxes(0, 1))
        right += int((np.asarray(ys.mean(0)).argmax(-1) == labels.numpy()).sum())
    assert right == 24


def test_neurobench_judges_it():
    pytest.importorskip("neurobench", reason="NeuroBench is not installed")
    from neurobench.benchmarks import Benchmark
    from neurobench.metrics.static import Footprint
    from neurobench.metrics.workload import ClassificationAccuracy
    from neurobench.models import TorchModel

    module, loader = trained()
    model = TorchModel(module)
    steps = [lambda ys: ys.mean(1).argmax(-1)]
    found = Benchmark(model, loader, [], steps, [[Footprint], [ClassificationAccuracy]]).run(
        quiet=True
    )
    assert found["ClassificationAccuracy"] == pytest.approx(1.0)
    assert found["Footprint"] == footprint(module.cell()).parameters


def test_frames_of_tonic_go_in_as_they_are():
    transforms = pytest.importorskip("tonic.transforms", reason="Tonic is not installed")
    rng = np.random.default_rng(0)
    kinds = [("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)]
    events = np.zeros(500, dtype=kinds)
    events["x"], events["y"] = rng.integers(0, 9, 500), rng.integers(0, 7, 500)
    events["t"], events["p"] = np.sort(rng.integers(0, 10_000, 500)), rng.random(500) < 0.5
    frames = transforms.ToFrame((9, 7, 2), n_time_bins=6)(events)
    assert frames.shape == (6, 2, 7, 9)
    convolution = Convolution.random((7, 9, 2), 4, 3, key=KEY)
    cell = rv.nets.Chain(
        (
            Layer(rv.LIF(convolution.shape), {"dendrite": convolution}),
            Layer(
                rv.LIF(3),
                {"dendrite": Series(Flatten(convolution.shape), Dense(jnp.ones((3, 140))))},
            ),
        )
    )
    module = to_torch(cell, batch_first=True, channels_first=True)
    ys = module(torch.from_numpy(frames)[None])
    expected = rv.run(cell, jnp.asarray(np.moveaxis(frames, 1, -1))[:, None].astype(float))[1]
    np.testing.assert_allclose(ys[0].detach().numpy(), expected[:, 0], atol=1e-6)
