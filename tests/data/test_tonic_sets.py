"""`from_tonic` on tonic's own classes, fed with genuine files where they expect them.

`make test-tonic` runs this in an environment that has tonic.
"""

import gzip
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.data import from_tonic, mnist, nmnist, prefetched, split_by_source
from ranvier.data.events import Events, read, write_recordings
from ranvier.encode.events import downsample, frames_of_time

tonic = pytest.importorskip("tonic", reason="tonic is not installed")
transforms = pytest.importorskip("tonic.transforms", reason="tonic is not installed")

SENSOR = (34, 34, 2)


@pytest.fixture(autouse=True)
def parts_will_do(monkeypatch):
    """What is here is a part: tonic's classes shall not fetch the rest."""
    for name in ("NMNIST", "SHD", "NTIDIGITS18", "DVSGesture", "NCALTECH101", "CIFAR10DVS"):
        monkeypatch.setattr(getattr(tonic.datasets, name), "_check_exists", lambda self: True)
    monkeypatch.setattr(tonic.datasets.ASLDVS, "_check_exists", lambda self: True)


@pytest.fixture(scope="module")
def digits(real_data, tmp_path_factory):
    """The test part of N-MNIST where tonic looks for it."""
    place = tmp_path_factory.mktemp("tonic")
    with zipfile.ZipFile(real_data / "events/nmnist/nmnist_subset.zip") as archive:
        wanted = [name for name in archive.namelist() if name.startswith("Test/")]
        archive.extractall(place / "NMNIST", wanted)
    return place


def load(place, **given):
    return tonic.datasets.NMNIST(str(place), train=False, **given)


def same(one, other):
    for name in "txyp":
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_digits_are_those_that_we_read(digits, real_data):
    found, ours = from_tonic(load(digits)), nmnist("test", real_data)
    assert found.shape == ours.shape and found.classes[3] == "3 - three"
    np.testing.assert_array_equal(found.labels, ours.labels)
    assert len(found) == len(ours) == 50
    for one, other in zip(found, ours, strict=True):
        same(one, other)


CUTS = {
    "first saccade": {"first_saccade_only": True},
    "stabilised": {"stabilize": True},
    "cropped in time": {"transform": transforms.CropTime(max=99_999)},
}


@pytest.mark.parametrize("name", CUTS)
def test_digits_may_be_cut_by_tonic(digits, real_data, name):
    cut = from_tonic(load(digits, **CUTS[name]))
    for number in (0, 20, 49):
        whole = nmnist("test", real_data)[number]
        if name == "stabilised":
            assert 0.9 * len(whole) < len(cut[number]) <= len(whole)
            assert not np.array_equal(cut[number].x[:99], whole.x[:99])
        else:
            same(cut[number], whole.between(0, 100_000))


# Transforms that leave events, the sensor they make, and whether chance has a part in them.
KEPT = {
    "Denoise": (transforms.Denoise(10_000), (34, 34)),
    "Downsample": (transforms.Downsample(spatial_factor=0.5), (17, 17)),
    "CenterCrop": (transforms.CenterCrop(SENSOR, (20, 16)), (16, 20)),
    "RandomCrop": (transforms.RandomCrop(SENSOR, (20, 16)), (16, 20)),
    "RefractoryPeriod": (transforms.RefractoryPeriod(1000), (34, 34)),
    "DropPixel": (transforms.DropPixel(hot_pixel_frequency=60), (34, 34)),
    "MergePolarities": (transforms.MergePolarities(), (34, 34)),
    "TimeJitter": (transforms.TimeJitter(500.0), (34, 34)),
    "RandomTimeReversal": (transforms.RandomTimeReversal(1.0), (34, 34)),
    "DropEvent": (transforms.DropEvent(0.4), (34, 34)),
    "UniformNoise": (transforms.UniformNoise(SENSOR, 200), (34, 34)),
    "SpatialJitter": (transforms.SpatialJitter(SENSOR, clip_outliers=True), (34, 34)),
    "Compose": (
        transforms.Compose([transforms.Denoise(10_000), transforms.Downsample(spatial_factor=0.5)]),
        (17, 17),
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_a_transform_is_applied_whenever_a_recording_is_read(digits, name):
    transform, shape = KEPT[name]
    np.random.seed(0)
    given = load(digits, transform=transform)
    found = from_tonic(given, shape=shape)
    for number in (0, 13):
        np.random.seed(number)
        events = found[number]
        np.random.seed(number)
        expected, _ = given[number]
        order = np.argsort(expected["t"], kind="stable")
        for field in "txyp":
            np.testing.assert_array_equal(getattr(events, field), expected[field][order])
        assert (events.height, events.width) == shape and len(events) > 1000


def test_a_downsampled_sensor_is_ours(digits, real_data):
    halved = load(digits, transform=transforms.Downsample(spatial_factor=0.5))
    same(from_tonic(halved, shape=(17, 17))[5], downsample(nmnist("test", real_data)[5], 2))
    # tonic does not say that its sensor has shrunk; nothing is lost, and nothing is guessed.
    assert from_tonic(halved).shape == (34, 34)


def test_what_leaves_the_sensor_is_named_with_its_recording(digits):
    np.random.seed(0)
    given = load(digits, transform=transforms.SpatialJitter(SENSOR))
    with pytest.raises(
        ValueError, match=r"NMNIST, recording 7: event \d+ has . = -?\d+, expected 0"
    ):
        from_tonic(given)[7]


def test_labels_follow_target_transforms(digits):
    odd = from_tonic(load(digits, target_transform=lambda digit: digit % 2), classes=("e", "o"))
    np.testing.assert_array_equal(odd.labels, from_tonic(load(digits)).labels % 2)
    with pytest.raises(ValueError, match="expected a class number for each"):
        from_tonic(load(digits, target_transform=transforms.ToOneHotEncoding(10)))


def test_caches_and_slices_are_data_sets_too(digits, tmp_path):
    given = load(digits)
    whole = from_tonic(given)
    for cache in (
        tonic.MemoryCachedDataset(given),
        tonic.DiskCachedDataset(given, str(tmp_path / "cache")),
    ):
        for _ in range(2):
            found = from_tonic(cache)
            assert found.classes == whole.classes and found.shape == (34, 34)
            np.testing.assert_array_equal(found.labels, whole.labels)
            same(found[3], whole[3])
    sliced = from_tonic(tonic.SlicedDataset(given, tonic.slicers.SliceByTime(100_000)))
    first = whole[0]
    same(sliced[0], first.between(first.t[0], first.t[0] + 100_000))
    assert len(sliced) > 2 * len(whole) and sliced.labels[-1] == 9


def test_frames_are_refused_and_told_how_to_be_used(digits):
    given = load(digits, transform=transforms.ToFrame(SENSOR, n_time_bins=10))
    with pytest.raises(TypeError, match=r"ndarray of shape \(10, 2, 34, 34\).*np.moveaxis"):
        from_tonic(given)
    with pytest.raises(TypeError, match=r"ndarray of shape \(\d+, 4\)"):
        from_tonic(load(digits, transform=transforms.NumpyAsType(int)))


# Into a network


def batches(makes, labels, numbers, size=5, steps=31):
    """Batches of frames `[steps, size, 34 x 34 x 2]`, each made when it is asked for."""
    for begin in range(0, len(numbers), size):
        chosen = numbers[begin : begin + size]
        x = np.stack([np.clip(makes(number), 0, 1).reshape(steps, -1) for number in chosen], 1)
        target = np.eye(10, dtype=np.float32)[None, labels[chosen]]
        yield Batch(x.astype(np.float32), target, np.ones((steps, size), np.float32))


RULE = rv.bptt(rv.losses.categorical, decoding=rv.losses.mean_over_time)
OPTIMISER = optax.adam(3e-3)


def trained(make, ahead):
    """Loss of two epochs of a spiking network, and what it has become."""
    net = rv.chain(2 * 34 * 34, rv.SNU(16), rv.Readout(10), key=jax.random.key(0))
    given = (lambda epoch: prefetched(make(), ahead)) if ahead else (lambda epoch: make())
    net, history = rv.fit(net, given, RULE, OPTIMISER, epochs=2)
    return history.train, net


def test_a_network_learns_from_events_and_from_frames_of_tonic_alike(digits):
    """The same frames, counted by us or by tonic, with and without a thread that makes them."""
    clean = transforms.Denoise(10_000)
    events = from_tonic(load(digits, transform=clean))
    to_frame = transforms.ToFrame(SENSOR, time_window=10_000, start_time=0, end_time=310_000)
    frames = load(digits, transform=transforms.Compose([clean, to_frame]))

    numbers = np.arange(0, 50, 5)

    def ours():
        def made(k):
            return frames_of_time(events[k], 10_000, start_us=0, frames=31)

        return batches(made, events.labels, numbers)

    def theirs():
        return batches(lambda k: np.moveaxis(frames[k][0], 1, -1), events.labels, numbers)

    losses, net = trained(ours, ahead=0)
    assert losses[1] < losses[0]
    for make, ahead in ((ours, 3), (theirs, 0), (theirs, 3)):
        again, other = trained(make, ahead)
        assert again == losses
        for one, two in zip(jax.tree.leaves(net), jax.tree.leaves(other), strict=True):
            assert jnp.array_equal(one, two)


# Other classes, as far as their layout can be made of what is here


def test_sequential_digits_have_no_list_of_targets(real_data, tmp_path):
    """SMNIST makes spikes of grey values: 99 thresholds, crossed as a picture is read out."""
    (tmp_path / "smnist").mkdir()
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        packed = (real_data / f"mnist/{name}.gz").read_bytes()
        (tmp_path / "smnist" / name).write_bytes(gzip.decompress(packed))
    given = tonic.datasets.SMNIST(str(tmp_path), train=False)
    # Ten recordings are read, not ten thousand.
    given.image_data, given.label_data = given.image_data[:10], given.label_data[:10]
    found, pictures = from_tonic(given), mnist("test", real_data)
    np.testing.assert_array_equal(found.labels, pictures.labels[:10])
    assert found.shape == (1, 99) and found.classes[7] == "7 - seven"
    thresholds = np.linspace(0, 254, 49).astype(np.uint8)
    for number in range(10):
        grey = pictures.images[number].ravel()
        above = grey[:, None] >= thresholds
        crossings = int((above[1:] != above[:-1]).sum()) + int((grey == 255).sum())
        assert len(found[number]) == 2 * crossings and found[number].t.max() < 2 * 784 * 1000


def test_spikes_of_a_cochlea(real_data, tmp_path):
    """NTIDIGITS18 of one genuine recording, as single digits and as digits in a row."""
    import h5py

    spikes = read(real_data / "events/formats/ntidigits_sample.bs1")
    names = ("man-ab-a-3", "man-ab-a-3z")
    (tmp_path / "NTIDIGITS18").mkdir()
    with h5py.File(tmp_path / "NTIDIGITS18/n-tidigits.hdf5", "w") as file:
        file["train_labels"] = np.array(names, "S")
        for name in names:
            file[f"train_addresses/{name}"] = spikes.x
            file[f"train_timestamps/{name}"] = spikes.t / 1e6
    single = from_tonic(tonic.datasets.NTIDIGITS18(str(tmp_path), single_digits=True))
    assert single.labels.tolist() == [3] and single.shape == (1, 64)
    row = from_tonic(tonic.datasets.NTIDIGITS18(str(tmp_path)))
    assert row.classes == ("3", "3z") and row.labels.tolist() == [0, 1]
    np.testing.assert_array_equal(row[1].x, spikes.x)
    # tonic cuts seconds off to microseconds, where we round.
    assert np.abs(row[1].t - spikes.t).max() <= 1


def test_heidelberg_digits_have_speakers_and_no_list_of_targets(real_data, tmp_path):
    """SHD's layout, with the spikes of the genuine cochlea in place of its own."""
    import h5py

    from ranvier.data import spiking_heidelberg_digits

    heard = read(real_data / "events/formats/ntidigits_sample.bs1")
    on = Events(heard.t, heard.x, heard.y, np.ones_like(heard.p), height=1)
    for folder in ("SHD", "shd"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "shd_train.h5"
        write_recordings(path, [on, on[:100], on[50:]], labels=[1, 0, 1], speakers=[4, 7, 4])
        with h5py.File(path, "a") as file:
            file["extra/keys"] = np.array(["zero", "one"], "S")
    found = from_tonic(tonic.datasets.SHD(str(tmp_path)))
    ours = spiking_heidelberg_digits("train", tmp_path)
    assert found.classes == ours.classes == ("zero", "one") and found.shape == ours.shape
    assert found.sources == ours.sources == ("speaker 4", "speaker 7", "speaker 4")
    np.testing.assert_array_equal(found.labels, ours.labels)
    for one, other in zip(found, ours, strict=True):
        np.testing.assert_array_equal(one.x, other.x)
        assert np.abs(one.t - other.t).max() <= 1


def test_gestures_are_split_by_who_made_them(real_data, tmp_path):
    """DVSGesture's layout, with recordings of people who walk before the same camera."""
    folder = tmp_path / "DVSGesture/ibmGestureTrain"
    walks = {}
    for user, name in ((1, "neal_walking"), (12, "alex_walking_again")):
        events = read(real_data / f"events/formats/dvs128_{name}.aedat")
        walks[user] = events.shifted(-int(events.t[0]))
        place = folder / f"user{user:02d}_fluorescent_led"
        place.mkdir(parents=True)
        # In milliseconds, as its authors have cut them.
        cut = [events.x, events.y, events.p, walks[user].t // 1000]
        np.save(place / "3.npy", np.stack(cut, 1).astype(float))
    found = from_tonic(tonic.datasets.DVSGesture(str(tmp_path)))
    # tonic takes people in the order of the file system, so only names tell who is who.
    assert {*found.sources} == {"user 1", "user 12"} and found.classes[3] == "Right arm cw"
    for user, events in walks.items():
        mine = found.of(f"user {user}")[0]
        for field in "xyp":
            np.testing.assert_array_equal(getattr(mine, field), getattr(events, field))
        np.testing.assert_array_equal(mine.t, events.t // 1000 * 1000)
    parts = split_by_source(found, {"train": 0.5, "test": 0.5})
    assert parts["train"].sources != parts["test"].sources


def test_objects_have_names_for_labels_and_no_common_sensor(real_data, tmp_path):
    """NCALTECH101's layout, with digits of the same camera and format."""
    whole = nmnist("train", real_data)
    with zipfile.ZipFile(real_data / "events/nmnist/nmnist_subset.zip") as archive:
        for word, number in (("camera", 0), ("ant", 300)):
            folder = tmp_path / "NCALTECH101/Caltech101" / word
            folder.mkdir(parents=True)
            (folder / "image_0001.bin").write_bytes(archive.read(whole.sources[number]))
    given = tonic.datasets.NCALTECH101(str(tmp_path))
    with pytest.raises(ValueError, match="NCALTECH101 does not say how large its sensor is"):
        from_tonic(given)
    found = from_tonic(given, shape=(180, 240))
    assert found.classes == ("ant", "camera") and found.labels.tolist() == [0, 1]
    for number, original in ((0, 300), (1, 0)):
        events = whole[original]
        np.testing.assert_array_equal(found[number].x, events.x - events.x.min())
        np.testing.assert_array_equal(found[number].t, events.t)


def test_aedat4_of_any_sensor(real_data, tmp_path):
    """CIFAR10DVS's layout and its unsigned columns, with a recording of another camera."""
    pytest.importorskip("aedat", reason="aedat, which reads these files for tonic, is missing")
    pytest.importorskip("lz4", reason="the extra events is not installed")
    (tmp_path / "CIFAR10DVS/cat").mkdir(parents=True)
    recorded = real_data / "events/formats/sample.aedat4"
    (tmp_path / "CIFAR10DVS/cat/one.aedat4").write_bytes(recorded.read_bytes())
    given = tonic.datasets.CIFAR10DVS(str(tmp_path))
    found = from_tonic(given, shape=(240, 320))
    assert found.classes[3] == "cat" and found.labels.tolist() == [3]
    same(found[0], read(recorded))
    with pytest.raises(ValueError, match="CIFAR10DVS, recording 0: event 0 has x = 154, expected"):
        from_tonic(given)[0]


def test_signs_come_with_two_axes(real_data, tmp_path):
    """ASLDVS's layout: tonic gives its events as a column, and turns its rows round."""
    from scipy.io import savemat

    events = read(real_data / "events/slider_depth/events_chunk.txt")
    (tmp_path / "ASLDVS/b").mkdir(parents=True)
    columns = {"ts": events.t, "x": events.x, "y": events.y, "pol": events.p}
    path = tmp_path / "ASLDVS/b/b_0001.mat"
    savemat(path, {name: column[:, None] for name, column in columns.items()})
    given = tonic.datasets.ASLDVS(str(tmp_path))
    assert given[0][0].shape == (50_000, 1)
    found = from_tonic(given)
    assert found.shape == (180, 240) and found.labels.tolist() == [1]
    same(found[0], Events(events.t, events.x, 179 - events.y, events.p))
