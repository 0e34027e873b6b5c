"""The organ: right pitch, no clicks, no clipping, and a file that decodes to the same sound."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ranvier.report import audio_bytes, synthesise

RATE = 22050


def notes(*pairs, steps=4):
    roll = np.zeros((steps, 88))
    for step, key in pairs:
        roll[step, key] = 1
    return roll


@settings(deadline=None, max_examples=15)
@given(hnp.arrays(bool, (3, 88), elements=st.booleans(), fill=st.just(False)))
def test_any_roll_sounds_finite_and_below_the_peak(roll):
    assume(roll.any())
    wave = synthesise(roll, quarter_seconds=0.05)
    assert wave.dtype == np.float32
    assert np.isfinite(wave).all()
    assert 0.89 < np.abs(wave).max() <= 0.9 + 1e-6


@pytest.mark.parametrize(("key", "pitch"), [(48, 440.0), (39, 261.6256), (0, 27.5), (87, 4186.009)])
def test_a_key_sounds_at_its_pitch(key, pitch):
    wave = synthesise(notes(*((step, key) for step in range(4))), quarter_seconds=0.5)
    held = wave[RATE // 4 : RATE // 4 + 32768]
    spectrum = np.abs(np.fft.rfft(held * np.hanning(held.size)))
    loudest = np.argmax(spectrum) * RATE / held.size
    assert abs(loudest - pitch) < RATE / held.size


def test_a_tied_note_is_one_long_note():
    tied = synthesise(notes((0, 48), (1, 48), (2, 48), (3, 48)), quarter_seconds=0.3)
    single = synthesise(notes((0, 48), steps=1), quarter_seconds=1.2)
    np.testing.assert_allclose(tied, single, atol=1e-6)


def test_a_note_after_a_rest_is_struck_again():
    wave = synthesise(notes((0, 48), (2, 48)), quarter_seconds=0.5)
    loud = [np.square(wave[int(t * RATE) : int((t + 0.05) * RATE)]).mean() for t in (0.4, 0.9, 1.4)]
    assert loud[1] < 0.05 * loud[0] and loud[2] > 0.5 * loud[0]


def test_there_is_no_click_at_any_edge():
    # The highest harmonic of A4 used here is 8 * 440 Hz; a click would reach far above it.
    wave = synthesise(notes((0, 48), (1, 48), (3, 48)), quarter_seconds=0.25).astype(float)
    window = 512
    frames = np.lib.stride_tricks.sliding_window_view(wave, window)[::64] * np.hanning(window)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    frequency = np.fft.rfftfreq(window, 1 / RATE)
    above = power[:, frequency > 5000].sum(axis=1).max()
    assert above < 1e-6 * power.sum(axis=1).max()
    clicked = wave.copy()
    clicked[RATE // 4 :] *= 0.9
    frames = np.lib.stride_tricks.sliding_window_view(clicked, window)[::64] * np.hanning(window)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    assert power[:, frequency > 5000].sum(axis=1).max() > 10 * above, "this test cannot see clicks"


def test_it_starts_and_ends_in_silence_and_lasts_as_long_as_the_piece():
    wave = synthesise(notes((0, 48), (3, 60)), quarter_seconds=0.5)
    assert abs(wave[0]) < 1e-3 and np.abs(wave[-50:]).max() < 1e-3
    assert 2.0 <= wave.size / RATE < 4.0


def test_the_same_roll_gives_the_same_sound():
    roll = notes((0, 40), (1, 44), (1, 47))
    np.testing.assert_array_equal(synthesise(roll), synthesise(roll))


def test_nothing_is_folded_back_below_half_the_rate():
    wave = synthesise(notes((0, 87), (1, 87), (2, 87), (3, 87)), sample_rate=9500).astype(float)
    spectrum = np.square(np.abs(np.fft.rfft(wave * np.hanning(wave.size))))
    frequency = np.fft.rfftfreq(wave.size, 1 / 9500)
    beside = np.abs(frequency - 4186.009) > 60
    assert spectrum[beside].sum() < 1e-3 * spectrum.sum()


@pytest.mark.parametrize(
    ("roll", "options", "message"),
    [
        (notes(), {}, "no notes"),
        (notes((0, 48)) * 0.3, {}, "expected only 0 and 1"),
        (notes((0, 48)), {"quarter_seconds": -1.0}, "quarter_seconds is -1.0"),
        (notes((0, 48)), {"sample_rate": 100}, "sample_rate is 100"),
        (notes((0, 48), (1, 87)), {"sample_rate": 8000}, "the highest note, 4186 Hz"),
    ],
)
def test_what_cannot_be_played_is_refused(roll, options, message):
    with pytest.raises(ValueError, match=message):
        synthesise(roll, **options)


@pytest.mark.parametrize(("kind", "mime"), [("wav", "audio/wav"), ("mp3", "audio/mpeg")])
def test_a_file_decodes_to_the_sound_and_is_reproducible(kind, mime):
    if kind.upper() not in soundfile.available_formats():
        pytest.skip(f"this libsndfile has no {kind} codec")
    wave = synthesise(notes((0, 48), (2, 52)), quarter_seconds=0.3)
    data, got = audio_bytes(wave, RATE, kind)
    assert got == mime
    assert (data, got) == audio_bytes(wave, RATE, kind)
    again, rate = soundfile.read(io.BytesIO(data))
    assert rate == RATE
    size = min(again.size, wave.size)
    assert abs(again.size - wave.size) < 2400
    assert np.corrcoef(again[:size], wave[:size])[0, 1] > 0.99


def test_a_rate_that_mp3_does_not_know_falls_back_to_wav():
    data, mime = audio_bytes(np.zeros(100), 12345)
    assert mime == "audio/wav" and soundfile.info(io.BytesIO(data)).samplerate == 12345


def test_a_missing_codec_falls_back_to_wav(monkeypatch):
    monkeypatch.setattr(soundfile, "available_formats", lambda: {"WAV": "WAV"})
    assert audio_bytes(np.zeros(100), RATE)[1] == "audio/wav"


@pytest.mark.parametrize(
    ("wave", "kind", "message"),
    [
        (np.zeros(10), "mp4", "no audio format 'mp4'. Did you mean 'mp3'"),
        (np.zeros(0), "wav", r"shape \[0\]"),
        (np.full(10, 2.0), "wav", "beyond 1"),
        (np.full(10, np.nan), "wav", "not finite"),
    ],
)
def test_what_is_no_sound_is_refused(wave, kind, message):
    with pytest.raises(ValueError, match=message):
        audio_bytes(wave, RATE, kind)
