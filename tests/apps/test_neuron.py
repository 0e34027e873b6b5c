"""Showing a neuron: every one of the catalogue, and the numbers behind the pictures."""

import json

import numpy as np
import pytest

from ranvier.apps.neuron import _run, run, write_report
from ranvier.apps.neuron._measure import clock_of, plane, rates, trace
from ranvier.apps.neuron._presets import PRESETS
from ranvier.apps.neuron._views import _VIEWS, view_of
from ranvier.neurons import catalogue, izhikevich_behaviours

CLOSED = [name for name, view in _VIEWS.items() if view.closed_form is not None]
PLANES = [name for name, view in _VIEWS.items() if view.plane is not None]


def unit_of(name, **settings):
    return catalogue[name](1, **{**view_of(name).settings, **settings})


@pytest.fixture
def no_report(monkeypatch):
    """Figures take seconds, and these tests look at numbers."""
    monkeypatch.setattr(_run, "write_report", lambda folder: folder)


# Every neuron


@pytest.mark.parametrize("name", list(catalogue))
def test_every_neuron_can_be_shown(name):
    """A few steps; that they are the right ones is for the neuron's own tests."""
    unit, view = unit_of(name), view_of(name)
    few = view._replace(duration=8 * clock_of(unit).step)
    found = trace(unit, few)
    states = {k[6:]: v for k, v in found.items() if k.startswith("state/")}
    assert all(np.isfinite(values).all() for values in found.values())
    assert {len(values) for values in found.values()} == {8}
    assert view.membrane is None or view.membrane in states
    assert set(view.others) <= set(states) and set(view.inputs) <= set(unit.input_ports)
    for level in (view.threshold, view.peak):
        if level is not None:
            assert np.broadcast_to(np.asarray(level(unit, states), float), (8,)).shape == (8,)


def test_every_view_is_that_of_a_neuron():
    assert set(_VIEWS) <= set(catalogue)


def test_a_neuron_without_a_view_gets_a_step(monkeypatch):
    monkeypatch.delitem(_VIEWS, "lstm")
    assert list(view_of("lstm").inputs) == ["input"]


# The numbers


@pytest.mark.parametrize("name", CLOSED)
def test_measured_rates_lie_on_the_closed_form(name):
    """The interval is at most two steps longer; Euler's upstrokes add up to 3 %."""
    unit, view = unit_of(name), view_of(name)
    step = clock_of(unit).step
    low, span = view.levels[0], np.ptp(view.levels)
    # Levels that no whole number of steps makes ambiguous, and that fire within the window.
    levels = low + span * np.linspace(0.103, 0.953, 6)
    found, _ = rates(unit, view, levels)
    expected = view.closed_form(unit, levels)
    assert ((found > 0) == (expected > 0)).all() and (found > 0).sum() >= 2
    fires = found > 0
    interval, theory = 1 / found[fires], 1 / expected[fires]
    assert (interval >= 0.97 * theory - 1e-6).all()
    assert (interval <= 1.03 * theory + 2 * step).all()


def test_slopes_of_the_plane_are_those_of_the_equation():
    name, view = "izhikevich", view_of("izhikevich")
    field = plane(name, {}, view, view.plane, {})
    v, u = np.meshgrid(field["across"], field["up"])
    np.testing.assert_allclose(
        field["slope/across"], 0.04 * v**2 + 5 * v + 140 - u + 10, rtol=1e-9, atol=1e-8
    )
    # The recovery takes the new potential, which the short step leaves near the old one.
    np.testing.assert_allclose(field["slope/up"], 0.02 * (0.2 * v - u), atol=2e-4)


def test_the_gate_stands_still_where_it_is_in_equilibrium():
    name, view = "morris-lecar", view_of("morris-lecar")
    field = plane(name, {}, view, view.plane, {})
    v = field["across"]
    falls = field["slope/up"] < 0
    nullcline = field["up"][np.argmax(falls, axis=0)]
    inside = (v > -20) & (v < 20)
    middle = (1 + np.tanh((v + 1.0) / 14.5)) / 2
    assert np.abs(nullcline - middle)[inside].max() < 2 / 240


@pytest.mark.parametrize("name", PLANES)
def test_limits_of_a_plane_hold_the_start_of_its_path(name):
    unit, view = unit_of(name), view_of(name)
    start = unit.init()
    path = {f"state/{v}": np.array([-1.0, 1.0]) for v in view.plane.names}
    field = plane(name, view.settings, view, view.plane, path)
    for values, variable in zip((field["across"], field["up"]), view.plane.names, strict=True):
        assert values[0] <= float(getattr(start, variable)[0]) <= values[-1]
    assert np.isfinite(field["slope/up"]).mean() > 0.5


def test_published_behaviours_have_their_spikes():
    """Counts and first spikes in ms, panel by panel, of the published script."""
    expected = {
        **{"A": (5, 13.0), "B": (1, 43.75), "C": (28, 25.0), "D": (6, 39.0), "E": (6, 20.0)},
        **{"F": (6, 10.25), "G": (10, 84.5), "H": (14, 105.75), "I": (1, 26.6), "J": (1, 26.5)},
        **{"K": (1, 338.0), "L": (1, 20.0), "M": (1, 68.0), "N": (7, 68.0), "O": (1, 93.25)},
        **{"P": (5, 45.25), "Q": (1, 11.3), "R": (1, 311.5), "S": (3, 94.5), "T": (12, 86.5)},
    }
    found = {}
    for name, parts in PRESETS["izhikevich"]().items():
        at = np.flatnonzero(parts["fired"])
        found[izhikevich_behaviours[name].panel] = (at.size, round(parts["times"][at[0]], 6))
    assert found == expected


def test_published_patterns_of_the_adex_have_their_spikes():
    counts = [int(parts["fired"].sum()) for parts in PRESETS["adex"]().values()]
    assert counts == [60, 12, 12, 11, 45, 32, 1, 33]


# A run


def test_a_run_leaves_its_numbers_and_its_report(tmp_path):
    result = run(tmp_path, "lif")
    assert result == json.loads((tmp_path / "result.json").read_text())
    assert (result["class"], result["rate_unit"], result["spikes"]) == ("LIF", "Hz", 3)
    # tau ln(RI / (RI - 1)) after the step at 15 ms.
    assert result["first_spike"] == pytest.approx(15 + 20 * np.log(1.3 / 0.3), abs=0.1)
    assert result["least_input_that_fires"] == pytest.approx(1.1)
    assert result["largest_deviation"] < 0.02 * result["largest_rate"]
    assert "Neuronal Dynamics" in result["source"]
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {"trace.png", "rates.png"}
    page = (tmp_path / "report.html").read_text()
    assert "calculated from the equation; largest distance" in page and "Dashed: the thresh" in page
    (tmp_path / "report.html").unlink()
    assert write_report(tmp_path).exists()
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(tmp_path, "lif")


def test_what_is_asked_for_is_run(tmp_path, no_report):
    few = {"settings": {"time_step_ms": 0.5, "tau_membrane_ms": 10.0}}
    silent = run(tmp_path / "silent", "lif", level=0.9, duration=40.0, **few)
    assert silent["spikes"] == 0 and silent["first_spike"] is None
    assert silent["level"] == 0.9 and silent["time_step"] == 0.5
    assert silent["settings"]["parameters"] == few["settings"]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("liff", {}, "no neuron is called 'liff'. Did you mean 'lif'"),
        ("lif", {"settings": {"treshold": 1}}, "lif has no parameter 'treshold'. Did you mean"),
        ("lif", {"settings": {"tau_membrane_ms": -1.0}}, "tau_membrane_ms"),
        ("lif", {"settings": {"tau_membrane_ms": "long"}}, "lif cannot be made with"),
        ("a-ssnu", {"settings": {"rhho": 0.5}}, "a-ssnu cannot be made with .*'rhho'"),
        ("lif", {"duration": 0.0}, "duration is 0.0, expected more than 0"),
    ],
)
def test_what_cannot_be_shown_is_refused(name, options, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        run(tmp_path / "run", name, **options)
    assert not (tmp_path / "run").exists()


def test_a_report_of_nothing(tmp_path):
    with pytest.raises(FileNotFoundError, match="the run is not finished"):
        write_report(tmp_path)
