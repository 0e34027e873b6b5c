"""Plasticity: rules that follow from what units do, without a loss."""

from ranvier.learn.plasticity._contrastive_divergence import (
    contrastive_divergence as contrastive_divergence,
)
from ranvier.learn.plasticity._event_driven_cd import EventDrivenCD as EventDrivenCD
from ranvier.learn.plasticity._event_driven_cd import EventDrivenCDState as EventDrivenCDState
from ranvier.learn.plasticity._event_driven_cd import modulation as modulation
