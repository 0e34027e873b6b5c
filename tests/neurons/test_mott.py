"""The niobium dioxide channel and its relaxation oscillator."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq

from ranvier.neurons import MottChannel, MottNeuron


def states(unit, supply, steps):
    def body(state, _):
        state = unit.step(state, supply)
        return state, state

    return jax.jit(lambda: jax.lax.scan(body, unit.init(), None, length=steps)[1])()


def test_period_and_swing_of_the_oscillator():
    """2.6 V, 8 kOhm, 0.1 nF at Euler steps of 0.01 ns: 0.7975 us between 1.268 and 1.862 V."""
    found = states(MottNeuron(1), jnp.array([2.6]), 5200)
    times_ns = np.flatnonzero(found.y[:, 0])
    assert len(times_ns) == 6
    assert (times_ns[-1] - times_ns[1]) / 4 == pytest.approx(797.5, abs=0.25)
    v = found.v[1000:, 0]
    assert float(v.min()) == pytest.approx(1.268, abs=1e-3)
    assert float(v.max()) == pytest.approx(1.862, abs=1e-3)


def test_below_its_threshold_it_rests():
    found = states(MottNeuron(1, substeps=34), jnp.array([2.0]), 10_000)
    assert not found.y.any()
    v, u, channel = float(found.v[-1, 0]), found.u[-1, 0], MottChannel()
    resistance = float(channel.resistance_Ohm(u))
    assert v == pytest.approx(2.0 * resistance / (resistance + 8e3), rel=1e-4)
    assert abs(float(channel.growth_per_ns(u, v))) < 1e-5


def test_the_static_curve_of_the_channel():
    """Where heat and loss balance: threshold 1.855 V at 33 uA, hold 1.271 V at 213 uA."""
    channel = MottChannel()

    def balance(u):
        loss = 2 * np.pi * 20e-9 * 1.5 * 784.0 / np.log(1 / u)
        return np.sqrt(loss * float(channel.resistance_Ohm(u)))

    cores = np.linspace(1e-3, 0.98, 2000)
    volts = np.array([balance(u) for u in cores])
    up = int(volts[cores < 0.3].argmax())
    down = up + int(volts[up:].argmin())
    amperes = volts / np.array([float(channel.resistance_Ohm(u)) for u in cores])
    assert volts[up] == pytest.approx(1.855, abs=1e-3)
    assert 1e6 * amperes[up] == pytest.approx(33, abs=1)
    assert volts[down] == pytest.approx(1.271, abs=1e-3)
    assert 1e6 * amperes[down] == pytest.approx(213, abs=2)


def test_growth_vanishes_on_the_static_curve():
    channel = MottChannel()
    for u in (0.01, 0.2, 0.7):
        loss = 2 * np.pi * 20e-9 * 1.5 * 784.0 / np.log(1 / u)
        balanced = np.sqrt(loss * float(channel.resistance_Ohm(u)))
        found = brentq(lambda v, u=u: float(channel.growth_per_ns(jnp.array(u), v)), 0.1, 5.0)
        assert found == pytest.approx(balanced, rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"load_Ohm": -1}, "MottNeuron: load_Ohm is -1, expected more than 0"),
        ({"substeps": 10}, "an Euler step of 0.1 ns .* overshoots beyond 0.03043 ns. Take sub"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        MottNeuron(1, **settings)


def test_a_channel_that_conducts_no_better():
    with pytest.raises(ValueError, match="MottChannel: metal_Ohm_m is 1, expected less than"):
        MottChannel(metal_Ohm_m=1)
