// Reviews of near meaning, found by the vectors of the store.

import { api } from "./api.js";
import { byId, h } from "./dom.js";
import { panel } from "./panel.js";
import { about, languageOf, marked } from "./quoting.js";
import { say } from "./words.js";

const LIMIT = 8;

/** The search box. `nameOf(id)`: the name of a restaurant; `known(review)`: the same, judged. */
export function similarReviews({ nameOf, known }) {
  const found = panel("similar");
  let place = null;

  function search() {
    const text = byId("ask-text").value.trim();
    if (!text || !place) return hint();
    const everywhere = byId("ask-everywhere").checked;
    const asked = { text, restaurant_id: everywhere ? null : place.id, limit: LIMIT };
    return found.show(() => api.similar(asked), draw, "looking");
  }

  const hint = () => found.set(h("p.soft", {}, h("small", {}, say("askHint"))));

  function draw(results) {
    if (!results.length) return h("p.soft", {}, say("nothingSimilar"));
    return h("ol.similar", {}, results.map(result));
  }

  function result(found) {
    const review = { ...found, judgement: known(found)?.judgement };
    const elsewhere = review.restaurant_id === place.id ? null : nameOf(review.restaurant_id);
    return h(
      "li",
      {},
      h("p.text", { lang: languageOf(review.text) }, marked(review)),
      h(
        "p.about",
        {},
        elsewhere ? h("strong", {}, elsewhere) : null,
        about(review),
        h("span", {}, say("nearness", { score: review.score.toFixed(2) })),
      ),
    );
  }

  byId("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });

  return {
    /** From now on searches are about this restaurant; the last one is forgotten. */
    open(chosen) {
      place = chosen;
      byId("ask-text").value = "";
      hint();
    },
    /** The same search once more: the language has changed. */
    again: () => search(),
    /** Searches for reviews like this text, and goes there. */
    like(text) {
      byId("ask-text").value = Array.from(text).slice(0, 500).join("");
      byId("similar").focus();
      search();
    },
  };
}
