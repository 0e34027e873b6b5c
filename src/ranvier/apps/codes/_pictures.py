"""Pictures as a retina sees them, sent by a code and received, with noise on the way."""

from typing import NamedTuple

import jax
import jax.random as jr
import numpy as np

import ranvier.data
from ranvier.apps.codes._picture_codes import PictureCode
from ranvier.apps.codes._settings import Settings
from ranvier.data import Images

_CENTRE, _SURROUND = 0.8, 1.6
_AT_ONCE = 250


class Noise(NamedTuple):
    """What is done to spikes.

    Attributes:
        jitter: standard deviation of each spike's time, in steps.
        deletion: chance that a spike is lost.
        offset: all spikes of a picture come up to so many steps later, each as likely.
    """

    jitter: float = 0.0
    deletion: float = 0.0
    offset: int = 0


class Seen(NamedTuple):
    """Pictures, and the activities of cells that look at them.

    Attributes:
        activities: within 0..1, the largest of each picture 1, `[pictures, cells]`.
        falling: the same in falling order.
        pixels: within 0..1, `[pictures, pixels]`.
        labels: `[pictures]`.
    """

    activities: np.ndarray
    falling: np.ndarray
    pixels: np.ndarray
    labels: np.ndarray


def seen(images: Images) -> Seen:
    """On-centre and off-centre cells: differences of Gaussians, rectified, the largest scaled to 1.

    Args:
        images: of one size.
    """
    from scipy.ndimage import gaussian_filter

    pixels = images.images.astype(np.float32) / 255
    centre, surround = (gaussian_filter(pixels, (0, s, s)) for s in (_CENTRE, _SURROUND))
    difference = (centre - surround).reshape(len(pixels), -1)
    both = np.concatenate([np.maximum(difference, 0), np.maximum(-difference, 0)], 1)
    both /= np.maximum(both.max(1, keepdims=True), 1e-9)
    falling = -np.sort(-both, axis=1)
    return Seen(both, falling, pixels.reshape(len(pixels), -1), images.labels)


def parts(settings: Settings, seed: int) -> tuple[Seen, Seen]:
    """Pictures to learn from, drawn by the seed, and the first ones of the test set.

    Args:
        settings: how many of each.
        seed: of the draw.

    Raises:
        ValueError: more than there are.
    """
    load = ranvier.data.catalogue[settings.data]
    train, test = load("train"), load("test")
    for wanted, images, name in (
        (settings.learn, train, "learn"),
        (settings.judged, test, "judged"),
    ):
        if wanted > len(images):
            raise ValueError(f"{name} is {wanted}, expected at most {len(images)} pictures.")
    drawn = np.random.default_rng(seed).permutation(len(train))[: settings.learn]
    return seen(train[drawn]), seen(test[: settings.judged])


class Sender:
    """Sends pictures by one code and reads what arrives.

    Args:
        code: by which pictures are sent.
    """

    def __init__(self, code: PictureCode) -> None:
        self._spikes, self._read = jax.jit(code.spikes), jax.jit(code.read)

    def received(
        self, pictures: Seen, spikes: int, seed: int, noise: Noise | None = None
    ) -> tuple[np.ndarray, float]:
        """One number per cell and picture, and how many spikes a picture was sent with.

        Args:
            pictures: that are sent.
            spikes: wanted per picture.
            seed: draws spikes and noise.
            noise: on the way; none if None.
        """
        read, sent = [], 0
        for number, at in enumerate(range(0, len(pictures.labels), _AT_ONCE)):
            some = slice(at, at + _AT_ONCE)
            # Fast, and as good as the default where nothing else is drawn from the same key.
            key = jr.fold_in(jr.key(seed, impl="rbg"), number)
            trains = self._spikes(
                pictures.activities[some], pictures.falling[some], float(spikes), key
            )
            sent += float(trains.sum())
            if noise is not None:
                trains = disturbed(np.asarray(trains), noise, np.random.default_rng([seed, number]))
            read.append(np.asarray(self._read(trains)))
        return np.concatenate(read), sent / len(pictures.labels)


def disturbed(trains: np.ndarray, noise: Noise, generator: np.random.Generator) -> np.ndarray:
    """Trains whose spikes are lost by chance, and come early or late, each and all together.

    Args:
        trains: 0 and 1, `[steps, pictures, ...]`.
        noise: spikes that would leave the window stay at its ends.
        generator: draws all of it.
    """
    step, *unit = np.nonzero(trains)
    kept = generator.random(len(step)) >= noise.deletion
    late = generator.integers(0, noise.offset + 1, trains.shape[1])[unit[0]]
    moved = step + late + np.round(noise.jitter * generator.standard_normal(len(step)))
    to = np.clip(moved, 0, len(trains) - 1).astype(int)
    arrived = np.zeros_like(trains)
    arrived[to[kept], *(axis[kept] for axis in unit)] = 1
    return arrived
