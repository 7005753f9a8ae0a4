// A file of reviews: chosen, sent, followed while the service reads it, and what it would not take.

import { api } from "./api.js";
import { byId, h } from "./dom.js";
import { whole } from "./numbers.js";
import { troubleOf } from "./panel.js";
import { say } from "./words.js";

const EXAMPLE = 'restaurant_id,text,rating,written_at\nmy-place,"국물이 진하고 친절해요",5,2026-03-02';
const SHOWN = 100;

/** `done()` is called when reviews have been added. */
export function uploads(done) {
  const dialog = byId("upload");

  function open() {
    const file = h("input", { type: "file", accept: ".csv,.jsonl,.ndjson,text/csv", id: "upload-file" });
    const outcome = h("div.stack", { id: "upload-outcome", "aria-live": "polite" });
    const start = h("button.go", {}, say("uploadStart"));
    const form = h("form", {}, h("label", {}, say("uploadFile"), file), outcome, start);
    form.className = "stack";
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!file.files.length) return outcome.replaceChildren(h("p.trouble", {}, say("uploadPick")));
      start.disabled = true;
      await send(file.files[0], outcome);
      start.disabled = false;
      return undefined;
    });
    dialog.replaceChildren(
      h(
        "div.bar",
        {},
        h("h2", { id: "upload-title" }, say("upload")),
        h("button", { type: "button", onclick: () => dialog.close() }, say("close")),
      ),
      h("p", {}, say("uploadHint")),
      h("pre", { tabindex: "0" }, EXAMPLE),
      form,
    );
    dialog.showModal();
    file.focus();
  }

  async function send(file, outcome) {
    const bar = h("progress", { max: 100, "aria-label": say("uploading") });
    const told = h("p.soft", {}, say("uploading"));
    outcome.replaceChildren(bar, told);
    try {
      for await (const progress of api.upload(file)) {
        if (progress.ended) {
          outcome.replaceChildren(...result(progress));
          done();
        } else {
          show(progress, bar, told);
        }
      }
    } catch (error) {
      outcome.replaceChildren(troubleOf(error, () => send(file, outcome)));
    }
  }

  return { open };
}

/** First the lines are read, then each review is made findable. */
function show({ percent, records, indexed }, bar, told) {
  if (percent !== undefined) bar.value = percent;
  told.textContent = indexed
    ? say("uploadIndexing", { n: whole(indexed) })
    : say("uploadLines", { done: whole(records ?? 0) });
}

function result({ added, changed, unchanged, duplicates, bad, bad_lines: lines }) {
  const counts = { added, changed, known: unchanged + duplicates, bad };
  const words = Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, whole(n)]));
  const summary = h("p", { role: "status" }, h("strong", {}, say("uploadDone", words)));
  if (!lines.length) return [summary];
  const row = ({ line, message }) => h("tr", {}, h("td.number", {}, whole(line)), h("td", {}, message));
  const titles = ["badLine", "badReason"].map((key, at) =>
    h(at ? "th" : "th.number", { scope: "col" }, say(key)),
  );
  const shown = lines.slice(0, SHOWN);
  const table = h(
    "table",
    {},
    h("caption", {}, say("badLines")),
    h("thead", {}, h("tr", {}, titles)),
    h("tbody", {}, shown.map(row)),
  );
  const rest = bad - shown.length;
  return [
    summary,
    h("div.scroll", { tabindex: "0", role: "group", "aria-label": say("badLines") }, table),
    ...(rest > 0 ? [h("p.soft", {}, say("badMore", { n: whole(rest) }))] : []),
  ];
}
