// The order as the server has it: lines with their steppers, the sum, and the receipt at the end.

import { byId, h } from "./dom.js";
import { named, say, won } from "./words.js";

/**
 * Draws the order. `act` holds what its buttons do: `count(at, quantity)`, `edit(at)`, `remove(at)`.
 * Redrawing keeps the keyboard where it was, or moves it to what took the place of its line.
 */
export function drawOrder(order, act) {
  const focused = document.activeElement?.dataset?.key;
  const open = order.status === "open";
  const lines = order.status === "cancelled" ? [] : order.lines;
  byId("lines").replaceChildren(...lines.map((line, at) => row(line, at, open, act)));
  byId("nothing").hidden = lines.length > 0;
  write("total", won(order.total));
  write("cups", lines.length ? say("cups", { n: order.count }) : "");
  write("dock-total", lines.length ? won(order.total) : "");
  write("confirm", say(order.status === "confirmed" ? "showReceipt" : "confirm"));
  write("restart", say(order.status === "confirmed" ? "newOrder" : "startOver"));
  byId("confirm").disabled = lines.length === 0;
  byId("order").dataset.status = order.status;
  if (focused) keepFocus(focused, lines.length);
}

function row(line, at, open, act) {
  const name = named(line.text);
  const button = (key, label, does, ...content) =>
    h("button", { type: "button", "data-key": `${at}:${key}`, "aria-label": label, onclick: does }, ...content);
  const controls = h(
    "div.controls",
    {},
    h(
      "div.stepper",
      { role: "group", "aria-label": say("quantity") },
      button("fewer", say("fewer", { name }), () => (line.quantity > 1 ? act.count(at, line.quantity - 1) : act.remove(at)), "−"),
      h("output", { "aria-live": "off" }, line.quantity),
      button("more", say("more", { name }), () => act.count(at, line.quantity + 1), "+"),
    ),
    button("edit", say("changeOf", { name }), () => act.edit(at), say("change")),
    button("remove", say("removeOf", { name }), () => act.remove(at), say("remove")),
  );
  const { title, detail } = split(name);
  return h(
    "li.line",
    {},
    h("p.what", {}, title, detail ? h("small", {}, detail) : null),
    h("p.amount", {}, won(line.amount), h("small", {}, open ? say("each", { price: won(line.each) }) : `${won(line.each)} × ${line.quantity}`)),
    open ? controls : null,
  );
}

/** `카페라떼 (라지, 두유)` as a title and its details. */
export function split(name) {
  const found = /^(.*?) ?\((.*)\)$/.exec(name);
  return found ? { title: found[1], detail: found[2] } : { title: name, detail: "" };
}

function write(id, text) {
  // A live region that is rewritten with the same words would be read out again.
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

function keepFocus(key, count) {
  const [at, name] = key.split(":");
  const near = Math.min(Number(at), count - 1);
  const target = document.querySelector(`[data-key="${near}:${name}"]`) ?? byId("order");
  target.focus({ preventScroll: true });
}

/** Shows the receipt; `again()` starts a new order. */
export function showReceipt(receipt, again) {
  const dialog = byId("receipt");
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const rows = receipt.rows.map((row) => {
    const { title, detail } = split(row.text);
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, title, detail ? h("small", {}, detail) : null),
      h("td", {}, `${won(row.each)} × ${row.quantity}`),
      h("td", {}, won(row.amount)),
    );
  });
  dialog.replaceChildren(
    h("p.shop", {}, receipt.title),
    h("h2", { id: "receipt-title" }, say("receipt")),
    h("p.when", {}, when.format(new Date())),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...["item", "eachTimes", "amount"].map((key) => h("th", { scope: "col" }, say(key))))),
      h("tbody", {}, ...rows),
      h("tfoot", {}, h("tr", {}, h("th", { scope: "row", colspan: "2" }, say("total")), h("td", {}, won(receipt.total)))),
    ),
    h("p.thanks", {}, say("receiptThanks")),
    h("footer", {}, h("button", { type: "button", onclick: () => dialog.close() }, say("close")), h("button.go", { type: "button", autofocus: true, onclick: again }, say("newOrder"))),
  );
  if (!dialog.open) dialog.showModal();
}
