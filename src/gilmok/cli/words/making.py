"""Words of `embed`, `draw` and `say`."""

from __future__ import annotations

from gilmok.core.said import Said

WROTE = Said("{file} ({size}), by {endpoint}, {cost}", "{file}({size}), {endpoint}, {cost}")
ANOTHER_FORMAT = Said(
    "{file} holds a {format} picture, whatever its name says.",
    "{file} 파일의 내용은 이름과 달리 {format} 그림입니다.",
)
NO_SOUND = Said(
    "{file}: a sound's format is its file's ending, one of {formats}.",
    "{file}: 소리의 형식은 파일의 확장자입니다. {formats} 중 하나를 쓰세요.",
)
STAND_IN = Said("A stand-in: {why}.", "대신한 것입니다: {why}.")
VECTORS = Said(
    "{count} vectors of {dimensions} numbers by {model} ({endpoint}), {cost}",
    "벡터 {count}개, 차원 {dimensions}, {model}({endpoint}), {cost}",
)
NEARNESS = Said("nearness to the first", "첫 글과의 가까움")
TEXT = Said("text", "글")
NOTHING_TO_DO = Said("Write the text as an argument.", "글을 인자로 적으세요.")
WHY = {
    "only": Said("nobody else is configured for it", "다른 곳이 설정되어 있지 않음"),
    "asked": Said("it was asked for by name", "이름을 지정함"),
    "label": Said("the text may not go to the others", "다른 곳으로 보낼 수 없는 내용"),
    "down": Said("the others are down or failed", "다른 곳이 내려갔거나 실패함"),
    "limit": Said("the others' rate limit is reached", "다른 곳의 요청 한도에 도달함"),
    "budget": Said("your budget does not cover the others", "다른 곳에 쓸 내 예산이 모자람"),
    "cap": Said("what may be spent at the others is used up", "다른 곳의 지출 한도를 다 씀"),
    "refused": Said("the others cannot do what was asked", "다른 곳은 요청한 것을 할 수 없음"),
    "right": Said("this key may not use the others", "이 키로 다른 곳을 쓸 수 없음"),
}
"""Every reason of `surfaces.services.fallback`."""
