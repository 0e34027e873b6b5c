"""Memory images: words in hexadecimal digits, written and read."""

import numpy as np
import pytest

from ranvier.hardware.chips import odin


@pytest.fixture(scope="module")
def chip():
    draw = np.random.default_rng(1)
    words = draw.integers(0, 256, (256, 16), dtype=np.uint8)
    synapses = draw.integers(0, 16, (256, 256), dtype=np.uint8)
    return odin.ODIN.from_memory(words, synapses, compiled=False)


@pytest.fixture
def folder(chip, tmp_path):
    odin.write_images(tmp_path, chip)
    return tmp_path


def test_images_and_back(chip, folder):
    words, synapses = chip.memory(chip.init())
    read = odin.read_images(folder)
    assert np.array_equal(read[0], words) and np.array_equal(read[1], synapses)
    neurons = (folder / "neurons.hex").read_text().splitlines()
    assert int(neurons[9], 16) == int.from_bytes(words[9].tobytes(), "little")
    memory = (folder / "synapses.hex").read_text().splitlines()
    assert (len(neurons), len(memory)) == (256, 8192)
    # The word at {pre, post[7:3]} has the synapse of post at bit 4 * post[2:0].
    pre, post = 200, 77
    assert int(memory[pre << 5 | post >> 3], 16) >> 4 * (post & 7) & 15 == synapses[pre, post]


def test_images_after_learning(folder):
    neuron = odin.LIFNeuron(thr=200, ca_en=1, ca_theta3=7)
    chip = odin.ODIN([neuron], [[8 + 3]], odin.Configuration(open_loop=1), compiled=False)
    state, _ = chip.run(chip.init(), [odin.virtual(0, 1), odin.spike(0)])
    odin.write_images(folder, chip, state)
    words, synapses = odin.read_images(folder)
    again = odin.ODIN.from_memory(words, synapses, chip.configuration)
    assert synapses[0, 0] == 12
    assert np.array_equal(again.init().neurons, state.neurons)


def test_comments_and_addresses_of_readmemh(chip, folder):
    path = folder / "neurons.hex"
    lines = path.read_text().splitlines()
    late = "\n".join(lines[16:])
    path.write_text(f"// by hand\n@10\n{late} // the rest\n@0 {' '.join(lines[:16]).upper()}\n")
    assert np.array_equal(odin.read_images(folder)[0], chip.memory(chip.init())[0])


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("neurons", lambda lines: lines[:200], "200 of 256 words, word 200 is the first"),
        ("synapses", lambda lines: lines[:-1], "8191 of 8192 words, word 8191"),
        ("neurons", lambda lines: [*lines, lines[0]], "line 257 has a word at address 256"),
        ("neurons", lambda lines: [lines[0][1:], *lines[1:]], "line 1 has a word of 31 digits, ex"),
        ("synapses", lambda lines: [*lines[:7], "0" * 9], "line 8 has a word of 9 digits, exp"),
        ("synapses", lambda lines: ["0000000x", *lines[1:]], "line 1 has '0000000x', expected hex"),
        ("synapses", lambda lines: ["@", *lines], "line 1 has '@', expected hexadecimal"),
        ("synapses", lambda lines: ["@2000", *lines], "line 2 has a word at address 8192"),
    ],
)
def test_damaged_images_are_refused(folder, name, change, told):
    path = folder / f"{name}.hex"
    path.write_text("\n".join(change(path.read_text().splitlines())))
    with pytest.raises(ValueError, match=told):
        odin.read_images(folder)


def test_a_missing_image(folder):
    (folder / "synapses.hex").unlink()
    with pytest.raises(FileNotFoundError, match=r"synapses\.hex"):
        odin.read_images(folder)
