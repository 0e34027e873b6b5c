"""The optimisers that the experiments offer by name."""

from typing import Any, Literal

import optax

Name = Literal["adam", "rmsprop", "sgd", "nesterov"]
Schedule = Literal["constant", "cosine"]


def optimiser(
    name: Name,
    rate: float,
    *,
    updates: int = 1,
    schedule: Schedule = "constant",
    clip: float = 0.0,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
) -> optax.GradientTransformation:
    """An optimiser with its schedule.

    Args:
        name: "adam" (AdamW where there is a weight decay), "rmsprop", "sgd", or "nesterov", which
            is "sgd" whose momentum looks ahead.
        rate: learning rate at the start.
        updates: how many there will be in all; a constant schedule does not ask.
        schedule: "constant", or "cosine" down to a hundredth at the last update.
        clip: largest global norm of the gradient; 0 does not clip.
        weight_decay: of AdamW, decoupled from the gradient.
        momentum: of "sgd" and "nesterov".
    """
    rates: Any = rate
    if schedule == "cosine":
        rates = optax.cosine_decay_schedule(rate, updates, alpha=0.01)
    made = {
        "adam": lambda: optax.adamw(rates, weight_decay=weight_decay),
        "rmsprop": lambda: optax.rmsprop(rates, decay=0.9, eps=1e-7),
        "sgd": lambda: optax.sgd(rates, momentum=momentum or None),
        "nesterov": lambda: optax.sgd(rates, momentum=momentum, nesterov=True),
    }[name]()
    return optax.chain(*([optax.clip_by_global_norm(clip)] if clip else []), made)
