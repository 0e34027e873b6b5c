"""One device, three devices and two processes learn the same."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ranvier.core import read_settings
from ranvier.learn import data_parallel

SCRIPT = Path(__file__).with_name("parallel_training.py")


def start(folder, devices, port=0, processes=1, number=0):
    environment = {**os.environ, "JAX_NUM_CPU_DEVICES": str(devices), "JAX_PLATFORMS": "cpu"}
    arguments = [sys.executable, SCRIPT, str(port), str(processes), str(number), str(folder)]
    return subprocess.Popen(
        arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def result(process):
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return result(start(tmp_path_factory.mktemp("alone"), devices=1))


def assert_same(found, alone):
    np.testing.assert_allclose(found["train"], alone["train"], rtol=1e-6)
    assert found["parameters"] == pytest.approx(alone["parameters"], rel=1e-6)


def test_several_devices_learn_what_one_learns(alone, tmp_path):
    found = result(start(tmp_path, devices=4))
    assert (found["devices"], found["examples"], alone["examples"]) == (4, 8, 6)
    assert_same(found, alone)


def test_two_processes_learn_what_one_learns(alone, tmp_path):
    port = free_port()
    running = [start(tmp_path, 1, port, 2, number) for number in (0, 1)]
    found = [result(process) for process in running]
    assert [f["devices"] for f in found] == [2, 2]
    assert found[0] == found[1]
    assert_same(found[0], alone)
    kept = read_settings(tmp_path / "training.safetensors")["history"]
    assert kept["train"] == found[0]["train"]


def test_no_devices():
    with pytest.raises(ValueError, match="no devices"):
        data_parallel(lambda epoch: [], [])
