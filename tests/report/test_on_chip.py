"""Pictures of a network beside the chip that holds it."""

from typing import Any

import numpy as np
import pytest

from ranvier.report import counts_beside, memory_map, spikes_beside


def test_spikes_stand_side_by_side():
    one = np.zeros((30, 5))
    one[::3, 2] = 1
    two = one.copy()
    two[4, 1] = 2
    figure = spikes_beside(
        {"input": (one, one), "layer 1": (one, two)}, names=("network", "ODIN"), title="Once more"
    )
    assert [axes.get_title(loc="left") for axes in figure.axes[:2]] == ["network", "ODIN"]
    assert [axes.get_ylabel() for axes in figure.axes] == ["input", "", "layer 1", ""]
    panels: list[Any] = list(figure.axes)
    drawn = [sum(len(part.get_segments()) for part in axes.collections) for axes in panels]
    assert drawn == [10, 10, 10, 11]
    with pytest.raises(ValueError, match="no rows"):
        spikes_beside({}, names=("a", "b"), title="Nothing")
    with pytest.raises(ValueError, match="'layer 1' has shapes"):
        spikes_beside({"layer 1": (one, two[:5])}, names=("a", "b"), title="Unequal")


def test_memories_share_one_scale():
    held = {"input -> neuron": np.array([[7, -3]]), "neuron -> output": np.array([[1], [2]])}
    figure = memory_map(held, unit="steps", title="Weights")
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert [image.get_clim() for image in images] == [(-7, 7), (-7, 7)]
    assert figure.axes[0].get_xlabel() == "neuron" and figure.axes[1].get_ylabel() == "neuron"
    with pytest.raises(ValueError, match="matrices by names"):
        memory_map({"input": np.ones((2, 2))}, unit="steps", title="No arrow")


def test_equal_cases_are_one_mark():
    figure = counts_beside({"hidden": ([0, 1, 1, 2], [0, 1, 1, 3])}, title="Nearly")
    panel: Any = figure.axes[0]
    (marks,) = panel.collections
    assert marks.get_offsets().tolist() == [[0, 0], [1, 1], [2, 3]]
    sizes = marks.get_sizes()
    assert sizes[1] > sizes[0] == sizes[2]
    with pytest.raises(ValueError, match="as many of the network"):
        counts_beside({"hidden": ([0, 1], [0])}, title="Unequal")
