"""The network that the demo ends with, on phase-change memory."""

from pathlib import Path
from typing import Any

import jax
import numpy as np

from ranvier.apps._on_arrays import FOUR_DAYS, SINCE_PROGRAMMING_S, aged, chord_judge
from ranvier.apps._resumable import show
from ranvier.apps.chorales._labels import label
from ranvier.apps.chorales._train import Judged, whole
from ranvier.data import Split
from ranvier.hardware import audit, program
from ranvier.hardware.devices import pcm
from ranvier.report import OverTime, Page, score_over_time

_DEVICE = "Nandakumar et al., ICECS 2019"


def on_pcm(
    judged: dict[str, Judged], split: Split, arrays: int
) -> tuple[dict[str, Any] | None, dict[str, np.ndarray]]:
    """Let the spiking network that validates best grow old on phase-change memory.

    Args:
        judged: name to network.
        split: the data; its test pieces are judged on.
        arrays: how many.

    Returns:
        What goes into the result, or `None` where nothing spikes, and what is drawn.
    """
    spiking = {name: one for name, one in judged.items() if one.record["spiking"]}
    if not spiking or not arrays:
        return None, {}
    name = min(spiking, key=lambda one: spiking[one].record["valid_nll"] or 0.0)
    model, device = judged[name].model, pcm()
    after = aged(model, chord_judge, whole(split.test), device, count=arrays, seed=0)
    devices = sum(row.devices for row in audit(program(model, device, key=jax.random.key(0))))
    record = judged[name].record
    return (
        {
            **{part: record[part] for part in ("neuron", "rule", "seed", "test_nll")},
            "devices": devices,
            "arrays": arrays,
            "seconds": list(SINCE_PROGRAMMING_S),
            "drifted_nll": after.scores["nll"].mean(axis=1).tolist(),
            "compensated_nll": after.compensated["nll"].mean(axis=1).tolist(),
        },
        {
            "on_pcm/drifted": after.scores["nll"],
            "on_pcm/compensated": after.compensated["nll"],
        },
    )


def draw_on_pcm(
    page: Page, folder: Path, result: dict[str, Any], recordings: dict[str, np.ndarray]
) -> None:
    """The last section of the report: what is left of the network after a year.

    Args:
        page: to add to.
        folder: of the run.
        result: of the run.
        recordings: of the run.
    """
    found = result.get("on_pcm")
    if found is None:
        return
    name = label(found["neuron"], found["rule"], result["settings"]["recurrent"])
    page.section("On phase-change memory", "on-pcm")
    page.text(
        f"The weights of {name} go onto {found['devices']:,} simulated phase-change devices, two "
        f"per weight ({_DEVICE}). They err when programmed, drift, and are read with noise; one "
        "digital factor per array makes the common part of the drift good. Nothing in the training "
        "knew of devices: `ranvier run chorales-on-pcm` shows what it is worth if it does."
    )
    show(
        page,
        folder,
        "drift",
        score_over_time(
            found["seconds"],
            {
                part: OverTime(recordings[f"on_pcm/{part}"], name, dashed=part == "drifted")
                for part in ("compensated", "drifted")
            },
            ylabel="test NLL (nats per time step)",
            title=f"{name} on {found['devices']:,} drifting devices, from 25 seconds to a year",
            reference={"floating point": found["test_nll"]},
            solid="compensated",
            dashed="not compensated",
        ),
        f"Medians and the middle eight tenths of {found['arrays']} arrays. After four days: "
        f"{found['compensated_nll'][FOUR_DAYS]:.2f} compensated, "
        f"{found['drifted_nll'][FOUR_DAYS]:.2f} not.",
        "Curves of the test score over a logarithmic time.",
    )
