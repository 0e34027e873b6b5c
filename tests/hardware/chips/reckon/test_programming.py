"""What is written into the chip makes the same chip: transactions, texts, memory images."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ranvier.hardware.chips._registers import registers
from ranvier.hardware.chips.reckon import (
    ReckOn,
    Registers,
    Sample,
    Write,
    cue_accumulation_chip,
    programming,
    random_seeds,
    read_memory_image,
    read_transcript,
    replay,
    write_memory_image,
    write_transcript,
)
from tests.hardware.chips.reckon import golden

HELD = registers(Registers)


def same(one, two):
    return all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


@st.composite
def machines(draw):
    """Any registers, any memories: a chip and a state between two samples."""
    values = {name: draw(st.integers(*held.range)) for name, held in HELD.items()}
    most = 2 * draw(st.integers(0, 127)) + 1
    values["num_inp_neur"], values["num_rec_neur"] = most, draw(st.integers(0, most))
    values["en_conf"] = 0
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    chip = ReckOn(
        Registers(**values), random.integers(0, 4096, 128), random.integers(-(2**15), 2**15, 128)
    )
    state = chip.init()
    for name, weights in zip(("w_inp", "w_rec", "w_out"), state[:3], strict=True):
        rows = chip.inputs if name == "w_inp" else chip.neurons
        weights[:rows] = random.integers(-128, 128, (rows, weights.shape[1]))
    widths = {"u": (-(2**15), 2**15), "e_inp": (0, 4096), "e_rec": (0, 4096), "e_out": (0, 1024)}
    filled = {name: random.integers(*ends, 256) for name, ends in widths.items()}
    return chip, state._replace(v=random.integers(-(2**15), 2**15, 16), **filled)


@settings(max_examples=12, deadline=None)
@given(machines())
def test_what_was_written_makes_the_same_chip_and_state(tmp_path_factory, machine):
    chip, state = machine
    done = replay(programming(chip, state))
    assert done.chip.registers == chip.registers and same(done.state, state)
    assert np.array_equal(done.chip.alpha, chip.alpha)
    assert np.array_equal(done.chip.threshold, chip.threshold)
    folder = tmp_path_factory.mktemp("image")
    write_transcript(folder / "chip.txt", programming(chip, state))
    assert read_transcript(folder / "chip.txt") == programming(chip, state)
    # Output membranes are in no memory.
    write_memory_image(folder, chip, state)
    again, held = read_memory_image(folder, chip.registers)
    assert same(held, state._replace(v=np.zeros(16)))
    assert np.array_equal(again.alpha, chip.alpha)
    assert np.array_equal(again.threshold, chip.threshold)


def test_addresses_are_those_of_the_test_bench():
    """As the chip's own test bench forms them: 25 words for the 100 weights of an input, 4 for
    the two outputs."""
    chip = cue_accumulation_chip()
    weights = np.arange(4000).reshape(40, 100) % 251 - 125
    writes = programming(chip, chip.init(w_inp=weights, w_out=np.full((100, 2), -1)))
    by_code = {code: [w for w in writes if w.code == code] for code in range(6)}
    assert writes[0] == Write(0, 0, (1,)) and writes[-1] == Write(0, 0, (0,))
    assert [len(by_code[code]) for code in range(1, 6)] == [1, 1, 40, 100, 100]
    second = by_code[3][1]
    assert second.address == 3 << 28 | 25 << 16 | 1 << 6
    first = [int(weight) & 255 for weight in weights[1, :4]]
    assert second.words[0] == sum(byte << 8 * n for n, byte in enumerate(first))
    assert by_code[5][2] == Write(5, 2 << 2, (0xFFFF,))
    assert by_code[1][0].words[:4] == (0, 0, 0, 0xFEF << 20 | 614 << 4)
    assert Write(0, 70, (205,)) in writes and Write(0, 87, (0xF2F2,)) in writes


def recorded(trace):
    """The chip, its weights and the two samples of a trace of the hardware description."""
    chip = golden.chip_of(trace)
    samples = []
    for k in range(2):
        spikes = np.zeros((40, chip.inputs), bool)
        spikes[tuple(trace[f"s{k}_events"].T)] = True
        asked = np.arange(40) >= trace[f"s{k}_t_start"]
        target = int(trace[f"s{k}_label"])
        if chip.registers.regression:
            target = trace[f"s{k}_targets"].astype(int)
        samples.append(Sample(spikes, asked, target))
    return chip, chip.init(*(trace[name] for name in ("winp0", "wrec0", "wout0"))), samples


def test_a_transcript_does_what_the_hardware_description_did(real_data, tmp_path):
    """Random networks of the traces, of every kind: a label once or per tick, or numbers."""
    kinds = set()
    for number in range(40):
        with np.load(golden.folder(real_data) / f"rand_{number:03}.npz") as file:
            chip, state, samples = recorded(file)
            r, trace = chip.registers, dict(file)
        kind = (r.regression, r.single_label, bool(r.do_eprop), r.send_per_timestep)
        if kind in kinds:
            continue
        kinds.add(kind)
        write_transcript(tmp_path / "run.txt", [*programming(chip, state), *samples])
        done = replay(read_transcript(tmp_path / "run.txt"))
        weights = done.chip.weights(done.state)
        for name, found in zip(("winp", "wrec", "wout"), weights, strict=True):
            assert np.array_equal(found, trace[f"s1_{name}"]), (number, name)
        for k, outcome in enumerate(done.outcomes):
            assert outcome.sent[:, 1].tolist() == trace[f"s{k}_out_bytes"].tolist(), number
        assert np.array_equal(done.state.generators, trace["s1_lfsr"][-1]), number
    assert len(kinds) >= 6


def test_a_chip_goes_on_where_its_state_was_written(tmp_path):
    random = np.random.default_rng(2)
    chip = cue_accumulation_chip().replace(num_inp_neur=9, num_rec_neur=19, **random_seeds(random))
    chip = dataclasses.replace(chip, threshold=300)
    state = chip.init(*(random.integers(-40, 60, s) for s in ((10, 20), (20, 20), (20, 2))))
    sample = Sample(random.random((30, 10)) < 0.3, np.arange(30) >= 5, 1)
    after, _ = chip.run(state, sample.spikes, asked=sample.asked, target=1)
    wanted, _ = chip.replace(do_eprop=0).run(after, sample.spikes, asked=sample.asked)
    between = [Write(0, 0, (1,)), Write(0, 9, (0,)), Write(0, 0, (0,))]
    items = [*programming(chip, after), *between, sample._replace(target=None)]
    write_transcript(tmp_path / "a.txt", items)
    done = replay(read_transcript(tmp_path / "a.txt"))
    assert same(done.state[:10], wanted[:10]) and not done.chip.registers.do_eprop
    # A seed loads its generator, and no other one.
    seeded = replay([*items, Write(0, 0, (1,)), Write(0, 86, (77,))]).state.generators
    assert seeded[1] == 77 and np.array_equal(np.delete(seeded, 1), np.delete(wanted.generators, 1))


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([Write(0, 0, (0,)), Write(0, 69, (1,))], "item 2: a write while EN_CONF is 0"),
        ([Sample(np.ones((3, 2)))], "item 1: a sample begins while EN_CONF is 1"),
        ([Write(0, 97, (1,))], "item 1: .*no register lies at 97"),
        ([Write(1, 510, (1, 2, 3))], "code 1 reaches address 512, expected below 512"),
        ([Write(2, 16, (1,))], "code 2 reaches address 16, expected below 16"),
        ([Write(0, 0, (0,)), Sample(np.ones((1, 2)))], "item 2: .*the sample has one tick"),
    ],
)
def test_what_the_chip_would_refuse_is_refused(items, words):
    with pytest.raises(ValueError, match=words):
        replay(items)


def test_states_that_cannot_be_written_are_refused():
    chip = ReckOn(Registers())
    within, _ = chip.run(chip.init(), np.ones((2, 2)), ends=False)
    with pytest.raises(ValueError, match="the state is within a sample"):
        programming(chip, within)
    every = ReckOn(Registers(regul_mode=6, regul_w=3, fp_loc_winp=3), threshold=100)
    after, _ = every.run(every.init(w_inp=[[9, 9], [9, 9]]), np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"REGUL_MODE 6 or 7 .* cannot be written"):
        programming(every, after)
    with pytest.raises(ValueError, match=r"item 2: .*while EN_CONF is 0"):
        write_transcript("nowhere.txt", [Write(0, 0, (0,)), Write(0, 8, (0,))])


BEGIN = "# ReckOn transcript 1\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: 'nothing', expected '# ReckOn transcript 1'"),
        (BEGIN + "\nSPI 10045 00000079", "line 3: '10045', expected words of eight hex"),
        (BEGIN + "SPI", "line 2: SPI without an address"),
        (BEGIN + "SPI 00020045 00000079", "announces 2 words, and 1 follow"),
        (BEGIN + "SPI 00020045 00000001 00000002", "writes 2 words to register 69"),
        (BEGIN + "SPI 80010045 00000001", "the address 80010045 reads"),
        (BEGIN + "SPI 60010045 00000001", "has code 6, expected 0 to 5"),
        (BEGIN + "AER 3", "line 2: AER before SAMPLE 1"),
        (BEGIN + "TICK", "line 2: TICK before SAMPLE 1"),
        (BEGIN + "SAMPLE 2", "SAMPLE 2, expected a whole number of 0 to 1"),
        (BEGIN + "SAMPLE 1\nAER 256", "line 3: AER 256, expected a whole number of 0 to 255"),
        (BEGIN + "SAMPLE 1\nAER", "AER with 0 numbers, expected 1"),
        (BEGIN + "SAMPLE 1\nTOCK", "line 3: 'TOCK' is not known"),
        (BEGIN + "SAMPLE 1\nTICK\nSPI 00010045 00000001", "line 4: SPI within a sample"),
        (BEGIN + "SAMPLE 1\nTARGET 1\nTARGET 2\nTICK\nSAMPLE 0\nTICK", "has 2 labels"),
        (BEGIN + "SAMPLE 1\nTICK\nTICK", "truncated: it ends within a sample of 2 ticks"),
    ],
)
def test_texts_that_cannot_be_read_are_refused_by_line(tmp_path, text, words):
    (tmp_path / "t.txt").write_text(text)
    with pytest.raises(ValueError, match=words):
        read_transcript(tmp_path / "t.txt")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:-1], "has 255 of 256 words, word 255 is the first that is missing"),
        (
            lambda lines: [*lines[:4], lines[4][:-1], *lines[5:]],
            "line 5 has a word of 31 digits, expected 32",
        ),
        (
            lambda lines: [*lines[:4], "xy", *lines[5:]],
            "line 5 has 'xy', expected hexadecimal digits",
        ),
        (
            lambda lines: [*lines, lines[-1]],
            "line 258 has a word at address 256, expected 0 to 255",
        ),
        (lambda lines: [*lines, "@3", lines[-1]], "line 259 has word 3 a second time"),
    ],
)
def test_images_that_cannot_be_read_are_refused_by_line(tmp_path, change, words):
    chip = ReckOn(Registers())
    path = write_memory_image(tmp_path, chip, chip.init())[3]
    path.write_text("\n".join(change(path.read_text().splitlines())))
    with pytest.raises(ValueError, match=words):
        read_memory_image(tmp_path, chip.registers)


def test_an_image_may_name_addresses_as_readmemh_has_it(tmp_path):
    chip = ReckOn(Registers(num_out_neur=3))
    files = write_memory_image(tmp_path, chip, chip.init(w_out=[[1, 2, 3, -4], [5, 6, 7, 8]]))
    head, *words = files[3].read_text().splitlines()
    moved = [head, "@80 // the upper half", *words[128:], "", "@0", *words[:128]]
    files[3].write_text("\n".join(moved).upper().replace("00000000FC", "0000_0000FC"))
    _, state = read_memory_image(tmp_path, chip.registers)
    assert chip.weights(state)[2].tolist() == [[1, 2, 3, -4], [5, 6, 7, 8]]
    files[1].unlink()
    with pytest.raises(FileNotFoundError, match=r"w_inp\.hex is missing"):
        read_memory_image(tmp_path, chip.registers)
