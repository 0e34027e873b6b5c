"""Files are whole or absent, and a folder has one writer."""

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ranvier.core import atomic_path, only_writer


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_file_stands_after_the_block(tmp_path):
    target = tmp_path / "deep" / "er" / "note.txt"
    with atomic_path(target) as temporary:
        assert temporary.parent == target.parent
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert names(target.parent) == ["note.txt"]


def test_a_string_will_do(tmp_path):
    with atomic_path(str(tmp_path / "note")) as temporary:
        temporary.write_text("whole")
    assert (tmp_path / "note").read_text() == "whole"


class Cut(BaseException):
    """Stands for a kill."""


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), Cut()])
def test_an_error_inside_passes_and_changes_nothing(error, tmp_path):
    target = tmp_path / "note"
    target.write_text("old")
    with pytest.raises(type(error)), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert names(tmp_path) == ["note"]


def test_an_error_inside_leaves_no_new_file(tmp_path):
    with pytest.raises(ValueError), atomic_path(tmp_path / "note"):
        raise ValueError
    assert names(tmp_path) == []


@pytest.mark.parametrize("where", ["inside", "fsync", "replace"])
def test_a_full_disk_names_the_file_and_leaves_the_old(where, tmp_path, monkeypatch):
    target = tmp_path / "note"
    target.write_text("old")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        if where != "inside":
            patch.setattr(os, where, full)
        with pytest.raises(OSError) as caught, atomic_path(target) as temporary:
            temporary.write_text("new")
            if where == "inside":
                full()
    assert caught.value.errno == errno.ENOSPC
    assert str(target) in str(caught.value) and "free some space" in str(caught.value)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["note"]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_takes_no_file(number, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    refused = pytest.raises(OSError, match="Nothing was changed")
    with refused as caught, atomic_path(tmp_path / "note"):
        raise AssertionError("the block must not run")
    assert caught.value.errno == number
    assert str(tmp_path / "note") in str(caught.value)


def test_a_read_only_folder(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    with pytest.raises(PermissionError, match="cannot write"), atomic_path(folder / "note"):
        pass
    with pytest.raises(PermissionError, match="cannot use"), only_writer(folder):
        pass


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="cannot write"), atomic_path(tmp_path / "file" / "note"):
        pass
    with pytest.raises(OSError, match="cannot use"), only_writer(tmp_path / "file"):
        pass


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_permissions_follow_the_umask(umask, tmp_path):
    before = os.umask(umask)
    try:
        with atomic_path(tmp_path / "note") as temporary:
            temporary.write_text("whole")
        assert stat.S_IMODE((tmp_path / "note").stat().st_mode) == 0o666 & ~umask
        assert os.umask(umask) == umask
    finally:
        os.umask(before)


def test_one_file_after_another_and_nested(tmp_path):
    with atomic_path(tmp_path / "one") as one, atomic_path(tmp_path / "two") as two:
        one.write_text("1")
        two.write_text("2")
    assert (tmp_path / "one").read_text() + (tmp_path / "two").read_text() == "12"
    assert names(tmp_path) == ["one", "two"]


# One writer


HOLD = """
import sys, time
from ranvier.core import only_writer
with only_writer(sys.argv[1]):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_process_is_refused_until_the_first_is_killed(holder, tmp_path):
    for _ in range(2):
        refused = pytest.raises(RuntimeError, match="in use by another run")
        with refused as caught, only_writer(tmp_path):
            raise AssertionError("the block must not run")
        assert str(tmp_path) in str(caught.value)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with only_writer(tmp_path) as folder:
        assert folder == tmp_path


def test_the_hold_ends_with_the_block(tmp_path):
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), only_writer(tmp_path / "run"):
            raise error
    refused, folder = pytest.raises(RuntimeError, match="in use"), tmp_path / "run"
    with only_writer(folder), refused, only_writer(folder):
        raise AssertionError("the block must not run")
    with only_writer(folder), only_writer(tmp_path / "other"):
        pass
