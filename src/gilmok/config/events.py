"""Where events go, from `[events]`."""

from __future__ import annotations

from gilmok.config.endpoints import parse_url
from gilmok.config.problems import Problems, Said
from gilmok.config.proxies import Proxies
from gilmok.config.schema import EventSettings
from gilmok.config.sources import Sources
from gilmok.core.address import literal_zone
from gilmok.core.endpoint import Endpoint, ProviderRow, Zone

_RECEIVER = ProviderRow(name="webhook", wire="webhook", auth="none")


def webhook(
    written: EventSettings, sources: Sources, proxies: Proxies, problems: Problems
) -> Endpoint | None:
    """The receiver of events, reached by the rules of endpoints; `None` where there is none."""
    if written.webhook is None:
        return None
    url = parse_url("events.webhook", written.webhook, problems)
    secret = sources.credential("events.secret", written.secret) if written.secret else None
    if url is None:
        return None
    zone = literal_zone(url.hostname or "") or Zone.CLOUD
    if url.scheme == "http" and zone is Zone.CLOUD:
        problems.error(
            "events.webhook",
            Said(
                "would send events unencrypted to a public host.",
                "공개 호스트로 암호화 없이 보내게 됩니다.",
            ),
            Said(
                "Use https, or a loopback or private address.",
                "https를 쓰거나 루프백 또는 사설 주소를 쓰세요.",
            ),
        )
        return None
    return Endpoint(
        id="webhook",
        provider=_RECEIVER,
        base_url=written.webhook.rstrip("/"),
        model="",
        zone=zone,
        context=0,
        quality=0.0,
        api_key=secret,
        reach=proxies.reach("events", None, url.hostname or "", zone),
    )
