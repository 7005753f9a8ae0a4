"""The inspector: every text of a request, every detector, one label. Local, linear, never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ahocorasick_rs import AhoCorasick

from gilmok.core.inspection import Clearance, Evidence, Inspection, Sensitivity
from gilmok.core.request import Image, Request, Role, TextRef, conversation, texts
from gilmok.core.text import Private
from gilmok.inspection import identifiers
from gilmok.inspection.addresses import addresses, births
from gilmok.inspection.clearance import LabelPolicy, clear, sensitivity
from gilmok.inspection.complexity import Shape, complexity, expected_output
from gilmok.inspection.credentials import credentials
from gilmok.inspection.decoding import readings
from gilmok.inspection.language import language
from gilmok.inspection.lexicon import CONTEXT, Cue
from gilmok.inspection.names import names
from gilmok.inspection.normal import normalise
from gilmok.inspection.responsetime import response_time
from gilmok.inspection.seams import seams
from gilmok.inspection.sensitivity import combine
from gilmok.inspection.tokens import bounds
from gilmok.inspection.topics import topics
from gilmok.inspection.unreadable import look_inside
from gilmok.inspection.view import Detector, Finding, Hits, View, look

T = TypeVar("T")

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


class FastInspector:
    """Implements `core.ports.Inspector` with patterns, checksums and cue words.

    It keeps nothing between requests, so one instance serves all tenants.
    """

    def __init__(
        self,
        policy: LabelPolicy | None = None,
        detectors: Sequence[tuple[str, Detector]] = DETECTORS,
    ) -> None:
        self._policy = policy if policy is not None else LabelPolicy()
        self._detectors = tuple(detectors)
        if self._policy.terms:
            self._detectors += (("terms", _terms(self._policy.terms)),)

    def inspect(self, request: Request) -> Inspection:
        scan = _Scan(self._detectors, self._policy)
        refs = scan.attempt("texts", lambda: texts(request)) or ()
        for index, ref in enumerate(refs):
            scan.part(index, ref)
        scan.attempt("seams", lambda: scan.evidence.extend(_across(request)))
        evidence = scan.attempt("combine", lambda: combine(scan.evidence))
        if evidence is None:
            evidence = tuple(scan.evidence)
        concluded = scan.attempt("shape", lambda: self._conclude(request, refs, evidence, scan))
        if concluded is not None:
            return concluded
        return Inspection(
            sensitivity=Sensitivity.HIGH,
            clearance=Clearance.LOCAL_ONLY,
            evidence=evidence,
            failed=tuple(scan.failed),
        )

    def _conclude(
        self,
        request: Request,
        refs: tuple[TextRef, ...],
        evidence: tuple[Evidence, ...],
        scan: _Scan,
    ) -> Inspection:
        question, hits = scan.question(request)
        tongue = language(question)
        plain = [ref.text.reveal() for ref in refs if ref.readable]
        shape = Shape(
            characters=len(question),
            context=sum(map(len, plain)),
            turns=len(request.messages),
            tools=len(request.tools),
            korean=tongue == "ko",
        )
        kind, score = complexity(hits, shape)
        failed = tuple(dict.fromkeys(scan.failed))
        images = sum(isinstance(p, Image) for m in request.messages for p in m.parts)
        return Inspection(
            sensitivity=Sensitivity.HIGH if failed else sensitivity(evidence),
            clearance=clear(evidence, failed, self._policy),
            evidence=evidence,
            complexity=kind,
            complexity_score=score,
            response_time=response_time(hits, shape, kind),
            tokens=bounds(plain, len(request.messages) + len(request.tools), images),
            expected_output=expected_output(score, hits, request.sampling.max_tokens),
            language=tongue,
            failed=failed,
        )


class _Scan:
    """One request's evidence as it is found, and the detectors that broke on the way."""

    __slots__ = ("_detectors", "_hits", "_policy", "evidence", "failed")

    def __init__(self, detectors: tuple[tuple[str, Detector], ...], policy: LabelPolicy) -> None:
        self._detectors = detectors
        self._policy = policy
        self.evidence: list[Evidence] = []
        self.failed: list[str] = []
        self._hits: dict[int, Hits] = {}

    def attempt(self, name: str, act: Callable[[], T]) -> T | None:
        """The result, or `None` and the name among the failed: nothing that breaks may pass."""
        try:
            return act()
        except Exception:
            self.failed.append(name)
            return None

    def part(self, index: int, ref: TextRef) -> None:
        text = ref.text.reveal()
        if ref.readable:
            self._hits[id(ref.text)] = self.text(index, text, None)
            return
        looked = self.attempt("unreadable", lambda: look_inside(text))
        if looked is None:
            return
        whole = (0, len(text))
        for inner in looked.readable:
            self.text(index, inner, whole)
        if looked.unread is not None and self._policy.attachments == "local":
            self.evidence.append(Evidence(f"unreadable.{looked.unread}", Sensitivity.HIGH, index))

    def text(self, index: int, text: str, cover: tuple[int, int] | None) -> Hits:
        """Looks at every reading of one text; the words found in the first.

        `cover` is the span that all of the text stands for, where it is not the span itself.
        """
        first: Hits = {}
        if not text:
            return first
        try:
            above: frozenset[Cue] = frozenset()
            for layer in readings(text):
                view = look(layer, above)
                if layer.parent is None:
                    first = view.hits
                    above = frozenset(view.hits) & CONTEXT
                self._detect(index, view, cover)
        except Exception:
            self.failed.append("readings")
        return first

    def question(self, request: Request) -> tuple[str, Hits]:
        """The last thing the user said, which the answer is for, and the words found in it."""
        asked: Private | None = None
        for role, text in conversation(request):
            if role is Role.USER:
                asked = text
        if asked is None:
            return "", {}
        return asked.reveal(), self._hits.get(id(asked), {})

    def _detect(self, index: int, view: View, cover: tuple[int, int] | None) -> None:
        for name, detector in self._detectors:
            try:
                for finding in detector(view):
                    self.evidence.append(_place(index, view, finding, cover))
            except Exception:
                self.failed.append(name)


def _place(index: int, view: View, finding: Finding, cover: tuple[int, int] | None) -> Evidence:
    if cover is not None:
        # Inside an image or a file: a placeholder would leave neither.
        return Evidence(finding.kind, finding.level, index, *cover, maskable=False)
    start, end = view.layer.span(finding.start, finding.end)
    return Evidence(finding.kind, finding.level, index, start, end, finding.maskable)


def _across(request: Request) -> Iterator[Evidence]:
    """Between neighbours in the conversation, and between what the user said turn by turn."""
    said = [(role, text.reveal()) for role, text in conversation(request)]
    if len(said) < 2:
        return
    yield from seams([text for _, text in said])
    user = [text for role, text in said if role is Role.USER]
    if 1 < len(user) < len(said):
        yield from seams(user)


def _terms(terms: tuple[str, ...]) -> Detector:
    """The operator's own confidential words, matched without regard to case or spelling form."""
    folded = [normalise(term).text.lower().strip() for term in terms]
    automaton = AhoCorasick([term for term in folded if term])

    def own_terms(view: View) -> Iterator[Finding]:
        for _, start, end in automaton.find_matches_as_indexes(view.lower):
            yield Finding("term.confidential", Sensitivity.HIGH, start, end)

    return own_terms
