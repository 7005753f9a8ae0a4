"""AWS Signature Version 4: a request signed with a key that never travels.

Pure: the hour comes from the caller. Source: docs.aws.amazon.com/IAM/latest/UserGuide,
"Create a signed AWS API request"; held to AWS's own test suite.
"""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from hashlib import sha256

from msgspec import Struct

from gilmok.core.text import Secret

_ALGORITHM = "AWS4-HMAC-SHA256"
_HOST = re.compile(r"[a-z0-9-]+\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com\Z")
DEFAULT_REGION = "us-east-1"

Fields = tuple[tuple[str, str], ...]


class Credentials(Struct, frozen=True):
    id: str
    secret: Secret
    token: Secret | None = None
    """Of temporary credentials."""


def credentials(key: Secret) -> Credentials:
    """Read `ID:SECRET` or `ID:SECRET:TOKEN`. Raises `ValueError`, which never shows it."""
    parts = key.reveal().split(":", 2)
    if len(parts) < 2 or not all(parts):
        raise ValueError("the key is not ID:SECRET or ID:SECRET:TOKEN")
    token = Secret(parts[2]) if len(parts) == 3 else None
    return Credentials(parts[0], Secret(parts[1]), token)


def region_of(host: str) -> str:
    """The region that a host of AWS stands in; the default one where it does not say."""
    found = _HOST.match(host)
    return found.group(1) if found is not None else DEFAULT_REGION


class Signer(Struct, frozen=True):
    credentials: Credentials
    region: str
    service: str

    def sign(
        self, method: str, path: str, query: str, headers: Fields, body: bytes, at_ns: int
    ) -> Fields:
        """What is to be added to the request's head: the hour, the token, the signature.

        `headers` are all those that are signed, `host` among them, with names in lower case; `query`
        is in canonical form already. Everything that is returned is signed too.
        """
        stamp = datetime.fromtimestamp(at_ns // 10**9, UTC).strftime("%Y%m%dT%H%M%SZ")
        added: Fields = (("x-amz-date", stamp),)
        if self.credentials.token is not None:
            added += (("x-amz-security-token", self.credentials.token.reveal()),)
        signed = sorted((*headers, *added))
        names = ";".join(name for name, _ in signed)
        lines = "".join(f"{name}:{' '.join(value.split())}\n" for name, value in signed)
        payload = sha256(body).hexdigest()
        canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{payload}"
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        said = f"{_ALGORITHM}\n{stamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self._key(stamp[:8]), said.encode(), sha256).hexdigest()
        whole = (
            f"{_ALGORITHM} Credential={self.credentials.id}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return (*added, ("authorization", whole))

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self.credentials.secret.reveal()}".encode()
        for word in (day, self.region, self.service, "aws4_request"):
            key = hmac.new(key, word.encode(), sha256).digest()
        return key
