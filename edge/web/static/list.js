// The other alerts, small; only what changed is built again.

import { bdi } from "./details.js";
import { el } from "./dom.js";
import { clockTime, outcomeWord, shortSpan, TONES } from "./words.js";

const built = new Map(); // key: [what it was made of, node]

/** Fill *place* with rows; *chosen* is the key of the card that stands large, *choose* takes a card.
 *  *record* are lines on what was erased or is held. */
export function listView(place, cards, more, chosen, choose, record = []) {
  const open = cards.filter((card) => card.stage !== "history");
  const past = cards.filter((card) => card.stage === "history");
  const nodes = [
    heading("open", open.length === 0 ? "Nothing is open" : `Open: ${open.length}`),
    ...open.map((card) => row(card, chosen, choose)),
    ...(past.length > 0 ? [heading("past", `History: ${past.length + more}`)] : []),
    ...past.map((card) => row(card, chosen, choose)),
    ...(more > 0 ? [el("p", { class: "quiet more" }, `and ${more} older`)] : []),
    ...(record.length > 0 ? [heading("record", "On record")] : []),
    ...record.map((one) => el("p", { class: "quiet record", "data-number": one.number }, el("span", {}, bdi(one.number)), " ", bdi(one.sentence))),
  ];
  const keep = new Set(cards.map((card) => card.key));
  for (const key of built.keys()) if (!keep.has(key)) built.delete(key);
  const held = document.activeElement;
  place.replaceChildren(...nodes);
  if (held && held.id && !held.isConnected) document.getElementById(held.id)?.focus({ preventScroll: true });
  else if (held && place.contains(held)) held.focus({ preventScroll: true });
}

function heading(name, words) {
  return el("h2", { id: `list-${name}` }, words);
}

function row(card, chosen, choose) {
  const { age_s: _, ...rest } = card;
  const made = JSON.stringify([rest, card.key === chosen]);
  const [before, node] = built.get(card.key) ?? [];
  if (before === made) {
    const age = node.querySelector("[data-age]");
    if (age) age.dataset.age = card.age_s;
    return node;
  }
  const fresh = build(card, card.key === chosen, choose);
  built.set(card.key, [made, fresh]);
  return fresh;
}

function build(card, current, choose) {
  const said = card.answers.filter((one) => !one.own).length;
  const marks = [
    card.test && el("span", { class: "tag test" }, "TEST"),
    card.caution && el("span", { class: "tag caution" }, "CAUTION"),
    card.late && el("span", { class: "tag late" }, "late"),
    card.seen_again > 0 && el("span", { class: "tag" }, `×${card.seen_again + 1}`),
    card.outcome && el("span", { class: "tag" }, outcomeWord(card.outcome)),
    said > 0 && el("span", { class: "tag" }, said === 1 ? "1 other answer" : `${said} other answers`),
  ];
  return el(
    "button",
    {
      type: "button",
      id: `row-${card.key}`,
      class: `row tone-${card.tone} stage-${card.stage}`,
      "data-number": card.number,
      "aria-current": current ? "true" : null,
      on: { click: () => choose(card) },
    },
    card.crop ? el("img", { src: card.crop, alt: "", loading: "lazy", draggable: "false" }) : el("span", { class: "no-crop" }, "no picture"),
    el(
      "span",
      { class: "row-words" },
      el("span", { class: "row-head" }, el("strong", {}, TONES[card.tone] ?? card.tone), age(card)),
      el("span", { class: "row-place" }, card.place ? bdi(card.place) : "place not known"),
      el("span", { class: "row-tags" }, marks),
      card.withdrawn && el("span", { class: "row-why" }, bdi(card.withdrawn)),
    ),
  );
}

function age(card) {
  if (card.age_s === null) return el("span", { class: "quiet" }, "time?");
  return el("time", { class: "quiet", datetime: card.at, title: clockTime(card.at), "data-age": card.age_s, "data-short": "" }, shortSpan(card.age_s));
}
