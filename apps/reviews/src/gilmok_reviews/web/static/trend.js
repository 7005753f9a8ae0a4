// Sentiment over time: a point for each month's share with its interval, and how many reviews it
// rests on. Drawn anew at the width there is, so that its letters stay as large as the page's.

import { h, svg } from "./dom.js";
import { interval, monthName, percent, whole } from "./numbers.js";
import { say } from "./words.js";

const HEIGHT = 280;
const PLOT = { top: 10, bottom: 190, left: 42, right: 10 };
const COUNTS = { top: 206, bottom: 240 };
const LABEL_WIDTH = 38;
const SERIES = ["positive", "negative"];

/** `choose(month)` is called for a month that was pressed. */
export function trend(months, choose) {
  const place = h("div.trend");
  let drawnAt = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width < 1 || width === drawnAt) return;
    drawnAt = width;
    place.replaceChildren(chart(months, width, choose));
  }).observe(place);
  return [legend(), place, table(months)];
}

/** Months without reviews keep their place on the axis: a gap is a gap. */
function scale(months, width) {
  const at = (month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;
  const first = at(months[0].month);
  const columns = at(months.at(-1).month) - first + 1;
  const column = (width - PLOT.left - PLOT.right) / columns;
  return {
    column,
    index: (month) => at(month) - first,
    x: (month) => PLOT.left + (at(month) - first + 0.5) * column,
    y: (share) => PLOT.bottom - share * (PLOT.bottom - PLOT.top),
  };
}

function chart(months, width, choose) {
  const to = scale(months, width);
  const [first, last] = [months[0], months.at(-1)];
  const label = say("trendLabel", {
    first: monthName(first.month),
    from: percent(first.moods.positive.rate.value),
    last: monthName(last.month),
    to: percent(last.moods.positive.rate.value),
  });
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": label },
    grid(width, to),
    counts(months, to),
    SERIES.map((mood, at) => series(months, mood, to, at === 0 ? -3 : 3)),
    labels(months, to),
    months.map((month) => hit(month, to, choose)),
  );
}

const grid = (width, to) =>
  [0, 0.5, 1].map((share) => {
    const y = to.y(share);
    return svg(
      "g",
      {},
      svg("line", { class: "grid", x1: PLOT.left, x2: width - PLOT.right, y1: y, y2: y }),
      svg("text", { x: PLOT.left - 6, y: y + 4, "text-anchor": "end" }, percent(share)),
    );
  });

function series(months, mood, to, aside) {
  const points = months.map((month) => {
    const { rate } = month.moods[mood];
    return { month: month.month, x: to.x(month.month) + aside, rate };
  });
  const whisker = ({ x, rate }) =>
    svg("line", { class: `whisker ${mood}`, x1: x, x2: x, y1: to.y(rate.low), y2: to.y(rate.high) });
  return [
    points.map(whisker),
    svg("path", { class: `line ${mood}`, d: path(points, to) }),
    points.map(({ x, rate }) => mark(mood, x, to.y(rate.value))),
  ];
}

/** Joins neighbouring months only. */
const path = (points, to) =>
  points
    .map((point, at) => {
      const joined = at > 0 && to.index(point.month) === to.index(points[at - 1].month) + 1;
      return `${joined ? "L" : "M"}${point.x.toFixed(1)} ${to.y(point.rate.value).toFixed(1)}`;
    })
    .join(" ");

/** Round for praise, square for complaints. */
function mark(mood, x, y) {
  if (mood === "positive") return svg("circle", { class: "dot positive", cx: x, cy: y, r: 4.5 });
  return svg("rect", { class: "dot negative", x: x - 4, y: y - 4, width: 8, height: 8 });
}

function counts(months, to) {
  const most = Math.max(...months.map((month) => month.reviews));
  return months.map((month) => {
    const height = ((COUNTS.bottom - COUNTS.top) * month.reviews) / most;
    const width = Math.max(Math.min(to.column * 0.6, 28), 2);
    const x = to.x(month.month) - width / 2;
    return svg("rect", { class: "count", x, y: COUNTS.bottom - height, width, height });
  });
}

/** As many months as fit are named; the year stands under the first of each. */
function labels(months, to) {
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / to.column));
  return months
    .filter((month) => to.index(month.month) % every === 0)
    .map((month, at, named) => {
      const place = { x: to.x(month.month), "text-anchor": "middle" };
      const short = monthName(month.month, { short: true });
      const year = month.month.slice(0, 4);
      const isNew = at === 0 || year !== named[at - 1].month.slice(0, 4);
      return [
        svg("text", { ...place, y: COUNTS.bottom + 16 }, short),
        isNew ? svg("text", { ...place, y: COUNTS.bottom + 32 }, year) : null,
      ];
    });
}

/** A month as a whole can be pressed. By keyboard the same is in the list's filter. */
function hit(month, to, choose) {
  const place = { x: to.x(month.month) - to.column / 2, y: 0, width: to.column, height: HEIGHT };
  const said = say("monthHit", {
    month: monthName(month.month),
    positive: percent(month.moods.positive.rate.value),
    negative: percent(month.moods.negative.rate.value),
    n: whole(month.reviews),
  });
  const title = svg("title", {}, said);
  return svg("rect", { class: "hit", ...place, onclick: () => choose(month.month) }, title);
}

function legend() {
  const sample = (mood) =>
    svg("svg", { width: 14, height: 14, "aria-hidden": "true" }, mark(mood, 7, 7));
  return h(
    "p.legend",
    {},
    h("span", {}, sample("positive"), say("legendPositive")),
    h("span", {}, sample("negative"), say("legendNegative")),
    h("span", {}, say("legendInterval")),
    h("span", {}, say("legendCount")),
  );
}

function table(months) {
  const cell = (share) => h("td.number", {}, `${percent(share.rate.value)} ${interval(share.rate)}`);
  const row = (month) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, monthName(month.month)),
      h("td.number", {}, whole(month.reviews)),
      cell(month.moods.positive),
      cell(month.moods.negative),
    );
  const titles = ["month", "reviewsCount", "happy", "unhappy"];
  const head = titles.map((key, at) => h(at ? "th.number" : "th", { scope: "col" }, say(key)));
  return h(
    "details",
    {},
    h("summary.plain", {}, say("asTable")),
    h(
      "div.scroll",
      { tabindex: "0", role: "group", "aria-label": say("asTable") },
      h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, months.map(row))),
    ),
  );
}
