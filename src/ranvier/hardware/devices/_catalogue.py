"""The devices that the command line knows by name."""

from ranvier.core import Registry

_HERE = "ranvier.hardware.devices"

catalogue = Registry(
    "device",
    {
        "ideal": (f"{_HERE}:ideal", "takes what it is told and keeps it"),
        "pcm": (f"{_HERE}:pcm", "phase-change memory, doped GST, 25 uS"),
        "hermes-1": (f"{_HERE}:hermes_1", "phase-change memory of HERMES, one per polarity"),
        "hermes-2": (f"{_HERE}:hermes_2", "phase-change memory of HERMES, two per polarity"),
        "rram": (f"{_HERE}:rram", "filamentary HfOx memory of NeuRRAM, 40 uS"),
        "rram-cmo": (f"{_HERE}:rram_cmo", "HfOx with a conductive metal oxide, 9 to 88.2 uS"),
    },
)
