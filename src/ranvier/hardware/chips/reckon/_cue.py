"""The chip as its published test bench configures it."""

import numpy as np

from ranvier.hardware.chips._registers import registers
from ranvier.hardware.chips.reckon._chip import ReckOn
from ranvier.hardware.chips.reckon._registers import Registers


def cue_accumulation_chip() -> ReckOn:
    """ReckOn as its test bench sets it up for the accumulation of cues.

    40 inputs, 100 neurons with a leak of 0.99948 per tick (about 2 s at ticks of 1 ms), 2 outputs;
    all weights learn, and what is too active is held down. Use `replace(do_eprop=0)` to test.

    Source: Frenkel, Indiveri, ISSCC 2022; github.com/ChFrenkel/ReckOn, commit 5e5c0be.

    Example:
        >>> chip = cue_accumulation_chip()
        >>> chip.inputs, chip.neurons, chip.outputs
        (40, 100, 2)
    """
    configuration = Registers(
        fp_loc_winp=3,
        fp_loc_wrec=3,
        fp_loc_wout=3,
        fp_loc_tinp=3,
        fp_loc_trec=4,
        fp_loc_tout=6,
        learn_sig_scale=5,
        regul_mode=2,
        regul_w=3,
        en_stoch_round=1,
        kappa=0x79,
        thr_h_0=205,
        thr_h_1=205,
        thr_h_2=205,
        thr_h_3=205,
        h_4=1,
        lr_p_winp=8,
        lr_p_wrec=8,
        lr_p_wout=14,
        seed_inp=0xF0F0,
        seed_rec=0xF1F1,
        seed_out=0xF2F2,
        seed_strnd_neur=0x3F3FF3F3,
        seed_strnd_oneur=0x74F4,
        seed_strnd_tinp=0x3F5FF5F5,
        seed_strnd_trec=0x3F6FF6F6,
        seed_strnd_tout=0x3F7FF7F7,
        seed_noise_neur=0x00FF0,
        num_inp_neur=39,
        num_rec_neur=99,
        num_out_neur=1,
        regul_f0=160,
        regul_k_inp_p=10,
        regul_k_rec_p=10,
    )
    return ReckOn(configuration, alpha=0xFEF, threshold=614)


def random_seeds(generator: np.random.Generator) -> dict[str, int]:
    """Seeds for all generators of a chip, by the name of their registers; none is locked at zero.

    Args:
        generator: draws them.

    Example:
        >>> seeds = random_seeds(np.random.default_rng(0))
        >>> chip = cue_accumulation_chip().replace(**seeds)
        >>> len(seeds), chip.registers.seed_inp == seeds["seed_inp"]
        (9, True)
    """
    found = {}
    for name, held in registers(Registers).items():
        if name.startswith("seed_"):
            halves = (15, 15) if held.bits == 30 else (held.bits,)
            low, *high = [int(generator.integers(1, 1 << bits)) for bits in halves]
            found[name] = low | sum(high) << 15
    return found
