// The search page: what is asked, how wide it is before anything is sent, and what units answered.
// Its nodes stay while an alarm has the screen; all of it is forgotten with the officer's session.

import * as api from "./api.js";
import { answersView, linesView } from "./answers.js";
import { bdi } from "./details.js";
import { el } from "./dom.js";
import { hold, searchForm } from "./search-form.js";
import { moment } from "./words.js";

const root = el("section", { class: "page search-page", tabindex: -1, "aria-label": "Search" });
const HEAD = "It is signed with your key and stands, with your name, on the record here and at each unit that is asked; the town’s auditors can read what you asked.";

let officer = null; // whose page this is
let mark = null; // of the server's newest word on searches
let moving = null;
let form = null;
let step = el("div", {}); // the form, or what is to be confirmed
let lines = el("div", {});
let answers = el("div", { "aria-live": "polite" });
let opened = "";
let turn = 0; // counts officers: an answer to one is never shown to the next

/** The page; asks the server for what the form offers. */
export function searchPage() {
  if (officer !== null && form === null) load();
  return root;
}

/** Take the desk's newest word: who is here, whether the car moves, whether something came. */
export function searchTold({ state, searches }) {
  if (state.officer !== officer || state.locked) forget(state.locked ? null : state.officer);
  if (officer === null) return;
  if (state.moving !== moving) {
    moving = state.moving;
    closed();
  }
  if (form !== null && searches !== mark) {
    mark = searches;
    refresh();
  }
}

function forget(next) {
  if (next === officer && next === null && form === null) return;
  turn += 1;
  [officer, mark, form, opened] = [next, null, null, ""];
  for (const place of [root, step, lines, answers]) place.replaceChildren();
}

async function load() {
  const mine = turn;
  root.replaceChildren(el("h2", {}, "Search"), el("p", { class: "quiet" }, "Asking …"));
  form = el("div", {});
  try {
    const facts = await api.search();
    if (mine !== turn) return;
    form = searchForm(facts, look);
    step.replaceChildren(form);
    root.replaceChildren(
      el("h2", {}, "Search"),
      el("p", { class: "search-intro" }, "A search goes over ", bdi(facts.searched), ". ", HEAD),
      el("p", { class: "problem closed", role: "status" }),
      step,
      lines,
      answers,
    );
    closed();
    await refresh();
  } catch (error) {
    if (mine !== turn) return;
    form = null;
    root.replaceChildren(el("h2", {}, "Search"), el("p", { class: "problem", role: "alert" }, error.message), el("button", { type: "button", class: "single", on: { click: load } }, "Try again"));
  }
}

/** While the car moves nothing can be typed or sent; what has been answered can be read. */
function closed() {
  const told = root.querySelector(".closed");
  if (told) told.textContent = moving ? "Not while driving: stop, then search." : "";
  for (const part of step.querySelectorAll("fieldset.all")) part.disabled = moving;
}

// how wide it is, and sending it

async function look(asking, complain) {
  const mine = turn;
  try {
    const told = await api.post("/api/search/look", asking);
    if (mine !== turn) return;
    if (told.outlook === null) complain(told.problems);
    else confirm({ ...asking, ago_s: null, since: told.outlook.since, until: told.outlook.until }, told);
  } catch (error) {
    complain({ "": error.message });
  }
}

function confirm(asking, told) {
  const { outlook, units } = told;
  const fact = (name, ...words) => [el("dt", {}, name), el("dd", {}, ...words)];
  const problem = el("p", { class: "problem", role: "alert", id: "search-problem" });
  const signing = outlook.needs ? signs(outlook.needs) : null;
  const send = el("button", { type: "submit", id: "search-send", class: "single go", disabled: outlook.needs !== "" && hold().supervisors.length === 0 }, units.length === 1 ? "Sign and send to 1 unit" : `Sign and send to ${units.length} units`);
  const back = el("button", { type: "button", id: "search-back", class: "single", on: { click: edit } }, "Change it");
  const sheet = el(
    "form",
    { class: "confirm", autocomplete: "off", "aria-label": "Before it is sent" },
    el(
      "fieldset",
      { class: "all" },
      el("h3", { tabindex: -1, id: "confirm-title" }, "Before it is sent"),
      el(
        "dl",
        { class: "outlook" },
        fact("Plate", el("strong", { class: "mono" }, bdi(outlook.pattern)), outlook.alike.length > 0 && el("small", {}, ` look-alikes (${outlook.alike.join(", ")}) are not searched as well: write ? for one`)),
        fact("How wide", bdi(outlook.breadth)),
        fact("Time", `${moment(outlook.since)} to ${moment(outlook.until)} (`, bdi(outlook.window), ")"),
        fact("Asked", bdi(units.join(", "))),
        fact("Hits of", bdi(asking.categories.join(", ").replaceAll("_", " ") || "all categories")),
        fact("Reason", bdi(asking.purpose.replaceAll("-", " ")), ", case ", bdi(asking.case)),
        fact("Searched", bdi(outlook.searched)),
        fact("Recorded", "with your name, ", el("strong", {}, bdi(officer))),
      ),
      signing,
      problem,
      el("div", { class: "ends" }, send, back),
    ),
  );
  sheet.addEventListener("submit", (event) => {
    event.preventDefault();
    sendIt(asking, sheet, send, problem);
  });
  step.replaceChildren(sheet);
  closed();
  sheet.querySelector("#confirm-title").focus();
  sheet.scrollIntoView({ block: "nearest" });
}

/** The second key: a supervisor types a password here; it opens that key for this one search. */
function signs(why) {
  const names = hold().supervisors;
  if (names.length === 0) return el("p", { class: "problem" }, bdi(why), ". No other supervisor’s key is on this console: narrow the search, or ask where one is.");
  return el(
    "div",
    { class: "signs" },
    el("p", {}, el("strong", {}, "A supervisor must sign as well: "), bdi(why.replace(/: a supervisor.*$/, "")), "."),
    el("label", { class: "line" }, "Supervisor ", el("select", { id: "search-supervisor", name: "supervisor", autocomplete: "off" }, names.map((name) => el("option", { value: name }, name)))),
    el("label", { class: "line" }, "The supervisor’s own password ", el("input", { id: "search-password", type: "password", name: "second", autocomplete: "off", maxlength: 400, required: true })),
  );
}

async function sendIt(asking, sheet, button, problem) {
  if (button.disabled) return;
  const mine = turn;
  const password = sheet.querySelector("#search-password");
  const supervisor = sheet.querySelector("#search-supervisor")?.value ?? "";
  button.disabled = true;
  problem.textContent = "";
  try {
    const told = await api.post("/api/search/send", { ...asking, supervisor, password: password?.value ?? "" });
    if (mine !== turn) return;
    if (told.sent) return await sent(told.sent);
    problem.textContent = Object.values(told.problems).join(" ");
    password?.select();
  } catch (error) {
    problem.textContent = error.message;
  } finally {
    if (password) password.value = "";
    button.disabled = false;
  }
}

async function sent(number) {
  form = searchForm(hold(), look);
  opened = number;
  answers.replaceChildren();
  edit();
  await refresh();
  answers.scrollIntoView({ block: "nearest" });
}

function edit() {
  step.replaceChildren(form);
  closed();
}

// what was asked, and what was answered

async function refresh() {
  const mine = turn;
  try {
    const told = await api.searches();
    if (mine !== turn) return;
    lines.replaceChildren(linesView(told.lines, opened, (number) => show(number, true)));
    if (opened) await show(opened, false);
  } catch (error) {
    if (mine === turn) lines.replaceChildren(el("p", { class: "problem", role: "alert" }, error.message));
  }
}

async function show(number, byHand) {
  const mine = turn;
  if (byHand) opened = number;
  const still = () => mine === turn && opened === number; // another may have been opened meanwhile
  try {
    const told = await api.post(`/api/search/${encodeURIComponent(number)}/open`, { by_hand: byHand });
    if (!still()) return;
    answers.replaceChildren(answersView(told));
    if (byHand) answers.scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (still()) answers.replaceChildren(el("p", { class: "problem", role: "alert" }, error.message));
  }
  for (const one of lines.querySelectorAll("button")) {
    if (one.dataset.number === opened) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
}
