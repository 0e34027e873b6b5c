"""The examples run, on less of everything."""

import importlib.util
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_learner_follows_a_drifting_signal(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    example = load("drifting_signal")
    for name, value in {"STEPS": 8000, "STOP": 3000, "JUMP": 5000}.items():
        monkeypatch.setattr(example, name, value)
    monkeypatch.setattr(example, "PARTS", {"before": (4, 6), "after": (13, 16)})
    example.main()
    rows = {line[:24].strip(): line[24:].split() for line in capsys.readouterr().out.splitlines()}
    before, after = (float(cell) for cell in rows["learns on"])
    assert after < 0.7 * float(rows["stopped after 3,000"][1])
    assert before < float(rows["as it is now"][0])
    assert (tmp_path / "drifting_signal.png").stat().st_size > 10_000


def test_evidence_is_accumulated_with_traces_of_two_seconds(tmp_path, monkeypatch, capsys):
    """Two updates on few trials: it runs, moves the weights that it should, and draws."""
    monkeypatch.chdir(tmp_path)
    example = load("evidence_accumulation")
    for name, value in {"BATCH": 2, "UPDATES": 2, "EVERY": 1, "TRIALS": 4, "UNITS": 10}.items():
        monkeypatch.setattr(example, name, value)
    monkeypatch.setattr(example, "GOAL", -1.0)
    monkeypatch.setattr(example, "JUDGED", 3)
    example.main(1)
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].strip() for line in lines] == [
        "update   0",
        "update   1",
        "update   2",
    ]
    assert last.startswith("after update 2: ") and last.endswith("% of 12 new trials wrong")
    assert (tmp_path / "evidence_accumulation.png").stat().st_size > 10_000


def test_a_neuron_learns_when_to_fire(tmp_path, monkeypatch, capsys):
    """The published example: five spikes at given times, from frozen random input."""
    monkeypatch.chdir(tmp_path)
    example = load("spike_times")
    monkeypatch.setattr(example, "UPDATES", 150)
    example.main()
    first, *lines = capsys.readouterr().out.splitlines()
    before, after = (float(word) for word in first.split() if word[0].isdigit())
    assert after < 0.1 * before
    wanted, fired = ([int(word) for word in line.split()[2:]] for line in lines)
    assert len(fired) == len(wanted)
    assert all(abs(one - two) <= 4 for one, two in zip(wanted, fired, strict=True))
    assert (tmp_path / "spike_times.png").stat().st_size > 10_000


def test_evidence_is_learned_by_whole_steps_of_weights(tmp_path, monkeypatch, capsys):
    """Two trials: every weight stays a whole number in range, and some have moved."""
    monkeypatch.chdir(tmp_path)
    example = load("evidence_in_8_bits")
    for name, value in {"TRIALS": 2, "EVERY": 1, "JUDGED": 3, "UNITS": 10}.items():
        monkeypatch.setattr(example, name, value)
    learners = []

    class Kept(example.Learner):
        def __init__(self, *given, **options):
            super().__init__(*given, **options)
            learners.append((self, example.weights_of(self.model)))

    monkeypatch.setattr(example, "Learner", Kept)
    example.main()
    ((learner, before),) = learners
    after = example.weights_of(learner.model)
    for weight in after:
        assert (weight == weight.round()).all() and abs(weight).max() <= 127
    assert any((one != two).any() for one, two in zip(before, after, strict=True))
    assert (after[1].diagonal() == 0).all()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["trial   0", "trial   1", "trial   2"]
    assert (tmp_path / "evidence_in_8_bits.png").stat().st_size > 10_000


def test_a_curve_is_learned_from_one_presentation(tmp_path, monkeypatch, capsys):
    """Shorter curves, fewer units: the right one helps, another one does not."""
    monkeypatch.chdir(tmp_path)
    example = load("one_shot")
    for name, value in {"STEPS": 30, "UNITS": 12, "UPDATES": 500, "WAVES": 1}.items():
        monkeypatch.setattr(example, name, value)
    example.main()
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[-4:]]
    nothing, before, after, other = (float(row[-1]) for row in rows)
    assert after < 0.6 * min(nothing, before)
    assert other > nothing
    assert (tmp_path / "one_shot.png").stat().st_size > 10_000
