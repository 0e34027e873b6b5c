"""Make the picture of bent digits: `python docs/gallery_digits.py`."""

import tempfile
from pathlib import Path

from gallery import shrink

SHOWN, SCALE, GAP = 6, 4, 2


def main() -> None:
    """Draw six digits of the test set and, below them, what a distortion makes of them."""
    import jax
    import numpy as np
    from PIL import Image

    from ranvier.data import mnist
    from ranvier.encode import elastic_distortion

    digits = mnist("test")[:SHOWN].images / np.float32(255)
    bent = elastic_distortion(digits, strength=34, smoothness=4, key=jax.random.key(0))
    rows = [
        np.concatenate([np.pad(digit, GAP) for digit in row], axis=1)
        for row in (digits, np.asarray(bent))
    ]
    ink = np.concatenate(rows).repeat(SCALE, 0).repeat(SCALE, 1)
    with tempfile.TemporaryDirectory() as temporary:
        drawn = Path(temporary) / "digits.png"
        Image.fromarray(np.uint8(255 - 255 * ink)).save(drawn)
        size = shrink(drawn, Path(__file__).parent / "assets" / "elastic-digits.png")
    print(f"elastic-digits.png  {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
