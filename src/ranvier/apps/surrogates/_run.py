"""Showing the family of surrogate derivatives, measured in both modes of differentiation."""

import inspect
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.apps._recording import Drawing, new_run, read_run
from ranvier.neurons import surrogates
from ranvier.report import Page, surrogate_family

_REACH, _POINTS = 2.0, 801


def family() -> dict[str, Any]:
    """Every surrogate of `ranvier.neurons.surrogates` with its own settings, by its name.

    Example:
        >>> "fast_sigmoid(10.0)" in family()
        True
    """
    makers = [
        made
        for name, made in vars(surrogates).items()
        if inspect.isfunction(made)
        and made.__module__ == surrogates.__name__
        and name[0] != "_"
        and name != "surrogate"
    ]
    spikes = [make() for make in makers]
    return {spike.__name__: spike for spike in spikes}


def run(folder: Path) -> dict[str, Any]:
    """Differentiate every surrogate forward and backward, and draw what comes out.

    Args:
        folder: where the run leaves its files.

    Returns:
        What `result.json` holds: per surrogate its height, its integral over all distances within
        reach, and the largest difference between the two modes.

    Raises:
        FileExistsError: the folder holds a run.

    Example:
        >>> import tempfile
        >>> result = run(Path(tempfile.mkdtemp()))
        >>> max(row["difference_of_modes"] for row in result["surrogates"])
        0.0
    """
    settings = {"reach": _REACH, "points": _POINTS}
    with new_run(folder, "surrogates", settings, "") as recorder:
        distance = np.linspace(-_REACH, _REACH, _POINTS)
        v = jnp.asarray(distance)
        rows = []
        for name, spike in family().items():
            backward = np.asarray(jax.vmap(jax.grad(spike))(v))
            forward = np.asarray(jax.jvp(spike, (v,), (jnp.ones_like(v),))[1])
            recorder.arrays[f"derivative/{name}"] = backward
            rows.append(
                {
                    "name": name,
                    "height": float(backward.max()),
                    "integral": float(np.trapezoid(backward, distance)),
                    "difference_of_modes": float(np.abs(backward - forward).max()),
                }
            )
        recorder.arrays["distance"] = distance
        recorder.result = {"surrogates": rows}
    write_report(folder)
    return read_run(folder)[0]


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
    rows = result["surrogates"]
    page = Page(
        "Surrogate derivatives",
        "A spike is a step, whose derivative is zero wherever there is one. Learning takes another "
        "one in its place.",
    )
    drawing = Drawing(folder, page)
    largest = max(row["difference_of_modes"] for row in rows)
    page.facts(
        [
            (str(len(rows)), "surrogates"),
            (f"{largest:.1g}", "largest difference between forward and reverse mode"),
        ]
    )
    page.section("The family", "family")
    drawing.figure(
        "surrogates",
        surrogate_family(
            arrays["distance"],
            {row["name"]: arrays[f"derivative/{row['name']}"] for row in rows},
            title=f"{len(rows)} ways to give a spike a slope",
        ),
        "Grey: the spike itself. Blue: the pseudo-derivative that stands in for its slope, with "
        "the settings that it has if none are given.",
        "; ".join(f"{row['name']}, height {row['height']:.3g}" for row in rows),
    )
    page.table(
        ["surrogate", "height", "integral", "forward minus reverse"],
        [[row["name"], row["height"], row["integral"], row["difference_of_modes"]] for row in rows],
        f"The integral is from -{_REACH:g} to {_REACH:g}.",
    )
    return drawing.write(result)
