// Ordering in words: the log of turns, the box to write in, one reply at a time.

import { api } from "./api.js";
import { byId, h } from "./dom.js";
import { Turn, farthest } from "./turn.js";
import { say, suggestions } from "./words.js";

const WHOLE = { local: "allLocal", private: "allPrivate", unknown: "someUnknown", cloud: "someCloud" };

export class Talk {
  #turns = [];
  #stopping = null;
  #on;

  /** `on.changed(order)` and `on.failed(error)` hear what a reply does. */
  constructor(on) {
    this.#on = on;
    byId("say").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("words").addEventListener("keydown", (event) => this.#key(event));
    byId("stop").addEventListener("click", () => this.stop());
  }

  get busy() {
    return this.#stopping !== null;
  }

  get isEmpty() {
    return this.#turns.length === 0;
  }

  /** The turns a reload or a new order begins with. */
  start(told) {
    this.stop();
    this.#turns = told.map(({ text, events }) => {
      const turn = new Turn(text);
      events.forEach((event) => turn.hear(event));
      turn.end(events.some((event) => event.type === "finished") ? null : "stopped");
      return turn;
    });
    this.draw();
  }

  /** Everything again, in the language of now. */
  draw() {
    const chips = suggestions().map((text) =>
      h("li", {}, h("button", { type: "button", onclick: () => this.say(text) }, text)),
    );
    byId("suggestions").replaceChildren(...chips);
    this.#turns.forEach((turn) => turn.draw());
    byId("turns").replaceChildren(...this.#turns.map((turn) => turn.element));
    this.#frame();
  }

  stop() {
    this.#stopping?.abort();
  }

  async say(text) {
    if (this.busy) return;
    const stopping = new AbortController();
    const turn = new Turn(text);
    this.#stopping = stopping;
    this.#turns.push(turn);
    byId("turns").append(turn.element);
    this.#frame();
    this.#scroll();
    const { note, sent } = await this.#listen(turn, stopping.signal);
    if (this.#stopping === stopping) this.#stopping = null;
    turn.end(note, sent);
    if (!this.#turns.includes(turn)) return; // A new order began meanwhile.
    this.#frame();
    this.#scroll();
    byId("spoken").textContent = turn.spoken;
  }

  /** How the reply ended, and whether anything may have been sent to a model. */
  async #listen(turn, signal) {
    let finished = false;
    try {
      for await (const event of api.talk(turn.text, signal)) {
        turn.hear(event);
        if (event.type === "changed") this.#on.changed(event.order);
        finished = event.type === "finished";
        this.#scroll();
      }
      return { note: finished ? null : "brokeOff", sent: true };
    } catch (error) {
      if (signal.aborted) return { note: "stopped", sent: true };
      this.#on.failed(error);
      return { note: error.refused ? "notTaken" : "brokeOff", sent: !error.refused };
    }
  }

  #submit() {
    const box = byId("words");
    const text = box.value.trim();
    if (!text || this.busy) return;
    box.value = "";
    this.say(text);
  }

  #key(event) {
    // A Hangul syllable being composed takes Enter for itself; Safari tells by the key code only.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !composing) {
      event.preventDefault();
      this.#submit();
    }
    if (event.key === "Escape" && this.busy) this.stop();
  }

  #frame() {
    byId("welcome").hidden = !this.isEmpty;
    byId("send").hidden = this.busy;
    byId("stop").hidden = !this.busy;
    byId("turns").setAttribute("aria-busy", this.busy);
    const zone = farthest(this.#turns.flatMap((turn) => turn.zones));
    byId("lamp").dataset.zone = zone;
    byId("lamp-text").textContent = say(WHOLE[zone]);
  }

  #scroll() {
    const log = byId("log");
    log.scrollTop = log.scrollHeight;
  }
}
