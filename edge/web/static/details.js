// What the list says beside what was read: only when the server has sent it.

import { el } from "./dom.js";
import { CATEGORIES, clockTime, day, outcomeWord, shortSpan } from "./words.js";

const RIVAL = 0.02; // a rival as likely as this makes a character contested
const RESULTS = { pass: "passes", fail: "FAILS", unknown: "not known" };

export function plates(details) {
  const listed = details.plate || details.partial;
  const read = details.characters.filter((one) => one.char !== "");
  const aligned = read.length === listed.length && !listed.includes("*");
  const differs = (index) => aligned && listed[index] !== "?" && listed[index] !== read[index].char;
  return el(
    "div",
    { class: "plates" },
    row("Read", read.map((one, index) => slot(one.char, doubt(one, differs(index)), rival(one)))),
    row(
      details.partial ? "Listed (part)" : "Listed",
      [...listed].map((char, index) => slot(char, aligned && doubt(read[index], differs(index)))),
      details.jurisdiction,
    ),
  );
}

function row(name, slots, place = "") {
  const said = slots.map((one) => one.dataset.char).join(" ");
  return el(
    "p",
    { class: "plate" },
    el("span", { class: "name" }, name),
    el("span", { class: "slots", role: "img", "aria-label": `${name}: ${said}` }, slots),
    place && el("span", { class: "where" }, place.toUpperCase()),
  );
}

function doubt(one, differs) {
  if (differs) return "differs";
  return rival(one) ? "contested" : "";
}

function rival(one) {
  const [first] = one.others;
  return first && first[1] >= RIVAL ? `or ${first[0] || "none"} ${percent(first[1])}` : "";
}

function slot(char, mark, small = "") {
  const node = el("span", { class: `slot ${mark || ""}`, "data-char": char }, char);
  if (small) node.append(el("small", {}, small));
  return node;
}

function percent(p) {
  return `${Math.round(p * 100)} %`;
}

export function reason(details) {
  return el(
    "div",
    { class: "reason" },
    details.caution && el("p", { class: "warning" }, el("strong", {}, "Caution: "), bdi(details.caution)),
    el("h3", {}, CATEGORIES[details.category] ?? bdi(details.category)),
    el("p", {}, bdi(details.reason)),
    details.vehicle && el("p", { class: "vehicle" }, "The list says: ", el("strong", {}, bdi(details.vehicle))),
  );
}

export function checks(details) {
  if (details.checks.length === 0) return null;
  return el(
    "section",
    { class: "checks", "aria-label": "What to check" },
    el("h3", {}, "Check now"),
    el("ol", {}, details.checks.map((one) => el("li", {}, bdi(one)))),
  );
}

export function gates(details) {
  return el(
    "section",
    { "aria-label": "The four gates" },
    el("h3", {}, "Four gates"),
    el(
      "ul",
      { class: "gates" },
      details.gates.map((one) =>
        el(
          "li",
          { class: `gate ${one.result === "pass" ? "good" : one.result === "fail" ? "bad" : "open"}` },
          el("strong", {}, bdi(one.name), " ", RESULTS[one.result] ?? bdi(one.result)),
          el("span", {}, bdi(one.sentence)),
        ),
      ),
    ),
    details.contested.map((one) => el("p", { class: "contest" }, bdi(one))),
  );
}

export function entry(details) {
  const facts = [
    ["Owner", details.owner],
    ["Entry", details.entry_id],
    ["Entered", day(details.entered)],
    ["Expires", day(details.expires)],
    ["List", `${details.list_version}, ${shortSpan(details.list_age_s)} old`],
    ["Best frame", details.read_raw],
    ["Unit", details.software],
  ];
  return el(
    "section",
    { "aria-label": "Entry" },
    el("h3", {}, "Entry"),
    el("dl", {}, facts.filter(([, said]) => said).flatMap(([name, said]) => [el("dt", {}, name), el("dd", {}, bdi(said))])),
  );
}

export function answers(lines) {
  if (lines.length === 0) return null;
  return el(
    "section",
    { class: "answers", "aria-label": "What officers said" },
    el("h3", {}, "Officers"),
    el("ul", {}, lines.map(answerLine)),
  );
}

function answerLine(one) {
  const verdict = one.agreed === true ? "agrees" : one.agreed === false ? "differs from the list" : "";
  const said = [
    one.urgent && "overrode the question",
    one.answer,
    verdict,
    one.outcome && outcomeWord(one.outcome),
    one.note,
    !one.received && "not yet confirmed by the centre",
  ].filter(Boolean);
  return el(
    "li",
    { class: one.own ? "own" : "other" },
    el("strong", {}, bdi(one.own ? "You" : `${one.officer}, ${one.console}`)),
    " ",
    el("time", { datetime: one.at }, clockTime(one.at)),
    ": ",
    bdi(said.join("; ") || "looks at it"),
  );
}

/** Text of strangers, kept apart from ours whatever its direction of writing. */
export function bdi(text) {
  return el("bdi", {}, String(text));
}
