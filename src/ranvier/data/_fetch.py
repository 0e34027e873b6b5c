"""Find a data file on this machine, or fetch it from its official source, and check it."""

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """The folder for downloaded and parsed data: $RANVIER_CACHE, or the user's cache folder.

    Example:
        >>> cache_folder().is_absolute()
        True
    """
    import platformdirs

    chosen = os.environ.get("RANVIER_CACHE") or platformdirs.user_cache_dir("ranvier")
    return Path(chosen).expanduser().absolute()


def find(
    relative_path: str,
    url: str,
    checksum: str,
    *,
    root: str | os.PathLike[str] | None = None,
) -> Path:
    """A checked local copy of a data file, fetched from its official source if need be.

    Looks in `root`, in $RANVIER_DATA and in the cache, each time for `relative_path` and then for
    the bare file name; what is found must have the checksum. Otherwise the file is downloaded into
    the cache, where it appears only when it is whole.

    Args:
        relative_path: the file within a data folder, such as "pianoroll/JSB_Chorales.mat".
        url: the official source.
        checksum: SHA-256, 64 hexadecimal digits; or MD5, 32, where a source publishes that alone.
        root: a data folder to look in first.

    Returns:
        The path of the file.

    Raises:
        FileNotFoundError: `root` is given and is not a folder.
        ValueError: a local file or the download has another checksum, or the checksum is neither.
        ConnectionError: the file is not here and the source does not answer.
        OSError: the cache cannot be written to.

    Example:
        >>> import hashlib, tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = (folder / "note.txt").write_bytes(b"c d e")
        >>> find("note.txt", "https://example.org", hashlib.sha256(b"c d e").hexdigest(),
        ...      root=folder).name
        'note.txt'
    """
    folders = _folders(root, "$RANVIER_DATA or a download")
    cached = cache_folder() / relative_path
    for folder in folders:
        for candidate in (folder / relative_path, folder / Path(relative_path).name):
            if candidate.is_file():
                _check(candidate, url, checksum)
                return candidate
    return _download(cached, url, checksum)


def find_place(
    root: str | os.PathLike[str] | None, places: Sequence[str], called: str, remedy: str
) -> Path:
    """The folder or the file that holds a data set which is not fetched.

    Args:
        root: a data folder; without it, $RANVIER_DATA and the cache are tried.
        places: folders and files within it, the likeliest first.
        called: what is looked for, in the plural.
        remedy: how to get it.

    Raises:
        FileNotFoundError: `root` is no folder, or nothing is in any of the places.
    """
    folders = _folders(root, "$RANVIER_DATA or the cache")
    for folder in folders:
        for place in places:
            if (folder / place).exists():
                return folder / place
    raise FileNotFoundError(
        f"{called} are not on this machine: {' and '.join(places[:2])} are in none of "
        f"{', '.join(map(str, folders))}. {remedy}"
    )


def _folders(root: str | os.PathLike[str] | None, otherwise: str) -> list[Path]:
    """Where data are looked for: in `root`, in $RANVIER_DATA, in the cache."""
    if root is not None and not Path(root).is_dir():
        raise FileNotFoundError(
            f"the data folder {root} does not exist. Give an existing folder as root, or leave it "
            f"out to use {otherwise}."
        )
    named = (root, os.environ.get("RANVIER_DATA"), cache_folder())
    return [Path(folder) for folder in named if folder]


def _kind(checksum: str) -> tuple[str, str]:
    """How a checksum is computed, and how it is called."""
    kinds = {64: ("sha256", "SHA-256"), 32: ("md5", "MD5")}
    if len(checksum) not in kinds:
        raise ValueError(
            f"the checksum {checksum!r} has {len(checksum)} digits; expected 64 (SHA-256) or 32 "
            "(MD5) hexadecimal ones."
        )
    return kinds[len(checksum)]


def _check(path: Path, url: str, checksum: str) -> None:
    algorithm, name = _kind(checksum)
    with path.open("rb") as file:
        got = hashlib.file_digest(file, algorithm).hexdigest()
    if got != checksum.lower():
        raise ValueError(
            f"{path} has the {name} {got}; expected {checksum.lower()}. The file is damaged or is "
            f"another one: delete it, or replace it by {url}"
        )


def _download(target: Path, url: str, checksum: str) -> Path:
    import pooch
    import requests

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")
    http: Any = pooch.HTTPDownloader(timeout=30)  # narrower in its stubs than what it accepts
    try:
        # pooch writes beside the target and moves only what has the checksum.
        pooch.retrieve(
            url,
            known_hash=f"{_kind(checksum)[0]}:{checksum.lower()}",
            fname=target.name,
            path=target.parent,
            downloader=http,
        )
    except requests.exceptions.RequestException as error:
        raise ConnectionError(
            f"{target.name} is not on this machine and {url} cannot be fetched ({error}). With a "
            f"network, run again; without, put the file at {target}, or into a folder that "
            "$RANVIER_DATA names."
        ) from error
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot write {target}: {error.strerror or error}. Nothing was kept; free some "
            "space, or name another folder in $RANVIER_CACHE",
        ) from error
    except ValueError as error:
        raise ValueError(
            f"the download of {url} is not the expected file and was thrown away. {error} Run "
            f"again, or put the right file at {target}."
        ) from error
    finally:
        logger.setLevel(level)
        if not target.exists():
            with contextlib.suppress(OSError):
                target.parent.rmdir()
    return target
