"""What a NIR file does not say of its own: the time step, the unit of time, the kind of reset."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from ranvier.convert.nir._nodes import SPIKING, Node
from ranvier.core import one_of, positive

TimeUnit = Literal["s", "ms", "steps"]
_TIMED = ("I", "LI", "CubaLI", "Delay", *SPIKING)
_MS: dict[str, float] = {"s": 1000.0, "ms": 1.0}
# Choices, and what holds where a file does not say; `None` where it must be said.
CHOICES: dict[str, tuple[tuple[str, ...], str | None]] = {
    "time_unit": (get_args(TimeUnit), None),
    "reset": (("zero", "subtract"), None),
    "reset_time": (("at_spike", "next_carry", "next_update"), "at_spike"),
    "discretisation": (("exact", "euler"), "exact"),
}


class Meaning(NamedTuple):
    """What is needed beside the fields of NIR to run a network as it was meant.

    Attributes:
        time_step_ms: length of a step.
        time_unit: of the time constants and delays in the file: `"s"`, `"ms"` or `"steps"`.
        reset: `"zero"` (NIR's own: to `v_reset`) or `"subtract"` (by `v_threshold - v_reset`).
        reset_time: `"at_spike"`, `"next_carry"` or `"next_update"`, as of `ranvier.neurons.LIF`.
        discretisation: `"exact"` or `"euler"`.

    Example:
        >>> Meaning(0.1, "s", "zero").in_ms(0.02)
        20.0
    """

    time_step_ms: float
    time_unit: str
    reset: str = "zero"
    reset_time: str = "at_spike"
    discretisation: str = "exact"

    def in_ms(self, time: Any) -> Any:
        """A time of the file in milliseconds."""
        return time * (self.time_step_ms if self.time_unit == "steps" else _MS[self.time_unit])

    @property
    def step(self) -> float:
        """The time step in the unit of the file."""
        return 1.0 if self.time_unit == "steps" else self.time_step_ms / _MS[self.time_unit]


def unsaid(nodes: Mapping[str, Node], metadata: Mapping[str, Any]) -> list[str]:
    """What a file does not say and has to be given before it can run.

    Args:
        nodes: name to node.
        metadata: of the graph.

    Example:
        >>> unsaid({}, {})
        []
    """
    found = []
    for key in ("time_step_ms", "time_unit", "reset"):
        kinds = SPIKING if key == "reset" else _TIMED
        asked = [node for node in nodes.values() if node.kind in kinds]
        if any(key not in {**metadata, **node.metadata} for node in asked):
            found.append(key)
    return found


def meanings(
    nodes: Mapping[str, Node], metadata: Mapping[str, Any], given: Mapping[str, Any], where: str
) -> dict[str, Meaning]:
    """The meaning of every node, from the metadata of the file and from what the user says.

    Args:
        nodes: name to node.
        metadata: of the graph.
        given: what the user says; `None` where nothing is said.
        where: how errors call the file.

    Raises:
        ValueError: something that neither the file nor the user says, a contradiction between the
            two, or a choice that does not exist; the node and the field are named.

    Example:
        >>> meanings({}, {"time_step_ms": 1.0, "time_unit": "s"}, {}, "example")
        {}
    """
    for name, value in given.items():
        if value is not None and name in CHOICES:
            one_of("read_nir", name, value, CHOICES[name][0])
    if given.get("time_step_ms") is not None:
        positive("read_nir", time_step_ms=given["time_step_ms"])
    found = {}
    for name, node in nodes.items():
        place = f"{where}: node {name!r} ({node.kind})"
        said = {**metadata, **node.metadata}
        needs_time = node.kind in _TIMED
        values: dict[str, Any] = {}
        for key in ("time_step_ms", *CHOICES):
            options, default = CHOICES.get(key, ((), None))
            needed = node.kind in (SPIKING if key == "reset" else _TIMED)
            values[key] = _settled(place, key, said.get(key), given.get(key), options)
            if values[key] is None and default is None and needed:
                raise ValueError(_question(place, key, options))
            if values[key] is None:
                values[key] = default
        if needs_time:
            values["reset"] = values["reset"] or "zero"
            found[name] = Meaning(**values)
    return found


def _settled(place: str, key: str, said: Any, given: Any, options: tuple[str, ...]) -> Any:
    """What holds, if the file and the user do not contradict each other."""
    if said is not None:
        said = _number(place, key, said) if key == "time_step_ms" else str(said)
        if options and said not in options:
            raise ValueError(f"{place}: metadata {key!r} is {said!r}, expected one of {options}.")
        if key == "time_step_ms":
            positive(place, time_step_ms=said)
    if said is None or given is None or said == given:
        return given if said is None else said
    raise ValueError(
        f"{place}: the file says {key} = {said!r}, but {given!r} was given. Leave {key} out to "
        "take the file's, or change the file."
    )


def _number(place: str, key: str, said: Any) -> float:
    try:
        return float(said)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{place}: metadata {key!r} is {said!r}, expected a number. Correct the file."
        ) from error


def _question(place: str, key: str, options: tuple[str, ...]) -> str:
    what = {
        "time_step_ms": "how long a step is",
        "time_unit": "in which unit its times are",
        "reset": "what happens at a spike",
    }[key]
    choice = f"one of {', '.join(map(repr, options))}" if options else "a number"
    return (
        f"{place}: NIR does not say {what}, and this file's metadata do not either. Say it: "
        f"read_nir(..., {key}=...), {choice}. The framework that wrote the file knows."
    )
