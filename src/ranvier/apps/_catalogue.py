"""The experiments that the command line knows by name."""

from ranvier.core import Registry

_HERE = "ranvier.apps"

catalogue = Registry(
    "experiment",
    {
        "ambrogio-cell": (
            f"{_HERE}.ambrogio_cell:run",
            "learning in capacitors, keeping in phase-change memory",
        ),
        "chorales": (f"{_HERE}.chorales:run", "spiking units learn Bach, by BPTT and by OSTL"),
        "digits": (
            f"{_HERE}.digits:run",
            "spiking units read rate-coded digits, with and without inhibition",
        ),
        "feedback": (
            f"{_HERE}.feedback:run",
            "still images learned by random feedback, beside backpropagation",
        ),
        "fi-curve": (f"{_HERE}.fi_curve:run", "firing rate over current, beside the closed form"),
        "forgetting": (
            f"{_HERE}.forgetting:run",
            "tasks learned one after another: what is kept of the first ones",
        ),
        "language": (f"{_HERE}.language:run", "spiking units foretell the next word of a text"),
        "phase-change-neurons": (
            f"{_HERE}.phase_change_neurons:run",
            "noise lets a population follow what is faster than a neuron",
        ),
        "phase-selectivity": (
            f"{_HERE}.phase_selectivity:run",
            "a neuron that hears inputs in phase only",
        ),
    },
)

pictures = Registry(
    "picture",
    {
        "neuron": (f"{_HERE}.neuron:run", "membrane, rate curve and phase plane of any neuron"),
        "surrogates": (f"{_HERE}.surrogates:run", "the family of surrogate derivatives"),
    },
)

reports = Registry(
    "experiment",
    {
        name: (f"{_HERE}.{room}:write_report", "draws the report of a run")
        for name, room in {
            "ambrogio-cell": "ambrogio_cell",
            "chorales": "chorales",
            "compare-rules": "compare_rules",
            "digits": "digits",
            "feedback": "feedback",
            "fi-curve": "fi_curve",
            "forgetting": "forgetting",
            "language": "language",
            "neuron": "neuron",
            "phase-change-neurons": "phase_change_neurons",
            "phase-selectivity": "phase_selectivity",
            "surrogates": "surrogates",
        }.items()
    },
)
