"""What every error has: a stable code and a message in two languages."""

from __future__ import annotations

from typing import ClassVar


class GilmokError(Exception):
    """A failure with a stable code and a message in two languages."""

    code: ClassVar[str] = "error"
    en: ClassVar[str] = "Something went wrong."
    ko: ClassVar[str] = "문제가 발생했습니다."

    def __init__(self, **parameters: str | int | float) -> None:
        self.parameters = parameters
        super().__init__(self.message("en"))

    def message(self, locale: str = "en") -> str:
        return (self.ko if locale == "ko" else self.en).format(**self.parameters)


class HttpError(GilmokError):
    """A failure a client sees. `type` is OpenAI's error type, `param` the field at fault."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "api_error"

    def __init__(
        self,
        *,
        param: str | None = None,
        retry_after_s: float | None = None,
        **p: str | int | float,
    ) -> None:
        self.param = param
        self.retry_after_s = retry_after_s
        self.asked = False
        """True where an endpoint had been asked before it was raised: the request was carried out,
        and only the outcome is an error."""
        self.reasons: frozenset[str] = frozenset()
        """Why the attempts failed that were made: codes of `AttemptFailed`."""
        self.cost = 0
        """Nano-dollars that these cost all the same."""
        super().__init__(**p)


class CallerError(HttpError):
    status = 400
    type = "invalid_request_error"


class ServiceError(HttpError):
    status = 503
    type = "api_error"
