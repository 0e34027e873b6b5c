"""Rules by name, GRAPES's controls among them."""

import functools
from collections.abc import Callable

import jax

from ranvier.apps._credit import CONTROLS, FORMS, controlled
from ranvier.core import nearest
from ranvier.learn import Rule
from ranvier.learn.rules import catalogue
from ranvier.synapses import clipped_importance

REFERENCE = "bptt"
"""The rule whose gradient is exact, and which every comparison holds the others against."""


def maker(name: str) -> Callable[..., Rule]:
    """What makes a rule from a loss: `ostl`, `dfa`, `grapes:shuffled`.

    Args:
        name: a rule of the catalogue; for `grapes` and `local-grapes`, a colon and a control may
            follow.

    Raises:
        ValueError: a name that is not known.

    Example:
        >>> from ranvier.learn import losses
        >>> rule = maker("grapes:over-mean")(losses.categorical)
    """
    rule, colon, control = name.partition(":")
    make = catalogue[rule]
    if not colon:
        return make
    if rule not in FORMS:
        raise ValueError(f"{name!r}: controls belong to {' and '.join(FORMS)}, not to {rule!r}.")
    if control not in CONTROLS:
        raise ValueError(
            f"{name!r}: no control is called {control!r}. {nearest(control, CONTROLS)}"
        )
    modulation = controlled(clipped_importance, control, jax.random.key(0))
    return functools.partial(make, modulation=modulation)
