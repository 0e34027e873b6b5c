"""e-prop 2: a second network, shaped by many tasks, gives the learning signals of the first."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell, precision
from ranvier.learn._accompanied import Accompanied
from ranvier.learn._asked import asked
from ranvier.learn._moment import as_chain, visit
from ranvier.learn._types import Rule
from ranvier.learn.eligibility import local
from ranvier.learn.eligibility._along import along
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.learn.rules._e_prop import as_in
from ranvier.nets import Chain, run
from ranvier.neurons import detach_resets


class Taught(Accompanied):
    r"""A network, and the learning network that watches it and tells its hidden units what to do.

    $$L^t = \text{teacher}(x^{\le t}, y^{\le t}, y^{*, \le t}), \qquad
    \theta' = \theta - \eta \sum_t L^t e^t$$

    The teacher is given the input, the outputs of every layer and the target; what it gives is
    the learning signal of every hidden unit, in place of any error. With the traces $e$ of e-prop
    it changes the hidden layers. It runs as the network alone does.

    Args:
        network: hidden layers that online rules can follow, and a readout, which stays as it is.
        teacher: from `in_size` of the network, all of its units and the target, in this order,
            to one number per hidden unit.
        rate: $\eta$; it learns, with the rest, under `e_prop_2`.

    Raises:
        ValueError: a network without a hidden layer, or a teacher that gives another width.

    Source: Bellec et al., arXiv:1901.09049 (2019), "e-prop 2".

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> keys = jax.random.split(jax.random.key(0), 2)
        >>> net = rv.chain(2, rv.recurrent(rv.SNU.soft(3)), rv.Readout(1), key=keys[0])
        >>> watcher = rv.chain(2 + 4 + 1, rv.recurrent(rv.SNU.soft(5)), rv.Readout(3), key=keys[1])
        >>> model = Taught(net, watcher)
        >>> after = model.learned(jnp.ones((6, 2)), jnp.zeros((6, 1)))
        >>> bool(jnp.allclose(after.layers[0].neuron.bias, net.layers[0].neuron.bias))
        False
    """

    network: Chain
    teacher: Cell
    rate: Float[Array, ""]

    def __init__(self, network: Cell, teacher: Cell, *, rate: float = 0.1) -> None:
        self.network = as_chain(network)
        self.teacher = teacher
        self.rate = jnp.asarray(rate, precision(self.network))

    def __check_init__(self) -> None:
        layers: Any = self.network.layers
        hidden = sum(layer.neuron.shape[0] for layer in layers[:-1])
        if not hidden:
            raise ValueError("Taught: the network needs a hidden layer below its readout.")
        state = self.teacher.init()
        heard = jnp.zeros(self.teacher.in_shape, precision(self.network))
        given = jax.eval_shape(self.teacher, state, heard)[1].shape
        if given != (hidden,):
            raise ValueError(
                f"Taught: the teacher gives {given}, but the network has {hidden} hidden units. "
                "Give it an output for each."
            )

    def learned(
        self,
        x: Float[Array, "time in"],
        target: Float[Array, "time out"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> Chain:
        """The network after one sequence, from which it has learned.

        Args:
            x: input, `[T, in_size]`.
            target: what is wanted, `[T, ...]`; the teacher alone sees it.
            key: draws noise; `None` means noiseless.

        Raises:
            ValueError: a target that leaves the teacher an input of another width.
        """
        hidden: Any = detach_resets(self.network).layers[:-1]
        first, second = (None, None) if key is None else jr.split(key)
        step_keys = None if first is None else jr.split(first, len(x))
        per_layer = self.network.split_over_time(step_keys)
        heard, visits = [x], []
        for layer, layer_keys in zip(hidden, per_layer, strict=False):
            _, seen = visit(layer, layer.init(), heard[-1], layer_keys)
            visits.append((layer, seen, layer_keys))
            heard.append(seen.y)
        readout = self.network.layers[-1]
        heard.append(readout.over_time(readout.init(), heard[-1], keys=per_layer[-1])[1])
        heard = jnp.concatenate([*heard, target.reshape(len(x), -1)], axis=-1)
        if heard.shape[-1:] != self.teacher.in_shape:
            raise ValueError(
                f"Taught: input, units and target are {heard.shape[-1]} numbers per step, but the "
                f"teacher expects {self.teacher.in_size}. Build it for them."
            )
        told = run(self.teacher, heard, key=second)[1]

        credit, gradients, at = along(None), [], 0
        for layer, seen, layer_keys in visits:
            worth = told[:, at : at + layer.neuron.shape[0]]
            at += layer.neuron.shape[0]
            traces = local().init(layer, ())
            gradients.append(credit(layer, traces, seen.before, seen.x, worth, layer_keys)[1])
        given = self.network.layers[:-1]
        change = jax.tree.map(lambda g: -self.rate * g, as_in(given, gradients))
        return Chain((*eqx.apply_updates(given, change), readout))


def e_prop_2(loss: Loss, *, learning: int, average: Average = per_step) -> Rule:
    r"""e-prop 2: learn to learn. The gradient of the loss after one sequence has been learned.

    $$\frac{d}{d(\theta, \Psi, \eta)}\; E\big(\theta'(x_{\le k}, y^*_{\le k}), \; x_{> k}\big)$$

    Every example is a task of its own. In its first $k$ steps the network learns, as `Taught`
    says; then it starts again from rest, with the weights it has now, and is judged by the steps
    that remain. The gradient, by backpropagation through both, is that of the weights $\theta$
    from which every task starts, of the teacher's $\Psi$, and of the rate $\eta$.

    Args:
        loss: one number per step, from output and target.
        learning: $k$, steps of the first part, in which the mask is not looked at.
        average: how the steps of the second part are put together.

    Returns:
        A rule for `Taught`.

    Raises:
        TypeError: (when run) another model.
        ValueError: less than one step to learn from, or (when run) none to be judged by.

    Source: Bellec, Scherr, Hajek, Salaj, Subramoney, Legenstein, Maass, arXiv:1901.09049 (2019),
    "e-prop 2".

    Example:
        >>> import ranvier as rv
        >>> rule = e_prop_2(rv.losses.squared_error, learning=100)
    """
    if learning < 1:
        raise ValueError(f"e_prop_2: learning is {learning}, expected at least 1 step.")

    def rule(model, batch, key=None):
        if not isinstance(model, Taught):
            raise TypeError(
                f"e_prop_2: got a {type(model).__name__}, expected `Taught`: a network and its "
                "teacher."
            )
        if len(batch.x) <= learning:
            raise ValueError(
                f"e_prop_2: {learning} steps to learn from, of sequences of {len(batch.x)}; "
                "nothing is left to judge. Give longer ones."
            )
        mask = batch.mask[learning:]
        scale = average(mask)
        keys = None if key is None else jr.split(key, (batch.x.shape[1], 2))

        def one(model, x, target, mask, keys):
            first, second = (None, None) if keys is None else keys
            changed = model.learned(x[:learning], target[:learning], key=first)
            ys = run(changed, x[learning:], key=second)[1]
            return (loss(ys, asked(target[learning:], mask)) * mask).sum()

        def total(model):
            axes = (None, 1, 1, 1, None if keys is None else 0)
            each = eqx.filter_vmap(one, in_axes=axes)
            return each(model, batch.x, batch.target, mask, keys).sum() * scale

        return eqx.filter_value_and_grad(total)(model)

    return rule
