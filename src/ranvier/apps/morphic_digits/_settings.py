"""What can be chosen when MorphIC reads digits."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from ranvier.apps._choices import checked

MOST = 501
"""Hidden neurons that fit into a core beside ten outputs and a line that raises those."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid", allow_inf_nan=False))
class Settings:
    """Settings of the digits on MorphIC; every result is saved with them.

    Attributes:
        data: "mnist", or "optical-digits", which needs no download.
        side: rows and columns of the images; smaller ones keep theirs.
        brightness: 0 to 1, above which a pixel is bright.
        hidden: neurons of the network in one core that is trained off the chip.
        quiet: pixels beyond half of them that have to match before a hidden neuron fires.
        shared: whether a network on all four cores is trained too: three of hidden neurons, three
            of which share each line of the fourth.
        epochs: of training off the chip.
        batch_size: images per update there.
        learning_rate: of Adam at the start, down to a hundredth by a cosine.
        validation: images at the end of the training set that choose the epoch.
        members: output neurons per class that learn on the chip, for each network.
        images: to learn from on the chip, the first of the training set.
        passes: over them.
        bits: N of the probability P / 2^N of a transition.
        move: P of the networks that are followed over all passes.
        moves: further P, networks of one neuron per class for each, over one pass.
        seeds: networks of every kind that learn on the chip.
        first_seed: of all networks.
        judged: test images that the chip reads, the first ones; 0 for all.
        checks: how often in the first pass the networks that learn on the chip are judged.

    Example:
        >>> Settings(members=(1,)).move
        2
    """

    data: Literal["mnist", "optical-digits"] = "mnist"
    side: int = Field(default=16, ge=4, le=16)
    brightness: float = Field(default=0.4, gt=0, lt=1)
    hidden: int = Field(default=500, ge=1, le=MOST)
    quiet: int = Field(default=8, ge=0, le=100)
    shared: bool = True
    epochs: int = Field(default=5, ge=1)
    batch_size: int = Field(default=100, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    validation: int = Field(default=5000, ge=1)
    members: tuple[Annotated[int, Field(ge=1, le=51)], ...] = (1, 21)
    images: int = Field(default=6000, ge=1)
    passes: int = Field(default=2, ge=1)
    bits: int = Field(default=7, ge=0, le=15)
    move: int = Field(default=2, ge=1)
    moves: tuple[Annotated[int, Field(ge=1)], ...] = (1, 8, 32, 128)
    seeds: int = Field(default=2, ge=1)
    first_seed: int = Field(default=0, ge=0)
    judged: int = Field(default=1000, ge=0)
    checks: int = Field(default=4, ge=1)

    def __post_init__(self) -> None:
        most = max(self.move, *self.moves, 0)
        if most > 1 << self.bits:
            raise ValueError(
                f"P is {most} in move or moves, expected at most {1 << self.bits}: P cannot be "
                "more than 2 to the power of bits."
            )


PRESETS: dict[str, dict[str, Any]] = {
    "small": {
        "data": "optical-digits",
        "hidden": 40,
        "quiet": 0,
        "shared": False,
        "epochs": 4,
        "batch_size": 20,
        "validation": 200,
        "members": (1, 3),
        "images": 60,
        "passes": 1,
        "moves": (128,),
        "seeds": 2,
        "judged": 20,
        "checks": 2,
    }
}
"""Named starting points; any option given beside a preset goes over it."""


def build(**chosen: Any) -> Settings:
    """Settings from what a user chose, with errors in words.

    Args:
        chosen: any of the fields; `preset` starts from a named set.

    Raises:
        ValueError: an unknown name or a value outside its range.

    Example:
        >>> build(preset="small").data
        'optical-digits'
    """
    return checked(Settings, PRESETS, chosen)
