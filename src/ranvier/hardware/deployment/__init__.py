"""Trained networks on digital chips: quantised, mapped, placed, certified, trained in the loop."""

from ranvier.hardware.deployment._certificate import Certificate as Certificate
from ranvier.hardware.deployment._certificate import LayerActivity as LayerActivity
from ranvier.hardware.deployment._certificate import answers as answers
from ranvier.hardware.deployment._certificate import certify as certify
from ranvier.hardware.deployment._checks import Check as Check
from ranvier.hardware.deployment._checks import NotDeployable as NotDeployable
from ranvier.hardware.deployment._deploy import CHIPS as CHIPS
from ranvier.hardware.deployment._deploy import Deployment as Deployment
from ranvier.hardware.deployment._deploy import deploy as deploy
from ranvier.hardware.deployment._ran import Program as Program
from ranvier.hardware.deployment._ran import Ran as Ran
from ranvier.hardware.deployment._ran import Statistics as Statistics
from ranvier.hardware.deployment._rounding import Rounding as Rounding
