"""How models, rules and what their curves show are written for readers."""

import re

from ranvier.apps._choices import GATED

_INITIALS = re.compile(r"snu|lif|gru|lstm|rnn|^li(?=-)")
_RULES = {"bptt": "BPTT", "ostl": "OSTL", "ostl-with-h": "OSTL with H", "rtrl": "RTRL"}


def label(neuron: str, rule: str, recurrent: bool = False) -> str:
    """How a model and its rule are written: `sSNU, BPTT`.

    OSTL of a recurrent layer, which drops the recurrent Jacobian, is named for what it is.

    Example:
        >>> label("ssnu", "bptt"), label("gru", "ostl")
        ('sSNU, BPTT', 'GRU, OSTL without H')
    """
    name = _RULES.get(rule, rule)
    if rule == "ostl" and (recurrent or neuron in GATED):
        name = "OSTL without H"
    return f"{written(neuron)}, {name}"


def written(neuron: str) -> str:
    """A neuron's name as it is published: `sSNU`, `SNU-a`, `LSTM`.

    Example:
        >>> written("ssnu"), written("snu-a"), written("li-snu"), written("lstm")
        ('sSNU', 'SNU-a', 'LI-SNU', 'LSTM')
    """
    return _INITIALS.sub(lambda found: found[0].upper(), neuron)


def compared(drops_path: bool, gap: float) -> tuple[str, str]:
    """What two curves show, in a headline, and why."""
    if drops_path:
        return (
            "the recurrent path that OSTL drops shows",
            "This network is recurrent: with one trace per weight, OSTL drops influence that "
            "travels through other units, so the two need not agree.",
        )
    same = (
        "One stateful layer under a memoryless readout: in exact arithmetic the two gradients are "
        "the same. "
    )
    if gap < 1e-4:
        return "learning online follows BPTT step for step", same + "What is left is rounding."
    return (
        "one gradient, until rounding flips a spike",
        same + "Rounding differs in the last bit; once it moves a membrane across its threshold, "
        "a spike more or less is fed on, and the two trainings go their own ways.",
    )
