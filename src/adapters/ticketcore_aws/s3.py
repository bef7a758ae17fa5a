"""Files in a bucket of Amazon S3."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import attrs
from botocore.exceptions import ClientError

from ticketcore.ports.files import Files, check_name
from ticketcore_aws.clients import code, unavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import PutObjectRequestTypeDef

#: How long an address of a file can be used.
URL_LIFE = timedelta(minutes=5)


@attrs.frozen(eq=False)
class S3Files(Files):
    """Keeps files under ``prefix``, encrypted as the bucket does it unless ``encryption`` says otherwise.

    A bucket that may not be listed denies a file that is missing: ``get`` then raises ``Unavailable``.
    """

    client: S3Client = attrs.field(repr=False)
    bucket: str
    prefix: str = ""
    encryption: Literal["AES256", "aws:kms"] | None = None
    kms_key_id: str | None = None

    def put(self, name: str, content: bytes, content_type: str) -> None:
        request: PutObjectRequestTypeDef = {
            "Bucket": self.bucket,
            "Key": self._key(name),
            "Body": content,
            "ContentType": content_type,
            "CacheControl": "private",
            "ChecksumAlgorithm": "SHA256",
        }
        if self.encryption:
            request["ServerSideEncryption"] = self.encryption
        if self.kms_key_id:
            request["SSEKMSKeyId"] = self.kms_key_id
        with unavailable("files"):
            self.client.put_object(**request)

    def get(self, name: str) -> bytes | None:
        key = self._key(name)
        with unavailable("files"):
            try:
                response = self.client.get_object(Bucket=self.bucket, Key=key)
            except self.client.exceptions.NoSuchKey:
                return None
            with closing(response["Body"]) as body:
                return body.read()

    def url(self, name: str) -> str | None:
        """Return a presigned URL that is valid for ``URL_LIFE``."""
        key = self._key(name)
        with unavailable("files"):
            if not self._is_there(key):
                return None
            place = {"Bucket": self.bucket, "Key": key}
            return self.client.generate_presigned_url("get_object", place, int(URL_LIFE.total_seconds()))

    def _is_there(self, key: str) -> bool:
        try:
            self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if code(error) == "404":
                return False
            raise
        return True

    def check(self) -> None:
        with unavailable("files"):
            self.client.head_bucket(Bucket=self.bucket)

    def _key(self, name: str) -> str:
        check_name(name)
        return f"{self.prefix.strip('/')}/{name}".lstrip("/")
