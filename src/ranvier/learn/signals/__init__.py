"""Learning signals: the spatial half of an online rule."""

from ranvier.learn.signals._exact import Signal as Signal
from ranvier.learn.signals._exact import exact as exact
