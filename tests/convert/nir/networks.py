"""Networks that NIR can express exactly, each with a drive that makes it fire."""

import jax
import jax.numpy as jnp
import jax.random as jr

import ranvier as rv
from ranvier.nets import Chain, Graph, Layer, Residual
from ranvier.neurons import (
    IF,
    LIF,
    SNU,
    Driven,
    LeakyIntegrator,
    LeakyMembrane,
    LearnedDecay,
    Readout,
    ThresholdUnit,
)
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Convolution,
    Delayed,
    Dense,
    Exponential,
    Flatten,
    LowPass,
    OneToOne,
    Scale,
    Series,
    SumPooling,
    Transpose,
)

WIDTH, STEPS, EXAMPLES = 4, 150, 3
RESETS = [(r, t) for r in ("zero", "subtract") for t in ("at_spike", "next_carry", "next_update")]


def ramp(size: int) -> jax.Array:
    return jnp.linspace(0.6, 0.9, size)


NEURONS = {
    **{
        f"lif, {d}, {r}, {t}": (
            lambda n, d=d, r=r, t=t: LIF(
                n, tau_membrane_ms=7.0, discretisation=d, reset=r, reset_time=t
            )
        )
        for d in ("exact", "euler")
        for r, t in RESETS
    },
    **{
        f"if, {r}, {t}": (lambda n, r=r, t=t: IF(n, threshold=2.3, gain=0.7, reset=r, reset_time=t))
        for r, t in RESETS
    },
    "lif, all its own": lambda n: LIF(
        n,
        tau_membrane_ms=9.0 * ramp(n),
        threshold=0.8 * ramp(n),
        resistance=2.0 * ramp(n),
        resting_potential=0.2 * ramp(n),
        reset_potential=-0.3 * ramp(n),
        time_step_ms=0.5,
    ),
    "if, all its own": lambda n: IF(n, threshold=ramp(n), gain=ramp(n), reset_potential=-ramp(n)),
    "snu": lambda n: SNU(n, threshold=2.0, decay=0.8),
    "snu, learned decay": lambda n: SNU(n, threshold=2.0, decay=LearnedDecay(ramp(n))),
    "snu without a leak": lambda n: SNU(n, threshold=2.0, decay=1.0),
    "snu without a memory": lambda n: SNU(n, threshold=0.3, decay=0.0),
    "threshold unit": lambda n: ThresholdUnit(n, threshold=0.3 * ramp(n)),
    **{
        f"lif behind a low pass, {d}, {r}": (
            lambda n, d=d, r=r: Driven(
                LIF(n, tau_membrane_ms=7.0, discretisation=d, reset=r),
                {"dendrite": ("dendrite", LowPass(3.0, gain=2.0, discretisation=d))},
            )
        )
        for d in ("exact", "euler")
        for r in ("zero", "subtract")
    },
    "lif behind a low pass, learned": lambda n: Driven(
        LIF(n, tau_membrane_ms=7.0 * ramp(n)),
        {"dendrite": ("dendrite", LowPass(3.0 * ramp(n), gain=2.0 * ramp(n)))},
    ),
    "lif behind an exponential": lambda n: Driven(
        LIF(n, tau_membrane_ms=7.0), {"dendrite": ("dendrite", Exponential(4.0))}
    ),
}

GRADED = {
    "leaky membrane": lambda n: LeakyMembrane(n, tau_membrane_ms=7.0, resting_potential=0.2),
    "leaky membrane, euler, learned": lambda n: LeakyMembrane(
        n, tau_membrane_ms=7.0 * ramp(n), resistance=ramp(n), discretisation="euler"
    ),
    "leaky integrator": lambda n: LeakyIntegrator(n, decay=0.9),
    "leaky integrator, learned": lambda n: LeakyIntegrator(n, decay=ramp(n), gain=2.0),
    "integrator": lambda n: LeakyIntegrator(n, decay=1.0, gain=0.1),
    "leaky membrane behind a low pass": lambda n: Driven(
        LeakyMembrane(n, tau_membrane_ms=7.0), {"dendrite": ("dendrite", LowPass(3.0))}
    ),
    "readout": Readout,
}


def dense(key: int, out: int, width: int) -> Dense:
    return Dense(jr.normal(jr.key(key), (out, width)))


def one_layer(neuron) -> Chain:
    return Chain([Layer(neuron, {neuron.ports[0]: dense(0, WIDTH, WIDTH)}, name="only")])


def lif(shape) -> LIF:
    return LIF(shape, tau_membrane_ms=6.0, threshold=0.4)


def _convolutional() -> Chain:
    first = Convolution.random((9, 8, 2), 3, 3, padding=1, stride=(2, 1), key=jr.key(0))
    pooling = SumPooling(first.shape, 2)
    second = Convolution.random(pooling.shape, 4, 2, groups=1, key=jr.key(1))
    layers = [
        Layer(lif(first.shape), {"dendrite": first}, name="one"),
        Layer(
            lif(second.shape),
            {
                "dendrite": Series(
                    pooling, second, Bias(jnp.array([0.1, 0.0, -0.1, 0.2]), second.shape)
                )
            },
            name="two",
        ),
    ]
    return Chain([*layers, rv.layer(second.shape, lif(5), key=jr.key(2), name="three")])


def _in_one_dimension() -> Chain:
    kernel = Convolution.random((12, 4), 6, 3, dilation=2, groups=2, key=jr.key(3))
    unit = LIF(kernel.shape, tau_membrane_ms=6.0, threshold=0.4 * jnp.ones(kernel.shape))
    flat = Flatten((6, *kernel.shape[:1]))
    turned = Series(Transpose(kernel.shape, (1, 0)), flat)
    return Chain(
        [
            Layer(unit, {"dendrite": kernel}, name="one"),
            Layer(lif(flat.shape), {"dendrite": turned}, name="two"),
        ]
    )


def _pooled() -> Chain:
    pooling = AveragePooling((6, 6, 2), 3, stride=2, padding=1)
    scale = Scale(2.0 * jnp.arange(1.0, 3.0), pooling.shape)
    return Chain([Layer(lif(pooling.shape), {"dendrite": Series(pooling, scale)}, name="one")])


def _graph() -> Graph:
    return Graph(
        {
            "a": lif(WIDTH),
            "b": Driven(lif(WIDTH), {"dendrite": ("dendrite", LowPass(4.0, gain=3.0))}),
            "forth": dense(5, WIDTH, WIDTH),
            "back": Series(dense(6, WIDTH, WIDTH), Bias(0.1 * ramp(WIDTH))),
            "late": Delayed(OneToOne(WIDTH), jnp.arange(WIDTH)),
        },
        [
            ("input", "a"),
            ("a", "forth"),
            ("forth", "b"),
            ("b", "back"),
            ("back", "a"),
            ("input", "late"),
            ("late", "b"),
            ("b", "output"),
        ],
    )


NETWORKS = {
    "recurrent": lambda: Chain(
        [
            Layer(lif(5), {"dendrite": dense(0, 5, WIDTH)}, {"dendrite": dense(1, 5, 5)}),
            Layer(lif(2), {"dendrite": Series(dense(2, 2, 5), Bias(jnp.array([0.1, 0.2])))}),
        ]
    ),
    "recurrent, late": lambda: Chain(
        [
            Layer(
                lif(WIDTH),
                {"dendrite": Delayed(dense(0, WIDTH, WIDTH), 3)},
                {"dendrite": Delayed(dense(1, WIDTH, WIDTH), [0, 1, 2, 5])},
            )
        ]
    ),
    "two layers of one name": lambda: Chain(
        [Layer(lif(WIDTH), {"dendrite": dense(k, WIDTH, WIDTH)}) for k in range(2)]
    ),
    "residual": lambda: Chain([Residual(one_layer(lif(WIDTH)).layers[0]), one_layer(lif(WIDTH))]),
    "convolutional": _convolutional,
    "in one dimension, flattened channels first": _in_one_dimension,
    "pooled and scaled": _pooled,
    "graph": _graph,
    "one to one": lambda: Chain([Layer(lif(WIDTH), {"dendrite": OneToOne(WIDTH)})]),
}


def drive(cell) -> jax.Array:
    return 3.0 * jr.uniform(jr.key(7), (STEPS, EXAMPLES, *cell.in_shape))
