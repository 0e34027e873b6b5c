"""Learning rules: `(model, batch, key) -> (loss, gradients)`."""

from ranvier.learn.rules._bptt import bptt as bptt
from ranvier.learn.rules._catalogue import catalogue as catalogue
from ranvier.learn.rules._catalogue import ostl_with_h as ostl_with_h
from ranvier.learn.rules._e_prop import e_prop as e_prop
from ranvier.learn.rules._e_prop import e_prop_backwards as e_prop_backwards
from ranvier.learn.rules._online import online as online
from ranvier.learn.rules._rtrl import rtrl as rtrl
