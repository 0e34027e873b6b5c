"""Small corrections of a spiking network, measured on samples: biases, starts, offset spikes."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.convert.rate._network import RateNetwork
from ranvier.convert.rate._spiking import LOGITS
from ranvier.convert.ttfs._certificate import checked
from ranvier.neurons import IF, SignedIF


def shift_biases(
    rates: RateNetwork, samples: Any, *, steps: int, key: PRNGKeyArray | None = None
) -> RateNetwork:
    r"""Add to the bias of every channel what its rates fall short of on average, layer by layer.

    $$b \leftarrow b + \langle a/\lambda - r \rangle$$

    the mean over samples and places, with the layers before already corrected. It undoes what
    clipping and few steps take from all samples alike.

    Args:
        rates: as `to_rates` gives it.
        samples: training data, `[B, *in_shape]`.
        steps: how long the network will run.
        key: draws the spikes of `"poisson"`.

    Raises:
        ValueError: samples of another shape, NaN or outside of the range, or neurons that leak.

    Source: Li, Deng, Dong, Gong, Gu, ICML 2021, section 4.2, "light pipeline".

    Example:
        See `certify`, which tells whether it helped.
    """
    _check_sums(rates)
    u = checked(samples, rates.source.in_shape, rates.input_range)
    wanted, xs = rates.activities(u), rates.encode(u, steps, key=key)
    for name in rates.form.units:
        missed = wanted[name] / rates.scales[name] - _rate(rates, xs, name)
        shift = missed.mean(tuple(range(missed.ndim - 1)))
        graph = eqx.tree_at(
            lambda g, name=name: g.nodes[f"{name}, bias"].bias,
            rates.graph,
            replace_fn=shift.__add__,
        )
        rates = rates._replace(graph=graph)
    return rates


def shift_potentials(
    rates: RateNetwork, samples: Any, *, steps: int, key: PRNGKeyArray | None = None
) -> RateNetwork:
    r"""Start the membrane of every neuron where its mean rate comes out right, layer by layer.

    $$v_0 \leftarrow v_0 + T\, \langle a/\lambda - r \rangle$$

    the mean over samples, unit by unit; $T$ steps turn a start of $v_0$ into a rate of $v_0/T$.

    Args:
        rates: as `to_rates` gives it.
        samples: training data, `[B, *in_shape]`.
        steps: $T$, how long the network will run: the start holds for this length alone.
        key: draws the spikes of `"poisson"`.

    Raises:
        ValueError: samples of another shape, NaN or outside of the range, or neurons that leak.

    Source: Li, Deng, Dong, Gong, Gu, ICML 2021, section 4.3, "potential correction".

    Example:
        See `certify`, which tells whether it helped.
    """
    _check_sums(rates)
    u = checked(samples, rates.source.in_shape, rates.input_range)
    wanted, xs = rates.activities(u), rates.encode(u, steps, key=key)
    for name in rates.form.units:
        missed = wanted[name] / rates.scales[name] - _rate(rates, xs, name)
        shift = steps * missed.mean(0)
        rates = _changed(rates, lambda nodes, name=name: nodes[name].starting_potential, shift)
    return rates


def offset_shift(
    rates: RateNetwork, xs: Float[Array, "time batch ..."], *, rounds: int = 1
) -> dict[str, Any]:
    r"""A state to start in, in which every neuron sends as many spikes as its mean current asks.

    The network runs once over the input. A neuron that was charged by $c$ in all should have sent
    $\lfloor c + v_0 \rfloor$ spikes, within 0 and $T$; uneven arrival makes it one more or one
    less. Where it was less, its membrane starts one threshold higher; where more, one lower; layer
    after layer, each with the spikes that the corrected ones before it send.

    Args:
        rates: as `to_rates` gives it, with reset by subtraction.
        xs: what the network is shown, as `encode` gives it: the shift is that of these samples.
        rounds: how often each layer is run and shifted.

    Returns:
        The state of `rates.graph` before its first step.

    Raises:
        ValueError: a reset to zero, neurons that leak, or fewer than one round.

    Source: Hao, Ding, Bu, Huang, Yu, ICLR 2023, "calibrating offset spikes", section 4.

    Example:
        >>> from ranvier.convert.rate import certify, to_rates
        >>> from ranvier.nets import Graph
        >>> from ranvier.neurons import QCFS
        >>> from ranvier.synapses import Dense
        >>> net = Graph(
        ...     {"hidden": Dense(jnp.array([[1.0, -1.0], [-1.0, 1.0]])), "few": QCFS(2, levels=4),
        ...      "out": Dense(jnp.eye(2))},
        ...     [("input", "hidden"), ("hidden", "few"), ("few", "out"), ("out", "output")],
        ... )
        >>> u = jnp.array([[1.0, 0.3], [0.2, 0.8]])
        >>> rates = to_rates(net, u)
        >>> certify(rates, u, steps=4, start=eqx.Partial(offset_shift, rates)).agreement
        1.0
    """
    if rounds < 1:
        raise ValueError(f"offset_shift: rounds is {rounds}, expected at least 1.")
    _check_sums(rates)
    graph, steps = rates.graph, len(xs)
    state = graph.init(xs.shape[1:2])
    for name in rates.form.units:
        neuron: Any = graph.nodes[name]
        if getattr(neuron, "reset", "subtract") != "subtract":
            raise ValueError(
                f"{name!r} resets to zero, so that its charge cannot be told from its spikes; "
                "expected reset='subtract'."
            )
        for _ in range(rounds):
            sent, last = _ran(graph, state, xs)[name]
            charge = sent + last - state[name].v
            wanted = jnp.clip(jnp.floor(charge + neuron.starting_potential), 0, steps)
            shifted = state[name].v + jnp.sign(wanted - sent)
            state = state | {name: state[name]._replace(v=shifted)}
    return state


def _check_sums(rates: RateNetwork) -> None:
    """Only of neurons that add up all charge does a shift move the rate by its size."""
    for name in rates.form.units:
        if not isinstance(rates.graph.nodes[name], (IF, SignedIF)):
            raise ValueError(
                f"{name!r} is a {type(rates.graph.nodes[name]).__name__}; expected IF or SignedIF, "
                "as to_rates makes them, whose rate a shift moves by its size."
            )


def _changed(rates: RateNetwork, where: Callable[[Any], Any], shift: Array) -> RateNetwork:
    """With something added to a part of its nodes."""
    graph = eqx.tree_at(lambda g: where(g.nodes), rates.graph, replace_fn=lambda old: old + shift)
    return rates._replace(graph=graph)


def _rate(rates: RateNetwork, xs: Array, name: str) -> Array:
    return _ran(rates.graph, rates.graph.init(xs.shape[1:2]), xs)[name][0] / len(xs)


@eqx.filter_jit
def _ran(graph: Any, state: Any, xs: Array) -> dict[str, tuple[Array, Array]]:
    """Of every layer the spikes of its neurons, and their last membranes."""
    last, states, _ = graph.history(state, xs)
    # One program for all layers: only numbers change from one to the next.
    return {name: (states[name].y.sum(0), last[name].v) for name in states if name != LOGITS}
