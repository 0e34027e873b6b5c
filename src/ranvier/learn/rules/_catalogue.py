"""The rules that the command line knows by name, each `(loss, average=...) -> rule`."""

from ranvier.core import Cell, Registry
from ranvier.learn._types import Rule
from ranvier.learn.eligibility import exact, factored
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.learn.rules._online import online
from ranvier.nets import Chain, Layer


def ostl_with_h(loss: Loss, *, average: Average = per_step) -> Rule:
    """OSTL with the recurrent Jacobian: `online` with the exact influence of every weight.

    Held per past instant (`factored`) where a sequence has fewer steps than a unit has weights,
    and per weight (`exact`) where it has more; the gradient is the same.

    Args:
        loss: one number per step.
        average: how steps are put together.

    Example:
        >>> import ranvier as rv
        >>> rule = ostl_with_h(rv.losses.bernoulli)
    """

    def rule(model, batch, key=None):
        layers = model.layers if isinstance(model, Chain) else (model,)
        steps, fan_in = batch.x.shape[0], max(map(_fan_in, layers))
        eligibility = factored(steps) if steps < fan_in else exact()
        return online(loss, eligibility=eligibility, average=average)(model, batch, key)

    return rule


def _fan_in(layer: Cell) -> int:
    """How many weights a unit has."""
    if not isinstance(layer, Layer):
        return 0
    return sum(s.in_size for s in (*layer.synapses.values(), *layer.recurrent.values()))


_HERE = "ranvier.learn.rules"

catalogue = Registry(
    "rule",
    {
        "bptt": (f"{_HERE}:bptt", "backpropagation through time: exact, looks back"),
        "event-prop": (f"{_HERE}:event_prop", "derivatives of spike times in place of surrogates"),
        "truncated-bptt": (f"{_HERE}:truncated_bptt", "BPTT within windows of 20 steps"),
        "ostl": (f"{_HERE}:online", "OSTL, one trace per weight; without H where recurrent"),
        "ostl-with-h": (f"{_HERE}:ostl_with_h", "OSTL with H: exact for one recurrent layer"),
        "e-prop": (f"{_HERE}:e_prop", "OSTL without H; resets of integrate-and-fire are constants"),
        "e-prop-random": (f"{_HERE}:random_e_prop", "e-prop, errors along random connections"),
        "e-prop-3": (f"{_HERE}:e_prop_3", "traces, and 20 steps of looking back at other units"),
        "e-prop-reckon": (f"{_HERE}:reckon_e_prop", "e-prop with a trace per unit, not per weight"),
        "rflo": (f"{_HERE}:rflo", "traces without recurrent weights, random signal"),
        "osttp": (f"{_HERE}:osttp", "OSTL's traces, and the target in place of the error"),
        "super-spike": (f"{_HERE}:super_spike", "when to fire: e-prop under a filter of spikes"),
        "snap-1": (f"{_HERE}:snap", "OSTL without H but for each unit's own weight"),
        "uoro": (f"{_HERE}:uoro", "unbiased: the influence as one random outer product"),
        "kf-rtrl": (f"{_HERE}:kf_rtrl", "unbiased: one random Kronecker product"),
        "ok-rtrl": (f"{_HERE}:ok_rtrl", "unbiased: the best sum of four Kronecker products"),
        "rtrl": (f"{_HERE}:rtrl", "real-time recurrent learning on the whole model: the oracle"),
        "fa": (f"{_HERE}:feedback_alignment", "BPTT, errors going down by fixed random weights"),
        "dfa": (f"{_HERE}:direct_feedback_alignment", "the output's error, to each layer at once"),
        "ifa": (f"{_HERE}:indirect_feedback_alignment", "the error to the first layer, and on up"),
        "drtp": (f"{_HERE}:direct_random_target_projection", "the target in place of the error"),
        "shallow": (f"{_HERE}:shallow", "the output layer alone: the baseline"),
        "grapes": (f"{_HERE}:grapes", "BPTT, errors scaled by the importance of units"),
        "local-grapes": (f"{_HERE}:local_grapes", "BPTT, updates scaled by importance"),
    },
)
