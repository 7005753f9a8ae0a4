"""Words of `explain` about models that were asked for advice."""

from __future__ import annotations

from gilmok.core.said import Said

ANALYSER = Said("analysed by", "분석")
SELECTOR = Said("selected by", "선택")
FAST = Said("fast, built in", "내장 분석기(fast)")
OBJECTIVE = Said("objective, built in", "내장 점수(objective)")
MODEL_JUDGED = Said("fast and a model (llm)", "내장 분석기와 모델(llm)")
MODEL_CHOSE = Said(
    "a model (llm): {reason}, confidence {confidence:.2f}",
    "모델(llm): {reason}, 확신 {confidence:.2f}",
)
INSTEAD = Said("{who}; llm gave nothing: {why}", "{who}. llm에게서는 얻지 못함: {why}")
COSTS = Said("cost by purpose", "용도별 비용")

REASONS = {
    "quality": Said("quality", "품질"),
    "price": Said("price", "가격"),
    "speed": Said("speed", "속도"),
    "privacy": Said("privacy", "사생활 보호"),
    "context": Said("context", "컨텍스트"),
    "reliability": Said("reliability", "안정성"),
}
"""Why a model chose an endpoint."""
FELL_BACK = {
    "timeout": Said("no answer in time", "제때 답하지 않음"),
    "invalid_answer": Said("its answer was not in the form asked for", "요구한 형식의 답이 아님"),
    "answer_too_long": Said("its answer was far too long", "답이 지나치게 김"),
    "no_text": Said("no text short enough to judge", "물어볼 만큼 짧은 글이 없음"),
    "no_endpoint": Said("no endpoint to ask", "물어볼 곳이 없음"),
    "label": Said("the text may not go there", "내용을 그곳으로 보낼 수 없음"),
    "label_not_lowered": Said(
        "masking did not make the text safe enough for it", "가려도 보낼 만큼 안전하지 않음"
    ),
    "key_label": Said(
        "the question is above what the key may send", "이 키로 보낼 수 있는 민감도를 넘음"
    ),
    "key_right": Said("the key may not use its zone", "이 키로 쓸 수 없는 구역"),
    "does": Said("it does something else", "다른 일을 하는 모델"),
    "price": Said("its price is not known", "가격을 알 수 없음"),
    "dialect": Said("its API cannot carry the question", "API가 질문을 전달할 수 없음"),
    "capability": Said("it cannot follow the question's form", "질문의 형식을 지원하지 않음"),
    "context": Said("the question does not fit it", "질문이 컨텍스트에 들어가지 않음"),
    "down": Said("it is not running", "실행 중이 아님"),
    "blocked": Said("it rests after failures", "실패 뒤 쉬는 중"),
    "limit": Said("its own limit is reached", "자체 한도에 도달"),
    "endpoint_limit": Said("its own limit is reached", "자체 한도에 도달"),
    "memory": Said("it does not fit into memory", "메모리에 들어가지 않음"),
    "queue": Said("its turn would come too late", "차례가 너무 늦게 옴"),
    "engine_busy": Said("its turn would come too late", "차례가 너무 늦게 옴"),
    "plan": Said("the plan does not offer it", "요금제에 없음"),
    "budget": Said("the budget does not cover it", "예산이 모자람"),
    "cap": Said("what may be spent there is used up", "그곳에 쓸 수 있는 금액을 다 씀"),
    "budget_exceeded": Said("the budget does not cover it", "예산이 모자람"),
    "internal_error": Said("a defect of the gateway", "게이트웨이의 결함"),
}
"""Why a model that was to be asked gave nothing, besides the codes of attempts."""
