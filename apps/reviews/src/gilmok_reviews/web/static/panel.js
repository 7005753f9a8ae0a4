// A part of the page that waits for an answer: says that it waits, shows it, or says what went wrong
// and what to do. An answer that comes after another was asked for is dropped.

import { byId, h } from "./dom.js";
import { noteText, say } from "./words.js";

export function panel(id) {
  const section = byId(id);
  const body = section.querySelector(".body");
  let turn = 0;

  /** Asks, and puts what `draw` makes of the answer into the panel. */
  async function show(load, draw, waiting) {
    const mine = ++turn;
    section.setAttribute("aria-busy", "true");
    body.replaceChildren(waitingFor(waiting));
    try {
      const found = await load();
      if (mine === turn) put(draw(found));
    } catch (error) {
      if (mine === turn) put(troubleOf(error, () => show(load, draw, waiting)));
    } finally {
      if (mine === turn) section.removeAttribute("aria-busy");
    }
  }

  /** Puts these nodes there at once; an answer under way is dropped. */
  function set(...nodes) {
    turn += 1;
    section.removeAttribute("aria-busy");
    put(nodes);
  }

  const put = (nodes) => body.replaceChildren(...[nodes].flat().filter((node) => node));
  return { show, set };
}

export const waitingFor = (key) => h("p.waiting", {}, say(key));

/** What went wrong, in words that can be shown, with a button to try once more. */
export function troubleOf(error, retry) {
  const button = h("button", { type: "button", onclick: () => retry() }, say("again"));
  return h("div.trouble", { role: "alert" }, h("p", {}, error.message), button);
}

/** What a reader should know of a result. */
export const notesOf = (notes) =>
  notes.length ? h("ul.notes", {}, notes.map((note) => h("li.note", {}, noteText(note)))) : null;
