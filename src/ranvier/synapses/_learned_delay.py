"""Delays that learn, one per connection."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jax.core import Tracer
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._dense import Initialiser, glorot_uniform


class LearnedDelay(Synapse):
    r"""All-to-all weights with a delay of its own for every connection, and both learn.

    $$I_i^t = \sum_j w_{ij} \sum_{n=0}^{N} k_{ij}(n)\, z_j^{t-n}, \qquad
    k_{ij}(n) = \frac{e^{-(n - d_{ij})^2 / 2\sigma^2}}
    {\sum_{m=0}^{N} e^{-(m - d_{ij})^2/2\sigma^2}}$$

    A delay $d$ is a position between the steps; the Gaussian spreads it over them, so that the
    loss has a derivative with respect to it. A wide one feels targets far away, a narrow one is
    sharp: train with `with_width` from wide (half the longest delay) to narrow (half a step), and
    with `clamped` after each update.
    With $\sigma = 0$ each connection has the one whole delay next to $d$: the form in which
    the trained network is used, and in which it could be put on a chip; delays have no
    derivative there. Before the first step nothing was sent.

    Args:
        weight: $w$, `[n_out, n_in]`.
        delay_steps: $d$, `[n_out, n_in]`, in time steps.
        longest_steps: $N$, the longest delay.
        width_steps: $\sigma$; 0 rounds the delays.

    Raises:
        ValueError: shapes that differ, a width below 0, a longest delay below 0, or a delay
            outside 0 to the longest.

    Source: Hammouamri, Khalfaoui-Hassani, Masquelier, ICLR 2024; there the sum in the denominator
    has a small constant added, which is not needed here.

    Example:
        >>> import jax.numpy as jnp
        >>> synapse = LearnedDelay(
        ...     jnp.ones((1, 1)), jnp.full((1, 1), 2.0), longest_steps=4, width_steps=0.5
        ... )
        >>> pulse = jnp.zeros((5, 1)).at[0].set(1.0)
        >>> _, currents = synapse.over_time(synapse.init(), pulse)
        >>> [round(float(current), 3) for current in currents.ravel()]
        [0.0, 0.106, 0.787, 0.106, 0.0]
        >>> rounded = synapse.with_width(0.0)
        >>> rounded.over_time(rounded.init(), pulse)[1].ravel()
        Array([0., 0., 1., 0., 0.], dtype=float32)
    """

    weight: Float[Array, "fan_out fan_in"]
    delay_steps: Float[Array, "fan_out fan_in"]
    longest_steps: int = eqx.field(static=True)
    width_steps: float

    def __init__(
        self,
        weight: Float[Array, "fan_out fan_in"],
        delay_steps: Float[Array, "fan_out fan_in"],
        *,
        longest_steps: int,
        width_steps: float,
    ) -> None:
        if jnp.ndim(weight) != 2 or jnp.shape(weight) != jnp.shape(delay_steps):
            raise ValueError(
                f"LearnedDelay: the weights have shape {jnp.shape(weight)} and the delays "
                f"{jnp.shape(delay_steps)}, expected [n_out, n_in] for both."
            )
        if longest_steps < 0:
            raise ValueError(f"LearnedDelay: longest_steps is {longest_steps}, expected 0 or more.")
        if not width_steps >= 0:
            raise ValueError(f"LearnedDelay: width_steps is {width_steps}, expected 0 or more.")
        if not isinstance(delay_steps, Tracer) and not bool(
            ((delay_steps >= 0) & (delay_steps <= longest_steps)).all()
        ):
            raise ValueError(
                f"LearnedDelay: the delays go from {float(delay_steps.min())} to "
                f"{float(delay_steps.max())}, expected 0 to longest_steps = {longest_steps}."
            )
        self.weight = weight
        self.delay_steps = delay_steps
        self.longest_steps = int(longest_steps)
        self.width_steps = float(width_steps)

    @classmethod
    def random(
        cls,
        in_size: int,
        out_size: int,
        *,
        longest_steps: int,
        width_steps: float | None = None,
        key: PRNGKeyArray,
        init: Initialiser = glorot_uniform,
    ) -> "LearnedDelay":
        """Draw the weights, and delays evenly between 0 and the longest.

        Args:
            in_size, out_size: widths before and after.
            longest_steps: the longest delay.
            width_steps: of the Gaussian; half the longest delay if not given.
            key: draws weights and delays.
            init: `(key, (n_out, n_in)) -> weight`.

        Example:
            >>> import jax
            >>> LearnedDelay.random(4, 2, longest_steps=9, key=jax.random.key(0)).width_steps
            4.5
        """
        weight_key, delay_key = jr.split(key)
        return cls(
            init(weight_key, (out_size, in_size)),
            jr.uniform(delay_key, (out_size, in_size), maxval=float(longest_steps)),
            longest_steps=longest_steps,
            width_steps=longest_steps / 2 if width_steps is None else width_steps,
        )

    def with_width(self, width_steps: float) -> "LearnedDelay":
        """The same weights and delays with a Gaussian of another width.

        Args:
            width_steps: as for the synapse itself; 0 rounds the delays.

        Example:
            See the class.
        """
        if not width_steps >= 0:
            raise ValueError(f"LearnedDelay: width_steps is {width_steps}, expected 0 or more.")
        return eqx.tree_at(lambda s: s.width_steps, self, float(width_steps))

    def clamped(self) -> "LearnedDelay":
        """The same with every delay put back between 0 and the longest.

        Take it after each update: a wide Gaussian may push a delay that belongs at the border
        beyond it, where nothing calls it back.

        Example:
            >>> import equinox as eqx, jax.numpy as jnp
            >>> one = jnp.ones((1, 1))
            >>> synapse = LearnedDelay(one, one, longest_steps=4, width_steps=2.0)
            >>> updated = eqx.tree_at(lambda s: s.delay_steps, synapse, -0.3 * one)
            >>> float(updated.clamped().delay_steps[0, 0])
            0.0
        """
        clipped = jnp.clip(self.delay_steps, 0, self.longest_steps)
        return eqx.tree_at(lambda s: s.delay_steps, self, clipped)

    @property
    def in_size(self) -> int:
        """Width of the presynaptic activity."""
        return self.weight.shape[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return self.weight.shape[:1]

    @property
    def kernel(self) -> Float[Array, "fan_out fan_in taps"]:
        """What a connection passes on of the activity 0, 1, ... steps ago."""
        taps = jnp.arange(self.longest_steps + 1, dtype=self.delay_steps.dtype)
        if self.width_steps == 0:
            nearest = jnp.clip(jnp.round(self.delay_steps), 0, self.longest_steps)
            share = (taps == nearest[..., None]).astype(self.weight.dtype)
        else:
            # As a softmax: a delay that training has pushed out of range still has a kernel.
            distance = (taps - self.delay_steps[..., None]) / self.width_steps
            share = jax.nn.softmax(-(distance**2) / 2)
        return self.weight[..., None] * share

    def init(self, batch: tuple[int, ...] = ()) -> Float[Array, "... past fan_in"]:
        """Silence: the activity of the last steps, oldest first."""
        return jnp.zeros((*batch, self.longest_steps, self.in_size), self.weight.dtype)

    def advance(
        self,
        memory: Float[Array, "... past fan_in"],
        z: Float[Array, "... fan_in"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Float[Array, "... past fan_in"], Float[Array, "... fan_out"]]:
        """The current of every unit; noiseless."""
        z = jnp.asarray(z, memory.dtype)
        known = jnp.concatenate([memory, z[..., None, :]], axis=-2)
        current = jnp.einsum("...nj,ijn->...i", known, self.kernel[..., ::-1])
        return known[..., 1:, :], current

    def over_time(
        self,
        memory: Float[Array, "... past fan_in"],
        zs: Float[Array, "time ... fan_in"],
        *,
        keys: Array | None = None,
    ) -> tuple[Float[Array, "... past fan_in"], Float[Array, "time ... fan_out"]]:
        """Many steps, as one convolution in time; noiseless."""
        zs = jnp.asarray(zs, memory.dtype)
        known = jnp.concatenate([jnp.moveaxis(memory, -2, 0), zs])
        examples = zs.shape[1:-1]
        # [examples, fan_in, time]; convolutions here slide without turning the kernel around.
        flat = jnp.moveaxis(known.reshape(len(known), -1, self.in_size), 0, -1)
        currents = jax.lax.conv_general_dilated(flat, self.kernel[..., ::-1], (1,), "VALID")
        currents = jnp.moveaxis(currents, -1, 0).reshape(len(zs), *examples, *self.shape)
        return jnp.moveaxis(known[len(zs) :], 0, -2), currents
