"""Every file store passes the suite of its port, and they agree."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contracts.agreeing import agree
from ticketcore.ports import Files
from ticketcore_aws import S3Files
from ticketcore_local import DirectoryFiles
from ticketcore_memory import MemoryFiles
from ticketcore_testing.agreement.files import FilesAgree
from ticketcore_testing.contracts.files import FilesContract

if TYPE_CHECKING:
    from tests.servers.aws import Aws


def s3_files(aws: Aws) -> Files:
    """Return an empty bucket."""
    return S3Files(aws.s3, aws.new_bucket(), "qr")


class TestFiles(FilesContract):
    """A directory and memory."""

    @pytest.fixture(params=["directory", "memory"])
    def files(self, request: pytest.FixtureRequest, tmp_path: Path) -> Files:
        """Return an empty store."""
        return DirectoryFiles(tmp_path / "not" / "made" / "yet") if request.param == "directory" else MemoryFiles()


class TestS3Files(FilesContract):
    """A bucket, which is slower."""

    examples = 25

    @pytest.fixture
    def files(self, aws: Aws) -> Files:
        """Return an empty bucket."""
        return s3_files(aws)


def test_the_stores_agree(aws: Aws, tmp_path: Path) -> None:
    """A directory, a bucket and memory hold the same files."""
    stores = {"memory": MemoryFiles(), "directory": DirectoryFiles(tmp_path), "s3": s3_files(aws)}

    def open_files() -> Mapping[str, Files]:
        return stores

    agree(partial(FilesAgree, open_files), examples=4)
