"""Local eligibility traces: OSTL without the recurrent Jacobian, and e-prop's traces."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.eligibility._along import along
from ranvier.learn.eligibility._blocks import Blocks
from ranvier.learn.eligibility._common import (
    Eligibility,
    Traces,
    check_followed,
    each_parameter,
    empty_traces,
    linearised,
    position,
    product,
    total,
)
from ranvier.learn.eligibility._low_pass import LowPass, course_of
from ranvier.learn.eligibility._meeting import meet
from ranvier.learn.eligibility._output import carried, kept_variables, through_others
from ranvier.nets import Layer

Variables = list[Array | None]
"""One array per state variable of the neuron; `None` stands for zero."""


def _spread(block: Array | None, axes: int) -> Array | None:
    """Append axes so that a block `[..., units]` multiplies a trace `[..., units, n_in]`."""
    return None if block is None else block.reshape(*block.shape, *[1] * (axes - block.ndim))


def _moved(by_state: list[list[Array | None]], old: Variables, direct: Variables) -> Variables:
    """`E <- J E + direct`, for one parameter."""
    axes = max((d.ndim for d in direct if d is not None), default=0)
    pairs = list(zip(by_state, old, strict=True))
    return [
        total([immediate, *(product(_spread(row[to], axes), trace) for row, trace in pairs)])
        for to, immediate in enumerate(direct)
    ]


def _keep(new: Variables, old: Variables) -> Variables:
    """The traces that the next step will read, in the structure they have had."""
    return [
        None if before is None else jnp.zeros_like(before) if after is None else after
        for after, before in zip(new, old, strict=True)
    ]


def local(*, low_pass: LowPass = 0.0) -> Eligibility:
    r"""One trace per weight and state variable, in memory that does not grow with time.

    $$E^t = J^t E^{t-1} + \frac{\partial\,\text{state}^t}{\partial I^t}\, x^t_{pre}, \qquad
    F^t = \kappa F^{t-1} + [E^t_y], \qquad \frac{dE}{dw_{ij}} = \sum_t L^t_i\, F^t_{ij}$$

    with $J$ the Jacobian of the neuron's own state, unit by unit. This is OSTL for feed-forward
    layers, where it equals backpropagation through time for a last (or only) stateful layer, and
    OSTL without $H$ for recurrent ones, where influence that travels through other units is
    dropped. A lateral connection without weights (the maximum of LI-SNU) is dropped as $H$ is.
    With the reset's gradient detached it is e-prop (`rules.e_prop` puts all together); of a leaky
    recurrent network with a random signal, RFLO.

    Args:
        low_pass: $\kappa$, that of a leaky readout above, whose memory the trace then follows; or
            the kinetics of a filter above, which take the place of $\kappa$.

    Source: Bohnstingl, Woźniak, Pantazi, Eleftheriou, IEEE TNNLS 34 (2023), eqs. 9-14; Bellec
    et al., Nat. Commun. 11 (2020); Murray, eLife 8 (2019).

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=local())
    """
    step_by_step = per_weight(linearised, low_pass)
    return step_by_step._replace(along=along(course_of(low_pass)))


Linearise = Callable[[Layer, Any, Array, Any], Blocks]
"""`(layer, state, x, key) -> blocks`: one step of a layer, and what its traces follow."""


def per_weight(linearise: Linearise, low_pass: LowPass = 0.0) -> Eligibility:
    """Traces per weight that follow given blocks, with or without a filter behind them.

    Args:
        linearise: the neuron's step and its Jacobian blocks.
        low_pass: as of `local`.
    """
    course = course_of(low_pass)

    def init(layer: Layer, batch: tuple[int, ...]) -> Traces:
        check_followed(layer)
        state = layer.init(batch)
        silence = jnp.zeros((*batch, layer.in_size), state.y.dtype)
        found = linearise(layer, state, silence, None)

        def empty(shape: tuple[int, ...], kept: list[bool]) -> tuple[Variables, Any]:
            zero = jnp.zeros((*batch, *shape), state.y.dtype)
            behind = None if course is None else course.init(zero)
            return [zero if keep else None for keep in kept], behind

        of_weights = kept_variables(layer, state, found).variables
        traces = empty_traces(layer, lambda shape: empty(shape, of_weights))
        return traces._replace(
            neuron=[empty(layer.neuron.shape, carried(found)) for _ in traces.neuron]
        )

    def through(trace: Array | None, kept: Any) -> tuple[Array | None, Any]:
        """What meets the signal, and what the filter keeps."""
        if course is None or trace is None:
            return trace, kept
        kept = course.step(kept, trace)
        return course.current(kept, None), kept

    def advance(
        layer: Layer, traces: Traces, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Traces, Any, Any]:
        found = linearise(layer, state, x, key)
        output = position(found.state)
        memory = any(carried(found))
        slopes = kept_variables(layer, state, found).slopes
        by_state, made_of = found.by_state, None
        if slopes is not None:
            by_state = through_others(by_state, slopes(state), output)
            made_of = slopes(found.state)

        def of_weight(port: str, presynaptic: Array, old: Any) -> tuple[Any, Array]:
            variables, kept = old
            by_current = found.by_current[port]
            factor = product(signal, by_current[output])
            if not memory and course is None and factor is not None:
                # Nothing to remember: one matrix product instead of a trace per weight.
                return old, jnp.einsum("...n,...m->nm", factor, presynaptic)
            direct: Variables = [
                None if c is None else c[..., :, None] * presynaptic[..., None, :]
                for c in by_current
            ]
            new = _moved(by_state, variables, direct)
            if made_of is not None and course is None:
                parts = [(signal * slope, new[i]) for i, slope in made_of.items()]
            else:
                if made_of is not None:
                    axes = presynaptic.ndim + 1
                    new[output] = total(
                        product(_spread(slope, axes), new[i]) for i, slope in made_of.items()
                    )
                trace, kept = through(new[output], kept)
                parts = [(signal, trace)]
            gradient = total(meet(factor, trace) for factor, trace in parts if trace is not None)
            if gradient is None:
                gradient = jnp.zeros((signal.shape[-1], presynaptic.shape[-1]), signal.dtype)
            return (_keep(new, variables), kept), gradient

        def of_neuron(direct: Variables, old: Any) -> tuple[Any, Array]:
            variables, kept = old
            new = _moved(found.by_state, variables, direct)
            trace, kept = through(new[output], kept)
            gradient = product(signal, trace)
            gradient = jnp.zeros_like(signal) if gradient is None else gradient
            return (_keep(new, variables), kept), gradient

        traces, gradients = each_parameter(
            layer, traces, state, x, found.by_parameter, of_weight, of_neuron
        )
        return traces, found.state, gradients

    return Eligibility(init, advance)


def where_recurrent(
    init: Callable[[Layer, tuple[int, ...]], Any], advance: Callable[..., tuple[Any, Any, Any]]
) -> Eligibility:
    """An eligibility for recurrent layers; others need no more than `local`, and get it.

    Args:
        init, advance: as of `Eligibility`, for a recurrent layer.
    """
    feed_forward = local()

    def init_either(layer: Layer, batch: tuple[int, ...]) -> Any:
        if not layer.recurrent:
            return feed_forward.init(layer, batch)
        check_followed(layer)
        return init(layer, batch)

    def advance_either(
        layer: Layer, traces: Any, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[Any, Any, Any]:
        chosen = advance if layer.recurrent else feed_forward.advance
        return chosen(layer, traces, state, x, signal, key)

    return Eligibility(init_either, advance_either)
