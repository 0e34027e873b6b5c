"""Two arrays per weight: one that follows the gradient, one that slowly takes over from it."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive
from ranvier.hardware.devices import Pulsed, PulsedDevice
from ranvier.hardware.updates._cell import expected
from ranvier.hardware.updates._drive import Drive, StochasticTrain


class TransferState(NamedTuple):
    """The two arrays.

    Attributes:
        fast: A, which the gradient pulses.
        slow: C, which holds the weights.
        reference: symmetry points of A, which are subtracted when it is read.
        remembered: by what drives the transfer.
        updates: so far.

    Example:
        See `TransferCell`.
    """

    fast: Pulsed
    slow: Pulsed
    reference: Float[Array, "..."]
    remembered: Any
    updates: Array


class TransferCell(eqx.Module):
    r"""Tiki-Taka: gradients go onto A, around its symmetry point; columns of A go over to C.

    $$w = \gamma\,(A - A_0) + C, \qquad C_j \leftarrow C_j + \lambda\,(A_j - A_{0,j})
    \quad \text{every } n \text{ updates, one column } j \text{ after the other}$$

    Pulses that cancel lead A to its symmetry point $A_0$, where it is read as nothing, so that C
    stands still where gradients cancel. Columns lie along the last axis of the weights.

    Args:
        fast: device of A.
        slow: device of C; that of A if not given.
        every: $n$.
        rate: $\lambda$.
        mix: $\gamma$.
        drive: of the transfer; trains of ten pulses if not given.
        expected_step: of a pulse on A; that of the device if not given.

    Raises:
        ValueError: a step, rate or interval that is not positive.

    Source: Gokmen, Haensch, Front. Neurosci. 14 (2020); the subtraction, Kim et al.,
    arXiv:1907.10228 (2019).

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> cell = TransferCell(devices.linear_ideal(0.25), every=2, rate=1.0)
        >>> key = jax.random.key(0)
        >>> held = cell.start(jnp.zeros((1, 2)), key=key)
        >>> for _ in range(2):
        ...     held = cell.update(held, jnp.ones((1, 2)), key=key)
        >>> held.fast.weight.tolist(), round(float(cell.weight(held)[0, 1]), 2)
        ([[0.5, 0.5]], 0.0)
    """

    fast: PulsedDevice
    slow: PulsedDevice
    every: int
    rate: float
    mix: float
    drive: Drive
    step: float

    def __init__(
        self,
        fast: PulsedDevice,
        slow: PulsedDevice | None = None,
        *,
        every: int = 1,
        rate: float = 1.0,
        mix: float = 0.0,
        drive: Drive | None = None,
        expected_step: float | None = None,
    ) -> None:
        positive("TransferCell", every=every, rate=rate)
        if not mix >= 0:
            raise ValueError(f"TransferCell: mix is {mix}, expected at least 0.")
        self.fast, self.slow = fast, fast if slow is None else slow
        self.every, self.rate, self.mix = int(every), float(rate), float(mix)
        self.drive = StochasticTrain() if drive is None else drive
        self.step = expected("TransferCell", fast, expected_step)

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of C."""
        return self.slow.low, self.slow.high

    def start(self, weight: Float[Array, "..."], *, key: PRNGKeyArray) -> TransferState:
        """C at the weights, A at its symmetry points."""
        slow, traits, fast = jr.split(key, 3)
        drawn = self.fast.start(jnp.zeros_like(weight), key=traits).traits
        reference = self.fast.symmetry_point(drawn)
        return TransferState(
            self.fast.start(reference, key=fast, traits=drawn),
            self.slow.start(weight, key=slow),
            reference,
            self.drive.start(weight),
            jnp.zeros((), int),
        )

    def update(
        self, held: TransferState, count: Float[Array, "..."], *, key: PRNGKeyArray
    ) -> TransferState:
        """A after its pulses and, when it is time, a column of C after its own."""
        pulse, move = jr.split(key)
        fast = self.fast.leak(self.fast.pulse(held.fast, count, key=pulse))
        updates = held.updates + 1
        now = held._replace(fast=fast, slow=self.slow.leak(held.slow), updates=updates)
        return jax.lax.cond(
            updates % self.every == 0, lambda: self._transferred(now, move), lambda: now
        )

    def weight(self, held: TransferState) -> Float[Array, "..."]:
        """C, and a part of A."""
        return held.slow.shown + self.mix * (held.fast.shown - held.reference)

    def _transferred(self, held: TransferState, key: PRNGKeyArray) -> TransferState:
        read, draw, pulse = jr.split(key, 3)
        due = (held.updates // self.every - 1) % held.reference.shape[-1]

        def column(tree: Any) -> Any:
            return jax.tree.map(lambda one: jax.lax.dynamic_index_in_dim(one, due, -1), tree)

        def back(tree: Any, into: Any) -> Any:
            return jax.tree.map(
                lambda part, whole: jax.lax.dynamic_update_index_in_dim(whole, part, due, -1),
                tree,
                into,
            )

        found = self.fast.read(column(held.fast), key=read) - column(held.reference)
        steps = self.rate / self.slow.step * found
        count, remembered = self.drive(column(held.remembered), steps, key=draw)
        slow = self.slow.pulse(column(held.slow), count, key=pulse)
        return held._replace(
            slow=back(slow, held.slow), remembered=back(remembered, held.remembered)
        )
