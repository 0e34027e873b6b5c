"""e-prop 3: traces that never end, and backpropagation through other units within windows."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Cell, precision
from ranvier.learn._accompanied import Accompanied
from ranvier.learn._asked import asked
from ranvier.learn._moment import Visit, as_chain
from ranvier.learn._types import Rule
from ranvier.learn._windows import over_windows
from ranvier.learn.eligibility import local
from ranvier.learn.eligibility._along import along
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.nets import Chain


class SyntheticGradients(Accompanied):
    r"""A network, and what foretells the worth of its present state for times to come.

    $$\left(\frac{dE^{>t}}{ds^t}, \frac{dE^{>t}}{dy^t}\Big|_{others}\right) \approx
    \sigma\, G(s^t)$$

    for the state $s$ of all layers, the effect that an output $y$ has on other units, and the
    share $\sigma$ that one step has in the loss. It runs as the network alone does; `e_prop_3`
    asks $G$ where a window ends, and teaches it by what the next window finds.

    Args:
        network: layers that online rules can follow.
        width: hidden units of $G$, a perceptron with one hidden layer, at first silent.
        key: draws its weights.

    Source: Jaderberg et al., ICML (2017), section 3; Bellec et al., arXiv:1901.09049 (2019).

    Example:
        >>> import jax, ranvier as rv
        >>> net = rv.chain(4, rv.recurrent(rv.SNU.soft(3)), rv.Readout(2), key=jax.random.key(0))
        >>> SyntheticGradients(net, width=16, key=jax.random.key(1)).in_size
        4
    """

    network: Chain
    foretell: Any

    def __init__(self, network: Cell, *, width: int = 64, key: PRNGKeyArray) -> None:
        self.network = as_chain(network)
        seen = self.network.init()
        sizes = _flat(seen, 0).size, _flat((seen, [state.y for state in seen]), 0).size
        made = eqx.nn.MLP(*sizes, width, 1, key=key, dtype=precision(self.network))
        silent = jax.tree.map(jnp.zeros_like, eqx.filter(made.layers[-1], eqx.is_array))
        self.foretell = eqx.tree_at(lambda net: net.layers[-1], made, silent)


def e_prop_3(loss: Loss, *, window: int = 20, average: Average = per_step) -> Rule:
    r"""e-prop 3: a learning signal that looks back within windows, traces that need not.

    $$\frac{dE}{d\theta} = \sum_t \frac{d\bar E}{dy^t}\Big|_{others} e^t$$

    with $e$ the trace of `local`, which goes on from window to window, and $\bar E$ the loss of
    the window that holds $t$, plus what its last state is expected to be worth later
    (`SyntheticGradients`). The signal is the derivative by an output's effect on other units,
    on layers above and on the loss; what a unit does to its own future is in the trace. So
    windows cut only the paths that lead from unit to unit, and those only where the worth of
    their end is not foretold. One window over the whole sequence is `bptt`.

    Args:
        loss: one number per step, from output and target.
        window: steps that the signal looks back.
        average: how steps are put together.

    Returns:
        A rule for a layer, a chain of layers, or `SyntheticGradients` around one. The gradient of
        the last is that of the squared error of what it foretold.

    Raises:
        TypeError: a cell that is not a layer, or a layer that traces cannot follow.
        ValueError: a window of less than one step.

    Source: Bellec, Scherr, Hajek, Salaj, Subramoney, Legenstein, Maass, arXiv:1901.09049 (2019),
    "e-prop 3".

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> net = rv.chain(4, rv.recurrent(rv.SNU.soft(3)), rv.Readout(2), key=jax.random.key(0))
        >>> batch = Batch(jnp.ones((5, 1, 4)), jnp.zeros((5, 1, 2)), jnp.ones((5, 1)))
        >>> rules = e_prop_3(rv.losses.squared_error, window=5), rv.bptt(rv.losses.squared_error)
        >>> one, two = (rule(net, batch, None)[1].layers[0].neuron.bias for rule in rules)
        >>> bool(jnp.allclose(one, two))
        True
    """
    if window < 1:
        raise ValueError(f"e_prop_3: window is {window}, expected at least 1 step.")

    def rule(model, batch, key=None):
        synthetic = model if isinstance(model, SyntheticGradients) else None
        chain = as_chain(model if synthetic is None else synthetic.network)
        alone = model is chain.layers[0]
        layers: Any = chain.layers
        examples = batch.x.shape[1 : batch.x.ndim - len(layers[0].in_shape)]
        axes, steps = len(examples), len(batch.x)
        scale = average(batch.mask)
        credit = along(None)

        def foretell(by, states):
            seen = _flat(states, axes)
            return jax.vmap(by)(seen.reshape(-1, seen.shape[-1])).reshape(*examples, -1)

        def missed(by, states, lesson):
            return ((foretell(by, states) - lesson) ** 2).sum(-1).mean() / 2

        def passed(carry, at):
            """One window: run it, look back, credit, and compare with what was foretold."""
            states, traces, gradients, total = carry
            x, target, mask, step_keys, number = at
            first, last = number[0] == 0, number[-1] == steps - 1
            keys = [step_keys] if alone else chain.split_over_time(step_keys)
            continuous, rest = eqx.partition(states, eqx.is_inexact_array)
            nudges = [jnp.zeros((len(x), *s.y.shape), s.y.dtype) for s in states]
            arriving = [jnp.zeros_like(s.y) for s in states]

            def worth(nudges, arriving, continuous):
                start = eqx.combine(continuous, rest)
                after, visited = _tapped(chain, start, x, nudges, arriving, keys)
                error = (loss(visited[-1].y, asked(target, mask)) * mask).sum() * scale
                later = 0.0
                if synthetic is not None:
                    foretold = jax.lax.stop_gradient(foretell(synthetic.foretell, after))
                    ends = _flat((after, [nudge[-1] for nudge in nudges]), axes)
                    later = jnp.where(last, 0.0, scale * (foretold * ends).sum())
                return error + later, (error, after, visited)

            (_, (error, after, visited)), (worths, *found) = jax.value_and_grad(
                worth, argnums=(0, 1, 2), has_aux=True
            )(nudges, arriving, continuous)
            moved = [
                credit(layer, trace, visit.before, visit.x, by_output, layer_keys)
                for layer, trace, visit, by_output, layer_keys in zip(
                    layers, traces, visited, worths, keys, strict=True
                )
            ]
            traces, learned = zip(*moved, strict=True)
            taught = None
            if synthetic is not None:
                by_others, by_state = found
                lesson = _flat((by_state, by_others), axes) / scale
                taught = eqx.filter_grad(missed)(synthetic.foretell, states, lesson)
                taught = jax.tree.map(lambda g: jnp.where(first, 0.0, g), taught)
            gradients = jax.tree.map(jnp.add, gradients, (learned, taught))
            return after, traces, gradients, total + error

        learning = (layers, None if synthetic is None else synthetic.foretell)
        nothing = jax.tree.map(jnp.zeros_like, eqx.filter(learning, eqx.is_inexact_array))
        traces = tuple(local().init(layer, examples) for layer in layers)
        carry = (chain.init(examples), traces, nothing, jnp.zeros((), precision(chain)))

        keys = None if key is None else jr.split(key, steps)
        given = (batch.x, batch.target, batch.mask, keys, jnp.arange(steps))
        _, _, (learned, taught), total = over_windows(passed, carry, given, window)
        if alone:
            return total, learned[0]
        gradients = eqx.tree_at(lambda c: c.layers, chain, learned)
        if synthetic is None:
            return total, gradients
        return total, eqx.tree_at(
            lambda one: (one.network, one.foretell), synthetic, (gradients, taught)
        )

    return rule


def _tapped(
    chain: Chain, states: Any, xs: Array, nudges: list[Array], arriving: list[Array], keys: Any
) -> tuple[Any, list[Visit]]:
    """Run a window; a nudge on an output reaches all but the unit that gave it.

    Args:
        chain: layers in order.
        states: where they start.
        xs: input, `[steps, ..., width]`.
        nudges: per layer, `[steps, ..., *units]`.
        arriving: per layer, the nudge on the output before the first step.
        keys: one per layer, of every step.
    """
    layers: Any = chain.layers

    def step(carry: Any, at: Any) -> Any:
        x, now, step_keys = at
        after, visits = [], []
        for layer, before, arrived, nudge, key in zip(layers, *carry, now, step_keys, strict=True):
            dealt, inputs = layer.split(key), len(layer.synapses)
            heard = eqx.tree_at(lambda s: s.y, before, before.y + arrived)
            gathered = layer.gather(x, dealt[:inputs])
            currents = layer.currents(heard, gathered, dealt[inputs:-1])
            state = layer.neuron.step(before, *currents, key=dealt[-1])
            visits.append(Visit(before, x, state.y + nudge))
            x = state.y + nudge
            after.append(state)
        return (tuple(after), now), visits

    (states, _), visited = jax.lax.scan(step, (states, arriving), (xs, nudges, keys))
    return states, visited


def _flat(tree: Any, axes: int) -> Array:
    """All numbers of each example, `[..., numbers]`."""
    arrays = jax.tree.leaves(eqx.filter(tree, eqx.is_inexact_array))
    return jnp.concatenate([a.reshape(*a.shape[:axes], -1) for a in arrays], axis=-1)
