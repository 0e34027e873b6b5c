"""From a trained network to a chip."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.buffer_callback import buffer_callback
from jaxtyping import Array
from numpy.typing import ArrayLike, NDArray

from ranvier.core import one_of
from ranvier.hardware.deployment._checks import Check, require
from ranvier.hardware.deployment._crossbar import CrossbarProgram
from ranvier.hardware.deployment._crossbar_chips import ODIN, TINY_ODIN, Dialect
from ranvier.hardware.deployment._plain import (
    Kind,
    Plain,
    kind_of,
    layers_of,
    plain,
    structure_checks,
)
from ranvier.hardware.deployment._ran import Program, Ran, Statistics
from ranvier.hardware.deployment._reckon import NAME as RECKON
from ranvier.hardware.deployment._reckon import ReckOnProgram
from ranvier.nets import Observed, observe

CHIPS = (ODIN.name, TINY_ODIN.name, RECKON)


@dataclasses.dataclass(frozen=True)
class Deployment:
    """A network on a chip; made by `deploy`.

    Attributes:
        chip: its name.
        program: what the chip holds.
        kinds: of the layers.
        statistics: of the layers on the examples that scales were chosen by.

    Example:
        See `deploy`.
    """

    chip: str
    program: Program
    kinds: tuple[Kind, ...]
    statistics: tuple[Statistics, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """The rules of the chip, all kept."""
        return self.program.checks

    def run(self, inputs: ArrayLike) -> Ran:
        """What the chip does with examples; each starts from rest.

        Args:
            inputs: 0 or 1, `[T, B, n_in]`.

        Raises:
            ValueError: inputs that are no spikes.

        Example:
            See `deploy`.
        """
        return self.program.run(spikes_of(inputs))

    def write(self, folder: str | os.PathLike[str], example: ArrayLike) -> list[Path]:
        """Memory images and a transcript of programming and one example, for a test bench.

        Of tinyODIN nothing is written: its serial interface is not modelled.

        Args:
            folder: where the files go; made if needed.
            example: 0 or 1, `[T, n_in]`.

        Returns:
            The files: `*.hex` for `$readmemh`, and `transcript.txt`.

        Raises:
            ValueError: an example that is no spikes.
            OSError: the folder cannot be written to.

        Example:
            See `ranvier.hardware.chips.odin.transcript` and
            `ranvier.hardware.chips.reckon.write_transcript` for the formats.
        """
        spikes = spikes_of(np.asarray(example)[:, None])[:, 0]
        Path(folder).mkdir(parents=True, exist_ok=True)
        return self.program.write(Path(folder), spikes)

    def forward(self, model: Any, inputs: Array) -> list[Array]:
        """The activity of every layer if the chip held this network: for training in the loop.

        Weights, thresholds and leaks are rounded anew; scales are chosen by what was seen at
        `deploy`. May be traced; it has no derivative.

        Args:
            model: of the structure that was deployed.
            inputs: 0 or 1, `[T, B, n_in]`.

        Returns:
            Per layer `[T, B, n]`.

        Raises:
            NotDeployable: (when run) the network breaks a rule that it did not break before.

        Example:
            See `ranvier.learn.rules.in_the_loop`.
        """
        numbers = [plain(layer) for layer in layers_of(model)]
        shapes = [
            jax.ShapeDtypeStruct((*inputs.shape[:2], len(layer.decay)), jnp.float32)
            for layer in numbers
        ]

        # A callback that is handed arrays of JAX waits for ever on a single core: it holds the only
        # thread that could fill them. Buffers are there already.
        def on_chip(context: Any, told: Sequence[Any], layers: Any, given: Any) -> None:
            del context
            held = [
                Plain(*(a if a is None else np.asarray(a).copy() for a in layer))
                for layer in layers
            ]
            program = _programmed(self.chip, self.kinds, held, self.statistics, ())
            for room, activity in zip(
                told, program.run(np.asarray(given).copy()).activity, strict=True
            ):
                np.asarray(room)[...] = activity

        return list(buffer_callback(on_chip, shapes)(numbers, inputs))


def deploy(model: Any, chip: str, examples: ArrayLike) -> Deployment:
    """Quantise, map and place a trained network on a chip, or refuse it.

    On "odin" and "tiny-odin" layers of spiking units become rows and columns of the crossbar; on
    "reckon" hidden layers become its recurrent layer and a leaky readout its outputs. Weights get
    the chip's bits: on the crossbars a step of each unit's own, that changes its weights least.

    Args:
        model: a chain of layers of SNU, LIF or IF, for ReckOn with a `LeakyIntegrator` at its end;
            synapses are anything that is a product with a matrix.
        chip: "odin", "tiny-odin" or "reckon".
        examples: 0 or 1, `[T, B, n_in]`, such as it was trained with: scales and leaks are chosen
            by the membranes on them.

    Raises:
        NotDeployable: rules of the chip are broken; layer, rule and what would fit are named.
        ValueError: examples that are no spikes, or a chip that there is not.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.hardware.deployment import deploy
        >>> net = rv.chain(3, rv.SNU(2, decay=1.0, g=jax.nn.relu), key=jax.random.key(0))
        >>> spikes = jax.random.bernoulli(jax.random.key(1), 0.5, (10, 4, 3))
        >>> placed = deploy(net, "odin", spikes)
        >>> ran = placed.run(spikes)
        >>> ran.activity[0].shape, ran.counts["lost"]
        ((10, 4, 2), 0)
        >>> deploy(rv.chain(300, rv.SNU(2), key=jax.random.key(0)), "reckon", jnp.ones((1, 1, 300)))
        Traceback (most recent call last):
        ...
        ranvier.hardware.deployment._checks.NotDeployable: reckon cannot take this network: ...
    """
    one_of("deploy", "chip", chip, CHIPS)
    spikes = spikes_of(examples)
    checks = structure_checks(model)
    require(chip, checks)
    layers = layers_of(model)
    if spikes.shape[2] != layers[0].in_size:
        raise ValueError(
            f"deploy: examples have {spikes.shape[2]} inputs, expected {layers[0].in_size}, as the "
            "network."
        )
    kinds = tuple(kind_of(layer) for layer in layers)
    statistics = _seen(model, spikes)
    numbers = [plain(layer) for layer in layers]
    program = _programmed(chip, kinds, numbers, statistics, checks)
    return Deployment(chip, program, kinds, statistics)


def _programmed(
    chip: str,
    kinds: Sequence[Kind],
    layers: Sequence[Plain],
    statistics: Sequence[Statistics],
    checks: Sequence[Check],
) -> Program:
    how: Callable[..., Program] = _PROGRAMS[chip]
    return how(kinds, layers, statistics, checks)


def _on_crossbar(dialect: Dialect) -> Callable[..., Program]:
    return lambda *parts: CrossbarProgram(dialect, *parts)


_PROGRAMS: dict[str, Callable[..., Program]] = {
    ODIN.name: _on_crossbar(ODIN),
    TINY_ODIN.name: _on_crossbar(TINY_ODIN),
    RECKON: ReckOnProgram,
}


def spikes_of(inputs: ArrayLike) -> NDArray[np.bool_]:
    """Inputs as chips take them.

    Args:
        inputs: `[T, B, *axes]`.

    Raises:
        ValueError: another number than 0 and 1, or no time and examples.
    """
    given = np.asarray(inputs)
    if given.ndim < 3 or 0 in given.shape:
        raise ValueError(
            f"inputs have shape {given.shape}, expected [T, B, n_in] with a step and an example."
        )
    given = given.reshape(*given.shape[:2], -1)
    if not np.isin(given, (0, 1)).all():
        wrong = given[~np.isin(given, (0, 1))][0]
        raise ValueError(
            f"inputs hold {wrong}, expected 0 and 1 alone: chips take spikes. See `ranvier.encode`."
        )
    return given.astype(bool)


def observed(model: Any, spikes: NDArray[np.bool_]) -> Observed:
    """What the network does with inputs as chips take them.

    Args:
        model: the network.
        spikes: `[T, B, n_in]`.
    """
    shape = (*spikes.shape[:2], *model.in_shape)
    return observe(model, jnp.asarray(spikes.reshape(shape), jnp.float32))


def _seen(model: Any, spikes: NDArray[np.bool_]) -> tuple[Statistics, ...]:
    statistics = []
    for part in observed(model, spikes).neurons:
        (membrane,) = (
            values for name, values in part.states.items() if name.split(".")[-1] in ("s", "v")
        )
        resets = part.neuron.resets_at_spike
        left = membrane if resets else membrane * (1 - np.clip(part.outputs, 0, 1))
        positive = left[left > 0]
        # A membrane that is seen after its reset was at least at the threshold before.
        peak = np.abs(membrane).max() * (2 if resets else 1)
        carried = float(positive.mean()) if positive.size else 0.0
        statistics.append(Statistics(float(peak), carried))
    return tuple(statistics)
