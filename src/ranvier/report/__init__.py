"""Floor 4: figures, sounds and HTML from recorded results. Computes no results."""

from ranvier.report._activity import raster as raster
from ranvier.report._angles import alignment_angles as alignment_angles
from ranvier.report._bars import nll_bars as nll_bars
from ranvier.report._bars import operations_bars as operations_bars
from ranvier.report._confusion import confusion_matrix as confusion_matrix
from ranvier.report._curves import curve_difference as curve_difference
from ranvier.report._curves import learning_curves as learning_curves
from ranvier.report._midi import chorale_midi as chorale_midi
from ranvier.report._music import piano_roll as piano_roll
from ranvier.report._neuron import membranes as membranes
from ranvier.report._neuron import neuron_trace as neuron_trace
from ranvier.report._page import Page as Page
from ranvier.report._patterns import Pattern as Pattern
from ranvier.report._patterns import pattern_grid as pattern_grid
from ranvier.report._plane import phase_plane as phase_plane
from ranvier.report._rate import rate_and_membranes as rate_and_membranes
from ranvier.report._rate import rate_curve as rate_curve
from ranvier.report._rules import gradient_alignment as gradient_alignment
from ranvier.report._rules import rule_costs as rule_costs
from ranvier.report._rules import rule_scores as rule_scores
from ranvier.report._sound import audio_bytes as audio_bytes
from ranvier.report._sound import synthesise as synthesise
from ranvier.report._surrogates import surrogate_family as surrogate_family
from ranvier.report._tasks import measure_bars as measure_bars
from ranvier.report._tasks import task_curves as task_curves
