// What an officer fills in: a plate, a time, a case, a purpose, and nothing else.

import { bdi } from "./details.js";
import { el } from "./dom.js";
import { CATEGORIES, moment } from "./words.js";

const HOURS = [1, 4, 12, 24, 72, 168, 720];
const MOST = 15_000; // characters that the server takes in one request
const NAMES = { plate: "plate", case: "case number", purpose: "purpose" };
let facts = null;

/** What the server has last said of what may be asked. */
export function hold() {
  return facts;
}

/** The form; *look* takes what was filled in, and a way to say what is wrong with it. */
export function searchForm(offered, look) {
  facts = offered;
  const button = el("button", { type: "submit", id: "search-look", class: "single go" }, "Show how wide it is");
  const made = el(
    "form",
    { class: "search", autocomplete: "off", novalidate: true, "aria-label": "What is searched" },
    el(
      "fieldset",
      { class: "all" },
      field("plate", "Plate, or part of it", el("input", { id: "search-plate", class: "mono", autocapitalize: "characters", spellcheck: "false" }), "? is one character, * any number of them. O and 0 are two characters."),
      field("time", "Time", span(), ""),
      field("case", "Case number", el("input", { id: "search-case", spellcheck: "false" }), written()),
      field("purpose", "Purpose", el("select", { id: "search-purpose" }, el("option", { value: "" }, "Choose one"), facts.purposes.map((one) => el("option", { value: one }, one.replaceAll("-", " ")))), ""),
      field("hours", "Units that are out of reach may answer for", el("select", { id: "search-hours" }, [1, 8, 24].map((one) => el("option", { value: one }, one === 1 ? "1 hour" : `${one} hours`))), ""),
      ticks("units", "Units", facts.units.map(unit), "Nothing ticked means all of them."),
      ticks("categories", "Hits of", facts.categories.map((one) => [one, CATEGORIES[one] ?? "Tests"]), "Nothing ticked means all."),
      el("p", { class: "quiet" }, "Nothing else is taken."),
      el("p", { class: "problem", role: "alert", id: "problem-" }),
      el("div", { class: "ends" }, button),
    ),
  );
  const complain = (problems) => tell(made, problems);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    tell(made, {});
    const asking = filled(made);
    const large = tooLarge(asking);
    if (large) return complain(large);
    button.disabled = true;
    await look(asking, complain);
    button.disabled = false;
  });
  return made;
}

function field(name, words, input, hint) {
  const place = input.matches("input, select") ? input : input.querySelector("select");
  place.setAttribute("aria-describedby", `hint-${name} problem-${name}`);
  return el(
    "div",
    { class: `field of-${name}` },
    el("label", { for: place.id }, words),
    input,
    hint && el("p", { class: "quiet", id: `hint-${name}` }, bdi(hint)),
    el("p", { class: "problem", role: "alert", id: `problem-${name}` }),
  );
}

/** How case numbers look here: an example where the pattern is plain enough for one. */
function written() {
  const other = facts.case_numbers.find((one) => one.startsWith("*="))?.slice(2) ?? "";
  const example = other.replace(/(?:\[0-9\]|\\d)(?:\{(\d)(?:,\d*)?\})?/g, (_, count) => "0".repeat(Number(count ?? 1)));
  if (/^[0-9A-Za-z/. -]+$/.test(example)) return `For example ${example}`;
  return other && `As the agency writes it: ${other}`;
}

function span() {
  const within = HOURS.filter((hours) => hours * 3600 <= facts.longest_s);
  const choices = within.map((hours) => el("option", { value: hours * 3600, selected: hours === within[0] }, hoursWords(hours)));
  const select = el("select", { id: "search-span" }, choices, el("option", { value: "" }, "from … to …"));
  const moments = el(
    "div",
    { class: "moments", hidden: true },
    el("label", {}, "From ", el("input", { id: "search-since", type: "datetime-local" })),
    el("label", {}, "to ", el("input", { id: "search-until", type: "datetime-local" })),
  );
  select.addEventListener("change", () => { moments.hidden = select.value !== ""; });
  return el("div", {}, select, moments);
}

function hoursWords(hours) {
  const words = hours === 1 ? "the last hour" : hours < 48 ? `the last ${hours} hours` : `the last ${hours / 24} days`;
  return hours * 3600 >= facts.supervisor_s ? `${words}, with a supervisor` : words;
}

function unit(one) {
  const since = one.since ? ` since ${moment(one.since)}` : "";
  return [one.name, one.name, one.place, `${one.state}${since}`, one.word];
}

function ticks(name, words, choices, hint) {
  return el(
    "fieldset",
    { class: `field ticks of-${name}` },
    el("legend", {}, words, " ", el("small", { class: "quiet" }, hint)),
    choices.map(([value, label, ...more]) =>
      el(
        "label",
        { class: "tick" },
        el("input", { type: "checkbox", name, value }),
        el("span", {}, bdi(label), more.filter(Boolean).map((one) => el("small", {}, bdi(one)))),
      ),
    ),
    el("p", { class: "problem", role: "alert", id: `problem-${name}` }),
  );
}

function filled(form) {
  const value = (name) => form.querySelector(`#search-${name}`).value;
  const ticked = (name) => [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((one) => one.value);
  return {
    plate: value("plate"),
    case: value("case"),
    purpose: value("purpose"),
    units: ticked("units"),
    categories: ticked("categories"),
    ago_s: value("span") ? Number(value("span")) : null,
    since: value("span") ? "" : utc(value("since")),
    until: value("span") ? "" : utc(value("until")),
    hours: Number(value("hours")),
  };
}

/** A time that was picked on this screen, in UTC; nothing where it is none. */
function utc(text) {
  const at = new Date(text);
  return text === "" || Number.isNaN(at.getTime()) ? "" : at.toISOString().slice(0, 40);
}

/** Said here already: the server does not even look at a request of such a size. */
function tooLarge(asking) {
  if (JSON.stringify(asking).length <= MOST) return null;
  const [name] = Object.keys(NAMES).sort((a, b) => asking[b].length - asking[a].length);
  if (asking[name].length < MOST / 2) return { units: "too many units are ticked: tick none to ask all" };
  return { [name]: `this has ${asking[name].length} characters, more than any ${NAMES[name]} has` };
}

/** Put each sentence at its field; the first of them gets the focus. */
function tell(form, problems) {
  for (const place of form.querySelectorAll(".problem")) place.textContent = "";
  const known = (name) => form.querySelector(`#problem-${CSS.escape(name)}`);
  for (const [name, words] of Object.entries(problems)) {
    const place = known(name) ?? known("");
    place.textContent = place.textContent ? `${place.textContent} ${words}` : words;
  }
  for (const input of form.querySelectorAll("[aria-describedby]")) {
    if (input.closest(".field").querySelector(".problem").textContent) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }
  const wrong = form.querySelector("[aria-invalid]") ?? [...form.querySelectorAll(".problem")].find((one) => one.textContent)?.closest(".field")?.querySelector("input");
  wrong?.focus();
}
