"""ReckOn's configuration registers."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from ranvier.core import nearest
from ranvier.hardware.chips._registers import check_registers, register, registers

ADDRESSES = {
    "en_conf": 0,
    "rst_mode": 8,
    "do_eprop": 9,
    "local_tick": 10,
    "error_halt": 11,
    "fp_loc_winp": 12,
    "fp_loc_wrec": 13,
    "fp_loc_wout": 14,
    "fp_loc_tinp": 15,
    "fp_loc_trec": 16,
    "fp_loc_tout": 17,
    "learn_sig_scale": 18,
    "regul_mode": 19,
    "regul_w": 20,
    "en_stoch_round": 21,
    "timing_mode": 23,
    "regression": 25,
    "single_label": 26,
    "no_out_act": 27,
    "send_per_timestep": 30,
    "send_label_only": 31,
    "noise_en": 32,
    "force_traces": 33,
    "cycles_per_tick": 64,
    "alpha_conf0": 65,
    "alpha_conf1": 66,
    "alpha_conf2": 67,
    "alpha_conf3": 68,
    "kappa": 69,
    "thr_h_0": 70,
    "thr_h_1": 71,
    "thr_h_2": 72,
    "thr_h_3": 73,
    "h_0": 74,
    "h_1": 75,
    "h_2": 76,
    "h_3": 77,
    "h_4": 78,
    "lr_r_winp": 79,
    "lr_p_winp": 80,
    "lr_r_wrec": 81,
    "lr_p_wrec": 82,
    "lr_r_wout": 83,
    "lr_p_wout": 84,
    "seed_inp": 85,
    "seed_rec": 86,
    "seed_out": 87,
    "seed_strnd_neur": 88,
    "seed_strnd_oneur": 89,
    "seed_strnd_tinp": 90,
    "seed_strnd_trec": 91,
    "seed_strnd_tout": 92,
    "seed_noise_neur": 93,
    "num_inp_neur": 94,
    "num_rec_neur": 95,
    "num_out_neur": 96,
    "regul_f0": 98,
    "regul_k_inp_r": 99,
    "regul_k_inp_p": 100,
    "regul_k_rec_r": 101,
    "regul_k_rec_p": 102,
    "regul_k_mul": 103,
    "noise_str": 104,
}
"""Where each register lies, for `Registers.words`."""

# Nothing that the network computes depends on them.
_PINS = {"sram_speedmode": 22}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Registers:
    """ReckOn's configuration registers, by their names in its documentation, in lower case.

    Counts of neurons are one less than the number of them, as on the chip. Seeds are what a
    generator is loaded with; the defaults are what the chip holds after a reset. The 30 bits of a
    seed for neurons are 15 for odd ones over 15 for even ones.

    Attributes:
        en_conf: configuration can be reached.
        rst_mode: a spike sets the membrane to 0 (1) or takes the threshold off it (0).
        do_eprop: which weights learn: 1 input, 2 recurrent, 4 output weights.
        local_tick, error_halt, timing_mode, cycles_per_tick: who makes ticks, and how long they
            last; without effect on what a tick computes.
        fp_loc_winp, fp_loc_wrec, fp_loc_wout: left shift of weights.
        fp_loc_tinp, fp_loc_trec, fp_loc_tout: fractional bits of traces.
        learn_sig_scale: left shift of learning signals.
        regul_mode: regularisation of firing rates: 1 scales, 2 adds; 6 and 7 do in every tick.
        regul_w: which weights: 1 input, 2 recurrent.
        en_stoch_round: products are rounded stochastically, else down.
        regression: targets are numbers, else a label.
        single_label: one label for a sample, else one per tick that is learned.
        no_out_act: errors are those of output membranes, else of their hard sigmoid.
        send_per_timestep: results are sent in every tick, else at the end.
        send_label_only: of the results, the label alone.
        noise_en: noise on membranes with every event.
        force_traces: traces rise though nothing learns.
        alpha_conf0, alpha_conf1, alpha_conf2, alpha_conf3: for 32 pairs of neurons each, whether
            their leak is 1 or more.
        kappa: what outputs keep, in 128ths.
        thr_h_0, thr_h_1, thr_h_2, thr_h_3: membranes where the pseudo-derivative changes.
        h_0, h_1, h_2, h_3, h_4: the pseudo-derivative below each of them and above all.
        lr_r_winp, lr_p_winp, lr_r_wrec, lr_p_wrec, lr_r_wout, lr_p_wout: learning rates as right
            and left shifts.
        seed_inp, seed_rec, seed_out: of updates of weights.
        seed_strnd_neur, seed_strnd_oneur: of rounding of membranes.
        seed_strnd_tinp, seed_strnd_trec, seed_strnd_tout: of rounding of traces.
        seed_noise_neur: of the noise.
        num_inp_neur, num_rec_neur, num_out_neur: neurons, less one.
        regul_f0: the trace above which a neuron is too active.
        regul_k_inp_r, regul_k_inp_p, regul_k_rec_r, regul_k_rec_p: strength of what is added, as
            right and left shifts.
        regul_k_mul: right shift of what scales.
        noise_str: right shift of the noise.

    Raises:
        TypeError: a value that is no integer.
        ValueError: a value that does not fit, with register, width and value; an odd
            count of inputs or neurons, whichever is larger.

    Source: Frenkel, Indiveri, ISSCC 2022; github.com/ChFrenkel/ReckOn.

    Example:
        >>> Registers(kappa=300)
        Traceback (most recent call last):
        ...
        ValueError: Registers: register kappa is 8 bits wide and holds 0 to 255, got 300.
        >>> Registers.from_words({69: 0x179}).kappa
        121
    """

    en_conf: int = register(1, 1)
    rst_mode: int = register(1)
    do_eprop: int = register(3, 7)
    local_tick: int = register(1)
    error_halt: int = register(1, 1)
    fp_loc_winp: int = register(3)
    fp_loc_wrec: int = register(3)
    fp_loc_wout: int = register(3)
    fp_loc_tinp: int = register(3)
    fp_loc_trec: int = register(3)
    fp_loc_tout: int = register(3)
    learn_sig_scale: int = register(4)
    regul_mode: int = register(3)
    regul_w: int = register(2)
    en_stoch_round: int = register(1)
    timing_mode: int = register(1)
    regression: int = register(1)
    single_label: int = register(1, 1)
    no_out_act: int = register(1)
    send_per_timestep: int = register(1)
    send_label_only: int = register(1, 1)
    noise_en: int = register(1)
    force_traces: int = register(1)
    cycles_per_tick: int = register(32)
    alpha_conf0: int = register(32)
    alpha_conf1: int = register(32)
    alpha_conf2: int = register(32)
    alpha_conf3: int = register(32)
    kappa: int = register(8, 0x7A)
    thr_h_0: int = register(16, signed=True)
    thr_h_1: int = register(16, signed=True)
    thr_h_2: int = register(16, signed=True)
    thr_h_3: int = register(16, signed=True)
    h_0: int = register(5, signed=True)
    h_1: int = register(5, signed=True)
    h_2: int = register(5, signed=True)
    h_3: int = register(5, signed=True)
    h_4: int = register(5, signed=True)
    lr_r_winp: int = register(5)
    lr_p_winp: int = register(5)
    lr_r_wrec: int = register(5)
    lr_p_wrec: int = register(5)
    lr_r_wout: int = register(5)
    lr_p_wout: int = register(5)
    seed_inp: int = register(25, 0x1)
    seed_rec: int = register(25, 0x0424242)
    seed_out: int = register(22, 0x1)
    seed_strnd_neur: int = register(30, 0x70F0 << 15 | 0x1234)
    seed_strnd_oneur: int = register(15, 0x7ABA)
    seed_strnd_tinp: int = register(30, 0x7FCF << 15 | 0x1348)
    seed_strnd_trec: int = register(30, 0x7BEA << 15 | 0x4321)
    seed_strnd_tout: int = register(30, 0x7EF0 << 15 | 0x3FF3)
    seed_noise_neur: int = register(17, 0x1F0F1)
    num_inp_neur: int = register(8, 1)
    num_rec_neur: int = register(8, 1)
    num_out_neur: int = register(4)
    regul_f0: int = register(12)
    regul_k_inp_r: int = register(5)
    regul_k_inp_p: int = register(5)
    regul_k_rec_r: int = register(5)
    regul_k_rec_p: int = register(5)
    regul_k_mul: int = register(5)
    noise_str: int = register(4)

    def __post_init__(self) -> None:
        check_registers(self)
        most = max(self.num_inp_neur, self.num_rec_neur)
        if not most % 2:
            raise ValueError(
                f"Registers: there are {most + 1} inputs or neurons, expected an even number: the "
                "chip steps neurons in pairs and would leave out the last. Add one without weights."
            )

    def words(self) -> dict[int, int]:
        """What is to be written into the chip, by address; a signed number in two's complement.

        Example:
            >>> Registers(thr_h_0=-1).words()[70]
            65535
        """
        held = registers(self)
        return {
            address: int(getattr(self, name)) & (1 << held[name].bits) - 1
            for name, address in ADDRESSES.items()
        }

    @classmethod
    def from_words(cls, words: Mapping[int, int]) -> "Registers":
        """The registers after words were written into a chip that was reset.

        A word that is too wide loses its upper bits, as on the chip.

        Args:
            words: by address.

        Raises:
            ValueError: an address without a register.

        Example:
            See `Registers`.
        """
        names = {address: name for name, address in ADDRESSES.items()}
        held, values = registers(cls), {}
        for address, word in words.items():
            if address in (1, 2, 3, *_PINS.values()):
                continue
            if address not in names:
                raise ValueError(
                    f"Registers: no register lies at {address}; expected one of {sorted(names)}."
                )
            bits, signed = held[names[address]].bits, held[names[address]].signed
            raw = int(word) & (1 << bits) - 1
            values[names[address]] = raw - (1 << bits) if signed and raw >> bits - 1 else raw
        return cls(**values)

    @classmethod
    def named(cls, words: Mapping[str, int]) -> "Registers":
        """Registers from words by the names of the chip's documentation, in capitals.

        Args:
            words: by name, without `SPI_`; pins and memory timing are left out.

        Raises:
            ValueError: a name that no register has.

        Example:
            >>> Registers.named({"KAPPA": 121, "H_4": 0x1F}).h_4
            -1
        """
        places: dict[int, Any] = {}
        for name, word in words.items():
            known = name.lower()
            if known in _PINS:
                continue
            if known not in ADDRESSES:
                raise ValueError(
                    f"Registers: no register is called {name!r}. {nearest(known, ADDRESSES)}"
                )
            places[ADDRESSES[known]] = word
        return cls.from_words(places)
