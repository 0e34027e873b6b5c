"""Twenty behaviours: the registers of a neuron, and the input that shows what it does."""

import functools
from typing import NamedTuple

from ranvier.hardware.chips.odin import IzhikevichNeuron


class Behaviour(NamedTuple):
    """A neuron and its input.

    Attributes:
        neuron: what is programmed; registers that are not named are 0.
        stimulus: `(steps, intervals)`, one after the other: how many steps of input each of so
            many intervals has, below 0 where it inhibits. An interval ends with a time reference.

    Example:
        >>> Behaviour(IzhikevichNeuron(thr=4), ((0, 2), (3, 1))).steps
        [0, 0, 3]
    """

    neuron: IzhikevichNeuron
    stimulus: tuple[tuple[int, int], ...]

    @property
    def steps(self) -> list[int]:
        """Steps of input, interval by interval."""
        return [steps for steps, intervals in self.stimulus for _ in range(intervals)]


_leaky = functools.partial(IzhikevichNeuron, leak_str=2, leak_en=1)


def _pair(apart: int) -> tuple[tuple[int, int], ...]:
    """Two steps that lie so many intervals apart, and rest."""
    return (1, 1), (0, apart - 1), (1, 1), (0, 7)


# The documentation of ODIN tells what every register does, and gives no settings for the
# behaviours. These were chosen for ranvier and given to the register-transfer simulation of the
# chip; its traces are what the tests compare with.
BEHAVIOURS = {
    "tonic spiking": Behaviour(_leaky(thr=4, rfr=1, stim_thr=1), ((0, 3), (2, 14), (0, 3))),
    "phasic spiking": Behaviour(
        _leaky(thr=4, rfr=1, stim_thr=1, phasic_en=1), ((0, 3), (2, 14), (0, 3))
    ),
    "tonic bursting": Behaviour(
        _leaky(spk_ref=2, isi_ref=1, thr=4, rfr=1, stim_thr=1), ((0, 3), (2, 14), (0, 3))
    ),
    "phasic bursting": Behaviour(
        _leaky(spk_ref=3, isi_ref=1, thr=4, rfr=1, stim_thr=1, phasic_en=1),
        ((0, 3), (2, 14), (0, 3)),
    ),
    "mixed mode": Behaviour(
        _leaky(spk_ref=3, isi_ref=1, thr=4, rfr=1, stim_thr=1, mixed_en=1),
        ((0, 3), (2, 14), (0, 3)),
    ),
    "spike frequency adaptation": Behaviour(
        _leaky(thr=2, stim_thr=1, thrvar_en=1, thr_sel_of=1), ((0, 3), (2, 20), (0, 3))
    ),
    "class 1 excitability": Behaviour(
        _leaky(thr=6, stim_thr=1), ((0, 2), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (0, 3))
    ),
    "class 2 excitability": Behaviour(
        _leaky(thr=6, stim_thr=3, class2_en=1),
        ((0, 2), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (0, 3)),
    ),
    "spike latency": Behaviour(
        _leaky(thr=3, dapdel=4, spklat_en=1, stim_thr=1), ((0, 2), (3, 1), (0, 8), (3, 1), (0, 8))
    ),
    "subthreshold oscillations": Behaviour(
        _leaky(thr=5, rfr=2, stim_thr=1, reson_en=1), ((0, 2), (5, 1), (0, 16))
    ),
    "resonator": Behaviour(
        _leaky(reson_sharp_en=1, thr=5, stim_thr=1, reson_en=1, reson_sharp_amt=3),
        ((0, 2), *_pair(2), *_pair(3), *_pair(4)),
    ),
    "integrator": Behaviour(
        _leaky(leak_str=3, thr=2, stim_thr=1), ((0, 2), (1, 3), (0, 6), *_pair(3), *_pair(3))
    ),
    "rebound spike": Behaviour(
        _leaky(thr=4, stim_thr=1, neg_en=1, rebound_en=1), ((0, 3), (-2, 1), (0, 9))
    ),
    "rebound burst": Behaviour(
        _leaky(spk_ref=3, isi_ref=1, thr=4, stim_thr=1, neg_en=1, rebound_en=1),
        ((0, 3), (-2, 1), (0, 9)),
    ),
    "threshold variability": Behaviour(
        _leaky(thr=3, stim_thr=1, thrvar_en=1, thrleak=2),
        ((0, 3), (2, 1), (0, 4), (-2, 1), (2, 1), (0, 4), (2, 1), (0, 4)),
    ),
    "bistability": Behaviour(
        _leaky(thr=7, rfr=2, stim_thr=1, bist_en=1), ((0, 3), (1, 1), (0, 12), (1, 1), (0, 8))
    ),
    "depolarizing after-potential": Behaviour(
        _leaky(thr=4, rfr=2, dapdel=4, dap_en=1, stim_thr=1, leak_en=0), ((0, 2), (4, 1), (0, 8))
    ),
    "accommodation": Behaviour(
        _leaky(thr=4, stim_thr=1, thrvar_en=1, acc_en=1),
        ((0, 3), (1, 2), (2, 2), (3, 2), (4, 1), (0, 6), (5, 1), (0, 5)),
    ),
    "inhibition-induced spiking": Behaviour(
        _leaky(thr=3, rfr=2, stim_thr=1, neg_en=1, inhin_en=1), ((0, 3), (-3, 12), (0, 5))
    ),
    "inhibition-induced bursting": Behaviour(
        _leaky(spk_ref=2, isi_ref=1, thr=3, rfr=2, stim_thr=1, neg_en=1, inhin_en=1),
        ((0, 3), (-3, 12), (0, 5)),
    ),
}
