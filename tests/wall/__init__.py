"""The wall: a stub upstream on real sockets, and the ground truth of every law test.

Nothing behind a gateway under test can be trusted to say what left the building, so the wall keeps
its own log: every byte that reached any of its sockets, every exchange with its times and how it
ended. It speaks the OpenAI, Anthropic and Ollama dialects and those of the services besides chat,
and *the model's name selects the fault*. Mocks are allowed here, at the far end, and nowhere nearer.

    async with Wall() as wall:
        ...                                  # point an upstream at wall.openai, .anthropic, .ollama
        assert not wall.contains("900101-1234567")
        assert wall.calls[0].chunks == 3

    python -m tests.wall --port 0 --log exchanges.jsonl     # the same as a process of its own

A model's name is parts joined by `+`, each `NAME` or `NAME=VALUE` (URL-quoted text where the value
is text, so `%2B` for a plus): `slow=800+nousage`, `503=2`, `repeat=%EC%95%88%EB%85%95`. A name with
any unknown, malformed, repeated or contradictory part is no model at all: 404 in the dialect. An
Ollama `:latest` is ignored. A dialect without models (Google, Azure, AWS, Stability's `core`) is asked
for `ok+as=PROVIDER` (`ok+as=google-tts`), which `aliases` turns into anything. `N` counts *pieces*: the text or argument fragments of an answer, one
per frame, the same unit as the completion tokens in its usage; opening and closing frames are not
pieces. Where an `N` is beyond the answer's natural length, the answer is made longer.

| part | streamed | not streamed |
| --- | --- | --- |
| `ok` | answers | answers |
| `as=LABEL` | no effect: makes names distinct, so that one wall can be many candidates | same |
| `tokens=N` | an answer of exactly N pieces, if max_tokens allows | same |
| `grain=N` | cuts the text into pieces of N characters instead of words | changes the usage only |
| `deaf` | ignores the request's max_tokens | same |
| `repeat=TEXT` | answers TEXT | same |
| `parrot` | answers the last user message's text | same |
| `echo` | answers the request as received: line, headers and body | same |
| `empty` | finishes normally without content | same |
| `huge=BYTES` | one piece of BYTES bytes | a content of BYTES bytes |
| `tool` / `tool=N` | calls one tool (N tools), if the request offers any; arguments in pieces | same |
| `call=NAME` | calls a tool of that name, offered or not, if the request offers any | same |
| `toolecho` | calls a tool whose string arguments are the last user message's text | same |
| `length` | finish reason length (max_tokens) | same |
| `filter` | finish reason content_filter; Anthropic: refusal; Ollama: stop | same |
| `refuse` | OpenAI refusal field; Anthropic stop_reason refusal; Ollama: text | same |
| `nousage` | reports no usage | same |
| `wrongusage` / `wrongusage=KIND` | absurd usage: KIND negative, huge, contradiction, zero, text, null; without KIND negative, huge and contradictory at once | same |
| `cached=N` | N of the prompt tokens are reported as read from the provider's cache | same |
| `written=N` | N of the prompt tokens are reported as kept in the provider's cache (OpenAI: in OpenRouter's field) | same |
| `audio=N` | N of the prompt tokens are reported as audio (OpenAI) | same |
| `reasoning=N` | N more completion tokens are reported than were streamed (OpenAI) | same |
| `slow=MS` | MS before the first byte, headers included | same |
| `ttft=MS` | headers at once, the first frame MS later | headers at once, the body MS later |
| `pace=MS` | MS between pieces | MS for each piece but the first, before the body |
| `load=MS` | MS more when the model is not loaded yet (Ollama; see /api/ps) | same |
| `keepalive` / `keepalive=MS` | `: ping` comments (Anthropic: ping events; Ollama: nothing) before the first frame, before every piece and every MS (20) of waiting | blank lines before the body |
| `split` | frames cut at odd bytes, also inside characters; CRLF, comments, blank lines, `data:` without its space (Ollama: cuts and CRLF) | the body in odd chunks |
| `gzip` | gzip, if the client accepts it | same |
| `mute` | accepts the request and never sends a byte | same |
| `hangup` | accepts the request and closes without a byte | same |
| `stall=N` | after N pieces nothing more, the socket stays open | headers, half the body if N > 0, nothing more |
| `cut=N` | after N pieces a clean end of the body: no finish reason, no [DONE] | half the JSON as a well-framed body |
| `reset=N` | TCP RST after N pieces; N=0: before any byte | N=0: same; else after half the body |
| `trunc=N` | after N pieces FIN without the terminating chunk | FIN after half of the announced length |
| `malformed=N` | the N-th data line (from 1) is not JSON, then goes on well | the body is not JSON |
| `errevent=N` | after N pieces an error event, then the body ends | 200 with the dialect's error body |
| `overlong` | a line without end, up to 64 MiB or until the client closes | a JSON string without end |
| `badjson` | 200 with a broken JSON body of type application/json | same |
| `html` | 200 with an HTML page | same |
| `redirect=URL` | 307 with Location: URL | same |
| `NNN` / `NNN=S` | any 4xx or 5xx (429, 500, 529 …) with the dialect's error body; Retry-After: S | same |
| `NNNms=MS` | that status with retry-after-ms: MS, and Retry-After rounded up | same |
| `NNNat=S` | that status with Retry-After as an HTTP date S seconds ahead | same |
| `quota` | 429 that must not be retried: insufficient_quota | same |
| `toolong` | 400 for a prompt that exceeds the context | same |
| `errecho` | 500 (or the NNN beside it) whose message echoes the received keys and body | same |
| `leak=PLACE` | shows the received key in PLACE: `said` (the text, or what `toolecho` says), `refusal`, `reasoning`, `reasoning_content`, `head`, `trailer`, `event`, `location`, or any field of the documents, errors included | same |
| `form=FORM` | how `leak` spells it: plain, header, url, percent, json, hex, base64, basic, token | same |
| `floats` | vectors as numbers, whatever was asked (`/v1/embeddings`) | same |
| `fewer` | one vector or picture less than was asked for | same |
| `badbase64` | what was made is no base64 | same |
| `byaddress` | a picture's address instead of the picture | same |
| `moderated` | the prompt is refused for what it says (Stability: 403, others 400) | same |
| `polls=N` | a video is done at the N-th question (1) | same |
| `pollfails=N` | the first N questions for a video are answered with 503 | same |
| `jobfails` | the analysis of a video fails | same |
| `flaky=N` | the first N requests for this exact name fail, later ones do not | same |
| `flap` | every other request for this exact name fails, beginning with the first | same |

`flaky` and `flap` fail with whatever failure stands beside them (`flaky=2+reset=3`), else with 500;
a failure is any part from `mute` to `errecho` in the table. Order: `slow` and `load` come before
everything else, then `reset=0`, `hangup` and `mute`, then whole wrong answers, then the answer.
A client that half-closes its socket counts as gone.
"""

from tests.wall.log import Ending, Exchange
from tests.wall.server import Wall

__all__ = ["Ending", "Exchange", "Wall"]
