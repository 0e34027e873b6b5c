"""What is published of the chip on MNIST."""

ON_CHIP = 95.3
"""Per cent right, trained on the chip."""

OFF_CHIP = 97.5
"""Per cent right, trained off the chip."""

ENERGY_nJ = 313.0
"""Per classification, at 0.6 V."""

SOURCE = "Frenkel, Legat, Bol, ISCAS 2020, abstract: all of MNIST"
