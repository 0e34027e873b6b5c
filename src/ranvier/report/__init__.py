"""Floor 4: figures, sounds and HTML from recorded results. Computes no results."""

from ranvier.report._activity import raster as raster
from ranvier.report._bars import nll_bars as nll_bars
from ranvier.report._bars import operations_bars as operations_bars
from ranvier.report._curves import curve_difference as curve_difference
from ranvier.report._curves import learning_curves as learning_curves
from ranvier.report._midi import chorale_midi as chorale_midi
from ranvier.report._music import piano_roll as piano_roll
from ranvier.report._page import Page as Page
from ranvier.report._sound import audio_bytes as audio_bytes
from ranvier.report._sound import synthesise as synthesise
