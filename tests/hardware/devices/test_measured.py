"""A device from a table of measurements: what was put in comes out, and what is wrong is named."""

import csv

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.hardware import devices
from ranvier.hardware.devices import Source, fitted, read_measurements

OWN = Source("made up for this test", checked=False)
TARGETS, COUNT = (2.0, 10.0, 25.0), 2000
TIMES = (20.0, 200.0, 2000.0, 20_000.0)


def _table(path, device, reads=1):
    """Readings of devices as a laboratory would write them down."""
    target = jnp.repeat(jnp.asarray(TARGETS), COUNT)
    held = device.program(target, key=jax.random.key(0))
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["device", "seconds", "conductance_uS", "target_uS", "operator"])
        for number, seconds in enumerate(TIMES):
            for again in range(reads):
                key = jax.random.key(100 * number + again + 1)
                since = seconds - device.reference_seconds
                read = np.asarray(device.read(held, since, key=key))
                rows.writerows(
                    [i, seconds, f"{g:.6f}", f"{t:g}", "me"]
                    for i, (g, t) in enumerate(zip(read, np.asarray(target), strict=True))
                )
    return held


def test_what_was_put_in_comes_out(tmp_path):
    """Spreads of 2000: relative standard error 0.016; means: a 2000th of the variance; five."""
    true = devices.Device(
        maximum_uS=25.0,
        programming=devices.GaussianError(
            devices.Polynomial((0.3, 0.5)), devices.Polynomial((0.2, -0.4))
        ),
        retention=devices.PowerLawDrift(
            devices.Polynomial((0.09, -0.05)), devices.Polynomial((0.01,))
        ),
        reading=devices.RelativeNoise(0.01),
        reference_seconds=20.0,
    )
    _table(tmp_path / "readings.csv", true, reads=3)
    found = fitted(read_measurements(tmp_path / "readings.csv"), source=OWN)
    assert found.maximum_uS == 25.0 and found.reference_seconds == 20.0
    assert found.reading.fraction == pytest.approx(0.01, rel=0.03)
    for target in TARGETS:
        r = target / 25.0
        spread = float(true.programming.spread_uS(r))
        assert float(found.programming.spread_uS(r)) == pytest.approx(spread, rel=0.09)
        shift = float(true.programming.shift_uS(r))
        assert float(found.programming.shift_uS(r)) == pytest.approx(
            shift, abs=5 * spread / np.sqrt(COUNT) + 0.01
        )
        mean = float(true.retention.mean(r))
        assert float(found.retention.mean(r)) == pytest.approx(mean, abs=5 * 0.011 / COUNT**0.5)
        # Noise of readings adds to the spread of slopes.
        assert float(found.retention.spread(r)) == pytest.approx(0.0101, rel=0.1)


def test_devices_that_do_not_drift_stay(tmp_path):
    _table(tmp_path / "readings.csv", devices.Device(maximum_uS=25.0, reference_seconds=20.0))
    found = fitted(read_measurements(tmp_path / "readings.csv"), source=OWN, maximum_uS=30.0)
    assert found.maximum_uS == 30.0 and isinstance(found.reading, devices.Noiseless)
    held = found.program(jnp.full(5, 10.0), key=jax.random.key(1))
    np.testing.assert_allclose(found.read(held, 1e6), 10.0, rtol=1e-3)


def test_a_single_time_says_nothing_of_drift(tmp_path):
    lines = ["device,target_uS,seconds,conductance_uS"]
    lines += [f"{i},5,1,{5 + 0.01 * i}" for i in range(12)]
    (tmp_path / "once.csv").write_text("\n".join(lines))
    found = fitted(read_measurements(tmp_path / "once.csv"), source=OWN)
    assert isinstance(found.retention, devices.Permanent)


HEADER = "device,target_uS,seconds,conductance_uS\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The file is empty"),
        ("device,target,seconds,conductance_uS\n", "no column 'target_uS'.*Did you mean 'target'"),
        (HEADER, "no reading below"),
        (HEADER + "a,5,1,nan\n", "line 2: conductance_uS is 'nan'"),
        (HEADER + "a,5,1,5\nb,5,one,5\n", "line 3: seconds is 'one'"),
        (HEADER + "a,5,1\n", "line 2: conductance_uS is None"),
        (HEADER + "a,5,0,5\n", "expected more than 0"),
    ],
)
def test_what_is_wrong_with_a_table_is_named(tmp_path, text, words):
    path = tmp_path / "readings.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_measurements(path)


def test_too_few_devices_and_late_ones_are_named(tmp_path):
    path = tmp_path / "readings.csv"
    path.write_text(HEADER + "".join(f"{i},5,1,5\n" for i in range(9)))
    with pytest.raises(ValueError, match="9 devices were told 5 uS, expected at least 10"):
        fitted(read_measurements(path), source=OWN)
    path.write_text(HEADER + "".join(f"{i},5,1,5\n" for i in range(11)) + "late,5,2,5\n")
    with pytest.raises(ValueError, match="device late was not read at 1 s"):
        fitted(read_measurements(path), source=OWN)
