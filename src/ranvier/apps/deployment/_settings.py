"""What can be chosen when a network goes onto a chip."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of a deployment; every result is saved with them.

    Attributes:
        chip: "odin", "tiny-odin" or "reckon".
        model: file of a trained network: `model.safetensors` of another deployment, or `.nir`;
            none: one is trained first.
        data: "optical-digits" or "mnist"; the brightness of a pixel is the probability of a spike
            per time step.
        side: images are averaged to so many pixels a side.
        rate: probability of a spike of the brightest pixel per step.
        steps: time steps per image.
        hidden: units of each hidden layer.
        recurrent: whether hidden layers feed back.
        decay: of membranes per step.
        epochs: of the network itself.
        loop_epochs: then, with the chip in the loop.
        batch_size: images per update.
        learning_rate: of Adam; a third of it in the loop.
        learn: training images; 0 for all.
        judge: test images; 0 for all.
        seed: draws weights, spikes and the order of images.

    Example:
        >>> build(chip="reckon").recurrent
        True
    """

    chip: Literal["odin", "tiny-odin", "reckon"] = "odin"
    model: str = ""
    data: Literal["optical-digits", "mnist"] = "optical-digits"
    side: int = Field(default=8, ge=1)
    rate: float = Field(default=0.5, gt=0, le=1)
    steps: int = Field(default=16, ge=1)
    hidden: tuple[Annotated[int, Field(ge=1)], ...] = (50,)
    recurrent: bool = False
    decay: float = Field(default=0.95, ge=0, le=1)
    epochs: int = Field(default=20, ge=0)
    loop_epochs: int = Field(default=5, ge=0)
    batch_size: int = Field(default=64, ge=1)
    learning_rate: float = Field(default=3e-3, gt=0)
    learn: int = Field(default=0, ge=0)
    judge: int = Field(default=0, ge=0)
    seed: int = Field(default=0, ge=0)

    def __post_init__(self) -> None:
        if not self.model and not self.epochs:
            raise ValueError(
                "epochs is 0 and there is no model; expected a trained network's file, or epochs."
            )
        if self.model and self.epochs:
            raise ValueError(
                f"epochs is {self.epochs}, expected 0 with a model of its own; give "
                "loop_epochs to train it further."
            )


# What each chip starts from.
_OF_CHIP: dict[str, dict[str, Any]] = {
    "reckon": {"hidden": (100,), "recurrent": True},
    "tiny-odin": {"hidden": (100,)},
}

PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "hidden": (12,),
        "steps": 6,
        "epochs": 2,
        "loop_epochs": 1,
        "learn": 128,
        "judge": 32,
    },
}


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose; what is not chosen is as the chip wants it.

    A model of its own is not trained further unless that is asked for.

    Args:
        **chosen: any of the fields of `Settings`; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(model="net.nir").loop_epochs
        0
    """
    start = dict(_OF_CHIP.get(str(chosen.get("chip")), {}))
    if chosen.get("model"):
        start |= {"epochs": 0, "loop_epochs": 0}
    preset = PRESETS.get(str(chosen.get("preset")), {})
    return checked(Settings, PRESETS, {**start, **preset, **chosen})
