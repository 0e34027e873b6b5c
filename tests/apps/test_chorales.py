"""The chorale experiment, small but whole: results, report, resume, refusals."""

import contextlib
import dataclasses
import json
import re

import jax
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.apps import kept_settings
from ranvier.apps.chorales import PRESETS, Settings, _run, build, run, write_report
from ranvier.apps.chorales._continue import continuation
from ranvier.apps.chorales._models import matched_size, network
from ranvier.core import load, only_writer
from ranvier.nets import parameter_count

SMALL = {
    "data": "nottingham",
    "size": 6,
    "epochs": 3,
    "batch_size": 4,
    "learning_rate": 0.02,
    "arrays": 0,
}
SNU = build(**SMALL, neurons=("snu",))


@pytest.fixture(scope="module")
def whole(tiny_data, tmp_path_factory):
    """One run with everything in it, report included."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    return folder, run(folder, build(**{**SMALL, "arrays": 2}, neurons=("snu", "gru")))


@pytest.fixture
def no_report(monkeypatch):
    """Figures take seconds, and these tests look at numbers."""
    monkeypatch.setattr(_run, "write_report", lambda folder: folder)


def numbers(result, neuron="snu"):
    return [record for record in result["models"] if record["neuron"] == neuron]


# A whole run


def test_the_result_is_complete(whole, tiny):
    folder, result = whole
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert result["experiment"] == "chorales" and result["seconds"] > 0
    assert build(**result["settings"]) == build(**{**SMALL, "arrays": 2}, neurons=("snu", "gru"))
    assert result["data"]["pieces"] == {"train": 7, "valid": 3, "test": 3}
    assert result["data"]["steps"]["test"] == tiny.test.steps
    assert result["baselines"]["uniform"] == pytest.approx(88 * np.log(2))
    assert set(result["versions"]) >= {"ranvier", "jax", "numpy"}
    names = [(m["neuron"], m["rule"], m["seed"]) for m in result["models"]]
    assert names == [(n, r, 0) for n in ("snu", "gru") for r in ("bptt", "ostl")]
    for model in result["models"]:
        assert set(model["curves"]) == {"train", "valid", "test"}
        assert all(len(curve) == model["epochs"] == 3 for curve in model["curves"].values())
        best = model["best_epoch"] - 1
        assert model["valid_nll"] == min(model["curves"]["valid"]) == model["curves"]["valid"][best]
        assert model["test_nll"] == pytest.approx(model["curves"]["test"][best], rel=1e-6)
        assert 0 < model["operations"]["event"] <= model["operations"]["dense"]
        assert model["spiking"] == (model["neuron"] == "snu")
        assert (model["firing_rate"] is not None) == model["spiking"]
    assert result["chosen"] == min(
        (f"{m['neuron']}-{m['rule']}-seed0" for m in result["models"]),
        key=lambda name: next(
            m["valid_nll"]
            for m in result["models"]
            if name.startswith(f"{m['neuron']}-{m['rule']}")
        ),
    )


def test_the_network_that_spikes_grows_a_year_old(whole):
    folder, result = whole
    aged = result["on_pcm"]
    assert (aged["neuron"], aged["devices"], aged["arrays"]) == ("snu", 2 * 2 * 88 * 6, 2)
    assert len(aged["compensated_nll"]) == len(aged["drifted_nll"]) == len(aged["seconds"])
    assert (folder / "figures" / "drift.png").exists()
    page = (folder / "report.html").read_text()
    assert page.index('id="work"') < page.index('id="on-pcm"') < page.index('id="about"')


def test_it_learned(whole):
    for model in whole[1]["models"]:
        assert model["curves"]["train"][-1] < model["curves"]["train"][0]
        assert model["test_nll"] < whole[1]["baselines"]["uniform"]


def test_the_two_rules_agree_where_they_must(whole):
    bptt, ostl = numbers(whole[1])
    assert bptt["curves"]["test"] == pytest.approx(ostl["curves"]["test"], abs=1e-4)
    # A recurrent layer, in which one trace per weight drops a path.
    bptt, ostl = numbers(whole[1], "gru")
    assert bptt["curves"]["test"] != pytest.approx(ostl["curves"]["test"], abs=1e-4)


def test_operations_are_counted_from_the_layers(whole):
    settings = build(**SMALL)
    for model in whole[1]["models"]:
        units = model["hidden_units"]
        weights = {"snu": 88 * units, "gru": 3 * 88 * units + 3 * units**2}[model["neuron"]]
        assert model["operations"]["dense"] == pytest.approx(weights + units * 88)
        built = network(model["neuron"], 88, settings, 0)
        assert model["parameters"] == parameter_count(built)


def test_summary_and_published_scores(whole):
    for row, model in zip(whole[1]["summary"], whole[1]["models"], strict=True):
        assert row["test_nll"] == model["test_nll"] and row["test_nll_spread"] is None
        assert row["deviation"] == pytest.approx(row["test_nll"] - row["published"])
    assert [row["published"] for row in whole[1]["summary"]] == [8.72, 8.72, 8.54, 8.54]


def test_models_are_saved_and_give_their_score(whole, tiny):
    folder, result = whole
    settings = build(**kept_settings(folder))
    for model in result["models"]:
        name = f"{model['neuron']}-{model['rule']}-seed0"
        like = network(model["neuron"], 88, settings, 5)
        loaded = load(folder / "models" / f"{name}.safetensors", like)
        total, steps = 0.0, 0
        for roll in tiny.test.rolls:
            _, logits = rv.run(loaded, roll[:-1].astype(np.float32))
            total += float(rv.losses.bernoulli(logits, roll[1:].astype(np.float32)).sum())
            steps += len(roll) - 1
        assert total / steps == pytest.approx(model["test_nll"], rel=1e-5)
    chosen = folder / "models" / f"{result['chosen']}.safetensors"
    assert chosen.read_bytes() == (folder / "model.safetensors").read_bytes()


def test_the_report_is_one_self_contained_file(whole):
    folder, result = whole
    page = (folder / "report.html").read_text()
    sources = re.findall(r"""(?:\bsrc|\bhref|url)\s*[=(]\s*["']?([^"')>\s]+)""", page)
    outside = {s for s in sources if not s.startswith(("data:", "#"))}
    assert sources and not outside, outside
    assert "@import" not in page
    for model in result["summary"]:
        assert f"{model['test_nll']:.3f}" in page
    for word in ("SNU, BPTT", "SNU, OSTL", "GRU, OSTL without H", "audio", "midi"):
        assert word in page, word


def test_the_folder_holds_all_there_is(whole):
    folder, _ = whole
    found = {path.name for path in folder.iterdir()}
    assert found >= {
        *("settings.json", "result.json", "report.html", "model.safetensors", "recordings.npz"),
        *("models", "training", "figures", "continuation.mid"),
    }
    assert not [path for path in folder.rglob(".*") if path.name != ".lock"]


def test_recordings_are_what_the_networks_did(whole, tiny):
    folder, _ = whole
    with np.load(folder / "recordings.npz") as kept:
        arrays = dict(kept)
    piece = tiny.test.rolls[0]
    assert np.array_equal(arrays["piece"], piece)
    model = load(folder / "models" / "snu-bptt-seed0.safetensors", network("snu", 88, SNU, 9))
    hidden, output = rv.record(model, piece[:-1, None].astype(np.float32))
    np.testing.assert_array_equal(arrays["snu-bptt-seed0/y"], hidden.y[:, 0])
    np.testing.assert_allclose(arrays["snu-bptt-seed0/logits"], output.y[:, 0], atol=1e-5)
    np.testing.assert_array_equal(arrays["snu-bptt-seed0/threshold"], -model.layers[0].neuron.bias)
    opening = int(arrays["opening"])
    assert np.array_equal(arrays["continuation"][:opening], piece[:opening])


# The same numbers again


def test_the_same_seed_gives_the_same_numbers(whole, tmp_path, no_report):
    again = run(tmp_path / "again", SNU)
    assert numbers(again) == numbers(whole[1])


def test_another_seed_gives_other_numbers_and_a_spread(whole, tmp_path, no_report):
    settings = dataclasses.replace(SNU, rules=("bptt",), seeds=2)
    result = run(tmp_path / "two", settings)
    first, second = result["models"]
    assert first == numbers(whole[1])[0]
    assert second["seed"] == 1 and second["test_nll"] != first["test_nll"]
    scores = [first["test_nll"], second["test_nll"]]
    (row,) = result["summary"]
    assert row["seeds"] == 2
    assert row["test_nll"] == pytest.approx(np.mean(scores))
    assert row["test_nll_spread"] == pytest.approx(np.std(scores, ddof=1))


def interrupting(training: int, epoch: int):
    """A progress that stops the run after one epoch of one training."""
    begun = []

    @contextlib.contextmanager
    def progress(title, epochs):
        begun.append(title)

        def on_epoch(done):
            if (len(begun), done.number) == (training, epoch):
                raise KeyboardInterrupt

        yield on_epoch

    return progress


def test_resume_after_an_interrupt_gives_the_uninterrupted_numbers(whole, tmp_path, no_report):
    folder = tmp_path / "stopped"
    for progress in (interrupting(1, 2), interrupting(2, 1)):
        with pytest.raises(KeyboardInterrupt):
            run(folder, SNU, resume=True, progress=progress)
        assert not (folder / "result.json").exists()
    result = run(folder, build(**kept_settings(folder)), resume=True)
    assert numbers(result) == numbers(whole[1])
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))


# What a folder refuses


def test_a_folder_that_holds_a_run(whole):
    folder, _ = whole
    before = (folder / "result.json").read_bytes()
    with pytest.raises(FileExistsError, match=r"already holds a run. Add --resume"):
        run(folder, build(**kept_settings(folder)))
    assert (folder / "result.json").read_bytes() == before


def test_a_resume_with_other_settings(whole):
    folder, _ = whole
    other = dataclasses.replace(build(**kept_settings(folder)), size=7, rules=("bptt",))
    with pytest.raises(ValueError, match=r"size was 6, now 7") as caught:
        run(folder, other, resume=True)
    assert "rules was ['bptt', 'ostl'], now ['bptt']" in str(caught.value)


def test_a_second_run_in_the_same_folder(tmp_path):
    with only_writer(tmp_path), pytest.raises(RuntimeError, match="in use by another run"):
        run(tmp_path, SNU)
    assert not (tmp_path / "settings.json").exists()


def test_folders_without_a_run(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no run"):
        build(**kept_settings(tmp_path))
    with pytest.raises(FileNotFoundError, match="the run is not finished"):
        write_report(tmp_path)


# Parts


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("neuron", ["gru", "lstm", "rnn", "ssnu"])
def test_counts_of_parameters_match_within_one_percent(neuron, recurrent):
    settings = Settings(recurrent=recurrent)
    counts = [
        parameter_count(jax.eval_shape(lambda name=name: network(name, 88, settings, 0)))
        for name in ("snu", neuron)
    ]
    assert counts[1] == pytest.approx(counts[0], rel=0.01)
    assert matched_size("snu", 88, settings) == matched_size("ssnu", 88, settings) == 150


def test_rules_start_from_the_same_weights():
    one, two, other = (network("snu", 88, SNU, seed) for seed in (3, 3, 4))
    weights = [np.asarray(m.layers[0].synapses["dendrite"].weight) for m in (one, two, other)]
    assert np.array_equal(weights[0], weights[1]) and not np.array_equal(weights[0], weights[2])


def test_a_continuation_follows_from_its_seed(tiny):
    model = rv.chain(88, rv.SNU.soft(6), rv.Readout(88), key=jr.key(0))
    opening = tiny.test.rolls[0][:5]
    one, two, other = (continuation(model, opening, 12, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, two) and not np.array_equal(one, other)
    assert one.shape == (17, 88) and one.dtype == np.uint8 and set(np.unique(one)) == {0, 1}
    assert np.array_equal(one[:5], opening)
    cold = continuation(model, opening, 12, seed=1, temperature=1e-6)
    # Without temperature every key is the likelier of its two values.
    _, logits = rv.run(model, cold[:-1].astype(np.float32))
    assert np.array_equal(cold[5:], np.asarray(logits)[4:] > 0)


def test_a_continuation_of_nothing():
    model = rv.chain(88, rv.SNU(2), rv.Readout(88), key=jr.key(0))
    with pytest.raises(ValueError, match="at least one frame"):
        continuation(model, np.zeros((0, 88)), 3, seed=0)


def test_without_validation_the_last_epoch_is_judged(tiny_data, tmp_path):
    settings = Settings(
        data="nottingham",
        neurons=("ssnu",),
        rules=("bptt",),
        size=4,
        epochs=3,
        learn_from="train+valid",
        dropout=0.2,
        weight_decay=1e-2,
        schedule="cosine",
        clip=1.0,
        arrays=0,
    )
    result = run(tmp_path / "run", settings)
    (model,) = result["models"]
    assert model["best_epoch"] == 3
    assert model["valid_nll"] is None
    assert model["test_nll"] == pytest.approx(model["curves"]["test"][-1])
    again = run(tmp_path / "again", settings)
    assert again["models"] == result["models"]
    assert (tmp_path / "run" / "report.html").exists()


# Settings


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"data": "bahc"}, "no data set is called 'bahc'. Did you mean 'bach'"),
        ({"neurons": ("snu", "grru")}, "no neuron is called 'grru'. Did you mean 'gru'"),
        ({"rules": ("btpt",)}, "no rule is called 'btpt'. Did you mean 'bptt'"),
        ({"preset": "ostl-tutoral"}, "no preset is called .* Did you mean 'ostl-tutorial'"),
        ({"sise": 4}, "no setting is called 'sise'. Did you mean 'size'"),
        ({"neurons": ()}, "at least one neuron and one rule"),
        ({"rules": ()}, "at least one neuron and one rule"),
        ({"neurons": "snu"}, "neurons is 'snu'"),
        ({"size": 0}, "size is 0: .*greater than or equal to 1"),
        ({"size": "many"}, "size is 'many'"),
        ({"recurrent": "perhaps"}, "recurrent is 'perhaps'"),
        ({"decay": 1.5}, "decay is 1.5: .*less than or equal to 1"),
        ({"decay": -0.1}, "decay is -0.1"),
        ({"threshold": "high"}, "threshold is 'high'"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"seeds": 0}, "seeds is 0"),
        ({"first_seed": -1}, "first_seed is -1"),
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": 2.5}, "epochs is 2.5"),
        ({"patience": -1}, "patience is -1"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"optimiser": "adamm"}, "optimiser is 'adamm': .*'adam' or 'sgd'"),
        ({"learning_rate": 0}, "learning_rate is 0"),
        ({"learning_rate": float("inf")}, "learning_rate is inf"),
        ({"schedule": "linear"}, "schedule is 'linear': .*'constant' or 'cosine'"),
        ({"clip": -1}, "clip is -1"),
        ({"weight_decay": -1}, "weight_decay is -1"),
        ({"dropout": 1.0}, "dropout is 1.0: .*less than 1"),
        ({"learn_from": "test"}, "learn_from is 'test': .*'train' or 'train.valid'"),
        ({"learn_from": "train+valid", "patience": 3}, "patience needs validation pieces"),
        ({"average": "per_song"}, "average is 'per_song'"),
        ({"shuffle": "no way"}, "shuffle is 'no way'"),
        ({"arrays": -1}, "arrays is -1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_every_setting_is_checked(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)


def test_every_setting_is_covered_above():
    marks = test_every_setting_is_checked.pytestmark
    tried = {name for chosen, _ in marks[0].args[1] for name in chosen}
    assert {field.name for field in dataclasses.fields(Settings)} <= tried


def test_options_go_over_a_preset():
    settings = build(preset="ostl-tutorial", epochs=3)
    assert settings.epochs == 3
    assert (settings.data, settings.decay, settings.optimiser) == ("jsb", 0.4, "sgd")
    assert all(build(preset=name) for name in PRESETS)


def test_settings_come_back_from_json():
    settings = build(**SMALL, neurons=("lstm",), clip=1.5, schedule="cosine")
    assert build(**json.loads(json.dumps(dataclasses.asdict(settings)))) == settings


# The real chorales


def test_a_short_training_on_the_benchmark_split(real_data, tmp_path, no_report):
    settings = build(
        data="jsb",
        neurons=("ssnu",),
        rules=("bptt",),
        size=20,
        epochs=8,
        batch_size=4,
        arrays=0,
    )
    result = run(tmp_path / "real", settings)
    assert result["data"]["pieces"] == {"train": 229, "valid": 76, "test": 77}
    assert result["baselines"]["note frequency"] == pytest.approx(11.09, abs=0.005)
    # Below it, a model has learned something across notes.
    assert result["models"][0]["test_nll"] < result["baselines"]["note Markov"]
