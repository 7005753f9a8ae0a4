"""The inspector: every text of a request, every detector, one label. Local, linear, never raises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ahocorasick_rs import AhoCorasick
from msgspec import Struct

from gilmok.core.injection import Injection, Unsettled
from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity, TokenBounds
from gilmok.core.request import (
    Attachment,
    Image,
    Nature,
    Request,
    Role,
    TextRef,
    conversation,
    size,
    texts,
)
from gilmok.inspection import identifiers, length
from gilmok.inspection.addresses import addresses, births
from gilmok.inspection.clearance import LabelPolicy, clear, sensitivity
from gilmok.inspection.complexity import Shape, complexity
from gilmok.inspection.credentials import credentials
from gilmok.inspection.decoding import readings
from gilmok.inspection.injection import InjectionDetector, Seen
from gilmok.inspection.language import language
from gilmok.inspection.names import names
from gilmok.inspection.normal import normalise
from gilmok.inspection.personal import is_open, personal
from gilmok.inspection.responsetime import response_time
from gilmok.inspection.seams import seams
from gilmok.inspection.sensitivity import combine
from gilmok.inspection.tokens import PER_FILE, Count, bounds
from gilmok.inspection.topics import topics
from gilmok.inspection.unreadable import look_inside
from gilmok.inspection.view import Detector, Finding, View, look

DETECTORS: tuple[tuple[str, Detector], ...] = (
    ("numbers", identifiers.numbers),
    ("marked", identifiers.marked),
    ("credentials", credentials),
    ("names", names),
    ("addresses", addresses),
    ("births", births),
    ("topics", topics),
)
"""By the name that `Inspection.failed` shows."""
_HIGH = Sensitivity.HIGH
_OPAQUE = Nature.OPAQUE
_USER = Role.USER
_JUDGED = frozenset({Role.USER, Role.TOOL, Role.FUNCTION})
_LONGEST_CHARACTER = 33
"""Bytes one may have in a normal form."""


class FastInspector:
    """Implements `core.ports.Inspector` with patterns, checksums and cue words.

    It keeps nothing between requests, so one instance serves all tenants.
    """

    def __init__(
        self,
        policy: LabelPolicy | None = None,
        detectors: Sequence[tuple[str, Detector]] = DETECTORS,
        count: Count | None = None,
        injection: InjectionDetector | None = None,
        followed: bool = False,
    ) -> None:
        """`injection`: finds attempts to take over the model; `None` where nobody wants to know.
        `followed`: by a deeper tier, which is told what it should read."""
        self._count = count
        self._lengths = length.load()
        self._injection = injection
        self._followed = followed
        self._policy = policy if policy is not None else LabelPolicy()
        self._detectors = tuple(detectors)
        if self._policy.terms:
            self._detectors += (("terms", _terms(self._policy.terms)),)

    def inspect(self, request: Request) -> Inspection:
        scan = _Scan(self._detectors, self._policy)
        stage = "texts"
        evidence: tuple[Evidence, ...] = ()
        try:
            refs = texts(request)
            for index, ref in enumerate(refs):
                scan.part(index, ref)
            stage = "seams"
            said = scan.said(request)
            if len(said) > 1:
                scan.across(said)
            scan.private(said, self._followed)
            if self._injection is not None:
                scan.attempts(self._injection, said)
            stage = "combine"
            evidence = combine(scan.evidence)
            stage = "shape"
            return self._conclude(request, refs, said, evidence, scan)
        except Exception:
            # Nothing that breaks may pass.
            scan.failed.append(stage)
            return Inspection(
                sensitivity=_HIGH,
                clearance=Clearance.LOCAL_ONLY,
                evidence=evidence or tuple(scan.evidence),
                failed=tuple(dict.fromkeys(scan.failed)),
                tokens=_at_most(request),
            )

    def _conclude(
        self,
        request: Request,
        refs: tuple[TextRef, ...],
        said: list[Said],
        evidence: tuple[Evidence, ...],
        scan: _Scan,
    ) -> Inspection:
        # The last thing the user said is what the answer is for.
        asked = _asked(said)
        tongue = language(asked.text)
        plain = [ref.text.reveal() for ref in refs if ref.nature is not _OPAQUE]
        expected = self._lengths.tokens(asked.view.text)
        shape = Shape(
            characters=len(asked.text),
            context=sum(map(len, plain)),
            turns=len(request.messages),
            tools=len(request.tools),
            korean=tongue == "ko",
            expected=expected,
        )
        kind, score = complexity(asked.view.lower, shape)
        failed = tuple(dict.fromkeys(scan.failed))
        return Inspection(
            sensitivity=_HIGH if failed else sensitivity(evidence),
            clearance=clear(evidence, failed, self._policy),
            evidence=evidence,
            complexity=kind,
            complexity_score=score,
            response_time=response_time(asked.view.hits, shape, kind),
            tokens=bounds(
                plain,
                len(request.messages),
                *scan.unread(request),
                request.tools,
                sum(found.maskable for found in evidence),
                self._count,
            ),
            expected_output=_at_most_asked(expected, request),
            language=tongue,
            failed=failed,
            doubtful=tuple(scan.doubtful),
            injection=scan.injection,
            unsettled=scan.unsettled,
        )


class Said(Struct, frozen=True, gc=False):
    """A text of the conversation, as it stands and as it was first read."""

    role: Role
    text: str
    view: View
    where: int


_NOTHING = Said(_USER, "", look(normalise("")), -1)


class _Scan:
    """One request's evidence as it is found, and the detectors that broke on the way."""

    __slots__ = (
        "_decoded",
        "_detectors",
        "_files",
        "_opaque",
        "_policy",
        "_views",
        "doubtful",
        "evidence",
        "failed",
        "injection",
        "unsettled",
    )

    def __init__(self, detectors: tuple[tuple[str, Detector], ...], policy: LabelPolicy) -> None:
        self._detectors = detectors
        self._policy = policy
        self._views: dict[int, tuple[int, View]] = {}
        self._opaque = False
        self._decoded: dict[int, list[View]] = {}
        self._files: list[tuple[int, str]] = []
        self.evidence: list[Evidence] = []
        self.failed: list[str] = []
        self.injection: tuple[Injection, ...] = ()
        self.unsettled: tuple[Unsettled, ...] = ()
        self.doubtful: list[int] = []

    def part(self, index: int, ref: TextRef) -> None:
        text = ref.text.reveal()
        if ref.nature is not _OPAQUE:
            view = self._text(index, text, None)
            if view is not None:
                self._views[id(ref.text)] = index, view
            return
        self._opaque = True
        try:
            looked = look_inside(text)
        except Exception:
            self.failed.append("unreadable")
            return
        whole = (0, len(text))
        for inner in looked.readable:
            self._text(index, inner, whole)
            self._files.append((index, inner))
        if looked.unread is not None and self._policy.attachments == "local":
            self.evidence.append(Evidence(f"unreadable.{looked.unread}", _HIGH, index))

    def _text(self, index: int, text: str, cover: tuple[int, int] | None) -> View | None:
        """Looks at every reading of one text and returns the first.

        `cover` is the span that all of the text stands for, where it is not the span itself.
        """
        first = None
        if not text:
            return first
        try:
            for view in readings(text):
                if first is None:
                    first = view
                else:
                    self._decoded.setdefault(index, []).append(view)
                for name, detector in self._detectors:
                    try:
                        for finding in detector(view):
                            self.evidence.append(_place(index, view, finding, cover))
                    except Exception:
                        self.failed.append(name)
        except Exception:
            self.failed.append("readings")
        return first

    def said(self, request: Request) -> list[Said]:
        """The conversation, oldest first."""
        views = self._views
        return [
            Said(role, text.reveal(), seen[1], seen[0])
            for role, text in conversation(request)
            if (seen := views.get(id(text))) is not None
        ]

    def across(self, said: list[Said]) -> None:
        """Between neighbours in the conversation, and between what the user said turn by turn."""
        self.evidence.extend(seams([turn.view for turn in said]))
        user = [turn.view for turn in said if turn.role is _USER]
        if 1 < len(user) < len(said):
            self.evidence.extend(seams(user))

    def private(self, said: list[Said], followed: bool) -> None:
        """What users wrote about their own affairs. System prompts, tools' results and answers are
        made by programs, whose wording the model does not know."""
        try:
            for turn in said:
                if turn.role is not _USER:
                    continue
                found = personal(turn.view, turn.where)
                if found is not None:
                    self.evidence.append(found)
                if followed and (is_open(turn.view) if found is None else found.level is not _HIGH):
                    self.doubtful.append(turn.where)
        except Exception:
            self.failed.append("personal")

    def attempts(self, detector: InjectionDetector, said: list[Said]) -> None:
        """Who tries to take over the model. Only users, tools and the documents they bring can: a
        system prompt is the caller's own, and an answer the model's."""
        try:
            seen = [
                Seen(t.role, t.text, t.view, t.where, tuple(self._decoded.get(t.where, ())))
                for t in said
                if t.role in _JUDGED
            ]
            self.injection = detector.find(seen, self._files)
            self.unsettled = detector.unsettled(seen)
        except Exception:
            self.failed.append("injection")

    def unread(self, request: Request) -> tuple[int, int]:
        """Images, and other parts that cannot be read here."""
        if not self._opaque:
            return 0, 0
        parts = [part for m in request.messages for part in m.parts]
        images = sum(isinstance(part, Image) for part in parts)
        files = sum(isinstance(part, Attachment) and part.kind != "refusal" for part in parts)
        return images, files


def _at_most(request: Request) -> TokenBounds:
    """Bounds of a request that could not be read to its end."""
    characters = size(request)
    return TokenBounds(characters, _LONGEST_CHARACTER * characters + PER_FILE)


def _at_most_asked(tokens: int, request: Request) -> int:
    limit = request.sampling.max_tokens
    return tokens if limit is None else min(tokens, limit)


def _asked(said: list[Said]) -> Said:
    for turn in reversed(said):
        if turn.role is _USER:
            return turn
    return _NOTHING


def _place(index: int, view: View, finding: Finding, cover: tuple[int, int] | None) -> Evidence:
    if cover is not None:
        # Inside an image or a file: a placeholder would leave neither.
        return Evidence(finding.kind, finding.level, index, *cover, maskable=False)
    start, end = view.layer.span(finding.start, finding.end)
    return Evidence(finding.kind, finding.level, index, start, end, finding.maskable)


def _terms(terms: tuple[str, ...]) -> Detector:
    """The operator's own confidential words, matched without regard to case or spelling form."""
    folded = [normalise(term).text.lower().strip() for term in terms]
    automaton = AhoCorasick([term for term in folded if term])

    def own_terms(view: View) -> Iterator[Finding]:
        for _, start, end in automaton.find_matches_as_indexes(view.lower):
            yield Finding("term.confidential", Sensitivity.HIGH, start, end)

    return own_terms
