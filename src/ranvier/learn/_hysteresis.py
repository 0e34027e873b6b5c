"""Hidden weights that show as -1, 0 or 1, and do not flicker."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from ranvier.synapses import Trinary


def trinary_hysteresis(width: float = 0.1) -> optax.GradientTransformation:
    r"""Keep hidden weights within -1 and 1, and let what shows follow them with hysteresis.

    $$W \leftarrow \begin{cases} 1 & H \ge 0.5 + h \\ 0 & |H| \le 0.5 - h \\ -1 & H \le -0.5 - h \\
    W & \text{else} \end{cases}$$

    after every update of $H$, so that a weight near $\pm 0.5$ does not change with every batch. Put
    it last in an `optax.chain`. Parameters outside of [`Trinary`][ranvier.synapses.Trinary] are
    updated as they come.

    Args:
        width: $h$, at least 0 and below 0.5.

    Raises:
        ValueError: another width; (when run) no parameters given.

    Source: Esser et al., Proc. Natl. Acad. Sci. USA 113 (2016), "Training".

    Example:
        >>> from ranvier.synapses import Dense
        >>> synapse = Trinary(Dense(jnp.array([[0.25, 0.5]])))
        >>> optimiser = optax.chain(optax.sgd(1.0), trinary_hysteresis(0.1))
        >>> gradient = jax.tree.map(lambda a: 0 * a - 0.125, synapse)
        >>> state = optimiser.init(synapse)
        >>> for _ in range(2):
        ...     change, state = optimiser.update(gradient, state, synapse)
        ...     synapse = optax.apply_updates(synapse, change)
        >>> synapse.synapse.weight, synapse.shown
        (Array([[0.5 , 0.75]], dtype=float32), Array([[0., 1.]], dtype=float32))
    """
    if not 0 <= width < 0.5:
        raise ValueError(f"trinary_hysteresis: width is {width}, expected 0 to below 0.5.")

    def update(updates: Any, state: Any, params: Any = None) -> Any:
        if params is None:
            raise ValueError("trinary_hysteresis: give the parameters to `update`, too.")

        def moved(change: Any, held: Any) -> Any:
            if not isinstance(held, Trinary):
                return change
            hidden = jnp.clip(held.synapse.weight + change.synapse.weight, -1, 1)
            size = jnp.abs(hidden)
            kept = jnp.where(size <= 0.5 - width, 0.0, held.shown)
            shown = jnp.where(size >= 0.5 + width, jnp.sign(hidden), kept)
            leaves = (hidden - held.synapse.weight, shown - held.shown)
            return jax.tree.unflatten(jax.tree.structure(change), leaves)

        def one(node: Any) -> bool:
            return isinstance(node, Trinary)

        return jax.tree.map(moved, updates, params, is_leaf=one), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)
