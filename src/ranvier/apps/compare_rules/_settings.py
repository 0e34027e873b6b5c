"""Settings of a comparison of rules."""

from typing import Any

import jax
from pydantic import ConfigDict, Field, field_validator
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps.compare_rules._spike_times import outputs
from ranvier.apps.compare_rules._tasks import TASKS
from ranvier.core import Cell, Neuron, nearest
from ranvier.learn.rules import catalogue
from ranvier.nets import chain, recurrent
from ranvier.neurons import ALIF, GRU, LIF, LSTM, RNN, SNU, CurrentLIF, Readout

NETWORKS: dict[str, Any] = {
    "ssnu": SNU.soft,
    "snu": SNU,
    "lif": lambda units: LIF(units, reset="subtract", reset_time="next_update", resistance=20.0),
    "current-lif": lambda units: CurrentLIF(units, reset="subtract", threshold=0.15),
    "alif": lambda units: ALIF(units, tau_adaptation_ms=200.0),
    "rnn": RNN,
    "gru": GRU,
    "lstm": LSTM,
}
"""Hidden units by name."""

REFERENCE = "bptt"
"""The rule whose gradient is exact, and which every comparison holds the others against."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Settings:
    """What is compared, and how.

    Args:
        task: temporal-xor, cue-accumulation, pattern-generation, spike-times, chorales,
            digits, weather or speech.
        network: the hidden unit: ssnu, snu, lif, current-lif, alif, rnn, gru or lstm.
        rules: names of rules; BPTT is measured with them in any case.
        units: hidden units.
        feed_back: whether the hidden layer hears its own last output.
        seeds: networks and batches over which gradients are compared, and trainings per rule.
        draws: keys per network for rules that draw random signs.
        examples: sequences per batch.
        updates: of each training; 0 trains nothing.
        learning_rate: of Adam.
        sizes: hidden units for which cost is measured; none measures no cost.
        lengths: time steps for which cost is measured.

    Example:
        >>> Settings(rules=("ostl",)).rules
        ('bptt', 'ostl')
    """

    task: str = "temporal-xor"
    network: str = "ssnu"
    rules: tuple[str, ...] = (
        "bptt",
        "ostl",
        "ostl-with-h",
        "e-prop",
        "e-prop-random",
        "rflo",
        "snap-1",
        "uoro",
        "kf-rtrl",
        "ok-rtrl",
        "osttp",
    )
    units: int = Field(default=32, ge=1)
    feed_back: bool = True
    seeds: int = Field(default=3, ge=1)
    draws: int = Field(default=64, ge=2)
    examples: int = Field(default=16, ge=1)
    updates: int = Field(default=300, ge=0)
    learning_rate: float = Field(default=5e-3, gt=0)
    sizes: tuple[int, ...] = (16, 32, 64, 128)
    lengths: tuple[int, ...] = (32, 64, 128, 256)

    @field_validator("task")
    @classmethod
    def _known_task(cls, name: str) -> str:
        if name not in TASKS:
            raise ValueError(f"no task is called {name!r}. {nearest(name, TASKS)}")
        return name

    @field_validator("network")
    @classmethod
    def _known_network(cls, name: str) -> str:
        if name not in NETWORKS:
            raise ValueError(f"no network is called {name!r}. {nearest(name, NETWORKS)}")
        return name

    @field_validator("rules")
    @classmethod
    def _known_rules(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            catalogue.check(name)
        return (REFERENCE, *(n for n in dict.fromkeys(names) if n != REFERENCE))


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose.

    Args:
        chosen: fields of `Settings`.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(task="chorales", units=20).units
        20
    """
    return checked(Settings, {}, chosen)


def network(settings: Settings, width: int, answers: int, seed: int, units: int = 0) -> Cell:
    """One hidden layer, and a linear readout or what the task wants in its place."""
    hidden: Neuron = NETWORKS[settings.network](units or settings.units)
    first = recurrent(hidden) if settings.feed_back else hidden
    above = outputs(answers) if settings.task == "spike-times" else (Readout(answers),)
    return chain(width, first, *above, key=jax.random.key(seed))
