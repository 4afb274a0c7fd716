// Old settings beside new ones, over the same pictures.

import { made, percent } from "./tuning_draw.js";

const ROWS = [
  ["passes told", "passes", 0],
  ["reads", "reads", 0],
  ["cars captured", "captured", 0],
  ["plates read right", "read", 0],
  ["false plates", "false", 0],
  ["ms a frame", "frame_ms", 1],
  ["CPU ms a frame", "cpu_ms", 1],
];

function change(from, to, digits) {
  const by = to - from;
  if (Math.abs(by) < 0.5 * 10 ** -digits) return "same";
  return `${by > 0 ? "+" : "−"}${Math.abs(by).toFixed(digits)}`;
}

function table({ old, new: fresh }) {
  const head = made("tr", {}, ...["", "old", "new", ""].map((word) => made("th", { scope: "col" }, word)));
  const rows = ROWS.filter(([, key]) => key in old).map(([name, key, digits]) =>
    made(
      "tr",
      {},
      made("th", { scope: "row" }, key === "captured" ? `${name} of ${old.cars}` : name),
      made("td", {}, old[key].toFixed(digits)),
      made("td", {}, fresh[key].toFixed(digits)),
      made("td", { class: "by" }, change(old[key], fresh[key], digits)),
    ),
  );
  return made("table", {}, made("caption", {}, "Old settings beside new"), made("thead", {}, head), made("tbody", {}, ...rows));
}

function passes(title, kind, found) {
  const rows = found.map((one) =>
    made("li", {}, made("b", {}, one.text), ` at ${one.at_s.toFixed(1)} s, ${one.reads} read${one.reads === 1 ? "" : "s"}, ${percent(one.p)} sure`),
  );
  const list = rows.length ? made("ul", {}, ...rows) : made("p", {}, "none");
  return made("section", { class: kind }, made("h3", {}, `${title}: ${found.length}`), list);
}

/** Return what a comparison found, as elements. */
export function compared(result) {
  const over = result.seconds === null ? "" : ` over ${result.seconds.toFixed(0)} s`;
  const notes = [`${result.old.frames} pictures${over}, replayed at the lowest priority beside the line: hold the two columns against each other, not against the live view, and trust the CPU more than the clock.`];
  if (!result.truth) notes.push("Nobody wrote down which plates are on it, so false ones are not counted.");
  if (result.unseen.length) notes.push(`A recording cannot show what these do: ${result.unseen.join(", ")}.`);
  return [
    table(result),
    made("div", { class: "both" }, passes("Gained", "gained", result.gained), passes("Lost", "lost", result.lost)),
    ...notes.map((note) => made("p", { class: "what" }, note)),
  ];
}
