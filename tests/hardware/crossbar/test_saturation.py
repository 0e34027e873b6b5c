"""How often converters are driven beyond their range, worked out by hand."""

import jax
import jax.numpy as jnp
import pytest

import ranvier as rv
from ranvier.hardware import compensate, crossbar, devices, drift, program
from ranvier.nets import Layer
from ranvier.synapses import Convolution, Dense, Dropout, Flatten, Series

KEY = jax.random.key(0)
WEIGHT = jnp.array([[1.0, 1.0], [1.0, -1.0]])
XS = jnp.array([[1.0, 1.0], [0.5, 0.0], [2.0, 0.0]])
"""Products 2 and 0, 0.5 and 0.5, 2 and 2."""


def shares(synapse, xs=XS, units=2, *, device=None, tile_rows=None, **around):
    layer = Layer(rv.Readout(units), {"dendrite": synapse})
    on_array = program(
        layer,
        device or devices.ideal(),
        key=KEY,
        periphery=crossbar.Periphery(**around),
        tile_rows=tile_rows,
    )
    return [(one.inputs, one.outputs) for one in crossbar.saturation(on_array, xs)]


def test_inputs_and_outputs_beyond_the_range_are_counted():
    adc, dac = crossbar.Converter(8, bound=1.0), crossbar.Converter(8, bound=1.0)
    dense = Dense(WEIGHT)
    assert shares(dense) == [(0.0, 0.0)]
    assert shares(dense, adc=adc) == [(0.0, pytest.approx(3 / 6))]
    assert shares(dense, dac=dac) == [(pytest.approx(1 / 6), 0.0)]
    # An input that is cut off at 1 drives the outputs no further than that.
    assert shares(dense, adc=adc, dac=dac) == [(pytest.approx(1 / 6), pytest.approx(1 / 6))]
    # Scaled by the largest magnitude, no input is beyond 1; outputs are 2 and 0, 1 and 1, 1 and 1.
    scaled = {"input_scale": crossbar.absolute_maximum, "dac": dac}
    assert shares(dense, adc=adc, **scaled) == [(0.0, pytest.approx(1 / 6))]
    # A bound is within the range.
    assert shares(dense, adc=crossbar.Converter(8, bound=2.0)) == [(0.0, 0.0)]


def test_outputs_count_in_units_of_a_full_conductance():
    adc = crossbar.Converter(8, bound=1.0)
    assert shares(Dense(100 * WEIGHT), adc=adc) == shares(Dense(WEIGHT), adc=adc)


def test_every_tile_has_converters_of_its_own():
    adc = crossbar.Converter(8, bound=1.0)
    # Of one row each: products 1 and 1, 0.5 and 0.5, 2 and 2, and of the other row at most 1.
    assert shares(Dense(WEIGHT), adc=adc, tile_rows=1) == [(0.0, pytest.approx(2 / 12))]


def test_what_was_corrected_digitally_reached_the_converter_smaller():
    adc = crossbar.Converter(8, bound=1.5)
    layer = Layer(rv.Readout(2), {"dendrite": Dense(WEIGHT)})
    device = devices.Device(
        maximum_uS=25.0,
        retention=devices.PowerLawDrift(devices.Polynomial((0.1,)), devices.Polynomial((0.0,))),
        reference_seconds=20.0,
    )
    fresh = program(layer, device, key=KEY, periphery=crossbar.Periphery(adc=adc))
    later = drift(fresh, 1e6)
    found = [crossbar.saturation(one, XS)[0].outputs for one in (fresh, later, compensate(later))]
    assert found == [0.5, 0.0, 0.0]


def test_loops_hear_their_own_outputs():
    layer = rv.recurrent(rv.RNN(2))
    # So large that what the narrow converters let through drives every unit to its end.
    net = jax.tree.map(lambda w: 1e9 * w, rv.chain(2, layer, rv.Readout(1), key=KEY))
    around = crossbar.Periphery(dac=crossbar.Converter(8, bound=1e-6))
    found = crossbar.saturation(program(net, devices.ideal(), key=KEY, periphery=around), XS)
    # Two arrays of the first layer, in order, and that of the readout. At first the loop is silent,
    # and one input of the first layer is, too, in two steps.
    assert [one.inputs for one in found] == [pytest.approx(4 / 6), pytest.approx(4 / 6), 1.0]
    assert len({one.name for one in found}) == 3


def test_windows_of_a_convolution_are_what_its_rows_see():
    kernel = Convolution(jnp.ones((2, 1, 1)), (3,))
    xs = jnp.array([[[1.0], [1.0], [0.0]]])
    adc = crossbar.Converter(8, bound=1.5)
    # Windows 2 and 1.
    layer = Layer(rv.Readout((2, 1)), {"dendrite": kernel})
    around = crossbar.Periphery(adc=adc)
    on_array = program(layer, devices.ideal(), key=KEY, periphery=around)
    assert crossbar.saturation(on_array, xs)[0].outputs == 0.5


def test_arrays_within_synapses_are_found_where_activity_reaches_them_unchanged():
    adc = crossbar.Converter(8, bound=1.0)
    assert shares(Dropout(Dense(WEIGHT), 0.5), adc=adc) == shares(Dense(WEIGHT), adc=adc)
    first = Series(Dense(WEIGHT), Flatten((2,)))
    assert shares(first, adc=adc) == shares(Dense(WEIGHT), adc=adc)
    assert shares(Series(Flatten((2,)), Dense(WEIGHT)), adc=adc) == []


def test_only_layers_in_a_chain_can_be_asked():
    with pytest.raises(TypeError, match="expected layers in a chain, got a Dense"):
        crossbar.saturation(Dense(WEIGHT), XS)
