// The menu as shelves, one for each category. Touching an item opens its options.

import { cup } from "./cup.js";
import { byId, h } from "./dom.js";
import { category, named, say, won } from "./words.js";

/** Draws every shelf; `choose(item)` is called with what was touched. */
export function drawMenu(menu, choose) {
  byId("categories").replaceChildren(
    ...menu.categories.map((id) => h("a", { href: `#shelf-${id}` }, category(id))),
  );
  byId("shelves").replaceChildren(...menu.categories.map((id) => shelf(id, menu, choose)));
}

function shelf(id, menu, choose) {
  const items = menu.items.filter((item) => item.category === id);
  return h(
    "section.shelf",
    { "aria-labelledby": `shelf-${id}` },
    h("h3", { id: `shelf-${id}`, tabindex: "-1" }, category(id)),
    h("ul", {}, items.map((item) => h("li", {}, product(item, choose)))),
  );
}

function product(item, choose) {
  return h(
    "button.product",
    {
      type: "button",
      "data-item": item.id,
      "aria-label": say("choose", { name: named(item.name), price: won(item.price) }),
      "aria-haspopup": "dialog",
      onclick: () => choose(item),
    },
    h("span.stand", {}, cup(item)),
    h("span.name", {}, named(item.name)),
    h("span.price", {}, won(item.price)),
  );
}
