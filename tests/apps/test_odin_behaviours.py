"""Behaviours of ODIN's neuron: those of the hardware, and what each is known for."""

import dataclasses

import numpy as np
import pytest

from ranvier.apps._recording import read_run
from ranvier.apps.odin_behaviours import run, write_report
from ranvier.apps.odin_behaviours._behaviours import BEHAVIOURS
from ranvier.apps.odin_behaviours._chip import membrane, watch
from ranvier.hardware.chips import odin, registers
from tests.hardware.chips.odin import golden


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odin-behaviours") / "run"
    run(folder)
    return folder


@pytest.fixture(scope="module")
def spikes(folder):
    result, arrays = read_run(folder)
    return {
        row["name"]: arrays[f"{number}/spikes"] for number, row in enumerate(result["behaviours"])
    }


def stimulus(events):
    """Steps by interval from events of the traces: two of weight 4 are a step."""
    steps, signed = [], 0
    for weight, inhibitory, reference, _ in events.astype(int):
        signed += 0 if reference else weight * (1 - 2 * inhibitory)
        if reference:
            assert signed % 8 == 0
            steps.append(signed // 8)
            signed = 0
    return steps


@golden.needed
@pytest.mark.parametrize(("case", "name"), list(enumerate(BEHAVIOURS)))
def test_a_neuron_does_what_the_hardware_does(case, name):
    trace = golden.read("izh_behaviours")
    assert str(trace["names"][case])[2:] == name
    neuron = BEHAVIOURS[name].neuron
    parameters = {
        str(n): int(v) for n, v in zip(trace["param_names"], trace["params"][case], strict=True)
    }
    assert {"lif_izh_sel": 0, **dataclasses.asdict(neuron)} == parameters
    count = int(trace["n_events"][case])
    seen = watch(neuron, stimulus(trace["events"][case, :count]))
    assert len(seen.states) == count
    bursts, spikes = neuron.spk_ref > 0, 0
    for t, held in enumerate(seen.states):
        expected = dict(zip(registers(odin.IzhikevichState), trace["states"][case, t], strict=True))
        locked = t > 0 and seen.states[t - 1].burst_lock
        if locked and (not held.burst_lock or trace["events"][case, t, 3]):
            # On the chip a burst ends with its last spike, in the trace where it is told to.
            assert bursts and spikes == 1
            break
        for register, about in registers(odin.IzhikevichState).items():
            got = getattr(held, register) & ((1 << about.bits) - 1)
            assert got == expected[register], f"event {t}: {register} is {got}"
        spikes += int(trace["event_out"][case, t]) >> 6
    else:
        assert not bursts and spikes == len(seen.spikes)


def test_spikes_are_those_of_the_behaviour(spikes):
    for name in ("phasic spiking", "resonator", "integrator", "rebound spike", "accommodation"):
        assert len(spikes[name]) == 1, name
    apart = {name: np.diff(times) for name, times in spikes.items()}
    assert len(apart["tonic spiking"]) == 6 and np.ptp(apart["tonic spiking"]) < 0.5
    assert (np.diff(apart["spike frequency adaptation"][:4]) > 0).all()
    # Class 1 starts slowly and speeds up; class 2 starts late, at once fast.
    assert apart["class 1 excitability"][0] > 2.5 * apart["class 1 excitability"][-1]
    assert apart["class 2 excitability"][0] < 2 * apart["class 2 excitability"][-1]
    assert apart["bistability"] == pytest.approx([2.0] * 6)
    # Only the pair of inputs that lie three intervals apart: from 2 + 10 on.
    assert 12 < spikes["resonator"][0] < 16
    # Inhibition lasts from 3 to 15.
    assert spikes["inhibition-induced spiking"][0] > 3 and spikes["rebound spike"][0] > 4


def test_bursts_come_in_time(spikes):
    # Steps of a quarter of an interval, two between spikes.
    for name, length in {"phasic bursting": 4, "rebound burst": 4, "mixed mode": 4}.items():
        np.testing.assert_allclose(np.diff(spikes[name][1:length]), 0.5, atol=1e-3, err_msg=name)
    for name in ("tonic bursting", "inhibition-induced bursting"):
        bursts = spikes[name].reshape(-1, 3)
        assert len(bursts) == 4 and (np.ptp(bursts, axis=1) < 1.01).all()
        assert (bursts[1:, 0] - bursts[:-1, -1] > 1).all()
    assert len(spikes["mixed mode"]) > 6


def test_a_resonating_membrane_swings_both_ways_and_dies_away():
    neuron = BEHAVIOURS["subthreshold oscillations"].neuron
    behaviour = BEHAVIOURS["subthreshold oscillations"]
    seen = watch(neuron, behaviour.steps)
    after = membrane(neuron, seen.states)[seen.times >= 3]
    assert after[:8].tolist() == [0, 2, 0, -1, 0, 1, 0, 0] and not after[8:].any()


def test_the_report_draws_all_and_lists_the_registers(folder):
    (folder / "report.html").unlink()
    page = write_report(folder).read_text()
    assert "thr=4, rfr=1, stim_thr=1, phasic_en=1" in page and "settings" in page
    assert (folder / "figures" / "behaviours.png").stat().st_size > 20_000
    with pytest.raises(FileExistsError, match="already holds a run"):
        run(folder)
