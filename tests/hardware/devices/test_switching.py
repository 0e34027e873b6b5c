"""Devices of two states against the laws of chance that they state."""

import math

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.hardware import crossbar, devices, drift, program
from ranvier.hardware.devices import StochasticSwitch, ThermalSwitching, TwoStates
from ranvier.synapses import Dense

COUNT = 200_000
# Five standard errors: a correct device fails one such test in two million.
SURE = 5.0


def near(found, chance, count=COUNT):
    return abs(found - chance) < SURE * math.sqrt(chance * (1 - chance) / count)


def test_the_barrier_halves_the_chance_of_short_pulses():
    args = {"overdrive": 0.5, "stability": 20.0}
    short = devices.switching_probability(1e-3, **args)
    assert short == pytest.approx(1e-3 * math.exp(-10.0), rel=1e-6)
    assert devices.switching_probability(1e-3, attempt_ns=2.0, **args) == pytest.approx(short / 2)
    assert devices.switching_probability(1e9, **args) == 1.0


@pytest.mark.parametrize(("direction", "chance"), [(1, 0.3), (-1, 0.05)])
def test_after_some_pulses_the_geometric_share_has_switched(direction, chance):
    device = devices.PulsedDevice(StochasticSwitch(0.3, 0.05), step=1.0)
    held = device.start(jnp.full(COUNT, -float(direction)), key=jr.key(0))
    after = np.asarray(device.pulse(held, 3 * direction, key=jr.key(1)).weight)
    assert set(after.tolist()) == {-1.0, 1.0}
    assert near((after == direction).mean(), 1 - (1 - chance) ** 3)


def test_without_a_key_a_pulse_goes_the_mean_part_of_the_way():
    device = devices.PulsedDevice(StochasticSwitch(0.25, 0.5), step=1.0)
    held = device.start(jnp.array([-1.0, 1.0]), key=jr.key(0))
    assert device.pulse(held, jnp.array([1, -2]), key=None).weight.tolist() == [-0.5, -0.5]


def test_writing_fails_as_often_as_stated_and_only_upwards():
    write = TwoStates(80.0, failure=0.02)
    high = np.asarray(write(jnp.full(COUNT, 200.0), 200.0, key=jr.key(0)))
    low = np.asarray(write(jnp.full(COUNT, 80.0), 200.0, key=jr.key(1)))
    assert near((high == 80.0).mean(), 0.02)
    assert (low == 80.0).all()


def test_heat_leaves_half_of_the_devices_wrong_and_keeps_their_ratio():
    rule = ThermalSwitching(30.0, ratio=2.5)
    device = devices.Device(
        maximum_uS=200.0, minimum_uS=80.0, programming=TwoStates(80.0), retention=rule
    )
    lasting = 1e-9 * math.exp(30.0)
    held = device.program(jnp.full(COUNT, 200.0), key=jr.key(0))
    for seconds in (0.1 * lasting, lasting):
        share = (1 - math.exp(-2 * seconds / lasting)) / 2
        found = np.asarray(device.conductance(held, seconds))
        assert set(np.unique(found).tolist()) == {80.0, 200.0}
        assert near((found == 80.0).mean(), share)
    assert near((np.asarray(device.conductance(held, 1e9)) == 80.0).mean(), 0.5)


def test_binary_weights_on_tunnel_junctions_keep_their_signs_for_ten_years():
    signs = jnp.where(jr.bernoulli(jr.key(0), 0.5, (64, 200)), 1.0, -1.0)
    array = program(Dense(signs), devices.magnetic(), key=jr.key(1), cell=crossbar.BinaryPair())
    later = drift(array, 10 * 365.25 * 86_400.0, key=jr.key(2))
    assert (jnp.sign(later.synapse.weight) == signs).mean() > 0.999


def test_a_worn_device_stays_where_it_is_and_the_pulses_are_counted():
    device = devices.PulsedDevice(
        devices.ConstantStep(), step=1 / 64, endurance=devices.Endurance(10.0, shape=50.0)
    )
    held = device.start(jnp.zeros(1000), key=jr.key(0))
    borne = np.asarray(held.traits.endurance)
    assert 7 <= borne.min() < borne.max() <= 11
    held = device.pulse(held, 6, key=None)
    held = device.pulse(held, 30, key=None)
    np.testing.assert_array_equal(held.weight, borne / 64)
    np.testing.assert_array_equal(held.pulses, borne)
    again = device.reset(device.pulse(held, -5, key=None), True, key=None)
    np.testing.assert_array_equal(again.weight, held.weight)


def test_lifetimes_have_the_weibull_distribution():
    borne = np.asarray(devices.Endurance(1e5, shape=2.0)((COUNT,), key=jr.key(0)))
    for pulses in (3e4, 1e5, 1.5e5):
        assert near((borne < pulses).mean(), -math.expm1(-((pulses / 1e5) ** 2)))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: StochasticSwitch(1.5, 0.1), "up is 1.5, expected 0 to 1"),
        (lambda: TwoStates(80.0, failure=-0.1), "failure is -0.1"),
        (lambda: ThermalSwitching(40.0, ratio=1.0), "ratio is 1.0, expected more than 1"),
        (lambda: devices.tunnel_junction(1.2), "overdrive is 1.2, expected 0 to 1"),
        (lambda: devices.Endurance(0.0), "pulses is 0.0, expected more than 0"),
    ],
)
def test_numbers_without_meaning_are_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()
