"""Floor 3: losses, learning rules and the training loop. No device physics lives here."""

from ranvier.learn import losses as losses
from ranvier.learn import signals as signals
from ranvier.learn._fit import Epoch as Epoch
from ranvier.learn._fit import History as History
from ranvier.learn._fit import fit as fit
from ranvier.learn._fit import mean_loss as mean_loss
from ranvier.learn._learner import Learner as Learner
from ranvier.learn._learner import LearnerState as LearnerState
from ranvier.learn._parallel import data_parallel as data_parallel
from ranvier.learn._progress import show_progress as show_progress
from ranvier.learn._rounding import RoundingState as RoundingState
from ranvier.learn._rounding import stochastic_rounding as stochastic_rounding
from ranvier.learn._types import Gradients as Gradients
from ranvier.learn._types import Rule as Rule
from ranvier.learn.eligibility import Eligibility as Eligibility
from ranvier.learn.eligibility import at_once as at_once
from ranvier.learn.eligibility import exact as exact
from ranvier.learn.eligibility import factored as factored
from ranvier.learn.eligibility import local as local
from ranvier.learn.rules import CarriedBPTT as CarriedBPTT
from ranvier.learn.rules import bptt as bptt
from ranvier.learn.rules import e_prop as e_prop
from ranvier.learn.rules import e_prop_backwards as e_prop_backwards
from ranvier.learn.rules import online as online
from ranvier.learn.rules import rtrl as rtrl
from ranvier.learn.rules import truncated_bptt as truncated_bptt
