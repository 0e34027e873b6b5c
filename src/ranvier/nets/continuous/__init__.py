"""Networks in continuous time: spikes by their times, and exact derivatives of them."""

from ranvier.nets.continuous._fire import Fired as Fired
from ranvier.nets.continuous._fire import fire as fire
from ranvier.nets.continuous._spike_times import SpikeTimes as SpikeTimes
from ranvier.nets.continuous._spike_times import first_spikes as first_spikes
from ranvier.nets.continuous._spike_times import ordered_spikes as ordered_spikes
from ranvier.nets.continuous._spike_times import spike_counts as spike_counts
from ranvier.nets.continuous._spike_times import times_of_trains as times_of_trains
