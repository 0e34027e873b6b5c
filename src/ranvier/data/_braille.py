"""Braille letters under a robot's fingertip."""

import itertools
import os
import zipfile

import numpy as np

from ranvier.data._fetch import find_place
from ranvier.data._recordings import Recordings

_URL = "https://doi.org/10.5281/zenodo.6556273"
_PLACES = ("braille/braille_taxels_dev.npz", "braille.npz")
_RATE_HZ = 40.0
_FULL = 255.0


def braille(root: str | os.PathLike[str] | None = None) -> Recordings:
    r"""Letters in Braille, felt by twelve capacitive taxels that slide over them, 40 Hz.

    27 classes (space and A to Z), up to fifty repetitions of each; the rate is the published one,
    the archive does not say it. A sample is
    $1 - \text{raw} / 255$, so that an untouched taxel gives 0. The source of a recording is its
    repetition: in one, all letters were recorded. Nothing is fetched. Licence CC BY 4.0.

    Reads an archive of NumPy arrays: `taxel` uint8 `[steps of all trials, 12]`, `offset` (first
    step of each trial, and the end), `label`, `repetition` and `letters`.

    Args:
        root: a data folder that holds `braille/braille_taxels_dev.npz`; without it, $RANVIER_DATA
            and the cache are tried in this order.

    Raises:
        FileNotFoundError: `root` is no folder, or the recordings are nowhere.
        ValueError: an archive that is damaged or lacks an array, or arrays that do not fit.

    Source: S. F. Müller-Cleve et al., Front. Neurosci. 16:951164 (2022).

    Example:
        >>> braille().samples[0].shape  # doctest: +SKIP
        (76, 12)
        >>> braille("no such folder")
        Traceback (most recent call last):
        FileNotFoundError: the data folder no such folder does not exist. Give an existing ...
    """
    remedy = f"They are published at {_URL}; the reference names the arrays that are read."
    path = find_place(root, _PLACES, "the Braille letters", remedy)
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(
            f"{path} cannot be read as an archive of NumPy arrays: {error}. Get it anew from {_URL}"
        ) from error
    missing = {"taxel", "offset", "label", "repetition", "letters"} - set(arrays)
    if missing:
        raise ValueError(
            f"{path} holds {sorted(arrays)}; it lacks {', '.join(sorted(missing))}. Get it anew "
            f"from {_URL}"
        )
    taxel, offset = arrays["taxel"], arrays["offset"].astype(int)
    trials = len(arrays["label"])
    if (
        taxel.ndim != 2
        or len(offset) != trials + 1
        or len(arrays["repetition"]) != trials
        or offset[0] != 0
        or offset[-1] != len(taxel)
        or (np.diff(offset) < 1).any()
    ):
        raise ValueError(
            f"{path}: {trials} labels, {len(arrays['repetition'])} repetitions, {len(offset)} "
            f"offsets from {offset[0]} to {offset[-1]} and taxels of shape {list(taxel.shape)} do "
            f"not fit. Get it anew from {_URL}"
        )
    felt = (1 - taxel.astype(np.float32) / _FULL).astype(np.float32)
    samples = tuple(felt[a:b] for a, b in itertools.pairwise(offset))
    repetitions = arrays["repetition"].astype(int)
    return Recordings(
        "braille",
        samples,
        arrays["label"].astype(int),
        tuple(str(letter) for letter in arrays["letters"]),
        tuple(f"repetition {number}" for number in repetitions),
        repetitions,
        _RATE_HZ,
    )
