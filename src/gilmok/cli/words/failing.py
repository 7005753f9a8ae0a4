"""Words about what went wrong between here and an answer."""

from __future__ import annotations

from gilmok.core.said import Said

UNREACHABLE = Said(
    "No gateway answers at {url}. Start one with `gilmok serve`, or name another with --url.",
    "{url} 에서 응답하는 게이트웨이가 없습니다. `gilmok serve`로 시작하거나 --url로 지정하세요.",
)
NO_GATEWAY = Said(
    "Something answers at {url}, but it is not a Gilmok gateway. Name the right address with --url.",
    "{url} 에서 응답이 있지만 길목 게이트웨이가 아닙니다. --url로 올바른 주소를 지정하세요.",
)
BAD_URL = Said(
    "That is not an address of a gateway. Write http://HOST:PORT or unix:/path.",
    "게이트웨이 주소가 아닙니다. http://호스트:포트 또는 unix:/경로 로 쓰세요.",
)
REFUSED = Said("Refused ({code}): {message}", "거절됨({code}): {message}")
FAILED = Said("Failed ({code}): {message}", "실패({code}): {message}")
BROKEN = Said(
    "The answer broke off ({code}); what is shown above is incomplete.",
    "답이 중간에 끊겼습니다({code}). 위에 보이는 내용은 완전하지 않습니다.",
)
