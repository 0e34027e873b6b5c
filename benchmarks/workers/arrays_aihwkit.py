"""Memory arrays of IBM's analog hardware acceleration kit: its noise models and its torch tile.

Its compiled tile does not run here: with torch 2.13 the wheel of release 1.1.0 refuses every
tensor ("weights must be a CPU tensor").
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from aihwkit.inference.compensation.drift import GlobalDriftCompensation
from aihwkit.inference.noise.hermes import HermesNoiseModel
from aihwkit.inference.noise.pcm import PCMLikeNoiseModel
from aihwkit.inference.noise.reram import ReRamCMONoiseModel, ReRamWan2022NoiseModel
from aihwkit.nn import AnalogLinear, AnalogSequential
from aihwkit.simulator.configs import TorchInferenceRPUConfig
from aihwkit.simulator.parameters.enums import BoundManagementType
from aihwkit.simulator.tiles.utils import UniformQuantize

from benchmarks import arrays_plan as plan
from benchmarks.workers.protocol import Task, serve

MODELS: dict[str, Any] = {
    "PCM": PCMLikeNoiseModel,
    "HERMES, one device": lambda: HermesNoiseModel(num_devices=1),
    "HERMES, two devices": lambda: HermesNoiseModel(num_devices=2),
    # Without a range it takes 25 uS, and the errors of 40 uS with them.
    "HfOx (NeuRRAM)": lambda: ReRamWan2022NoiseModel(g_max=40.0),
    # Its default of 0.02 is none of its fits, and falls back to this one.
    "CMO/HfOx, within 0.2 %": lambda: ReRamCMONoiseModel(acceptance_range=0.2),
    "CMO/HfOx, within 2 %": lambda: ReRamCMONoiseModel(acceptance_range=2),
}


def configuration(periphery: str, rows: int = 512) -> TorchInferenceRPUConfig:
    """PCM, global drift compensation, and converters without bound management."""
    config = TorchInferenceRPUConfig(noise_model=PCMLikeNoiseModel())
    config.drift_compensation = GlobalDriftCompensation()
    config.mapping.weight_scaling_omega = 1.0
    config.mapping.max_input_size = rows
    config.forward.is_perfect = periphery == "exact"
    config.forward.bound_management = BoundManagementType.NONE
    if periphery == "noiseless":
        config.forward.out_noise = 0.0
    return config


def linear(weight: np.ndarray, config: TorchInferenceRPUConfig) -> AnalogLinear:
    """A layer without bias."""
    made = AnalogLinear(weight.shape[1], weight.shape[0], bias=False, rpu_config=config)
    made.set_weights(torch.from_numpy(weight), None)
    return made.eval()


def conductances(asked: dict[str, Any]) -> dict[str, Any]:
    """Moments at every level; the matrix as files."""
    torch.manual_seed(asked["seed"])
    model, folder = MODELS[asked["device"]](), Path(asked["folder"])
    found: dict[str, Any] = {}
    for name, target in plan.targets(asked["device"]).items():
        wanted = torch.from_numpy(target)
        written = model.apply_programming_noise_to_conductance(wanted.clone())
        trait = model.generate_drift_coefficients(wanted.clone())
        for index, seconds in enumerate(plan.DEVICES[asked["device"]]):
            at = written
            if seconds is not None:
                at = model.apply_drift_noise_to_conductance(written.clone(), trait, seconds)
            if name == "matrix":
                np.save(folder / f"theirs-{index}.npy", at.numpy())
            else:
                found[f"{name}|{index}"] = plan.moments(at.numpy())
    return found


class ByDevice:
    """A layer whose pairs are programmed and drift device by device, by the model's own parts."""

    def __init__(self, layer: AnalogLinear, model: Any) -> None:
        self.layer, self.model = layer, model
        self.tiles = list(layer.analog_tiles())
        self.wanted = [
            model.g_converter.convert_to_conductances(tile.tile.get_weights())
            for tile in self.tiles
        ]

    def program(self) -> None:
        make = self.model.apply_programming_noise_to_conductance
        trait = self.model.generate_drift_coefficients
        self.written = [[make(g) for g in pair] for pair, _ in self.wanted]
        self.traits = [[trait(g) for g in pair] for pair, _ in self.wanted]
        self.show(0.0)
        for tile in self.tiles:
            tile.drift_baseline = tile.rpu_config.drift_compensation.init_baseline(tile)

    def show(self, seconds: float) -> None:
        for k, tile in enumerate(self.tiles):
            read = [
                self.model.apply_drift_noise_to_conductance(g, nu, seconds)
                for g, nu in zip(self.written[k], self.traits[k], strict=True)
            ]
            back = self.model.g_converter.convert_back_to_weights(read, self.wanted[k][1])
            tile.tile.set_weights(back)

    def drift(self, seconds: float) -> None:
        self.show(seconds)
        for tile in self.tiles:
            heard = tile._forward_drift_readout_tensor()
            correct = tile.rpu_config.drift_compensation.apply(heard, tile.drift_baseline)
            tile.__dict__.pop("alpha", None)
            tile.alpha = correct


class AsItComes:
    """A layer by the calls that the kit's documentation gives."""

    def __init__(self, layer: AnalogLinear) -> None:
        self.layer, self.tiles = layer, list(layer.analog_tiles())

    def program(self) -> None:
        self.layer.program_analog_weights()

    def drift(self, seconds: float) -> None:
        self.layer.drift_analog_weights(seconds)


@torch.no_grad()
def layer(asked: dict[str, Any]) -> dict[str, Any]:
    """Moments over arrays of every output, and of the correction, at every time."""
    torch.manual_seed(3)
    fold = asked["pairs"] == "folded"
    config = configuration(asked["periphery"], 0 if fold else 512)
    made = linear(plan.weights()[0], config)
    arrays = AsItComes(made) if fold else ByDevice(made, config.noise_model)
    x = torch.from_numpy(plan.inputs(plan.LAYER_BATCH))
    ys, gains = [], []
    for _ in range(asked["arrays"]):
        arrays.program()
        for seconds in plan.LAYER_TIMES:
            arrays.drift(seconds)
            ys.append(made(x).numpy())
            gains.append([float(tile.alpha) for tile in arrays.tiles])
    shape = (asked["arrays"], len(plan.LAYER_TIMES))
    y, gain = np.stack(ys), np.array(gains)
    return {
        "outputs": plan.moments(y.reshape(*shape, *y.shape[1:]), 0),
        "gains": plan.moments(gain.reshape(*shape, -1), 0),
    }


@torch.no_grad()
def exact_parts(asked: dict[str, Any]) -> dict[str, Any]:
    """Converters on a line of numbers, and a product between them, without noise."""
    line = torch.from_numpy(np.linspace(-13, 13, 200_001, dtype=np.float32))
    io = configuration("noiseless").forward
    dac = UniformQuantize.apply(line / 10, io.inp_res, io.inp_bound, False)
    adc = UniformQuantize.apply(line, io.out_res, io.out_bound, False)
    made = linear(plan.weights()[0], configuration("noiseless"))
    found = {
        "dac": dac.clamp(-io.inp_bound, io.inp_bound),
        "adc": adc.clamp(-io.out_bound, io.out_bound),
        "product": made(torch.from_numpy(plan.inputs())),
    }
    for name, array in found.items():
        np.save(Path(asked["folder"]) / f"theirs-{name}.npy", array.numpy())
    return {}


def timed(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    """The program that is asked for."""
    what = asked["program"]
    first, second = (linear(w, configuration(asked["periphery"])) for w in plan.weights())
    model = AnalogSequential(first, torch.nn.ReLU(), second).eval()
    x = torch.from_numpy(plan.inputs())
    model.program_analog_weights()
    model.drift_analog_weights(plan.DRIFTED)

    @torch.no_grad()
    def task() -> None:
        for _ in range(plan.ARRAYS if what == "arrays" else 1):
            if what == "arrays":
                model.program_analog_weights()
            if what != "forward":
                model.drift_analog_weights(plan.DRIFTED)
            model(x)

    with torch.no_grad():
        return task, {"output": float(model(x).abs().mean())}


def build(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    if asked["kind"] == "time":
        return timed(asked)
    kinds = {"conductance": conductances, "layer": layer, "exact": exact_parts}
    return lambda: None, kinds[asked["kind"]](asked)


if __name__ == "__main__":
    serve(build, ("aihwkit", "torch", "numpy"))
