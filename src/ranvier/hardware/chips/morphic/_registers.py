"""The registers of a core of MorphIC, and the route of a neuron."""

import dataclasses

from ranvier.hardware.chips._registers import check_registers, register

CORES, NEURONS, EXTERNAL, CHIPS = 4, 512, 512, 16
"""Cores of a chip, neurons of a core, its external lines, chips that can be joined."""

LINES = NEURONS + EXTERNAL
"""Presynaptic lines of a core: its own neurons first."""


@dataclasses.dataclass(frozen=True)
class Configuration:
    r"""Configuration registers of a core of MorphIC.

    A synapse that may move does so with probability $P / 2^N$: the generator gives $N$ bits $r$,
    and it moves if $r < P$. $P = 2^N$ is the deterministic rule.

    The registers of the chip are not public: names, widths and defaults here are ours.

    Raises:
        ValueError: a value that its register cannot hold, a probability above one, or a seed that
            locks the generator.

    Source: the rule, Frenkel, Legat, Bol, IEEE TBioCAS 13 (2019), abstract; registers are ours.

    Example:
        >>> Configuration(line_sign=1 << 7).sign(7), Configuration(sdsp_n=3, sdsp_p_up=2).p_up
        (1, 0.25)
        >>> Configuration(sdsp_n=3, sdsp_p_up=9)
        Traceback (most recent call last):
        ...
        ValueError: Configuration: register sdsp_p_up is 9, expected at most 8, ...
    """

    open_loop: int = register(1, doc="spikes do not reach the lines of their own core")
    sdsp_en: int = register(1, 1, doc="synapses learn")
    sdsp_n: int = register(4, 0, doc="N, random bits for a transition")
    sdsp_p_up: int = register(16, 1, doc="P of transitions from 0 to 1")
    sdsp_p_down: int = register(16, 1, doc="P of transitions from 1 to 0")
    seed: int = register(25, 0x0424242, doc="of the linear-feedback generator")
    line_sign: int = register(LINES, 0, doc="bit i: the synapses of line i inhibit")
    line_plastic: int = register(LINES, (1 << LINES) - 1, doc="bit i: line i learns")

    def __post_init__(self) -> None:
        check_registers(self)
        if self.seed == 0:
            raise ValueError(
                "Configuration: register seed is 0, expected another: a generator of zeros stays "
                "at zero."
            )
        for name in ("sdsp_p_up", "sdsp_p_down"):
            if (given := getattr(self, name)) > 1 << self.sdsp_n:
                raise ValueError(
                    f"Configuration: register {name} is {given}, expected at most "
                    f"{1 << self.sdsp_n}, which is 2 to the power of sdsp_n and moves always."
                )

    @property
    def p_up(self) -> float:
        """The probability of a transition from 0 to 1."""
        return self.sdsp_p_up / (1 << self.sdsp_n)

    @property
    def p_down(self) -> float:
        """The probability of a transition from 1 to 0."""
        return self.sdsp_p_down / (1 << self.sdsp_n)

    def sign(self, line: int) -> int:
        """1 where the synapses of a line inhibit.

        Args:
            line: 0 to 1023.
        """
        return self.line_sign >> line & 1

    def plastic(self, line: int) -> int:
        """1 where the synapses of a line learn.

        Args:
            line: 0 to 1023.
        """
        return self.line_plastic >> line & 1


@dataclasses.dataclass(frozen=True)
class Route:
    """Where a neuron's spikes go beside the line of their own in their core.

    A packet reaches external line `line` of every core in `cores` on every chip in `chips`.

    Raises:
        ValueError: a value that its register cannot hold.

    Source: the hierarchy, Frenkel, Legat, Bol, IEEE TBioCAS 13 (2019), abstract; the entry is
    ours.

    Example:
        >>> Route(cores=0b0110, line=17)
        Route(cores=6, chips=0, line=17)
        >>> Route(line=512)
        Traceback (most recent call last):
        ...
        ValueError: Route: register line is 9 bits wide and holds 0 to 511, got 512.
    """

    cores: int = register(4, doc="bit c: core c of each destination chip; 0: no packet")
    chips: int = register(CHIPS, doc="bit k: chip k; 0: the chip of the neuron alone")
    line: int = register(9, doc="external line that the packet excites")

    def __post_init__(self) -> None:
        check_registers(self)
