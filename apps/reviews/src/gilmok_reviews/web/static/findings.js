// What the analyses found: the place at a glance, its aspects, its summary, its strengths.

import { diverging, single } from "./bars.js";
import { byId, h } from "./dom.js";
import { interval, oneDigit, percent, whole } from "./numbers.js";
import { notesOf } from "./panel.js";
import { languageOf, quotes } from "./quoting.js";
import { aspectName, say } from "./words.js";

/** How it stands: the number of reviews, and the shares with their intervals. */
export function glance(place, sentiment) {
  const { moods } = sentiment;
  const figure = (kind, term, value, small) =>
    h(`div.${kind}`, {}, h("dt", {}, say(term)), h("dd", {}, value, small ? [" ", h("small", {}, small)] : null));
  const share = (kind, term, { rate }) => figure(kind, term, percent(rate.value), interval(rate));
  return [
    h(
      "dl.figures",
      {},
      figure("all", "reviewsCount", whole(sentiment.reviews)),
      moods ? share("good", "happy", moods.positive) : null,
      moods ? share("bad", "unhappy", moods.negative) : null,
      place.mean_rating ? figure("all", "averageStars", oneDigit(place.mean_rating)) : null,
    ),
    moods ? h("p.soft", {}, h("small", {}, say("intervalHint"))) : null,
    sentiment.unsure ? h("p.soft", {}, h("small", {}, doubt(sentiment))) : null,
    notesOf(sentiment.notes.filter(notOfModels)),
  ];
}

/** What a model could not do is said once, where its words would stand: with the summary. */
const notOfModels = (note) => !note.startsWith("model_");

const doubt = ({ unsure, judged_by_model: judged }) =>
  judged
    ? say("unsureButJudged", { n: whole(unsure), judged: whole(judged) })
    : say("unsure", { n: whole(unsure) });

/** The place's name, as its heading. */
export function nameIn(heading, place) {
  byId(heading).replaceChildren(place.name, ...(place.category ? [h("small", {}, place.category)] : []));
}

export function aspects({ aspects: found }) {
  if (!found.length) return h("p.soft", {}, say("noAspects"));
  return [h("p.soft", {}, h("small", {}, say("aspectsHint"))), h("div", {}, found.map(aspect))];
}

function aspect(one) {
  const [less, more] = [one.moods.negative.rate, one.moods.positive.rate];
  const told = (key, rate) => say(key, { value: percent(rate.value), interval: interval(rate) });
  return h(
    "details.aspect",
    { "data-aspect": one.aspect },
    h(
      "summary",
      {},
      h("span.name", {}, aspectName(one.aspect)),
      h("span.n", {}, say("mentions", { n: whole(one.mentions) })),
      diverging(less, more),
      h("span.less", {}, told("lessShare", less)),
      h("span.more", {}, told("moreShare", more)),
    ),
    quotes(one.quotes),
  );
}

export function summary(found) {
  if (!found.sentences.length) return [h("p.soft", {}, say("noSummary")), notesOf(found.notes)];
  const number = new Map();
  const numberOf = (id) => number.get(id) ?? number.set(id, number.size + 1).get(id);
  const sentence = (one) =>
    h("li", { lang: languageOf(one.text) }, one.text, one.review_ids.map((id) => cite(id, numberOf(id), one)));
  return [
    h("ul.sentences", {}, found.sentences.map(sentence)),
    h("p.soft", {}, h("small", {}, byWhom(found))),
    notesOf(found.notes),
  ];
}

function cite(id, n, sentence) {
  const said = sentence.quotes.find((one) => one.review_id === id)?.text ?? "";
  const label = say("citation", { n, text: said });
  return h("button.cite", { type: "button", "data-review": id, "aria-label": label, title: said }, n);
}

function byWhom(found) {
  const counts = { n: whole(found.context.reviews), of: whole(found.context.of) };
  if (found.by !== "model") return say("summaryByExtract", counts);
  return say("summaryByModel", { ...counts, model: found.usage.model, dropped: whole(found.dropped) });
}

export function strengths(found) {
  const names = found.comparison.map((place) => place.name).join(", ");
  const against = { names, n: whole(found.compared_reviews) };
  return [
    found.comparison.length ? h("p.soft", {}, h("small", {}, say("strengthsFrom", against))) : null,
    found.strengths.length
      ? h("ol.strengths", {}, found.strengths.map(strength))
      : h("p.soft", {}, say("noStrengths")),
    notesOf(found.notes.filter(notOfModels)),
  ];
}

function strength(one) {
  const rate = (who, kind, { rate: share }) => [
    h("span", {}, say(who)),
    single(share, kind),
    h("span.value", {}, `${percent(share.value)} `, h("small.soft", {}, interval(share))),
  ];
  return h(
    "li",
    {},
    h("h3", { lang: languageOf(one.claim) }, one.claim),
    h("div.rates", {}, rate("here", "positive", one.here), rate("there", "there", one.there)),
    quotes(one.quotes),
  );
}
