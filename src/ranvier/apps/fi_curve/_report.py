"""The page of the f-I curve, made from its recorded results alone."""

from pathlib import Path

import numpy as np

from ranvier.apps._recording import Drawing, read_run
from ranvier.apps.fi_curve._constants import Constants, closed_form_Hz
from ranvier.report import Page, rate_and_membranes

_ROWS = (14, 15, 20, 30, 50, 99)
_SHOWN_MS = 300.0


def write_report(folder: Path) -> Path:
    """Write `report.html` and its figure.

    Args:
        folder: of a finished run.

    Raises:
        FileNotFoundError: the run is not finished.

    Example:
        See `ranvier report`, which is this function.
    """
    result, arrays = read_run(folder)
    settings, neurons = result["settings"], result["neurons"]
    constants = Constants(**{name: settings[name] for name in Constants._fields})
    page = Page(
        "The f-I curve",
        f"{constants.neurons} leaky integrate-and-fire neurons, each under its own constant "
        f"current, for {settings['duration_ms'] / 1000:g} s.",
    )
    drawing = Drawing(folder, page)
    page.facts(
        [
            (f"{1000 * result['rheobase_nA']:.1f} pA", "least current that fires, calculated"),
            (str(result["first_that_fires"]), "number of the first neuron that fires"),
            (
                f"{result['largest_deviation_Hz']:.2f} Hz",
                "largest distance of a measured rate from the closed form",
            ),
        ]
    )
    page.section("Rate over current", "curve")
    currents = arrays["currents_nA"]
    fine = np.linspace(0, currents[-1], 4001)
    shown = arrays["times_ms"] < _SHOWN_MS
    # A spike is drawn as high above the threshold as that is above rest.
    high = constants.threshold_mV + constants.distance_mV
    membrane = np.where(arrays["fired"], high, arrays["membrane_mV"])[shown]
    drawing.figure(
        "fi-curve",
        rate_and_membranes(
            {"measured": (1000 * currents, arrays["measured_Hz"])},
            analytic={"closed form": (1000 * fine, closed_form_Hz(constants, fine))},
            times=arrays["times_ms"][shown],
            traces={
                f"neuron {index}": (1000 * float(currents[index]), membrane[:, column])
                for column, index in enumerate(settings["traced"])
            },
            threshold=constants.threshold_mV,
            xlabel="current (pA)",
            ylabel="firing rate (Hz)",
            membrane_label="membrane potential (mV)",
            title="The rate rises steeply at the rheobase, then bends towards its limit of "
            f"{1000 / constants.refractory_ms:g} Hz",
        ),
        "Left: spikes counted, and the rate calculated; coloured points are the neurons on the "
        "right. Right: their membranes, with the threshold dashed and spikes drawn as lines.",
        "Measured and calculated firing rates over current; two membranes over time.",
    )
    page.table(
        ["neuron", "current (pA)", "spikes", "measured (Hz)", "closed form (Hz)", "first (ms)"],
        [
            [
                row["index"],
                row["current_pA"],
                row["spikes"],
                row["measured_Hz"],
                row["analytic_Hz"],
                row["first_spike_ms"],
            ]
            for row in (neurons[index] for index in _ROWS)
        ],
        f"Rates are spikes counted over {settings['duration_ms']:g} ms, at steps of "
        f"{settings['time_step_ms']:g} ms. A spike of a simulation falls on a step; the interval "
        "is thus off by up to one step.",
    )
    return drawing.write(result)
