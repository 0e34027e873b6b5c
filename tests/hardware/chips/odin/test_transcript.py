"""What a test bench sends: frames and events, their text, and the chip that they make."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.hardware.chips import odin, registers
from ranvier.hardware.chips.odin import Frame, Transcript

PROGRAMMED = {
    name: st.integers(*held.range)
    for name, held in registers(odin.Configuration).items()
    if name != "gate_activity"
}


def random_chip(seed, configuration=None):
    draw = np.random.default_rng(seed)
    words = draw.integers(0, 256, (256, 16), dtype=np.uint8)
    synapses = draw.integers(0, 16, (256, 256), dtype=np.uint8)
    return odin.ODIN.from_memory(words, synapses, configuration, compiled=False)


@pytest.fixture(scope="module")
def sent():
    events = [odin.spike(3), odin.time_reference(), odin.bistability(9)]
    return odin.transcript(random_chip(0), events=events, arrivals=[0, 7, 700])


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32), configuration=st.builds(odin.Configuration, **PROGRAMMED))
def test_a_chip_from_its_frames_is_the_same_chip(seed, configuration):
    chip = random_chip(seed, configuration)
    again = odin.program_from(odin.transcript(chip))
    assert again.configuration == configuration
    for ours, theirs in zip(chip.memory(chip.init()), again.memory(again.init()), strict=True):
        assert np.array_equal(ours, theirs)


def test_frames_are_as_documented(sent):
    chip = random_chip(0)
    words, synapses = chip.memory(chip.init())
    by_address = {frame.address: frame.data for frame in sent.frames[2:-2]}
    # Write, command 1 (neurons), byte in bits 11:8, neuron in bits 7:0.
    assert by_address[1 << 18 | 1 << 16 | 15 << 8 | 200] == words[200, 15]
    # Write, command 2 (synapses), byte in bits 14:13, {pre, post[7:3]} in bits 12:0.
    pre, post = 77, 5 * 8 + 6
    pair = by_address[1 << 18 | 2 << 16 | 3 << 13 | pre << 5 | 5]
    assert pair == synapses[pre, post] | synapses[pre, post + 1] << 4
    assert len(by_address) == len(sent.frames) - 4 == 24 + 256 * 16 + 8192 * 4
    # Stopped and open first; as configured, and running, in the end.
    edges = [frame.hex for frame in (*sent.frames[:2], *sent.frames[-2:])]
    assert edges == ["4000000001", "4000100001", "4000100000", "4000000000"]


def test_signs_lie_in_sixteen_registers():
    chip = odin.ODIN([], None, odin.Configuration(syn_sign=1 << 37 | 1 << 255))
    data = {frame.place: frame.data for frame in odin.transcript(chip).frames if not frame.command}
    assert {place: data[place] for place in range(2, 18) if data[place]} == {4: 32, 17: 1 << 15}


def test_what_was_learned_is_written():
    neuron = odin.LIFNeuron(thr=200, ca_en=1, ca_theta3=7)
    chip = odin.ODIN([neuron], [[8 + 3]], odin.Configuration(open_loop=1), compiled=False)
    state, output = chip.run(chip.init(), [odin.virtual(0, 1), odin.spike(0)])
    assert output.counts.synapse_changes == 1
    again = odin.program_from(odin.transcript(chip, state))
    words, synapses = again.memory(again.init())
    assert synapses[0, 0] == 8 + 4 and np.array_equal(words, chip.memory(state)[0])
    # It goes on as the first one, whose flags are set anew by the next event.
    _, seen = again.trace(again.init(), [odin.time_reference()], ["core"])
    assert (
        seen["core"][0, 0] == chip.trace(state, [odin.time_reference()], ["core"])[1]["core"][0, 0]
    )


def test_spikes_that_wait_cannot_be_written():
    chip = odin.ODIN([], compiled=False)
    state, _ = chip.run(chip.init(), [odin.spike(1)], arrivals=[0], finish=False)
    with pytest.raises(ValueError, match="1 spikes wait in the state, expected none"):
        odin.transcript(chip, state)
    with pytest.raises(ValueError, match="event 0 is 0x20000"):
        odin.transcript(chip, events=[1 << 17])
    with pytest.raises(ValueError, match="event 1 arrives at cycle 1"):
        odin.transcript(chip, events=[7, 7], arrivals=[2, 1])


# What the chip makes of frames


def changed(sent, at, frame):
    return sent._replace(frames=(*sent.frames[:at], frame, *sent.frames[at + 1 :]))


def without(sent, at):
    return sent._replace(frames=(*sent.frames[:at], *sent.frames[at + 1 :]))


def test_masked_bits_stay(sent):
    address = Frame.of_neuron(7, 3, 0).address
    old = next(frame.data for frame in sent.frames if frame.address == address)
    extra = (Frame(address, 0xF0 << 8 | (~old & 255)), Frame.of_register(0, 0))
    again = odin.program_from(sent._replace(frames=(*sent.frames[:-2], *extra)))
    # The loop stays open: that frame was left out.
    assert again.configuration.open_loop == 1
    word = again.memory(again.init())[0][7]
    assert word[3] == (old & 0xF0) | (~old & 0x0F)


def test_reading_changes_nothing(sent):
    reads = Frame(1 << 19 | 1 << 16 | 5, 0)
    again = odin.program_from(sent._replace(frames=(*sent.frames[:30], reads, *sent.frames[30:])))
    ours, theirs = (chip.memory(chip.init())[0] for chip in (again, random_chip(0)))
    assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: without(s, 0), "comes while gate_activity is not set, expected 1"),
        (lambda s: without(s, 1), "comes while open_loop is not set, expected 1"),
        (lambda s: without(s, 30), "byte 4 of neuron 0 is never written as a whole"),
        (lambda s: without(s, len(s.frames) - 3), "byte 3 of synapse word 8191 is never written"),
        (lambda s: without(s, 18), r"register 18 \(burst_timeref\) is never written"),
        (lambda s: without(s, len(s.frames) - 1), "gate_activity is 1 after the last frame"),
        (lambda s: changed(s, 9, Frame.of_register(26, 0)), "writes register 26, expected 0 to 25"),
        (lambda s: changed(s, 9, Frame.of_register(9, 1 << 16)), "0x10000 to syn_sign.* 16 bits"),
        (lambda s: changed(s, 9, Frame(1 << 18 | 3 << 16, 0)), "has command 3, expected 0"),
        (lambda s: changed(s, 9, Frame(0, 0)), "is to do nothing, expected one of the two upper"),
        (lambda s: changed(s, 9, Frame(3 << 18, 0)), "is to read and write"),
        (lambda s: changed(s, 9, Frame(1 << 20, 0)), "expected 20 bits of address and of data"),
    ],
)
def test_frames_that_make_no_chip(sent, change, told):
    with pytest.raises(ValueError, match=told):
        odin.program_from(change(sent))


# As text


def test_text_and_back(sent, tmp_path):
    path = odin.write_transcript(tmp_path / "bench" / "sent.txt", sent)
    again = odin.read_transcript(path)
    assert again.frames == sent.frames
    assert again.events.tolist() == [0x307, 0x7F, 0x980]
    assert again.arrivals is not None and again.arrivals.tolist() == [0, 7, 700]
    lines = path.read_text().splitlines()
    assert lines[1] == "spi 4000000001  # gate_activity = 1"
    assert lines[3] == "spi 4000200000  # syn_sign[15:0] = 0x0"
    assert lines[-1] == "aer 00980 700  # bistability of row 9"
    assert lines[-4] == "spi 4000000000  # gate_activity = 0"
    assert [p.name for p in path.parent.iterdir()] == ["sent.txt"]


def test_what_events_do_is_told(tmp_path):
    codes = [odin.synapse(1, 2), odin.virtual(3, 5), odin.virtual(3, 5, inhibitory=True)]
    codes += [odin.bistability(), 0x30F, odin.time_reference(4)]
    path = odin.write_transcript(tmp_path / "events.txt", Transcript((), np.array(codes), None))
    told = [line.split("  # ")[1] for line in path.read_text().splitlines()[1:]]
    assert told == [
        "synapse from 1 to 2",
        "+5 to neuron 3",
        "-5 to neuron 3",
        "bistability of all rows",
        "time reference of neuron 3 through the queue",
        "time reference of neuron 4",
    ]
    read = odin.read_transcript(path)
    assert read.events.tolist() == codes and read.arrivals is None and not read.frames


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("aer 20000 0", "line 2 has the address 0x20000, expected 17 bits"),
        ("aer 00307 0\n\naer fffff 1", "line 4 has the address 0xfffff"),
        ("aer xyz 0", "line 2 is 'aer xyz 0', expected 'spi' and ten hexadecimal digits"),
        ("aer 00307 -1", "line 2 is 'aer 00307 -1'"),
        ("aer 00307 0 5", "line 2 is"),
        ("aer", "line 2 is 'aer'"),
        ("spi 123456789", "line 2 is 'spi 123456789', expected 'spi' and ten"),
        ("can 00307 0", "line 2 is 'can 00307 0'"),
        ("aer 00307 5\naer 00307 4", "line 3 has clock cycle 4, expected 5 or later"),
        ("aer 00307 5\naer 00307", "line 3 has no clock cycle, unlike the events before"),
        ("aer 00307\naer 00307 5", "line 3 has a clock cycle, unlike the events before"),
        ("aer 00307 5\nspi 4000000001", "line 3 is a frame after an event"),
    ],
)
def test_broken_lines_are_named(tmp_path, lines, told):
    path = tmp_path / "events.txt"
    path.write_text(f"odin transcript 1\n{lines}\n")
    with pytest.raises(ValueError, match=told):
        odin.read_transcript(path)


def test_other_files_are_no_transcripts(tmp_path):
    path = tmp_path / "other.txt"
    path.write_bytes(b"\xff\x00 something else")
    with pytest.raises(ValueError, match="expected 'odin transcript 1': this is no transcript"):
        odin.read_transcript(path)


def test_every_register_has_an_address():
    names = {
        frame.told.split("[")[0].split(" =")[0]
        for frame in map(Frame.of_register, range(26), [0] * 26)
    }
    assert names == {field.name for field in dataclasses.fields(odin.Configuration)}
