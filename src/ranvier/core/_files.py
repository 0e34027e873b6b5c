"""Files that are either whole or absent: atomic writes, and one writer per folder."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import filelock


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; move it there once the block has ended well.

    An error inside the block, a full disk, or a kill leaves the old file as it was.

    Args:
        path: where the finished file shall stand; its folder is made if needed.

    Raises:
        OSError: the folder cannot be written to or the disk is full; the message names `path`.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "note.txt"
        >>> with atomic_path(target) as temporary:
        ...     _ = temporary.write_text("whole")
        >>> target.read_text()
        'whole'
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot write {path}: {error.strerror}. Nothing was changed; choose another folder "
            "or free some space",
        ) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot write {path}: {error.strerror or error}. The old file, if any, is untouched; "
            "free some space or choose another folder",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def only_writer(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Hold `folder` for this process alone; the hold ends with the block or the process.

    Args:
        folder: the folder to hold; made if needed.

    Raises:
        RuntimeError: another process holds the folder.
        OSError: the folder cannot be made or written to.

    Example:
        >>> import tempfile
        >>> with only_writer(tempfile.mkdtemp()) as folder:
        ...     (folder / ".lock").exists()
        True
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / ".lock", timeout=0)
        lock.acquire()
    except filelock.Timeout as error:
        raise RuntimeError(
            f"{folder} is in use by another run. Wait for it to end, or choose another folder."
        ) from error
    except OSError as error:
        raise OSError(
            error.errno, f"cannot use {folder}: {error.strerror}. Choose a folder you can write to"
        ) from error
    try:
        yield folder
    finally:
        lock.release()
