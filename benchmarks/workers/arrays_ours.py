"""Memory arrays of ranvier: conductances, layers, and the programs that are timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from benchmarks import arrays_plan as plan
from benchmarks.workers.protocol import Task, serve
from ranvier.hardware import compensate, crossbar, devices, drift, program
from ranvier.synapses import Dense

DEVICES: dict[str, Callable[[], devices.Device]] = {
    "PCM": devices.pcm,
    "HERMES, one device": devices.hermes_1,
    "HERMES, two devices": devices.hermes_2,
    "HfOx (NeuRRAM)": devices.rram,
    "CMO/HfOx, within 0.2 %": devices.rram_cmo,
    "CMO/HfOx, within 2 %": lambda: devices.rram_cmo(2.0),
}
WHOLE = crossbar.PerArray()


def periphery(name: str, rows: int = 512) -> crossbar.Periphery:
    """Around the array; `rows` of a tile at most."""
    if name == "exact":
        return crossbar.Periphery(largest_rows=rows)
    return crossbar.Periphery(
        dac=crossbar.Converter(7, bound=1.0),
        adc=crossbar.Converter(9, bound=12.0),
        input_scale=crossbar.absolute_maximum,
        output_noise=0.06 if name != "noiseless" else 0.0,
        weight_noise=0.0175 if name == "weight noise" else 0.0,
        largest_rows=rows,
    )


def conductances(asked: dict[str, Any]) -> dict[str, Any]:
    """Moments at every level; the matrix as files."""
    device, folder = DEVICES[asked["device"]](), Path(asked["folder"])

    @eqx.filter_jit
    def reading(stored: devices.Stored, seconds: Any, key: Any) -> jax.Array:
        # The fit of NeuRRAM knows no noise of readings.
        return device.read(stored, seconds, key=None if "NeuRRAM" in asked["device"] else key)

    found: dict[str, Any] = {}
    for count, (name, target) in enumerate(plan.targets(asked["device"]).items()):
        key = jr.fold_in(jr.key(asked["seed"]), count)
        stored = eqx.filter_jit(device.program)(jnp.asarray(target), key=jr.fold_in(key, 0))
        for index, seconds in enumerate(plan.DEVICES[asked["device"]]):
            if seconds is None:
                at = stored.programmed_uS
            else:
                # The fit of CMO/HfOx counts from programming.
                since = seconds - 1 if "CMO" in asked["device"] else seconds
                at = reading(stored, since, jr.fold_in(key, 1 + index))
            if name == "matrix":
                np.save(folder / f"ours-{index}.npy", np.asarray(at))
            else:
                found[f"{name}|{index}"] = plan.moments(np.asarray(at))
    return found


class Narrowed(eqx.Module):
    """A curve over the part of a range that is `times` as wide."""

    curve: devices.Curve
    times: Any

    def __call__(self, r: Any) -> jax.Array:
        return self.curve(r / self.times)


def folded(array: crossbar.Crossbar, key: Any) -> crossbar.Crossbar:
    """The array as layers of the kit keep it: the difference of a pair on one of its devices.

    The largest difference then counts as the largest conductance, and the first look has no noise
    of devices.
    """
    fresh = array.at(0.0)
    apart = array.stored.programmed_uS[0] - array.stored.programmed_uS[1]
    pair = jnp.stack([jnp.maximum(apart, 0.0), jnp.maximum(-apart, 0.0)])
    times = jnp.abs(apart).max() / array.device.maximum_uS
    return eqx.tree_at(
        lambda one: (one.stored, one.device.reading.strength, one.baseline, one.noisy_baseline),
        array,
        (
            array.stored._replace(programmed_uS=pair),
            Narrowed(array.device.reading.strength, times),
            fresh.magnitudes(),
            fresh.magnitudes(key=key),
        ),
    )


def layer(asked: dict[str, Any]) -> dict[str, Any]:
    """Moments over arrays of every output, and of the correction, at every time."""
    weight, x = jnp.asarray(plan.weights()[0]), jnp.asarray(plan.inputs(plan.LAYER_BATCH))
    fold = asked["pairs"] == "folded"
    around = periphery(asked["periphery"], plan.INPUTS if fold else 512)

    @eqx.filter_jit
    def outputs(key: Any) -> tuple[jax.Array, jax.Array]:
        write, *reads = jr.split(key, 1 + 3 * len(plan.LAYER_TIMES))
        fresh = program(Dense(weight), devices.pcm(), key=write, periphery=around, scaling=WHOLE)
        fresh = folded(fresh, jr.fold_in(write, 1)) if fold else fresh
        ys, gains = [], []
        for index, seconds in enumerate(plan.LAYER_TIMES):
            read, correct, run = reads[3 * index : 3 * index + 3]
            later = compensate(drift(fresh, seconds, key=read), key=correct)
            ys.append(later(x, key=run))
            gains.append(later.gain[:, 0])
        return jnp.stack(ys), jnp.stack(gains)

    keys = jr.split(jr.key(asked.get("seed", 3)), asked["arrays"])
    drawn = [outputs(key) for key in keys]
    ys, gains = (np.stack([np.asarray(one[i]) for one in drawn]) for i in (0, 1))
    return {"outputs": plan.moments(ys, 0), "gains": plan.moments(gains, 0)}


def exact_parts(asked: dict[str, Any]) -> dict[str, Any]:
    """Converters on a line of numbers, and a product between them, without noise."""
    line = jnp.asarray(np.linspace(-13, 13, 200_001, dtype=np.float32))
    dac, adc = crossbar.Converter(7, bound=1.0), crossbar.Converter(9, bound=12.0)
    around = periphery("noiseless")
    weight = jnp.asarray(plan.weights()[0])
    ideal = program(Dense(weight), devices.ideal(), key=jr.key(0), periphery=around, scaling=WHOLE)
    found = {"dac": dac(line / 10), "adc": adc(line), "product": ideal(plan.inputs())}
    for name, array in found.items():
        np.save(Path(asked["folder"]) / f"ours-{name}.npy", np.asarray(array))
    return {}


def timed(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    """The program that is asked for, compiled."""
    what, around = asked["program"], periphery(asked["periphery"])
    x = jnp.asarray(plan.inputs())

    layers = [Dense(jnp.asarray(w)) for w in plan.weights()]

    def written(layers: list[Any], key: Any) -> list[Any]:
        return program(layers, devices.pcm(), key=key, periphery=around, scaling=WHOLE)

    def forward(arrays: list[Any], x: jax.Array, key: Any) -> jax.Array:
        one, two = jr.split(key)
        return arrays[1](jax.nn.relu(arrays[0](x, key=one)), key=two)

    def draw(arrays: list[Any], x: jax.Array, key: Any) -> jax.Array:
        read, correct, run = jr.split(key, 3)
        later = drift(arrays, plan.DRIFTED, key=read)
        return forward(compensate(later, key=correct), x, run)

    @eqx.filter_jit
    def many(layers: list[Any], keys: Any, x: jax.Array) -> jax.Array:
        def one(key: Any) -> jax.Array:
            write, read = jr.split(key)
            return draw(written(layers, write), x, read)

        return jax.lax.map(one, keys)

    fresh = eqx.filter_jit(written)(layers, jr.key(0))
    key = jr.key(1)
    if what == "arrays":
        keys = jr.split(key, plan.ARRAYS)
        return lambda: jax.block_until_ready(many(layers, keys, x)), {}
    body, count = (draw if what == "draw" else forward), 0

    @eqx.filter_jit
    def run(arrays: list[Any], x: jax.Array, count: Any) -> jax.Array:
        return body(arrays, x, jr.fold_in(key, count))

    def task() -> None:
        nonlocal count
        count += 1
        jax.block_until_ready(run(fresh, x, np.uint32(count)))

    return task, {"output": float(jnp.abs(run(fresh, x, np.uint32(0))).mean())}


def build(asked: dict[str, Any]) -> tuple[Task, dict[str, Any]]:
    if asked["kind"] == "time":
        return timed(asked)
    kinds = {"conductance": conductances, "layer": layer, "exact": exact_parts}
    return lambda: None, kinds[asked["kind"]](asked)


if __name__ == "__main__":
    serve(build, ("ranvier", "jax", "jaxlib", "equinox"))
