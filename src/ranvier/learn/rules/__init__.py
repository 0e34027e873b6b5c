"""Learning rules: `(model, batch, key) -> (loss, gradients)`."""

from ranvier.learn.rules._bptt import bptt as bptt
from ranvier.learn.rules._online import online as online
from ranvier.learn.rules._rtrl import rtrl as rtrl
