"""Estimates of energy and area against numbers worked out by hand."""

import pytest

from ranvier.apps._estimates import add_estimates, areas, energies, equal_bits
from ranvier.hardware import device_area, sram_area
from ranvier.report import Page


def test_the_fewest_bits_that_suffice():
    scores = {"2": 9.5, "4": 8.9, "8": 8.8}
    assert [equal_bits(scores, wanted) for wanted in (9.6, 8.9, 8.85, 8.0)] == [2, 4, 8, 8]
    accuracies = {"2": 80.0, "4": 94.0, "8": 95.0}
    found = [equal_bits(accuracies, w, better="higher") for w in (79.0, 94.0, 94.5, 99.0)]
    assert found == [2, 4, 8, 8]


def test_products_of_numbers_cost_three_additions():
    work = {"weights": 79_400, "dense": 79_400.0, "event": 1000.0, "devices": 0}
    spikes, numbers = (energies({**work, "spiking": one}, 8)[2].picojoule for one in (True, False))
    assert (spikes, numbers) == (pytest.approx(100.0), pytest.approx(300.0))


def test_areas_follow_the_feature_size():
    devices, memory = areas({"weights": 100, "devices": 200}, 4)
    assert devices.square_um == pytest.approx(200 * 32 * 0.028**2)
    assert memory.square_um == pytest.approx(400 * 160 * 0.028**2)
    assert device_area(5, node_nm=56.0).high == pytest.approx(4 * device_area(5, node_nm=28.0).high)
    with pytest.raises(ValueError, match=r"node_nm is 14\.0, expected at least 22"):
        sram_area(10, node_nm=14.0)


def test_the_section_names_every_source():
    page = Page("A page", "of a test")
    work = {"weights": 100, "devices": 200, "dense": 100.0, "event": 10.0, "spiking": True}
    add_estimates(page, work, 4, per="step", baseline="A twin.", by_bits={"4": 1.0})
    html = page.html()
    for said in ("Le Gallo", "Horowitz", "NeuroSim", "A twin.", "4 bits per digital weight"):
        assert said in html
