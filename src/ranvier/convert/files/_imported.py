"""What a reader hands over."""

from typing import NamedTuple

from ranvier.nets import Graph


class Imported(NamedTuple):
    """A network of other software, ready to be run for one step or to be converted.

    Attributes:
        network: its nodes are synapses and `ReLU`; what leads to `"output"` gives the logits.
        source: of what kind the file was.
        notes: what was dropped or written in another way, by the names of the layers.
        layers: each layer of the file, in order, and the nodes that it became, if any: sums
            become edges that meet, and what does nothing at inference vanishes.
        file_shape: axes of one example as the file has them; `network.in_shape` has the channels
            last.

    Example:
        See `read_network`.
    """

    network: Graph
    source: str
    notes: tuple[str, ...]
    layers: dict[str, tuple[str, ...]]
    file_shape: tuple[int, ...]
