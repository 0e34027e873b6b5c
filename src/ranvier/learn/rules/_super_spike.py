"""SuperSpike: spike trains learned from the distance between filtered trains."""

from ranvier.learn._types import Rule
from ranvier.learn.losses import Average, Loss, per_step, squared_error
from ranvier.learn.rules._e_prop import e_prop, filter_of
from ranvier.learn.signals import Signal, symmetric
from ranvier.nets import Chain


def super_spike(
    loss: Loss = squared_error, *, signal: Signal = symmetric, average: Average = per_step
) -> Rule:
    r"""SuperSpike: the filtered error, times what a synapse did to its unit, filtered alike.

    $$\frac{dE}{dw_{ij}} = -\sum_t e_i^t \left(\alpha * \big[\sigma'(U_i)\,
    (\epsilon * S_j)\big]\right)^t, \qquad e_k = \alpha * (S^*_k - S_k), \qquad
    e_i^t = \sum_k b_{ki}\, e_k^t$$

    with $S^*$ the target's spikes and $\alpha$ the kinetics of `nets.spike_filter`, the last layer;
    $E$ is the van Rossum distance where the loss is the squared error and the target went through
    the same filter. $\epsilon$ is what a spike does to the membrane, the trace of `local`, and
    $\sigma'$ the surrogate of the neuron, as published `surrogates.fast_sigmoid`. Of hidden layers,
    $b$ is the weights above (`signals.symmetric`), random (`signals.direct(key, signals.gaussian)`)
    or one (`signals.direct(key, signals.all_ones)`). It is `e_prop` under a filter, but for the
    slopes of the units above, which its signal leaves out.

    What it drops: influence through resets, through other units of a layer, and through the slopes
    and the time of higher layers. For one layer it is the gradient of `bptt` with constant resets.

    Args:
        loss: one number per step, from the filtered output and the filtered target.
        signal: the spatial half.
        average: how steps are put together.

    Raises:
        TypeError: (when used) a network that does not end with a filter of spikes, or whose filter
            differs from unit to unit.

    Source: Zenke, Ganguli, Neural Comput. 30 (2018).

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.nets import spike_filter
        >>> from ranvier.synapses import DoubleExponential
        >>> smooth = spike_filter(2, DoubleExponential(5.0, 10.0))
        >>> net = rv.chain(100, rv.LIF(2, reset="subtract"), smooth, key=jax.random.key(0))
        >>> rule = super_spike()
    """
    learn = e_prop(loss, signal=signal, average=average)

    def rule(model, batch, key=None):
        layers = model.layers if isinstance(model, Chain) else (model,)
        if filter_of(layers) is None:
            last = layers[-1]
            kind = type(getattr(last, "neuron", last)).__name__
            raise TypeError(
                f"super_spike: the last layer is a {kind}, expected a filter of the spikes of the "
                "layer below: what it learns is when units fire. End the network with "
                "`ranvier.nets.spike_filter`, or take `e_prop` for outputs that are no spikes."
            )
        return learn(model, batch, key)

    return rule
