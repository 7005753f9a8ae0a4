"""Words of `report --sla`."""

from __future__ import annotations

from gilmok.core.said import Said

TITLE = Said(
    "Since {since}, by {by}: first token within {target}",
    "{since} 이후 {by}별 약속 이행: 첫 토큰 {target} 이내",
)
OWN_TARGETS = Said("other targets: {targets}", "따로 정한 목표: {targets}")
NOTHING = Said("No request that counts since {since}.", "{since} 이후 집계할 요청이 없습니다.")
MET = Said("met", "달성")
COMPLIANCE = Said("SLA", "달성률")
TTFT = Said("TTFT p50", "첫 토큰 p50")
TPOT = Said("per token", "토큰당")
QUEUE = Said("queue p95", "대기 p95")
GOODPUT = Said("goodput", "굿풋")
GOODPUT_VALUE = Said(
    "{requests} of {all_requests} requests/s, {tokens} of {all_tokens} tokens/s",
    "초당 요청 {all_requests}개 가운데 {requests}개, 초당 토큰 {all_tokens}개 가운데 {tokens}개",
)
MET_VALUE = Said("{met} of {requests} ({share})", "{requests}건 가운데 {met}건({share})")
FIRST_TOKEN = Said("time to first token", "첫 토큰까지")
PER_TOKEN = Said("per token after the first", "그 뒤 토큰마다")
EXACT = Said(
    "Percentiles are nearest rank and at most 1 % above the exact value.",
    "백분위수는 최근접 순위이며, 정확한 값보다 최대 1 % 큽니다.",
)
