"""Linear-feedback generators of chips."""

from ranvier.hardware.chips import Generator


def test_a_generator_draws_the_sequence_it_defines():
    kind = Generator(5, 2, 7, (0, 1, -3, -2, -1), 7)
    bits = {0: 1, 1: 0, -3: 1, -2: 1, -1: 0}
    for n in range(2, 30):
        bits[n] = bits[n - 2] ^ bits[n - 5]
    state, drawn = 0b01101, []
    for _ in range(4):
        words, state = kind.draw(state)
        drawn += [words[0] >> n & 1 for n in range(7)]
    assert drawn == [bits[n] for n in range(28)]
