// Sheets over the page: keys, filters, a misread plate. None opens by itself over an alarm.

import { el } from "./dom.js";
import { CATEGORIES } from "./words.js";

const sheet = document.getElementById("sheet");
const KEYS = [
  ["1 – 9", "the answer, or the outcome, of that number"],
  ["A – Z, 0 – 9", "where one character is asked for: that character; - neither, = can’t tell"],
  ["U", "urgent: show everything unasked; it is recorded (Shift U where a U is asked for)"],
  ["T", "type the plate (only while standing)"],
  ["O", "show the details of a card from the history"],
  ["M", "stop the siren; any touch of the screen does too"],
  ["N", "next alarm that waits"],
  ["J K ↓ ↑", "next and previous card"],
  ["H", "show or hide the list beside an alarm"],
  ["I", "all notices, or only the gravest"],
  ["F", "filters of this shift"],
  ["C", "corrections that wait (supervisors)"],
  ["/", "search at the units, with a reason; back to the alerts"],
  ["S", "sound test"],
  ["D", "day or night"],
  ["L", "lock"],
  ["Esc", "close a sheet, leave a field"],
];

function open(title, ...children) {
  sheet.replaceChildren(el("h2", { id: "sheet-title", tabindex: -1, autofocus: true }, title), ...children.filter(Boolean));
  sheet.showModal();
}

const close = () => sheet.close();

export function helpSheet() {
  open(
    "Keys",
    el("dl", { class: "keys" }, KEYS.flatMap(([key, words]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, words)])),
    el("p", {}, "An alarm is a reason to look, never a reason to act: read the plate yourself, then verify with dispatch before any stop."),
    el("button", { type: "button", class: "single go", on: { click: close } }, "Close"),
  );
}

export function filterSheet(told, apply) {
  const { filters, units } = told.state;
  const within = el("select", { id: "filter-within", name: "within" }, [["", "everywhere"], ["1000", "1 km"], ["5000", "5 km"], ["20000", "20 km"]].map(([value, words]) => el("option", { value, selected: String(filters.within_m ?? "") === value }, words)));
  const groups = {
    categories: told.categories.map((one) => [one, CATEGORIES[one] ?? one]),
    grades: [["alarm", "Alarms"], ["verify", "To verify"]],
    units: units.map((one) => [one.name, one.name]),
  };
  const form = el(
    "form",
    { method: "dialog" },
    group("What for", "categories", groups.categories, filters.categories),
    group("How sure", "grades", groups.grades, filters.grades),
    units.length > 0 && group("Seen by", "units", groups.units, filters.units),
    el("label", { class: "line" }, "How near ", within),
    el("p", { class: "quiet" }, "Nothing ticked means everything. What is hidden is counted on the page all the time."),
    el("div", { class: "ends" }, el("button", { type: "submit", class: "single go" }, "Apply"), el("button", { type: "button", id: "filter-none", class: "single" }, "Show everything"), el("button", { type: "button", class: "single", on: { click: close } }, "Cancel")),
  );
  form.addEventListener("submit", () => {
    const ticked = (name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((one) => one.value);
    apply({ categories: ticked("categories"), grades: ticked("grades"), units: ticked("units"), within_m: within.value ? Number(within.value) : null });
  });
  open("Filters of this shift", form);
  document.getElementById("filter-none").addEventListener("click", () => {
    apply({});
    close();
  });
}

function group(title, name, choices, ticked) {
  return el(
    "fieldset",
    {},
    el("legend", {}, title),
    choices.map(([value, words]) => el("label", { class: "tick" }, el("input", { type: "checkbox", name, value, checked: ticked.includes(value) }), el("bdi", {}, words))),
  );
}

/** Asks for the plate that the car really had; *send* takes it, perhaps empty, and a note. */
export function misreadSheet(send) {
  const text = el("input", { id: "misread-text", name: "text", maxlength: 12, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", "aria-label": "The plate as you read it" });
  const note = el("input", { id: "misread-note", name: "note", maxlength: 400, autocomplete: "off", "aria-label": "Note" });
  const form = el(
    "form",
    { method: "dialog" },
    el("p", {}, "With the plate that the car really has, a supervisor can keep it from being taken for this entry again."),
    el("label", { class: "line" }, "The plate as you read it ", text),
    el("label", { class: "line" }, "Note ", note),
    el("div", { class: "ends" }, el("button", { type: "submit", class: "single go" }, "Send"), el("button", { type: "button", class: "single", on: { click: close } }, "Back")),
  );
  form.addEventListener("submit", () => send(text.value.trim(), note.value.trim()));
  open("Misread", form);
  text.focus();
}
