"""The tables of simulated populations."""

import statistics
from typing import Any

# What Brian2 2.9.0 gives, from one network per state: rate, CV, deviation and peak as below.
_BRUNEL = {
    "A": (310.9, 0.01, 237, 625),
    "B": (58.6, 0.60, 42, 186),
    "C": (37.8, 0.40, 18, 98),
    "D": (5.6, 0.51, 12, 18),
}
# The rate, in Hz, at which Brunel's equations for the mean and the variance of the input are at
# rest.
_THEORY = {"A": 327.0, "B": 55.8, "C": 37.95, "D": 6.52}
_STATES = {
    "A": "synchronous, regular",
    "B": "fast oscillation, irregular",
    "C": "asynchronous, irregular",
    "D": "slow oscillation, irregular",
}
_STATISTICS = {
    "rate_Hz": "rate, Hz",
    "rate_sd_Hz": "deviation of rates between neurons, Hz",
    "cv_isi": "CV of intervals",
    "fano": "Fano factor of all spikes in 1 ms",
}


def populations(result: dict[str, Any]) -> str:
    """One line per network and simulator.

    Args:
        result: what `python -m benchmarks.populations` wrote.

    Example:
        >>> run = {"seconds": 0.5, "rate_Hz": 5.0, "cv_isi": 0.5}
        >>> ours = {"packages": {"ranvier": "0.1.0"}, "start_up_seconds": 2.0, "runs": [run]}
        >>> other = {**ours, "packages": {"brian2": "2.9.0"}, "runs": [{**run, "seconds": 1.0}]}
        >>> rows = populations({"networks": {"cuba": {"ranvier": ours, "Brian2": other}}})
        >>> print("\\n".join(rows.splitlines()[2:]))
        | CUBA | ranvier (ranvier 0.1.0) | 0.5000 | 1.0 | 2.0 | 5.00 | 0.50 |
        | CUBA | Brian2 (brian2 2.9.0) | 1.0000 | 2.0 | 2.0 | 5.00 | 0.50 |
    """
    lines = [
        "| network | simulator | processor seconds per second | ratio to ours | start-up, s "
        "| rate, Hz | CV of intervals |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for network, found in result["networks"].items():
        ours = [run["seconds"] for run in found["ranvier"]["runs"]]
        for simulator, entry in found.items():
            seconds = [run["seconds"] for run in entry["runs"]]
            ratio = statistics.median(a / b for a, b in zip(seconds, ours, strict=True))
            alive = [run for run in entry["runs"] if run["cv_isi"] is not None]
            rate, cv = (statistics.mean(run[k] for run in alive) for k in ("rate_Hz", "cv_isi"))
            versions = ", ".join(
                f"{package} {version}"
                for package, version in entry["packages"].items()
                if package not in ("jax", "numpy")
            )
            lines.append(
                f"| {network.upper()} | {simulator} ({versions}) "
                f"| {statistics.median(seconds):.4f} | {ratio:.1f} "
                f"| {entry['start_up_seconds']:.1f} | {rate:.2f} | {cv:.2f} |"
            )
    return "\n".join(lines)


def populations_one(result: dict[str, Any]) -> str:
    """One line per network that both were given.

    Args:
        result: what `python -m benchmarks.populations --only one` wrote.

    Example:
        >>> did = {"spikes": [20, 30], "digests": ["8855", "5831"]}
        >>> one = {"ours": did, "brian2": {**did, "digests": ["8855", "0000"]}, "v_apart_mV": 1e-13}
        >>> print(populations_one({"networks": {"cuba": one}}).splitlines()[2])
        | CUBA | 50 | 50 | 1 of 2 | 1e-13 |
    """
    lines = [
        "| network | spikes, ranvier | spikes, Brian2 | stretches of 100 ms with the same spikes "
        "| membranes at the end, mV apart at most |",
        "|---|--:|--:|--:|--:|",
    ]
    for network, found in result["networks"].items():
        ours, theirs = found["ours"], found["brian2"]
        both = list(zip(ours["digests"], theirs["digests"], strict=True))
        lines.append(
            f"| {network.upper()} | {sum(ours['spikes'])} | {sum(theirs['spikes'])} "
            f"| {sum(a == b for a, b in both)} of {len(both)} | {found['v_apart_mV']:.0e} |"
        )
    return "\n".join(lines)


def populations_equal(result: dict[str, Any]) -> str:
    """One line per network and statistic.

    Args:
        result: what `python -m benchmarks.populations --only equal` wrote.

    Example:
        >>> one = {"ours": [5.5, 0.2], "brian2": [5.6, 0.25], "welch_p": 0.3,
        ...        "interval": [-0.025, 0.011], "margin": 0.03, "equal": True}
        >>> found = {"ours": {"fano": [1, 2]}, "brian2": {"fano": [1]}, "compared": {"fano": one}}
        >>> print(populations_equal({"networks": {"cuba": found}}).splitlines()[2])
        | CUBA, 2 and 1 | Fano factor of all spikes in 1 ms | 5.500 ± 0.200 | 5.600 ± 0.250 | \
0.30 | -2.5 % to +1.1 % | 3 % | yes |
    """
    lines = [
        "| network, how many | statistic | ranvier | Brian2 | Welch p | difference, 90 % interval "
        "| margin | equal |",
        "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for network, found in result["networks"].items():
        for name, one in found["compared"].items():
            low, high = one["interval"]
            means = " | ".join(f"{m:.3f} ± {sd:.3f}" for m, sd in (one["ours"], one["brian2"]))
            lines.append(
                f"| {network.upper()}, {len(found['ours'][name])} and {len(found['brian2'][name])} "
                f"| {_STATISTICS[name]} | {means} | {one['welch_p']:.2f} "
                f"| {low:+.1%} to {high:+.1%} | {one['margin']:.0%} "
                f"| {'yes' if one['equal'] else 'not shown'} |".replace("%", " %")
            )
    return "\n".join(lines)


def brunel(result: dict[str, Any]) -> str:
    """One line per state.

    Args:
        result: what `python -m benchmarks.populations --only brunel` wrote.

    Example:
        >>> run = {"rate_Hz": 310.0, "cv_isi": 0.01, "population_sd_Hz": 238.0, "peak_Hz": 625.0}
        >>> print(brunel({"states": {"A": [run, run]}}).splitlines()[2])
        | A: synchronous, regular | 310.0 ± 0.0 | 310.9 | 327.0 | 0.01 ± 0.00 | 0.01 | 238 ± 0 \
| 237 | 625 ± 0 | 625 |
    """
    lines = [
        "| state | rate, Hz | Brian2 | theory | CV of intervals | Brian2 "
        "| deviation of the rate in 1 ms, Hz | Brian2 | peak of the spectrum, Hz | Brian2 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    shown = {"rate_Hz": ".1f", "cv_isi": ".2f", "population_sd_Hz": ".0f", "peak_Hz": ".0f"}
    for state, runs in result["states"].items():
        cells = []
        for (name, kind), theirs in zip(shown.items(), _BRUNEL[state], strict=True):
            values = [run[name] for run in runs]
            mean, spread = statistics.mean(values), statistics.stdev(values)
            cells += [f"{mean:{kind}} ± {spread:{kind}}", f"{theirs:{kind}}"]
        cells.insert(2, f"{_THEORY[state]:.1f}")
        lines.append(f"| {state}: {_STATES[state]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
