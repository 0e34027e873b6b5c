"""Floor 3: other forms of a network: fewer bits, noise on its weights, files of other software."""

from ranvier.convert._noise import WeightNoise as WeightNoise
from ranvier.convert._quantised import Binary as Binary
from ranvier.convert._quantised import Quantised as Quantised
from ranvier.convert._quantised import Ternary as Ternary
from ranvier.convert._quantised import by_fan_in as by_fan_in
from ranvier.convert._quantised import mean_magnitude as mean_magnitude
from ranvier.convert._trinary import with_shown_weights as with_shown_weights
from ranvier.convert._weights import on_weights as on_weights
from ranvier.core import Transform as Transform
