"""How often noise behind a first-order low-pass crosses thresholds that follow it, from theory.

The noise is $dx = -x\\,dt + \\sqrt 2\\, dW$, of unit variance, with time in time constants. A pixel
with threshold c whose reference began at 0 sends an event when x leaves (a - c, a + c) around its
reference a, which then is that end. The references are a chain of neighbours; the time to leave and
the chance to leave upwards follow from scale function and speed measure of the process.

Looked at in steps of deviation s, x is on average 0.5826 s beyond a threshold when that is noticed
(Broadie, Glasserman, Kou, 1997): thresholds lie so much farther out, and x begins so much beyond
its reference, up or down as it came.
"""

import numpy as np

_BEYOND = 0.5826
_FINE = 4001


def leaving(start, low, high):
    """Mean time to leave an interval, and the chances to leave it upwards and downwards."""
    y = np.concatenate([np.linspace(low, start, _FINE), np.linspace(start, high, _FINE)[1:]])
    middle = _FINE - 1
    top = (y**2 / 2).max()
    scale, speed = np.exp(y**2 / 2 - top), np.exp(-(y**2) / 2 + top)
    area = np.concatenate([[0], np.cumsum((scale[1:] + scale[:-1]) / 2 * np.diff(y))])
    above = np.trapezoid(scale[middle:], y[middle:])
    up, down = area[middle] / area[-1], above / area[-1]
    right = np.trapezoid(((area[-1] - area) * speed)[middle:], y[middle:])
    left = np.trapezoid((area * speed)[: middle + 1], y[: middle + 1])
    return up * right + down * left, up, down


def on_rate(threshold, step=0.0):
    """On events per time constant of noise of unit variance; as many are off.

    Args:
        threshold: in deviations of the noise.
        step: between two looks, in time constants.
    """
    beyond = _BEYOND * np.sqrt(2 * step)
    most = int(np.ceil(5 / threshold)) + 1
    levels = np.arange(-most, most + 1)
    states = [(int(level), way) for level in levels for way in (1, -1)]
    chances = np.zeros((len(states), len(states)))
    times = np.zeros(len(states))
    for number, (level, way) in enumerate(states):
        at = level * threshold
        reach = threshold + beyond
        times[number], up, down = leaving(at + way * beyond, at - reach, at + reach)
        for other, chance in (((level + 1, 1), up), ((level - 1, -1), down)):
            # Beyond the last level nothing comes that would count.
            chances[number, states.index(other) if other in states else number] += chance
    values, vectors = np.linalg.eig(chances.T)
    share = np.real(vectors[:, np.argmax(np.real(values))])
    share /= share.sum()
    return 0.5 / float(share @ times)
