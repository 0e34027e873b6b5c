"""The thermal neuristor against the rates of its published model."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.neurons import VO2Device, VO2Neuron


def states(unit, supply, steps):
    def body(state, _):
        state = unit.step(state, supply)
        return state, state

    return jax.jit(lambda: jax.lax.scan(body, unit.init(), None, length=steps)[1])()


SUPPLY = np.arange(8.0, 19.0)
RATES = dict(zip(range(11, 16), (275, 325, 375, 400, 475), strict=True))


@pytest.mark.parametrize(("time_step_ns", "substeps"), [(10.0, 1), (500.0, 50)])
def test_rates_in_a_window_of_40_us(time_step_ns, substeps):
    """The published figures are counts in 40 us, so right to 25 kHz."""
    unit = VO2Neuron(len(SUPPLY), time_step_ns=time_step_ns, substeps=substeps)
    y = states(unit, jnp.asarray(SUPPLY), round(60e3 / time_step_ns)).y
    rates_kHz = y[round(20e3 / time_step_ns) :].sum(axis=0) / 0.040
    for supply, rate in zip(SUPPLY, rates_kHz, strict=True):
        assert abs(rate - RATES.get(int(supply), 0)) <= (25.1 if supply in RATES else 0)


def test_where_it_does_not_spike_it_comes_to_rest():
    unit = VO2Neuron(2)
    found = states(unit, jnp.array([8.0, 17.0]), 6000)
    v, rise, device = found.v[-1], found.rise[-1], unit.device
    resistance = device.resistance(rise, found.direction[-1], found.turned[-1], found.proximity[-1])
    np.testing.assert_allclose((jnp.array([8.0, 17.0]) - v) / 12e3, v / resistance, rtol=1e-3)
    np.testing.assert_allclose(v**2 / resistance, 2.0558726e-4 * rise, rtol=1e-3)
    assert resistance[0] > 3e4 and resistance[1] < 5e3


def loop(device, temperatures):
    """Resistance along a path of temperatures, with the memory of its turning points."""
    direction, turned, proximity, found, before = 1.0, 0.0, 0.0, [], temperatures[0]
    for rise in temperatures:
        now = np.sign(rise - before) or direction
        if now != direction:
            at = device.phase(before, direction, turned, proximity)
            proximity = float(device.middle(now) - at / device.steepness_per_K - before)
            direction, turned = now, before
        found.append(float(device.resistance(rise, direction, turned, proximity)))
        before = rise
    return np.array(found)


def test_the_hysteresis_is_as_wide_as_stated():
    """On the outer loop the phase is half way at T_c + w/2 heating and T_c - w/2 cooling."""
    device = VO2Device()
    for direction, middle in ((1.0, 332.806 + 7.19357 / 2), (-1.0, 332.806 - 7.19357 / 2)):
        assert float(device.middle(direction)) == pytest.approx(middle - 325.0, abs=1e-5)
        assert float(device.phase(middle - 325.0, direction, 0.0, 0.0)) == pytest.approx(
            0, abs=1e-5
        )


def test_the_resistance_is_continuous_where_the_temperature_turns():
    up, down = np.linspace(0, 11, 200), np.linspace(11, 5, 200)
    found = loop(VO2Device(), np.concatenate([up, down, np.linspace(5, 13, 200)]))
    assert abs(np.diff(np.log(found))).max() < 0.06
    # Cooling, it conducts better than it did at the same temperature on the way up.
    heating = np.interp(8.0, up, found[:200])
    cooling = np.interp(-8.0, -down, found[200:400])
    assert cooling < 0.8 * heating


def test_constants_are_those_of_the_two_phases():
    device = VO2Device()
    insulating = device.resistance(-25.0, 1.0, 0.0, 0.0)
    assert float(insulating) == pytest.approx(5.3588e-3 * np.exp(5220.47 / 300) + 1286.3, rel=1e-4)
    assert float(device.resistance(60.0, 1.0, 0.0, 0.0)) == pytest.approx(1286.3, rel=1e-4)


def test_derivatives_are_finite_through_spikes():
    unit = VO2Neuron(1, time_step_ns=100.0, substeps=10)

    def total(supply):
        found = states_of(supply)
        return found.y.sum() + found.v.sum()

    def states_of(supply):
        def body(state, _):
            state = unit.step(state, supply)
            return state, state

        return jax.lax.scan(body, unit.init(), None, length=60)[1]

    assert states_of(jnp.array([13.0])).y.sum() >= 1
    slope = jax.grad(total)(jnp.array([13.0]))
    assert jnp.isfinite(slope).all() and slope.any()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"capacitance_pF": 0}, "VO2Neuron: capacitance_pF is 0, expected more than 0"),
        ({"time_step_ns": 1000.0, "substeps": 2}, "overshoots beyond 168.9 ns. Take substeps=6"),
        ({"substeps": 0}, "substeps is 0, expected a whole number"),
        ({"substeps": 1.5}, "substeps is 1.5, expected a whole number"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        VO2Neuron(1, **settings)


def test_a_device_without_a_width():
    with pytest.raises(ValueError, match="VO2Device: hysteresis_width_K is 0, expected more"):
        VO2Device(hysteresis_width_K=0)
