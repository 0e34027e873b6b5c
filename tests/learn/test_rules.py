"""Gradients against theory, in float64: equal where theory says equal, apart where not."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import pytest
from jax.flatten_util import ravel_pytree

import ranvier as rv
from ranvier.core import Batch
from ranvier.learn import exact, factored, local, losses
from ranvier.learn.rules import catalogue
from ranvier.nets import Chain
from ranvier.synapses import BatchMaximum, Dropout, LayerMaximum
from tests.table import KINDS, NEURONS, SMOOTH

pytestmark = pytest.mark.usefixtures("float64")
STEPS, EXAMPLES, WIDTH, UNITS = 14, 3, 4, 5


def flat(tree):
    return ravel_pytree(eqx.filter(tree, eqx.is_inexact_array))[0]


def cosine(a, b):
    return float(a @ b / jnp.linalg.norm(a) / jnp.linalg.norm(b))


def batch(width_out, seed=1):
    keys = jr.split(jr.key(seed), 2)
    mask = jnp.ones((STEPS, EXAMPLES)).at[10:, 1].set(0.0)
    return Batch(
        jr.bernoulli(keys[0], 0.4, (STEPS, EXAMPLES, WIDTH)).astype(float),
        jr.uniform(keys[1], (STEPS, EXAMPLES, width_out)),
        mask,
    )


def gradients(rules, model, data):
    """Loss and gradient by each rule, all in one program."""
    found = eqx.filter_jit(lambda m, d: [rule(m, d, None) for rule in rules])(model, data)
    expected = jax.tree.structure(eqx.filter(model, eqx.is_inexact_array))
    assert all(jax.tree.structure(gradient) == expected for _, gradient in found)
    return [(value, flat(gradient)) for value, gradient in found]


def gradient(rule, model, data):
    (found,) = gradients([rule], model, data)
    return found


def assert_same(rules, model, data, tolerance=1e-12):
    (one, g), *others = gradients(rules, model, data)
    assert float(jnp.linalg.norm(g)) > 1e-6
    for two, h in others:
        assert float(abs(one - two)) < tolerance * float(abs(one))
        assert float(jnp.abs(g - h).max() / jnp.abs(g).max()) < tolerance


def layer_of(name, feedback=False, key=0):
    unit = NEURONS[name](UNITS)
    return rv.layer(WIDTH, rv.recurrent(unit) if feedback else unit, key=jr.key(key))


# A lateral connection lets units reach each other in a feed-forward layer as well.
ALONE = [name for name in NEURONS if not NEURONS[name](1).lateral_ports]
TOGETHER = [name for name in NEURONS if name not in ALONE]


@pytest.mark.parametrize("name", ALONE)
def test_local_equals_bptt_in_a_feed_forward_layer(name):
    """Step by step, and in chunks, the last of which is shorter."""
    loss = losses.squared_error
    online = [rv.online(loss, eligibility=local(), chunk=chunk) for chunk in (1, 4)]
    assert_same([rv.bptt(loss), *online], layer_of(name), batch(UNITS))


@pytest.mark.parametrize("name", KINDS)
def test_exact_equals_bptt_in_a_recurrent_layer(name):
    """Whether the influence is held per weight or per past instant."""
    loss = losses.squared_error
    kept = [rv.online(loss, eligibility=e) for e in (exact(), factored(STEPS))]
    assert_same([rv.bptt(loss), *kept], layer_of(name, feedback=True), batch(UNITS))


@pytest.mark.parametrize("maximum", [LayerMaximum, BatchMaximum])
@pytest.mark.parametrize("feedback", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("name", TOGETHER)
def test_exact_follows_a_lateral_connection_and_local_drops_it(name, feedback, maximum):
    layer, data = layer_of(name, feedback), batch(UNITS)
    layer = eqx.tree_at(lambda m: m.recurrent["inhibition"], layer, maximum(UNITS))
    loss = losses.squared_error
    assert_same((rv.bptt(loss), rv.online(loss, eligibility=exact())), layer, data)
    (_, whole), (_, without) = gradients([rv.bptt(loss), rv.online(loss)], layer, data)
    assert cosine(whole, without) < 0.9999


@pytest.mark.parametrize("name", KINDS)
def test_the_oracle_equals_bptt_in_any_model(name):
    parts = rv.recurrent(NEURONS[name](UNITS)), NEURONS[name](3), rv.Readout(2)
    model = rv.chain(WIDTH, *parts, key=jr.key(3))
    data = jax.tree.map(lambda a: a[:, :2], batch(2))
    assert_same((rv.bptt(losses.bernoulli), rv.rtrl(losses.bernoulli)), model, data)


@pytest.mark.parametrize("name", ["snu", "ssnu", "lif", "gru", "lstm", "rnn"])
def test_local_drops_the_recurrent_jacobian(name):
    model, data = layer_of(name, feedback=True), batch(UNITS)
    _, whole = gradient(rv.bptt(losses.squared_error), model, data)
    _, without = gradient(rv.online(losses.squared_error), model, data)
    assert cosine(whole, without) < 0.9999


@pytest.mark.parametrize("low_pass", [0.0, 0.8])
@pytest.mark.parametrize("chunk", [3, STEPS, 50])
def test_chunks_change_nothing(chunk, low_pass):
    """Deep, recurrent, with noise, padding, a filter, and weights that errors do not pass."""
    hidden = rv.layer(WIDTH, rv.recurrent(rv.neurons.ALIF(UNITS)), key=jr.key(2))
    hidden = eqx.tree_at(
        lambda m: m.synapses["dendrite"], hidden, Dropout(hidden.synapses["dendrite"], 0.3)
    )
    upper = [rv.LIF(4), rv.neurons.LeakyIntegrator(3, decay=jnp.full(3, 0.7))]
    model = Chain((hidden, *rv.chain(UNITS, *upper, key=jr.key(3)).layers))
    kept = local(low_pass=low_pass)
    with pytest.raises(TypeError, match="Dropout"):
        rv.online(losses.squared_error, eligibility=kept, chunk=chunk)(model, batch(3), jr.key(1))
    model = eqx.tree_at(lambda m: m.layers[0].synapses, model, layer_of("lif").synapses)
    feedback = rv.learn.signals.direct(jr.key(4))
    for signal in (rv.learn.signals.exact, feedback):
        options = {"eligibility": kept, "signal": signal}
        rules = [rv.online(losses.squared_error, **options, chunk=c) for c in (1, chunk)]
        assert_same(rules, model, batch(3))


def test_chunks_meet_the_same_noise():
    unit = rv.neurons.Stochastic(rv.LIF(UNITS))
    model = rv.chain(WIDTH, rv.recurrent(unit), rv.Readout(2), key=jr.key(2))
    one, two = (
        rv.online(losses.squared_error, chunk=chunk)(model, batch(2), jr.key(5)) for chunk in (1, 4)
    )
    assert float(one[0]) == pytest.approx(float(two[0]), rel=1e-12)
    assert float(jnp.abs(flat(one[1]) - flat(two[1])).max()) < 1e-12


@pytest.mark.parametrize(
    ("rule", "error", "words"),
    [
        (lambda: rv.online(losses.squared_error, chunk=0), ValueError, "chunk is 0, expected"),
        (
            lambda: rv.online(losses.squared_error, eligibility=exact(), chunk=2),
            TypeError,
            "layer: chunk is 2, but the traces of this eligibility go step by step",
        ),
    ],
)
def test_chunks_that_cannot_be_are_refused(rule, error, words):
    with pytest.raises(error, match=words):
        rule()(layer_of("lif"), batch(UNITS), None)


@pytest.mark.parametrize("name", ["snu", "ssnu", "lstm", "gru"])
@pytest.mark.parametrize("above", [1, 3])
def test_memoryless_layers_above_leave_the_gradient_exact(name, above):
    unit = rv.recurrent(NEURONS[name](UNITS))
    model = rv.chain(WIDTH, unit, *[rv.Readout(4)] * above, key=jr.key(5))
    rules = rv.bptt(losses.bernoulli), rv.online(losses.bernoulli, eligibility=exact())
    assert_same(rules, model, batch(4))


@pytest.mark.parametrize("name", ["snu", "ssnu"])
def test_of_two_stateful_layers_only_the_upper_is_exact(name):
    model = rv.chain(WIDTH, NEURONS[name](UNITS), NEURONS[name](4), key=jr.key(6))
    data = batch(4)
    _, whole = eqx.filter_jit(rv.bptt(losses.squared_error))(model, data, None)
    _, forward = eqx.filter_jit(rv.online(losses.squared_error))(model, data, None)
    lower = [flat(g.layers[0]) for g in (whole, forward)]
    upper = [flat(g.layers[1]) for g in (whole, forward)]
    assert float(jnp.abs(upper[0] - upper[1]).max()) < 1e-13
    assert cosine(*lower) < 0.9999


@pytest.mark.parametrize("name", SMOOTH)
def test_bptt_against_finite_differences(name):
    model, data = layer_of(name, feedback=True), batch(UNITS)
    _, found = gradient(rv.bptt(losses.squared_error), model, data)
    parameters, static = eqx.partition(model, eqx.is_inexact_array)
    theta, rebuild = ravel_pytree(parameters)

    @eqx.filter_jit
    def value(theta):
        built = eqx.combine(rebuild(theta), static)
        return rv.bptt(losses.squared_error)(built, data, None)[0]

    for seed in range(4):
        direction = jr.normal(jr.key(seed), theta.shape)
        step = 1e-6 * direction
        slope = (value(theta + step) - value(theta - step)) / 2e-6
        assert float(slope) == pytest.approx(float(found @ direction), rel=1e-6)


def test_averages_scale_the_gradient():
    model, data = layer_of("ssnu"), batch(UNITS)
    mean = gradient(rv.bptt(losses.squared_error), model, data)
    total = gradient(rv.bptt(losses.squared_error, average=losses.per_sequence), model, data)
    factor = float(data.mask.sum()) / EXAMPLES
    assert float(total[0]) == pytest.approx(float(mean[0]) * factor)
    assert jnp.allclose(total[1], mean[1] * factor)


def test_padding_has_no_gradient():
    model, data = layer_of("snu"), batch(UNITS)
    noise = data.target.at[10:, 1].set(1e6)
    for make in (rv.bptt, rv.online, rv.rtrl):
        rule = make(losses.squared_error)
        one, two = gradient(rule, model, data), gradient(rule, model, data._replace(target=noise))
        assert one[0] == two[0]
        assert jnp.array_equal(one[1], two[1])


def test_ostl_by_name_holds_what_is_less():
    """Per instant on a short sequence, per weight on a long one: the same gradient."""
    model, data = layer_of("ssnu", feedback=True), batch(UNITS)
    long = jax.tree.map(lambda a: jnp.concatenate([a, a[:2]]), data)
    short = jax.tree.map(lambda a: a[: WIDTH + UNITS - 1], data)
    assert len(long.x) > WIDTH + UNITS
    rule = catalogue["ostl-with-h"](losses.squared_error)
    assert_same([rv.bptt(losses.squared_error), rule], model, long)
    assert_same([rv.bptt(losses.squared_error), rule], model, short)


def test_factored_needs_a_length():
    with pytest.raises(ValueError, match="steps is 0"):
        factored(0)


@pytest.mark.parametrize("make", [local, exact])
def test_trace_memory_does_not_depend_on_time(make):
    rule = rv.online(losses.squared_error, eligibility=make())
    model = layer_of("snu", feedback=True)

    def largest(steps):
        data = Batch(
            jnp.ones((steps, 1, WIDTH)), jnp.zeros((steps, 1, UNITS)), jnp.ones((steps, 1))
        )
        jaxpr = jax.make_jaxpr(lambda d: rule(model, d, None))(data)
        scans = [e for e in jaxpr.jaxpr.eqns if e.primitive.name == "scan"]
        assert len(scans) == 1
        return sum(v.aval.size for v in scans[0].outvars)

    assert largest(10) == largest(1000)


@pytest.mark.parametrize("feedback", [False, True])
@pytest.mark.parametrize("keep_every", [1, 4, STEPS])
def test_kept_states_give_the_gradient_of_all_states(feedback, keep_every):
    model, data = layer_of("snu", feedback), batch(UNITS)
    kept = rv.bptt(losses.squared_error, keep_every=keep_every)
    assert_same([rv.bptt(losses.squared_error), kept], model, data)


def test_kept_states_meet_the_same_noise():
    model = rv.chain(WIDTH, rv.recurrent(NEURONS["snu"](UNITS)), key=jr.key(0))
    model = eqx.tree_at(
        lambda m: m.layers[0].synapses["dendrite"], model, replace_fn=lambda s: Dropout(s, 0.3)
    )
    data, rules = batch(UNITS), [rv.bptt(losses.squared_error, keep_every=k) for k in (None, 4)]
    (one, g), (two, h) = (rule(model, data, jr.key(5)) for rule in rules)
    assert float(abs(one - two)) < 1e-12
    assert float(jnp.abs(flat(g) - flat(h)).max()) < 1e-12 * float(jnp.abs(flat(g)).max())
    assert one != rules[0](model, data, jr.key(6))[0]


def test_memory_grows_with_the_root_of_time_where_asked():
    """XLA's own count of what the gradient holds, four and sixteen times the steps."""
    model = rv.chain(4, rv.LIF(256), rv.LIF(256), rv.Readout(1), key=jr.key(0))

    def held(steps, keep_every):
        rule = rv.bptt(losses.squared_error, keep_every=keep_every)
        data = Batch(jnp.ones((steps, 8, 4)), jnp.ones((steps, 8, 1)), jnp.ones((steps, 8)))
        program = eqx.filter_jit(lambda m, d: rule(m, d, None)).lower(model, data).compile()
        return program.compiled.memory_analysis().temp_size_in_bytes

    everything = [held(steps, None) for steps in (64, 1024)]
    some = [held(steps, int(steps**0.5)) for steps in (64, 1024)]
    assert everything[1] > 12 * everything[0]
    assert some[1] < 6 * some[0]
    assert some[1] < everything[1] / 5


def test_online_refuses_what_is_not_a_layer():
    from ranvier.core import Cell, scan_steps

    class Strange(Cell):
        in_size: int = 4

        def init(self, batch=()):
            return jnp.zeros((*batch, 4))

        def __call__(self, state, x, *, key=None):
            return state, x

        def over_time(self, state, xs, *, keys=None):
            return scan_steps(self, state, xs, keys=keys)

    with pytest.raises(TypeError, match="cell 1 is a Strange"):
        rv.online(losses.squared_error)(Strange(), batch(4), None)


def test_bptt_and_online_learn_alike():
    import optax

    start = rv.chain(WIDTH, NEURONS["snu"](UNITS), rv.Readout(2), key=jr.key(9))
    data, curves = batch(2), []
    for make in (rv.bptt, rv.online):
        rule, model, curve = make(losses.bernoulli), start, []
        optimiser = optax.adam(1e-2)
        state = optimiser.init(eqx.filter(model, eqx.is_inexact_array))

        @eqx.filter_jit
        def update(model, state, rule=rule, optimiser=optimiser):
            value, found = rule(model, data, None)
            changes, state = optimiser.update(found, state)
            return eqx.apply_updates(model, changes), state, value

        for _ in range(50):
            model, state, value = update(model, state)
            curve.append(float(value))
        curves.append(curve)
    assert curves[0][-1] < curves[0][0]
    assert max(abs(a - b) for a, b in zip(*curves, strict=True)) < 1e-11
