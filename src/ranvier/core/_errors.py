"""Words for errors: what was got, what was expected, what to do about it."""

import difflib
from collections.abc import Iterable


def nearest(name: str, options: Iterable[str]) -> str:
    """A sentence that names the option closest to a mistyped name, or lists them all.

    Args:
        name: what the user wrote.
        options: the names that exist.

    Example:
        >>> nearest("snuu", ["snu", "lif"])
        "Did you mean 'snu'? Known: lif, snu."
    """
    known = sorted(options)
    listing = f"Known: {', '.join(known)}."
    spelled = {option.lower(): option for option in known}
    close = difflib.get_close_matches(str(name).lower(), spelled, n=1, cutoff=0.5)
    return f"Did you mean '{spelled[close[0]]}'? {listing}" if close else listing
