"""Time the loop of one layer of neurons on a GPU: ``python -m benchmarks.gpu``.

Forwards and backwards through time for currents that are given: no matrix product, so memory is
the limit, and the bound is what must move at the rate at which this machine copies. Rows take
turns, round by round.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import math
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.random as jr
import typer
from rich.console import Console
from rich.table import Table

import ranvier as rv
from benchmarks.table import duration
from benchmarks.workloads import DECAY, THRESHOLD
from ranvier.nets import fused, scanned

# A number in single precision; the rows keep the membrane alone between pieces.
BYTES, KEPT = 4, 1
KEEP = 8

Work = Callable[[], Any]


def moved(elements: int, keep_every: float) -> int:
    """Bytes that a loop moves which keeps the membrane once in so many steps.

    Forwards it reads the current and writes the spikes; backwards it reads the current and the
    arriving cotangent and writes that of the current. Each state that is kept is written and
    read. For a loop that keeps none, `math.inf`, this is what cannot be avoided.

    Args:
        elements: Steps times examples times units.
        keep_every: Steps between states that are kept.

    Example:
        >>> moved(1000, math.inf), moved(1000, 8), moved(1000, 1)
        (20000, 21000, 28000)
    """
    return round(BYTES * elements * (5 + 2 * KEPT / keep_every))


def loops(units: int, batch: int, currents: Any, arriving: Any) -> dict[str, Work]:
    """Our rows: each runs the layer forwards and backwards once and waits for the end."""
    neuron = rv.LIF(
        units,
        tau_membrane_ms=-1.0 / math.log(DECAY),
        time_step_ms=1.0,
        resistance=1 / (1 - DECAY),
        threshold=THRESHOLD,
    )

    def work(loop: Callable[..., Any]) -> Work:
        @jax.jit
        def both(currents: Any, arriving: Any) -> Any:
            def outputs(currents: Any) -> Any:
                return loop(neuron, neuron.init((batch,)), {"dendrite": currents}).y

            y, back = jax.vjp(outputs, currents)
            return y, back(arriving)

        return lambda: jax.block_until_ready(both(currents, arriving))

    copy = jax.jit(lambda a: a + 1)
    return {
        "copy": lambda: copy(currents).block_until_ready(),
        "scan": work(scanned),
        "fused, stored": work(functools.partial(fused, keep_every=1)),
        "fused, recomputed": work(functools.partial(fused, keep_every=KEEP)),
    }


def spikingjelly(currents: Any, arriving: Any) -> Work | None:
    """The same with SpikingJelly, whose nodes pick their own kernel, or `None` if it is absent.

    From version 2 on, a node in multi-step mode takes a Triton or CUDA kernel on its own.
    """
    if not (importlib.util.find_spec("torch") and importlib.util.find_spec("spikingjelly")):
        return None
    import torch
    from spikingjelly.activation_based import functional, neuron, surrogate

    given, back = (torch.from_dlpack(a) for a in (currents, arriving))
    given = given.clone().requires_grad_()
    unit = neuron.LIFNode(
        tau=1 / (1 - DECAY),
        decay_input=False,
        v_threshold=THRESHOLD,
        v_reset=0.0,
        surrogate_function=surrogate.ATan(),
        step_mode="m",
    ).to(given.device)

    def work() -> None:
        functional.reset_net(unit)
        given.grad = None
        unit(given).backward(back)
        if given.is_cuda:
            torch.cuda.synchronize()

    return work


def measure(units: int, steps: int, batch: int, repeats: int) -> dict[str, Any]:
    """Seconds of every row in every round, and the bytes that each is counted to move.

    Example:
        >>> sorted(measure(8, 4, 2, 1)["rows"])[:2]
        ['copy', 'fused, recomputed']
    """
    shape = (steps, batch, units)
    currents, arriving = (0.3 * jr.normal(jr.key(seed), shape) for seed in (0, 1))
    rows = loops(units, batch, currents, arriving)
    peer = spikingjelly(currents, arriving)
    if peer is not None:
        rows["SpikingJelly"] = peer
    seconds: dict[str, list[float]] = {name: [] for name in rows}
    for work in rows.values():
        work()
    for _ in range(repeats):
        for name, work in rows.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    elements = math.prod(shape)
    return {
        "device": jax.devices()[0].device_kind,
        "jax": jax.__version__,
        "shape": {"steps": steps, "batch": batch, "units": units},
        "rows": seconds,
        "copied_bytes": 2 * BYTES * elements,
        "unavoidable_bytes": moved(elements, math.inf),
        "counted_bytes": {
            "fused, stored": moved(elements, 1),
            "fused, recomputed": moved(elements, KEEP),
        },
    }


def table(result: dict[str, Any]) -> Table:
    """Medians, and their ratio to the bound."""
    medians = {name: statistics.median(times) for name, times in result["rows"].items()}
    rate = result["copied_bytes"] / medians.pop("copy")
    bound = result["unavoidable_bytes"] / rate
    drawn = Table(
        "row", "median", "ratio to the bound", title=f"{result['device']}, {result['shape']}"
    )
    drawn.add_row(f"bound: what must move, at {rate / 1e9:.0f} GB/s", duration(bound), "1.00")
    for name, median in medians.items():
        drawn.add_row(name, duration(median), f"{median / bound:.2f}")
    return drawn


def main(
    units: Annotated[int, typer.Option(min=1, help="Neurons of the layer.")] = 16_384,
    steps: Annotated[int, typer.Option(min=1, help="Time steps.")] = 500,
    batch: Annotated[int, typer.Option(min=1, help="Examples.")] = 16,
    repeats: Annotated[int, typer.Option(min=1, help="Rounds.")] = 20,
    record: Annotated[Path, typer.Option(help="Write every measurement as JSON.")] = Path(
        "gpu.json"
    ),
) -> None:
    """Measure the time loop of one layer on a GPU, forwards and backwards."""
    # PyTorch needs its share of the memory.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    console = Console()
    if jax.default_backend() != "gpu":
        console.print(
            f"JAX found no GPU (its backend is {jax.default_backend()!r}); this benchmark says "
            "nothing elsewhere. Install JAX for CUDA on a machine with an NVIDIA GPU."
        )
        raise typer.Exit(1)
    result = measure(units, steps, batch, repeats)
    record.write_text(json.dumps(result, indent=1))
    console.print(table(result))


if __name__ == "__main__":
    typer.run(main)
