"""Sets of event recordings: read lazily, split by source, from folders and archives."""

import zipfile

import numpy as np
import pytest

from ranvier.data import (
    EventSet,
    dvs_gesture,
    nmnist,
    spiking_heidelberg_digits,
    spiking_speech_commands,
    split_by_source,
)
from ranvier.data.events import Events, write, write_recordings


def some(number, count=20, width=34, height=34):
    t = np.arange(count) * 100 + number
    return Events(t, (t + number) % width, t % height, t % 2, width=width, height=height)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RANVIER_DATA", raising=False)
    return tmp_path


@pytest.mark.parametrize("packed", [False, True])
def test_digits_are_read_from_folders_and_archives(alone, packed):
    folder = alone / "nmnist"
    for part, label, number in (("Train", 3, 1), ("Train", 1, 2), ("Test", 7, 1)):
        path = folder / part / str(label) / f"{number:05d}.bin"
        path.parent.mkdir(parents=True)
        write(path, some(label))
    if packed:
        (alone / "events/nmnist").mkdir(parents=True)
        with zipfile.ZipFile(alone / "events/nmnist/nmnist_subset.zip", "w") as archive:
            for path in folder.rglob("*.bin"):
                archive.write(path, path.relative_to(folder))
                path.unlink()
        folder.rename(alone / "empty")
    found = nmnist("train", alone)
    assert found.labels.tolist() == [1, 3] and found.shape == (34, 34)
    assert np.array_equal(found[1].t, some(3).t) and found[0].width == 34
    assert [len(events) for events in found] == [20, 20]
    assert nmnist("test", alone).labels.tolist() == [7]
    with pytest.raises(IndexError, match="nmnist train has no recording 2, there are 2"):
        found[2]


def test_an_archive_is_opened_once_and_leaves_no_copies(alone, monkeypatch):
    with zipfile.ZipFile(alone / "nmnist.zip", "w") as archive:
        for label in (4, 2):
            write(alone / "one.bin", some(label))
            archive.write(alone / "one.bin", f"Train/{label}/00001.bin")
        archive.writestr("Train/7/00001.bin", bytes(13))
    (alone / "events/nmnist").mkdir(parents=True)
    (alone / "nmnist.zip").rename(alone / "events/nmnist/nmnist_subset.zip")
    (alone / "copies").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(alone / "copies"))
    found, opened, whole = nmnist("train", alone), [], zipfile.ZipFile
    monkeypatch.setattr(zipfile, "ZipFile", lambda *given: opened.append(given) or whole(*given))
    for number in (0, 1, 0, 1):
        assert np.array_equal(found[number].t, some((2, 4)[number]).t)
    with pytest.raises(ValueError, match=r"00001-.*\.bin cannot be read as n-mnist: .*into a rec"):
        found[2]
    assert len(opened) == 1 and not list((alone / "copies").iterdir())


def test_gestures_are_cut_out_of_recordings(alone):
    folder = alone / "DvsGesture"
    folder.mkdir()
    for user in ("user01", "user02"):
        write(folder / f"{user}_led.aedat", some(0, 500, 128, 128), format="aedat3")
        (folder / f"{user}_led_labels.csv").write_text(
            "class,startTime_usec,endTime_usec\n1,1000,5000\n11,20000,30000\n"
        )
    (folder / "trials_to_train.txt").write_text("user01_led.aedat\nuser02_led.aedat\n")
    (folder / "trials_to_test.txt").write_text("user02_led.aedat\n\n")
    found = dvs_gesture("train", alone)
    assert found.labels.tolist() == [0, 10, 0, 10] and found.sources[2] == "user02"
    assert found.classes[10] == "other gestures" and len(found.classes) == 11
    assert found[1].t[0] == 0 and len(found[1]) == 100 and found[0].t[-1] == 3900
    assert len(dvs_gesture("test", alone)) == 2
    parts = split_by_source(found, {"train": 0.5, "valid": 0.5})
    assert {s for s in parts["train"].sources} != {s for s in parts["valid"].sources}
    (folder / "user02_led_labels.csv").write_text("class,start,end\n12,5,9\n")
    with pytest.raises(ValueError, match=r"user02_led_labels.csv: class 12 from 5 to 9 us"):
        dvs_gesture("test", alone)
    (folder / "user02_led_labels.csv").write_text("class,start,end\nwave,5,9\n")
    with pytest.raises(ValueError, match=r"user02_led_labels.csv cannot be read"):
        dvs_gesture("test", alone)
    (folder / "trials_to_test.txt").unlink()
    with pytest.raises(ValueError, match=r"lacks trials_to_test.txt"):
        dvs_gesture("test", alone)


def test_spikes_of_channels_have_speakers(alone):
    (alone / "shd").mkdir()
    spikes = [Events([0, 9], [k, 699], [0, 0], [1, 1], height=1) for k in range(4)]
    path = alone / "shd/shd_train.h5"
    write_recordings(path, spikes, labels=[2, 0, 1, 2], speakers=[4, 5, 4, 5])
    found = spiking_heidelberg_digits("train", alone)
    assert found.shape == (1, 700) and found.labels.tolist() == [2, 0, 1, 2]
    assert found.of("speaker 5").labels.tolist() == [0, 2]
    assert found.of(["speaker 5"])[1].x.tolist() == [3, 699]
    with pytest.raises(FileNotFoundError, match=r"recordings of ssc_valid.h5 are not on this"):
        spiking_speech_commands("valid", alone)


def recordings(lengths=(3, 5, 2, 4, 1)):
    """Recordings of one to five events, whose polarities are their number in binary digits."""

    def opened(number):
        count = lengths[number]
        digits = number >> np.arange(count) & 1
        return Events(np.arange(count), [0] * count, [0] * count, digits, width=1, height=1)

    sources = tuple(f"source {number}" for number in range(len(lengths)))
    labels = np.arange(len(lengths)) % 3
    return EventSet(
        "some", np.arange(len(lengths)), opened, labels, ("a", "b", "c"), sources, (1, 1)
    )


def polarity(events):
    return events.p[:, None, None]


def test_batches_are_padded_masked_and_have_one_answer_each():
    one, two = recordings().batches(3, polarity)
    assert one.x.shape == (5, 3, 1, 1) and two.x.shape == (4, 3, 1, 1)
    assert one.x.dtype == one.target.dtype == one.mask.dtype == np.float32
    assert one.mask.sum(0).tolist() == [3, 5, 2] and two.mask.sum(0).tolist() == [4, 1, 0]
    np.testing.assert_array_equal(one.mask[:, 0], [1, 1, 1, 0, 0])
    assert one.x[:, 1, 0, 0].tolist() == [1, 0, 0, 0, 0]
    assert two.x[:, 0, 0, 0].tolist() == [1, 1, 0, 0] and not two.x[:, 2].any()
    np.testing.assert_array_equal(one.target[0], np.eye(3))
    np.testing.assert_array_equal(two.target[0], [[1, 0, 0], [0, 1, 0], [0, 0, 0]])


def test_batches_hold_every_recording_once_in_an_order_of_their_own():
    given = recordings((8,) * 7)

    def order(**drawn):
        places = 2 ** np.arange(8)
        batches = list(given.batches(2, polarity, **drawn))
        whole = np.concatenate([places @ batch.x[:, :, 0, 0] for batch in batches])
        kept = np.concatenate([batch.mask[0] for batch in batches]) > 0
        return whole[kept].astype(int).tolist()

    assert order() == order(epoch=3) == list(range(7))
    first, again, later, other = (
        order(seed=s, epoch=e) for s, e in ((1, 0), (1, 0), (1, 1), (2, 0))
    )
    assert first == again and first != later and first != other
    assert sorted(first) == sorted(later) == sorted(other) == list(range(7))


def test_batches_are_made_when_they_are_asked_for():
    read = []

    def form(events):
        read.append(len(events))
        return polarity(events)

    given = recordings().batches(2, form)
    assert not read
    next(given)
    assert read == [3, 5]


def test_forms_that_do_not_fit_are_named():
    with pytest.raises(
        ValueError, match=r"some: recording 1 has the form \[1, 5\], recording 0 .*3"
    ):
        next(recordings().batches(2, lambda events: events.p[None]))
    with pytest.raises(ValueError, match=r"recording 0 has the form \[\]"):
        next(recordings().batches(1, lambda events: events.p.sum()))
    with pytest.raises(ValueError, match="some: size is 0, expected at least 1"):
        recordings().batches(0, polarity)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda s: EventSet("none", *s([], []), ("a",), (), (1, 1)), "none: 0 recordings"),
        (lambda s: EventSet("odd", *s([0], [0, 1]), ("a",), ("x",), (1, 1)), "1 recordings, 2 la"),
        (lambda s: EventSet("odd", *s([0], [3]), ("a",), ("x",), (1, 1)), "labels from 3 to 3"),
        (lambda s: nmnist("valid"), "nmnist has no part 'valid'. Known: test, train"),
        (lambda s: spiking_speech_commands("tst"), "Did you mean 'test'"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    def arrays(numbers, labels):
        return np.array(numbers, int), some, np.array(labels, int)

    with pytest.raises(ValueError, match=message):
        make(arrays)


def test_the_genuine_digits(real_data):
    """A part of N-MNIST: labels agree with those of MNIST, by the numbers in the files' names."""
    from ranvier.data import mnist

    learn, test = nmnist("train", real_data), nmnist("test", real_data)
    assert len(learn) == 700 and len(test) == 50
    for part, whole in ((learn, mnist("train", real_data)), (test, mnist("test", real_data))):
        numbers = [int(source.split("/")[-1][:-4]) - 1 for source in part.sources]
        assert np.array_equal(whole.labels[numbers], part.labels)
    events = test[0]
    assert 1000 < len(events) < 8000 and 250_000 < events.duration_us < 320_000
    assert events.x.max() < 34 and events.y.max() < 34
