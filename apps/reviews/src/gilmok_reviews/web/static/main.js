// The page as a whole: which restaurant is open, in which language, and what each panel shows of it.

import { api, keepKey } from "./api.js";
import { byId, h } from "./dom.js";
import { aspects, glance, nameIn, strengths, summary } from "./findings.js";
import { whole } from "./numbers.js";
import { panel, troubleOf, waitingFor } from "./panel.js";
import { openReview } from "./quoting.js";
import { reviewList } from "./reviews.js";
import { similarReviews } from "./similar.js";
import { card, spokenSummary } from "./studio.js";
import { trend } from "./trend.js";
import { uploads } from "./upload.js";
import { locale, say, sayAll, speak } from "./words.js";

const panels = Object.fromEntries(
  ["head", "trend", "summary", "aspects", "strengths", "reviews"].map((id) => [id, panel(id)]),
);
let places = [];
let open = null;
/** Answers by what was asked, so that a change of language asks only for what has words in it. */
let answers = new Map();

const list = reviewList(panels.reviews, (text) => similar.like(text));
const similar = similarReviews({
  nameOf: (id) => places.find((place) => place.id === id)?.name ?? id,
  known: (review) => (review.restaurant_id === open.id ? list.find(review.id) : undefined),
});
const upload = uploads(() => {
  answers = new Map();
  return start();
});

function once(key, ask) {
  if (!answers.has(key)) {
    const answer = ask();
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
  }
  return answers.get(key);
}

const ofPlace = (what, place, ask) => once(`${what} ${place.id}`, ask);
const inWords = (what, place, ask) => once(`${what} ${place.id} ${locale()}`, ask);

const sentimentOf = (place) => ofPlace("sentiment", place, () => api.sentiment(place.id));
const summaryOf = (place) => inWords("summary", place, () => api.summary(place.id));
const strengthsOf = (place) => inWords("strengths", place, () => api.strengths(place.id));
const reviewsOf = (place) => ofPlace("reviews", place, () => api.reviews(place.id));

/** One review by its id: a citation may name one that is older than the list goes. */
async function reviewOf(place, id) {
  const found = (await reviewsOf(place)).find((review) => review.id === id);
  return found ?? api.review(place.id, id);
}

/** Everything about one restaurant. `fresh`: not only the language has changed. */
function openPlace(place, { fresh }) {
  open = place;
  byId("place").value = place.id;
  const address = new URL(location.href);
  address.searchParams.set("restaurant", place.id);
  history.replaceState(null, "", address);
  document.title = say("titleOf", { name: place.name });
  nameIn("head-title", place);
  panels.head.show(() => sentimentOf(place), (found) => glance(place, found), "judging");
  panels.trend.show(() => sentimentOf(place), drawTrend, "judging");
  panels.aspects.show(() => sentimentOf(place), aspects, "judging");
  panels.summary.show(
    () => summaryOf(place),
    (found) => [summary(found), spokenSummary(place, found)].flat(),
    "writing",
  );
  panels.strengths.show(
    () => strengthsOf(place),
    (found) => [strengths(found), card(place, found)].flat(),
    "comparing",
  );
  showReviews(place, fresh);
}

const drawTrend = ({ months, notes }) =>
  months.length ? trend(months, list.openMonth) : h("p.soft", {}, say("noPlaces"));

async function showReviews(place, fresh) {
  if (fresh) similar.open(place);
  else similar.again();
  if (fresh) panels.reviews.set(waitingFor("reading"));
  try {
    const reviews = await reviewsOf(place);
    if (open !== place) return;
    if (fresh) list.open(reviews, place.reviews);
    else list.again();
  } catch (error) {
    if (open === place) panels.reviews.set(troubleOf(error, () => showReviews(place, fresh)));
  }
}

/** The list of restaurants, and the one that the address names, or the first. */
async function start() {
  gate(waitingFor("reading"));
  try {
    places = await api.restaurants();
  } catch (error) {
    return error.status === 401 ? gate(...keyForm()) : gate(troubleOf(error, start));
  }
  if (!places.length) return gate(...nothingYet());
  byId("gate").replaceChildren();
  byId("gate").hidden = true;
  byId("sheet").hidden = false;
  byId("pick").hidden = false;
  fillPlaces();
  const asked = open?.id ?? new URLSearchParams(location.search).get("restaurant");
  return openPlace(places.find((place) => place.id === asked) ?? places[0], { fresh: true });
}

function fillPlaces() {
  const option = (place) =>
    h("option", { value: place.id }, say("placeOption", { name: place.name, n: whole(place.reviews) }));
  byId("place").replaceChildren(...places.map(option));
  if (open) byId("place").value = open.id;
}

/** What stands where the analysis would: why there is none, and what to do. */
function gate(...nodes) {
  byId("sheet").hidden = true;
  byId("pick").hidden = true;
  byId("gate").hidden = false;
  byId("gate").replaceChildren(...nodes);
}

const nothingYet = () => [
  h("h2", {}, say("noPlaces")),
  h("p", {}, say("noPlacesHint")),
  h("pre", {}, "gilmok-reviews serve --sample"),
  h("button.go", { type: "button", onclick: upload.open }, say("upload")),
];

function keyForm() {
  const field = h("input", { type: "password", id: "key", autocomplete: "off", required: true });
  const form = h(
    "form",
    {},
    h("label", { for: "key" }, say("key")),
    " ",
    field,
    " ",
    h("button.go", {}, say("enter")),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keepKey(field.value);
    start();
  });
  return [h("h2", {}, say("needKey")), h("p", {}, say("needKeyHint")), form];
}

function draw() {
  document.documentElement.lang = locale();
  sayAll();
  for (const button of document.querySelectorAll("[data-locale]")) {
    button.setAttribute("aria-pressed", String(button.dataset.locale === locale()));
  }
}

async function changeLanguage(chosen) {
  if (chosen === locale()) return;
  speak(chosen);
  draw();
  if (!open) return start();
  fillPlaces();
  return openPlace(open, { fresh: false });
}

for (const button of document.querySelectorAll("[data-locale]")) {
  button.addEventListener("click", () => changeLanguage(button.dataset.locale));
}
byId("place").addEventListener("change", (event) => {
  openPlace(places.find((place) => place.id === event.target.value), { fresh: true });
});
byId("open-upload").addEventListener("click", upload.open);
document.addEventListener("click", (event) => {
  const id = event.target.closest?.("[data-review]")?.dataset.review;
  const place = open;
  if (id) openReview(() => reviewOf(place, id));
});

draw();
await start();
document.documentElement.dataset.ready = "";
