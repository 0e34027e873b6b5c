"""How an error reaches the layers: the ways that can be chosen, by name."""

from typing import NamedTuple

from jaxtyping import PRNGKeyArray

from ranvier.core import nearest
from ranvier.synapses import Modulation, mean_of, over_mean, shuffled

PATHS = {
    "bp": "backpropagation (BP)",
    "fa": "feedback alignment (FA)",
    "dfa": "direct feedback alignment (DFA)",
    "sdfa": "direct feedback of the error's sign (sDFA)",
    "drtp": "direct random target projection (DRTP)",
    "ifa": "indirect feedback alignment (IFA)",
    "shallow": "output layer alone",
}
"""Ways of the error, and what they are called."""

FORMS = ("grapes", "local-grapes")
"""Scaled by node importance on the way down, or for the weights alone."""

CONTROLS = ("mean", "over-mean", "shuffled")
"""Importance replaced by its mean, divided by it, or dealt out to other nodes."""

# Of the ways, those that GRAPES is defined for; direct signals pass no connections.
_SCALED = {"grapes": ("bp", "fa", "dfa", "ifa"), "local-grapes": ("bp", "fa", "ifa")}


class Credit(NamedTuple):
    """How hidden layers get their errors.

    Attributes:
        path: a key of `PATHS`.
        form: of `FORMS`; empty without GRAPES.
        control: of `CONTROLS`; empty for importance itself.

    Example:
        >>> Credit("bp", "grapes", "shuffled").path
        'bp'
    """

    path: str
    form: str = ""
    control: str = ""


def credit(name: str) -> Credit:
    """Read a name such as `dfa`, `bp+grapes` or `bp+local-grapes:shuffled`.

    Args:
        name: a path, a plus and a form of GRAPES, a colon and a control.

    Raises:
        ValueError: a part that is not known, or parts that do not go together.

    Example:
        >>> credit("fa+grapes")
        Credit(path='fa', form='grapes', control='')
    """
    path, plus, scaled = name.partition("+")
    form, colon, control = scaled.partition(":")
    if path not in PATHS:
        raise ValueError(f"no way of the error is called {path!r}. {nearest(path, PATHS)}")
    if plus and form not in FORMS:
        raise ValueError(f"{name!r}: no GRAPES is called {form!r}. {nearest(form, FORMS)}")
    if colon and control not in CONTROLS:
        raise ValueError(
            f"{name!r}: no control is called {control!r}. {nearest(control, CONTROLS)}"
        )
    if form and path not in _SCALED[form]:
        raise ValueError(
            f"{name!r}: {form} is not defined for {path}; expected {', '.join(_SCALED[form])}."
        )
    return Credit(path, form, control)


def controlled(plain: Modulation, control: str, key: PRNGKeyArray) -> Modulation:
    """Importance, or a control in its place.

    Args:
        plain: how importance comes from the weights.
        control: of `CONTROLS`, or empty.
        key: deals factors out to other nodes.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.synapses import node_importance
        >>> mean = controlled(node_importance, "mean", jax.random.key(0))
        >>> mean(jnp.array([[1.0, 2.0], [-1.0, 2.0]])).tolist()
        [1.5, 1.5]
    """
    if control == "shuffled":
        return shuffled(plain, key)
    return {"": lambda same: same, "mean": mean_of, "over-mean": over_mean}[control](plain)


def label(name: str) -> str:
    """How a name is written in tables and figures.

    Example:
        >>> label("bp+grapes:over-mean"), label("shallow")
        ('BP + GRAPES, over mean', 'output layer alone')
    """
    path, form, control = credit(name)
    short = PATHS[path].rpartition("(")[2].rstrip(")")
    written = {"": "", "grapes": " + GRAPES", "local-grapes": " + local GRAPES"}[form]
    return f"{short}{written}" + (f", {control.replace('-', ' ')}" if control else "")
