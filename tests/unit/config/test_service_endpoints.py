"""Services besides chat in the configuration: what they do, what they cost, who asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from gilmok import providers
from gilmok.config import Settings, check, load
from gilmok.config.models import known_models
from gilmok.config.price_list import price_list
from gilmok.config.service_prices import service_price, service_prices
from gilmok.core.billing import cost_of, worst_cost
from gilmok.core.completion import Usage
from gilmok.core.endpoint import Endpoint, PriceSource
from gilmok.core.money import NANO_PER_USD
from gilmok.core.work import Does

CATALOGUE = providers.catalogue()
IMAGES = {"USE_IMAGE_GENERATION_API": "true", "IMAGE_GENERATION_API_KEY": "key-of-images"}
AWS = {
    "USE_VIDEO_ANALYSIS_API": "true",
    "VIDEO_ANALYSIS_PROVIDER": "aws",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret/key",
}


def loaded(environ: Mapping[str, str], path: Path | None = None) -> Settings:
    return load(path, CATALOGUE, environ)


def only(environ: Mapping[str, str]) -> Endpoint:
    (endpoint,) = loaded(environ).endpoints
    providers.upstream_for(endpoint, wall=lambda: 0)  # and somebody speaks to it
    return endpoint


def key_of(endpoint: Endpoint) -> str:
    assert endpoint.api_key is not None
    return endpoint.api_key.reveal()


class TestPrices:
    @pytest.mark.parametrize(
        ("provider", "model", "units", "usd"),
        [
            ("openai", "dall-e-3", 1, "0.12"),
            ("openai", "tts-1", 1000, "0.015"),
            ("openai", "tts-1-hd", 1000, "0.03"),
            ("openai", "whisper-1", 60_000, "0.006"),
            ("openai", "gpt-4o-transcribe", 60_000, "0.006"),
            ("openai", "gpt-4o-mini-transcribe-2025-12-15", 60_000, "0.003"),
            ("stability", "core", 2, "0.06"),
            ("stability", "sd3.5-large", 1, "0.065"),
            ("stability", "sd3.5-medium", 1, "0.035"),
            ("google-tts", "Neural2", 1_000_000, "16"),
            ("google-tts", "Standard", 1_000_000, "4"),
            ("azure-tts", "neural", 1_000_000, "16"),
            ("google-video", "video", 60_000, "0.15"),
            ("aws-rekognition", "video", 60_000, "0.10"),
        ],
    )
    def test_what_a_piece_costs(self, provider: str, model: str, units: int, usd: str) -> None:
        price = price_list().find(provider, model)
        assert price is not None
        wanted = int(Decimal(usd) * NANO_PER_USD)
        cost = cost_of(price, Usage(0, 0, units=units))
        # A minute is no whole number of nano-dollars for a millisecond: rounded up, by a millionth.
        assert wanted <= cost <= wanted + wanted // 10**6 + 1
        assert worst_cost(price, 0, 0, 0, 0, units) == cost

    def test_tokens_of_embeddings(self) -> None:
        price = price_list().find("openai", "text-embedding-3-large")
        assert price is not None
        assert cost_of(price, Usage(1_000_000, 0)) == 130_000_000

    def test_pictures_by_the_token_come_from_the_library(self) -> None:
        assert service_price("openai", "gpt-image-1") is None
        price = price_list().find("openai", "gpt-image-1")
        assert price is not None
        assert price.output == 40 * NANO_PER_USD

    def test_every_row_says_where_it_is_from(self) -> None:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", service_prices().as_of)
        for row in service_prices().prices:
            assert row.source.startswith("https://")
            assert row.provider in CATALOGUE
            assert (row.unit is None) == (row.usd == 0)
            assert row.usd or row.input
            assert all(name == name.lower() for name in row.models)

    def test_nobody_joins_at_a_guessed_price(self) -> None:
        for known in known_models():
            assert price_list().find(known.provider, known.model) is not None


class TestJoining:
    def test_one_key_brings_all_that_its_provider_does(self) -> None:
        settings = loaded({"OPENAI_API_KEY": "sk-one"})
        assert {endpoint.does for endpoint in settings.endpoints} == set(Does) - {Does.VIDEO}
        assert {endpoint.price_source for endpoint in settings.endpoints} == {PriceSource.LISTED}
        for endpoint in settings.endpoints:
            providers.upstream_for(endpoint)

    @pytest.mark.parametrize("written", ["false", "", "1", "yes"])
    def test_only_true_is_true(self, written: str) -> None:
        assert loaded(IMAGES | {"USE_IMAGE_GENERATION_API": written}).endpoints == ()

    def test_pictures_by_whoever_is_first(self) -> None:
        endpoint = only(IMAGES)
        assert (endpoint.id, endpoint.does) == ("gpt-image-1", Does.IMAGES)
        assert key_of(endpoint) == "key-of-images"

    def test_its_own_key_wins_over_the_providers(self) -> None:
        settings = loaded(IMAGES | {"OPENAI_API_KEY": "sk-one"})
        (endpoint,) = [e for e in settings.endpoints if e.does is Does.IMAGES]
        assert key_of(endpoint) == "key-of-images"

    @pytest.mark.parametrize("name", ["stability", "stable_diffusion", "Stable-Diffusion"])
    def test_the_documents_own_words(self, name: str) -> None:
        endpoint = only(IMAGES | {"IMAGE_GENERATION_PROVIDER": name})
        assert (endpoint.id, endpoint.provider.name) == ("stability-core", "stability")

    def test_the_providers_usual_variable_will_do(self) -> None:
        environ = {"USE_IMAGE_GENERATION_API": "true", "IMAGE_GENERATION_PROVIDER": "stability"}
        assert key_of(only(environ | {"STABILITY_API_KEY": "sk-stable"})) == "sk-stable"

    @pytest.mark.parametrize("use", ["TTS", "SPEECH_SYNTHESIS"])
    @pytest.mark.parametrize("rest", ["TTS", "SPEECH_SYNTHESIS"])
    def test_both_names_may_be_mixed(self, use: str, rest: str) -> None:
        """Whom the texts go to is never guessed where somebody has written it."""
        environ = {f"USE_{use}_API": "true", f"{rest}_PROVIDER": "azure", f"{rest}_API_KEY": "k"}
        endpoint = only(environ | {f"{rest}_REGION": "westeurope", "OPENAI_API_KEY": ""})
        assert endpoint.provider.name == "azure-tts"
        assert endpoint.base_url == "https://westeurope.tts.speech.microsoft.com"
        assert key_of(endpoint) == "k"

    @pytest.mark.parametrize("word", ["TTS", "SPEECH_SYNTHESIS"])
    def test_speech_by_either_name(self, word: str) -> None:
        environ = {f"USE_{word}_API": "TRUE", f"{word}_PROVIDER": "google", f"{word}_API_KEY": "k"}
        endpoint = only(environ)
        assert (endpoint.id, endpoint.model, endpoint.does) == (
            "google-tts",
            "Neural2",
            Does.SPEECH,
        )

    @pytest.mark.parametrize(
        ("region", "host"),
        [("", "koreacentral"), ("westeurope", "westeurope")],
    )
    def test_azure_stands_in_a_region(self, region: str, host: str) -> None:
        environ = {"USE_TTS_API": "true", "TTS_PROVIDER": "azure", "TTS_API_KEY": "k"}
        endpoint = only(environ | {"TTS_REGION": region})
        assert endpoint.base_url == f"https://{host}.tts.speech.microsoft.com"

    def test_amazon_with_its_own_variables(self) -> None:
        endpoint = only(AWS | {"AWS_REGION": "ap-northeast-2"})
        assert endpoint.base_url == "https://rekognition.ap-northeast-2.amazonaws.com"
        assert key_of(endpoint) == "AKIDEXAMPLE:secret/key"
        token = only(AWS | {"AWS_SESSION_TOKEN": "the:token"})
        assert key_of(token) == "AKIDEXAMPLE:secret/key:the:token"
        assert key_of(only(AWS | {"VIDEO_ANALYSIS_API_KEY": "a:b"})) == "a:b"

    @pytest.mark.parametrize(
        ("environ", "word"),
        [
            ({"USE_IMAGE_GENERATION_API": "true"}, "IMAGE_GENERATION_API_KEY"),
            (IMAGES | {"IMAGE_GENERATION_PROVIDER": "midjourney"}, "IMAGE_GENERATION_PROVIDER"),
            (AWS | {"AWS_SECRET_ACCESS_KEY": ""}, "VIDEO_ANALYSIS_API_KEY"),
            (AWS | {"AWS_REGION": "Seoul"}, "AWS_REGION"),
            (
                {"USE_TTS_API": "true", "TTS_PROVIDER": "azure", "TTS_API_KEY": "k"}
                | {"TTS_REGION": "evil.example/#"},
                "TTS_REGION",
            ),
        ],
    )
    def test_what_is_asked_for_and_cannot_be_is_said(
        self, environ: Mapping[str, str], word: str
    ) -> None:
        report = check(None, CATALOGUE, environ)
        (error,) = report.errors
        assert word in str(error)

    def test_it_can_be_switched_off(self, tmp_path: Path) -> None:
        path = tmp_path / "gilmok.toml"
        path.write_text("[discovery]\nenvironment_keys = false\n")
        assert loaded(IMAGES, path).endpoints == ()

    def test_a_configured_endpoint_of_that_name_wins(self, tmp_path: Path) -> None:
        path = tmp_path / "gilmok.toml"
        path.write_text(
            '[[endpoints]]\nid = "gpt-image-1"\nprovider = "openai"\nmodel = "gpt-image-1"\n'
            'api_key = "env:MINE"\n'
        )
        (endpoint,) = loaded(IMAGES | {"MINE": "sk-mine"}, path).endpoints
        assert key_of(endpoint) == "sk-mine"
        assert endpoint.does is Does.IMAGES


class TestUnknownPrices:
    @pytest.mark.parametrize(
        ("does", "units", "usd", "option"),
        [
            ("images", 1, "0.25", "price_per_picture"),
            ("speech", 1_000_000, "200", "price_per_million_characters"),
            ("transcription", 60_000, "0.5", "price_per_minute"),
        ],
    )
    def test_nothing_is_silently_free(
        self, tmp_path: Path, does: str, units: int, usd: str, option: str
    ) -> None:
        path = tmp_path / "gilmok.toml"
        path.write_text(
            f'[[endpoints]]\nid = "x"\nprovider = "openai"\nmodel = "brand-new"\ndoes = "{does}"\n'
            'api_key = "env:MINE"\n'
        )
        settings = loaded({"MINE": "sk-mine"}, path)
        (endpoint,) = settings.endpoints
        assert endpoint.price_source is PriceSource.ASSUMED
        wanted = int(Decimal(usd) * NANO_PER_USD)
        assert (
            0 <= cost_of(endpoint.price, Usage(0, 0, units=units)) - wanted <= 1 + wanted // 10**6
        )
        assert [notice.key for notice in settings.notices] == [f"endpoints[0].{option}"]

        path.write_text(path.read_text() + f"{option} = 1\n")
        (endpoint,) = loaded({"MINE": "sk-mine"}, path).endpoints
        assert endpoint.price_source is PriceSource.CONFIGURED
