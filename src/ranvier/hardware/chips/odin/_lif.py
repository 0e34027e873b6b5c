"""The leaky integrate-and-fire neuron: one update, for one neuron or for a row of them."""

from typing import Any

from ranvier.hardware.chips.odin._arithmetic import calcium_leak, learning_flags, pick

# Columns of the arrays, in the order of the registers of `LIFNeuron` and of `LIFState`.
LEAK_STR, LEAK_EN, THR, CA_EN, THETAMEM, CA_THETA1, CA_THETA2, CA_THETA3, CA_LEAK, DISABLE = range(
    10
)
CORE, CALCIUM, CALEAK_CNT = range(3)


def lif_update(p: Any, s: Any, weight: Any, inhibitory: Any, reference: Any) -> Any:
    """Update the state `s` in place; the event word and the flags of learning come back.

    `p` and `s` are indexed by column and give numbers, or a row of neurons each.
    """
    core = s[CORE] + pick(reference, -p[LEAK_STR] * p[LEAK_EN], pick(inhibitory, -weight, weight))
    core = core * (core > 0)
    core = pick(core > 255, 255, core)
    spike = (core >= p[THR]) * 1
    core = core * (1 - spike)
    counter, leaks = calcium_leak(s[CALEAK_CNT], p[CA_EN], p[CA_LEAK], reference)
    old = s[CALCIUM]
    rises = p[CA_EN] * spike * (1 - leaks) * (old < 7)
    falls = leaks * (1 - spike) * (old > 0)
    calcium = old + rises - falls
    flags = learning_flags(p, core, calcium, CA_EN)
    s[CORE] = core
    s[CALCIUM] = calcium
    s[CALEAK_CNT] = counter
    return (spike << 6) * (1 - p[DISABLE]), flags
