"""The networks that are compared, and what each of them learns."""

from typing import NamedTuple


class Network(NamedTuple):
    """A network and its task.

    Attributes:
        data: "phases" (a regression), "shifted-phases" (the same, answers larger by 2),
            "clusters", "mnist", "cifar10-lossy" or "optical-digits".
        hidden: units of the fully connected hidden layers.
        channels: of the convolutions, each of which a pool of 2 x 2 follows.
        kernel: places along each axis that a convolutional unit sees; the padding keeps the size.
        frozen: whether convolutions stay as they were drawn.

    Example:
        >>> Network("mnist", (500,)).layers
        '784-500-10'
    """

    data: str
    hidden: tuple[int, ...]
    channels: tuple[int, ...] = ()
    kernel: int = 5
    frozen: bool = False

    @property
    def layers(self) -> str:
        """The layers in a few characters."""
        if not self.channels:
            inputs = {"mnist": 784, "cifar10-lossy": 3072, "optical-digits": 64}
            return "-".join(map(str, (inputs.get(self.data, 256), *self.hidden, 10)))
        drawn = "random " if self.frozen else "trained "
        seen = f"{self.kernel} x {self.kernel}"
        convolved = " + ".join(f"CONV {channels} {seen}" for channels in self.channels)
        return f"{drawn}{convolved} + FC {'-'.join(map(str, (*self.hidden, 10)))}"


NETWORKS = {
    "regression": Network("phases", (100,)),
    "regression-shifted": Network("shifted-phases", (100,)),
    "classification": Network("clusters", (100,)),
    "mnist-500": Network("mnist", (500,)),
    "mnist-1000": Network("mnist", (1000,)),
    "mnist-2x500": Network("mnist", (500, 500)),
    "mnist-2x1000": Network("mnist", (1000, 1000)),
    "mnist-conv-random": Network("mnist", (1000,), (32,), frozen=True),
    "mnist-conv": Network("mnist", (1000,), (32,)),
    "cifar10-1000": Network("cifar10-lossy", (1000,)),
    "cifar10-2x1000": Network("cifar10-lossy", (1000, 1000)),
    "cifar10-small-conv-random": Network("cifar10-lossy", (500,), (16, 32), 3, frozen=True),
    "cifar10-small-conv": Network("cifar10-lossy", (500,), (16, 32), 3),
    "cifar10-conv-random": Network("cifar10-lossy", (2000,), (64, 256), 3, frozen=True),
    "cifar10-conv": Network("cifar10-lossy", (2000,), (64, 256), 3),
    "digits-100": Network("optical-digits", (100,)),
    "digits-conv": Network("optical-digits", (50,), (8,), 3),
}
"""Networks by name. The publication's, but for the sizes of the synthetic tasks, which are ours, a
control (`regression-shifted`), the `small-conv`, of a size for one core, and `digits`, which need
no download."""
