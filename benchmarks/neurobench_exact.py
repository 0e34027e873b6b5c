"""Costs of a network counted one connection, one entry and one step after the other.

Every connection is written into a matrix by loops, the network is simulated with it, and each
product is looked at. Slow, and the measure of both other sides.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from benchmarks.neurobench_plan import DECAY, THRESHOLD, Case, Convolution, Recurrent


def connected(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    """Weights `[out, in]`, and whether there is a connection at all."""
    if not isinstance(layer, Convolution):
        return layer.weight.astype(np.float64), np.ones(layer.weight.shape, bool)
    seen, made = layer.weight.shape[2:]
    height, width = layer.space
    rows, columns = layer.out_space
    channels = seen * layer.groups
    weight = np.zeros((rows * columns * made, height * width * channels))
    there = np.zeros(weight.shape, bool)
    for row, column, i, j in itertools.product(
        range(rows), range(columns), *map(range, layer.weight.shape[:2])
    ):
        y = row * layer.stride + i * layer.dilation - layer.padding
        x = column * layer.stride + j * layer.dilation - layer.padding
        if not (0 <= y < height and 0 <= x < width):
            continue
        for one, two in itertools.product(range(seen), range(made)):
            sender = two // (made // layer.groups) * seen + one
            target = ((row * columns + column) * made) + two
            source = ((y * width + x) * channels) + sender
            weight[target, source] = layer.weight[i, j, one, two]
            there[target, source] = True
    return weight, there


def count(case: Case) -> dict[str, Any]:
    """All metrics of a case, and what its last layer gives, `[T, B, units]`."""
    steps, examples = case.shown.shape[:2]
    xs = case.shown.reshape(steps, examples, -1).astype(np.float64)
    found = {"effective MACs": 0, "effective ACs": 0, "dense": 0, "membrane updates": 0}
    outputs, kept = [], []
    for layer in case.layers:
        weight, there = connected(layer)
        kept.append(layer.weight)
        back = layer.back.astype(np.float64) if isinstance(layer, Recurrent) else None
        if back is not None:
            kept.append(layer.back)
        v = np.zeros((examples, len(weight)))
        y = np.zeros_like(v)
        ys = []
        for x in xs:
            paths = [(weight, there, x)]
            if back is not None:
                paths.append((back, np.ones(back.shape, bool), y))
            current = np.zeros_like(v)
            for values, exist, sent in paths:
                for example, activity in enumerate(sent):
                    works = exist & (values != 0) & (activity != 0)
                    spike = np.abs(activity) == 1
                    found["effective ACs"] += int((works & spike).sum())
                    found["effective MACs"] += int((works & ~spike).sum())
                    found["dense"] += int(exist.sum())
                    current[example] += values @ activity
            if case.neuron == "lif":
                before = v
                v = DECAY * v + current
                if case.reset == "subtract":
                    v = v - THRESHOLD * y
                y = (v > THRESHOLD).astype(np.float64)
                if case.reset == "zero":
                    v = v * (1 - y)
                found["membrane updates"] += int((v != before).sum())
            else:
                y = np.tanh(current)
            ys.append(y)
        xs = np.stack(ys)
        outputs.append(xs)
    weights = np.concatenate([one.ravel() for one in kept])
    silent = sum(int((one == 0).sum()) for one in outputs)
    return {
        "footprint": weights.nbytes,
        "connection sparsity": float((weights == 0).mean()),
        "activation sparsity": silent / sum(one.size for one in outputs),
        **{name: number / examples for name, number in found.items()},
        "outputs": outputs[-1].tolist(),
    }
