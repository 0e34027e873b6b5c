"""The digital chips that the command line knows by name."""

from ranvier.core import Registry

_HERE = "ranvier.hardware.chips"

catalogue = Registry(
    "chip",
    {
        "odin": (
            f"{_HERE}.odin:ODIN",
            "256 neurons of two models, 64k synapses that learn by SDSP",
        ),
        "tiny-odin": (f"{_HERE}.tiny_odin:TinyODIN", "ODIN reduced: LIF of 12 bits, no learning"),
        "morphic": (
            f"{_HERE}.morphic:MorphIC",
            "four cores of binary synapses that learn at random, as published",
        ),
        "reckon": (f"{_HERE}.reckon:ReckOn", "recurrent spiking network that learns by e-prop"),
        "spoon": (f"{_HERE}.spoon:SPOON", "event-driven convolutional network, learns by DRTP"),
    },
)
