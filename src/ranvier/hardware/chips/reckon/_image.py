"""The chip's memories as files of hexadecimal words, as Verilog's `$readmemh` takes them."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips._readmemh import read_words, write_words
from ranvier.hardware.chips.reckon._chip import ReckOn
from ranvier.hardware.chips.reckon._memory import State
from ranvier.hardware.chips.reckon._registers import Registers
from ranvier.hardware.chips.reckon._words import CHUNKS, WORDS, memories, of_memories

_ABOUT = {
    "neurons": "alpha, threshold, then e_out, e_rec, e_inp, u of the odd and of the even neuron",
    "w_inp": "word {input, neuron >> 4}, byte neuron & 15, the lowest last",
    "w_rec": "word {neuron, neuron >> 4}, byte neuron & 15, the lowest last",
    "w_out": "word {neuron}, byte output, the lowest last",
}


def write_memory_image(folder: str | os.PathLike[str], chip: ReckOn, state: State) -> list[Path]:
    """Write the chip's four memories, one word of 128 bits per line, for `$readmemh`.

    `neurons.hex` has 128 words, `w_inp.hex` and `w_rec.hex` 4096 each, `w_out.hex` the 256 that
    are used. Registers and generators are not in memories: see `programming`.

    Args:
        folder: where the files go; each is written whole or not at all.
        chip: its leaks and thresholds.
        state: membranes, traces and weights.

    Returns:
        The files.

    Raises:
        OSError: the folder cannot be written to.

    Source: word layout of the ReckOn documentation, github.com/ChFrenkel/ReckOn.

    Example:
        >>> import tempfile
        >>> chip = ReckOn(Registers(num_out_neur=1), alpha=0xFEF, threshold=614)
        >>> folder = Path(tempfile.mkdtemp())
        >>> files = write_memory_image(folder, chip, chip.init(w_out=[[1, -1], [0, 0]]))
        >>> files[0].read_text().splitlines()[1], files[3].read_text().splitlines()[1]
        ('fef02660000000000000000000000000', '0000000000000000000000000000ff01')
        >>> again, state = read_memory_image(folder, chip.registers)
        >>> int(again.threshold[0]), chip.weights(state)[2].tolist()
        (614, [[1, -1], [0, 0]])
    """
    written = []
    for name, words in memories(chip, state).items():
        path = Path(folder) / f"{name}.hex"
        about = [f"ReckOn {name}, {WORDS[name]} words of 128 bits: {_ABOUT[name]}"]
        write_words(path, np.ascontiguousarray(words, "<u4").view(np.uint8), about)
        written.append(path)
    return written


def read_memory_image(folder: str | os.PathLike[str], registers: Registers) -> tuple[ReckOn, State]:
    """A chip and its state from files as `write_memory_image` writes them.

    Comments behind `//`, empty lines, underscores in numbers and `@address` are read as `$readmemh`
    reads them. Generators hold the seeds that the registers name.

    Args:
        folder: with `neurons.hex`, `w_inp.hex`, `w_rec.hex` and `w_out.hex`.
        registers: the configuration, which is in no memory.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a line that is no word of 32 hexadecimal digits, a word too many or twice, or
            one that is missing; with file and line.

    Example:
        See `write_memory_image`.
    """
    held = {name: _read(Path(folder), name) for name in WORDS}
    neurons, state = of_memories(ReckOn(registers).init(), held)
    return ReckOn(registers, alpha=neurons.alpha, threshold=neurons.threshold), state


def _read(folder: Path, name: str) -> NDArray[np.uint32]:
    path = folder / f"{name}.hex"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing, expected {', '.join(f'{name}.hex' for name in WORDS)} in a folder."
        )
    held = read_words(path, WORDS[name], 4 * CHUNKS)
    return held.view("<u4").astype(np.uint32)
