"""What the NIR comparison asks of every framework: neurons, files, inputs, and what is right."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SECOND = 1.0
TAU, TAU_SYN, DRIVE = 0.02, 0.005, 2.0
# A Poisson train of 500 per second in steps of 0.1 ms, `[time, batch, 1]`.
POISSON_STEPS, POISSON_BATCH, POISSON_CHANCE, POISSON_SIZE = 10_000, 10, 0.05, 30.0
BRAILLE_STEPS, BRAILLE_BATCH, BRAILLE_CHANCE = 256, 20, 0.1
OWN_STEPS, OWN_BATCH, OWN_UNITS = 1000, 4, 10


@dataclass(frozen=True)
class Case:
    """One neuron in one file under one constant drive, for one second.

    Args:
        name: in the record.
        shown: in the table.
        kind: of the NIR node.
        fields: of the node, numbers; `v_reset` stands in the file only if it is here.
        drive: the constant input.
        interval: between spikes by NIR's equation, in seconds; `None` where it changes.
        step: in the unit of the file.
        unit: of times in the file, `"s"` or `"steps"`.
        step_s: the step in seconds.

    Example:
        >>> one = case("lif")
        >>> one.steps, round(1 / one.interval, 1)
        (10000, 72.1)
    """

    name: str
    shown: str
    kind: str
    fields: dict[str, float] = field(hash=False)
    drive: float
    interval: float | None
    step: float = 1e-4
    unit: str = "s"
    step_s: float = 1e-4

    @property
    def first(self) -> float | None:
        """Until the first spike, in seconds: a membrane starts where it rests."""
        leak = self.fields.get("v_leak", 0.0)
        return between_spikes(DRIVE, leak, leak) if self.kind == "LIF" else self.interval

    @property
    def steps(self) -> int:
        return round(SECOND / self.step_s)


def between_spikes(drive: float, leak: float = 0.0, reset: float = 0.0) -> float:
    """Seconds between two spikes of the LIF of every case, in closed form.

    Args:
        drive: resistance times current.
        leak: the potential at rest.
        reset: the potential after a spike.

    Example:
        >>> round(1000 * between_spikes(2.0), 2)
        13.86
    """
    return float(TAU * np.log((leak + drive - reset) / (leak + drive - 1)))


def cuba_spikes(drive: float, leak: float = 0.0, step: float = 1e-6) -> int:
    """Spikes in one second of the CubaLIF of every case, by fine exact steps.

    Example:
        >>> cuba_spikes(0.5, step=1e-4)
        0
    """
    keep, membrane, count = np.exp(-step / TAU), leak, 0
    times = step * np.arange(1, round(SECOND / step) + 1)
    for current in (drive * (1 - np.exp(-times / TAU_SYN))).tolist():
        membrane = leak + keep * (membrane - leak) + (1 - keep) * current
        if membrane > 1:
            membrane, count = 0.0, count + 1
    return count


_LIF = {"tau": TAU, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0}
_CUBA = {"tau_syn": TAU_SYN, "tau_mem": TAU, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0}
_CUBA |= {"w_in": 1.0}
_SCALED = {**_CUBA, "r": TAU / 1e-4, "w_in": TAU_SYN / 1e-4}
# What undoes the scaling of a CubaLIF's input.
SCALE = 1e-4 / TAU * 1e-4 / TAU_SYN

CASES = (
    Case("lif", "LIF, 0.1 ms", "LIF", _LIF, DRIVE, between_spikes(DRIVE)),
    Case(
        "lif, 1 ms",
        "the same file, 1 ms",
        "LIF",
        _LIF,
        DRIVE,
        between_spikes(DRIVE),
        step=1e-3,
        step_s=1e-3,
    ),
    Case(
        "lif, v_reset",
        "the same, `v_reset` = 0 written",
        "LIF",
        {**_LIF, "v_reset": 0.0},
        DRIVE,
        between_spikes(DRIVE),
    ),
    Case(
        "lif, scaled",
        "the same neuron as r = τ/Δt, drive 0.01",
        "LIF",
        {**_LIF, "r": 200.0},
        DRIVE / 200,
        between_spikes(DRIVE),
    ),
    Case(
        "lif, steps",
        "that, times in steps",
        "LIF",
        {**_LIF, "tau": 200.0, "r": 200.0},
        DRIVE / 200,
        between_spikes(DRIVE),
        step=1.0,
        unit="steps",
    ),
    Case(
        "lif, below",
        "LIF, `v_reset` = -0.5",
        "LIF",
        {**_LIF, "v_reset": -0.5},
        DRIVE,
        between_spikes(DRIVE, reset=-0.5),
    ),
    Case(
        "lif, leak",
        "LIF, `v_leak` = 0.3",
        "LIF",
        {**_LIF, "v_leak": 0.3},
        DRIVE,
        between_spikes(DRIVE, leak=0.3),
    ),
    Case(
        "if",
        "IF, r = 1 per s, drive 300, 1 ms",
        "IF",
        {"r": 1.0, "v_threshold": 1.0},
        300.0,
        1 / 300,
        step=1e-3,
        step_s=1e-3,
    ),
    Case(
        "if, scaled",
        "IF, r = 1/Δt = 1000 per s, drive 0.3, 1 ms",
        "IF",
        {"r": 1000.0, "v_threshold": 1.0},
        0.3,
        1 / 300,
        step=1e-3,
        step_s=1e-3,
    ),
    Case("cuba", "CubaLIF, r = 1, w_in = 1", "CubaLIF", _CUBA, DRIVE, None),
    Case(
        "cuba, scaled",
        "the same as r = τ_mem/Δt, w_in = τ_syn/Δt, drive 0.0002",
        "CubaLIF",
        _SCALED,
        DRIVE * SCALE,
        None,
    ),
    Case(
        "cuba, leak",
        "CubaLIF, r = 1, `v_leak` = 0.3",
        "CubaLIF",
        {**_CUBA, "v_leak": 0.3},
        DRIVE,
        None,
    ),
)
# Of the constant drive 2 on the CubaLIF: its current settles, so that the count is given.
CUBA_EXPECTED = {"cuba": (DRIVE, 0.0), "cuba, scaled": (DRIVE, 0.0), "cuba, leak": (DRIVE, 0.3)}


def case(name: str) -> Case:
    """The case of that name."""
    return next(one for one in CASES if one.name == name)


def write_neuron(kind: str, fields: dict[str, float], path: Path) -> None:
    """A file of one neuron between an input and an output.

    The `nir` package writes `v_reset`, zero unless given, which its versions up to 1.0.4 refuse to
    read. It is taken out again where it is not among the fields; that means zero.
    """
    import h5py
    import nir

    node = getattr(nir, kind)(**{name: np.full(1, value) for name, value in fields.items()})
    one = np.ones(1, int)
    ends = {"input": nir.Input({"input": one}), "output": nir.Output({"output": one})}
    edges = [("input", "neuron"), ("neuron", "output")]
    nir.write(path, nir.NIRGraph({**ends, "neuron": node}, edges))
    if "v_reset" not in fields:
        with h5py.File(path, "r+") as file:
            del file["node/nodes/neuron/v_reset"]


def poisson() -> np.ndarray:
    """Spikes of 0 and 1, `[time, batch, 1]`.

    Example:
        >>> poisson().shape
        (10000, 10, 1)
    """
    shape = (POISSON_STEPS, POISSON_BATCH, 1)
    return (np.random.default_rng(3).uniform(size=shape) < POISSON_CHANCE).astype(np.float32)


def braille() -> np.ndarray:
    """Random spikes on the twelve inputs of the Braille network."""
    shape = (BRAILLE_STEPS, BRAILLE_BATCH, 12)
    return (np.random.default_rng(4).uniform(size=shape) < BRAILLE_CHANCE).astype(np.float32)


def noise(largest: float) -> np.ndarray:
    """A drive that changes at every step, uniform from zero."""
    shape = (OWN_STEPS, OWN_BATCH, OWN_UNITS)
    drawn = np.random.default_rng(5).uniform(size=shape)
    return (largest * drawn).astype(np.float32)


def digits(archive: Path) -> tuple[np.ndarray, np.ndarray]:
    """Fifty test files of N-MNIST, `[300 steps, 50, 2, y, x]`, one event at most per pixel."""
    held = zipfile.ZipFile(archive)
    names = [n for n in held.namelist() if n.startswith("Test") and n.endswith(".bin")]
    xs = np.zeros((300, len(names), 2, 34, 34), np.uint8)
    for example, name in enumerate(names):
        raw = np.frombuffer(held.read(name), np.uint8).reshape(-1, 5).astype(int)
        t = ((raw[:, 2] & 127) << 16 | raw[:, 3] << 8 | raw[:, 4]) // 1000
        raw, t = raw[t < 300], t[t < 300]
        xs[t, example, raw[:, 2] >> 7, raw[:, 1], raw[:, 0]] = 1
    return xs, np.array([int(name.split("/")[1]) for name in names])
