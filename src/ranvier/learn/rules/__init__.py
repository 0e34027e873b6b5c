"""Learning rules: `(model, batch, key) -> (loss, gradients)`."""

from ranvier.learn.rules._across_layers import (
    direct_feedback_alignment as direct_feedback_alignment,
)
from ranvier.learn.rules._across_layers import (
    direct_random_target_projection as direct_random_target_projection,
)
from ranvier.learn.rules._across_layers import feedback_alignment as feedback_alignment
from ranvier.learn.rules._across_layers import (
    indirect_feedback_alignment as indirect_feedback_alignment,
)
from ranvier.learn.rules._across_layers import shallow as shallow
from ranvier.learn.rules._bptt import bptt as bptt
from ranvier.learn.rules._carried import CarriedBPTT as CarriedBPTT
from ranvier.learn.rules._catalogue import catalogue as catalogue
from ranvier.learn.rules._catalogue import ostl_with_h as ostl_with_h
from ranvier.learn.rules._e_prop import e_prop as e_prop
from ranvier.learn.rules._e_prop import e_prop_backwards as e_prop_backwards
from ranvier.learn.rules._e_prop_2 import Taught as Taught
from ranvier.learn.rules._e_prop_2 import e_prop_2 as e_prop_2
from ranvier.learn.rules._e_prop_3 import SyntheticGradients as SyntheticGradients
from ranvier.learn.rules._e_prop_3 import e_prop_3 as e_prop_3
from ranvier.learn.rules._event_prop import event_prop as event_prop
from ranvier.learn.rules._exact_event_prop import exact_event_prop as exact_event_prop
from ranvier.learn.rules._grapes import grapes as grapes
from ranvier.learn.rules._grapes import local_grapes as local_grapes
from ranvier.learn.rules._in_the_loop import in_the_loop as in_the_loop
from ranvier.learn.rules._named import kf_rtrl as kf_rtrl
from ranvier.learn.rules._named import ok_rtrl as ok_rtrl
from ranvier.learn.rules._named import osttp as osttp
from ranvier.learn.rules._named import random_e_prop as random_e_prop
from ranvier.learn.rules._named import reckon_e_prop as reckon_e_prop
from ranvier.learn.rules._named import rflo as rflo
from ranvier.learn.rules._named import snap as snap
from ranvier.learn.rules._named import uoro as uoro
from ranvier.learn.rules._online import online as online
from ranvier.learn.rules._rtrl import rtrl as rtrl
from ranvier.learn.rules._straight_through import straight_through as straight_through
from ranvier.learn.rules._super_spike import super_spike as super_spike
from ranvier.learn.rules._truncated import truncated_bptt as truncated_bptt
