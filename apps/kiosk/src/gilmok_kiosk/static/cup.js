// The pictures: a cup cut open, its layers in proportion. The drawing in the options dialog follows
// what is chosen: ice, milk, extra shots, syrup, size. An item without a recipe of its own gets its
// category's, so a new line in menu.toml needs no picture.

import { svg } from "./dom.js";

const TINT = {
  espresso: "#3a2015", water: "#5d3722", brew: "#44281a", crema: "#b9803f", foam: "#fff6e6",
  cream: "#fffaf0", chocolate: "#5b2e1c", matcha: "#8aa85a", potato: "#d8a44c",
  vanilla: "#f2dc9a", caramel: "#c98331", hazelnut: "#a9713f",
  whole: "#f5ead8", lowfat: "#faf4ea", oat: "#e6d1ac", soy: "#efdcae", almond: "#ead5bd",
};

const MILK = "milk"; // stands for whichever milk is chosen
const SHOT = "espresso"; // grows with every extra shot

/** Layers from the bottom up: [what, part of the cup's height]. */
const RECIPES = {
  espresso: [[SHOT, 0.5], ["crema", 0.1]],
  americano: [["water", 0.68], [SHOT, 0.14], ["crema", 0.05]],
  latte: [[MILK, 0.55], [SHOT, 0.2], ["foam", 0.1]],
  cappuccino: [[SHOT, 0.24], [MILK, 0.28], ["foam", 0.36]],
  vanilla_latte: [["vanilla", 0.1], [MILK, 0.48], [SHOT, 0.18], ["foam", 0.1]],
  caramel_macchiato: [["vanilla", 0.08], [MILK, 0.46], [SHOT, 0.2], ["foam", 0.08], ["caramel", 0.05]],
  mocha: [["chocolate", 0.16], [SHOT, 0.2], [MILK, 0.34], ["cream", 0.18]],
  cold_brew: [["brew", 0.86]],
  decaf_americano: [["water", 0.82], ["crema", 0.05]],
  decaf_latte: [[MILK, 0.58], ["water", 0.18], ["foam", 0.1]],
  green_tea_latte: [[MILK, 0.42], ["matcha", 0.36], ["foam", 0.08]],
  chocolate_latte: [["chocolate", 0.42], [MILK, 0.3], ["cream", 0.14]],
  sweet_potato_latte: [["potato", 0.44], [MILK, 0.3], ["foam", 0.1]],
  earl_grey: [["#a6582b", 0.84]],
  chamomile: [["#e2b94f", 0.84]],
  peppermint: [["#b4c974", 0.84]],
  yuja_tea: [["#d9952a", 0.18], ["#f0c253", 0.66]],
  lemon_ade: [["#f2d13c", 0.3], ["#fbf1b4", 0.56]],
  grapefruit_ade: [["#e8603f", 0.3], ["#fbc9b2", 0.56]],
  strawberry_smoothie: [["#e2607a", 0.9]],
  mango_smoothie: [["#f2a42c", 0.9]],
};

const BY_CATEGORY = {
  coffee: RECIPES.americano,
  decaf: RECIPES.decaf_americano,
  latte: [[MILK, 0.75], ["foam", 0.1]],
  tea: RECIPES.earl_grey,
  ade: RECIPES.lemon_ade,
  smoothie: RECIPES.strawberry_smoothie,
};

const FLOOR = 96;
const MIDDLE = 50;
let clips = 0;

/** The picture of an item as chosen: `{size, temperature, milk, shots, syrups}`, all optional. */
export function cup(item, choice = {}) {
  const picture = svg("svg", { viewBox: "0 0 100 100", class: "cup", "aria-hidden": "true" });
  if (item.temperatures.length === 0) picture.append(...(PASTRIES[item.id] ?? PASTRIES.bun)());
  else picture.append(...drink(item, choice));
  return picture;
}

function drink(item, choice) {
  const iced = (choice.temperature ?? item.temperatures[0]) === "ice";
  const big = choice.size === "large";
  const shape = iced ? glass(big) : item.sizes.length === 0 && item.category === "coffee" ? demitasse() : mug(big);
  const id = `cup-${(clips += 1)}`;
  const parts = [
    svg("clipPath", { id }, svg("path", { d: shape.inside })),
    svg("path", { d: shape.inside, class: "glass" }),
    svg("g", { "clip-path": `url(#${id})` }, ...layers(item, choice, shape), ...(iced ? ice(shape) : [])),
    svg("path", { d: shape.inside, class: "rim" }),
  ];
  if (shape.handle) parts.unshift(svg("path", { d: shape.handle, class: "rim" }));
  parts.push(...(iced ? [straw(shape)] : steam(shape)));
  return parts;
}

function layers(item, choice, shape) {
  const recipe = RECIPES[item.id] ?? BY_CATEGORY[item.category] ?? RECIPES.americano;
  const syrups = (choice.syrups ?? []).map((name) => [name, 0.07]);
  const shots = 0.07 * (choice.shots ?? 0);
  const parts = [...syrups, ...recipe.map(([what, part]) => [what, what === SHOT ? part + shots : part])];
  const whole = Math.max(1, parts.reduce((sum, [, part]) => sum + part, 0));
  const height = FLOOR - shape.top;
  let bottom = FLOOR;
  return parts.map(([what, part]) => {
    const tall = (part / whole) * height;
    bottom -= tall;
    const fill = tintOf(what === MILK ? (choice.milk ?? item.milks[0] ?? "whole") : what);
    return svg("rect", { x: 0, y: bottom, width: 100, height: tall + 0.5, fill });
  });
}

const tintOf = (what) => (what.startsWith("#") ? what : (TINT[what] ?? TINT.vanilla));

function mug(big) {
  const [half, top] = big ? [29, 36] : [26, 46];
  const [left, right] = [MIDDLE - 4 - half, MIDDLE - 4 + half];
  return {
    top,
    left,
    right,
    inside: `M${left} ${top} H${right} V${FLOOR - 18} Q${right} ${FLOOR} ${right - 18} ${FLOOR} H${left + 18} Q${left} ${FLOOR} ${left} ${FLOOR - 18} Z`,
    handle: `M${right} ${top + 9} h7 q8 0 8 9 v5 q0 10 -10 10 h-5`,
  };
}

function demitasse() {
  const [left, right, top] = [MIDDLE - 22, MIDDLE + 14, 62];
  return {
    top,
    left,
    right,
    inside: `M${left} ${top} H${right} V${FLOOR - 14} Q${right} ${FLOOR} ${right - 14} ${FLOOR} H${left + 14} Q${left} ${FLOOR} ${left} ${FLOOR - 14} Z`,
    handle: `M${right} ${top + 6} h5 q6 0 6 6 v1 q0 7 -8 7 h-3`,
  };
}

function glass(big) {
  const [half, top] = big ? [25, 20] : [22, 32];
  const [left, right] = [MIDDLE - half, MIDDLE + half];
  return {
    top,
    left,
    right,
    inside: `M${left} ${top} H${right} L${right - 5} ${FLOOR - 6} Q${right - 6} ${FLOOR} ${right - 12} ${FLOOR} H${left + 12} Q${left + 6} ${FLOOR} ${left + 5} ${FLOOR - 6} Z`,
  };
}

function ice({ left, right, top }) {
  const cube = (x, y, turn) =>
    svg("rect", { x, y, width: 13, height: 13, rx: 3, class: "ice", transform: `rotate(${turn} ${x + 6} ${y + 6})` });
  return [cube(left + 6, top + 12, -14), cube(right - 21, top + 16, 20), cube(MIDDLE - 8, top + 31, 8)];
}

const straw = ({ right, top }) =>
  svg("path", { d: `M${right - 12} ${top + 26} L${right - 4} ${top - 12} h7`, class: "straw" });

function steam({ left, right, top }) {
  const wisp = (x) => svg("path", { d: `M${x} ${top - 7} q-5 -6 0 -12 t0 -12`, class: "steam" });
  const middle = (left + right) / 2;
  return [wisp(middle - 7), wisp(middle + 7)];
}

const crust = (d) => svg("path", { d, fill: "#d79a4a" });
const crease = (d) => svg("path", { d, class: "crease" });

const PASTRIES = {
  croissant: () => [
    crust("M12 88 Q8 54 38 50 Q50 42 62 50 Q92 54 88 88 Q84 96 76 90 Q66 76 50 76 Q34 76 24 90 Q16 96 12 88 Z"),
    crease("M28 56 L34 78 M42 49 L45 76 M58 49 L55 76 M72 56 L66 78"),
  ],
  bagel: () => [
    svg("ellipse", { cx: 50, cy: 74, rx: 34, ry: 22, fill: "#cf9550" }),
    svg("ellipse", { cx: 50, cy: 70, rx: 34, ry: 20, fill: "#deae68" }),
    svg("ellipse", { cx: 50, cy: 70, rx: 11, ry: 5.5, class: "hole" }),
  ],
  blueberry_muffin: () => [
    svg("path", { d: "M28 66 H72 L67 96 H33 Z", fill: "#b98a5a" }),
    crease("M38 70 L40 94 M50 70 V94 M62 70 L60 94"),
    svg("path", { d: "M22 68 Q20 42 50 40 Q80 42 78 68 Q64 74 50 70 Q36 74 22 68 Z", fill: "#dfae68" }),
    ...[[38, 54], [53, 48], [63, 60], [48, 62]].map(([cx, cy]) => svg("circle", { cx, cy, r: 4, fill: "#4a4f86" })),
  ],
  cheesecake: () => [
    svg("path", { d: "M14 70 L78 52 L88 66 V70 H14 Z", fill: "#fbe9b4" }),
    svg("path", { d: "M14 70 H88 V88 H14 Z", fill: "#f4d98c" }),
    svg("path", { d: "M14 88 H88 V96 H14 Z", fill: "#b67a3c" }),
    svg("circle", { cx: 72, cy: 54, r: 6, fill: "#d2405a" }),
  ],
  walnut_cookie: () => [
    svg("ellipse", { cx: 50, cy: 76, rx: 34, ry: 20, fill: "#c88d4a" }),
    svg("ellipse", { cx: 50, cy: 72, rx: 34, ry: 19, fill: "#dba660" }),
    ...[[38, 66], [57, 63], [66, 76], [46, 80]].map(([cx, cy]) => svg("ellipse", { cx, cy, rx: 6, ry: 4, fill: "#8a5930" })),
  ],
  bun: () => [crust("M14 92 Q10 52 50 50 Q90 52 86 92 Q50 100 14 92 Z"), crease("M34 62 Q50 56 66 62")],
};
