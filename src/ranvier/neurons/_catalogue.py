"""The neurons that the command line knows by name."""

from ranvier.core import Registry

_HERE = "ranvier.neurons"

catalogue = Registry(
    "neuron",
    {
        "snu": (f"{_HERE}:SNU", "Spiking Neural Unit: leaky integrate-and-fire as a unit"),
        "ssnu": (f"{_HERE}:SNU.soft", "soft Spiking Neural Unit: real-valued output"),
        "lif": (f"{_HERE}:LIF", "leaky integrate-and-fire, discretisation and reset stated"),
        "leaky-integrator": (f"{_HERE}:LeakyIntegrator", "low-pass filter without a spike"),
        "readout": (f"{_HERE}:Readout", "memoryless linear output"),
        "rnn": (f"{_HERE}:RNN", "vanilla recurrent unit"),
        "gru": (f"{_HERE}:GRU", "gated recurrent unit, gates as ports"),
        "lstm": (f"{_HERE}:LSTM", "long short-term memory, gates as ports"),
    },
)
