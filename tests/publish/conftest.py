"""What the tests of publishing share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from publish.servers import Rclone, rclone, s3_variables


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _no_tokens: None) -> Iterator[Rclone]:
    """Serve a bucket, with the environment set for it."""
    with rclone(tmp_path / "s3") as server:
        for name, value in s3_variables(server.address).items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture(autouse=True)
def _no_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is told to a real CDN, and no keys of whoever runs the tests are used."""
    for name in (
        "CLOUDFLARE_API_TOKEN",
        "CLOUDFLARE_ZONE_ID",
        "FASTLY_API_TOKEN",
        *(name for name in os.environ if name.startswith("AWS_")),
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
