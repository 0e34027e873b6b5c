"""`from_tonic` on stand-ins: what it believes, what it reads, what it refuses. No tonic needed."""

import numpy as np
import pytest

from ranvier.data import from_tonic, split_by_source

KIND = [("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")]


def recording(kind=KIND, shape=(3,)):
    events = np.zeros(shape, kind)
    columns = {"t": [5, 2, 9], "x": [0, 5, 1], "p": [True, False, True]}
    for name, values in columns.items():
        events[name] = np.reshape(values, shape)
    return events


class Tonic:
    """Three recordings of a sensor of 6 columns and 4 rows; counts how often one is read."""

    sensor_size = (6, 4, 2)

    def __init__(self, labels=(1, 0, 1), events=None, **said):
        self.labels, self.events, self.read = labels, recording() if events is None else events, 0
        for name, value in said.items():
            setattr(self, name, value)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, number):
        self.read += 1
        return self.events, self.labels[number]


def test_a_set_of_tonic_is_taken_as_it_is():
    found = from_tonic(Tonic(targets=(1, 0, 1), classes=("left", "right")))
    assert found.shape == (4, 6) and found.classes == ("left", "right") and found.name == "Tonic"
    assert found[0].t.tolist() == [2, 5, 9] and found[0].x.tolist() == [5, 0, 1]
    assert found[0].p.tolist() == [0, 1, 1] and found.labels.tolist() == [1, 0, 1]
    assert found.sources == ("recording 0", "recording 1", "recording 2")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"targets": [1, 0, 1]}, 1),
        ({"targets": []}, 3),
        ({}, 3),
        ({"targets": ["a.txt", "b.txt", "c.txt"]}, 3),
        ({"targets": [1, 1, 1], "target_transform": abs}, 3),
        ({"targets": [1, 1, 1], "transforms": max}, 3),
    ],
    ids=["listed", "empty", "none", "files", "transformed", "together"],
)
def test_labels_are_listed_or_read_but_always_those_of_the_recordings(said, read):
    given = Tonic(**said)
    found = from_tonic(given)
    assert found.labels.tolist() == [1, 0, 1] and given.read == read
    given.read = 0
    assert from_tonic(given, labels=[0, 0, 1]).labels.tolist() == [0, 0, 1] and given.read == 0


@pytest.mark.parametrize(
    ("classes", "labels", "names", "numbers"),
    [
        (None, ("dog", "ant", "dog"), ("ant", "dog"), [1, 0, 1]),
        (("dog", "cat", "ant"), ("dog", "ant", "dog"), ("dog", "cat", "ant"), [0, 2, 0]),
        ([b"dog", b"ant"], (b"dog", "ant", "dog"), ("dog", "ant"), [0, 1, 0]),
        ({"dog": 1, "ant": 0}, (1, 0, 1), ("ant", "dog"), [1, 0, 1]),
        (None, (np.int64(2), np.array(0), 1), ("0", "1", "2"), [2, 0, 1]),
    ],
    ids=["names", "names of classes", "bytes", "table", "numbers"],
)
def test_labels_may_be_names(classes, labels, names, numbers):
    found = from_tonic(Tonic(labels, classes=classes))
    assert found.classes == names and found.labels.tolist() == numbers


def test_a_cache_says_what_the_cached_set_says():
    class Cache:
        def __init__(self, dataset):
            self.dataset = dataset

        def __len__(self):
            return 2

        def __getitem__(self, number):
            return self.dataset[2 - number]

    given = Tonic((1, 0, 0), classes=("left", "right"), users=(7, 8, 9), targets=(1, 0, 0))
    found = from_tonic(Cache(Cache(given)))
    assert found.shape == (4, 6) and found.classes == ("left", "right") and found.name == "Cache"
    # Which recordings a cache holds, and in which order, is its own affair.
    assert found.labels.tolist() == [1, 0] and found.sources == ("recording 0", "recording 1")


@pytest.mark.parametrize(
    ("said", "sources"),
    [
        ({"users": [3, 12, 3]}, ("user 3", "user 12", "user 3")),
        ({"speaker": np.array([4, 4, 5])}, ("speaker 4", "speaker 4", "speaker 5")),
        ({"users": [3]}, ("recording 0", "recording 1", "recording 2")),
    ],
)
def test_who_it_was_is_kept_apart_by_splits(said, sources):
    found = from_tonic(Tonic(**said))
    assert found.sources == sources
    assert from_tonic(Tonic(**said), sources=["a", "b", "b"]).sources == ("a", "b", "b")
    parts = split_by_source(found, {"train": 0.5, "test": 0.5})
    assert not {*parts["train"].sources} & {*parts["test"].sources}


def test_rows_may_be_missing_and_arrays_may_have_two_axes():
    flat = from_tonic(Tonic(events=recording([("t", int), ("x", int), ("p", int)])))
    assert flat[1].y.tolist() == [0, 0, 0] and flat[1].p.tolist() == [0, 1, 1]
    column = from_tonic(Tonic(events=recording(shape=(3, 1))))
    assert column[1].t.tolist() == [2, 5, 9] and column[1].x.tolist() == [5, 0, 1]


def test_off_may_be_minus_one_and_nothing_else_is_guessed():
    events = recording([("t", int), ("x", int), ("y", int), ("p", int)])
    events["p"] = [1, -1, -1]
    assert from_tonic(Tonic(events=events))[0].p.tolist() == [0, 1, 0]
    events["p"] = [1, -2, -1]
    with pytest.raises(ValueError, match="Tonic, recording 0: event 0 has p = -2"):
        from_tonic(Tonic(events=events))[0]
    seconds = recording([("t", float), ("x", int), ("p", int)])
    with pytest.raises(ValueError, match="recording 2: t is of type float64"):
        from_tonic(Tonic(events=seconds))[2]
    outside = Tonic(events=recording(), sensor_size=(5, 4, 2))
    with pytest.raises(ValueError, match="recording 1: event 0 has x = 5, expected 0 to 4"):
        from_tonic(outside)[1]
    assert from_tonic(outside, shape=(4, 6))[1].width == 6


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: from_tonic([(recording(), 0)]), ValueError, "list does not say how large its se"),
        (lambda: from_tonic([], shape=(1, 1)), ValueError, "list: 0 recordings"),
        (
            lambda: from_tonic(Tonic(labels=(0, 1, 0), classes=("only",))),
            ValueError,
            "Tonic: labels from 0 to 1",
        ),
        (
            lambda: from_tonic(Tonic(labels=("ant", "bee", "cad"), classes=("ant", "cat", "bee"))),
            ValueError,
            "recording 2 has the label 'cad', which is no class. Did you mean 'cat'",
        ),
        (
            lambda: from_tonic(Tonic(labels=(0, np.eye(3)[1], 2))),
            ValueError,
            r"recording 1 has the label array\(\[0., 1., 0.\]\); expected a class number",
        ),
        (lambda: from_tonic(Tonic(), labels=[0]), ValueError, "3 recordings, 1 labels"),
        (lambda: from_tonic(Tonic(), sources=["a"]), ValueError, "and 1 sources"),
        (
            lambda: from_tonic(Tonic(events=np.zeros((7, 2, 4, 6)))),
            TypeError,
            r"Tonic, recording 0 is a ndarray of shape \(7, 2, 4, 6\) .* lacks \['t', 'x', 'p'\]",
        ),
        (
            lambda: from_tonic(Tonic(events=[1, 2]), labels=[0, 0, 0])[1],
            TypeError,
            r"recording 1 is a list with the fields \[\]",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
