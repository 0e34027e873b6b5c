"""Settings of a comparison of rules."""

from typing import Annotated, Any

import jax
from pydantic import ConfigDict, Field, field_validator
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked
from ranvier.apps.compare_rules._names import REFERENCE, maker
from ranvier.apps.compare_rules._spike_times import outputs
from ranvier.apps.compare_rules._tasks import TASKS
from ranvier.core import Cell, Neuron, nearest
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


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Settings:
    """What is compared, and how.

    Args:
        task: temporal-xor, cue-accumulation, pattern-generation, spike-times, chorales,
            digits, weather or speech.
        network: the hidden unit: ssnu, snu, lif, current-lif, alif, rnn, gru or lstm.
        rules: names of rules, `grapes` and `local-grapes` also with ":mean", ":over-mean" or
            ":shuffled"; BPTT is measured with them in any case.
        units: of every hidden layer.
        layers: hidden layers; with several, those below the last show what rules drop that leave
            out the past of the layers above, and feedback alignment is not direct feedback.
        feed_back: whether hidden layers hear their own last output.
        seeds: networks and batches over which gradients are compared, and trainings per rule.
        draws: keys per network for rules that draw random signs.
        examples: sequences per batch.
        updates: of each training; 0 trains nothing.
        tested: held-out sequences that judge.
        learning_rate: of Adam.
        learning_rates: to choose from in its place. Every rule is first trained with each, by the
            first network, and goes on with the one that scores best on batches drawn anew; those of
            the digits are of images that are kept apart.
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
    layers: int = Field(default=1, ge=1)
    feed_back: bool = True
    seeds: int = Field(default=3, ge=1)
    draws: int = Field(default=64, ge=2)
    examples: int = Field(default=16, ge=1)
    updates: int = Field(default=300, ge=0)
    tested: int = Field(default=200, ge=1)
    learning_rate: float = Field(default=5e-3, gt=0)
    learning_rates: tuple[Annotated[float, Field(gt=0)], ...] = ()
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
            maker(name)
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
    """Hidden layers, and a linear readout or what the task wants in its place."""
    hidden: Neuron = NETWORKS[settings.network](units or settings.units)
    each = recurrent(hidden) if settings.feed_back else hidden
    above = outputs(answers) if settings.task == "spike-times" else (Readout(answers),)
    return chain(width, *[each] * settings.layers, *above, key=jax.random.key(seed))
