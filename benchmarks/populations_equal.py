"""Do populations what Brian2's do? One network in both, many drawn anew, Brunel's states."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from benchmarks.measure import machine
from benchmarks.peers import Implementation, prepare
from benchmarks.session import Session, settings

OURS = Implementation("ranvier", "populations_ours", None)
BRIAN2 = Implementation("Brian2, C++ standalone", "populations_brian2", "brian2")
BRUNEL = Implementation("ranvier", "populations_brunel", None)
NETWORKS = ("cuba", "coba")
# By how much two means may differ, as a part of Brian2's, and count as equal.
MARGINS = {"rate_Hz": 0.03, "rate_sd_Hz": 0.03, "cv_isi": 0.03, "fano": 0.1}


def repeat(console: Console) -> dict[str, Any]:
    """One network, the same in both, spike for spike."""
    environment = settings(1)
    prepare(BRIAN2)
    result: dict[str, Any] = {"machine": machine(1, environment), "networks": {}}
    with Session(OURS, environment) as ours, Session(BRIAN2, environment) as theirs:
        for network in NETWORKS:
            with console.status(f"{network}: one network in both"):
                one, other = (s.ask(command="once", network=network) for s in (ours, theirs))
            v = zip(one.pop("v_mV"), other.pop("v_mV"), strict=True)
            apart = max(abs(a - b) for a, b in v)
            result["networks"][network] = {"ours": one, "brian2": other, "v_apart_mV": apart}
    return result


def compare(networks: int, console: Console) -> dict[str, Any]:
    """Each network drawn anew many times in both, and what they did compared."""
    environment = settings(1)
    prepare(BRIAN2)
    result: dict[str, Any] = {"machine": machine(1, environment), "networks": {}}
    with Session(OURS, environment) as ours, Session(BRIAN2, environment) as theirs:
        for network in NETWORKS:
            found: list[dict[str, list[float]]] = []
            for session in (ours, theirs):
                with console.status(f"{network}: {networks} networks with {session.name}"):
                    session.ask(command="prepare", network=network)
                    runs = [
                        session.ask(command="measure", network=network, seed=seed)
                        for seed in range(1, networks + 1)
                    ]
                # What fell silent has no intervals.
                lived = [run for run in runs if run["cv_isi"] is not None]
                found.append({name: [run[name] for run in lived] for name in MARGINS})
            result["networks"][network] = {
                "drawn": networks,
                "ours": found[0],
                "brian2": found[1],
                "compared": {
                    name: compared(found[0][name], found[1][name], margin)
                    for name, margin in MARGINS.items()
                },
            }
    return result


def compared(ours: Sequence[float], theirs: Sequence[float], margin: float) -> dict[str, Any]:
    """Welch's test of a difference of means, and two one-sided tests of their being equal.

    The latter say equal at 5 % exactly when the 90 % interval of the difference, here as a part of
    their mean, lies within the margin.
    """
    from scipy.stats import ttest_ind

    test: Any = ttest_ind(ours, theirs, equal_var=False)
    interval = test.confidence_interval(0.9)
    mean = statistics.mean(theirs)
    low, high = float(interval.low) / mean, float(interval.high) / mean
    return {
        "ours": [statistics.mean(ours), statistics.stdev(ours)],
        "brian2": [mean, statistics.stdev(theirs)],
        "welch_p": float(test.pvalue),
        "interval": [low, high],
        "margin": margin,
        "equal": low > -margin and high < margin,
    }


def brunel(seeds: int, console: Console) -> dict[str, Any]:
    """The four states of Brunel's network, each drawn anew a few times."""
    environment = settings(1)
    result: dict[str, Any] = {"machine": machine(1, environment), "states": {}}
    with Session(BRUNEL, environment) as session:
        for state in "ABCD":
            with console.status(f"Brunel's state {state}"):
                session.ask(command="prepare", network=state)
                result["states"][state] = [
                    session.ask(command="measure", network=state, seed=seed)
                    for seed in range(1, seeds + 1)
                ]
    return result
