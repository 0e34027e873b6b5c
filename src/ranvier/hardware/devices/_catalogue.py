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
        "magnetic": (f"{_HERE}:magnetic", "magnetic tunnel junction, 80 or 200 uS"),
    },
)

pulsed = Registry(
    "pulsed device",
    {
        "linear-ideal": (f"{_HERE}:linear_ideal", "equal steps, all alike, without noise"),
        "gokmen-vlasov": (f"{_HERE}:gokmen_vlasov", "what a resistive processing unit needs"),
        "rram-exponential": (f"{_HERE}:rram_exponential", "HfO2 memory, exponential steps"),
        "rram-soft-bounds": (f"{_HERE}:rram_soft_bounds", "the same memory with soft bounds"),
        "hfo2-array": (f"{_HERE}:hfo2_array", "HfO2 array of few steps, 9.8 % corrupt cells"),
        "optimised-rram-array": (
            f"{_HERE}:optimised_rram_array",
            "RRAM array of an optimised material, 13.5 % corrupt cells",
        ),
        "pcm-one-sided": (f"{_HERE}:pcm_one_sided", "phase-change memory that pulses only raise"),
        "capacitor": (f"{_HERE}:capacitor", "charge on a capacitor, almost linear, leaky"),
        "ecram": (f"{_HERE}:ecram", "electrochemical memory with lithium, almost linear"),
        "silver-silicon": (f"{_HERE}:silver_silicon", "Ag:a-Si memory of NeuroSim, 97/100 pulses"),
        "ferroelectric": (f"{_HERE}:ferroelectric", "ferroelectric transistor, 32 states"),
        "tunnel-junction": (f"{_HERE}:tunnel_junction", "magnetic, switches by chance"),
    },
)
