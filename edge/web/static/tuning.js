// The technician's page: asks for looks one after the other, so that a slow phone gets fewer.

import { send, sentence } from "./tuning_api.js";
import * as pick from "./tuning_aim.js";
import { figure, overlay, pairs, plateRow, trackRow } from "./tuning_draw.js";
import { count, sounding, tell, toggle } from "./tuning_sound.js";

const AGAIN_MS = 1000;
const HERE_MS = 20_000; // how often the unit is told that somebody touches the page
const HOLD_MS = 4000;
const STALE_MS = 8000;
const COLOURS = { red: "Red: mend this", amber: "Amber: reads with luck", green: "Green: good" };

const place = (id) => document.getElementById(id);
let seen = null; // the look on the screen
let zones = null;
let paused = false;
let span = [0, 0];
let told = 0; // when the unit was told that somebody is here
let aimed = -HOLD_MS;
let came = performance.now();
let drawing = Promise.resolve();

async function ask(words) {
  const answer = await fetch(`/api/look?${new URLSearchParams({ speed: place("speed").value || "0", ...pick.wanted(), ...words })}`);
  if (answer.status === 401) location.assign("/");
  if (!answer.ok) throw new Error((await answer.json()).problem ?? "The unit does not answer.");
  return answer.json();
}

function news(words) {
  const bar = place("news");
  if (bar.textContent !== words) bar.textContent = words;
  bar.hidden = !words;
}

async function live() {
  for (;;) {
    try {
      const said = await ask(paused ? { number: seen?.number ?? 1 } : { after: seen?.number ?? 0 });
      take(said);
      if (said.look && !paused) await show(said.look);
      if (paused) await new Promise((done) => setTimeout(done, AGAIN_MS));
    } catch (error) {
      news(sentence(error));
      tell("");
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

function take(said) {
  zones = said.zones ?? zones;
  span = [said.oldest, said.newest];
  const paused_until = said.vitals?.paused_until;
  news(paused_until ? `Reading is paused by the town's order until ${paused_until}.` : said.problem);
  if (paused_until) clear();
  machine(said.vitals);
  tools();
}

function clear() {
  seen = null;
  paused = false;
  place("picture").hidden = true;
  place("picture").removeAttribute("src");
  place("overlay").replaceChildren();
  document.dispatchEvent(new CustomEvent("looks-gone"));
  tell("");
}

function show(look) {
  drawing = drawing.then(() => draw(look)).catch((error) => news(error.message));
  return drawing;
}

async function draw(look) {
  const picture = place("picture");
  picture.src = `/look/${look.number}.jpg`;
  picture.hidden = false;
  try {
    await picture.decode();
  } catch {
    return; // it left the last minute meanwhile
  }
  seen = look;
  came = performance.now();
  lists();
  document.dispatchEvent(new CustomEvent("look", { detail: look })); // for what is drawn over it
}

function lists() {
  if (seen === null) return;
  const chosen = pick.chosen(seen);
  overlay(place("overlay"), seen, zones, chosen);
  place("masked").hidden = !seen.masked;
  place("plates").replaceChildren(...seen.plates.map((one, index) => plateRow(one, index === chosen)));
  place("tracks").replaceChildren(...seen.tracks.map(trackRow));
  aim(seen.plates[chosen]);
  tools();
}

function aim(plate) {
  const box = place("aim");
  const found = plate?.aim;
  if (!found && !paused && performance.now() - aimed < HOLD_MS) {
    tell("");
    return; // long enough to read what was said of the last plate
  }
  if (found) aimed = performance.now();
  box.className = found?.colour ?? "none";
  tell(found?.colour ?? "");
  if (!found) {
    place("verdict").textContent = plate ? "This plate is not measured" : "No plate in this picture";
    place("advice").textContent = plate?.why ?? "Put the test plate where cars will pass.";
    place("measures").replaceChildren();
    return;
  }
  place("verdict").textContent = COLOURS[found.colour];
  const order = { red: 0, amber: 1, green: 2 };
  const first = found.findings.filter((one) => one.advice).sort((a, b) => order[a.colour] - order[b.colour] || (a.value === null) - (b.value === null))[0];
  place("advice").textContent = first?.advice ?? "Nothing to mend.";
  pairs(place("measures"), found.findings.map((one) => [one.name, `${figure(one)}${one.advice && one !== first ? `: ${one.advice}` : ""}`, one.colour]));
}

function machine(vitals) {
  if (!vitals) {
    pairs(place("vitals"), [["watch", "does not report: is it running?", "red"]]);
    return;
  }
  const heat = vitals.temperature_c === null ? "no sensor" : `${vitals.temperature_c.toFixed(0)} °C`;
  const stages = Object.entries(seen?.stage_ms ?? vitals.stage_ms).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
  pairs(place("vitals"), [
    ["frames a second", vitals.frames_per_s.toFixed(1)],
    ["frames dropped", String(vitals.dropped)],
    ["looks not shown", String(seen?.dropped ?? 0)],
    ["stages, ms", stages.join(", ") || "none yet"],
    ["temperature", heat],
    ["throttled", vitals.throttled || "not known on this machine", vitals.throttled && vitals.throttled !== "no" ? "red" : ""],
    ["camera", vitals.source_problem || vitals.source, vitals.source === "delivering" ? "" : "red"],
    ["gate", seen?.reason ?? "nothing seen yet"],
    ["list", vitals.list || "none in force"],
    ["by the broker", vitals.remote || "not known"],
  ]);
}

function tools() {
  place("pause").textContent = paused ? "Go live" : "Pause";
  place("back").disabled = seen === null || seen.number <= span[0];
  place("forth").disabled = !paused || seen === null || seen.number >= span[1];
  place("sound").textContent = sounding() ? "Sound on" : "Sound off";
  place("sound").setAttribute("aria-pressed", String(sounding()));
  place("sound").dataset.count = String(count());
  const when = seen ? seen.at.slice(11, 19) : "";
  const old = performance.now() - came > STALE_MS ? ", nothing new since" : "";
  place("state").textContent = seen === null ? "Waiting for the first picture" : paused ? `Paused at ${when} UTC` : `Live, ${when} UTC${old}`;
}

async function step(by) {
  if (seen === null) return;
  paused = true;
  const number = Math.min(Math.max(seen.number + by, span[0]), span[1]);
  const said = await ask({ number });
  take(said);
  if (said.look) await show(said.look);
}

function pause() {
  paused = !paused && seen !== null;
  tools();
}

function other() {
  if (seen !== null) pick.next(seen);
}

async function sound() {
  await toggle();
  tools();
}

function light() {
  const now = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "day");
  document.documentElement.dataset.theme = now === "day" ? "night" : "day";
  place("light").textContent = now === "day" ? "Day" : "Night";
}

async function out() {
  await send("/api/log-out");
  location.assign("/");
}

function here() {
  if (performance.now() - told < HERE_MS && told) return;
  told = performance.now();
  send("/api/here").catch((error) => news(error.message));
}

const KEYS = {
  " ": pause,
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  l: () => { paused = false; tools(); },
  s: sound,
  d: light,
  a: other,
};

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest("input, select, dialog") || (event.key === " " && event.target.closest("button, summary"))) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}

async function enter(event) {
  event.preventDefault();
  const form = event.target;
  const [button, problem] = ["button", ".problem"].map((one) => form.querySelector(one));
  button.disabled = true;
  problem.textContent = "";
  try {
    await send("/api/log-in", Object.fromEntries(new FormData(form)));
    location.assign("/");
  } catch (error) {
    problem.textContent = sentence(error);
    form.querySelector("input").select();
  } finally {
    button.disabled = false;
  }
}

if (place("log-in")) {
  place("log-in").addEventListener("submit", enter);
} else if (place("stage")) {
  for (const [id, act] of Object.entries({ pause, back: () => step(-1), forth: () => step(1), other, sound, light, out })) {
    place(id).addEventListener("click", act);
  }
  place("overlay").addEventListener("click", (event) => seen && pick.point(event, place("overlay"), seen));
  addEventListener("keydown", key);
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, here);
  live();
}
