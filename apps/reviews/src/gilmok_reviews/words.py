"""What the command line says, in both languages."""

from __future__ import annotations

from typing import Final

from gilmok_reviews.texts import Says

SERVING: Final = Says("{url} (멈추기: Ctrl-C)", "{url} (stop: Ctrl-C)")
STORING: Final = Says("리뷰 저장", "storing reviews")
INDEXING: Final = Says("벡터 만들기", "making vectors")
ANALYSING: Final = Says("분석", "analysing")
IMPORTED: Final = Says(
    "새 리뷰 {added}, 바뀐 것 {changed}, 이미 있던 것 {unchanged}, 같은 글 {duplicates}, 못 읽은 줄 {bad}",
    "{added} new, {changed} changed, {unchanged} known, {duplicates} of the same text, {bad} lines left out",
)
BAD_LINE: Final = Says("{line}번째 줄: {reason}", "line {line}: {reason}")
MORE_BAD_LINES: Final = Says("… 외 {count}줄", "… and {count} more")
WAITING: Final = Says(
    "리뷰는 모두 저장했습니다. 벡터 {count}개는 아직입니다({code}). 게이트웨이를 켜고 "
    "`gilmok-reviews serve`나 같은 명령을 다시 실행하면 이어서 합니다.",
    "All reviews are stored. {count} have no vector yet ({code}). Start the gateway; "
    "`gilmok-reviews serve`, or the same command again, goes on.",
)
REINDEXED: Final = Says("벡터 {count}개를 새로 만들었습니다.", "{count} vectors were made anew.")
REINDEX_ASKS: Final = Says(
    "모든 벡터와 판정을 지우고 다시 만듭니다. 리뷰는 그대로입니다.",
    "All vectors and judgements are dropped and made anew. Reviews stay as they are.",
)
ANALYSED: Final = Says(
    "분석 {done}건 끝남, {failed}건 실패", "{done} analyses done, {failed} failed"
)
SAVED: Final = Says("결과: {path}", "Results: {path}")
SERVICE_GONE: Final = Says(
    "서비스와 연결이 끊겼습니다. 다시 켜면 받은 파일을 멈춘 곳부터 이어서 넣습니다. 같은 파일을 다시 넣어도 두 번 들어가지 않습니다.",
    "The service went away. Started again, it goes on with a file it has taken over where it stopped; "
    "the same file again adds nothing twice.",
)
NO_FILE: Final = Says("파일이 없습니다: {path}", "There is no file {path}")
BUSY_HINT: Final = Says(
    "실행 중인 서비스에 보냅니다: {url}", "Handing it to the running service: {url}"
)
