"""Local plasticity: weights that follow the activity on their two sides, without a loss."""

from ranvier.learn.plasticity._coincidence import CoincidenceState as CoincidenceState
from ranvier.learn.plasticity._coincidence import CoincidenceSTDP as CoincidenceSTDP
from ranvier.learn.plasticity._contract import Memory as Memory
from ranvier.learn.plasticity._contract import Plasticity as Plasticity
from ranvier.learn.plasticity._contrastive_divergence import (
    contrastive_divergence as contrastive_divergence,
)
from ranvier.learn.plasticity._dependence import Additive as Additive
from ranvier.learn.plasticity._dependence import Dependence as Dependence
from ranvier.learn.plasticity._dependence import Multiplicative as Multiplicative
from ranvier.learn.plasticity._event_driven_cd import EventDrivenCD as EventDrivenCD
from ranvier.learn.plasticity._event_driven_cd import EventDrivenCDState as EventDrivenCDState
from ranvier.learn.plasticity._event_driven_cd import modulation as modulation
from ranvier.learn.plasticity._memory import Bounded as Bounded
from ranvier.learn.plasticity._overlap import OverlappingPulses as OverlappingPulses
from ranvier.learn.plasticity._overlap import OverlapState as OverlapState
from ranvier.learn.plasticity._pair import PairSTDP as PairSTDP
from ranvier.learn.plasticity._pair import PairSTDPState as PairSTDPState
from ranvier.learn.plasticity._plastic import Plastic as Plastic
from ranvier.learn.plasticity._plastic import PlasticState as PlasticState
from ranvier.learn.plasticity._thresholds import Bipolar as Bipolar
from ranvier.learn.plasticity._thresholds import Thresholds as Thresholds
from ranvier.learn.plasticity._thresholds import Unipolar as Unipolar
from ranvier.learn.plasticity._traces import AllToAll as AllToAll
from ranvier.learn.plasticity._traces import NearestNeighbour as NearestNeighbour
from ranvier.learn.plasticity._traces import Trace as Trace
