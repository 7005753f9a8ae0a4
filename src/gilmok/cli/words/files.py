"""Words about files of questions, answers and conversations."""

from __future__ import annotations

from gilmok.core.said import Said

UNREADABLE = Said("{file} cannot be read: {reason}.", "{file} 파일을 읽을 수 없습니다: {reason}.")
UNWRITABLE = Said("{file} cannot be written: {reason}.", "{file} 파일에 쓸 수 없습니다: {reason}.")
TOO_LARGE = Said(
    "{file} is larger than {size}; split it.", "{file} 파일이 {size}보다 큽니다. 나누어 주세요."
)
UNKNOWN_ENCODING = Said(
    "{file} is neither UTF-8 nor CP949 text. Save it as UTF-8.",
    "{file} 파일은 UTF-8도 CP949도 아닙니다. UTF-8로 저장해 주세요.",
)
NO_QUESTIONS = Said(
    "{file} holds no question. Write one on each line; lines that begin with # are skipped.",
    "{file} 파일에 질문이 없습니다. 한 줄에 하나씩 적으세요. #으로 시작하는 줄은 건너뜁니다.",
)
STDIN = Said("The standard input", "표준 입력")

NOT_OURS = Said("{file} is left alone: {reason}.", "{file} 파일은 그대로 둡니다: {reason}.")
NOT_OURS_AT = Said(
    "{file} is left alone: {reason} (line {line}). Name another file.",
    "{file} 파일은 그대로 둡니다: {reason}({line}번째 줄). 다른 파일을 지정하세요.",
)
NOT_REGULAR = Said("it is no ordinary file", "일반 파일이 아닙니다")
OTHER_OWNER = Said("it belongs to another user", "다른 사용자의 파일입니다")
IN_USE = Said("another gilmok is writing to it", "다른 gilmok이 쓰는 중입니다")
NOT_A_LINE = Said(
    "it holds something that gilmok did not write", "gilmok이 쓰지 않은 내용이 들어 있습니다"
)
