"""What reports say of arrays: warnings, clipped weights, saturated converters."""

from typing import Any

import jax
import jax.numpy as jnp
import pytest

from ranvier.apps._held import add_held, held_told, source_told, warn_unchecked
from ranvier.hardware import crossbar, devices, program
from ranvier.nets import Layer
from ranvier.neurons import Readout
from ranvier.report import Page
from ranvier.synapses import Dense

WEIGHT = jnp.array([[1.0, 1.0], [1.0, -1.0]])
XS = jnp.array([[1.0, 1.0], [0.5, 0.0], [2.0, 0.0]])


def told(xs: Any = XS, **around: Any) -> dict[str, Any]:
    layer = Layer(Readout(2), {"dendrite": Dense(WEIGHT)})
    periphery = crossbar.Periphery(**around)
    on_array = program(layer, devices.ideal(), key=jax.random.key(0), periphery=periphery)
    return held_told(on_array, xs)[0]


def test_shares_are_given_where_there_is_a_converter():
    exact = told(None)
    assert exact["saturated_inputs"] is None and exact["saturated_outputs"] is None
    behind = told(adc=crossbar.Converter(8, bound=1.0))
    assert behind["saturated_inputs"] is None and behind["saturated_outputs"] == 0.5
    before = told(dac=crossbar.Converter(8, bound=1.0))
    assert before["saturated_inputs"] == pytest.approx(1 / 6)
    assert before["saturated_outputs"] is None
    assert before["devices"] == 8 and before["checked"]


def test_converters_want_an_input():
    with pytest.raises(ValueError, match="arrays behind converters and no input"):
        told(None, adc=crossbar.Converter(8, bound=1.0))


def test_every_unchecked_source_is_warned_about_once():
    page = Page("A page")
    checked, hearsay = devices.pcm().source, devices.magnetic().source
    warn_unchecked(page, [source_told(one) for one in (hearsay, checked, hearsay)])
    html = page.html()
    assert html.count("Warning: ") == 1
    assert hearsay.text in html and checked.text not in html


def test_a_report_tells_what_is_clipped_and_what_saturates():
    page, clipped = Page("A page"), {**told(None), "clipped": 0.0123}
    add_held(page, {"a network": [clipped]}, others=[source_told(devices.UNSOURCED)])
    html = page.html()
    assert "at most 1.2 % lie outside" in html and "none can saturate" in html
    assert "clipped (%)" in html and "saturated (%)" not in html
    assert f"Warning: the constants of a device were not checked ({devices.UNSOURCED.text})" in html
    page = Page("A page")
    behind = told(adc=crossbar.Converter(8, bound=1.0))
    add_held(page, {"exact": [clipped], "behind converters": [behind]})
    html = page.html()
    assert "Of what converters see, at most 50 % lies outside their range" in html
    assert "outputs saturated (%)" in html and "inputs saturated (%)" not in html
    assert "Warning" not in html


def test_an_audit_without_shares_is_told_too():
    page = Page("A page")
    on_array = program(Dense(WEIGHT), devices.ideal(), key=jax.random.key(0))
    add_held(page, {"a synapse": [row._asdict() for row in crossbar.audit(on_array)]})
    assert "none can saturate" in page.html()
