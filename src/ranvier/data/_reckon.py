"""Spike trains and weights in the text formats of the ReckOn chip's test bench."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ranvier.core import Batch, one_of
from ranvier.data._fetch import find

_COMMIT = "5e5c0bea8fe1897876ba3b7bfdcecf76d3bf4505"
_URL = f"https://raw.githubusercontent.com/ChFrenkel/ReckOn/{_COMMIT}/src/data/"
_CUES = {
    "train": "077593d0fa00caba389ea406bdf113d546ced21a2d130f68d5b2cedc7f6d1647",
    "test": "200c730abd248c3bf380acc57349aaf9ab22de1a17ad0b576c2399a642f8c0d2",
}
_WEIGHTS = {
    "inp": ((40, 100), "95bc59589ae926589a37e5502ba61cec97ff989cc2e3fe0e18f03f63275bd6fa"),
    "rec": ((100, 100), "ac31aa6254ceb3dd9dc54bd1c82ab08f1efe631b183b078b0503ff9ab9371259"),
    "out": ((100, 2), "49d83d691e23e70bf8b64f4b6a3593daedb8a6dba60edc545e9c3965c9f68526"),
}


def read_reckon(path: str | os.PathLike[str], *, inputs: int = 40, supervised: int = 150) -> Batch:
    """Read labelled spike trains as ReckOn's test bench is fed with them.

    The first line is the number of samples; then every line is `index, value`: an input neuron and
    the time of its spike in steps of 1 ms, or `-2, label`, or `-1, steps` at the end of a sample.

    Args:
        path: a `.dat` file.
        inputs: how many input neurons there are.
        supervised: in how many steps, at the end, the answer is asked for.

    Returns:
        Input `[T, B, inputs]`; target `[T, B, labels]`, one-hot; mask `[T, B]`.

    Raises:
        ValueError: a line that is not of this form, an input or a time out of range, samples of
            unlike length, or not as many as announced; the line is named.

    Source: Frenkel, Indiveri, ISSCC 2022; github.com/ChFrenkel/ReckOn, src/data.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "two.dat"
        >>> _ = path.write_text("2\\n0, 1\\n-2, 1\\n-1, 4\\n1, 0\\n-2, 0\\n-1, 4\\n")
        >>> batch = read_reckon(path, inputs=2, supervised=1)
        >>> batch.x[:, 0, 0], batch.target[0]
        (array([0., 1., 0., 0.], dtype=float32), array([[0., 1.],
               [1., 0.]], dtype=float32))
    """
    lines = Path(path).read_text().splitlines()
    samples: list[tuple[list[tuple[int, int]], int, int]] = []
    events: list[tuple[int, int]] = []
    label = None
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            index, value = (int(part) for part in line.split(","))
        except ValueError:
            raise ValueError(
                f"{path}, line {number}: got {line!r}, expected two whole numbers with a comma."
            ) from None
        if index == -2:
            label = value
        elif index == -1:
            if label is None:
                raise ValueError(f"{path}, line {number}: a sample ends that has no label.")
            late = [time for _, time in events if time >= value]
            if late:
                raise ValueError(
                    f"{path}, line {number}: a sample of {value} steps has a spike at {late[0]}."
                )
            samples.append((events, label, value))
            events, label = [], None
        elif 0 <= index < inputs and value >= 0:
            events.append((index, value))
        else:
            raise ValueError(
                f"{path}, line {number}: got {line!r}, expected an input from 0 to {inputs - 1} "
                "and its time."
            )
    announced = lines[0].strip() if lines else ""
    if announced != str(len(samples)) or events:
        raise ValueError(
            f"{path}: announces {announced or 'nothing'!r} samples and holds {len(samples)}"
            f"{' and a part of one' if events else ''}. Is it cut off?"
        )
    lengths = {steps for _, _, steps in samples}
    if len(lengths) != 1:
        raise ValueError(f"{path}: samples of {sorted(lengths)} steps, expected one length.")
    steps = lengths.pop()
    x = np.zeros((steps, len(samples), inputs), np.float32)
    for sample, (spikes, _, _) in enumerate(samples):
        for index, time in spikes:
            x[time, sample, index] = 1
    labels = np.array([label for _, label, _ in samples])
    if labels.min() < 0:
        raise ValueError(f"{path}: a label is {labels.min()}, expected 0 or more.")
    target = np.eye(max(2, labels.max() + 1), dtype=np.float32)[labels]
    mask = np.zeros((steps, len(samples)), np.float32)
    mask[-supervised:] = 1
    return Batch(x, np.broadcast_to(target, (steps, *target.shape)), mask)


def read_reckon_weights(
    path: str | os.PathLike[str], *, shape: tuple[int, int]
) -> NDArray[np.int8]:
    """Read weights as ReckOn's test bench loads them: one whole number per line, row by row.

    Args:
        path: a `.dat` file.
        shape: presynaptic units and postsynaptic ones.

    Returns:
        Weights `[presynaptic, postsynaptic]`.

    Raises:
        ValueError: a line that is no whole number of 8 bits, which is named, or not as many as the
            shape asks for.

    Source: Frenkel, Indiveri, ISSCC 2022; github.com/ChFrenkel/ReckOn, src/data.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "weights.dat"
        >>> _ = path.write_text("1\\n-2\\n3\\n-4\\n")
        >>> read_reckon_weights(path, shape=(2, 2))
        array([[ 1, -2],
               [ 3, -4]], dtype=int8)
    """
    values = []
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = int(line)
        except ValueError:
            value = None
        if value is None or not -128 <= value <= 127:
            raise ValueError(
                f"{path}, line {number}: got {line!r}, expected a whole number from -128 to 127."
            )
        values.append(value)
    if len(values) != shape[0] * shape[1]:
        raise ValueError(
            f"{path}: holds {len(values)} weights, expected {shape[0]} x {shape[1]}. Is it cut off?"
        )
    return np.array(values, np.int8).reshape(shape)


def reckon_cues(part: str, root: str | os.PathLike[str] | None = None) -> Batch:
    """Trials of accumulated cues that are shipped with the ReckOn chip: fifty of each part.

    They are drawn as those of `cue_accumulation`, with labels of the side that had more cues.

    Args:
        part: "train" or "test".
        root: a data folder to look in first; see `find`.

    Returns:
        Input `[2250, 50, 40]`; target `[2250, 50, 2]`, one-hot; mask `[2250, 50]`, 1 in the last
        150 steps.

    Raises:
        ValueError: another part, or a file that is another than the published one.
        ConnectionError: the file is not here and cannot be fetched.

    Source: Frenkel, Indiveri, ISSCC 2022; github.com/ChFrenkel/ReckOn, src/data.

    Example:
        >>> reckon_cues("train").x.shape  # doctest: +SKIP
        (2250, 50, 40)
        >>> reckon_cues("valid")
        Traceback (most recent call last):
        ...
        ValueError: reckon_cues: part is 'valid'. Known: test, train.
    """
    one_of("reckon_cues", "part", part, _CUES)
    name = f"dataset_cueAcc_{part}.dat"
    return read_reckon(find(f"reckon_cue/{name}", _URL + name, _CUES[part], root=root))


def reckon_cue_weights(
    root: str | os.PathLike[str] | None = None,
) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]:
    """Weights that the ReckOn chip's test bench starts from.

    Args:
        root: a data folder to look in first; see `find`.

    Returns:
        From inputs `[40, 100]`, between neurons `[100, 100]` and to outputs `[100, 2]`.

    Raises:
        ValueError: a file that is another than the published one.
        ConnectionError: a file is not here and cannot be fetched.

    Source: Frenkel, Indiveri, ISSCC 2022; github.com/ChFrenkel/ReckOn, src/data.

    Example:
        >>> [weights.shape for weights in reckon_cue_weights()]  # doctest: +SKIP
        [(40, 100), (100, 100), (100, 2)]
    """
    found = []
    for of, (shape, checksum) in _WEIGHTS.items():
        name = f"init_rand_weights_{of}_cueAcc.dat"
        path = find(f"reckon_cue/{name}", _URL + name, checksum, root=root)
        found.append(read_reckon_weights(path, shape=shape))
    return found[0], found[1], found[2]
