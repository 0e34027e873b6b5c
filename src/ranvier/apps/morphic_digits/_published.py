"""What is published of the neighbour, and what is not of this chip."""

ODIN_ACCURACY = 84.5
"""Per cent of MNIST, for ODIN: 16 x 16 images, one pass over 6000 of them, one layer of ten
neurons with weights of 3 bits."""

ODIN_SOURCE = "Frenkel, Lefebvre, Legat, Bol, IEEE TBioCAS 13 (2019), abstract"

SOURCE = (
    "Frenkel, Legat, Bol, IEEE TBioCAS 13 (2019), abstract: the chip's size and rule; it gives no "
    "accuracy"
)
