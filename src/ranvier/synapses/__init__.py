"""Floor 1: connections, from presynaptic activity to a current. No thresholds live here."""

from ranvier.synapses._around import Around as Around
from ranvier.synapses._block import Block as Block
from ranvier.synapses._conductance import NMDA as NMDA
from ranvier.synapses._conductance import Conductance as Conductance
from ranvier.synapses._convolution import Convolution as Convolution
from ranvier.synapses._convolution import TransposedConvolution as TransposedConvolution
from ranvier.synapses._delayed import Delayed as Delayed
from ranvier.synapses._delayed import DelayedState as DelayedState
from ranvier.synapses._delayed import delay_steps as delay_steps
from ranvier.synapses._dense import Dense as Dense
from ranvier.synapses._dense import glorot_uniform as glorot_uniform
from ranvier.synapses._dense import he_uniform as he_uniform
from ranvier.synapses._dropout import Dropout as Dropout
from ranvier.synapses._embedding import Embedding as Embedding
from ranvier.synapses._event_driven import EventDriven as EventDriven
from ranvier.synapses._feedback import Detached as Detached
from ranvier.synapses._feedback import FeedbackAligned as FeedbackAligned
from ranvier.synapses._feedback import KolenPollack as KolenPollack
from ranvier.synapses._grapes import Grapes as Grapes
from ranvier.synapses._grapes import LocalGrapes as LocalGrapes
from ranvier.synapses._grapes import SenderGrapes as SenderGrapes
from ranvier.synapses._importance import Modulation as Modulation
from ranvier.synapses._importance import clipped_importance as clipped_importance
from ranvier.synapses._importance import mean_of as mean_of
from ranvier.synapses._importance import node_importance as node_importance
from ranvier.synapses._importance import over_mean as over_mean
from ranvier.synapses._importance import shuffled as shuffled
from ranvier.synapses._kinetics import Delta as Delta
from ranvier.synapses._kinetics import Exponential as Exponential
from ranvier.synapses._lateral import BatchMaximum as BatchMaximum
from ranvier.synapses._lateral import LayerMaximum as LayerMaximum
from ranvier.synapses._learned_delay import LearnedDelay as LearnedDelay
from ranvier.synapses._level_tuning import LevelTuning as LevelTuning
from ranvier.synapses._low_pass import LowPass as LowPass
from ranvier.synapses._matrix import matrix_of as matrix_of
from ranvier.synapses._normalisation import LayerNormalisation as LayerNormalisation
from ranvier.synapses._normalisation import ThresholdNormalisation as ThresholdNormalisation
from ranvier.synapses._offset import Bias as Bias
from ranvier.synapses._offset import Scale as Scale
from ranvier.synapses._one_to_one import OneToOne as OneToOne
from ranvier.synapses._pooling import AveragePooling as AveragePooling
from ranvier.synapses._pooling import MaximumPooling as MaximumPooling
from ranvier.synapses._pooling import SumPooling as SumPooling
from ranvier.synapses._rectangular import Rectangular as Rectangular
from ranvier.synapses._rising import Alpha as Alpha
from ranvier.synapses._rising import DoubleExponential as DoubleExponential
from ranvier.synapses._rising import RisingState as RisingState
from ranvier.synapses._series import Flatten as Flatten
from ranvier.synapses._series import Series as Series
from ranvier.synapses._silent import Silent as Silent
from ranvier.synapses._sparse import Sparse as Sparse
from ranvier.synapses._transpose import Transpose as Transpose
from ranvier.synapses._variational_dropout import VariationalDropout as VariationalDropout
from ranvier.synapses._variational_dropout import (
    VariationalDropoutState as VariationalDropoutState,
)
