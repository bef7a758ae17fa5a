"""Files on S3, beyond the contract of their port."""

from __future__ import annotations

import logging
import traceback
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.serving import WSGIRequestHandler

from tests.servers.aws import Aws, StubbornAws, aws_at, clients_of, requests_of, serving
from ticketcore.domain.errors import Unavailable
from ticketcore_aws import S3Files, connect

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import HeadObjectOutputTypeDef

PNG = "image/png"
NAME = "qr/k4tqzzzzzzzzzzzzzzzzzzzzzz.png"
#: The output of ``printf content | openssl dgst -sha256 -binary | base64``.
SHA256_OF_CONTENT = "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M="


@pytest.fixture
def bucket(aws: Aws) -> str:
    return aws.new_bucket()


def stored(aws: Aws, bucket: str, key: str) -> HeadObjectOutputTypeDef:
    return aws.s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://localhost:1", "http://localhost:1/bucket/qr?"),
        ("http://files.example:9000", "http://files.example:9000/bucket/qr?"),
        ("", "https://bucket.s3.sa-east-1.amazonaws.com/qr?"),
    ],
)
def test_a_bucket_elsewhere_needs_no_host_of_its_own(endpoint: str, url: str) -> None:
    """Only AWS has a host name for each bucket, and links are signed for that of its region."""
    with aws_at(endpoint):
        found = connect("s3").generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "qr"})
    assert found.startswith(url)


def test_a_file_is_stored_with_all_that_a_browser_needs(aws: Aws, bucket: str) -> None:
    """It has its type, its checksum, and a header that lets only its owner's browser cache it."""
    S3Files(aws.s3, bucket, "images").put(NAME, b"content", PNG)
    head = stored(aws, bucket, f"images/{NAME}")
    assert (head["ContentType"], head["CacheControl"]) == (PNG, "private")
    assert head["ChecksumSHA256"] == SHA256_OF_CONTENT


@pytest.mark.parametrize("prefix", ["a", "a/", "/a", "/a/"])
def test_a_prefix_is_a_folder_however_it_is_written(aws: Aws, bucket: str, prefix: str) -> None:
    """Slashes around the prefix make no difference."""
    S3Files(aws.s3, bucket, prefix).put(NAME, b"content", PNG)
    assert stored(aws, bucket, f"a/{NAME}")["ContentLength"] == 7


def test_files_need_no_prefix(aws: Aws, bucket: str) -> None:
    """Without one a file's name is its key."""
    S3Files(aws.s3, bucket).put(NAME, b"content", PNG)
    assert stored(aws, bucket, NAME)["ContentLength"] == 7


@pytest.mark.parametrize(("encryption", "key_id"), [("AES256", None), ("aws:kms", None), ("aws:kms", "alias/tickets")])
def test_a_file_is_encrypted_as_it_is_said(
    aws: Aws, bucket: str, encryption: Literal["AES256", "aws:kms"], key_id: str | None
) -> None:
    """The key is S3's own, or one of KMS."""
    files = S3Files(aws.s3, bucket, encryption=encryption, kms_key_id=key_id)
    files.put(NAME, b"content", PNG)
    head = stored(aws, bucket, NAME)
    assert (head["ServerSideEncryption"], head.get("SSEKMSKeyId")) == (encryption, key_id)
    assert files.get(NAME) == b"content"


def test_no_access_is_granted(aws: Aws, bucket: str) -> None:
    """The request has neither an access list nor an encryption, which the bucket might forbid."""
    with requests_of(aws.s3, "PutObject") as requests:
        S3Files(aws.s3, bucket).put(NAME, b"content", PNG)
    [request] = requests
    assert set(request) == {"Bucket", "Key", "Body", "ContentType", "CacheControl", "ChecksumAlgorithm"}
    grants = aws.s3.get_object_acl(Bucket=bucket, Key=NAME)["Grants"]
    assert [grant.get("Permission") for grant in grants] == ["FULL_CONTROL"]


def test_an_address_finds_the_file_for_five_minutes(aws: Aws, bucket: str) -> None:
    """A browser without credentials gets the image; the address has its time of expiry."""
    files = S3Files(aws.s3, bucket, "images")
    files.put(NAME, b"content", PNG)
    url = files.url(NAME)
    assert url is not None
    query = parse_qs(urlsplit(url).query)
    assert (query["X-Amz-Expires"], query["X-Amz-Algorithm"]) == (["300"], ["AWS4-HMAC-SHA256"])
    assert "a-secret" not in url
    with urllib.request.urlopen(url) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (b"content", PNG)


def test_an_image_that_has_expired_has_no_address(aws: Aws, bucket: str) -> None:
    """A bucket may forget old images, which can be drawn again."""
    files = S3Files(aws.s3, bucket)
    files.put(NAME, b"content", PNG)
    assert files.url(NAME) is not None
    aws.s3.delete_object(Bucket=bucket, Key=NAME)
    assert files.url(NAME) is None


EVERY_CALL: dict[str, Callable[[S3Files], object]] = {
    "put": lambda files: files.put(NAME, b"content", PNG),
    "get": lambda files: files.get(NAME),
    "check": lambda files: files.check(),
}


@pytest.mark.parametrize(
    "name",
    ["../1.png", "qr/../../1.png", "/etc/1.png", "", ".", "qr/", "qr//1.png", ".hidden", "a\\b", "a\0", "a\n", "é"],
)
def test_a_name_that_is_not_one_is_refused(stubborn_aws: StubbornAws, name: str) -> None:
    """No name leads out of the prefix."""
    stubborn_aws.refuse("AccessDenied")
    files = S3Files(stubborn_aws.aws.s3, "bucket", "images")
    acts: list[Callable[[], object]] = [
        lambda: files.put(name, b"", PNG),
        lambda: files.get(name),
        lambda: files.url(name),
    ]
    for act in acts:
        with pytest.raises(ValueError, match="not the name of a file"):
            act()
    assert stubborn_aws.tries == 0


@pytest.mark.parametrize(
    ("act", "reason"),
    [(EVERY_CALL["put"], "NoSuchBucket"), (EVERY_CALL["get"], "NoSuchBucket"), (EVERY_CALL["check"], "404")],
    ids=EVERY_CALL,
)
def test_a_bucket_that_is_not_there_is_unavailable(aws: Aws, act: Callable[[S3Files], object], reason: str) -> None:
    """A missing bucket is not a missing file."""
    with pytest.raises(Unavailable) as caught:
        act(S3Files(aws.s3, "no-such-bucket"))
    assert caught.value.args == ("files", reason)


@pytest.mark.parametrize("act", EVERY_CALL.values(), ids=EVERY_CALL)
def test_a_bucket_that_denies_us_is_unavailable(stubborn_aws: StubbornAws, act: Callable[[S3Files], object]) -> None:
    """Denied access is not a missing file, and AWS's message, which names the file, is not repeated."""
    stubborn_aws.refuse("AccessDenied", f"not authorized to perform: s3:PutObject on {NAME}", status=403)
    with pytest.raises(Unavailable, match=r"files is unavailable: (AccessDenied|403)") as caught:
        act(S3Files(stubborn_aws.aws.s3, "bucket"))
    assert NAME not in "".join(traceback.format_exception(caught.value))


def test_a_content_that_breaks_off_is_unavailable() -> None:
    """A part of an image is not returned."""

    def half(environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "100")])
        return [b"half"]

    with serving(half, WSGIRequestHandler) as url, pytest.raises(Unavailable, match="files is unavailable: "):
        S3Files(clients_of(url).s3, "bucket").get(NAME)


def test_no_file_is_logged(aws: Aws, bucket: str, caplog: pytest.LogCaptureFixture) -> None:
    """A file's name comes from its ticket's id, which is its holder's credential."""
    caplog.set_level(logging.INFO)
    files = S3Files(aws.s3, bucket)
    files.put(NAME, b"content", PNG)
    files.get(NAME)
    files.url(NAME)
    assert NAME not in caplog.text
