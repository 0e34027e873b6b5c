"""The data sets that the command line knows by name."""

from ranvier.core import Registry

_HERE = "ranvier.data"

catalogue = Registry(
    "data set",
    {
        "bach": (f"{_HERE}:bach_chorales", "the 371 chorales that music21 carries"),
        "jsb": (f"{_HERE}:jsb_chorales", "JSB chorales, Boulanger-Lewandowski split"),
        "nottingham": (f"{_HERE}:nottingham", "Nottingham folk tunes, the same bundle"),
        "piano-midi": (f"{_HERE}:piano_midi", "Piano-midi.de, the same bundle"),
    },
)
