"""The phenomenological Izhikevich neuron: one update, for one neuron or for a row of them."""

from typing import Any

from ranvier.hardware.chips.odin._arithmetic import (
    calcium_leak,
    learning_flags,
    nearer_zero,
    pick,
    signed4,
)

# Columns of the arrays, in the order of the registers of `IzhikevichNeuron`.
LEAK_STR, LEAK_EN, FI_SEL, SPK_REF, ISI_REF, RESON_SHARP_EN, THR, RFR, DAPDEL = range(9)
SPKLAT_EN, DAP_EN, STIM_THR, PHASIC_EN, MIXED_EN, CLASS2_EN, NEG_EN, REBOUND_EN = range(9, 17)
INHIN_EN, BIST_EN, RESON_EN, THRVAR_EN, THR_SEL_OF, THRLEAK, ACC_EN = range(17, 24)
CA_EN, THETAMEM, CA_THETA1, CA_THETA2, CA_THETA3, CA_LEAK = range(24, 30)
BURST_INCR, RESON_SHARP_AMT, DISABLE = range(30, 33)

# And of `IzhikevichState`.
INACC, REFRAC, CORE, DAPDEL_CNT, STIM_STR, STIM_STR_TMP, PHASIC_LOCK, MIXED_LOCK = range(8)
SPKOUT_DONE, STIM0_PREV, INHEXC_PREV, BIST_LOCK, INHIN_LOCK, RESON_SIGN, THRMOD = range(8, 15)
THRLEAK_CNT, CALCIUM, CALEAK_CNT, BURST_LOCK = range(15, 19)

POSITIVE, NEGATIVE, ZERO_TO_POSITIVE, ZERO_TO_NEGATIVE = range(4)


def membrane(p: Any, s: Any, t: Any, exciting: Any, fan_in: Any) -> Any:
    """The provisional membrane; `fan_in` says which kind of overflow there was, if any."""
    reference, leaks, excited, inhibited = fan_in
    c, phase = s[CORE], s[RESON_SIGN]
    swings_down = phase & 1
    up, down = c + (c != 7), c - (c != 0)
    after_potential_ends = p[DAP_EN] * (s[DAPDEL_CNT] == 1) * (c != 0)
    on_reference = pick(
        p[RESON_EN],
        c - (phase == ZERO_TO_NEGATIVE),
        pick(
            s[REFRAC],
            c + 1 - s[BURST_LOCK],
            pick(
                p[ACC_EN],
                c - t * (1 - s[SPKOUT_DONE]),
                pick(after_potential_ends, 0, pick(leaks, nearer_zero(c), c)),
            ),
        ),
    )
    floor = 8 * p[NEG_EN]
    on_inhibition = pick(
        p[RESON_EN], pick(swings_down, up, down), c - (1 - s[REFRAC]) * (c != floor)
    )
    stays = s[REFRAC] | p[CLASS2_EN] * (1 - exciting)
    on_excitation = pick(p[RESON_EN], pick(swings_down, down, up), c + (1 - stays) * (c != 7))
    v = pick(
        reference,
        on_reference,
        pick(inhibited, on_inhibition, pick(excited, on_excitation, c)),
    )
    held = p[SPKLAT_EN] * (s[DAPDEL_CNT] != 0) | s[PHASIC_LOCK] * (c == 0)
    return pick(held, c, v) & 15


def threshold(p: Any, s: Any, t: Any, effective: Any, spike: Any, fan_in: Any) -> Any:
    """The counter of threshold leakage and the modification of the threshold."""
    reference, _, excited, inhibited = fan_in
    counter, old = s[THRLEAK_CNT], s[THRMOD]
    counts = reference * p[THRVAR_EN] * (p[THRLEAK] != 0)
    leaks = counts * (counter == p[THRLEAK] - 1)
    counter = pick(leaks, 0, (counter + counts) & 15)
    accumulated = pick(((t + p[THR]) & 15) < 8, t, pick(t >= 0, 7 - p[THR], 1 - p[THR]))
    by = burst_increment(p, s)
    raised = pick(
        p[BURST_INCR],
        pick(((7 - effective) & 15) < by, 7, old + by),
        old + (effective != 7),
    )
    varied = pick(
        pick(p[THR_SEL_OF], spike, excited),
        raised,
        pick(
            (1 - p[THR_SEL_OF]) * inhibited,
            old - (effective != 1),
            pick(leaks, nearer_zero(old), old),
        ),
    )
    new = pick(p[ACC_EN], pick(reference, accumulated, old), pick(p[THRVAR_EN], varied, old))
    return counter, new & 15


def burst_increment(p: Any, s: Any) -> Any:
    """Spikes of a burst with its first, at most 7."""
    further = (1 - s[MIXED_LOCK]) * p[SPK_REF]
    return further + (further != 7)


def izhikevich_update(
    p: Any, s: Any, weight: Any, inhibitory: Any, reference: Any, burst_end: Any
) -> Any:
    """Update the state `s` in place; the event word and the flags of learning come back.

    `p` and `s` are indexed by column and give numbers, or a row of neurons each. Nothing is
    written before all is read: columns may be views.
    """
    c = s[CORE]
    effective = (p[THR] + s[THRMOD]) & 15

    change = pick(reference, -p[LEAK_STR] * p[LEAK_EN], pick(inhibitory, -weight, weight))
    accumulator = (s[INACC] + change) & 2047
    overflow = ((s[INACC] ^ accumulator) >> (3 + p[FI_SEL])) & 1
    excited = overflow * (1 - reference) * (1 - inhibitory)
    inhibited = overflow * (1 - reference) * inhibitory
    fan_in = (reference, overflow * reference, excited, inhibited)

    last, t = signed4(s[STIM_STR]), signed4(s[STIM_STR_TMP])
    strong_last = (last >= 0) * (last >= p[STIM_THR])
    strong_now = (t >= 0) * (t >= p[STIM_THR])
    strong_inhibition = (t < 0) * (-t >= p[STIM_THR])
    exciting = strong_last | strong_now
    silent = reference * (t == 0)
    alone = silent * (s[STIM0_PREV] < 2)
    after_excitation = alone * (s[INHEXC_PREV] & 1)
    after_inhibition = alone * (s[INHEXC_PREV] >> 1)
    stimulus = t + excited * (t != 7) - inhibited * (t != -7)

    v = membrane(p, s, t, exciting, fan_in)
    old_phase = s[RESON_SIGN]
    turned = pick(old_phase < 2, 3 - old_phase, (old_phase == ZERO_TO_NEGATIVE) * (v != 0))
    phase = p[RESON_EN] * pick(reference, turned * (c != 0), old_phase)

    reached = (v == effective) * 1
    by_bistability = (1 - s[BIST_LOCK]) * after_excitation | s[BIST_LOCK] * (v == 0) | reached
    spike = pick(
        p[RESON_SHARP_EN],
        excited * (s[DAPDEL_CNT] == p[RESON_SHARP_AMT]),
        pick(
            p[SPKLAT_EN],
            reference * (s[DAPDEL_CNT] == 1),
            pick(
                p[REBOUND_EN],
                after_inhibition | reached,
                pick(
                    p[BIST_EN],
                    by_bistability,
                    pick(
                        s[INHIN_LOCK],
                        v == 0,
                        pick(p[RESON_EN], (phase == POSITIVE) * reached, reached),
                    ),
                ),
            ),
        ),
    )
    word = (1 - s[MIXED_LOCK]) * (p[SPK_REF] * 8 + p[ISI_REF]) + spike * 64

    reset = pick(p[DAP_EN] | p[RESON_EN], p[RFR], -p[RFR])
    core = pick(spike, reset, v) & 15
    new_phase = pick(spike * p[RESON_EN], NEGATIVE, phase)

    caught = p[INHIN_EN] * (1 - s[REFRAC]) * ((-c & 15) == effective)
    inhibition_lock = pick(caught, 1, s[INHIN_LOCK] * (1 - silent))
    rests = (1 - p[DAP_EN]) * (p[RFR] != 0) * (1 - p[RESON_EN])
    refractory = pick(spike | inhibition_lock, rests, s[REFRAC] * (v != 0))

    delay = s[DAPDEL_CNT]
    sharp = pick(reference, delay + (delay != 7), delay * (1 - excited))
    loads = p[DAP_EN] * spike | p[SPKLAT_EN] * reached * (c != effective)
    counted = pick(loads, p[DAPDEL], delay - reference * (delay != 0))
    new_delay = pick(p[RESON_SHARP_EN], sharp, counted)

    tonic = reference * s[SPKOUT_DONE] * ((c == 0) | (s[REFRAC] == 1)) * strong_now
    locks = spike * exciting | tonic
    phasic = pick(locks, p[PHASIC_EN], s[PHASIC_LOCK] * strong_last)
    mixed = pick(locks, p[MIXED_EN], s[MIXED_LOCK] * strong_last)
    done = (1 - reference) * (spike | s[SPKOUT_DONE])
    bistable = s[BIST_LOCK] ^ (reference * p[BIST_EN] * after_excitation)
    begins = spike * (1 - s[MIXED_LOCK]) * (p[SPK_REF] != 0)
    bursts = pick(begins, 1, s[BURST_LOCK] * (1 - burst_end))

    threshold_counter, modification = threshold(p, s, t, effective, spike, fan_in)
    counter, leaks = calcium_leak(s[CALEAK_CNT], p[CA_EN], p[CA_LEAK], reference)
    more = s[CALCIUM] + pick(p[BURST_INCR], burst_increment(p, s), 1)
    rises = p[CA_EN] * spike * (1 - leaks)
    falls = leaks * (1 - spike) * (s[CALCIUM] > 0)
    calcium = pick(rises, pick(more > 7, 7, more), s[CALCIUM] - falls)
    flags = learning_flags(p, core, calcium, CA_EN) * (core < 8)

    inhexc = pick(reference, strong_inhibition * 2 + strong_now, s[INHEXC_PREV])
    history = pick(reference, (s[STIM0_PREV] & 1) * 2 + (t != 0), s[STIM0_PREV])
    strength = pick(reference, t, last) & 15

    s[INACC] = accumulator
    s[REFRAC] = refractory
    s[CORE] = core
    s[DAPDEL_CNT] = new_delay
    s[STIM_STR] = strength
    s[STIM_STR_TMP] = (1 - reference) * stimulus & 15
    s[PHASIC_LOCK] = phasic
    s[MIXED_LOCK] = mixed
    s[SPKOUT_DONE] = done
    s[STIM0_PREV] = history
    s[INHEXC_PREV] = inhexc
    s[BIST_LOCK] = bistable
    s[INHIN_LOCK] = inhibition_lock
    s[RESON_SIGN] = new_phase
    s[THRMOD] = modification
    s[THRLEAK_CNT] = threshold_counter
    s[CALCIUM] = calcium
    s[CALEAK_CNT] = counter
    s[BURST_LOCK] = bursts
    return word * (1 - p[DISABLE]), flags
