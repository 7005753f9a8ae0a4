// What is made from the findings through the gateway: a summary to listen to and a card to show.
// Whatever the gateway made itself, because no provider did, is marked as such.

import { api } from "./api.js";
import { byId, h } from "./dom.js";
import { troubleOf, waitingFor } from "./panel.js";
import { fallbackReason, locale, say } from "./words.js";

/** A button that makes something, and the place where that, or what went wrong, appears. */
function maker(words, make) {
  const place = h("div.made");
  const button = h("button", { type: "button", onclick: start }, say(words.button));
  async function start() {
    button.disabled = true;
    place.replaceChildren(waitingFor(words.waiting));
    try {
      place.replaceChildren(...(await make()));
      byId("spoken").textContent = say(words.ready);
    } catch (error) {
      place.replaceChildren(troubleOf(error, start));
    } finally {
      button.disabled = false;
    }
  }
  return h("div.maker", {}, button, place);
}

function tag(made, key) {
  if (!made.fallback) return null;
  const why = fallbackReason(made.fallback);
  return h("p.tag", { "data-fallback": made.fallback }, why ? `${say(key)} · ${why}` : say(key));
}

/** What the routes take at most, in characters. */
const LONGEST = { text: 4000, claim: 500 };

const cut = (text, longest) => Array.from(text).slice(0, longest).join("");

const kept = (nodes) => nodes.filter((node) => node !== null);

/** The summary's sentences, read aloud. */
export function spokenSummary(place, found) {
  if (!found.sentences.length) return null;
  const opening = say("spokenOpening", { name: place.name, n: found.context.of });
  const said = [opening, ...found.sentences.map((sentence) => sentence.text)].join("\n");
  const text = cut(said, LONGEST.text);
  return maker({ button: "listen", waiting: "speaking", ready: "voiceReady" }, async () => {
    const made = await api.speech({ text, locale: locale() });
    const label = say("spokenSummary");
    return kept([
      h("audio", { controls: true, src: made.url, "aria-label": label }),
      tag(made, "localVoice"),
    ]);
  });
}

/** A picture with the place's name and what it is best at. */
export function card(place, found) {
  const best = found.strengths[0];
  if (!best) return null;
  return maker({ button: "drawCard", waiting: "drawing", ready: "cardReady" }, async () => {
    const asked = { name: place.name, claim: cut(best.claim, LONGEST.claim), locale: locale() };
    const made = await api.card(asked);
    const alt = say("cardAlt", { name: place.name, claim: best.claim });
    const save = { class: "button", href: made.url, download: `${place.id}.png` };
    return kept([h("img", { src: made.url, alt }), tag(made, "localCard"), h("a", save, say("saveCard"))]);
  });
}
