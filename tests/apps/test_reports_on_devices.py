"""The reports of all experiments on devices have what every one of them must show."""

import re

import pytest

from tests.apps.small_runs import CHOSEN

ACCURACY, FIGURE = "accuracy", 'class="card"'
AREA = ("area (µm²)", "NeuroSim")
ENERGY = ("energy (nJ)", "from", "to", "source", "uncertainty")
TWIN = ("digital baseline", "bits of a digital weight", "Horowitz")

DEMANDED = {
    "chorales-on-pcm": {
        "held": ("clipped (%)", "none can saturate", "Nandakumar"),
        "time": (FIGURE, "middle eight tenths", "test NLL", "1 year"),
        "weights": (FIGURE, "weights asked for", "root mean square"),
        "energy": (*ENERGY, *AREA, *TWIN, "NLL"),
    },
    "digits-on-rram": {
        "held": ("clipped (%)", "none can saturate", "Wan et al."),
        "time": (FIGURE, "middle eight tenths", ACCURACY, "2 days"),
        "weights": (FIGURE, "weights asked for", "root mean square"),
        "energy": (*ENERGY, *AREA, *TWIN),
    },
    "fault-panorama": {
        "held": ("clipped (%)", "outputs saturated (%)", "Of what converters see", "Warning: "),
        "kinds": (FIGURE, ACCURACY),
        "time": (FIGURE, "middle eight tenths", "logarithmic time"),
        "weights": (FIGURE, "weights asked for", "root mean square"),
        "energy": (*ENERGY, *AREA, *TWIN),
    },
    "binary-2t2r": {
        "held": ("clipped (%)", "none can saturate", "Warning: ", "Wan et al."),
        "errors": (FIGURE, ACCURACY),
        "time": (FIGURE, "middle eight tenths", "wrong bits", "2 days", ACCURACY),
        "weights": (FIGURE, "differences asked for", "root mean square"),
        # One bit is what both sides have: there is nothing to round to.
        "energy": (*ENERGY, *AREA, "digital twin", "1 bits per digital weight", "Horowitz"),
    },
    "ambrogio-cell": {
        "held": ("clipped (%)", "none can saturate", "steps and slopes are ours"),
        "scores": (FIGURE, ACCURACY),
        "later": (FIGURE, "middle eight tenths", "weights asked for", "root mean square"),
        "energy": (*ENERGY, *AREA, *TWIN),
    },
    "pcm-rbm": {
        "held": ("clipped (%)", "none can saturate", "Nandakumar"),
        "accuracy": (FIGURE, "test pictures"),
        "arrays": (FIGURE, "middle eight", "weights asked for", "root mean square", "1 year"),
        "energy": ("energy (µJ)", "source of the price", "low (µJ)", *AREA, *TWIN),
    },
    "correlation-detector": {
        "group": (FIGURE, "tenth to ninetieth percentile", "time"),
        "correlations": (FIGURE, "of the heaviest (%)"),
        "energy": (*ENERGY, *AREA, "not sourced", "of equal accuracy is not given", "no error of"),
    },
    "phase-change-neurons": {
        "energy": (
            *("energy (nJ)", "not sourced", "no weights", "No digital baseline is given"),
            *("no array that drifts", *AREA),
        ),
    },
}
"""Of every report, by the anchor of a section, what it must say or show."""


@pytest.mark.parametrize("name", CHOSEN)
def test_the_report_has_what_is_demanded(small_run, name):
    page = (small_run(name).folder / "report.html").read_text()
    sections = dict(re.findall(r'<section id="([a-z0-9-]+)".*?>(.*?)</section>', page, re.DOTALL))
    for anchor, demanded in DEMANDED[name].items():
        assert anchor in sections, f"no section {anchor!r} among {list(sections)}"
        missing = [words for words in demanded if words not in sections[anchor]]
        assert not missing, f"section {anchor!r} says nothing of {missing}"


@pytest.mark.parametrize("name", CHOSEN)
def test_a_warning_stands_where_constants_were_not_checked(small_run, name):
    page = (small_run(name).folder / "report.html").read_text()
    checked = ("chorales-on-pcm", "digits-on-rram", "pcm-rbm", "correlation-detector")
    assert ("Warning: the constants of a device" in page) == (name not in checked)
