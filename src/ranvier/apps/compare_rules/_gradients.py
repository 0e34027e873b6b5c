"""How far the gradient of each rule is from the exact one."""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ranvier.apps.compare_rules._settings import Settings, network
from ranvier.apps.compare_rules._tasks import Task
from ranvier.core import Batch, Cell
from ranvier.learn import Rule

RANDOM = ("uoro", "kf-rtrl", "ok-rtrl")
"""Rules that draw random signs: they have a spread, and a mean."""

READOUT = "readout"
_GROUPS = ("input weights", "recurrent weights", "hidden neurons", READOUT)


def group_names(layers: int) -> tuple[str, ...]:
    """What parameters are told apart by: their kind in one hidden layer, their layer in several.

    Args:
        layers: hidden ones.

    Example:
        >>> group_names(2)
        ('layer 1', 'layer 2', 'readout')
    """
    if layers == 1:
        return _GROUPS
    return (*(f"layer {number}" for number in range(1, layers + 1)), READOUT)


def groups(gradients: Any, layers: int) -> dict[str, Array]:
    """Parameters of hidden layers and of what is above, a vector per group; no empty ones."""
    hidden, above = gradients.layers[:layers], gradients.layers[layers:]
    if layers == 1:
        (layer,) = hidden
        hidden = (layer.synapses, layer.recurrent, layer.neuron)
    found = {}
    for name, part in zip(group_names(layers), (*hidden, above), strict=True):
        leaves = [leaf.ravel() for leaf in jax.tree.leaves(eqx.filter(part, eqx.is_array))]
        if leaves:
            found[name] = jnp.concatenate(leaves)
    return found


Drawn = Callable[[Cell, Batch, Any], dict[str, Array]]


def drawn(rule: Rule, layers: int) -> Drawn:
    """The gradient under every key, `[draws, parameters]` per group; one draw without keys.

    Args:
        rule: whose gradient.
        layers: hidden ones of the networks.
    """

    def once(model: Cell, batch: Batch, key: Any) -> dict[str, Array]:
        return groups(rule(model, batch, key)[1], layers)

    @eqx.filter_jit
    def all_of_them(model: Cell, batch: Batch, keys: Any) -> dict[str, Array]:
        if keys is None:
            return jax.tree.map(lambda found: found[None], once(model, batch, None))
        # One after another: side by side their traces would not fit into memory.
        return jax.lax.map(lambda key: once(model, batch, key), keys)

    return all_of_them


def compared(found: np.ndarray, exact: np.ndarray) -> dict[str, float | None]:
    """What a group's gradients, `[draws, parameters]`, have to do with the exact one.

    Returns:
        `cosine`, the mean over draws; `error`, that of the mean gradient, relative; `spread`, the
        standard deviation over draws relative to the exact norm, and `bias`, the error of the
        mean in units of what so many unbiased draws would give (about 1); both `None` for one
        draw. All `None` where the exact gradient is zero.
    """
    size = float(np.linalg.norm(exact))
    if size == 0:
        return dict.fromkeys(("cosine", "error", "spread", "bias"))
    norms = np.maximum(np.linalg.norm(found, axis=1), np.finfo(np.float32).tiny)
    cosines = found @ exact / norms / size
    away = float(np.linalg.norm(found.mean(0) - exact))
    result: dict[str, float | None] = {
        "cosine": float(np.clip(cosines, -1, 1).mean()),
        "error": away / size,
        "spread": None,
        "bias": None,
    }
    if len(found) > 1:
        spread = float(np.sqrt(found.var(0, ddof=1).sum()))
        result["spread"] = spread / size
        result["bias"] = away / (spread / np.sqrt(len(found))) if spread else None
    return result


def _seeds(settings: Settings, task: Task) -> Iterator[tuple[int, Cell, Batch]]:
    """Per seed, its network and its batch."""
    for seed in range(settings.seeds):
        batch = task.draw(np.random.default_rng(seed), settings.examples)
        model = network(settings, task.width, task.answers, seed)
        yield seed, model, Batch(*(jnp.asarray(array) for array in batch))


def exact(settings: Settings, task: Task, reference: Drawn) -> list[dict[str, Array]]:
    """The exact gradient of every network, `[1, parameters]` per group.

    Args:
        settings: of the comparison.
        task: draws the batches.
        reference: gives exact gradients.
    """
    return [reference(model, batch, None) for _, model, batch in _seeds(settings, task)]


def measure(
    settings: Settings, task: Task, rule: str, found: Drawn, exact: list[dict[str, Array]]
) -> list[dict[str, Any]]:
    """One row per seed and group of parameters.

    Args:
        settings: of the comparison.
        task: draws the batches.
        rule: its name.
        found: gives its gradients.
        exact: what `exact` gives, the same for every rule.
    """
    rows = []
    for seed, model, batch in _seeds(settings, task):
        keys = jax.random.split(jax.random.key(seed), settings.draws) if rule in RANDOM else None
        many, right = found(model, batch, keys), exact[seed]
        rows += [
            {
                "rule": rule,
                "seed": seed,
                "group": group,
                **compared(np.asarray(many[group]), np.asarray(right[group][0])),
            }
            for group in group_names(settings.layers)
            if group in right
        ]
    return rows


def cosines(found: dict[str, Array], right: dict[str, Array]) -> dict[str, float | None]:
    """Cosines of one gradient with the exact one: of every group, and of all "hidden" parameters.

    Args:
        found, right: `[1, parameters]` per group.

    Example:
        >>> one, other = jnp.array([[1.0, 0.0]]), jnp.array([[0.0, 2.0]])
        >>> cosines({"layer 1": one, "readout": one}, {"layer 1": other, "readout": 3 * one})
        {'layer 1': 0.0, 'readout': 1.0, 'hidden': 0.0}
    """

    def cosine(groups: list[str]) -> float | None:
        one, two = (
            np.concatenate([np.asarray(part[g]) for g in groups], 1) for part in (found, right)
        )
        return compared(one, two[0])["cosine"]

    return {
        **{group: cosine([group]) for group in right},
        "hidden": cosine([group for group in right if group != READOUT]),
    }
