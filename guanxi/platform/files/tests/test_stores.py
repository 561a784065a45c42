"""Files in a store that speaks S3, tried against a real server (rclone serve s3)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from guanxi.platform.files import stores
from guanxi.platform.files.storage import forget, keep, path_of
from guanxi.platform.tenancy.context import in_workspace

RCLONE = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")


@pytest.fixture
def bucket(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that an S3 server serves as a bucket."""
    if RCLONE is None:
        pytest.skip("rclone is not installed")
    folder = tmp_path / "served" / "firm"
    folder.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = [
        RCLONE,
        "serve",
        "s3",
        str(folder.parent),
        "--addr",
        f"127.0.0.1:{port}",
        "--auth-key",
        "key,secret",
    ]
    server = subprocess.Popen(said, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    settings.MEDIA_ROOT = tmp_path / "copies"
    settings.FILES_STORE = "s3://firm/files"
    stores._store.cache_clear()
    for _try in range(200):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield folder
    stores._store.cache_clear()
    server.terminate()
    server.wait(10)


@pytest.mark.django_db
def test_bytes_lie_in_the_bucket_and_copies_come_and_go(cast: Any, bucket: Path):
    content = os.urandom(9 << 20)  # more than one part
    with in_workspace(cast.xishan.pk):
        stored = keep(SimpleUploadedFile("a.bin", content))
        there = bucket / "files" / str(cast.xishan.pk) / stored.sha256[:2] / stored.sha256
        assert there.read_bytes() == content
        copy = path_of(stored)
        copy.unlink()
        assert path_of(stored).read_bytes() == content
        assert stores.forget_copies() == 0
        assert stores.forget_copies(time.time() + 2 * stores.KEPT_FOR) == 1
        assert not copy.exists()
        assert path_of(stored).read_bytes() == content
        with transaction.atomic():
            forget(stored)
        assert not there.exists()
        assert not path_of(stored).exists()
