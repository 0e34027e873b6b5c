"""A network as a module of PyTorch: the same numbers, the same gradients, the same learning."""

import copy

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.convert.torch import to_array, to_torch
from ranvier.nets import Layer
from ranvier.synapses import Convolution, Delayed, Dense, Flatten, Series, SumPooling

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

KEY = jax.random.key(0)


def network():
    return rv.chain(6, rv.recurrent(rv.LIF(5)), rv.SNU.soft(4), rv.Readout(3), key=KEY)


def shown(steps=12, examples=2, width=6):
    return np.random.default_rng(0).normal(1.0, 3.0, (steps, examples, width)).astype(np.float32)


def close(tensor, array, atol=1e-6):
    np.testing.assert_allclose(tensor.detach().numpy(), np.asarray(array), atol=atol)


def test_a_module_gives_what_the_network_gives():
    cell, xs = network(), shown()
    module = to_torch(cell)
    close(module(torch.from_numpy(xs)), rv.run(cell, jnp.asarray(xs))[1])
    other_way = to_torch(cell, batch_first=True)
    ys = other_way(torch.from_numpy(xs).transpose(0, 1))
    assert ys.shape == (2, 12, 3)
    close(ys.transpose(0, 1), rv.run(cell, jnp.asarray(xs))[1])


def test_every_array_that_learns_is_a_parameter_and_no_other():
    cell = network()
    module = to_torch(cell)
    assert sum(p.numel() for p in module.parameters()) == rv.nets.parameter_count(cell)
    names = [name for name, _ in module.named_parameters()]
    assert "layers_0_synapses_dendrite_weight" in names and len(set(names)) == len(names)
    assert set(module.state_dict()) == set(names)


def test_gradients_are_those_of_the_network():
    cell, xs = network(), shown()
    module, given = to_torch(cell), torch.from_numpy(xs).requires_grad_()
    (module(given) ** 2).sum().backward()
    learning, static = eqx.partition(cell, eqx.is_inexact_array)

    def loss(learning, x):
        return (rv.run(eqx.combine(learning, static), x)[1] ** 2).sum()

    grads, by_input = jax.grad(loss, (0, 1))(learning, jnp.asarray(xs))
    leaves = jax.tree.leaves(grads)
    assert any(np.abs(leaf).max() > 1e-3 for leaf in leaves)
    for parameter, leaf in zip(module.parameters(), leaves, strict=True):
        close(parameter.grad, leaf, atol=1e-4)
    close(given.grad, by_input, atol=1e-4)


def test_gradients_agree_with_finite_differences():
    jax.config.update("jax_enable_x64", True)
    try:
        cell = rv.chain(3, rv.recurrent(rv.SNU.soft(4)), rv.Readout(2), key=KEY)
        module = to_torch(cell)
        xs = torch.from_numpy(shown(4, 2, 3).astype(np.float64)).requires_grad_()
        assert module(xs).dtype == torch.float64
        assert torch.autograd.gradcheck(module, (xs,), fast_mode=True)
    finally:
        jax.config.update("jax_enable_x64", False)


def test_a_state_goes_on_where_it_stopped_with_gradients():
    cell, xs = network(), torch.from_numpy(shown())
    module = to_torch(cell)
    whole = module(xs)
    state, first = module.run(xs[:5])
    state, second = module.run(xs[5:], state)
    close(torch.cat([first, second]), whole.detach().numpy())
    assert len(state) == len(jax.tree.leaves(cell.init((2,))))
    whole.sum().backward()
    at_once = [p.grad.clone() for p in module.parameters()]
    module.zero_grad()
    (first.sum() + second.sum()).backward()
    for one, parameter in zip(at_once, module.parameters(), strict=True):
        close(parameter.grad, one.numpy(), atol=1e-4)


def test_a_state_that_was_detached_ends_the_way_back():
    module = to_torch(network())
    xs = torch.from_numpy(shown())
    given = xs.clone().requires_grad_()
    state, _ = module.run(given)
    module.run(xs, tuple(part.detach() for part in state))[1].sum().backward()
    assert given.grad is None


def test_a_torch_optimiser_trains_as_gradient_descent_does():
    cell, xs = network(), shown()
    module = to_torch(cell)
    optimiser = torch.optim.SGD(module.parameters(), lr=0.01)
    losses = []
    for _ in range(3):
        optimiser.zero_grad()
        loss = (module(torch.from_numpy(xs)) ** 2).mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())

    @eqx.filter_jit
    def step(cell):
        loss, grads = eqx.filter_value_and_grad(
            lambda c: (rv.run(c, jnp.asarray(xs))[1] ** 2).mean()
        )(cell)
        return loss, eqx.apply_updates(cell, jax.tree.map(lambda g: -0.01 * g, grads))

    for expected in losses:
        loss, cell = step(cell)
        assert float(loss) == pytest.approx(expected, rel=1e-5)
    trained = module.cell()
    for one, two in zip(jax.tree.leaves(trained), jax.tree.leaves(cell), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


def test_weights_go_out_and_in_and_are_not_shared():
    cell, xs = network(), torch.from_numpy(shown())
    module = to_torch(cell)
    before = module(xs).detach().clone()
    kept = module.cell()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(2.0)
    for one, two in zip(jax.tree.leaves(kept), jax.tree.leaves(cell), strict=True):
        np.testing.assert_array_equal(one, two)
    assert not torch.allclose(module(xs), before)
    module.load_cell(kept)
    close(module(xs), before.numpy())
    with pytest.raises(ValueError, match="same structure"):
        module.load_cell(rv.chain(6, rv.LIF(5), key=KEY))


def test_a_copy_and_a_saved_module_are_the_module():
    module, xs = to_torch(network()), torch.from_numpy(shown())
    twin = copy.deepcopy(module)
    close(twin(xs), module(xs).detach().numpy())
    fresh = to_torch(rv.chain(6, rv.recurrent(rv.LIF(5)), rv.SNU.soft(4), rv.Readout(3),
                              key=jax.random.key(9)))  # fmt: skip
    fresh.load_state_dict(module.state_dict())
    close(fresh(xs), module(xs).detach().numpy())


def test_changes_in_place_before_the_way_back_are_told():
    module, xs = to_torch(network()), torch.from_numpy(shown())
    ys = module(xs)
    with torch.no_grad():
        next(module.parameters()).add_(1.0)
    with pytest.raises(RuntimeError, match="inplace operation"):
        ys.sum().backward()
    ys = module(xs)
    ys.detach().add_(1.0)
    with pytest.raises(RuntimeError, match="inplace operation"):
        ys.sum().backward()


def test_no_gradient_is_kept_where_none_is_asked_for():
    module = to_torch(network())
    with torch.no_grad():
        assert not module(torch.from_numpy(shown())).requires_grad
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    assert not module(torch.from_numpy(shown())).requires_grad


def test_spikes_may_be_whole_numbers_or_truth_values():
    module = to_torch(network())
    spikes = torch.from_numpy(shown()) > 1
    expected = module(spikes.float()).detach().numpy()
    close(module(spikes), expected)
    close(module(spikes.to(torch.uint8)), expected)
    close(module(spikes.long()), expected)


def test_a_seed_draws_the_noise_and_the_same_seed_the_same():
    from ranvier.neurons import Stochastic

    cell = rv.chain(6, Stochastic(rv.LIF(5)), key=KEY)
    module, xs = to_torch(cell), torch.from_numpy(shown())
    one, two, other = (module.run(xs, seed=seed)[1] for seed in (1, 1, 2))
    assert torch.equal(one, two) and not torch.equal(one, other)
    keys = jax.random.split(jax.random.key(1), len(xs))
    expected = cell.over_time(cell.init((2,)), jnp.asarray(shown()), keys=keys)[1]
    close(one, expected)


def test_images_in_torchs_order_of_axes():
    convolution = Convolution.random((6, 5, 2), 3, 3, key=KEY, padding=1)
    pooling = SumPooling((6, 5, 2), (2, 1))
    cell = Layer(rv.SNU.soft((6, 5, 3)), {"dendrite": convolution})
    xs = np.random.default_rng(1).normal(size=(4, 2, 6, 5, 2)).astype(np.float32)
    expected = rv.run(cell, jnp.asarray(xs))[1]
    module = to_torch(cell, batch_first=True, channels_first=True)
    given = torch.from_numpy(xs).movedim(-1, 2).transpose(0, 1)
    ys = module(given)
    assert ys.shape == (2, 4, 3, 6, 5)
    close(ys.transpose(0, 1).movedim(2, -1), expected)
    flat = Layer(rv.LIF(4), {"dendrite": Series(pooling, Flatten(pooling.shape),
                                                Dense(jnp.ones((4, 30))))})  # fmt: skip
    assert to_torch(flat, batch_first=True, channels_first=True)(given).shape == (2, 4, 4)


def test_memories_of_synapses_are_part_of_the_state():
    cell = Layer(rv.LIF(3), {"dendrite": Delayed(Dense(3 * jnp.ones((3, 2))), [1, 3])})
    module, xs = to_torch(cell), torch.from_numpy(np.abs(shown(8, 2, 2)))
    state, first = module.run(xs[:4])
    close(torch.cat([first, module.run(xs[4:], state)[1]]), module(xs).detach().numpy())


def test_rest_is_that_of_the_parameters_of_now():
    cell = Layer(
        rv.LIF(2, resting_potential=jnp.array([0.1, 0.2]), threshold=5.0),
        {"dendrite": Dense(jnp.ones((2, 1)))},
    )
    module = to_torch(cell)
    (resting,) = (p for n, p in module.named_parameters() if "resting" in n)
    with torch.no_grad():
        resting.copy_(torch.tensor([0.3, 0.4]))
    (v, _), _ = module.run(torch.zeros(5, 1, 1))
    np.testing.assert_allclose(v.detach(), [[0.3, 0.4]], atol=1e-6)


def test_other_shapes_and_kinds_are_refused():
    module = to_torch(network(), batch_first=True)
    with pytest.raises(ValueError, match=r"shape \[2, 12, 5\], expected \[B, T, 6\]"):
        module(torch.ones(2, 12, 5))
    with pytest.raises(ValueError, match="at least one step"):
        module(torch.ones(2, 0, 6))
    with pytest.raises(ValueError, match="expected"):
        module(torch.ones(6))
    with pytest.raises(TypeError, match="ndarray, expected a tensor"):
        module(np.ones((2, 3, 6)))
    with pytest.raises(TypeError, match="float64"):
        module(torch.ones(2, 3, 6, dtype=torch.float64))
    state, _ = module.run(torch.ones(2, 3, 6))
    for wrong in (state[:-1], tuple(part[:1] for part in state), 3):
        with pytest.raises(ValueError, match="got a state of shapes"):
            module.run(torch.ones(2, 3, 6), wrong)


def test_memory_is_shared_where_it_can_be():
    tensor = torch.arange(64.0)
    for _ in range(3):
        array = to_array(tensor)
    assert np.shares_memory(np.asarray(array), tensor.numpy()) or tensor.data_ptr() % 64
