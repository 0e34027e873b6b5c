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
        "mnist": (f"{_HERE}:mnist", "handwritten digits, 28 x 28"),
        "penn-treebank": (f"{_HERE}:penn_treebank", "newspaper text, 10,000 words"),
        "wikitext-2": (f"{_HERE}:wikitext2", "sixty articles of Wikipedia"),
        "transformer-temperature": (
            f"{_HERE}:transformer_temperature",
            "two years of loads and oil temperature, by the hour",
        ),
        "optical-digits": (f"{_HERE}:optical_digits", "handwritten digits, 8 x 8, no download"),
        "fashion-mnist": (f"{_HERE}:fashion_mnist", "ten kinds of clothing, 28 x 28"),
        "cifar-10": (f"{_HERE}:cifar10", "ten kinds of things in colour, 32 x 32"),
        "bearing-vibration": (
            f"{_HERE}:bearing_vibration",
            "bearings, healthy and damaged, 12 kHz",
        ),
        "heartbeats": (f"{_HERE}:heartbeats", "single beats of hearts with their kind, 360 Hz"),
        "braille": (f"{_HERE}:braille", "letters in Braille under twelve taxels, 40 Hz"),
        "n-mnist": (f"{_HERE}:nmnist", "digits before a moving event camera, 34 x 34"),
        "dvs-gesture": (
            f"{_HERE}:dvs_gesture",
            "eleven gestures before an event camera, 128 x 128",
        ),
        "spiking-heidelberg-digits": (
            f"{_HERE}:spiking_heidelberg_digits",
            "spoken digits as spikes of 700 channels",
        ),
        "spiking-speech-commands": (
            f"{_HERE}:spiking_speech_commands",
            "35 spoken words as spikes of 700 channels",
        ),
        "speech-commands": (f"{_HERE}:speech_commands", "single words by many speakers, 16 kHz"),
        "spoken-digits": (f"{_HERE}:spoken_digits", "single digits in several voices, 8 kHz"),
    },
)
