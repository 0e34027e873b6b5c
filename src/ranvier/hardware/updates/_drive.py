"""From the change that a weight should make to whole numbers of pulses."""

from typing import Any, Protocol

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive


class Drive(Protocol):
    """How many pulses each device gets.

    Example:
        >>> drive: Drive = Accumulated()
    """

    def start(self, weight: Float[Array, "..."]) -> Any:
        """What is remembered from one update to the next."""
        ...

    def __call__(
        self, remembered: Any, steps: Float[Array, "..."], *, key: PRNGKeyArray
    ) -> tuple[Float[Array, "..."], Any]:
        """Whole numbers of pulses for a change in units of steps, and what is remembered."""
        ...


class Accumulated(eqx.Module):
    r"""Changes are added up in the digital part until they make a whole step.

    $$\chi \leftarrow \chi + \frac{\Delta w}{\epsilon}, \qquad
    n = \operatorname{sgn}(\chi) \lfloor |\chi| \rfloor, \qquad \chi \leftarrow \chi - n$$

    with the expected step $\epsilon$ of a pulse, and $|n|$ of at most `most`.

    Args:
        most: pulses per update; what goes beyond waits for the next.

    Raises:
        ValueError: no pulse at all.

    Source: Nandakumar et al., ISCAS 2018, and Front. Neurosci. 14 (2020), "mixed precision".

    Example:
        >>> import jax, jax.numpy as jnp
        >>> drive, key = Accumulated(), jax.random.key(0)
        >>> count, left = drive(drive.start(jnp.zeros(2)), jnp.array([2.75, -0.5]), key=key)
        >>> count.tolist(), left.tolist()
        ([2.0, -0.0], [0.75, -0.5])
    """

    most: int

    def __init__(self, most: int = 10_000) -> None:
        positive("Accumulated", most=most)
        self.most = int(most)

    def start(self, weight: Float[Array, "..."]) -> Float[Array, "..."]:
        """Nothing has added up."""
        return jnp.zeros_like(weight)

    def __call__(
        self, remembered: Any, steps: Float[Array, "..."], *, key: PRNGKeyArray
    ) -> tuple[Float[Array, "..."], Any]:
        """The whole steps; the rest is remembered."""
        total = remembered + steps
        count = jnp.clip(jnp.trunc(total), -self.most, self.most)
        return count, total - count


class Rounded(eqx.Module):
    """As many pulses as come closest, each time anew: for rules that speak in pulses.

    What is less than half a step is lost.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> Rounded()((), jnp.array([0.99, -2.01, 0.4]), key=jax.random.key(0))[0].tolist()
        [1.0, -2.0, 0.0]
    """

    def start(self, weight: Float[Array, "..."]) -> tuple[()]:
        """Nothing."""
        return ()

    def __call__(
        self, remembered: Any, steps: Float[Array, "..."], *, key: PRNGKeyArray
    ) -> tuple[Float[Array, "..."], Any]:
        """The nearest whole numbers."""
        return jnp.round(steps), remembered


class StochasticTrain(eqx.Module):
    r"""Trains of pulses that meet at random: nothing is added up, nothing is remembered.

    $$n \sim \operatorname{sgn}(\Delta w)\, B\left(L,\; \frac{|\Delta w|}{L\, \Delta w_0}\right)$$

    so that the mean change is the one that is wanted, up to $L$ steps.

    Args:
        length: $L$, slots of a train.

    Raises:
        ValueError: a train without a slot.

    Source: Gokmen, Vlasov, Front. Neurosci. 10 (2016), with trains of 10; here they meet once per
    update, for the whole batch, in place of once per example.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> count, _ = StochasticTrain(4)((), jnp.array([9.0, -4.0]), key=jax.random.key(0))
        >>> count.tolist()
        [4.0, -4.0]
    """

    length: int

    def __init__(self, length: int = 10) -> None:
        positive("StochasticTrain", length=length)
        self.length = int(length)

    def start(self, weight: Float[Array, "..."]) -> tuple[()]:
        """Nothing."""
        return ()

    def __call__(
        self, remembered: Any, steps: Float[Array, "..."], *, key: PRNGKeyArray
    ) -> tuple[Float[Array, "..."], Any]:
        """How often the trains met."""
        chance = jnp.abs(steps) / self.length
        met = jr.uniform(key, (self.length, *steps.shape), steps.dtype) < chance
        return jnp.sign(steps) * met.sum(0), remembered
