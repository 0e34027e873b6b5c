"""The memory of a plastic layer: cells of devices that are pulsed while it runs."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import ascending, positive
from ranvier.hardware.updates._cell import LearningCell
from ranvier.hardware.updates._drive import Drive, Rounded


class CellsState(NamedTuple):
    """An array of cells as it stands, and what it has been through.

    Attributes:
        cells: the devices, with their traits.
        drive: what is remembered in the digital part.
        raised: pulses upwards that each cell got so far.
        lowered: pulses downwards.

    Example:
        See `OnCells`.
    """

    cells: Any
    drive: Any
    raised: Float[Array, "post pre"]
    lowered: Float[Array, "post pre"]


class OnCells(eqx.Module):
    r"""Weights of a plastic layer live on devices: the change that a rule asks for becomes pulses.

    $$n = \text{drive}\left(\frac{\Delta w}{w_{lim}\, \epsilon}\right), \qquad
    w = w_{lim}\, \text{cell}(n)$$

    with the expected step $\epsilon$ of the cell, as for `on_devices`. Bounds are kept by reading
    before writing: a weight that has reached one gets no pulse that leads further.

    Args:
        cell: how devices hold a weight.
        drive: from a change to pulses; the nearest whole number if not given.
        limit: $w_{lim}$, the weight that 1 on a device stands for.
        bounds: between which weights pulses lead outwards; those of the cell if not given.

    Raises:
        ValueError: a limit that is not positive, or bounds that do not rise; (when run) no key.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices, updates
        >>> device = devices.PulsedDevice(devices.ConstantStep(), step=0.25, low=0.0)
        >>> memory, key = OnCells(updates.AbruptReset(device), limit=2.0), jax.random.key(0)
        >>> held = memory.start(jnp.array([[0.5, 1.5]]), key=key)
        >>> held = memory.change(held, jnp.array([[0.5, -0.5]]), key=key)
        >>> memory.weight(held).tolist(), held.raised.tolist(), held.lowered.tolist()
        ([[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]])
    """

    cell: LearningCell
    drive: Drive
    limit: float
    bounds: tuple[float, float]

    def __init__(
        self,
        cell: LearningCell,
        drive: Drive | None = None,
        *,
        limit: float,
        bounds: tuple[float, float] | None = None,
    ) -> None:
        positive("OnCells", limit=limit)
        self.cell = cell
        self.drive = Rounded() if drive is None else drive
        self.limit = float(limit)
        low, high = (limit * end for end in cell.bounds) if bounds is None else bounds
        ascending("OnCells: bounds", low=low, high=high)
        self.bounds = float(low), float(high)

    def start(self, weight: Float[Array, "post pre"], *, key: PRNGKeyArray | None) -> CellsState:
        """Cells at these weights, each as near as its bounds allow."""
        return CellsState(
            self.cell.start(weight / self.limit, key=_given(key)),
            self.drive.start(weight),
            jnp.zeros_like(weight),
            jnp.zeros_like(weight),
        )

    def weight(self, held: CellsState) -> Float[Array, "post pre"]:
        """What the cells show."""
        return self.limit * self.cell.weight(held.cells)

    def change(
        self,
        held: CellsState,
        change: Float[Array, "post pre"],
        *,
        key: PRNGKeyArray | None,
    ) -> CellsState:
        """The cells after their pulses."""
        counting, pulsing = jr.split(_given(key))
        steps = change / (self.limit * self.cell.step)
        count, remembered = self.drive(held.drive, steps, key=counting)
        now, (low, high) = self.weight(held), self.bounds
        outwards = ((count > 0) & (now >= high)) | ((count < 0) & (now <= low))
        count = jnp.where(outwards, 0.0, count)
        return CellsState(
            self.cell.update(held.cells, count, key=pulsing),
            remembered,
            held.raised + jnp.maximum(count, 0.0),
            held.lowered + jnp.maximum(-count, 0.0),
        )


def _given(key: PRNGKeyArray | None) -> PRNGKeyArray:
    if key is None:
        raise ValueError(
            "OnCells: no key; devices differ and pulses are drawn. Give one to Plastic and to run."
        )
    return key
