"""The experiments that the command line knows by name."""

from ranvier.core import Registry

catalogue = Registry(
    "experiment",
    {"chorales": ("ranvier.apps.chorales:run", "spiking units learn Bach, by BPTT and by OSTL")},
)

reports = Registry(
    "experiment",
    {"chorales": ("ranvier.apps.chorales:write_report", "draws the report of a run")},
)
