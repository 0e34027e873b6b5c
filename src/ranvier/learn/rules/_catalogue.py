"""The rules that the command line knows by name, each `(loss, average=...) -> rule`."""

from ranvier.core import Registry
from ranvier.learn._types import Rule
from ranvier.learn.eligibility import exact
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.learn.rules._online import online


def ostl_with_h(loss: Loss, *, average: Average = per_step) -> Rule:
    """OSTL with the recurrent Jacobian: `online` with `exact` eligibility.

    Args:
        loss: one number per step.
        average: how steps are put together.

    Example:
        >>> import ranvier as rv
        >>> rule = ostl_with_h(rv.losses.bernoulli)
    """
    return online(loss, eligibility=exact(), average=average)


_HERE = "ranvier.learn.rules"

catalogue = Registry(
    "rule",
    {
        "bptt": (f"{_HERE}:bptt", "backpropagation through time: exact, looks back"),
        "ostl": (f"{_HERE}:online", "OSTL, one trace per weight; without H where recurrent"),
        "ostl-with-h": (f"{_HERE}:ostl_with_h", "OSTL with the recurrent Jacobian; cubic memory"),
        "rtrl": (f"{_HERE}:rtrl", "real-time recurrent learning on the whole model: the oracle"),
    },
)
