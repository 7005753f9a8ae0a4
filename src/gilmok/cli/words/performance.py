"""Words of the performance report."""

from __future__ import annotations

from gilmok.core.said import Said

SPAN = Said("Performance since {since}", "{since} 이후의 성능")
TOTALS = Said("1. Totals", "1. 전체 통계")
CLOUD = Said("2. Cloud", "2. 클라우드")
LOCAL = Said("3. Local (this machine and its network)", "3. 로컬(이 컴퓨터와 사설망)")
SERVICES = Said("Besides chat", "채팅 외 서비스")
SERVICE = Said("what", "종류")
UNITS = Said("amount", "양")
EFFICIENCY = Said("4. Efficiency", "4. 효율성")
FALLBACKS = Said("5. Fallbacks", "5. 대체")
RECOMMENDATIONS = Said("6. Recommendations", "6. 최적화 제안")
SUMMARY = Said("7. Summary", "7. 요약")

FAILURES = Said("failures", "실패")
UNFINISHED = Said("unfinished", "미완료")
MEAN = Said("mean", "평균")
SHARE = Said("share of answers", "답변 비율")
SIDE_CALLS = Said("side calls", "부가 호출")
SIDE_CALLS_VALUE = Said("{count} ({cost})", "{count}회({cost})")
SCORE = Said("score", "종합")
SPEED = Said("speed", "속도")
RELIABILITY = Said("reliability", "신뢰도")
NOBODY = Said("Nobody was asked here.", "이쪽으로 간 요청이 없습니다.")
COUNT = Said(
    "{count} answers from another endpoint than the first choice", "다른 곳에서 나온 답 {count}개"
)
REASON = Said("reason", "이유")
TIMES = Said("times", "횟수")
TABLE_NEEDS_FILE = Said(
    "--by and --csv read the ledger's file, so not with --url or a ledger in memory.",
    "--by와 --csv는 장부 파일을 읽으므로 --url이나 메모리 장부와는 함께 쓸 수 없습니다.",
)
