"""Real speech: how long it is, that it is none of silence, noise or a tone, and in every format."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gilmok.core.completion import Event
from gilmok.core.errors import UpstreamStatus
from gilmok.core.work import Speech
from gilmok.providers.inprocess import sound, speech, voice
from gilmok.providers.inprocess.korean import as_said
from gilmok.providers.inprocess.speech import ENGLISH, KOREAN
from tests.unit.providers.inprocess import serving, spoken, things, usage

Sound = NDArray[np.float64]
KO = "안녕하세요. 오늘 들어온 리뷰 요약입니다. 손님들은 배달이 빠르다고 합니다."
EN = "Hello. This is the summary of today's reviews. Guests praise the quick delivery."


def heard(events: list[Event]) -> Sound:
    """The samples, -1 to 1."""
    (made,) = things(events)
    samples, rate = soundfile.read(io.BytesIO(made.data))
    assert rate == sound.RATE
    assert samples.ndim == 1
    found: Sound = samples
    return found


def seconds(samples: Sound) -> float:
    return len(samples) / sound.RATE


def is_speech(samples: Sound) -> bool:
    """Loud enough, with pauses, most of it below 4 kHz, spread over many frequencies."""
    frames = samples[: len(samples) // 480 * 480].reshape(-1, 480)
    loudness = np.sqrt((frames**2).mean(axis=1))
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(480), axis=1)) ** 2
    power = spectrum.sum(axis=0)
    if not power.sum():
        return False
    low = power[: 4000 * 480 // sound.RATE].sum() / power.sum()
    tone = power.max() / power.sum()
    quiet = (loudness < 0.1 * loudness.max()).mean()
    return bool(loudness.max() > 0.05 and 0.03 < quiet < 0.7 and low > 0.7 and tone < 0.5)


def pitch(samples: Sound) -> float:
    """Hertz, by the loudest stretch's likeness to itself a little later."""
    loudest = int(np.abs(samples).argmax())
    frame = samples[max(loudest - 1200, 0) :][:2400]
    likeness = np.correlate(frame, frame, "full")[len(frame) - 1 :]
    shortest = sound.RATE // 330
    return sound.RATE / (shortest + int(likeness[shortest : sound.RATE // 60].argmax()))


def test_the_check_knows_what_is_no_speech() -> None:
    time = np.arange(sound.RATE) / sound.RATE
    noise = np.random.default_rng(1).normal(size=sound.RATE) * 0.2
    for other in (np.zeros(sound.RATE), np.sin(2 * np.pi * 440 * time) * 0.5, noise):
        assert not is_speech(other)


@pytest.mark.parametrize(("text", "least", "most"), [(KO, 4.0, 12.0), (EN, 3.0, 10.0)])
async def test_it_is_speech_of_a_plausible_length(text: str, least: float, most: float) -> None:
    async with serving("voice") as upstream:
        events = await spoken(upstream, text)
    samples = heard(events)
    assert least < seconds(samples) < most
    assert is_speech(samples)
    assert usage(events).units == len(text)


async def test_twice_the_text_takes_about_twice_as_long() -> None:
    async with serving("voice") as upstream:
        once = seconds(heard(await spoken(upstream, KO)))
        twice = seconds(heard(await spoken(upstream, f"{KO} {KO}")))
    assert 1.8 < twice / once < 2.2


@pytest.mark.parametrize(("speed", "least", "most"), [(0.5, 1.6, 2.4), (2.0, 0.4, 0.6)])
async def test_speed(speed: float, least: float, most: float) -> None:
    async with serving("voice") as upstream:
        plain = seconds(heard(await spoken(upstream, EN)))
        changed = seconds(heard(await spoken(upstream, EN, speed=speed)))
    assert least < changed / plain < most


@pytest.mark.parametrize("format", ["mp3", "opus", "flac", "wav"])
async def test_every_format_says_the_same(format: str) -> None:
    async with serving("voice") as upstream:
        events = await spoken(upstream, EN, format=format)
        plain = heard(await spoken(upstream, EN))
    (made,) = things(events)
    assert made.media_type == sound.MEDIA_TYPES[format]
    samples = heard(events)
    assert abs(seconds(samples) - seconds(plain)) < 0.2
    assert is_speech(samples)


async def test_raw_samples_come_part_by_part() -> None:
    text = " ".join([KO] * 16)
    async with serving("voice") as upstream:
        parts = things(await spoken(upstream, text, format="pcm"))
        whole = heard(await spoken(upstream, text))
    assert len(parts) > 1
    assert {part.index for part in parts} == {0}
    joined = np.frombuffer(b"".join(part.data for part in parts), "<i2")
    assert len(joined) == len(whole)
    assert np.corrcoef(joined, whole)[0, 1] > 0.99  # Its breath is drawn by chance.


@pytest.mark.parametrize("format", ["pcm", "wav"])
async def test_digits_do_not_fill_the_memory(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """32,768 of them take three hours to say: half a gigabyte, and a thread for minutes."""
    monkeypatch.setattr(voice, "_LONGEST_S", 20)
    async with serving("voice") as upstream:
        with pytest.raises(UpstreamStatus) as refused:
            await spoken(upstream, "9 " * 300, format=format)
        assert refused.value.is_callers_fault
        assert things(await spoken(upstream, EN, format=format))


async def test_voices_differ_and_every_name_has_one() -> None:
    async with serving("voice") as upstream:
        pitches = [
            pitch(heard(await spoken(upstream, "now and then", voice=name)))
            for name in ("onyx", "alloy", "nova")
        ]
    assert pitches[0] < 150 < pitches[1] < 260 < pitches[2]
    assert speech.voice("ko-KR-SunHiNeural") == speech.voice("ko-KR-SunHiNeural")
    assert len({speech.voice(f"v{number}") for number in range(50)}) > 5


@pytest.mark.parametrize(
    "text",
    ["", "...", "🍜🔥", "\x00\x1b[31m", "\ud800", "<speak>&amp;[[h@l'oU]]", "ㅋㅋㅋ", "a" * 3000],
)
async def test_strange_texts_have_a_sound(text: str) -> None:
    async with serving("voice") as upstream:
        assert seconds(heard(await spoken(upstream, text))) > 0.1


async def test_what_is_at_the_end_is_said_too() -> None:
    """A NUL ends a text in C, and a lone half of a character ends it in a codec."""
    async with serving("voice") as upstream:
        plain = seconds(heard(await spoken(upstream, f"{EN} {EN}")))
        hostile = seconds(heard(await spoken(upstream, f"{EN}\x00\ud800 {EN}")))
    assert abs(plain - hostile) < 0.5


def test_a_text_is_divided_by_language() -> None:
    text = "오늘 Wi-Fi 비밀번호는 1234입니다. Thank you, 김치 lovers! 5점"
    found = speech.runs(text)
    assert "".join(run.text for run in found) == text
    assert [(run.language, run.text.strip()) for run in found] == [
        (KOREAN, "오늘"),
        (ENGLISH, "Wi-Fi"),
        (KOREAN, "비밀번호는 1234입니다."),
        (ENGLISH, "Thank you,"),
        (KOREAN, "김치"),
        (ENGLISH, "lovers!"),
        (KOREAN, "5점"),
    ]
    assert [run.pause for run in found] == [False, False, True, False, False, True, False]


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("1,234", [ENGLISH]),
        ("It costs 5,000 won", [ENGLISH]),
        ("가격은 5,000", [KOREAN]),
        ("Seoul Station 앞", [ENGLISH, KOREAN]),
        ("  (안녕)", [KOREAN]),
        ("café", [ENGLISH]),
        ("!?…", []),
    ],
)
def test_numbers_and_marks_belong_to_a_language(text: str, languages: list[str]) -> None:
    assert [run.language for run in speech.runs(text)] == languages


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("합니다 있습니다", "함니다 있슴니다"),
        ("국물 먹는 부엌만", "궁물 멍는 부엉만"),
        ("닫는 옷맵시 있는 꽃망울", "단는 온맵시 인는 꼰망울"),
        ("밥물 앞마당 값만 밟는", "밤물 암마당 감만 밤는"),
        ("신라 칼날 물난리 앓는", "실라 칼랄 물랄리 알른"),
        ("심리 정류 협력 독립", "심니 정뉴 혐녁 동닙"),
        ("음식이 학교 많다 좋아요", "음식이 학교 많다 좋아요"),
        ("국 나라 abc 1ㄱ나", "국 나라 abc 1ㄱ나"),
    ],
)
def test_korean_is_said_as_it_is_spoken(written: str, said: str) -> None:
    assert as_said(written) == said


@given(st.text(max_size=60))
def test_nothing_of_a_text_is_lost_between_languages(text: str) -> None:
    clean = speech.sayable(text)
    found = speech.runs(clean)
    assert "".join(run.text for run in found) == (clean if any(map(str.isalnum, clean)) else "")
    assert not any(sign < " " and sign != "\n" for sign in clean)
    assert all(one.language != two.language for one, two in pairwise(found))
    assert all(len(as_said(run.text)) == len(run.text) for run in found)


async def test_a_program_that_fails_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = speech.Library("/nowhere/lib.so", "/nowhere")
    run = speech.runs("안녕")
    with pytest.raises(RuntimeError, match="ended with 3"):
        voice._said(nowhere, run, Speech(voice="alloy"))


def test_resampling_keeps_a_tone() -> None:
    """A tone of 1 kHz is one after it, as loud, and 60 dB above everything else."""
    time = np.arange(22_050) / 22_050
    tone = (np.sin(2 * np.pi * 1000 * time) * 16_000).astype(np.int16)
    made = sound.resampled(tone, 22_050)
    assert len(made) == sound.RATE
    power = np.abs(np.fft.rfft(made[1000:-1000] * np.hanning(22_000))) ** 2
    peak = int(power.argmax())
    assert abs(peak * sound.RATE / 22_000 - 1000) < 2
    rest = power.sum() - power[peak - 3 : peak + 4].sum()
    assert power[peak] / rest > 10**4
    assert 0.97 < np.abs(made[1000:-1000]).max() / 16_000 < 1.03
