"""Calling a command as a user does, in an empty folder."""

import pytest
from typer.testing import CliRunner

from ranvier.cli._app import app


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    """Call a command in an empty folder, with errors that are no exit passed on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "programs"))
    # One width for messages, whatever terminal the tests run in.
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")

    def call(*arguments: str, code: int = 0):
        result = CliRunner().invoke(app, [str(a) for a in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return call
