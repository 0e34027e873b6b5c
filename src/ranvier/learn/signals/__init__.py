"""Learning signals: the spatial half of an online rule."""

from ranvier.learn.signals._broadcast import Draw as Draw
from ranvier.learn.signals._broadcast import all_ones as all_ones
from ranvier.learn.signals._broadcast import direct as direct
from ranvier.learn.signals._broadcast import error_sign as error_sign
from ranvier.learn.signals._broadcast import feedback_matrix as feedback_matrix
from ranvier.learn.signals._broadcast import gaussian as gaussian
from ranvier.learn.signals._broadcast import he_uniform as he_uniform
from ranvier.learn.signals._broadcast import he_uniform_by_units as he_uniform_by_units
from ranvier.learn.signals._broadcast import shallow as shallow
from ranvier.learn.signals._broadcast import target_projection as target_projection
from ranvier.learn.signals._exact import exact as exact
from ranvier.learn.signals._importance import by_importance as by_importance
from ranvier.learn.signals._indirect import indirect as indirect
from ranvier.learn.signals._instant import Instant as Instant
from ranvier.learn.signals._instant import Signal as Signal
from ranvier.learn.signals._past_filter import past_filter as past_filter
from ranvier.learn.signals._symmetric import symmetric as symmetric
