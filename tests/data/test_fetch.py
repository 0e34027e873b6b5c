"""Files are found before they are fetched, always checked, and never left in half."""

import hashlib
import http.server
import threading
from pathlib import Path

import pytest

from ranvier.data import find

CONTENT = b"do re mi fa so la ti do\n" * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NOWHERE = "http://127.0.0.1:9/song.txt"  # the discard port: nobody answers


class Source(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing/song.txt":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        half = len(CONTENT) // 2
        self.wfile.write(CONTENT[:half] if self.path.startswith("/broken") else CONTENT)

    def log_message(self, format, *args):
        pass


@pytest.fixture
def source(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("RANVIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RANVIER_DATA", raising=False)
    return tmp_path / "cache"


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_root_goes_before_the_variable_and_the_variable_before_the_cache(
    tmp_path, cache, monkeypatch
):
    in_cache = put(cache / "songs/song.txt")
    assert find("songs/song.txt", NOWHERE, SHA256) == in_cache
    in_data = put(tmp_path / "data/songs/song.txt")
    monkeypatch.setenv("RANVIER_DATA", str(tmp_path / "data"))
    assert find("songs/song.txt", NOWHERE, SHA256) == in_data
    in_root = put(tmp_path / "root/song.txt")
    assert find("songs/song.txt", NOWHERE, SHA256, root=tmp_path / "root") == in_root


def test_a_missing_file_is_fetched_once_and_then_found(source, cache):
    path = find("songs/song.txt", f"{source}/song.txt", SHA256)
    assert path == cache / "songs/song.txt" and path.read_bytes() == CONTENT
    assert files(cache) == [path]
    assert find("songs/song.txt", NOWHERE, SHA256) == path


def test_a_local_file_with_another_checksum_is_named(tmp_path, cache):
    path = put(tmp_path / "songs/song.txt", CONTENT[:-1])
    got = hashlib.sha256(CONTENT[:-1]).hexdigest()
    with pytest.raises(ValueError, match="delete it, or replace it") as caught:
        find("songs/song.txt", NOWHERE, SHA256, root=tmp_path)
    assert all(word in str(caught.value) for word in (str(path), got, SHA256, NOWHERE))
    assert path.exists()


def test_an_md5_does_where_nothing_else_is_published(source, cache, tmp_path):
    right, wrong = hashlib.md5(CONTENT).hexdigest(), "0" * 32
    assert find("songs/song.txt", f"{source}/song.txt", right).read_bytes() == CONTENT
    with pytest.raises(ValueError, match=f"has the MD5 {right}; expected {wrong}"):
        find("songs/song.txt", NOWHERE, wrong)
    with pytest.raises(ValueError, match="has 5 digits; expected 64"):
        find("songs/song.txt", NOWHERE, "12345")


def test_a_download_with_another_checksum_is_thrown_away(source, cache):
    with pytest.raises(ValueError, match="not the expected file and was thrown away") as caught:
        find("songs/song.txt", f"{source}/song.txt", "0" * 64)
    assert SHA256 in str(caught.value) and "0" * 64 in str(caught.value)
    assert not files(cache)


@pytest.mark.parametrize("path", ["/broken/song.txt", "/missing/song.txt"])
def test_a_download_that_fails_leaves_nothing(source, cache, path):
    with pytest.raises(ConnectionError, match="cannot be fetched"):
        find("songs/song.txt", source + path, SHA256)
    assert not files(cache)
    assert not (cache / "songs").exists()


def test_without_a_network_the_error_says_where_to_put_the_file(source, cache):
    with pytest.raises(ConnectionError) as caught:
        find("songs/song.txt", NOWHERE, SHA256)
    assert NOWHERE in str(caught.value)
    assert str(cache / "songs/song.txt") in str(caught.value)
    assert "$RANVIER_DATA" in str(caught.value)


def test_a_cache_that_cannot_be_written_is_named(source, cache):
    cache.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="cannot write") as caught:
        find("songs/song.txt", f"{source}/song.txt", SHA256)
    assert str(cache) in str(caught.value) and "$RANVIER_CACHE" in str(caught.value)


def test_a_root_that_is_no_folder_is_refused(tmp_path, cache):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        find("songs/song.txt", NOWHERE, SHA256, root=tmp_path / "elsewhere")
