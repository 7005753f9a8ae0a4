// Small bars with their intervals. The numbers stand beside them as text; the drawing is for the eye.

import { svg } from "./dom.js";

const HEIGHT = 20;

const frame = (from, width, ...inside) =>
  svg(
    "svg",
    {
      class: "bars",
      viewBox: `${from} 0 ${width} ${HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    },
    ...inside,
  );

const bar = (kind, x, width) =>
  svg("rect", { class: kind, x, y: 3, width: Math.max(width, 0), height: HEIGHT - 6 });

/** The 95 % interval: a line with an end at each side. */
function reach(low, high) {
  const upright = (x) => svg("line", { class: "reach", x1: x, x2: x, y1: 6, y2: HEIGHT - 6 });
  const across = { class: "reach", x1: low, x2: high, y1: HEIGHT / 2, y2: HEIGHT / 2 };
  return [svg("line", across), upright(low), upright(high)];
}

/** Complaints to the left of the middle, praise to the right, each of 100. */
export function diverging(less, more) {
  return frame(
    -101,
    202,
    bar("track", -100, 200),
    bar("negative", -less.value * 100, less.value * 100),
    bar("positive", 0, more.value * 100),
    reach(-less.high * 100, -less.low * 100),
    reach(more.low * 100, more.high * 100),
    svg("line", { class: "middle", x1: 0, x2: 0, y1: 0, y2: HEIGHT }),
  );
}

/** One share of 100. `kind`: the class that colours it. */
export function single(rate, kind) {
  return frame(
    -1,
    102,
    bar("track", 0, 100),
    bar(kind, 0, rate.value * 100),
    reach(rate.low * 100, rate.high * 100),
  );
}
