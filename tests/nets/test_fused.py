"""The fused time loop against the plain scan: values, derivatives, batches, and its CUDA form."""

import functools
import math
import re

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import pytest

import ranvier as rv
from ranvier.core import ParallelInTime
from ranvier.nets import Looped, fused, obstacle, scanned
from ranvier.nets._fused import walk
from ranvier.neurons import check_contract
from tests.table import KINDS, NEURONS

STEPS, BATCH, UNITS, KEEP = 7, 3, 5, 2

# What Triton lacks: a loop backwards in time within a step; the sign of a constant.
SCANNED = {"vo2": "Scan", "mott": "Scan", "threshold switch": "AttributeError"}
STEPPED = [name for name in NEURONS if not isinstance(NEURONS[name](1), ParallelInTime)]
FUSED = [name for name in STEPPED if name in KINDS and name not in SCANNED]
CALL = "__gpu$xla.gpu.triton"


def plain(neuron, state, currents):
    def body(state, at):
        state = neuron.step(state, *(at.get(port, 0.0) for port in neuron.ports))
        return state, state

    return jax.lax.scan(body, state, currents)[1]


def interpreted(neuron, state, currents):
    return walk(neuron, state, currents, keep_every=KEEP, interpret=True)


def setting(name, shape=(STEPS, BATCH), dtype=float):
    neuron = NEURONS[name](UNITS)
    currents = {
        port: jr.normal(key, (*shape, UNITS), dtype)
        for port, key in zip(neuron.ports, jr.split(jr.key(0), len(neuron.ports)), strict=True)
    }
    # Not at rest: the first step must read the state it is given.
    return neuron, jax.tree.map(lambda a: a + 0.3, neuron.init(shape[1:])), currents


def both_modes(loop, neuron, state, currents):
    """The states, their tangents in some direction, and the cotangents of all that went in."""
    learned, static = eqx.partition(neuron, eqx.is_inexact_array)
    arguments = (learned, state, currents)
    direction = jax.tree.map(lambda a: jr.normal(jr.key(a.size), a.shape, a.dtype), arguments)

    def run(learned, state, currents):
        return loop(eqx.combine(learned, static), state, currents)

    states, push = jax.linearize(run, *arguments)
    weights = jax.tree.map(lambda a: jnp.cos(jnp.arange(a.size, dtype=a.dtype)), states)
    weights = jax.tree.map(lambda w, s: w.reshape(s.shape), weights, states)
    return states, push(*direction), jax.linear_transpose(push, *arguments)(weights)


def assert_same(ours, reference, tolerance):
    assert jax.tree.structure(ours) == jax.tree.structure(reference)
    for one, two in zip(jax.tree.leaves(ours), jax.tree.leaves(reference), strict=True):
        assert one.dtype == two.dtype
        assert jnp.allclose(one, two, rtol=tolerance, atol=tolerance)


def compared(arguments, loop=interpreted):
    """Both modes of the fused loop, and of the plain scan."""
    return [eqx.filter_jit(functools.partial(both_modes, one))(*arguments) for one in (loop, plain)]


def lowered(function, *arguments):
    """The program for CUDA, exported on whatever machine this is."""
    unstable = jax.export.DisabledSafetyCheck.custom_call(CALL)
    traced = jax.export.export(jax.jit(function), platforms=["cuda"], disabled_checks=[unstable])
    return traced(*arguments).mlir_module()


@pytest.mark.parametrize("name", STEPPED)
def test_every_neuron_is_fused_or_stands_in_the_list(name):
    assert SCANNED.get(name, "None") in str(obstacle(*setting(name)))


@pytest.mark.parametrize("name", [n for n in STEPPED if n not in {*FUSED, *SCANNED}])
def test_forward_is_the_scan_in_single_precision(name):
    ours, reference = (eqx.filter_jit(loop)(*setting(name)) for loop in (interpreted, plain))
    # A compiler may contract a product and a sum; in seven steps a few roundings add up.
    assert_same(ours, reference, 16 * jnp.finfo(jnp.float32).eps)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("name", FUSED)
def test_both_modes_are_those_of_the_scan(name):
    # In double precision, a term that is missing cannot pass for rounding.
    assert_same(*compared(setting(name)), 1e-11)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("keep_every", [1, 4, 7, 100])
def test_it_does_not_matter_how_many_states_are_kept(keep_every):
    loop = functools.partial(walk, keep_every=keep_every, interpret=True)
    assert_same(*compared(setting("ssnu, leaky g, learned decay"), loop), 1e-11)


def test_currents_in_half_precision_and_a_state_in_single():
    arguments = setting("lif, all learned", dtype=jnp.bfloat16)
    ours, reference = compared(arguments)
    assert ours[0].v.dtype == jnp.float32
    assert {c.dtype for c in jax.tree.leaves(ours[2][2])} == {jnp.dtype(jnp.bfloat16)}
    assert_same(ours[:2], reference[:2], 1e-5)
    # A cotangent in half precision may round to its neighbour.
    assert_same(ours[2], reference[2], jnp.finfo(jnp.bfloat16).eps)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (130,)])
def test_any_axes_before_the_units(shape):
    assert_same(*compared(setting("ssnu, leaky g, learned decay", (STEPS, *shape))), 1e-11)


def gradient(loop, decay, current):
    neuron = rv.SNU.soft(UNITS)

    def loss(decay, current):
        unit = eqx.tree_at(lambda u: u.decay, neuron, decay)
        return jnp.sum(loop(unit, unit.init((BATCH,)), {"dendrite": current}).y ** 2)

    return jax.grad(loss, (0, 1))(decay, current)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0), (1, 2)])
def test_mapped_gradients(axes):
    """A parameter of its own for every example, or a current, or both, twice over."""
    sizes = [(2, 4)[: 2 if axis is not None else 0] for axis in axes]
    decay, current = jnp.full(UNITS, 0.7), jr.normal(jr.key(0), (STEPS, BATCH, UNITS))
    arguments = [
        jr.uniform(jr.key(1), (*size, *a.shape)) if size else a
        for size, a in zip(sizes, (decay, current), strict=True)
    ]
    inner = [None if axis is None else 0 for axis in axes]
    arguments = [
        a if axis is None else jnp.moveaxis(a, 0, axis)
        for a, axis in zip(arguments, axes, strict=True)
    ]
    ours, reference = (
        eqx.filter_jit(jax.vmap(jax.vmap(functools.partial(gradient, loop), inner), axes))(
            *arguments
        )
        for loop in (interpreted, plain)
    )
    assert_same(ours, reference, 1e-11)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("transform", [jax.jacfwd, jax.jacrev, jax.hessian])
def test_jacobians_and_second_derivatives(transform):
    current = jr.normal(jr.key(0), (STEPS, 1, 1))

    def run(loop, decay):
        unit = eqx.tree_at(lambda u: u.decay, rv.SNU.soft(1), decay)
        return loop(unit, unit.init((1,)), {"dendrite": current}).s[:, 0]

    ours, reference = (
        eqx.filter_jit(transform(functools.partial(run, loop)))(jnp.full(1, 0.7))
        for loop in (interpreted, plain)
    )
    assert_same(ours, reference, 1e-11)


@pytest.mark.usefixtures("float64")
def test_rematerialised_chunks_of_a_network():
    units = (Looped(rv.SNU.soft(3), interpreted), rv.Readout(2))
    net = rv.chain(4, *units, key=jr.key(0))
    xs = jr.normal(jr.key(1), (STEPS, BATCH, 4))

    def gradients(**options):
        return eqx.filter_jit(
            eqx.filter_grad(lambda net: jnp.sum(rv.run(net, xs, **options)[1] ** 2))
        )(net)

    chunked, whole = gradients(chunk=2, rematerialise=True), gradients()
    assert_same(jax.tree.leaves(chunked), jax.tree.leaves(whole), 1e-11)


@pytest.mark.parametrize("name", FUSED)
def test_all_three_kernels_export_for_cuda(name):
    loop = functools.partial(walk, keep_every=KEEP)
    neuron, state, currents = setting(name)

    def run(currents):
        return both_modes(loop, neuron, state, currents)

    program = lowered(run, currents)
    assert {*re.findall(r'name = "neuron_(\w+)"', program)} == {"walk", "push", "pull"}


@pytest.mark.parametrize("keep_every", [1, 8])
def test_no_more_numbers_move_than_stated(keep_every):
    r"""$3c + 2 + 2k / K$ per element and step, and a few per element."""
    steps, elements = 64, 1024
    neuron = rv.LIF(elements, tau_membrane_ms=5.0)

    def loss(current):
        states = fused(neuron, neuron.init(), {"dendrite": current}, keep_every=keep_every)
        return jnp.sum(states.y**2)

    program = lowered(jax.grad(loss), jnp.ones((steps, elements)))
    calls = [line for line in program.splitlines() if CALL in line]
    assert len(calls) == 2
    shapes = [re.findall(r"tensor<([\dx]+)xf32>", line.split(" : (")[-1]) for line in calls]
    moved = sum(math.prod(map(int, s.split("x"))) for found in shapes for s in found)
    reads_only_the_membrane = 1
    stated = 3 + 2 + 2 * reads_only_the_membrane / keep_every
    starts = 2 * 2
    assert moved == (stated * steps + starts) * elements


def network(name, loop=None):
    neuron = NEURONS[name](UNITS)
    return rv.chain(4, Looped(neuron, loop) if loop else neuron, rv.Readout(2), key=jr.key(0))


def kernels(net, platform, devices, monkeypatch):
    """How many kernels the runner's program has where it finds such a machine."""
    monkeypatch.setattr(jax, "default_backend", lambda: platform)
    monkeypatch.setattr(jax, "device_count", lambda: devices)
    return lowered(lambda xs: rv.run(net, xs)[1], jnp.ones((STEPS, BATCH, 4))).count(CALL)


def test_the_runner_takes_the_kernel_on_a_gpu(monkeypatch):
    # The readout has no memory, and so no loop.
    assert kernels(network("snu"), "gpu", 1, monkeypatch) == 1
    assert kernels(network("threshold switch"), "gpu", 1, monkeypatch) == 0
    assert kernels(network("snu", scanned), "gpu", 1, monkeypatch) == 0
    assert kernels(network("snu"), "gpu", 2, monkeypatch) == 0
    assert kernels(network("snu"), "cpu", 1, monkeypatch) == 0
    assert kernels(network("snu", fused), "cpu", 1, monkeypatch) == 1


def test_programs_of_other_platforms_have_no_kernel():
    net = network("snu", fused)
    xs = jr.normal(jr.key(0), (STEPS, BATCH, 4))
    assert CALL not in jax.jit(lambda xs: rv.run(net, xs)[1]).lower(xs).as_text()
    assert_same(rv.run(net, xs)[1], rv.run(network("snu"), xs)[1], 1e-6)


@pytest.mark.parametrize("loop", [scanned, interpreted])
@pytest.mark.parametrize("name", ["lif", "gru", "li-snu"])
def test_a_neuron_with_a_loop_is_that_neuron(name, loop):
    neuron, state, currents = setting(name)
    unit = Looped(neuron, loop)
    check_contract(unit)
    assert (unit.ports, unit.lateral_ports) == (neuron.ports, neuron.lateral_ports)
    assert (unit.input_ports, unit.recurrent_ports) == (neuron.input_ports, neuron.recurrent_ports)
    first = next(iter(currents))
    alone = unit.states_over_time(state, *(currents[p] if p == first else 0.0 for p in unit.ports))
    assert_same(alone, plain(neuron, state, {first: currents[first]}), 1e-6)


def test_errors():
    neuron, state, currents = setting("mott")
    with pytest.raises(ValueError, match=r"time loop of a MottNeuron.*Use `scanned`"):
        fused(neuron, state, currents)
    with pytest.raises(ValueError, match="keep_every is 0"):
        fused(*setting("snu"), keep_every=0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda state, currents: (state, {}), "time axes"),
        (lambda state, currents: (state, {"dendrite": jnp.ones((2, BATCH, UNITS), int)}), "int"),
        (lambda state, currents: (state, {"dendrite": jnp.ones((2, 4, UNITS))}), "shape mismatch"),
        (lambda state, currents: (state, {"dendrite": jnp.ones((2, 2, BATCH, UNITS))}), "state"),
        (lambda state, currents: (state, {"dendrite": jnp.ones((0, BATCH, UNITS))}), "none"),
    ],
)
def test_obstacles(change, reason):
    neuron, state, currents = setting("snu")
    assert reason in str(obstacle(neuron, *change(state, currents)))


@pytest.mark.gpu
@pytest.mark.parametrize("name", FUSED)
def test_a_real_gpu_agrees_with_the_scan(name):
    if jax.default_backend() != "gpu":
        pytest.skip("no GPU")
    arguments = setting(name, (50, 16))
    ours, reference = (jax.jit(functools.partial(loop))(*arguments) for loop in (fused, scanned))
    # A membrane that rounding takes over its threshold spikes one step early or late.
    for one, two in zip(jax.tree.leaves(ours), jax.tree.leaves(reference), strict=True):
        assert jnp.mean(jnp.isclose(one, two, rtol=1e-3, atol=1e-3)) > 0.99
