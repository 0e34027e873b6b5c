"""The codes that the command line knows by name."""

from ranvier.core import Registry

_HERE = "ranvier.encode"

catalogue = Registry(
    "code",
    {
        "asynchronous-sigma-delta": (
            f"{_HERE}:asynchronous_sigma_delta",
            "signed spikes whenever an integral has moved",
        ),
        "bens-spiker": (f"{_HERE}:bens_spiker", "kernels taken out of a signal where that helps"),
        "binary": (f"{_HERE}:binary", "who spikes, as binary digits"),
        "burst": (f"{_HERE}:burst", "every further spike of a burst is worth more"),
        "charging-latency": (
            f"{_HERE}:charging_latency",
            "when a leaky integrator reaches its threshold",
        ),
        "hough-spiker": (f"{_HERE}:hough_spiker", "kernels taken out of a signal where they fit"),
        "latency": (f"{_HERE}:latency", "time to first spike, linear"),
        "leaky-send-on-delta": (
            f"{_HERE}:leaky_send_on_delta",
            "as send on delta; lost spikes are forgotten, levels cost spikes",
        ),
        "level-crossing": (f"{_HERE}:level_crossing", "levels crossed, with any hysteresis"),
        "moving-window": (f"{_HERE}:moving_window", "away from the mean of the last steps"),
        "phase": (f"{_HERE}:phase", "weighted spikes: binary digits over a period"),
        "poisson": (f"{_HERE}:poisson", "spikes of a rate, by chance, in continuous time"),
        "population": (f"{_HERE}:population", "activities of units that prefer other values"),
        "rank-order": (f"{_HERE}:rank_order", "who spikes before whom"),
        "rate": (f"{_HERE}:rate", "spikes of a rate, by chance, in every step"),
        "regular-rate": (f"{_HERE}:regular_rate", "spikes of a rate, evenly spaced"),
        "send-on-area": (f"{_HERE}:send_on_area", "graded spikes whenever an error has lasted"),
        "send-on-delta": (f"{_HERE}:send_on_delta", "signed spikes whenever a signal has moved"),
        "send-on-energy": (
            f"{_HERE}:send_on_energy",
            "graded spikes whenever an error has gathered energy",
        ),
        "sigma-delta": (f"{_HERE}:sigma_delta", "one bit whose errors are made good"),
        "step-forward": (f"{_HERE}:step_forward", "as send on delta, one spike per step"),
        "time-encoding": (
            f"{_HERE}:time_encoding",
            "times of an integrator, which hold a signal whole",
        ),
        "timing": (f"{_HERE}:timing", "digits as slots of time"),
    },
)
