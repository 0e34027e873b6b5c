"""What each simplification of e-prop costs in direction, before anything is learned.

The networks of evidence accumulation, as drawn, against the exact gradient; beside what an
independent program measured on three networks of each kind, drawn by another generator.
"""

import re
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import e_prop_backwards, local, losses
from ranvier.learn.eligibility import Eligibility, separate
from ranvier.learn.eligibility._common import assembled, linearised, neuron_leaves, position
from ranvier.learn.rules import reckon_e_prop
from ranvier.neurons import ALIF, Refractory, detach_resets
from tests.learn.test_e_prop import network, of_weights, trials, without_own

pytestmark = pytest.mark.usefixtures("float64")
UNITS, TRIALS, SEEDS = 100, 8, (1, 2, 3)
DECAY, ADAPTATION = (float(np.exp(-1 / tau)) for tau in (20, 2000))
LOSS = losses.categorical
PAGE = Path(__file__).parents[2] / "docs" / "rules" / "e-prop.md"

# Cosines of (input, recurrent) weights for three networks.
REFERENCE = {
    "LSNN": {
        "e-prop": [(0.74, 0.78), (0.84, 0.82), (0.89, 0.89)],
        "without the readout's filter": [(0.73, 0.78), (0.84, 0.82), (0.89, 0.89)],
        "nor adaptation": [(0.71, 0.74), (0.83, 0.82), (0.89, 0.88)],
        "both halves filtered apart": [(0.72, 0.75), (0.82, 0.80), (0.89, 0.88)],
    },
    "membranes of 2 s": {
        "e-prop": [(0.19, 0.24), (0.13, 0.18), (0.38, 0.51)],
        "without the readout's filter": [(0.25, 0.29), (0.20, 0.25), (0.41, 0.54)],
        "nor adaptation": [(0.25, 0.29), (0.20, 0.25), (0.41, 0.54)],
        "both halves filtered apart": [(0.22, 0.25), (0.15, 0.20), (0.40, 0.53)],
    },
}
RANDOM = {"LSNN": [(0.15, 0.16), (-0.05, -0.06), (-0.16, -0.13)]}
RATIOS = {"LSNN": (1.8, 2.2), "membranes of 2 s": (44, 67)}
"""Norm of e-prop's gradient of the hidden weights, in norms of the exact one."""


def drawn(seed, kind):
    """A network and eight trials."""
    random = np.random.RandomState(seed)
    w_in = random.randn(40, UNITS).T / np.sqrt(40)
    w_rec = random.randn(UNITS, UNITS).T / 10 * (1 - np.eye(UNITS))
    bound = np.sqrt(3 / 51)
    w_out = (1 - DECAY) * random.uniform(-bound, bound, (UNITS, 2)).T
    beta, tau = jnp.where(jnp.arange(UNITS) < 50, 0.0, 1.7 * (1 - ADAPTATION) / (1 - DECAY)), 20.0
    if kind == "membranes of 2 s":
        w_in, w_rec, beta, tau = 0.1 * w_in, 0.02 * w_rec, 0 * beta, 2000.0
    unit = ALIF(
        UNITS,
        # An array, so that both kinds are one program.
        tau_membrane_ms=jnp.full(UNITS, tau),
        tau_adaptation_ms=2000.0,
        threshold=0.6,
        beta=beta,
    )
    hidden = Refractory(unit, 5.0, held=())
    x, labels = trials(random, TRIALS)
    target = jnp.broadcast_to(jnp.eye(2)[labels], (len(x), TRIALS, 2))
    model = network(jnp.asarray(w_in), jnp.asarray(w_rec), jnp.asarray(w_out), DECAY, hidden)
    mask = jnp.zeros((len(x), TRIALS)).at[-150:].set(1.0)
    return model, Batch(x, target, mask)


def filtered_apart(kappa):
    """`separate`, with the readout's filter on the postsynaptic half."""
    before = separate()

    def init(layer, batch):
        slopes = {port: jnp.zeros((*batch, *layer.neuron.shape)) for port in layer.synapses}
        return before.init(layer, batch), slopes

    def advance(layer, traces, state, x, signal, key=None):
        found = linearised(layer, state, x, key)
        output = position(found.state)
        slopes = {p: kappa * h + found.by_current[p][output] for p, h in traces[1].items()}
        pre, after, _ = before.advance(layer, traces[0], state, x, signal, key)

        def due(group):
            return {p: jnp.einsum("bn,bm->nm", signal * slopes[p], z) for p, z in group.items()}

        nothing = [jnp.zeros_like(signal) for _ in neuron_leaves(layer)]
        return (
            (pre, slopes),
            after,
            assembled(layer, due(pre.synapses), due(pre.recurrent), nothing),
        )

    return Eligibility(init, advance)


def without_resets(rule):
    return lambda model, batch, key: rule(detach_resets(model), batch, key)


RULES = {
    "exact": rv.bptt(LOSS),
    "e-prop": e_prop_backwards(LOSS),
    "without the readout's filter": without_resets(rv.online(LOSS, chunk=50)),
    "nor adaptation": reckon_e_prop(LOSS),
    "both halves filtered apart": without_resets(
        rv.online(LOSS, eligibility=[filtered_apart(DECAY), local()])
    ),
    "random feedback": e_prop_backwards(
        LOSS, feedback=jr.key(0), draw=lambda key, shape: (1 - DECAY) * jr.normal(key, shape)
    ),
}


def cosine(one, two):
    return float((one * two).sum() / np.linalg.norm(one) / np.linalg.norm(two))


@pytest.fixture(scope="module")
def found():
    """Per kind and rule, per network: cosines of the three weights; ratio of norms."""
    # The fixture of single tests comes too late for one of the module.
    with jax.enable_x64(True):
        given = [drawn(seed, kind) for kind in REFERENCE for seed in SEEDS]
        models, batches = (
            jax.tree.map(lambda *a: jnp.stack(a) if eqx.is_array(a[0]) else a[0], *part)
            for part in zip(*given, strict=True)
        )

        @eqx.filter_jit
        @eqx.filter_vmap
        def gradients(model, batch):
            every = {name: of_weights(rule(model, batch, None)[1]) for name, rule in RULES.items()}
            return {name: (a, without_own(b), c) for name, (a, b, c) in every.items()}

        many = jax.tree.map(np.asarray, gradients(models, batches))
    result = {}
    for n, kind in enumerate(REFERENCE):
        networks = range(n * len(SEEDS), (n + 1) * len(SEEDS))
        for name, rule in many.items():
            cosines = [
                [cosine(a[i], b[i]) for a, b in zip(rule, many["exact"], strict=True)]
                for i in networks
            ]
            norms = [
                [np.linalg.norm(np.concatenate([*g[0][i], *g[1][i]], None)) for i in networks]
                for g in (rule, many["exact"])
            ]
            result[kind, name] = np.array(cosines), np.array(norms[0]) / np.array(norms[1])
    return result


@pytest.mark.parametrize("kind", REFERENCE)
def test_directions_are_those_of_the_reference(found, kind):
    """Means of three networks against means of three: Student's t with four degrees of freedom.

    Networks differ by more than rules do (cosines of one rule spread by 0.1). Within 4.6 standard
    errors of each other: one false alarm in a hundred, were other networks drawn.
    """
    for name, published in REFERENCE[kind].items():
        ours, theirs = found[kind, name][0][:, :2], np.array(published)
        error = np.sqrt((np.var(ours, 0, ddof=1) + np.var(theirs, 0, ddof=1)) / 3)
        assert (np.abs(ours.mean(0) - theirs.mean(0)) <= 4.6 * error).all(), (name, ours)
    e_prop = found[kind, "e-prop"][0][:, :2]
    assert (e_prop > 0.5).all() if kind == "LSNN" else (e_prop < 0.6).all()


@pytest.mark.parametrize("kind", REFERENCE)
def test_what_each_simplification_changes_is_what_it_changes_in_the_reference(found, kind):
    """Against e-prop in the same network: within the reference's range, widened by 0.03."""
    base, theirs = found[kind, "e-prop"][0][:, :2], np.array(REFERENCE[kind]["e-prop"])
    for name, published in REFERENCE[kind].items():
        change, range_ = found[kind, name][0][:, :2] - base, np.array(published) - theirs
        assert (change >= range_.min() - 0.03).all(), (name, change)
        assert (change <= range_.max() + 0.03).all(), (name, change)
    if kind != "LSNN":
        # Over seconds, a filter of 20 ms that is left out brings it nearer: also in the reference.
        assert (found[kind, "without the readout's filter"][0][:, :2] > base).all()


@pytest.mark.parametrize("kind", REFERENCE)
def test_norms_are_those_of_the_reference(found, kind):
    """Within its range of three, widened by a quarter: of networks, it spreads by an eighth."""
    low, high = RATIOS[kind]
    _, ratio = found[kind, "e-prop"]
    assert (ratio > 0.75 * low).all() and (ratio < 1.25 * high).all()


@pytest.mark.parametrize("kind", REFERENCE)
def test_random_feedback_starts_orthogonal_and_the_readout_is_exact(found, kind):
    """Single cosines spread by 0.15 in the reference; the mean of three, within 4 such errors."""
    random = found[kind, "random feedback"][0][:, :2]
    assert (np.abs(random.mean(0)) <= 4 * 0.15 / np.sqrt(3)).all()
    for name in RULES:
        np.testing.assert_allclose(found[kind, name][0][:, 2], 1, rtol=1e-9)


def test_membranes_of_two_seconds_need_no_adaptation_to_be_dropped(found):
    one, two = (
        found["membranes of 2 s", name][0]
        for name in ("without the readout's filter", "nor adaptation")
    )
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_the_documented_table_is_what_is_found(found):
    """Ours to the second digit; the reference's as above."""
    published = {kind: dict(rules) for kind, rules in REFERENCE.items()}
    published["LSNN"]["random feedback"] = RANDOM["LSNN"]
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(), re.M)
    cells = {row[0]: row[1:] for row in rows}
    for name in RULES:
        if name == "exact":
            continue
        for n, kind in enumerate(REFERENCE):
            ours, theirs = cells[name][2 * n : 2 * n + 2]
            np.testing.assert_allclose(
                pairs(ours), found[kind, name][0][:, :2], rtol=0, atol=0.0101
            )
            if name in published[kind]:
                assert pairs(theirs) == published[kind][name]
    for n, kind in enumerate(REFERENCE):
        low, high = (float(x) for x in cells["norm, in exact ones"][2 * n].split(" to "))
        _, ratio = found[kind, "e-prop"]
        assert (low, high) == pytest.approx((ratio.min(), ratio.max()), rel=0.05)
        assert cells["norm, in exact ones"][2 * n + 1] == "{} to {}".format(*RATIOS[kind])


def pairs(cell):
    return [tuple(map(float, pair.split("/"))) for pair in cell.split(", ")]
