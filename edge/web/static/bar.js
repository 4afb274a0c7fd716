// The bar and the notices under it: how the console does, and what is hidden or missing.

import { bdi } from "./details.js";
import { el } from "./dom.js";
import * as sound from "./sound.js";
import { span } from "./words.js";

const bar = document.getElementById("status");
const place = document.getElementById("banners");
let shown = "";
let unfolded = false;
let again = () => {};

/** A few words: connected or not, speed, who is logged in. */
export function status({ state }) {
  const speed = state.speed_kmh === null ? "speed not known" : `${Math.round(state.speed_kmh)} km/h`;
  bar.replaceChildren(
    el("span", { class: state.online ? "dot good" : "dot bad" }, state.online ? "online" : "offline"),
    state.wall ? "" : el("span", { class: state.moving ? "moving" : "quiet" }, state.moving ? `${speed}: one tap` : speed),
    el("span", { class: "who" }, state.officer === null ? "nobody logged in" : bdi(state.officer)),
  );
}

/** The buttons of the bar that come and go. */
export function tools({ state, searches }, { page, sound: heard, chosen, small }) {
  const button = (id) => document.getElementById(id);
  button("tool-list").hidden = !small;
  label(button("tool-list"), "List", "H");
  button("tool-lock").hidden = state.locked;
  button("tool-filter").hidden = state.locked;
  button("tool-claims").hidden = state.role !== "supervisor";
  label(button("tool-claims"), page === "claims" ? "Alerts" : `Corrections ${state.claims}`, "C");
  button("tool-search").hidden = state.locked || (searches ?? null) === null;
  label(button("tool-search"), page === "search" ? "Alerts" : "Search", "/");
  button("tool-sound").classList.toggle("sounding", heard === "sounding");
  if (heard === "sounding") label(button("tool-sound"), "Mute", "M");
  else label(button("tool-sound"), "Sound test", "S");
  document.title = title(state, chosen);
}

/** A button under a finger is left alone where nothing changes: a click needs it to stay. */
export function label(button, words, key) {
  const said = `${words} ${key}`;
  if (button.textContent !== said) button.replaceChildren(`${words} `, el("kbd", {}, key));
}

function title(state, chosen) {
  const alarm = chosen && chosen.tone === "alarm" && chosen.stage === "blind";
  return `${alarm ? "ALARM · " : ""}${state.online ? "" : "offline · "}Alerts`;
}

/** What must be known all the time; *silent* seconds without the server, *waiting* other alarms. */
export function banners(told, silent, notice, waiting, go) {
  const { state } = told;
  again = () => banners(told, silent, notice, waiting, go);
  const lines = [
    silent > 3 && ["bad", `This screen has had no contact with its console for ${span(silent)}. Alarms do not arrive.`],
    notice && ["bad", notice],
    !state.online && ["bad", `Offline: ${state.broker}`],
    ...state.gaps.map((gap) => ["warn", gap]),
    !state.clock_trusted && ["warn", "This console’s clock is not set: no time here can be believed, nothing counts as late."],
    state.filtered > 0 && [state.filtered_alarms > 0 ? "bad" : "plain", hidden(state)],
    ...state.units.filter((unit) => unit.paused).map((unit) => ["plain", `${unit.name} reads nothing, by the town’s order, ${unit.paused}`]),
    ...state.problems.map((problem) => ["warn", problem]),
    state.unsent > 0 && ["plain", state.unsent === 1 ? "1 outcome has not reached the centre yet." : `${state.unsent} outcomes have not reached the centre yet.`],
  ].filter(Boolean);
  const blocked = sound.state() === "blocked";
  const made = JSON.stringify([lines, blocked, waiting.length, unfolded]);
  if (made === shown) return;
  shown = made;
  place.replaceChildren(
    ...(blocked ? [el("button", { id: "unlock", type: "button", class: "banner loud", on: { click: () => sound.unlock() } }, "Sound is blocked: tap here, or no siren will be heard")] : []),
    ...(waiting.length > 0 ? [el("button", { id: "next-alarm", type: "button", class: "banner alarm", on: { click: () => go("alarm") } }, waiting.length === 1 ? "1 more alarm waits " : `${waiting.length} more alarms wait `, el("kbd", {}, "N"))] : []),
    ...folded(lines).map(([kind, words]) => el("p", { class: `banner ${kind}` }, bdi(words))),
  );
  more(lines.length - folded(lines).length);
}

/** The gravest only, so that the picture keeps its room; the rest is counted and a tap away. */
function folded(lines) {
  if (unfolded || lines.length <= 2) return lines;
  const grave = lines.filter(([kind]) => kind === "bad");
  return grave.length > 0 ? grave : lines.slice(0, 1);
}

function more(count) {
  const button = document.getElementById("tool-notices");
  button.hidden = count === 0 && !unfolded;
  button.setAttribute("aria-expanded", String(unfolded));
  label(button, unfolded ? "Fewer notices" : `+${count} ${count === 1 ? "notice" : "notices"}`, "I");
}

/** Show all notices, or the gravest. */
export function unfold() {
  unfolded = !unfolded;
  again();
}

function hidden({ filtered, filtered_alarms: alarms }) {
  const all = filtered === 1 ? "1 alert is hidden by your filters" : `${filtered} alerts are hidden by your filters`;
  return alarms > 0 ? `${all}, ${alarms === 1 ? "one of them an open alarm" : `${alarms} of them open alarms`}.` : `${all}.`;
}
