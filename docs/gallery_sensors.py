"""Make the picture of what sensors send: `python docs/gallery_sensors.py`."""

import tempfile
from pathlib import Path

from gallery import shrink

STEP_S, STEPS, RATE_HZ = 0.001, 200, 16_000


def main() -> None:
    """Draw the events of a moving digit before two cameras, and those of a sweep in a cochlea."""
    from functools import partial

    import numpy as np
    from scipy.ndimage import shift
    from scipy.signal import chirp

    from ranvier.data import mnist
    from ranvier.encode import crossing_events
    from ranvier.encode.sensors import (
        CAMERAS,
        centre_frequencies_hz,
        event_camera,
        gammatone_bank,
        power_compression,
        silicon_cochlea,
    )
    from ranvier.report._style import SERIES, figure_style, new_figure

    digit = np.zeros((32, 64))
    digit[2:30, 4:32] = mnist("test")[:1].images[0]
    times = STEP_S * np.arange(STEPS)
    frames = np.stack([40 + 0.8 * shift(digit, (0, 150 * t), order=1).clip(0, 255) for t in times])
    t = np.arange(RATE_HZ) / RATE_HZ
    centres = centre_frequencies_hz(32, low_hz=100, high_hz=6000)
    heard = silicon_cochlea(
        0.5 * chirp(t, 150, 1.0, 5000, method="logarithmic"),
        RATE_HZ,
        bank=partial(gammatone_bank, centres_hz=centres),
        compress=power_compression,
        sample=partial(crossing_events, delta=0.3),
    )
    with figure_style():
        figure = new_figure(5.2, "A moving digit before two cameras, and a sweep in a cochlea")
        grid = figure.subplot_mosaic([["clean", "noisy"], ["sound", "sound"]])
        for name in ("clean", "noisy"):
            axes, events = grid[name], event_camera(frames, times, CAMERAS[name], seed=0)
            late = (events.t > 100_000) & (events.t <= 110_000)
            for on, colour in ((1, SERIES[0]), (0, SERIES[1])):
                mine = late & (events.p == on)
                axes.plot(events.x[mine], events.y[mine], "s", color=colour, markersize=2.6)
            axes.set_xlim(0, 63)
            axes.set_ylim(31, 0)
            axes.set_aspect("equal")
            axes.set_title(f"{name}: {late.sum()} events in 10 ms")
            axes.set_xlabel("column")
        grid["clean"].set_ylabel("row")
        grid["sound"].plot(heard.t / 1e6, heard.x, "|", color=SERIES[2], markersize=3, alpha=0.3)
        grid["sound"].set_xlabel("time (s)")
        grid["sound"].set_ylabel("channel")
        with tempfile.TemporaryDirectory() as temporary:
            drawn = Path(temporary) / "sensors.png"
            figure.savefig(drawn, dpi=150)
            size = shrink(drawn, Path(__file__).parent / "assets" / "sensors.png")
    print(f"sensors.png  {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
