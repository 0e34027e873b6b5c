"""Every neuron, once: a new one adds a line and is swept through every conformance test."""

import math

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.hardware import devices
from ranvier.hardware.crossbar import program
from ranvier.neurons import (
    ALIF,
    GRU,
    IF,
    LIF,
    LSTM,
    QCFS,
    RNN,
    SNU,
    AdaptiveSNU,
    AdEx,
    AlphaKernel,
    AmorphousThicknessNeuron,
    AxoAxonicSNU,
    AxoSomaticSNU,
    ConductanceLIF,
    CurrentLIF,
    DeltaEncoder,
    DifferentiableIF,
    Driven,
    ExponentialEscape,
    ExponentialIF,
    ExponentialKernel,
    HodgkinHuxley,
    Izhikevich,
    LateralInhibitionSNU,
    LeakyIntegrator,
    LeakyMembrane,
    LearnedDecay,
    MorrisLecar,
    MottChannel,
    MottNeuron,
    ParallelSpiking,
    PhaseChangeNeuron,
    QuadraticIF,
    Readout,
    Refractory,
    Relay,
    ReLU,
    ResonateAndFire,
    ShortTermPlasticity,
    SigmaDelta,
    SignedIF,
    SoftLIF,
    Stochastic,
    ThresholdSwitchNeuron,
    ThresholdUnit,
    TwoCompartmentLIF,
    VO2Device,
    VO2Neuron,
    surrogates,
    uniform_release,
)
from ranvier.synapses import (
    NMDA,
    Alpha,
    AveragePooling,
    BatchMaximum,
    Bias,
    Block,
    Conductance,
    Convolution,
    Delayed,
    Delta,
    Dense,
    Detached,
    DoubleExponential,
    Dropout,
    Embedding,
    EventDriven,
    Exponential,
    ExponentialAverage,
    FeedbackAligned,
    FiniteAverage,
    Flatten,
    GatedPooling,
    Grapes,
    KolenPollack,
    LayerMaximum,
    LayerNormalisation,
    LearnedDelay,
    LevelTuning,
    LocalGrapes,
    LowPass,
    MaximumPooling,
    OneToOne,
    Scale,
    SenderGrapes,
    Series,
    Silent,
    Sparse,
    SumPooling,
    ThresholdNormalisation,
    Transpose,
    TransposedConvolution,
    Trinary,
    VariationalDropout,
)


def ramp(size: int) -> jax.Array:
    """Decays that differ from unit to unit, to learn."""
    return jnp.linspace(0.6, 0.9, size)


NEURONS = {
    "snu": lambda n: SNU(n, threshold=0.6),
    "snu, rectified": lambda n: SNU(n, threshold=0.6, g=jax.nn.relu),
    "snu, learned decay": lambda n: SNU(n, threshold=0.6, decay=ramp(n)),
    "snu, fast sigmoid": lambda n: SNU(n, threshold=0.6, h=surrogates.fast_sigmoid(2.0)),
    "ssnu": lambda n: SNU.soft(n, threshold=0.6),
    "ssnu, leaky g, learned decay": lambda n: SNU.soft(n, decay=ramp(n), g=jax.nn.leaky_relu),
    "snu, bounded decay": lambda n: SNU(n, threshold=0.6, decay=LearnedDecay(ramp(n))),
    "a-snu": lambda n: AdaptiveSNU(n, threshold=0.6, beta=-0.5, rho=0.7),
    "a-snu, all learned": lambda n: AdaptiveSNU(
        n, threshold=0.6, decay=LearnedDecay(ramp(n)), beta=-ramp(n), rho=LearnedDecay(0.7, n)
    ),
    "a-ssnu": lambda n: AdaptiveSNU.soft(n, beta=-ramp(n), rho=ramp(n)),
    "snu-a": lambda n: AxoSomaticSNU(n, threshold=0.6, beta=0.5, rho=0.7),
    "snu-a, all learned": lambda n: AxoSomaticSNU(
        n, threshold=0.6, decay=ramp(n), beta=ramp(n), rho=LearnedDecay(0.7, n)
    ),
    "ssnu-a": lambda n: AxoSomaticSNU.soft(n, beta=0.5, rho=LearnedDecay(0.7, n)),
    "snu-o": lambda n: AxoAxonicSNU(n, threshold=0.6),
    "ssnu-o": lambda n: AxoAxonicSNU.soft(n, threshold=0.6, decay=LearnedDecay(ramp(n))),
    "li-snu": lambda n: LateralInhibitionSNU(n, threshold=0.6),
    "li-ssnu": lambda n: LateralInhibitionSNU.soft(n, threshold=0.6, decay=ramp(n)),
    "lif": lambda n: LIF(n, tau_membrane_ms=5.0, threshold=0.3),
    "lif, all learned": lambda n: LIF(
        n, tau_membrane_ms=5.0 * ramp(n), threshold=0.3 * ramp(n), resistance=ramp(n)
    ),
    **{
        f"lif, {d}, {r}, {t}": (
            lambda n, d=d, r=r, t=t: LIF(
                n, tau_membrane_ms=5.0, threshold=0.3, discretisation=d, reset=r, reset_time=t
            )
        )
        for d in ("exact", "euler")
        for r in ("zero", "subtract")
        for t in ("at_spike", "next_carry", "next_update")
    },
    "lif, own potentials, learned": lambda n: LIF(
        n,
        tau_membrane_ms=5.0,
        threshold=0.3 * ramp(n),
        resting_potential=-0.1 * ramp(n),
        reset_potential=-0.2 * ramp(n),
    ),
    "if": lambda n: IF(n, threshold=1.5),
    "if, subtract, next update, learned": lambda n: IF(
        n, threshold=ramp(n), reset="subtract", reset_time="next_update"
    ),
    "current lif": lambda n: CurrentLIF(n, tau_membrane_ms=5.0),
    "current lif, alpha, after update": lambda n: CurrentLIF(
        n,
        tau_membrane_ms=5.0,
        excitatory=AlphaKernel(2.0),
        inhibitory=AlphaKernel(5.0),
        reset="subtract",
        input_time="after_update",
    ),
    "current lif, all learned": lambda n: CurrentLIF(
        n,
        tau_membrane_ms=5.0 * ramp(n),
        excitatory=ExponentialKernel(5.0 * ramp(n)),
        inhibitory=AlphaKernel(4.0 * ramp(n)),
        threshold=0.5 * ramp(n),
        reset_potential=-0.1 * ramp(n),
        resting_potential=0.1 * ramp(n),
    ),
    "conductance lif": lambda n: ConductanceLIF(n, time_step_ms=1.0),
    "conductance lif, euler, after update": lambda n: ConductanceLIF(
        n, time_step_ms=1.0, discretisation="euler", input_time="after_update"
    ),
    "conductance lif, all learned": lambda n: ConductanceLIF(
        n,
        time_step_ms=1.0,
        tau_membrane_ms=20.0 * ramp(n),
        tau_excitatory_ms=5.0 * ramp(n),
        tau_inhibitory_ms=10.0 * ramp(n),
        resting_mV=-80.0 * ramp(n),
        excitatory_mV=ramp(n),
        inhibitory_mV=-100.0 * ramp(n),
        threshold_mV=-60.0 * ramp(n),
        reset_mV=-90.0 * ramp(n),
    ),
    "alif": lambda n: ALIF(n, threshold=0.6),
    "alif, all learned": lambda n: ALIF(
        n,
        tau_membrane_ms=20.0 * ramp(n),
        tau_adaptation_ms=200.0 * ramp(n),
        threshold=ramp(n),
        beta=0.5 * ramp(n),
        gain=ramp(n),
    ),
    "differentiable if": lambda n: DifferentiableIF(n, tau_membrane_ms=5.0),
    "differentiable if, no leak": lambda n: DifferentiableIF(
        n, tau_membrane_ms=math.inf, zone=0.8, release=uniform_release
    ),
    "differentiable if, all learned": lambda n: DifferentiableIF(
        n,
        tau_membrane_ms=5.0 * ramp(n),
        tau_synapse_ms=3.0 * ramp(n),
        zone=0.5 * ramp(n),
        threshold=ramp(n),
        reset_potential=-0.3 * ramp(n),
        resting_potential=0.1 * ramp(n),
    ),
    "refractory lif": lambda n: Refractory(LIF(n, tau_membrane_ms=5.0, threshold=0.1), 3.0),
    "refractory current lif, learned": lambda n: Refractory(
        CurrentLIF(n, tau_membrane_ms=5.0 * ramp(n)), 2.0, counted="next_step"
    ),
    "refractory alif, nothing held": lambda n: Refractory(ALIF(n, threshold=0.6), 2.0, held=()),
    # Thresholds so near to rest that a current of one brings spikes within a few steps.
    "qif": lambda n: QuadraticIF(
        n, critical_mV=-64.7, peak_mV=-64.5, time_step_ms=1.0, surrogate_scale_mV=1.0
    ),
    "eif, learned": lambda n: ExponentialIF(
        n,
        tau_membrane_ms=10.0 * ramp(n),
        threshold_mV=-64.5,
        slope_factor_mV=0.2 * ramp(n),
        resistance_MOhm=10.0 * ramp(n),
        reset_mV=-66.0 - ramp(n),
        peak_mV=-64.0,
        time_step_ms=1.0,
        surrogate_scale_mV=1.0,
    ),
    "adex, learned": lambda n: AdEx(
        n,
        capacitance_pF=10.0,
        leak_nS=ramp(n),
        resting_mV=-71.0 + ramp(n),
        threshold_mV=-69.9,
        slope_factor_mV=0.1,
        a_nS=0.5 * ramp(n),
        tau_adaptation_ms=5.0 * ramp(n),
        b_pA=ramp(n),
        reset_mV=-71.0,
        peak_mV=-69.7,
        time_step_ms=1.0,
        surrogate_scale_mV=0.5,
    ),
    "resonate-and-fire": lambda n: ResonateAndFire(n, period_ms=12.0, threshold=0.3),
    "resonate-and-fire, learned": lambda n: ResonateAndFire(
        n, period_ms=16.0 * ramp(n), tau_ms=20.0 * ramp(n), threshold=0.3 * ramp(n)
    ),
    "izhikevich": lambda n: Izhikevich(n, c=-71.0, peak_mV=-69.7, surrogate_scale_mV=0.5),
    "izhikevich, learned": lambda n: Izhikevich(
        n,
        a=0.05 * ramp(n),
        b=0.2 * jnp.ones(n),
        c=-72.0 + ramp(n),
        d=ramp(n),
        constant=140.0 * jnp.ones(n),
        recovery_offset_mV=ramp(n),
        recovery_leak=ramp(n),
        peak_mV=-69.7,
        surrogate_scale_mV=0.5,
    ),
    "hodgkin-huxley": lambda n: HodgkinHuxley(
        n, threshold_mV=-64.9, time_step_ms=0.1, surrogate_scale_mV=0.5
    ),
    "hodgkin-huxley, traub-miles, learned": lambda n: HodgkinHuxley.traub_miles(
        n,
        offset_mV=-63.0 + ramp(n),
        potassium_mS_per_cm2=30.0 * ramp(n),
        threshold_mV=-59.95,
        surrogate_scale_mV=0.5,
    ),
    "morris-lecar": lambda n: MorrisLecar(
        n, capacitance_uF_per_cm2=1.0, threshold_mV=-49.9, surrogate_scale_mV=0.5
    ),
    "lif driven by currents": lambda n: Driven(
        LIF(n, tau_membrane_ms=5.0, threshold=0.3),
        {"fast": ("dendrite", Exponential(2.0)), "slow": ("dendrite", DoubleExponential(1.0, 4.0))},
    ),
    "refractory lif driven by conductances, learned": lambda n: Driven(
        Refractory(LIF(n, tau_membrane_ms=5.0, threshold=0.3), 3.0),
        {
            "ampa": (
                "dendrite",
                Conductance(Exponential(2.0 * ramp(n)), reversal_mV=3.0 * ramp(n)),
            ),
            "gaba_a": ("dendrite", Conductance(Alpha(3.0 * ramp(n)), reversal_mV=-0.5)),
        },
    ),
    "qif driven by nmda": lambda n: Driven(
        QuadraticIF(n, critical_mV=-62.0, peak_mV=-60.0, time_step_ms=1.0, surrogate_scale_mV=1.0),
        {
            "ampa": ("dendrite", Conductance(Exponential(2.0), reversal_mV=0.0)),
            "nmda": ("dendrite", NMDA(DoubleExponential(2.0, 100.0))),
        },
    ),
    "gru, one port driven": lambda n: Driven(GRU(n), {"slow": ("update", Exponential(5.0))}),
    "readout driven by pulses": lambda n: Driven(Readout(n), {"dendrite": ("dendrite", Delta())}),
    "short-term plasticity": lambda n: ShortTermPlasticity(
        n, utilisation=0.2, tau_depression_ms=20.0
    ),
    "short-term plasticity, all learned": lambda n: ShortTermPlasticity(
        n,
        utilisation=0.3 * ramp(n),
        tau_depression_ms=20.0 * ramp(n),
        tau_facilitation_ms=50.0 * ramp(n),
    ),
    "parallel spiking": lambda n: ParallelSpiking(n, tau_membrane_ms=5.0, threshold=0.3),
    "parallel spiking, all learned": lambda n: ParallelSpiking(
        n, tau_membrane_ms=5.0 * ramp(n), threshold=0.3 * ramp(n), resistance=ramp(n)
    ),
    "stochastic lif": lambda n: Stochastic(LIF(n, tau_membrane_ms=5.0, threshold=0.3)),
    "stochastic refractory lif, exponential, learned": lambda n: Stochastic(
        Refractory(LIF(n, tau_membrane_ms=5.0, threshold=0.1), 3.0),
        ExponentialEscape(0.2 * ramp(n), rate_at_threshold_per_ms=0.5 * ramp(n)),
    ),
    "two-compartment lif": lambda n: TwoCompartmentLIF(n, tau_soma_ms=5.0, threshold=0.2),
    "two-compartment lif, all learned": lambda n: TwoCompartmentLIF(
        n,
        tau_soma_ms=5.0 * ramp(n),
        tau_dendrite_ms=9.0 * ramp(n),
        coupling_soma=ramp(n),
        coupling_dendrite=2.0 * ramp(n),
        resistance_soma=2.0 * ramp(n),
        resistance_dendrite=3.0 * ramp(n),
        threshold=0.3 * ramp(n),
        reset="subtract",
    ),
    "phase change": lambda n: PhaseChangeNeuron(n, growth_uS=0.5, threshold_uS=1.2),
    "phase change, all learned": lambda n: PhaseChangeNeuron(
        n, growth_uS=0.6 * ramp(n), threshold_uS=ramp(n)
    ),
    "amorphous thickness": lambda n: AmorphousThicknessNeuron(
        n, growth_nm=4.0 * ramp(n), reset_nm=10.0
    ),
    "threshold switch": lambda n: ThresholdSwitchNeuron(
        n, threshold_V=0.4, hold_V=0.2, capacitance_pF=10.0, time_step_ns=20.0
    ),
    # Smaller and nearer to its transition than a device, so that a volt heats it in a few steps.
    "vo2": lambda n: VO2Neuron(
        n,
        device=VO2Device(
            hysteresis_width_K=0.4,
            transition_K=325.2,
            steepness_per_K=0.5,
            metal_Ohm=1e4,
            heat_capacity_pJ_per_K=10.0,
            heat_loss_uW_per_K=50.0,
        ),
        load_Ohm=1e3,
        capacitance_pF=100.0,
        time_step_ns=100.0,
        substeps=2,
    ),
    "mott": lambda n: MottNeuron(
        n,
        channel=MottChannel(transition_rise_K=30.0),
        capacitance_pF=1.0,
        time_step_ns=5.0,
        substeps=250,
    ),
    "delta encoder": lambda n: DeltaEncoder(n, threshold=0.3),
    "delta encoder, quantised": lambda n: DeltaEncoder(n, threshold=0.3, messages="quantised"),
    "sigma-delta": lambda n: SigmaDelta(n, threshold=0.3),
    "sigma-delta, unary": lambda n: SigmaDelta(n, threshold=0.3, messages="unary"),
    "leaky integrator": lambda n: LeakyIntegrator(n, decay=0.8),
    "if, gain and reset potential learned": lambda n: IF(
        n, threshold=1.5, gain=ramp(n), reset_potential=-ramp(n), reset="subtract"
    ),
    "if, from half the threshold": lambda n: IF(n, reset="subtract", starting_potential=0.5),
    "leaky membrane": lambda n: LeakyMembrane(n, tau_membrane_ms=5.0, discretisation="euler"),
    "leaky membrane, all learned": lambda n: LeakyMembrane(
        n, tau_membrane_ms=5.0 * ramp(n), resistance=ramp(n), resting_potential=0.2 * ramp(n)
    ),
    "lif driven by low passes": lambda n: Driven(
        LIF(n, tau_membrane_ms=5.0, threshold=0.1),
        {
            "fast": ("dendrite", LowPass(2.0, gain=ramp(n))),
            "slow": ("dendrite", LowPass(9.0 * ramp(n), discretisation="euler")),
        },
    ),
    "threshold unit": lambda n: ThresholdUnit(n, threshold=0.3 * ramp(n)),
    "leaky integrator, learned decay": lambda n: LeakyIntegrator(n, decay=ramp(n)),
    "leaky integrator, learned gain": lambda n: LeakyIntegrator(n, decay=1.0, gain=ramp(n)),
    "leaky integrator, bounded decay": lambda n: LeakyIntegrator(n, decay=LearnedDecay(ramp(n))),
    "readout": lambda n: Readout(n),
    "relay": lambda n: Relay(n),
    "relay driven by a double exponential": lambda n: Driven(
        Relay(n), {"dendrite": ("dendrite", DoubleExponential(2.0, 4.0))}
    ),
    "relu": lambda n: ReLU(n),
    "qcfs": lambda n: QCFS(n, levels=3),
    "qcfs, learned": lambda n: QCFS(n, levels=4, ceiling=ramp(n)),
    "soft lif": lambda n: SoftLIF(n),
    "soft lif, learned": lambda n: SoftLIF(
        n,
        tau_membrane_ms=20.0 * ramp(n),
        refractory_ms=4.0 * ramp(n),
        threshold=ramp(n),
        smoothing=0.1 * ramp(n),
        amplitude_s=0.01 * ramp(n),
        noise_hz=9.0 * ramp(n),
    ),
    "signed if": lambda n: SignedIF(n, threshold=0.75),
    "signed if, learned": lambda n: SignedIF(
        n,
        threshold=ramp(n),
        negative_threshold=0.1 * ramp(n),
        starting_potential=0.5 * ramp(n),
        h=surrogates.fast_sigmoid(2.0),
    ),
    "rnn": lambda n: RNN(n),
    "gru": lambda n: GRU(n),
    "lstm": lambda n: LSTM(n),
}


def _one_of_each_kind() -> list[str]:
    """Of the entries that share a class, one in which something learns."""
    chosen: dict[type, str] = {}
    for name, make in NEURONS.items():
        kind = type(make(1))
        if kind not in chosen or ("learned" in name and "learned" not in chosen[kind]):
            chosen[kind] = name
    return list(chosen.values())


# For what is costly to check: one entry per class.
KINDS = _one_of_each_kind()

# What drives a neuron hard enough to fire, in its own units; 1 where not listed.
DRIVE = {}

# Neurons that draw from the key they are given.
NOISY = [
    "stochastic lif",
    "stochastic refractory lif, exponential, learned",
    "phase change",
    "phase change, all learned",
    "amorphous thickness",
    "soft lif",
    "soft lif, learned",
]

# Neurons whose output is not a spike.
GRADED = [
    "delta encoder",
    "delta encoder, quantised",
    "sigma-delta",
    "sigma-delta, unary",
    "ssnu",
    "ssnu, leaky g, learned decay",
    "a-ssnu",
    "ssnu-a",
    "snu-o",
    "ssnu-o",
    "li-ssnu",
    "leaky integrator",
    "leaky integrator, learned decay",
    "leaky integrator, learned gain",
    "leaky membrane",
    "leaky membrane, all learned",
    "differentiable if",
    "differentiable if, no leak",
    "differentiable if, all learned",
    "leaky integrator, bounded decay",
    "gru, one port driven",
    "readout driven by pulses",
    "short-term plasticity",
    "short-term plasticity, all learned",
    "readout",
    "relay",
    "relay driven by a double exponential",
    "relu",
    "qcfs",
    "qcfs, learned",
    "soft lif",
    "soft lif, learned",
    "signed if",
    "signed if, learned",
    "rnn",
    "gru",
    "lstm",
]

SMOOTH = [
    "ssnu",
    "ssnu, leaky g, learned decay",
    "a-ssnu",
    "ssnu-a",
    "ssnu-o",
    "li-ssnu",
    "leaky integrator",
    "leaky membrane",
    "soft lif",
    "differentiable if",
    "rnn",
    "gru",
    "lstm",
]


def dense(width: int, units: int, seed: int = 0) -> Dense:
    return Dense.random(width, units, key=jax.random.key(seed))


# Every synapse, once, as `(width of the activity, units)`; the two are equal in the sweep. If its
# activity has several axes, that is the length of the first.
SYNAPSES = {
    "dense": dense,
    "dropout": lambda width, units: Dropout(dense(width, units), 0.3),
    "variational dropout": lambda width, units: VariationalDropout(dense(width, units), 0.3),
    "variational dropout of a delay": lambda width, units: VariationalDropout(
        Delayed(dense(width, units), 3), 0.3
    ),
    "event-driven": lambda width, units: EventDriven(dense(width, units), 1.0),
    "event-driven convolution": lambda width, units: EventDriven(
        Convolution.random((width, 2), 3, 2, stride=2, padding=1, key=jax.random.key(0)), 1.0
    ),
    "one to one": lambda width, units: OneToOne(width),
    "bias": lambda width, units: Bias(ramp(width)),
    "bias of channels": lambda width, units: Bias(ramp(3), (width, 3)),
    "scale": lambda width, units: Scale(ramp(width)),
    "weights and bias in series": lambda width, units: Series(
        dense(width, units), Bias(ramp(units))
    ),
    "delayed, one to one": lambda width, units: Delayed(OneToOne(width), 2),
    "delayed by nothing": lambda width, units: Delayed(OneToOne(width), 0),
    "delayed, per unit": lambda width, units: Delayed(
        dense(width, units), [3 * k % 5 for k in range(width)]
    ),
    "delayed dropout": lambda width, units: Delayed(Dropout(dense(width, units), 0.3), 3),
    "dropout of a delay": lambda width, units: Dropout(Delayed(dense(width, units), 3), 0.3),
    "learned delay": lambda width, units: LearnedDelay.random(
        width, units, longest_steps=6, width_steps=1.5, key=jax.random.key(0)
    ),
    "learned delay, rounded": lambda width, units: LearnedDelay.random(
        width, units, longest_steps=6, width_steps=0.0, key=jax.random.key(0)
    ),
    "convolution": lambda width, units: Convolution.random(
        (width, 2), 3, 3, padding="same", key=jax.random.key(0)
    ),
    "convolution of a plane, strided, dilated, by groups": lambda width, units: Convolution.random(
        (width, 4, 2),
        4,
        2,
        stride=(1, 2),
        padding=1,
        dilation=(2, 1),
        groups=2,
        key=jax.random.key(0),
    ),
    "delayed convolution of a volume": lambda width, units: Delayed(
        Convolution.random((width, 2, 2, 1), 2, 2, key=jax.random.key(0)), 2
    ),
    "transposed convolution": lambda width, units: TransposedConvolution.random(
        (width, 2), 1, 3, stride=2, key=jax.random.key(0)
    ),
    "sum pooling": lambda width, units: SumPooling((width, 2, 1), 2),
    "average pooling": lambda width, units: AveragePooling((width, 3, 2), 3, padding=1),
    "maximum pooling": lambda width, units: MaximumPooling((width, 2), 2, stride=1),
    "gated pooling": lambda width, units: GatedPooling((width, 2), 2, stride=1),
    "gated pooling, fading, least": lambda width, units: GatedPooling(
        (width, 3, 2),
        (2, 3),
        stride=2,
        padding=1,
        estimate=ExponentialAverage(3.0),
        signs=(1, -1),
    ),
    "gated pooling, finite": lambda width, units: GatedPooling(
        (width, 2), 3, padding="same", stride=2, estimate=FiniteAverage(3)
    ),
    "pooling, dropout, flatten and weights in series": lambda width, units: Series(
        SumPooling((width, 2, 1), 2, stride=1),
        Delayed(Flatten((width - 1, 1, 1)), 1),
        Dropout(Dense.random(width - 1, 2, key=jax.random.key(0)), 0.3),
    ),
    "block": lambda width, units: Block.random(width, units, width, key=jax.random.key(0)),
    "layer normalisation": lambda width, units: Series(
        dense(width, units), LayerNormalisation((units,))
    ),
    "threshold normalisation": lambda width, units: Series(
        dense(width, units),
        ThresholdNormalisation((units,), threshold=0.5).measured(
            jax.random.normal(jax.random.key(1), (20, units))
        ),
    ),
    "transpose": lambda width, units: Transpose((width, 2, 3), (2, 0, 1)),
    "silent": Silent,
    "largest of the layer": lambda width, units: LayerMaximum(width),
    "largest of the batch": lambda width, units: BatchMaximum(width),
    "level tuning": lambda width, units: LevelTuning(np.linspace(0.0, 1.0, width)),
    "embedding": lambda width, units: Embedding.random(width, units, key=jax.random.key(0)),
    "sparse, one constant weight": lambda width, units: Sparse(
        [0, 0, 1, width - 1], [0, 1, 0, units - 1], in_size=width, out_size=units, weight=0.5
    ),
    "sparse, learned": lambda width, units: Sparse(
        [0, 0, 1, width - 1], [0, 1, 0, units - 1], in_size=width, out_size=units, weight=ramp(4)
    ),
    "crossbar": lambda width, units: program(
        dense(width, units), devices.pcm(), key=jax.random.key(1)
    ),
    "trinary": lambda width, units: Trinary(dense(width, units)),
    "detached": lambda width, units: Detached(dense(width, units)),
    "feedback aligned": lambda width, units: FeedbackAligned(
        dense(width, units), dense(width, units, 1)
    ),
    "kolen-pollack": lambda width, units: KolenPollack(dense(width, units), dense(width, units, 1)),
    "grapes": lambda width, units: Grapes(dense(width, units)),
    "local grapes": lambda width, units: LocalGrapes(dense(width, units)),
    "sender grapes": lambda width, units: SenderGrapes(dense(width, units)),
}

# What some of them are by definition, where a sweep expects something else of a synapse.

# No current, whatever arrives.
NO_CURRENT = ["silent"]

# The current of one example hangs on the others, and, of many steps at once, on later ones.
MIXES_EXAMPLES = ["largest of the batch"]

# The activity is one number per step: that of the unit which sends.
NUMBERS_OF_UNITS = ["embedding"]

# What is handed on as the derivative is not that of the current.
OWN_DERIVATIVE = [
    "trinary",
    "detached",
    "feedback aligned",
    "kolen-pollack",
    "grapes",
    "local grapes",
    "sender grapes",
]
