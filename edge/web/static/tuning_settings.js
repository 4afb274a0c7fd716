// The panel of settings: one draft of changes, compared and saved as a whole, with whatever is drawn.

import { get, send, sentence } from "./tuning_api.js";
import { compared } from "./tuning_compared.js";
import { made } from "./tuning_draw.js";
import { Exposure } from "./tuning_exposure.js";
import { Knob, toml } from "./tuning_knobs.js";
import { asked, follow, returned } from "./tuning_save.js";

const POLL_MS = 700;
const LOOK_MS = 5000;
const GROUPS = [
  ["Exposure", ["exposure", "source.shutter_us", "source.gain"]],
  ["Finding and reading plates", ["reader", "detector"]],
  ["Passes, and how reads of one are joined", ["tracking"]],
  ["Which frames are looked at", ["gate"]],
  ["Alerts", ["policy"]],
  ["Camera, models and journal", ["source", "reader.card", "reader.threads", "detector.card", "detector.threads", "log"]],
];
const place = (id) => document.getElementById(id);
const changes = new Map(); // by path, values in plain JS
const knobs = new Map();
let settings = new Map();
let exposure = null;
let open = new Set();

/** Return the value of a setting that is in force; undefined before the unit has told it. */
export function inForce(path) {
  return settings.get(path)?.value;
}

/** Put a changed setting into the draft; undefined takes it out. */
export function draft(path, value) {
  if (value === undefined) changes.delete(path);
  else changes.set(path, value);
  exposure?.show();
  bar();
}

function words() {
  return Object.fromEntries([...changes].map(([path, value]) => [path, toml(value)]));
}

function groupOf(path) {
  const exact = GROUPS.findIndex(([, names]) => names.includes(path));
  return exact >= 0 ? exact : GROUPS.findIndex(([, names]) => names.includes(path.split(".")[0]));
}

function bar() {
  const count = changes.size;
  place("draft").textContent = count === 0 ? "Nothing is changed" : `${count} setting${count === 1 ? "" : "s"} changed, not saved`;
  for (const id of ["save", "throw"]) place(id).disabled = count === 0;
  place("compare").disabled = count === 0 || place("source").value === "";
  const held = [place("compare"), place("stop")].includes(document.activeElement);
  place("compare").hidden = comparing;
  place("stop").hidden = !comparing;
  if (held) place(comparing ? "stop" : "compare").focus(); // the one takes the other's place
}

async function load() {
  const said = await get("/api/settings");
  settings = new Map(said.settings.map((one) => [one.path, one]));
  open = new Set([...place("knobs").querySelectorAll("details[open]")].map((one) => one.dataset.group));
  knobs.clear();
  place("knobs").replaceChildren(...GROUPS.map(group));
  place("saving").textContent = said.saving ? `Nothing can be saved here: ${said.saving}` : "";
  sources(said);
  document.dispatchEvent(new CustomEvent("settings"));
  bar();
  return said;
}

function group([title], index) {
  const rows = [...settings.values()].filter((one) => one.section !== "zones" && groupOf(one.path) === index);
  const inside = made("div", { class: "rows" });
  for (const one of rows) {
    const knob = new Knob(one, draft);
    if (changes.has(one.path)) {
      knob.value = changes.get(one.path);
      knob.show();
    }
    knobs.set(one.path, knob);
    inside.append(knob.row);
  }
  if (index === 0) exposure = new Exposure(knobs, inside);
  const whole = made("details", { "data-group": title }, made("summary", {}, title), inside);
  whole.open = open.has(title);
  return whole;
}

function sources({ clips, minute }) {
  const chosen = place("source").value;
  const options = clips.map(({ name }) => made("option", { value: `clip:${name}` }, `Recording ${name}`));
  place("source").replaceChildren(made("option", { value: "minute" }, "The last minute"), ...options);
  if (chosen) place("source").value = chosen;
  kept(minute);
}

function kept({ armed, seconds, pictures }) {
  const button = place("arm");
  button.setAttribute("aria-pressed", String(armed));
  button.textContent = armed ? "Forget the last minute" : "Keep the last minute";
  place("kept").textContent = armed
    ? `Kept in memory: ${pictures} pictures of ${Math.round(seconds)} s. Gone when you forget them, log out or close the page.`
    : "Not kept. Keeping it stands on the unit's chain; it stays in memory, and nobody is shown it.";
}

async function arm() {
  const armed = place("arm").getAttribute("aria-pressed") !== "true";
  kept(await send("/api/settings/minute", { armed }));
}

let comparing = false;

async function compare() {
  comparing = true;
  bar();
  place("compared").replaceChildren();
  try {
    const { job } = await send("/api/settings/compare", { changes: words(), source: place("source").value });
    await watch(job);
  } finally {
    comparing = false;
    place("share").hidden = true;
    bar();
  }
}

async function watch(number) {
  for (;;) {
    const job = await get("/api/settings/job");
    if (job?.number !== number) throw new Error("The comparison is gone.");
    place("share").hidden = !job.running;
    if (job.share === null) place("share").removeAttribute("value");
    else place("share").value = job.share;
    place("doing").textContent = job.running ? job.sentence : job.problem;
    if (!job.running) {
      if (job.result) place("compared").replaceChildren(...compared(job.result));
      return;
    }
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

async function save() {
  const proposal = await send("/api/settings/propose", { changes: words() });
  const why = await asked(proposal);
  if (why === null) return;
  const { job } = await send("/api/settings/save", { changes: words(), why });
  await ended(await follow(job));
}

async function back(number) {
  returned(number, await get(`/api/settings/back/${number}`));
  const { job } = await send("/api/settings/back", { number, why: "" });
  await ended(await follow(job));
}

async function ended(outcome) {
  if (outcome?.kept) clear();
  await load();
  await history();
}

function clear() {
  changes.clear();
  document.dispatchEvent(new CustomEvent("draft-cleared"));
  for (const knob of knobs.values()) {
    knob.value = knob.setting.value;
    knob.show();
  }
  exposure?.show();
  bar();
}

async function history() {
  const { versions } = await get("/api/settings/history");
  const rows = versions.toReversed().map((one) => {
    const told = one.at ? `${one.at.slice(0, 16).replace("T", " ")} UTC, ${one.who}: ${one.why}` : "as it was found";
    const row = made("li", {}, made("strong", {}, `Version ${one.number}`), ` ${told} `);
    if (one.undone) row.append(made("em", {}, "Undone: frames did not go on."));
    else if (one.current) row.append(made("em", {}, "In force."));
    else {
      const button = made("button", { type: "button" }, `Back to version ${one.number}`);
      button.addEventListener("click", () => tried(() => back(one.number)));
      row.append(button);
    }
    return row;
  });
  place("versions").replaceChildren(...rows);
}

async function tried(act) {
  place("doing").textContent = "";
  try {
    await act();
  } catch (error) {
    place("doing").textContent = sentence(error);
  }
}

async function looking() {
  for (;;) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    if (document.hidden || place("arm").getAttribute("aria-pressed") !== "true") continue;
    try {
      kept(await get("/api/settings/minute"));
    } catch (error) {
      place("kept").textContent = sentence(error);
    }
  }
}

if (place("settings")) {
  place("arm").addEventListener("click", () => tried(arm));
  place("compare").addEventListener("click", () => tried(compare));
  place("stop").addEventListener("click", () => tried(() => send("/api/settings/job/stop")));
  place("save").addEventListener("click", () => tried(save));
  place("throw").addEventListener("click", clear);
  place("source").addEventListener("change", bar);
  place("history").addEventListener("toggle", () => { if (place("history").open) tried(history); });
  tried(load);
  looking();
}
