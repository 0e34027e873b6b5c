"""The passive cable against the closed forms of cable theory."""

import itertools
import math

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.nets import Branch, Cable, Tree

pytestmark = pytest.mark.usefixtures("float64")
R_M, C_M, R_I, D = 1e4, 1.0, 150.0, 1.0  # Ohm cm2, uF/cm2, Ohm cm, um
TAU_MS = 1e-3 * R_M * C_M
LAMBDA_UM = math.sqrt(1e4 * D * R_M / (4 * R_I))
# Axial resistance per length, MOhm/um; with a current in nA it gives mV.
R_A = 1e-6 * 1e4 * 4 * R_I / (math.pi * D**2)


def cylinder(length_um, compartments, **settings):
    return Cable(Tree([Branch(length_um, D, compartments)]), **{"rest_mV": 0.0, **settings})


@eqx.filter_jit
def run(cable, currents, state=None):
    return rv.run(cable, currents, state=state)[1]


def steady(cable, current):
    """Backward Euler with steps of a thousand time constants."""
    slow = Cable(cable.tree, rest_mV=cable.rest_mV, time_step_ms=1e4, scheme="backward_euler")
    return run(slow, jnp.broadcast_to(current, (8, cable.in_size)))[-1]


def test_sealed_cylinder_with_a_current_at_its_end_converges_at_second_order():
    """d 1 um, L 300 um, 20 pA, as in the example of a simulator; error falls with dx squared."""
    length, current, errors = 300.0, 0.02, []
    for count in (5, 10, 20, 40):
        cable = cylinder(length, count)
        x = np.array(cable.tree.distances_um)
        exact = (
            R_A
            * LAMBDA_UM
            * current
            * np.cosh((length - x) / LAMBDA_UM)
            / np.sinh(length / LAMBDA_UM)
        )
        found = steady(cable, jnp.zeros(count).at[0].set(current))
        errors.append(abs(found - exact).max())
    orders = [math.log2(a / b) for a, b in itertools.pairwise(errors)]
    assert orders == pytest.approx([2, 2, 2], abs=0.05)
    assert errors[-1] < 1e-3 * exact.max()


def test_an_impulse_spreads_as_a_gaussian_that_leaks():
    """A charge in the middle of a cable of 24 length constants, looked at before it sees an end."""
    per_length, half = 40, 12
    count = 2 * half * per_length + 1
    dx = LAMBDA_UM / per_length
    cable = cylinder(count * dx, count, time_step_ms=TAU_MS / 400, scheme="crank_nicolson")
    x = np.array(cable.tree.distances_um) - count * dx / 2
    capacitance_nF_per_um = 1e3 * 1e-8 * math.pi * D * C_M
    charge_pC = 0.01
    start = cable.init()._replace(
        v=jnp.zeros(count).at[count // 2].set(charge_pC / (capacitance_nF_per_um * dx))
    )
    v = run(cable, jnp.zeros((400, count)), start)
    for part in (0.5, 1.0):
        spread = 4 * LAMBDA_UM**2 * part
        exact = (
            charge_pC
            / (capacitance_nF_per_um * math.sqrt(math.pi * spread))
            * np.exp(-(x**2) / spread - part)
        )
        assert abs(v[round(400 * part) - 1] - exact).max() < 1e-3 * exact.max()


def rall(daughters, root_um, root_diameter, count):
    """A branched tree, and the cylinder that it equals by the 3/2 rule."""
    lam = math.sqrt(1e4 * R_M / (4 * R_I))
    trunk = Branch(root_um, root_diameter, count)
    branches = [trunk]
    for diameter in daughters:
        branches.append(Branch(0.4 * lam * math.sqrt(diameter), diameter, count, parent=0))
    extra = 0.4 * lam * math.sqrt(root_diameter)
    same = [trunk, Branch(extra, root_diameter, count, parent=0)]
    return Tree(branches), Tree(same)


@pytest.mark.parametrize("scheme", ["crank_nicolson", "backward_euler"])
def test_a_tree_of_the_three_halves_rule_is_a_cylinder(scheme):
    """Unequal daughters whose diameters to the 3/2 add up to the trunk's: equal to rounding, in
    the trunk and in every daughter, also while it charges."""
    daughters = (1.0, 1.7)
    trunk = sum(d**1.5 for d in daughters) ** (2 / 3)
    count = 6
    tree, same = rall(daughters, 200.0, trunk, count)
    current = jr.normal(jr.key(0), (60,))
    found, expected = (
        run(
            Cable(t, time_step_ms=0.5, scheme=scheme, rest_mV=-65.0),
            jnp.zeros((60, t.compartments)).at[:, 0].set(current),
        )
        for t in (tree, same)
    )
    assert abs(expected + 65.0).max() > 10
    np.testing.assert_allclose(found[:, :count], expected[:, :count], rtol=1e-10)
    for number in (1, 2):
        part = found[:, number * count : (number + 1) * count]
        np.testing.assert_allclose(part, expected[:, count:], rtol=1e-10)


def test_a_tree_that_breaks_the_rule_is_not():
    tree, same = rall((1.0, 1.0), 200.0, 3.0, 6)
    current = 0.1 * jnp.ones((60, 1))
    found, expected = (
        run(Cable(t), jnp.pad(current, ((0, 0), (0, t.compartments - 1)))) for t in (tree, same)
    )
    assert abs(found[-1, 0] - expected[-1, 0]) > 0.01


def test_a_cut_between_branches_is_no_cut():
    """One cylinder, written as one branch or as three in a row."""
    whole = cylinder(300.0, 12)
    parts = Cable(Tree([Branch(100.0, D, 4, p) for p in (-1, 0, 1)]), rest_mV=0.0)
    currents = 0.01 * jr.normal(jr.key(1), (50, 12))
    np.testing.assert_allclose(run(parts, currents), run(whole, currents), rtol=1e-9, atol=1e-12)


def test_charge_is_kept_where_nothing_leaks():
    tree, _ = rall((1.0, 1.7), 200.0, 2.0, 5)
    cable = Cable(tree, membrane_resistance_Ohm_cm2=1e15, rest_mV=0.0, time_step_ms=0.3)
    currents = 0.01 * jr.normal(jr.key(2), (40, tree.compartments))
    held = run(cable, currents) @ (1e3 * C_M * tree.areas_cm2)
    np.testing.assert_allclose(held, 0.3 * np.cumsum(currents.sum(1)), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(("scheme", "order"), [("crank_nicolson", 2), ("backward_euler", 1)])
def test_convergence_in_time(scheme, order):
    """One compartment charges as an exponential."""
    area, errors = 1e-8 * math.pi * D * 50.0, []
    final = 0.01 * 1e-6 * R_M / area
    for steps in (10, 20, 40):
        cable = cylinder(50.0, 1, time_step_ms=10.0 / steps, scheme=scheme)
        found = run(cable, jnp.full((steps, 1), 0.01))[-1, 0]
        errors.append(abs(found - final * (1 - math.exp(-10.0 / TAU_MS))))
    orders = [math.log2(a / b) for a, b in itertools.pairwise(errors)]
    assert orders == pytest.approx([order, order], abs=0.06)


def test_a_long_step_is_stable():
    currents = 0.1 * jr.normal(jr.key(3), (200, 20))
    for scheme in ("crank_nicolson", "backward_euler"):
        v = run(cylinder(500.0, 20, time_step_ms=100.0, scheme=scheme), currents)
        assert jnp.isfinite(v).all() and abs(v).max() < 1e4


def test_all_runners_agree_and_examples_do_not_see_each_other():
    tree, _ = rall((1.0, 1.7), 200.0, 2.0, 3)
    cable = Cable(tree)
    xs = 0.01 * jr.normal(jr.key(4), (10, 2, tree.compartments))
    whole = run(cable, xs)
    np.testing.assert_allclose(rv.run(cable, xs, chunk=4)[1], whole, rtol=1e-12)
    state, step = cable.init((2,)), jax.jit(lambda s, x: cable(s, x))
    for x, expected in zip(xs, whole, strict=True):
        state, y = step(state, x)
        np.testing.assert_allclose(y, expected, rtol=1e-12)
    np.testing.assert_allclose(run(cable, xs[:, 1]), whole[:, 1], rtol=1e-12)


def test_at_rest_it_stays_at_rest():
    assert np.unique(run(cylinder(300.0, 4, rest_mV=-70.0), jnp.zeros((5, 4)))) == [-70.0]


def test_the_membrane_learns():
    """The gradient by the resistance of each compartment, as finite differences say."""
    xs = 0.02 * jnp.ones((20, 4))

    def total(resistance):
        cable = cylinder(200.0, 4, membrane_resistance_Ohm_cm2=resistance, time_step_ms=1.0)
        return (rv.run(cable, xs)[1] @ jnp.array([1.0, -2.0, 0.5, 3.0])).sum()

    at, h = R_M * jnp.array([1.0, 2.0, 0.5, 1.5]), 1e-2
    total = jax.jit(total)
    expected = [(total(at + h * e) - total(at - h * e)) / (2 * h) for e in jnp.eye(4)]
    np.testing.assert_allclose(jax.jit(jax.grad(total))(at), expected, rtol=1e-5)
    np.testing.assert_allclose(jax.jit(jax.jacfwd(total))(at), expected, rtol=1e-5)


def test_single_precision_stays_single(float64):
    cable = cylinder(300.0, 4, membrane_resistance_Ohm_cm2=jnp.full(4, 1e4, jnp.float32))
    shapes = jax.eval_shape(lambda x: rv.run(cable, x), jnp.zeros((3, 4), jnp.float32))
    assert {leaf.dtype for leaf in jax.tree.leaves(shapes)} == {jnp.dtype("float32")}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"membrane_resistance_Ohm_cm2": 0}, "Cable: membrane_resistance_Ohm_cm2 is 0, expected"),
        ({"time_step_ms": -1}, "Cable: time_step_ms is -1, expected more than 0"),
        ({"scheme": "crank-nicolson"}, "scheme is 'crank-nicolson'. Did you mean 'crank_nicolson'"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        cylinder(10.0, 2, **settings)


def test_another_width():
    with pytest.raises(ValueError, match=r"Cable: got an input of shape \(5, 3\), expected"):
        cylinder(10.0, 2)(cylinder(10.0, 2).init((5,)), jnp.ones((5, 3)))
