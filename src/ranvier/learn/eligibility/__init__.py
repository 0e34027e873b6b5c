"""Eligibilities: the temporal half of an online rule."""

from ranvier.learn.eligibility._at_once import at_once as at_once
from ranvier.learn.eligibility._blocks import Blocks as Blocks
from ranvier.learn.eligibility._blocks import blocks as blocks
from ranvier.learn.eligibility._common import Eligibility as Eligibility
from ranvier.learn.eligibility._common import Traces as Traces
from ranvier.learn.eligibility._exact import exact as exact
from ranvier.learn.eligibility._factored import factored as factored
from ranvier.learn.eligibility._kronecker import kf_rtrl as kf_rtrl
from ranvier.learn.eligibility._kronecker import ok_rtrl as ok_rtrl
from ranvier.learn.eligibility._kronecker import reduced as reduced
from ranvier.learn.eligibility._local import local as local
from ranvier.learn.eligibility._looking_back import looking_back as looking_back
from ranvier.learn.eligibility._separate import separate as separate
from ranvier.learn.eligibility._snap import snap as snap
from ranvier.learn.eligibility._uoro import uoro as uoro
