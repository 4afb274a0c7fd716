// What was asked, and what each unit said; opened by the server for the officer who asked alone.

import { bdi } from "./details.js";
import { el } from "./dom.js";
import { CATEGORIES, moment } from "./words.js";

const STATES = { answered: "Answered", refused: "Refused", waiting: "No answer yet" };

/** This officer's searches, the newest first; *show* opens one. */
export function linesView(lines, opened, show) {
  if (lines.length === 0) return el("p", { class: "quiet" }, "You have asked nothing here in the last week.");
  return el(
    "section",
    { class: "searches" },
    el("h3", {}, "Your searches of the last week"),
    el("ul", {}, lines.map((one) => el("li", {}, line(one, opened, show)))),
  );
}

function line(one, opened, show) {
  if (one.trouble) return el("p", { class: "problem" }, bdi(one.trouble));
  return el(
    "button",
    { type: "button", class: "asked", "data-number": one.number, "aria-current": one.number === opened && "true", on: { click: () => show(one.number) } },
    el("span", {}, el("strong", { class: "mono" }, bdi(one.plate)), " ", el("small", {}, `asked ${moment(one.made)}, `, bdi(one.purpose.replaceAll("-", " ")), " ", bdi(one.case))),
    el("span", { class: "tag" }, `${one.answered} of ${one.units} answered`),
  );
}

/** One search, and what has been said to it. */
export function answersView({ line: asked, units }) {
  return el(
    "section",
    { class: "answers", "aria-label": "Answers" },
    el("h3", {}, "Answers on ", el("span", { class: "mono" }, bdi(asked.plate)), " ", el("small", {}, `${moment(asked.since)} to ${moment(asked.until)}`)),
    units.map(unit),
  );
}

function unit(one) {
  const found = one.state === "answered" && (one.found === 0 ? "nothing found" : `${one.found} found`);
  return el(
    "article",
    { class: `answer ${one.state}`, "data-unit": one.unit },
    el(
      "header",
      {},
      el("h4", {}, bdi(one.unit)),
      el("span", { class: `tag state ${one.state}` }, STATES[one.state]),
      one.late && el("span", { class: "tag late" }, "late"),
      found && el("strong", {}, found),
    ),
    el("p", { class: one.state === "answered" ? "quiet" : "" }, one.refused && [el("span", { class: "mono" }, bdi(one.refused)), ": "], bdi(one.sentence)),
    one.hits.length > 0 && table("Hits", ["Time", "Read", "List has", "For", "Where"], one.hits.map(hit)),
    one.reads.length > 0 && table("Kept reads, of cars on no list", ["Time", "Read", "Sure", "Course"], one.reads.map(read)),
  );
}

function table(title, heads, rows) {
  return el(
    "div",
    { class: "wide", tabindex: 0, role: "region", "aria-label": title },
    el("table", {}, el("caption", {}, title), el("thead", {}, el("tr", {}, heads.map((one) => el("th", { scope: "col" }, one)))), el("tbody", {}, rows)),
  );
}

function hit(one) {
  return el(
    "tr",
    { class: one.withdrawn ? "gone" : "" },
    el("td", {}, moment(one.at), !one.certain && el("small", {}, "time not certain")),
    el("td", { class: "mono" }, bdi(one.read), " ", el("small", {}, bdi(one.jurisdiction.toUpperCase()))),
    el("td", { class: "mono listed" }, bdi(one.listed)),
    el("td", {}, bdi(CATEGORIES[one.category] ?? one.category), el("small", {}, bdi(one.grade), one.withdrawn && ", taken back")),
    el("td", {}, bdi(one.place), el("small", {}, bdi(one.direction))),
  );
}

function read(one) {
  return el(
    "tr",
    {},
    el("td", {}, moment(one.at)),
    el("td", { class: "mono" }, bdi(one.read), " ", el("small", {}, bdi(one.jurisdiction.toUpperCase()))),
    el("td", {}, `${Math.round(one.probability * 100)} %`),
    el("td", {}, bdi(one.direction)),
  );
}
