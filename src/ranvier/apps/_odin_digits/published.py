"""What is known of the task on this chip."""

ACCURACY = 84.5
"""Per cent of the test images."""

NANOJOULE = 15.0
"""Per inference at 0.55 V, with rank order."""

SOURCE = (
    "Frenkel, Lefebvre, Legat, Bol, IEEE TBioCAS 13 (2019), abstract: 16 x 16 MNIST, 6,000 "
    "training images shown once, 10 neurons, SDSP on the chip. Registers and teacher are not "
    "told there: they are ours"
)
