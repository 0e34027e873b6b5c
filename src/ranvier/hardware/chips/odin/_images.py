"""Memory images: words in hexadecimal digits, as test benches load them with `$readmemh`."""

import os
from pathlib import Path

import numpy as np

from ranvier.hardware.chips._readmemh import read_words, write_words
from ranvier.hardware.chips.odin import _words
from ranvier.hardware.chips.odin._chip import ODIN
from ranvier.hardware.chips.odin._events import NEURONS
from ranvier.hardware.chips.odin._state import State
from ranvier.hardware.chips.odin._transcript import (
    SYNAPSE_BYTES,
    SYNAPSE_WORDS,
    synapse_bytes,
    synapses_of,
)

_FILES = ("neurons.hex", "synapses.hex")


def write_images(
    folder: str | os.PathLike[str], chip: ODIN, state: State | None = None
) -> tuple[Path, Path]:
    """Write both memories as words in hexadecimal digits, one per line, each file whole.

    `neurons.hex` has 256 words of 128 bits, `synapses.hex` 8192 words of 32 bits at the address
    `{presynaptic[7:0], postsynaptic[7:3]}`; Verilog's `$readmemh` loads them. The registers of the
    configuration are in no memory: `transcript` writes them too.

    Args:
        folder: made if needed.
        chip: whose memories are written.
        state: after which; `None` is what the chip started with.

    Returns:
        The two files.

    Raises:
        OSError: a file cannot be written.

    Example:
        >>> import tempfile
        >>> from ranvier.hardware.chips import odin
        >>> chip = odin.ODIN([odin.LIFNeuron(thr=9)], [[8 + 5]])
        >>> folder = tempfile.mkdtemp()
        >>> neurons, synapses = odin.write_images(folder, chip)
        >>> synapses.read_text().splitlines()[0]
        '0000000d'
        >>> again = odin.ODIN.from_memory(*odin.read_images(folder), chip.configuration)
        >>> bool((again.memory(again.init())[0] == chip.memory(chip.init())[0]).all())
        True
    """
    words, synapses = chip.memory(chip.init() if state is None else state)
    paths = tuple(Path(folder) / name for name in _FILES)
    for path, memory in zip(paths, (words, synapse_bytes(synapses)), strict=True):
        write_words(path, memory)
    return paths[0], paths[1]


def read_images(folder: str | os.PathLike[str]) -> tuple[np.ndarray, np.ndarray]:
    """The memories that `write_images` left, or that follow the rules of `$readmemh`.

    Words are separated by blanks, `//` begins a comment, underscores in words say nothing, and `@`
    with hexadecimal digits goes to an address.

    Args:
        folder: with `neurons.hex` and `synapses.hex`.

    Returns:
        The neuron memory, `[256, 16]` bytes, and the synapses, `[256, 256]`, as
        `ODIN.from_memory` takes them.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a word of another width, something else than a word, a word too many or twice,
            or one that is missing; file and line are named.

    Example:
        See `write_images`.
    """
    paths = [Path(folder) / name for name in _FILES]
    neurons = read_words(paths[0], NEURONS, _words.WORD_BYTES)
    return neurons, synapses_of(read_words(paths[1], SYNAPSE_WORDS, SYNAPSE_BYTES))
