"""Memories as files of hexadecimal words, as Verilog's `$readmemh` takes them."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ranvier.core import atomic_path

_WORD = re.compile(r"[0-9a-fA-F_]+")


def write_words(path: Path, memory: NDArray[np.uint8], about: Sequence[str] = ()) -> None:
    """Write one word per line, the highest byte first.

    Args:
        path: of the file, written whole or not at all.
        memory: `[words, bytes]`, the lowest byte first.
        about: lines of a comment ahead.

    Raises:
        OSError: the file cannot be written.
    """
    lines = [f"// {line}" for line in about]
    lines += [row.tobytes().hex() for row in memory[:, ::-1]]
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n")


def read_words(path: Path, words: int, size: int) -> NDArray[np.uint8]:
    """Read all words of a memory.

    Words are separated by blanks, `//` begins a comment, underscores in words say nothing, and `@`
    with hexadecimal digits goes to an address.

    Args:
        path: of the file.
        words: that the memory has.
        size: bytes of each.

    Returns:
        `[words, size]`, the lowest byte first.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a word of another width, something else than a word, a word too many or twice,
            or one that is missing; file and line are named.
    """
    memory = np.zeros((words, size), np.uint8)
    filled = np.zeros(words, bool)
    at = 0
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        for word in line.partition("//")[0].split():
            where = f"{path}, line {number}"
            digits = word.removeprefix("@").replace("_", "")
            if not digits or not _WORD.fullmatch(word.removeprefix("@")):
                raise ValueError(
                    f"{where} has {word[:40]!r}, expected hexadecimal digits: every bit of a "
                    "memory is 0 or 1."
                )
            if word.startswith("@"):
                at = int(digits, 16)
                continue
            if len(digits) != 2 * size:
                raise ValueError(
                    f"{where} has a word of {len(digits)} digits, expected {2 * size}: words of "
                    f"this memory have {8 * size} bits."
                )
            if at >= words:
                raise ValueError(
                    f"{where} has a word at address {at}, expected 0 to {words - 1}: the memory "
                    f"has {words} words."
                )
            if filled[at]:
                raise ValueError(f"{where} has word {at} a second time, expected each once.")
            memory[at] = np.frombuffer(bytes.fromhex(digits), np.uint8)[::-1]
            filled[at] = True
            at += 1
    if not filled.all():
        raise ValueError(
            f"{path} has {int(filled.sum())} of {words} words, word {int(filled.argmin())} is the "
            "first that is missing: the file is cut short."
        )
    return memory
