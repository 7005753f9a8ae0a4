// One turn of the conversation: what the guest said, what came back, and who did it where.

import { h } from "./dom.js";
import { say } from "./words.js";

/** From near to far. Nobody may be told that something stayed here when that is not known. */
const ZONES = ["local", "private", "unknown", "cloud"];
const LAMPS = { local: "lampLocal", private: "lampPrivate", unknown: "lampUnknown", cloud: "lampCloud" };

/** Troubles that are found before anything is sent beyond this machine or the private network. */
const NOT_SENT = ["gateway_unreachable", "label_refused", "local_unavailable", "invalid_api_key"];

/** The farthest that anything went. */
export function farthest(zones) {
  const ranks = zones.map((zone) => ZONES.indexOf(ZONES.includes(zone) ? zone : "unknown"));
  return ZONES[Math.max(0, ...ranks)];
}

export class Turn {
  #said = h("p.said");
  #text = document.createTextNode("");
  #reply;
  #note = null;
  #over = false;
  #sent = true;
  #events = [];

  constructor(text) {
    this.text = text;
    this.#said.append(this.#text);
    this.#reply = h("div.reply");
    this.element = h("li.turn");
    this.draw();
  }

  /** Everything again, in the language of now. What was said stays as it was said. */
  draw() {
    this.element.replaceChildren(
      h("p.mine", {}, h("span.unseen", {}, `${say("you")}: `), this.text),
      this.#reply,
    );
    this.#reply.replaceChildren(h("span.unseen", {}, `${say("kiosk")}: `), this.#said, ...this.#notes());
    if (this.#over) this.#reply.append(...this.#account());
    else if (!this.#text.data) this.#said.dataset.wait = say("thinking");
  }

  hear(event) {
    this.#events.push(event);
    if (event.type === "said") {
      this.#text.appendData(event.text);
      delete this.#said.dataset.wait;
    }
    if (event.type === "trouble") this.draw();
  }

  /** The reply is over; `note` is the word for how, where it did not simply finish. Where the kiosk
      did not even take the message, nothing was `sent`. */
  end(note = null, sent = true) {
    this.#note = note;
    this.#sent = sent;
    this.#over = true;
    delete this.#said.dataset.wait;
    this.draw();
  }

  /** Where this turn went. A model that spoke without saying where leaves it unknown, and so does
      a call that got no answer; one that was answered in part says where right behind its trouble. */
  get zones() {
    const lost = this.#events.some(
      ({ type, code }, at) =>
        type === "trouble" && !NOT_SENT.includes(code) && this.#events[at + 1]?.type !== "served",
    );
    const served = this.#served().map((event) => event.zone);
    if (served.length) return lost ? [...served, "unknown"] : served;
    const unsaid = lost || this.#events.some(({ type, by }) => type === "said" && by === "model");
    return this.#sent && (unsaid || this.#note) ? ["unknown"] : ["local"];
  }

  /** What a screen reader is told once, when the reply is whole. */
  get spoken() {
    const lamp = this.#text.data ? say(LAMPS[farthest(this.zones)]) : "";
    return [this.#text.data, ...this.#notes().map((note) => note.textContent), lamp].join(" ").trim();
  }

  #notes() {
    const troubles = this.#events.filter((event) => event.type === "trouble");
    const notes = troubles.map((event) => h("p.trouble", {}, event.message));
    if (this.#note) notes.push(h("p.note", {}, say(this.#note)));
    return notes;
  }

  #served() {
    return this.#events.filter((event) => event.type === "served");
  }

  /** Under the reply: one line for each call of the gateway, or one that says there was none. */
  #account() {
    const served = this.#served();
    if (served.length) return served.map((event) => this.#line(event.zone, this.#facts(event), proof(event)));
    if (!this.#text.data) return [];
    const [zone] = this.zones;
    return [this.#line(zone, [this.#who()], [h("p", {}, say(zone === "local" ? "noModelAsked" : "nobodySaid"))])];
  }

  #line(zone, facts, proof) {
    const near = farthest([zone]);
    const lamp = h("span.lamp", { "data-zone": near }, h("span.bulb", { "aria-hidden": "true" }), say(LAMPS[near]));
    const rest = facts.map((fact) => h("span.fact", {}, fact));
    return h("details.account", {}, h("summary", {}, lamp, ...rest, h("span.unseen", {}, say("details"))), ...proof);
  }

  #facts(event) {
    const level = ["low", "medium", "high"].includes(event.sensitivity) ? say(event.sensitivity) : event.sensitivity;
    return [this.#who(), event.endpoint, say("sensitivity", { level }), time(event.latency_ms), cost(event.cost_usd)];
  }

  /** Who understood and who spoke: the kiosk's own rules, a model, or both. */
  #who() {
    const by = (type) => new Set(this.#events.filter((event) => event.type === type).map((event) => event.by));
    const [understood, spoke] = [by("changed"), by("said")];
    const anyModel = understood.has("model") || spoke.has("model");
    if (!anyModel) return say(this.#served().length ? "askedButRules" : "doneByRules");
    const answered = say(!spoke.has("model") ? "saidByRules" : spoke.has("rules") ? "saidByBoth" : "saidByModel");
    if (understood.size === 0) return answered;
    return `${say(understood.has("model") ? "byModel" : "byRules")}, ${answered}`;
  }
}

function proof(event) {
  const tokens = event.tokens === null ? null : h("p", {}, say("tokens", { n: event.tokens }));
  return [tokens, h("p", {}, say("explainHint"), " ", h("code", {}, `gilmok explain ${event.decision_id}`))];
}

const time = (ms) => (ms < 1000 ? say("milliseconds", { ms }) : say("seconds", { s: (ms / 1000).toFixed(1) }));

/** Dollars to the first two figures that say something: a thousandth of a cent is not nothing. */
function cost(usd) {
  if (usd === null) return say("costUnknown");
  if (usd === 0) return say("costFree");
  return `$${usd < 0.01 ? Number(usd.toPrecision(2)).toFixed(Math.min(9, 1 - Math.floor(Math.log10(usd)))) : usd.toFixed(2)}`;
}
