"""What settings say of images, chip and teacher; those of the experiments mean the same by it."""

from typing import Any, Protocol


class Task(Protocol):
    """Settings of an experiment with ten neurons that learn digits."""

    @property
    def data(self) -> str: ...
    @property
    def judge(self) -> str: ...
    @property
    def judged(self) -> int: ...
    @property
    def images(self) -> int: ...
    @property
    def crop(self) -> int: ...
    @property
    def side(self) -> int: ...
    @property
    def deskew(self) -> bool: ...
    @property
    def dimmest(self) -> int: ...
    @property
    def spikes(self) -> int: ...
    @property
    def learning_threshold(self) -> int: ...
    @property
    def thetamem(self) -> int: ...
    @property
    def margin(self) -> int: ...
    @property
    def alone(self) -> float: ...
    @property
    def together(self) -> float: ...
    @property
    def slowing(self) -> float: ...
    @property
    def thresholds(self) -> tuple[int, ...]: ...
    @property
    def checkpoints(self) -> int: ...


def check(task: Task) -> None:
    """Refuse what no chip can do.

    Args:
        task: settings of an experiment.

    Raises:
        ValueError: registers or images that do not fit each other.
    """
    if task.thetamem >= task.learning_threshold:
        raise ValueError(
            f"thetamem is {task.thetamem}, expected less than learning_threshold, "
            f"{task.learning_threshold}: a membrane that fires is never between the two."
        )
    if task.side > task.crop:
        raise ValueError(
            f"side is {task.side}, expected at most crop, {task.crop}: images are scaled down."
        )
    if not task.thresholds or not all(1 <= one <= 255 for one in task.thresholds):
        raise ValueError(
            f"thresholds are {list(task.thresholds)}, expected at least one, each 1 to 255: "
            "the register has 8 bits."
        )


SMALL: dict[str, Any] = {
    "data": "optical-digits",
    "images": 80,
    "judged": 30,
    "crop": 8,
    "side": 8,
    "spikes": 12,
    "threshold": 45,
    "learning_threshold": 42,
    "thetamem": 21,
    "alone": 6,
    "together": 3,
    "thresholds": (20, 45),
    "checkpoints": 2,
    "seeds": 2,
}
"""Settings of runs that take seconds."""
