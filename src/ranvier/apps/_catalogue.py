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
        "approaches": (
            f"{_HERE}.approaches:run",
            "ways to a spiking network, on the same layers and images",
        ),
        "binary-2t2r": (
            f"{_HERE}.binary_2t2r:run",
            "one-bit weights in pairs of devices, against bit errors",
        ),
        "braille": (
            f"{_HERE}.recognition:run",
            "spiking units read Braille letters with a fingertip",
        ),
        "chorales": (f"{_HERE}.chorales:run", "spiking units learn Bach, by BPTT and by OSTL"),
        "chorales-on-pcm": (
            f"{_HERE}.chorales_on_pcm:run",
            "chorales with weights on memory devices, from seconds to a year",
        ),
        "codes": (
            f"{_HERE}.codes:run",
            "bits of codes, and digits read from equal numbers of spikes",
        ),
        "correlation-detector": (
            f"{_HERE}.correlation_detector:run",
            "correlated streams found by phase-change neurons and synapses",
        ),
        "digits": (
            f"{_HERE}.digits:run",
            "spiking units read rate-coded digits, with and without inhibition",
        ),
        "digits-on-rram": (
            f"{_HERE}.digits_on_rram:run",
            "digits with weights on filamentary memory, for two days",
        ),
        "drtp": (
            f"{_HERE}.drtp:run",
            "targets in place of errors, on the networks of DRTP's publication",
        ),
        "fault-panorama": (
            f"{_HERE}.fault_panorama:run",
            "accuracy against every kind of fault of memory devices",
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
        "morphic-digits": (
            f"{_HERE}.morphic_digits:run",
            "digits on the chip MorphIC, by binary synapses that learn at random",
        ),
        "odin-behaviours": (
            f"{_HERE}.odin_behaviours:run",
            "twenty behaviours of the neuron of the chip ODIN, bit for bit",
        ),
        "odin-rank-order": (
            f"{_HERE}.odin_rank_order:run",
            "what the order of spikes tells the chip ODIN, beside other codes",
        ),
        "odin-sdsp-digits": (
            f"{_HERE}.odin_sdsp_digits:run",
            "the chip ODIN learns digits by its own synapses, bit for bit",
        ),
        "pcm-rbm": (
            f"{_HERE}.pcm_rbm:run",
            "a spiking Boltzmann machine learns digits on phase-change memory",
        ),
        "phase-change-neurons": (
            f"{_HERE}.phase_change_neurons:run",
            "noise lets a population follow what is faster than a neuron",
        ),
        "phase-selectivity": (
            f"{_HERE}.phase_selectivity:run",
            "a neuron that hears inputs in phase only",
        ),
        "reckon-braille": (
            f"{_HERE}.reckon_recordings:run",
            "the ReckOn chip learns Braille letters, bit for bit",
        ),
        "reckon-cue": (
            f"{_HERE}.reckon_cue:run",
            "the ReckOn chip learns which side had more cues, bit for bit",
        ),
        "reckon-spoken-digits": (
            f"{_HERE}.reckon_recordings:run",
            "the ReckOn chip learns spoken digits, bit for bit",
        ),
        "single-spike": (
            f"{_HERE}.single_spike:run",
            "digits in one spike per unit, by S4NN and by exact gradients",
        ),
        "speech-commands": (
            f"{_HERE}.recognition:run",
            "spiking units recognise single words by many speakers",
        ),
        "spoon-digits": (
            f"{_HERE}.spoon_digits:run",
            "the SPOON chip reads digits, deployed and by learning on its own",
        ),
        "spike-times": (
            f"{_HERE}.spike_times:run",
            "learning by spike times, beside the twin of rectified units",
        ),
        "spoken-digits": (
            f"{_HERE}.recognition:run",
            "spiking units recognise spoken digits, strangers' too",
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
            "binary-2t2r": "binary_2t2r",
            "ambrogio-cell": "ambrogio_cell",
            "approaches": "approaches",
            "braille": "recognition",
            "chorales": "chorales",
            "chorales-on-pcm": "chorales_on_pcm",
            "codes": "codes",
            "compare-rules": "compare_rules",
            "convert": "conversion",
            "correlation-detector": "correlation_detector",
            "deploy": "deployment",
            "digits": "digits",
            "digits-on-rram": "digits_on_rram",
            "drtp": "drtp",
            "fault-panorama": "fault_panorama",
            "feedback": "feedback",
            "fi-curve": "fi_curve",
            "forgetting": "forgetting",
            "language": "language",
            "morphic-digits": "morphic_digits",
            "neuron": "neuron",
            "odin-behaviours": "odin_behaviours",
            "odin-rank-order": "odin_rank_order",
            "odin-sdsp-digits": "odin_sdsp_digits",
            "pcm-rbm": "pcm_rbm",
            "phase-change-neurons": "phase_change_neurons",
            "phase-selectivity": "phase_selectivity",
            "reckon-braille": "reckon_recordings",
            "reckon-cue": "reckon_cue",
            "reckon-spoken-digits": "reckon_recordings",
            "single-spike": "single_spike",
            "speech-commands": "recognition",
            "spike-times": "spike_times",
            "spoon-digits": "spoon_digits",
            "spoken-digits": "recognition",
            "surrogates": "surrogates",
        }.items()
    },
)
