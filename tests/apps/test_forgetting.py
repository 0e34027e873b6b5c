"""The forgetting experiment: its tasks, its choices, its runs."""

import json

import numpy as np
import pytest

from ranvier.apps import kept_settings
from ranvier.apps.forgetting import PRESETS, Settings, _run, build, run, write_report
from ranvier.apps.forgetting._tasks import names, outputs, part_of, permutation
from ranvier.apps.forgetting._train import Trainer
from ranvier.data import Images
from ranvier.metrics import average_accuracy, forgetting

SMALL = {
    **{"data": "optical-digits", "hidden": (20,), "epochs": 3, "batch_size": 10, "tasks": 3},
    **{"images": 80, "validation": 20, "learning_rates": (0.2,), "rules": ("bp",), "seeds": 1},
}


def digits(count: int) -> Images:
    """Every class in turn, with images that all differ."""
    images = np.arange(count * 16, dtype=np.uint16).astype(np.uint8).reshape(count, 4, 4)
    return Images("digits", images, (np.arange(count) % 10).astype(np.uint8))


# Tasks


def test_permutations_are_permutations_and_the_first_is_none():
    np.testing.assert_array_equal(permutation(3, 0, 784), np.arange(784))
    drawn = [permutation(seed, task, 784) for seed in (0, 1) for task in (1, 2, 3)]
    for one in drawn:
        np.testing.assert_array_equal(np.sort(one), np.arange(784))
    assert len({tuple(one) for one in drawn}) == len(drawn)
    np.testing.assert_array_equal(drawn[0], permutation(0, 1, 784))


def test_permuted_tasks_have_the_same_classes_and_other_places():
    settings, images = Settings(stream="permuted", tasks=3), digits(20)
    first, second = (part_of(settings, 0, task, images) for task in (0, 1))
    np.testing.assert_array_equal(first.images, images.images)
    np.testing.assert_array_equal(second.labels, images.labels)
    order = permutation(0, 1, 16)
    np.testing.assert_array_equal(second.images[7].ravel(), images.images[7].ravel()[order])
    assert len(part_of(settings, 0, 1, images, 5)) == 5


@pytest.mark.parametrize(("stream", "count"), [("split-domain", 2), ("split-class", 10)])
def test_split_tasks_have_two_classes_each(stream, count):
    settings, images = Settings(stream=stream), digits(40)
    assert outputs(settings) == count
    parts = [part_of(settings, 0, task, images) for task in range(5)]
    assert [len(part) for part in parts] == [8] * 5
    for task, part in enumerate(parts):
        wanted = [0, 1] if count == 2 else [2 * task, 2 * task + 1]
        assert sorted(set(part.labels.tolist())) == wanted
        true = images.labels[images.labels // 2 == task]
        np.testing.assert_array_equal(part.labels, true % 2 if count == 2 else true)
        np.testing.assert_array_equal(part.images, images.images[images.labels // 2 == task])
    assert names(settings) == ["0 and 1", "2 and 3", "4 and 5", "6 and 7", "8 and 9"]


def test_a_split_without_a_class_is_refused():
    with pytest.raises(ValueError, match="digits has no image of 4 and 5 among 3"):
        part_of(Settings(stream="split-class"), 0, 2, digits(3))


# Runs


@pytest.fixture
def whole(bars, tmp_path):
    """One run with GRAPES, its control and a choice of learning rates."""
    settings = build(
        **{
            **{**SMALL, "learning_rates": (0.02, 0.2), "seeds": 2, "tasks": 2},
            "rules": ("bp+grapes", "bp+grapes:shuffled"),
            "tuning_seeds": 2,
        }
    )
    return tmp_path / "whole", run(tmp_path / "whole", settings)


def test_a_run_leaves_results_models_and_a_report(whole):
    folder, result = whole
    assert json.loads(json.dumps(result)) == json.loads((folder / "result.json").read_text())
    rows = {row["rule"]: row for row in result["summary"]}
    assert rows["bp+grapes"]["learned_accuracy"]["mean"] > 60
    assert len(result["models"]) == len(result["tuning"]) == 4
    for model in result["models"]:
        assert [len(row) for row in model["accuracy"]] == [1, 2]
        assert model["average_accuracy"] == average_accuracy(model["accuracy"])
        assert model["forgetting"] == forgetting(model["accuracy"])
        assert [len(curve["valid_error"]) for curve in model["curves"]] == [3, 3]
    for name, row in rows.items():
        same = [m for m in result["models"] if m["rule"] == name]
        assert row["average_accuracy"]["mean"] == pytest.approx(
            np.mean([m["average_accuracy"] for m in same])
        )
        best = max(
            (t for t in result["tuning"] if t["rule"] == name), key=lambda t: t["valid_accuracy"]
        )
        assert row["learning_rate"] == best["learning_rate"]
        # Both seeds judged the rate.
        assert row["valid_accuracy"] == pytest.approx(best["valid_accuracy"])
    (pair,) = result["differences"]
    one, two = (
        np.array([m["average_accuracy"] for m in result["models"] if m["rule"] == pair[name]])
        for name in ("rule", "against")
    )
    assert (pair["rule"], pair["against"]) == ("bp+grapes", "bp+grapes:shuffled")
    found = pair["average_accuracy"]
    assert found["mean"] == pytest.approx((one - two).mean())
    assert found["standard_error"] == pytest.approx((one - two).std(ddof=1) / 2**0.5)
    page = (folder / "report.html").read_text()
    assert "standard error" in page and "BP + GRAPES, shuffled" in page
    assert {p.name for p in (folder / "figures").iterdir()} == {"measures.png", "tasks.png"}
    assert not list((folder / "training").iterdir())


def test_a_split_run_of_one_rule_is_drawn(bars, tmp_path):
    result = run(tmp_path / "run", build(**SMALL, stream="split-domain"))
    assert result["tasks"] == ["0 and 1", "2 and 3", "4 and 5"]
    assert result["differences"] == result["tuning"] == []
    row = result["summary"][0]
    assert row["learned_accuracy"]["mean"] > 80
    assert row["forgetting"]["spread"] is None
    assert "one seed" in (tmp_path / "run" / "report.html").read_text()


@pytest.mark.parametrize(
    ("rule", "others"),
    [
        ("bp", []),
        ("dfa", ["bp"]),
        (
            "fa+grapes",
            ["fa+grapes:shuffled", "fa+grapes:over-mean", "fa+grapes:mean", "fa"],
        ),
        ("bp+local-grapes:mean", ["bp"]),
    ],
)
def test_what_a_rule_is_held_against(rule, others):
    assert _run._against(rule) == others


def test_a_run_that_was_cut_goes_on_and_ends_alike(bars, tmp_path, monkeypatch):
    settings = build(**{**SMALL, "dropout": 0.1, "epochs": 2})
    straight = run(tmp_path / "one", settings)

    class Cut:
        """Progress that is interrupted in the second epoch of the second task."""

        def __init__(self, title, epochs):
            assert epochs == 6

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def __call__(self, epoch):
            assert 0 <= epoch.valid <= 100
            if epoch.number == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "two", settings, progress=Cut)
    with pytest.raises(FileNotFoundError, match="not finished"):
        write_report(tmp_path / "two")
    with pytest.raises(FileExistsError, match="Add --resume"):
        run(tmp_path / "two", settings)
    trained = []
    real = _run.Trainer.batches
    monkeypatch.setattr(
        _run.Trainer,
        "batches",
        lambda self, images, *drawn: trained.append(drawn) or real(self, images, *drawn),
    )
    gone_on = run(tmp_path / "two", build(**kept_settings(tmp_path / "two")), resume=True)
    assert gone_on["models"] == straight["models"]
    # Seed, task and epoch: only what was still to be learned.
    assert trained == [(0, 2, 1), (0, 2, 2)]


# Settings


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_settings(name):
    settings = build(preset=name)
    assert settings.rules and len(names(settings)) == settings.tasks


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"rules": ("dffa",)}, "no way of the error is called 'dffa'. Did you mean 'dfa'"),
        ({"rules": ()}, "rules is empty"),
        ({"learning_rates": ()}, "learning_rates is empty"),
        ({"hidden": ()}, "hidden and channels are empty"),
        ({"data": "imagenet"}, "data is 'imagenet'"),
        ({"stream": "split"}, "stream is 'split'"),
        ({"tasks": 1}, "tasks is 1"),
        ({"stream": "split-class", "tasks": 6}, "tasks is 6; expected at most 5"),
        ({"tuning_seeds": 3}, "tuning_seeds is 3 of 2 seeds"),
        ({"preset": "permutted"}, "Did you mean 'permuted'"),
    ],
)
def test_wrong_settings_are_refused_in_words(chosen, words):
    with pytest.raises(ValueError, match=words):
        build(**chosen)


def test_too_few_images_are_refused(bars):
    with pytest.raises(ValueError, match="validation is 200 of 120 images"):
        Trainer(build(), bars["train"], bars["test"])
