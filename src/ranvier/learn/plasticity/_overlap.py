"""STDP by overlapping pulses: two spikes are two voltages, a device sees their difference."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from numpy.typing import ArrayLike

from ranvier.core import positive
from ranvier.learn.plasticity._thresholds import Thresholds, Unipolar

_Waveform = tuple[tuple[float, ...], ...]


class OverlapState(NamedTuple):
    """Where each side is in its waveform.

    Attributes:
        pre: steps since the last spike, no more than the waveform has, `[..., pre]`.
        post: `[..., post]`.

    Example:
        See `OverlappingPulses`.
    """

    pre: Float[Array, "... pre"]
    post: Float[Array, "... post"]


class OverlappingPulses(eqx.Module):
    r"""STDP by overlapping pulses: every spike starts a waveform, and where the two of a synapse
    overlap, their difference may be enough to change the device.

    $$V_{ij}(s) = u(s - s_j) - v(s - s_i), \qquad
    \Delta w_{ij} = A_+\, n_+ - A_-\, n_-$$

    over sub-steps $s$, with the waveforms $u$ of the last presynaptic spike (at $s_j$) and $v$ of
    the last postsynaptic one; $n_\pm$ count the sub-steps of a step in which $V_{ij}$ potentiates
    and depresses. A new spike starts its waveform anew. Below the thresholds nothing happens, so
    a waveform alone changes nothing; one that would is refused. The STDP window is not stated
    anywhere: it follows from the waveforms. Where one step has pulses of both kinds for a device,
    their sum is asked for.

    Args:
        pre_V: $u$, volts, `[steps, sub-steps per step]`; its first step is that of the spike.
        post_V: $v$, the same.
        thresholds: what a voltage does to the device.
        potentiation: $A_+$, the change of one potentiating pulse.
        depression: $A_-$, the size of the change of one depressing pulse.

    Raises:
        ValueError: waveforms that are not matrices of as many sub-steps, or one that crosses a
            threshold without the other.

    Source: the principle, for phase-change synapses, as in Kuzum, Jeyasingh, Lee, Wong, Nano Lett.
    12 (2012), and Ambrogio et al., Front. Neurosci. 10 (2016); both references are from memory or
    from their abstracts. The waveforms of `rectangular` are ours.

    Example:
        >>> import jax.numpy as jnp
        >>> rule, weight = OverlappingPulses.rectangular(3, 3), jnp.zeros((1, 1))
        >>> def change(first, second):
        ...     state, total = rule.init(weight), 0.0
        ...     for step in range(10):
        ...         pre, post = jnp.array([[step == first], [step == second]], float)
        ...         state, moved = rule(state, weight, pre, post)
        ...         total += float(moved[0, 0])
        ...     return total
        >>> change(2, 4), change(4, 2), change(2, 2), change(2, 9)
        (1.0, -1.0, 1.0, 0.0)
    """

    pre_V: _Waveform = eqx.field(static=True)
    post_V: _Waveform = eqx.field(static=True)
    thresholds: Thresholds
    potentiation: float
    depression: float

    def __init__(
        self,
        pre_V: ArrayLike,
        post_V: ArrayLike,
        thresholds: Thresholds,
        *,
        potentiation: float = 1.0,
        depression: float = 1.0,
    ) -> None:
        one, other = np.asarray(pre_V, np.float64), np.asarray(post_V, np.float64)
        if one.ndim != 2 or other.ndim != 2 or one.shape[1] != other.shape[1] or not one.size:
            raise ValueError(
                f"OverlappingPulses: the waveforms have shapes {one.shape} and {other.shape}, "
                "expected [steps, sub-steps per step] with as many sub-steps in both."
            )
        for name, alone in (("pre_V", one), ("post_V", -other)):
            with jax.ensure_compile_time_eval():
                crossed = np.asarray(thresholds(jnp.asarray(alone)))
            if crossed.any():
                step, part = np.argwhere(crossed)[0].tolist()
                raise ValueError(
                    f"OverlappingPulses: {name} alone crosses a threshold, with "
                    f"{abs(alone[step, part]):g} V in step {step}, sub-step {part}: every spike "
                    "would program the device. Lower it, so that only an overlap does."
                )
        self.pre_V, self.post_V = _frozen(one), _frozen(other)
        self.thresholds = thresholds
        self.potentiation, self.depression = float(potentiation), float(depression)

    @classmethod
    def rectangular(
        cls,
        before: int,
        after: int,
        *,
        set_V: float = 1.0,
        reset_V: float = 1.5,
        potentiation: float = 1.0,
        depression: float = 1.0,
    ) -> "OverlappingPulses":
        """Two sub-steps: pairs in one window get one SET pulse, in the other one RESET pulse.

        A presynaptic spike is a pulse of 0.9 `set_V` in the first sub-step, and 0.2 `set_V` from
        then on; a postsynaptic one is a pulse of -0.9 `set_V` in the second sub-step, and
        0.89 `set_V` - `reset_V` from the next step on. These waveforms are ours.

        Args:
            before: steps from a presynaptic spike on, its own included, in which a postsynaptic
                one potentiates.
            after: steps behind a postsynaptic spike in which a presynaptic one depresses.
            set_V, reset_V: thresholds of the magnitude.
            potentiation, depression: as of the rule.

        Raises:
            ValueError: a window that is not positive, or a reset threshold outside 1.1 to 1.65
                times that of setting, for which no such waveforms are known here.

        Example:
            >>> OverlappingPulses.rectangular(2, 1).pre_V
            ((0.9, 0.2), (0.2, 0.2))
        """
        positive("OverlappingPulses.rectangular", before=before, after=after, set_V=set_V)
        if not 1.1 * set_V < reset_V < 1.65 * set_V:
            raise ValueError(
                f"OverlappingPulses.rectangular: reset_V is {reset_V}, expected between "
                f"{1.1 * set_V:g} and {1.65 * set_V:g}, so that two pulses can reach it and a "
                "pulse on a tail stays below. Give waveforms of your own."
            )
        pre = np.full((before, 2), 0.2 * set_V)
        pre[0, 0] = 0.9 * set_V
        # A little more than is needed: sums of volts are rounded.
        post = np.full((after + 1, 2), 0.89 * set_V - reset_V)
        post[0] = (0.0, -0.9 * set_V)
        return cls(
            pre,
            post,
            Unipolar(set_V, reset_V),
            potentiation=potentiation,
            depression=depression,
        )

    def init(self, weight: Float[Array, "post pre"], batch: tuple[int, ...] = ()) -> OverlapState:
        """No waveform is under way."""
        post, pre = weight.shape
        return OverlapState(
            jnp.full((*batch, pre), len(self.pre_V), weight.dtype),
            jnp.full((*batch, post), len(self.post_V), weight.dtype),
        )

    def __call__(
        self,
        state: OverlapState,
        weight: Float[Array, "post pre"],
        pre: Float[Array, "... pre"],
        post: Float[Array, "... post"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[OverlapState, Float[Array, "post pre"]]:
        """Where waveforms are after a step, and the change; the key draws nothing."""
        ages = OverlapState(
            _later(state.pre, pre, len(self.pre_V)), _later(state.post, post, len(self.post_V))
        )
        before = _played(self.pre_V, ages.pre, weight.dtype)[..., None, :, :]
        behind = _played(self.post_V, ages.post, weight.dtype)[..., :, None, :]
        pulses = self.thresholds(before - behind)
        asked = jnp.where(pulses > 0, self.potentiation, self.depression) * pulses
        each = asked.sum(-1)
        return ages, each.sum(tuple(range(each.ndim - 2))).astype(weight.dtype)


def _frozen(waveform: np.ndarray) -> _Waveform:
    return tuple(tuple(float(volts) for volts in step) for step in waveform.round(12))


def _later(age: Array, spikes: Array, most: int) -> Array:
    """Steps since the last spike."""
    return jnp.where(spikes > 0, 0.0, jnp.minimum(age + 1, most)).astype(age.dtype)


def _played(waveform: _Waveform, age: Array, dtype: jnp.dtype) -> Array:
    """Volts `[..., units, sub-steps]` of the step; none once a waveform has ended."""
    table = jnp.asarray([*waveform, (0.0,) * len(waveform[0])], dtype)
    return table[age.astype(int)]
