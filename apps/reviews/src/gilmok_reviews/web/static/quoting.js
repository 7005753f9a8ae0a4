// Customers' own words, as they wrote them: quotes, whole reviews, and the sentences that were judged.

import { byId, h } from "./dom.js";
import { day, oneDigit, percent } from "./numbers.js";
import { troubleOf, waitingFor } from "./panel.js";
import { aspectName, moodName, say } from "./words.js";

/** The language a text was written in, for those who have it read aloud. */
export const languageOf = (text) => (/[ㄱ-ㅎ가-힣]/.test(text) ? "ko" : "en");

const SIGNS = { positive: "+", neutral: "=", negative: "−" };

export const mood = (polarity, subject = "") =>
  h(
    `span.mood.${polarity}`,
    {},
    h("span", { "aria-hidden": "true" }, SIGNS[polarity]),
    subject ? `${subject} ${moodName(polarity)}` : moodName(polarity),
  );

export function stars(rating) {
  if (rating === null || rating === undefined) return null;
  const full = Math.round(rating);
  return h(
    "span.stars",
    { role: "img", "aria-label": say("starsOf", { n: Number.isInteger(rating) ? rating : oneDigit(rating) }) },
    h("span.on", {}, "★".repeat(full)),
    h("span.off", {}, "★".repeat(5 - full)),
  );
}

/** A sentence of somebody, with a button that opens the whole review. */
export const quote = (said) =>
  h(
    `blockquote.${said.polarity}`,
    {},
    h("span", { lang: languageOf(said.text) }, said.text),
    " ",
    h(
      "button.quiet",
      { type: "button", "data-review": said.review_id, "aria-label": `${say("read")}: ${said.text}` },
      say("read"),
    ),
  );

export const quotes = (said) => h("div.quotes", {}, said.map(quote));

/** The review's text with its judged sentences marked. Offsets count characters, not UTF-16 units. */
export function marked(review) {
  const letters = Array.from(review.text);
  const parts = [];
  let at = 0;
  for (const { start, end, polarities } of sentences(review.judgement?.opinions ?? [])) {
    if (start < at) continue;
    parts.push(letters.slice(at, start).join(""));
    const kind = polarities.size === 1 ? [...polarities][0] : "neutral";
    parts.push(h(`mark.${kind}`, {}, letters.slice(start, end).join("")));
    at = end;
  }
  return [...parts, letters.slice(at).join("")];
}

/** One entry for each sentence, though it may speak of several things. */
function sentences(opinions) {
  const bySpan = new Map();
  for (const { start, end, polarity } of opinions) {
    const span = `${start}:${end}`;
    if (!bySpan.has(span)) bySpan.set(span, { start, end, polarities: new Set() });
    bySpan.get(span).polarities.add(polarity);
  }
  return [...bySpan.values()].sort((one, other) => one.start - other.start);
}

/** Date, stars, and what was made of it. */
export function about(review) {
  const { judgement } = review;
  return [
    h("time", { datetime: review.written_at }, day(review.written_at)),
    stars(review.rating),
    judgement ? mood(judgement.polarity) : null,
    (judgement?.opinions ?? []).map((one) => mood(one.polarity, aspectName(one.aspect))),
  ];
}

/** Shows one review whole. `find`: asks for it. */
export async function openReview(find) {
  const dialog = byId("review");
  const body = h("div.stack", {}, waitingFor("reading"));
  dialog.replaceChildren(
    h(
      "div.bar",
      {},
      h("h2", { id: "review-title" }, say("review")),
      h("button", { type: "button", autofocus: true, onclick: () => dialog.close() }, say("close")),
    ),
    body,
  );
  dialog.showModal();
  try {
    body.replaceChildren(...whole(await find()));
  } catch (error) {
    body.replaceChildren(troubleOf(error, () => openReview(find)));
  }
}

function whole(review) {
  const { judgement } = review;
  const sure = judgement ? say("sureness", { value: percent(judgement.confidence) }) : "";
  return [
    h("p.about", {}, about(review)),
    h("p.text", { lang: languageOf(review.text) }, marked(review)),
    h("p.soft", {}, h("small", {}, sure)),
  ];
}
