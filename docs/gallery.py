"""Make the pictures of the documentation: `python docs/gallery.py [finished run]`.

Without a finished run, the chorale experiment is run first, with its default settings.
"""

import json
import sys
import tempfile
from pathlib import Path

FIGURES = (
    "scores",
    "learning",
    "difference-ssnu",
    "difference-gru",
    "piano-roll",
    "activity-snu",
    "operations",
)
COLOURS = 48


def shrink(source: Path, target: Path) -> int:
    """Store a picture with few colours, which is enough for a drawing.

    Args:
        source: the picture, as a run left it.
        target: a PNG file.

    Returns:
        Its size in bytes.

    Raises:
        FileNotFoundError: there is no such picture.
    """
    from PIL import Image

    from ranvier.core import atomic_path

    with Image.open(source) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    with atomic_path(target) as temporary:
        few.save(temporary, format="PNG", optimize=True)
    return target.stat().st_size


def main(arguments: list[str]) -> None:
    """Draw every figure of a run anew and store it small."""
    from ranvier.apps import chorales

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments[0]) if arguments else Path(temporary) / "run"
        if not arguments:
            chorales.run(folder, chorales.build())
        chorales.write_report(folder)
        assets = Path(__file__).parent / "assets"
        for name in FIGURES:
            size = shrink(folder / "figures" / f"{name}.png", assets / f"{name}.png")
            print(f"{name}.png  {size / 1000:.0f} kB")
        about = json.loads((folder / "result.json").read_text())
        print(f"seed {about['settings']['first_seed']}, {about['settings']['epochs']} epochs")


if __name__ == "__main__":
    main(sys.argv[1:])
