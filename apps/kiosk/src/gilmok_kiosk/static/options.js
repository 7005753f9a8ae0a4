// The dialog where one item's options are chosen: for a new line, or for one already ordered.

import { cup } from "./cup.js";
import { byId, h } from "./dom.js";
import { allergen, named, say, won } from "./words.js";

const MOST = 50;

/**
 * Opens the dialog. `line` is the ordered line to change, or null for a new one. `done(choice)` sends
 * the choice and may fail: then the dialog stays and shows the failure's message.
 */
export function openOptions(menu, item, line, done) {
  const dialog = byId("options");
  const start = line ?? { quantity: 1, size: item.sizes[0], temperature: item.temperatures[0], milk: item.milks[0], shots: 0, syrups: [] };
  const choice = { ...start, syrups: [...start.syrups] };
  const picture = h("div.picture");
  const facts = h("p.facts");
  const submit = h("button.go", { type: "submit" });
  const trouble = h("p.trouble", { role: "alert", hidden: true });
  const pick = (field, value) => {
    choice[field] = value;
    refresh();
  };

  function refresh() {
    picture.replaceChildren(cup(item, choice));
    facts.replaceChildren(...factsOf(menu, item, choice).map((fact) => h("span", {}, fact)));
    const price = won(priceOf(menu, item, choice) * choice.quantity);
    submit.textContent = say(line ? "changeFor" : "addFor", { price });
  }

  async function send(event) {
    event.preventDefault();
    submit.disabled = true;
    try {
      await done(choiceOf(item, choice));
      dialog.close();
    } catch (error) {
      trouble.textContent = error.message;
      trouble.hidden = false;
    } finally {
      submit.disabled = false;
    }
  }

  const form = h(
    "form",
    { onsubmit: send },
    h("header", {}, picture, h("div", {}, h("h2", { id: "options-title" }, named(item.name)), facts)),
    h("div.choices", {}, ...fields(menu, item, choice, pick)),
    trouble,
    h("footer", {}, stepper("quantity", 1, MOST, choice, pick), submit),
    h("button.shut", { type: "button", "aria-label": say("close"), onclick: () => dialog.close() }, "×"),
  );
  refresh();
  dialog.replaceChildren(form);
  dialog.showModal();
  form.querySelector("input, .stepper button:enabled").focus();
}

function fields(menu, item, choice, pick) {
  return [
    oneOf("temperature", item.temperatures, menu.temperatures, choice, pick, item.ice_surcharge),
    oneOf("size", item.sizes, menu.sizes, choice, pick),
    oneOf("milk", item.milks, menu.milks, choice, pick),
    item.max_shots > 0 ? stepper("shots", 0, item.max_shots, choice, pick, menu.shot.price) : null,
    severalOf("syrups", item.syrups, menu.syrups, choice, pick),
  ];
}

function oneOf(field, offered, known, choice, pick, iceSurcharge = 0) {
  if (offered.length < 2) return null;
  const options = offered.map((id) => {
    const extra = known[id].price + (id === "ice" ? iceSurcharge : 0);
    return h(
      "label.pick",
      {},
      h("input", { type: "radio", name: field, value: id, checked: choice[field] === id, onchange: () => pick(field, id) }),
      h("span.name", {}, named(known[id].name)),
      extra ? h("small", {}, say("extra", { price: won(extra) })) : null,
    );
  });
  return h("fieldset", {}, h("legend", {}, say(field)), h("div.picks", {}, ...options));
}

function severalOf(field, offered, known, choice, pick) {
  if (offered.length === 0) return null;
  const toggled = (id, on) => (on ? [...choice[field], id] : choice[field].filter((other) => other !== id));
  const options = offered.map((id) =>
    h(
      "label.pick",
      {},
      h("input", {
        type: "checkbox",
        value: id,
        checked: choice[field].includes(id),
        onchange: (event) => pick(field, toggled(id, event.target.checked)),
      }),
      h("span.name", {}, named(known[id].name)),
      h("small", {}, say("extra", { price: won(known[id].price) })),
    ),
  );
  return h("fieldset", {}, h("legend", {}, say(field)), h("div.picks", {}, ...options));
}

function stepper(field, least, most, choice, pick, price = 0) {
  const shown = h("output", { "aria-live": "polite" });
  const fewer = h("button", { type: "button", "aria-label": say("decrease", { name: say(field) }) }, "−");
  const more = h("button", { type: "button", "aria-label": say("increase", { name: say(field) }) }, "+");
  const step = (by) => {
    const value = Math.min(most, Math.max(least, choice[field] + by));
    pick(field, value);
    show(value);
  };
  // Not `disabled`: a button that vanishes from under the focus loses the keyboard.
  const show = (value) => {
    shown.textContent = value;
    fewer.setAttribute("aria-disabled", value <= least);
    more.setAttribute("aria-disabled", value >= most);
  };
  fewer.addEventListener("click", () => step(-1));
  more.addEventListener("click", () => step(1));
  show(choice[field]);
  const extra = price ? h("small", {}, " ", say("extra", { price: won(price) })) : null;
  return h("fieldset.counted", {}, h("legend", {}, say(field), extra), h("div.stepper", {}, fewer, shown, more));
}

function choiceOf(item, choice) {
  const { quantity, size, temperature, milk, shots, syrups } = choice;
  return { item: item.id, quantity, size, temperature, milk, shots, syrups };
}

/** One cup as chosen. Only for showing: the server counts for itself. */
function priceOf(menu, item, choice) {
  return (
    item.price +
    (choice.temperature === "ice" ? item.ice_surcharge : 0) +
    (menu.sizes[choice.size]?.price ?? 0) +
    (menu.milks[choice.milk]?.price ?? 0) +
    choice.shots * menu.shot.price +
    choice.syrups.reduce((sum, id) => sum + menu.syrups[id].price, 0)
  );
}

function factsOf(menu, item, choice) {
  const mg = item.caffeine_mg + choice.shots * menu.shot.caffeine_mg;
  const within = [menu.milks[choice.milk], ...choice.syrups.map((id) => menu.syrups[id])];
  const allergens = new Set([...item.allergens, ...within.flatMap((part) => part?.allergens ?? [])]);
  const facts = item.temperatures.length ? [mg ? say("caffeine", { mg }) : say("noCaffeine")] : [];
  if (allergens.size) facts.push(say("allergens", { list: [...allergens].map(allergen).join(", ") }));
  return facts;
}
