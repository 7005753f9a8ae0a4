// The reviews themselves, newest first, narrowed by mood, topic, month and words.

import { byId, h } from "./dom.js";
import { monthName, whole } from "./numbers.js";
import { about, languageOf, marked } from "./quoting.js";
import { ASPECT_NAMES, MOOD_NAMES, aspectName, moodName, say } from "./words.js";

const PAGE = 20;
const FILTERS = { mood: "filter-mood", aspect: "filter-aspect", month: "filter-month", text: "filter-text" };

/** `like(text)` is called where reviews similar to one are wanted. `list`: the panel. */
export function reviewList(list, like) {
  let all = [];
  let total = 0;
  let shown = PAGE;

  function draw() {
    const matching = all.filter(matches);
    const part = matching.slice(0, shown);
    list.set(
      h("p.soft", { role: "status" }, say("shown", { n: whole(matching.length), of: whole(all.length) })),
      total > all.length ? h("p.soft", {}, h("small", {}, newestOnly())) : null,
      matching.length ? h("ol.reviews", {}, part.map(entry)) : h("p", {}, say("noneMatch")),
      part.length < matching.length ? h("button", { type: "button", onclick: more }, say("showMore")) : null,
    );
  }

  const newestOnly = () => say("newestOnly", { n: whole(all.length), of: whole(total) });

  /** Twenty more, and the keyboard goes on where they begin. */
  function more() {
    const before = shown;
    shown += PAGE;
    draw();
    byId("reviews").querySelectorAll(".reviews > li")[before]?.querySelector("button").focus();
  }

  const entry = (review) =>
    h(
      "li",
      {},
      h("p.text", { lang: languageOf(review.text) }, marked(review)),
      h(
        "p.about",
        {},
        about(review),
        h("button", { type: "button", onclick: () => like(review.text) }, say("findLike")),
      ),
    );

  function narrowed() {
    shown = PAGE;
    draw();
  }

  for (const id of Object.values(FILTERS)) byId(id).addEventListener("input", narrowed);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());

  return {
    /** These are the reviews now, the newest of `of`; nothing is filtered. */
    open(reviews, of) {
      all = reviews;
      total = of;
      shown = PAGE;
      byId("filter-text").value = "";
      choices(reviews);
      draw();
    },
    /** The same, in the language there is now. */
    again() {
      choices(all, chosen());
      draw();
    },
    /** As the list has it, with what was judged of it; nothing where it is not in the list. */
    find: (id) => all.find((review) => review.id === id),
    /** Shows one month's reviews, and goes there. */
    openMonth(month) {
      byId("filter-month").value = month;
      byId("reviews").focus();
      narrowed();
    },
  };
}

const monthOf = (review) => review.written_at.slice(0, 7);

const chosen = () =>
  Object.fromEntries(Object.entries(FILTERS).map(([name, id]) => [name, byId(id).value]));

function matches(review) {
  const { mood, aspect, month, text } = chosen();
  const { judgement } = review;
  const opinions = (judgement?.opinions ?? []).filter((one) => !aspect || one.aspect === aspect);
  if (aspect && !opinions.length) return false;
  // With a topic chosen the mood is of what is said about that topic.
  if (mood && aspect && !opinions.some((one) => one.polarity === mood)) return false;
  if (mood && !aspect && judgement?.polarity !== mood) return false;
  if (month && monthOf(review) !== month) return false;
  return !text || review.text.toLowerCase().includes(text.trim().toLowerCase());
}

/** Fills the selects. `kept`: what was chosen in them. */
function choices(reviews, kept = {}) {
  const months = [...new Set(reviews.map(monthOf))].sort().reverse();
  fill("filter-mood", MOOD_NAMES.map((mood) => [mood, moodName(mood)]), kept.mood);
  fill("filter-aspect", ASPECT_NAMES.map((aspect) => [aspect, aspectName(aspect)]), kept.aspect);
  fill("filter-month", months.map((month) => [month, monthName(month)]), kept.month);
}

function fill(id, options, kept = "") {
  const all = h("option", { value: "" }, say("all"));
  byId(id).replaceChildren(all, ...options.map(([value, text]) => h("option", { value }, text)));
  byId(id).value = kept;
}
