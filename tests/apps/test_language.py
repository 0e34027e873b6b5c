"""The language experiment: perplexity by hand, tied weights, runs that stop and go on."""

import json
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
import ranvier.data
from ranvier.apps import kept_settings
from ranvier.apps.language import PRESETS, Settings, _run, build, run
from ranvier.apps.language._models import network
from ranvier.apps.language._published import OTHERS, baselines, published
from ranvier.apps.language._train import Trainer
from ranvier.core import Batch, load
from ranvier.data import Corpus
from ranvier.learn import losses
from ranvier.nets import parameter_count

SMALL = {
    **{"data": "wikitext-2", "size": 8, "steps": 6, "batch_size": 8, "epochs": 6},
    **{"learning_rate": 0.02, "dropout": 0.1, "gain": 2.0},
}


def nursery(seed: int, lines: int) -> list[str]:
    """Lines whose last word is that of their first; two words between them are always alike."""
    random = np.random.default_rng(seed)
    words = []
    for _ in range(lines):
        first = random.integers(0, 3)
        words += [f"first{first}", "and", "then", f"last{first}", "<eos>"]
    return words


@pytest.fixture
def rhymes(monkeypatch):
    """The data set `wikitext-2` is 200 short lines."""
    corpus = Corpus.of_words("rhymes", nursery(0, 200), nursery(1, 120), nursery(2, 120))
    monkeypatch.setattr(ranvier.data, "wikitext2", lambda: corpus)
    return corpus


# Networks


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Words; bias of their numbers; hidden weights, bias, feedback; bias of the scores.
        ("ssnu", 30 * 8 + 8 + 8 * 8 + 8 + 8 * 8 + 30),
        ("rnn", 30 * 8 + 8 + 8 * 8 + 8 + 8 * 8 + 30),
        ("lstm", 30 * 8 + 8 + 4 * (8 * 8 + 8 + 8 * 8) + 30),
    ],
)
def test_parameters(name, expected):
    settings = build(**SMALL)
    assert parameter_count(network(name, settings, 30, 0)) == expected
    apart = network(name, build(**SMALL, tied=False), 30, 0)
    assert parameter_count(apart) == expected + 30 * 8


def test_without_feedback_there_is_none():
    settings = build(preset="feedforward-snu", size=8)
    assert not network("snu", settings, 30, 0).layers[1].recurrent


def test_a_number_is_a_one_hot_word(float64):
    """The embedding, and its gradient, are those of dense connections from one-hot words."""
    settings = build(**SMALL, tied=False)
    model = network("ssnu", settings, 11, 0)
    words = jax.random.randint(jax.random.key(1), (5, 3), 0, 11)
    batch = Batch(words[..., None], words, jnp.ones((5, 3)))
    value, found = rv.bptt(losses.categorical_index)(model, batch, None)
    dense = rv.synapses.Dense(model.layers[0].synapses["dendrite"].weight)
    layers = [rv.nets.Layer(model.layers[0].neuron, {"dendrite": dense}), *model.layers[1:]]
    one_hot = jax.nn.one_hot(words, 11)
    expected, other = rv.bptt(losses.categorical)(
        rv.nets.Chain(layers), Batch(one_hot, one_hot, batch.mask), None
    )
    assert float(value) == pytest.approx(float(expected), rel=1e-13)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-15)


def test_a_tied_word_learns_from_both_its_uses(float64):
    settings = build(**{**SMALL, "dropout": 0})
    model = network("ssnu", settings, 11, 0)
    words = jax.random.randint(jax.random.key(1), (5, 3), 0, 11)
    batch = Batch(words[..., None], words, jnp.ones((5, 3)))
    _, tied = rv.bptt(losses.categorical_index)(model, batch, None)
    _, apart = rv.bptt(losses.categorical_index)(model.whole(), batch, None)
    given, said = (apart.layers[n].synapses["dendrite"].weight for n in (0, 2))
    np.testing.assert_allclose(
        tied.cell.layers[0].synapses["dendrite"].weight, given + said.T, rtol=1e-12, atol=1e-15
    )


# Judging


def test_every_word_is_foretold_once_with_all_before_it(rhymes):
    trainer = Trainer(build(**SMALL), rhymes)
    model = network("ssnu", trainer.settings, len(rhymes.vocabulary), 0)
    before = np.concatenate([[trainer.start], rhymes.test[:-1]])
    _, scores = rv.run(model, jnp.asarray(before)[:, None, None])
    nats = losses.categorical_index(scores[:, 0], jnp.asarray(rhymes.test))
    # Longer than one piece, and no whole number of them.
    assert len(rhymes.test) > 512 and len(rhymes.test) % 512
    assert trainer.loss(model, rhymes.test) == pytest.approx(float(nats.mean()), rel=1e-6)


def test_an_epoch_is_read_on_by_every_reader(rhymes):
    trainer = Trainer(build(**SMALL), rhymes)
    streams = []
    for epoch in range(2):
        batches = list(trainer.batches(0, epoch))
        assert len(batches) == trainer.updates == (len(rhymes.train) - 1) // (6 * 8)
        x = np.concatenate([b.x[..., 0] for b in batches])
        target = np.concatenate([b.target for b in batches])
        np.testing.assert_array_equal(x[1:], target[:-1])
        # One behind the other, the readers have read all but what makes no whole batch.
        whole = np.concatenate([rhymes.train, rhymes.train])
        first = np.random.default_rng([0, epoch]).integers(len(rhymes.train))
        read = whole[first : first + x.size]
        np.testing.assert_array_equal(x.T.ravel(), read[: x.size])
        streams.append(x)
    assert not np.array_equal(*streams)


def test_baselines_by_hand(rhymes):
    found = baselines(rhymes)
    # Per line of five: two certain words, the first and the last one out of three, the end.
    assert found["unigram"] > found["bigram"] > 3 ** (2 / 5)
    assert found["bigram"] < 1.75


def test_published_values_stand_beside_their_kind_alone():
    assert published("ssnu", Settings()).perplexity == 108.4
    assert published("snu", build(preset="feedforward-snu")).perplexity == 137.7
    assert published("lstm", build(preset="small-lstm")).perplexity == OTHERS["LSTM, small"]
    assert published("ssnu", Settings(recurrent=False)) is None
    assert published("ssnu", build(preset="small")) is None


# Runs


def test_a_run_learns_to_read_and_reports_it(rhymes, tmp_path):
    folder = tmp_path / "run"
    result = run(folder, build(**{**SMALL, "size": 16, "learning_rate": 0.05, "epochs": 10}))
    assert json.loads(json.dumps(result)) == json.loads((folder / "result.json").read_text())
    rows = {row["neuron"]: row for row in result["summary"]}
    for row in rows.values():
        assert 3 ** (1 / 5) < row["test_perplexity"] < result["baselines"]["bigram"]
    said = result["models"][0]["sample"].replace(".", " <eos>").split()
    assert len(said) == 60 and set(said) <= set(rhymes.vocabulary)
    page = (folder / "report.html").read_text()
    assert "What a network writes" in page and "rhymes" in page
    kept = load(
        folder / "models" / "ssnu-seed0.safetensors",
        network("ssnu", build(**kept_settings(folder)), len(rhymes.vocabulary), 1),
    )
    trainer = Trainer(build(**kept_settings(folder)), rhymes)
    assert math.exp(trainer.loss(kept, rhymes.test)) == pytest.approx(
        rows["ssnu"]["test_perplexity"], rel=1e-6
    )


def test_a_run_that_was_cut_goes_on_and_ends_alike(rhymes, tmp_path):
    settings = build(**{**SMALL, "epochs": 3})
    straight = run(tmp_path / "one", settings)

    class Cut(Exception):
        """Pulled out of the wall."""

    class Progress:
        def __init__(self, *_):
            pass

        def __enter__(self):
            def on_epoch(epoch):
                if epoch.number == 2:
                    raise Cut

            return on_epoch

        def __exit__(self, *_):
            pass

    with pytest.raises(Cut):
        _run.run(tmp_path / "two", settings, progress=Progress)
    with pytest.raises(FileExistsError, match="Add --resume"):
        run(tmp_path / "two", settings)
    gone_on = run(tmp_path / "two", build(**kept_settings(tmp_path / "two")), resume=True)
    assert gone_on["models"] == straight["models"]


def test_a_text_shorter_than_a_batch_is_refused(rhymes):
    short = Corpus.of_words("short", ["a", "b"], ["a"], ["a"])
    with pytest.raises(ValueError, match="short: the training text has 2 words; expected more"):
        Trainer(build(**SMALL), short)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_settings(name):
    assert build(preset=name).neurons


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"neurons": ("lif",)}, "no network of words has 'lif'"),
        ({"neurons": ()}, "neurons is empty"),
        ({"data": "ptb"}, "data is 'ptb', which is no folder either"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_wrong_settings_are_refused_in_words(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)
