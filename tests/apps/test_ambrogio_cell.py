"""Capacitors and pairs as an experiment: its runs, what they leave, and that they resume."""

import itertools
import json

import numpy as np
import pytest

from ranvier.apps import kept_settings
from ranvier.apps.ambrogio_cell import PRESETS, build, run, write_report
from ranvier.apps.ambrogio_cell._train import seen


def test_a_run_leaves_scores_and_a_report_that_names_what_was_not_checked(bars, small_run):
    folder, result, _ = small_run("ambrogio-cell")
    assert [row["way"] for row in result["summary"]] == ["float", "inverted"]
    kept = json.loads((folder / "result.json").read_text())
    assert kept["published"]["checked"] is False
    scores = {row["way"]: row["test_accuracy"] for row in kept["summary"]}
    assert scores["float"] > 60 and scores["inverted"] > 40
    (folder / "report.html").unlink()
    page = write_report(folder).read_text()
    assert "not checked" in page and "polarity inverted" in page
    # What is there is not trained again.
    again = run(folder, build(**kept_settings(folder)), resume=True)
    assert again["models"] == result["models"]


def test_the_middle_of_an_image_is_kept():
    images = np.arange(2 * 6 * 8, dtype=np.uint8).reshape(2, 6, 8)
    found = seen(build(crop=(2, 4)), images) * 255
    np.testing.assert_allclose(found, images[:, 2:4, 2:6].reshape(2, 8))
    with pytest.raises(ValueError, match=r"crop is \(9, 4\), expected at most \(6, 8\)"):
        seen(build(crop=(9, 4)), images)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"ways": ("floats",)}, "Did you mean 'float'"),
        ({"ways": ()}, "expected at least one"),
        ({"slope_spread": -0.1}, "slope_spread is -0.1"),
    ],
)
def test_wrong_settings(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)


def test_the_published_net_has_the_recalled_number_of_synapses():
    settings = build(preset="published")
    widths = [22 * 24, *settings.hidden, 10]
    # 164,885 with a bias per unit: recalled, and consistent with the recalled widths.
    assert sum((a + 1) * b for a, b in itertools.pairwise(widths)) == 164_885
    assert set(PRESETS) == {"optical-digits", "published"}
