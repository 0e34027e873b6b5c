"""The neurons that the command line knows by name."""

from ranvier.core import Registry

_HERE = "ranvier.neurons"

catalogue = Registry(
    "neuron",
    {
        "snu": (f"{_HERE}:SNU", "Spiking Neural Unit: leaky integrate-and-fire as a unit"),
        "ssnu": (f"{_HERE}:SNU.soft", "soft Spiking Neural Unit: real-valued output"),
        "a-snu": (f"{_HERE}:AdaptiveSNU", "SNU whose threshold adapts to its own output"),
        "a-ssnu": (f"{_HERE}:AdaptiveSNU.soft", "soft a-SNU: real-valued output"),
        "snu-a": (f"{_HERE}:AxoSomaticSNU", "SNU with axo-somatic synapses onto its threshold"),
        "ssnu-a": (f"{_HERE}:AxoSomaticSNU.soft", "soft SNU-a: real-valued output"),
        "snu-o": (f"{_HERE}:AxoAxonicSNU", "SNU with axo-axonic synapses that scale its output"),
        "ssnu-o": (f"{_HERE}:AxoAxonicSNU.soft", "soft SNU-o: real-valued output"),
        "li-snu": (f"{_HERE}:LateralInhibitionSNU", "SNU that any unit of its layer resets"),
        "li-ssnu": (f"{_HERE}:LateralInhibitionSNU.soft", "soft LI-SNU: real-valued output"),
        "lif": (f"{_HERE}:LIF", "leaky integrate-and-fire, discretisation and reset stated"),
        "if": (f"{_HERE}:IF", "integrate-and-fire without a leak"),
        "signed-if": (f"{_HERE}:SignedIF", "integrate-and-fire that can take a spike back"),
        "current-lif": (f"{_HERE}:CurrentLIF", "leaky integrate-and-fire with synaptic currents"),
        "conductance-lif": (
            f"{_HERE}:ConductanceLIF",
            "leaky integrate-and-fire with synaptic conductances",
        ),
        "alif": (f"{_HERE}:ALIF", "leaky integrate-and-fire with an adaptive threshold"),
        "differentiable-if": (
            f"{_HERE}:DifferentiableIF",
            "integrate-and-fire whose spikes are sent gradually",
        ),
        "qif": (f"{_HERE}:QuadraticIF", "quadratic integrate-and-fire"),
        "eif": (f"{_HERE}:ExponentialIF", "exponential integrate-and-fire"),
        "adex": (f"{_HERE}:AdEx", "adaptive exponential integrate-and-fire"),
        "resonate-and-fire": (f"{_HERE}:ResonateAndFire", "damped oscillation with a threshold"),
        "izhikevich": (f"{_HERE}:Izhikevich", "quadratic upstroke with a slow recovery"),
        "hodgkin-huxley": (f"{_HERE}:HodgkinHuxley", "sodium, potassium and leak, squid's axon"),
        "hodgkin-huxley-traub-miles": (
            f"{_HERE}:HodgkinHuxley.traub_miles",
            "Hodgkin-Huxley with the rates of a pyramidal cell",
        ),
        "morris-lecar": (f"{_HERE}:MorrisLecar", "calcium, potassium and leak, two variables"),
        "parallel-spiking": (
            f"{_HERE}:ParallelSpiking",
            "leaky, without a reset: all of time at once",
        ),
        "two-compartment-lif": (f"{_HERE}:TwoCompartmentLIF", "soma and dendrite, coupled"),
        "phase-change": (f"{_HERE}:PhaseChangeNeuron", "a phase-change device as the membrane"),
        "amorphous-thickness": (
            f"{_HERE}:AmorphousThicknessNeuron",
            "phase change with convex growth of the conductance",
        ),
        "threshold-switch": (
            f"{_HERE}:ThresholdSwitchNeuron",
            "volatile memristor that switches at two voltages",
        ),
        "vo2": (f"{_HERE}:VO2Neuron", "vanadium dioxide: self-heating with hysteresis"),
        "mott": (f"{_HERE}:MottNeuron", "niobium dioxide: a metallic core that grows"),
        "delta-encoder": (f"{_HERE}:DeltaEncoder", "sends the change of its input"),
        "sigma-delta": (f"{_HERE}:SigmaDelta", "adds changes up, sends the change of activation"),
        "leaky-membrane": (
            f"{_HERE}:LeakyMembrane",
            "leaky integrator in terms of its time constant",
        ),
        "leaky-integrator": (f"{_HERE}:LeakyIntegrator", "low-pass filter without a spike"),
        "short-term-plasticity": (f"{_HERE}:ShortTermPlasticity", "what a spike releases"),
        "threshold-unit": (f"{_HERE}:ThresholdUnit", "memoryless step: a spike above a threshold"),
        "readout": (f"{_HERE}:Readout", "memoryless linear output"),
        "relay": (f"{_HERE}:Relay", "hands its current on, without a parameter"),
        "relu": (f"{_HERE}:ReLU", "rectified linear unit, memoryless"),
        "qcfs": (f"{_HERE}:QCFS", "rectified, with a ceiling and few levels, memoryless"),
        "soft-lif": (f"{_HERE}:SoftLIF", "firing rate of a leaky integrate-and-fire neuron"),
        "rnn": (f"{_HERE}:RNN", "vanilla recurrent unit"),
        "gru": (f"{_HERE}:GRU", "gated recurrent unit, gates as ports"),
        "lstm": (f"{_HERE}:LSTM", "long short-term memory, gates as ports"),
    },
)
