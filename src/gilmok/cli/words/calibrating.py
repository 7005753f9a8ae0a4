"""Words of `gilmok calibrate`."""

from __future__ import annotations

from gilmok.core.said import Said

ENDPOINT = Said("endpoint", "엔드포인트")
VERDICTS = Said("verdicts", "평가 수")
OFFSET = Said("correction", "보정값")
BEFORE = Said("Error before: {mean} [{low}, {high}]", "보정 전 오차: {mean} [{low}, {high}]")
AFTER = Said("Error after: {mean} [{low}, {high}]", "보정 후 오차: {mean} [{low}, {high}]")
GAINED = Said(
    "Gained: {mean} [{low}, {high}] (Brier score, on verdicts the fit had not seen)",
    "개선: {mean} [{low}, {high}] (브라이어 점수, 학습에 쓰지 않은 평가 기준)",
)
WRITTEN = Said(
    "Written to {file}. Name it as [routing] calibration.",
    "{file}에 저장했습니다. [routing] calibration에 적으세요.",
)
TOO_FEW = Said(
    "Too few verdicts on answered decisions: {good} good, {bad} bad. At least {least}, and {each} "
    "of each kind, are needed.",
    "답이 나간 요청의 평가가 너무 적습니다: 좋음 {good}, 나쁨 {bad}. 모두 {least}개 이상, 종류마다 "
    "{each}개 이상이어야 합니다.",
)
NO_BETTER = Said(
    "The correction is no better than what is expected already. Nothing was written.",
    "보정해도 지금보다 나아지지 않아 저장하지 않았습니다.",
)
NO_FEEDBACK = Said(
    'No file of verdicts: {file}. Each line is {{"decision_id": "…", "good": true}}.',
    '평가 파일이 아닙니다: {file}. 한 줄은 {{"decision_id": "…", "good": true}} 꼴입니다.',
)
