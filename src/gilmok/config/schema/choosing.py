"""What may leave, and which model answers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from gilmok.config.schema.section import (
    Number,
    Section,
    Usd,
    Whole,
    normal_terms,
)
from gilmok.core.inspection import NameKind


class PrivacySettings(Section):
    """What may leave this machine. High sensitivity never does; that is not an option."""

    medium: Literal["mask", "local", "open"] = Field(
        default="mask",
        description="Requests of medium sensitivity: mask replaces the evidence before the cloud "
        "sees it, local keeps them here, open sends them as they are.",
    )
    attachments: Literal["local", "allow"] = Field(
        default="local",
        description="Images, audio and files cannot be read here, so local keeps them on this "
        "machine or network; allow treats them as harmless.",
    )
    deep: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether a small transformer also reads what users wrote, where the fast "
        "inspection leaves open whether it is private: about 5 ms for a sentence, on threads of "
        "its own. It only ever raises the label. Needs the extra gilmok[deep]; auto: where that is installed.",
    )
    names: tuple[NameKind, ...] = Field(
        default=(),
        description="Names that count as medium wherever they stand, public ones too: any of person, "
        "organisation, place. The small transformer of gilmok[deep] marks them in all that is said, "
        "about 1 ms for 10 words that it has not seen yet. Empty: only names that the words around them betray.",
    )
    user_key: str | None = Field(
        default=None,
        min_length=1,
        max_length=8192,
        repr=False,
        description='Secret from which pseudonyms of end users are made: "env:NAME" or '
        '"file:/path". Unset: users.key beside the ledger, made when it is first needed. Gateways '
        "that share it give a user the same pseudonym.",
    )
    terms: Annotated[tuple[str, ...], AfterValidator(normal_terms)] = Field(
        default=(),
        max_length=10_000,
        repr=False,
        description="Words that make a request highly sensitive: code names, customers, projects.",
    )


Measure = Literal["off", "flag", "strip", "refuse"]


class InjectionSettings(Section):
    """Attempts to take over the model: off does not look, flag says so in headers, receipts and
    metrics, strip also answers without tools and outside the cloud, refuse answers 403. See
    docs/injection.md."""

    user: Measure = Field(
        default="off",
        description="For what users write themselves: jailbreaks, prompt theft. Costs about 10 "
        "microseconds per 100 characters.",
    )
    documents: Measure = Field(
        default="flag",
        description="For orders in documents within a message: files, quotations, passages.",
    )
    tools: Measure = Field(default="flag", description="For orders in what tools return.")


class Weights(Section):
    """How much quality, price and time count; together 1."""

    quality: Number = Field(ge=0, le=1, description="Expected answer quality.")
    price: Number = Field(ge=0, le=1, description="Expected cost.")
    time: Number = Field(ge=0, le=1, description="Expected seconds to the whole answer.")


def _sums_to_one(weights: Weights) -> Weights:
    if abs(weights.quality + weights.price + weights.time - 1) > 1e-3:
        raise PydanticCustomError("weights_sum", "the three weights do not sum to 1")
    return weights


Weighting = Annotated[Weights, AfterValidator(_sums_to_one)]


class RoutingSettings(Section):
    """How one endpoint is preferred to another, after everything forbidden is gone."""

    weights_balanced: Weighting = Field(
        default=Weights(quality=0.5, price=0.3, time=0.2),
        description="For requests without hurry, the usual case.",
    )
    weights_fast: Weighting = Field(
        default=Weights(quality=0.5, price=0.15, time=0.35),
        description="For requests that need an answer soon, and for model = fast.",
    )
    weights_quality: Weighting = Field(
        default=Weights(quality=0.8, price=0.1, time=0.1),
        description="For hard requests whose answer matters more than its time.",
    )
    weights_cheap: Weighting = Field(
        default=Weights(quality=0.1, price=0.85, time=0.05), description="For model = cheap."
    )
    weights_best: Weighting = Field(
        default=Weights(quality=1.0, price=0.0, time=0.0), description="For model = best."
    )
    calibration: str | None = Field(
        default=None,
        min_length=1,
        description="File written by gilmok calibrate: how well each endpoint answered so far "
        "corrects what is expected of it.",
    )
    unknown_price: Literal["assume", "refuse"] = Field(
        default="assume",
        description="A cloud model that neither its endpoint nor the price list has a price for: "
        "assume reckons with the two prices below, marks every cost as estimated and warns at the "
        "start; refuse never asks it.",
    )
    assumed_price_input: Usd = Field(
        default=Decimal("10"),
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens of such a model. Dear on purpose: budgets hold, and "
        "models of known price are preferred.",
    )
    assumed_price_output: Usd = Field(
        default=Decimal("40"), ge=0, le=100_000, description="The same for answer tokens."
    )
    reference_price_input: Usd = Field(
        default=Decimal("2.5"),
        ge=0,
        le=100_000,
        description="USD per 1M prompt tokens of the model you would use without a gateway; "
        "reports show savings against it.",
    )
    reference_price_output: Usd = Field(
        default=Decimal("10"), ge=0, le=100_000, description="The same for answer tokens."
    )


class StrategySettings(Section):
    """Who analyses a request and who chooses its endpoint: built-in rules, or a model as well."""

    analyser: Literal["fast", "llm"] = Field(
        default="fast",
        description="fast is built in and takes microseconds. llm asks a model too: it may raise "
        "the label that fast gave, never lower it, and says how hard the request is.",
    )
    selector: Literal["objective", "llm"] = Field(
        default="objective",
        description="objective weighs quality, price and time ([routing]). llm lets a model choose "
        "among the permitted candidates.",
    )
    endpoint: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Id of the endpoint that is asked. Unset: the best one outside the cloud. The "
        "label holds for it as for any other, so a cloud endpoint is never asked about what must "
        "not go there.",
    )
    timeout_s: Number = Field(
        default=5.0,
        gt=0,
        le=120,
        description="Seconds for one question, at most a quarter of the time the request has "
        "left; then the built-in strategy decides.",
    )
    max_chars: Whole = Field(
        default=4000,
        ge=1,
        le=32_000,
        description="Characters of the conversation in one question: the latest texts that fit "
        "whole.",
    )
