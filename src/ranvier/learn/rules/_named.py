"""Published rules that are one eligibility and one signal put together, by their names."""

import jax.random as jr
from jaxtyping import PRNGKeyArray

from ranvier.learn._types import Rule
from ranvier.learn.eligibility import kf_rtrl as kf_rtrl_eligibility
from ranvier.learn.eligibility import local, separate
from ranvier.learn.eligibility import ok_rtrl as ok_rtrl_eligibility
from ranvier.learn.eligibility import snap as snap_eligibility
from ranvier.learn.eligibility import uoro as uoro_eligibility
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.learn.rules._e_prop import e_prop, with_detached_resets
from ranvier.learn.rules._online import online
from ranvier.learn.signals import Signal, direct, gaussian, target_projection
from ranvier.learn.signals import exact as exact_signal


def random_e_prop(
    loss: Loss, *, feedback: PRNGKeyArray | None = None, average: Average = per_step
) -> Rule:
    """e-prop whose hidden layers hear the output's error along random connections.

    Args:
        loss: one number per step.
        feedback: draws the connections, normal with a variance of one.
        average: how steps are put together.

    Source: Bellec et al., Nat. Commun. 11 (2020), "random e-prop".

    Example:
        >>> import ranvier as rv
        >>> rule = random_e_prop(rv.losses.categorical)
    """
    signal = direct(jr.key(0) if feedback is None else feedback, gaussian)
    return e_prop(loss, signal=signal, average=average)


def rflo(loss: Loss, *, feedback: PRNGKeyArray | None = None, average: Average = per_step) -> Rule:
    r"""Random feedback local online learning: traces without any recurrent weight, random signal.

    $$p_{ij}^t = (1 - \alpha) p_{ij}^{t-1} + \alpha\, \phi'_i z_j$$

    for a leaky recurrent network; for any other neuron, the trace of `local`.

    Args:
        loss: one number per step.
        feedback: draws the connections.
        average: how steps are put together.

    Source: Murray, eLife 8 (2019).

    Example:
        >>> import ranvier as rv
        >>> rule = rflo(rv.losses.squared_error)
    """
    signal = direct(jr.key(0) if feedback is None else feedback)
    return online(loss, eligibility=local(), signal=signal, average=average)


def osttp(
    loss: Loss,
    *,
    feedback: PRNGKeyArray | None = None,
    scale: float = 1.0,
    average: Average = per_step,
) -> Rule:
    """Online spatio-temporal learning with target projection: OSTL's traces, DRTP's signal.

    Args:
        loss: one number per step.
        feedback: draws what projects the target.
        scale: of the signal to hidden layers.
        average: how steps are put together.

    Source: Ortner, Pes, Gentinetta, Frenkel, Pantazi, AICAS 2023.

    Example:
        >>> import ranvier as rv
        >>> rule = osttp(rv.losses.categorical)
    """
    signal = target_projection(jr.key(0) if feedback is None else feedback, scale=scale)
    return online(loss, eligibility=local(), signal=signal, average=average)


def reckon_e_prop(
    loss: Loss, *, signal: Signal = exact_signal, average: Average = per_step
) -> Rule:
    """e-prop as the ReckOn chip simplifies it: pre- and postsynaptic traces kept apart.

    `online` with the eligibility `separate`, resets being constants to derivatives. Memory is that
    of the units; there is no trace per weight, and none of the readout's memory.

    Args:
        loss: one number per step.
        signal: the spatial half; the readout's own weights if not given.
        average: how steps are put together.

    Source: Frenkel, Indiveri, ISSCC 2022.

    Example:
        >>> import ranvier as rv
        >>> rule = reckon_e_prop(rv.losses.categorical)
    """
    learn = online(loss, eligibility=separate(), signal=signal, average=average)
    return with_detached_resets(learn)


def uoro(loss: Loss, *, average: Average = per_step) -> Rule:
    """Unbiased online recurrent optimisation: `online` with that eligibility.

    Args:
        loss: one number per step.
        average: how steps are put together.

    Example:
        >>> import ranvier as rv
        >>> rule = uoro(rv.losses.categorical)
    """
    return online(loss, eligibility=uoro_eligibility(), average=average)


def kf_rtrl(loss: Loss, *, average: Average = per_step) -> Rule:
    """Kronecker-factored RTRL: `online` with that eligibility.

    Args:
        loss: one number per step.
        average: how steps are put together.

    Example:
        >>> import ranvier as rv
        >>> rule = kf_rtrl(rv.losses.categorical)
    """
    return online(loss, eligibility=kf_rtrl_eligibility(), average=average)


def ok_rtrl(loss: Loss, *, terms: int = 4, average: Average = per_step) -> Rule:
    """Optimal Kronecker-sum RTRL: `online` with that eligibility.

    Args:
        loss: one number per step.
        terms: of the sum.
        average: how steps are put together.

    Example:
        >>> import ranvier as rv
        >>> rule = ok_rtrl(rv.losses.categorical, terms=2)
    """
    return online(loss, eligibility=ok_rtrl_eligibility(terms), average=average)


def snap(loss: Loss, *, steps: int = 1, average: Average = per_step) -> Rule:
    """Sparse n-step approximation: `online` with that eligibility.

    Args:
        loss: one number per step.
        steps: n.
        average: how steps are put together.

    Example:
        >>> import ranvier as rv
        >>> rule = snap(rv.losses.categorical, steps=2)
    """
    return online(loss, eligibility=snap_eligibility(steps), average=average)
