"""The influence as Kronecker products: KF-RTRL, and OK with several terms."""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array

from ranvier.learn.eligibility._common import (
    Eligibility,
    assembled,
    linearised,
    neuron_leaves,
    position,
    weights,
)
from ranvier.learn.eligibility._exact import mover, of_neuron, responses
from ranvier.learn.eligibility._local import where_recurrent
from ranvier.learn.eligibility._random import balance, norm, scaled, sign_keys, signs
from ranvier.nets import Layer


class Factors(NamedTuple):
    """What stands for the influence of the weights onto one port, per term and example.

    Attributes:
        presynaptic: `[terms, ..., width]`, of the input and then of the layer's own output.
        influence: per state variable, of each unit's current on each unit, `[terms, n, ..., n]`.

    Example:
        See `kf_rtrl`.
    """

    presynaptic: Array
    influence: list[Array]


Merge = Callable[[Array, Factors, Factors], Factors]
"""`(key, old, new) -> factors`: the old terms moved on and the new one, in as many terms as old."""


class _Traces(NamedTuple):
    """Factors per port with weights, and the exact influence of the neuron's own arrays."""

    ports: dict[str, Factors]
    neuron: list[list[Array]]


def factorised(name: str, terms: int, merge: Merge) -> Eligibility:
    """An eligibility that holds the influence of weights in so many Kronecker products.

    Args:
        name: what errors call it.
        terms: how many.
        merge: see `Merge`.
    """

    def init(layer: Layer, batch: tuple[int, ...]) -> Any:
        variables, units = jax.tree.leaves(layer.init(batch)), layer.neuron.shape[0]
        widths = _widths(layer)
        kind = variables[0].dtype

        def factors(width: int) -> Factors:
            return Factors(
                jnp.zeros((terms, *batch, width), kind),
                [jnp.zeros((terms, units, *v.shape), kind) for v in variables],
            )

        return _Traces(
            {port: factors(width) for port, width in widths.items()},
            [[jnp.zeros((units, *v.shape), kind) for v in variables] for _ in neuron_leaves(layer)],
        )

    def advance(
        layer: Layer, traces: Any, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Any, Any, Any]:
        keys = sign_keys(name, layer, key, len(traces.ports))
        found = linearised(layer, state, x, key)
        output = position(found.state)
        move = mover(found, responses(layer, state.y, key), position(state))
        own = jnp.eye(layer.neuron.shape[0], dtype=signal.dtype)
        ports, due, before = {}, {}, jnp.zeros((), signal.dtype)
        for draw, (port, old) in zip(keys, traces.ports.items(), strict=True):
            heard = [x] if port in weights(layer, layer.synapses) else []
            heard += [state.y] if port in weights(layer, layer.recurrent) else []
            direct = [
                jnp.zeros_like(a[0]) if c is None else jnp.einsum("...k,nk->n...k", c, own)
                for c, a in zip(found.by_current[port], old.influence, strict=True)
            ]
            moved = move(old.influence, [None] * len(old.influence))
            ports[port] = merge(
                draw,
                Factors(_after(before, old.presynaptic), moved),
                Factors(jnp.concatenate(heard, -1)[None], [d[None] for d in direct]),
            )
            before = ports[port].presynaptic
            due[port] = jnp.einsum(
                "...k,rn...k,r...m->nm",
                signal,
                ports[port].influence[output],
                ports[port].presynaptic,
            )
        neuron = [
            of_neuron(move, signal, output, *pair)
            for pair in zip(found.by_parameter, traces.neuron, strict=True)
        ]
        gradients = assembled(
            layer,
            {p: due[p][:, : layer.in_size] for p in weights(layer, layer.synapses)},
            {p: due[p][:, -len(own) :] for p in weights(layer, layer.recurrent)},
            [gradient for _, gradient in neuron],
        )
        return _Traces(ports, [new for new, _ in neuron]), found.state, gradients

    return where_recurrent(init, advance)


def _widths(layer: Layer) -> dict[str, int]:
    """How much activity reaches each port with weights, input and feedback together."""
    found: dict[str, int] = {}
    for group in (layer.synapses, layer.recurrent):
        for port, weight in weights(layer, group).items():
            found[port] = found.get(port, 0) + weight.shape[1]
    return dict(sorted(found.items()))


def kf_rtrl() -> Eligibility:
    r"""Kronecker-factored RTRL: one vector of activity times one matrix between units.

    $$M^t \approx u^t \otimes A^t, \quad u^t = c_1 \rho_0 u^{t-1} + c_2 \rho_1 z^t, \quad
    A^t = \frac{c_1}{\rho_0} J^t A^{t-1} + \frac{c_2}{\rho_1} C^t$$

    with random signs $c$, presynaptic activity $z$, and $\rho_0 = \sqrt{|JA| / |u|}$,
    $\rho_1 = \sqrt{|C| / |z|}$. Its mean is the gradient of `exact`; memory is quadratic in the
    units, and the variance lower than that of `uoro`. Arrays of the neuron itself (thresholds,
    decays) are few, and followed exactly. A feed-forward layer gets the traces of `local`.

    Raises:
        ValueError: (when run) no key.

    Source: Mujika, Meier, Steger, NeurIPS 2018.

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=kf_rtrl())
    """

    def merge(key: Array, old: Factors, new: Factors) -> Factors:
        batch = new.presynaptic.ndim - 2
        one, two = (signs(k, new.presynaptic[0, ..., 0]) for k in jr.split(key))

        def per_example(parts: list[Array]) -> list[Array]:
            """`[1, n, ..., n]` with the batch first."""
            return [jnp.moveaxis(p[0], 0, -1) for p in parts]

        first = balance(norm(per_example(old.influence), batch), norm([old.presynaptic[0]], batch))
        second = balance(norm(per_example(new.influence), batch), norm([new.presynaptic[0]], batch))

        def together(a: Array, b: Array) -> Array:
            a, b = (jnp.moveaxis(v[0], 0, -1) for v in (a, b))
            mixed = scaled(a, one / first) + scaled(b, two / second)
            return jnp.moveaxis(mixed, -1, 0)[None]

        presynaptic = scaled(old.presynaptic[0], one * first) + scaled(
            new.presynaptic[0], two * second
        )
        influence = [together(a, b) for a, b in zip(old.influence, new.influence, strict=True)]
        return Factors(presynaptic[None], influence)

    return factorised("kf_rtrl", 1, merge)


def ok_rtrl(terms: int) -> Eligibility:
    r"""Optimal Kronecker-sum RTRL: the best unbiased sum of so many Kronecker products.

    $$M^t \approx \sum_{i=1}^{r} u_i^t \otimes A_i^t$$

    At every step the $r$ old products and the new one are put together again in $r$, unbiased and
    with the least variance that is possible: the large singular values as they are, the small
    ones in random mixtures. On a CPU, factorisations of thousands of examples at once (`vmap` over
    many keys, say) can come to a standstill within XLA; take them one after another.
    Exact while $t \le r$. A feed-forward layer gets the traces of `local`.

    Args:
        terms: $r$.

    Raises:
        ValueError: fewer than one term; (when run) no key.

    Source: Benzing, Gauy, Mujika, Martinsson, Steger, ICML 2019, algorithm 1.

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=ok_rtrl(4))
    """
    if terms < 1:
        raise ValueError(f"ok_rtrl: terms is {terms}, expected at least 1.")

    def merge(key: Array, old: Factors, new: Factors) -> Factors:
        presynaptic = jnp.moveaxis(jnp.concatenate([old.presynaptic, new.presynaptic]), 0, -1)
        joined = [
            jnp.moveaxis(jnp.concatenate([a, b]), (0, 1), (-1, -2))
            for a, b in zip(old.influence, new.influence, strict=True)
        ]
        batch = presynaptic.ndim - 2
        shapes = [j.shape[:-1] for j in joined]
        flat = [j.reshape(*j.shape[:batch], -1, terms + 1) for j in joined]
        left, right = reduced(key, presynaptic, jnp.concatenate(flat, -2))
        ends = list(itertools.accumulate(f.shape[-2] for f in flat[:-1]))
        pieces = jnp.split(right, ends, axis=-2)
        influence = [
            jnp.moveaxis(p.reshape(*s, terms), (-1, -2), (0, 1))
            for p, s in zip(pieces, shapes, strict=True)
        ]
        return Factors(jnp.moveaxis(left, -1, 0), influence)

    return factorised("ok_rtrl", terms, merge)


def _after(first: Array, then: Array) -> Array:
    """`then`, for XLA only known once `first` is.

    On a CPU, matrix factorisations that wait for each other's threads come to a standstill if
    several are under way at once.
    """
    return then + 0 * first.sum()


def reduced(key: Array, left: Array, right: Array) -> tuple[Array, Array]:
    r"""Two factors of $r + 1$ columns as two of $r$, whose product has the same mean.

    Args:
        key: draws the signs.
        left: $U$, `[..., m, r + 1]`.
        right: $V$, `[..., k, r + 1]`.

    Returns:
        $U'$ and $V'$ with $E[U' V'^\top] = U V^\top$, at the least variance.

    Source: Benzing et al., ICML 2019, section 3; the completion of the basis by a reflection is
    ours.

    Example:
        >>> import jax
        >>> u, v = jnp.eye(3)[:, :2], jnp.eye(3)[:, :2]
        >>> [a.shape for a in reduced(jax.random.key(0), u, v)]
        [(3, 1), (3, 1)]
    """
    count = left.shape[-1] - 1
    q_left, r_left = jnp.linalg.qr(left)
    q_right, r_right = jnp.linalg.qr(_after(r_left, right))
    p, d, z = jnp.linalg.svd(r_left @ jnp.swapaxes(r_right, -1, -2), full_matrices=False)
    short = count + 1 - d.shape[-1]
    if short:
        # Fewer rows than columns: the missing singular values are zero.
        d = jnp.concatenate([d, jnp.zeros((*d.shape[:-1], short), d.dtype)], -1)
        p = jnp.concatenate([p, jnp.zeros((*p.shape[:-1], short), p.dtype)], -1)
        z = jnp.concatenate([z, jnp.zeros((*z.shape[:-2], short, z.shape[-1]), z.dtype)], -2)
    # How many of the largest are kept: the fewest that leave the rest flat enough to be mixed.
    rest = jnp.cumsum(d[..., ::-1], -1)[..., ::-1]
    left_over = count - jnp.arange(count)
    enough = left_over * d[..., :count] <= rest[..., :count] * (1 + 1e-6)
    kept = jnp.argmax(enough, -1)[..., None]
    places = jnp.arange(count + 1)
    mixed = places >= kept
    share = jnp.take_along_axis(rest, kept, -1) / (count - kept)
    there = share > 0
    outside = jnp.where(
        mixed & there, jnp.sqrt(jnp.maximum(1 - d / jnp.where(there, share, 1), 0)), 0
    )
    outside = jnp.where(there, outside, places == count)
    outside = outside / jnp.linalg.norm(outside, axis=-1, keepdims=True)
    # A reflection that takes the last axis to what is left out: its other columns are the basis.
    mirror = outside - (places == count)
    length = jnp.square(mirror).sum(-1)[..., None, None]
    basis = jnp.eye(count + 1, dtype=d.dtype) - jnp.where(
        length > 0,
        2 * mirror[..., :, None] * mirror[..., None, :] / jnp.where(length > 0, length, 1),
        0,
    )
    drawn = jr.rademacher(key, d.shape, d.dtype)
    rows = jnp.where(mixed, drawn, 1)
    columns = jnp.sqrt(jnp.where(mixed, share, d))[..., :count]
    mixture = rows[..., :, None] * basis[..., :, :count] * columns[..., None, :]
    return q_left @ p @ mixture, q_right @ jnp.swapaxes(z, -1, -2) @ mixture
