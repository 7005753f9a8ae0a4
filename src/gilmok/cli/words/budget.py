"""Words of `budget`."""

from __future__ import annotations

from gilmok.core.said import Said

NONE = Said("No budget applies to this key.", "이 키에 적용되는 예산이 없습니다.")
ADDED = Said(
    "{account}: {amount} USD more until {until}.",
    "{account}: {until}까지 {amount} USD를 더했습니다.",
)
ONE_ACCOUNT = Said("Name a key or an end user, not both.", "키와 최종 사용자 중 하나만 지정하세요.")
NO_AMOUNT = Said(
    "Write the amount in US dollars, such as 5 or 0.50: more than 0, without a currency sign.",
    "금액을 5나 0.50처럼 미국 달러로 적으세요. 0보다 커야 하고 통화 기호는 빼세요.",
)

ACCOUNT = Said("account", "계정")
CYCLE = Said("per", "주기")
CAP = Said("cap", "한도")
SPENT = Said("spent", "사용")
HELD = Said("held", "잡아 둠")
LEFT = Said("left", "남음")
RENEWED = Said("renewed at", "갱신")
CAPS = Said("Caps of endpoints", "엔드포인트 한도")
OF_CAP = Said("{spent} of {cap} a {cycle}", "{cycle} {cap} 중 {spent} 사용")
CYCLES = {"daily": Said("day", "하루"), "monthly": Said("month", "한 달")}
SCOPES = {
    "tenant": Said("tenant {name}", "테넌트 {name}"),
    "key": Said("key {name}", "키 {name}"),
    "user": Said("user {name}", "사용자 {name}"),
    "endpoint": Said("endpoint {name}", "엔드포인트 {name}"),
}
