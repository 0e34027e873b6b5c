"""Graphs of neurons and synapses: equal to layers where layers can say it, and beyond."""

import itertools

import jax
import jax.numpy as jnp
import jax.random as jr
import pytest

import ranvier as rv
from ranvier.core import scan_steps
from ranvier.nets import Chain, Graph, Layer, Residual
from ranvier.nets._wiring import wire
from ranvier.neurons import IF, LeakyMembrane, Stochastic
from ranvier.synapses import Delayed, Dense, OneToOne

STEPS, EXAMPLES = 40, 3


def dense(key: int, out: int, width: int) -> Dense:
    return Dense(jr.normal(jr.key(key), (out, width)))


def drive(width: int) -> jax.Array:
    return 2.0 * jr.uniform(jr.key(9), (STEPS, EXAMPLES, width))


def lif(size: int) -> rv.LIF:
    return rv.LIF(size, tau_membrane_ms=5.0, threshold=0.3)


def recurrent() -> tuple[Chain, Graph]:
    """The same network as layers and as a graph."""
    one, back, two = dense(0, 4, 2), dense(1, 4, 4), dense(2, 3, 4)
    chain = Chain(
        [
            Layer(lif(4), {"dendrite": one}, {"dendrite": back}),
            Layer(LeakyMembrane(3), {"dendrite": two}),
        ]
    )
    graph = Graph(
        {"w": one, "lif": lif(4), "back": back, "w 2": two, "out": LeakyMembrane(3)},
        [
            ("input", "w"),
            ("w", "lif"),
            ("lif", "back"),
            ("back", "lif"),
            ("lif", "w 2"),
            ("w 2", "out"),
            ("out", "output"),
        ],
    )
    return chain, graph


def test_layers_are_graphs():
    chain, graph = recurrent()
    xs = drive(2)
    one = jax.jit(lambda: rv.run(chain, xs)[1])()
    two = jax.jit(lambda: rv.run(graph, xs)[1])()
    assert graph.feedback == {("lif", "back")}
    assert graph.neurons == ("lif", "out")
    assert jnp.allclose(one, two, atol=1e-6) and one.any()


def test_a_way_around_is_a_residual():
    layer = Layer(lif(3), {"dendrite": dense(0, 3, 3)})
    graph = Graph(
        {"w": layer.synapses["dendrite"], "lif": lif(3)},
        [("input", "w"), ("w", "lif"), ("lif", "output"), ("input", "output")],
    )
    xs = drive(3)
    assert jnp.allclose(rv.run(Residual(layer), xs)[1], rv.run(graph, xs)[1])


def test_feedback_over_two_neurons_waits_for_one_step():
    """Against a loop written out by hand."""
    forth, back = dense(3, 2, 2), dense(4, 2, 2)
    a, b = lif(2), IF(2, threshold=1.5)
    graph = Graph(
        {"a": a, "b": b, "forth": forth, "back": back},
        [
            ("input", "a"),
            ("a", "forth"),
            ("forth", "b"),
            ("b", "back"),
            ("back", "a"),
            ("b", "output"),
        ],
    )
    xs = drive(2)

    def body(carried, x):
        one, two = carried
        one = a.step(one, x + back(two.y))
        two = b.step(two, forth(one.y))
        return (one, two), two.y

    expected = jax.lax.scan(body, (a.init((EXAMPLES,)), b.init((EXAMPLES,))), xs)[1]
    assert graph.feedback == {("b", "back")}
    assert jnp.array_equal(rv.run(graph, xs)[1], expected) and expected.any()


@pytest.mark.parametrize("noise", [False, True])
def test_all_of_time_at_once_is_step_by_step(noise):
    graph = Graph(
        {
            "late": Delayed(OneToOne(2), [1, 3]),
            "a": Stochastic(lif(2)),
            "w": dense(5, 2, 2),
            "back": Delayed(dense(6, 2, 2), 2),
            "b": lif(2),
        },
        [
            ("input", "late"),
            ("late", "a"),
            ("input", "a"),
            ("a", "w"),
            ("w", "b"),
            ("b", "back"),
            ("back", "b"),
            ("b", "output"),
            ("a", "output"),
        ],
    )
    xs = drive(2)
    keys = jr.split(jr.key(0), STEPS) if noise else None

    @jax.jit
    def both(xs):
        rest = graph.init((EXAMPLES,))
        return graph.over_time(rest, xs, keys=keys), scan_steps(graph, rest, xs, keys=keys)

    (state, ys), (last, steps) = both(xs)
    assert jnp.allclose(ys, steps, atol=1e-6) and ys.any()
    assert all(
        jnp.allclose(a, b, atol=1e-5)
        for a, b in zip(jax.tree.leaves(state), jax.tree.leaves(last), strict=True)
    )


def test_its_gradients_are_those_of_the_layers(float64):
    chain, graph = recurrent()
    xs = drive(2)

    def loss(net):
        return jnp.sum(rv.run(net, xs)[1] ** 2)

    one, two = jax.jit(jax.grad(loss))(chain), jax.jit(jax.grad(loss))(graph)
    assert jnp.allclose(
        one.layers[0].recurrent["dendrite"].weight, two.nodes["back"].weight, atol=1e-12
    )
    assert jnp.allclose(one.layers[0].synapses["dendrite"].weight, two.nodes["w"].weight)
    assert two.nodes["back"].weight.any()


def test_a_graph_trains():
    _, graph = recurrent()
    from ranvier.core import Batch

    batch = Batch(drive(2), jnp.zeros((STEPS, EXAMPLES, 3)), jnp.ones((STEPS, EXAMPLES)))
    loss, gradients = jax.jit(rv.bptt(rv.losses.squared_error))(graph, batch, None)
    assert loss > 0 and gradients.nodes["w"].weight.any()


def test_the_nodes_of_a_deep_chain_are_found_without_recursion():
    names = [f"n{k:04d}" for k in range(3000)]
    edges = [
        ("input", names[0]),
        *itertools.pairwise(names),
        (names[-1], "output"),
    ]
    assert [group[0] for group in wire(names, [], edges).groups] == names


W = OneToOne(1)


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ({"a": lif(1)}, [("input", "a"), ("a", "outptu")], "has no node. Did you mean 'output'"),
        ({"a": lif(1)}, [("a", "output")], "no edge leads to 'a'"),
        ({"a": lif(1)}, [("input", "a")], "no edge leads to 'output'"),
        ({"input": lif(1)}, [("input", "input")], "is the name of an end"),
        ({"a": lif(1)}, [("input", "a")] * 2 + [("a", "output")], "is there twice"),
        (
            {"a": rv.LSTM(1)},
            [("input", "a"), ("a", "output")],
            "'a' is a LSTM with the ports .* expected one port",
        ),
        (
            {"a": lif(1), "w": dense(0, 2, 1)},
            [("input", "a"), ("a", "w"), ("w", "a"), ("a", "output")],
            "'w' gives width 2, but 'a' expects width 1",
        ),
        (
            {"a": lif(1), "u": W, "w": W},
            [("input", "a"), ("a", "u"), ("u", "w"), ("w", "u"), ("w", "output")],
            r"\['u', 'w'\] form a loop without a neuron",
        ),
        (
            {"a": lif(1), "b": lif(1), "w": W},
            [
                ("input", "a"),
                ("a", "w"),
                ("w", "a"),
                ("w", "b"),
                ("b", "a"),
                ("b", "output"),
            ],
            r"'a' sends through 'w' back to \['a'\] and on to \['b'\]",
        ),
    ],
)
def test_what_is_no_graph_is_refused(nodes, edges, message):
    with pytest.raises(ValueError, match=message):
        Graph(nodes, edges)


def test_an_input_of_another_width_is_refused():
    _, graph = recurrent()
    with pytest.raises(ValueError, match=r"Graph: got an input of shape \(9, 1, 5\)"):
        rv.run(graph, jnp.ones((9, 1, 5)))
