// The page: what the server tells is shown; what the officer does is sent. No state of its own but
// which card stands large, and which details it has been given.

import * as api from "./api.js";
import { banners, status, tools, unfold } from "./bar.js";
import { cardView, near, spoken } from "./card.js";
import { claimsPage } from "./claims.js";
import { el, refill } from "./dom.js";
import { onKeys } from "./keys.js";
import { listView } from "./list.js";
import { follow } from "./live.js";
import { logInPage } from "./login.js";
import { searchPage, searchTold } from "./search.js";
import { filterSheet, helpSheet, misreadSheet } from "./sheets.js";
import * as sound from "./sound.js";
import { nextTheme, useTheme } from "./theme.js";
import { shortSpan, span } from "./words.js";

const SETTLE_MS = 350; // a button that has just appeared takes no tap meant for what was there
const CELLS = 4; // large enough to be read across a room; the list has the others
const NARROW = matchMedia("(max-width: 720px)"); // a phone: one thing at a time
const WALL = document.body.classList.contains("wall");
const [main, side] = [document.getElementById("main"), document.getElementById("side")];

let told = null; // the server's last word
let baseline = 0; // when it came
let chosen = ""; // key of the card that stands large
let page = location.pathname === "/search" ? "search" : ""; // "claims", "search", or "" for cards
let left = false; // somebody has been logged in since the page was opened
let silent = 0;
let notice = "";
let pressing = false;
let waiting = false; // something to draw came while a finger was down
let listed = false; // the list is shown though an alarm fills a small screen
const details = new Map(); // number: the card with its details
const greeted = new Set(); // alarms that have had the main area
const hushed = new Set(); // alarms that were touched here

const acts = {
  answer: (card, answer) =>
    act(card, "answer", { answer, kind: card.question.kind, position: card.question.position, choices: card.question.choices }),
  urgent: (card) => act(card, "urgent"),
  open: (card) => act(card, "open"),
  outcome: (card, outcome) => {
    if (outcome === "misread" && !told.state.moving) misreadSheet((text, note) => act(card, "outcome", { outcome, text, note }));
    else act(card, "outcome", { outcome });
  },
  logIn: async (name, password) => {
    await api.logIn(name, password);
    await ask();
    say(`${name} is logged in.`);
  },
};

const ask = follow(show, (seconds) => {
  const before = silent > 3;
  silent = seconds;
  if (told && (silent > 3 || before)) banners(told, silent, notice, others(), go);
});

function show(next) {
  const locks = next.state.locked && told && !told.state.locked;
  told = next;
  baseline = performance.now();
  searchTold(told);
  if (told.state.locked) details.clear();
  else left = true;
  for (const number of details.keys()) if (!told.cards.some((card) => card.number === number)) details.delete(number);
  if (locks && !asking(current())) chosen = "";
  ring();
  choose();
  draw();
  fetchDetails();
}

NARROW.addEventListener("change", () => told && draw());

// which card stands large

function open() {
  return told.cards.filter((card) => card.stage !== "history");
}

function asking(card) {
  return card && card.tone === "alarm" && card.stage === "blind";
}

function current() {
  return told.cards.find((card) => card.key === chosen) ?? null;
}

function others() {
  return open().filter((card) => asking(card) && card.key !== chosen && !WALL);
}

function choose() {
  const fresh = told.cards.filter((card) => asking(card) && !greeted.has(card.number));
  for (const card of fresh) announce(card);
  const now = current();
  if (fresh.length > 0) {
    page = "";
    listed = false;
    if (!asking(now)) chosen = fresh[0].key; // a question that is being answered is not pulled away
  } else if (now === null) {
    chosen = told.state.locked ? (open().find(asking)?.key ?? "") : (open()[0]?.key ?? "");
  }
}

function announce(card) {
  greeted.add(card.number);
  document.getElementById("alarmed").textContent = spoken(card);
}

function pick(card) {
  chosen = card.key;
  page = "";
  listed = false;
  draw();
  fetchDetails();
  main.focus({ preventScroll: true });
}

function go(step) {
  const cards = step === "alarm" ? others() : told.cards;
  if (cards.length === 0) return;
  const at = cards.findIndex((card) => card.key === chosen);
  pick(step === "alarm" ? cards[0] : cards[Math.max(0, Math.min(cards.length - 1, at + step))]);
}

// drawing

function draw() {
  if (pressing) {
    waiting = true;
    return;
  }
  waiting = false;
  status(told);
  tools(told, { page, sound: sound.state(), chosen: current(), small: focused() });
  banners(told, silent, notice, others(), go);
  document.body.classList.toggle("focused", focused() && !listed);
  document.body.classList.toggle("listed", listed);
  if (page === "search" && searching()) fill(`search ${told.state.officer}`, searchPage);
  else if (page === "claims") fill("claims", () => claimsPage(told, confirmClaim));
  else if (WALL) drawWall();
  else drawOne();
  listView(side, told.cards, told.more, chosen, pick, told.state.record);
  tick();
}

function searching() {
  return !told.state.locked && (told.searches ?? null) !== null;
}

function focused() {
  const now = current();
  if (WALL) return false;
  if (NARROW.matches) return true;
  return page === "" && now !== null && (asking(now) || (details.has(now.number) && !told.state.locked));
}

function drawOne() {
  const card = withDetails(current());
  if (card !== null) fill(sign([card]), () => cardView(card, told, acts));
  else if (told.state.locked) fill(`log-in ${left} ${told.officers}`, () => logInPage(told, acts.logIn, left));
  else fill(`calm ${told.state.units.length}`, calm);
  moveMarks([card]);
}

function drawWall() {
  const now = current();
  const cells = open().slice(0, CELLS);
  if (now !== null && !cells.includes(now)) cells.unshift(now);
  const cards = cells.slice(0, CELLS).map(withDetails);
  const entrance = told.state.locked;
  fill(sign(cards) + entrance, () => [
    entrance && el("div", { class: "entrance" }, logInPage(told, acts.logIn, left)),
    cards.length === 0 && !entrance && calm(),
    cards.map((card) => {
      const cell = cardView(card, told, acts, true);
      for (const event of ["focusin", "pointerdown"]) cell.addEventListener(event, () => mark(card.key));
      return cell;
    }),
  ]);
  mark(chosen);
  moveMarks(cards);
}

/** Keys act on the cell that is marked. */
function mark(key) {
  chosen = key;
  for (const cell of main.querySelectorAll(".card")) cell.classList.toggle("chosen", cell.dataset.card === key);
}

function withDetails(card) {
  if (card === null || told.state.locked) return card;
  const had = details.get(card.number);
  return had && had.revision === card.revision ? { ...card, details: had.details } : card;
}

/** What a drawing is made of: while it is the same, nothing is drawn again. */
function sign(cards) {
  const made = cards.map((card) => ({ ...card, age_s: card.age_s === null, distance_m: card.distance_m === null, bearing_deg: null }));
  return JSON.stringify([made, told.state.locked, told.state.moving, told.state.tiles, told.officers]);
}

let drawn = "";
let shownAs = [];

function fill(made, build) {
  if (made === drawn) return;
  drawn = made;
  const typed = main.querySelector("[data-keep]");
  const [key, value] = typed ? [typed.dataset.keep, typed.value] : ["", ""];
  refill(main, build);
  const again = main.querySelector("[data-keep]");
  if (again && again.dataset.keep === key) again.value = value;
  settle();
}

/** Buttons wait a moment where another card, or another stage of it, has taken the place. */
function settle() {
  const cells = [...main.querySelectorAll(".card")];
  const names = cells.map((cell) => `${cell.dataset.number} ${cell.className.replace(" chosen", "")}`);
  const fresh = cells.filter((_, index) => names[index] !== shownAs[index]);
  shownAs = names;
  const buttons = fresh.flatMap((cell) => [...cell.querySelectorAll(".foot button:not(#log-in-send)")]);
  for (const button of buttons) button.disabled = true;
  setTimeout(() => { for (const button of buttons) button.disabled = false; }, SETTLE_MS);
}

function moveMarks(cards) {
  for (const card of cards) {
    const mark = card && main.querySelector(`[data-card="${CSS.escape(card.key)}"] .near`);
    if (mark) mark.replaceWith(near(card));
    const age = card && main.querySelector(`[data-card="${CSS.escape(card.key)}"] [data-age]`);
    if (age && card.age_s !== null) age.dataset.age = card.age_s;
  }
}

function calm() {
  const units = told.state.units;
  const there = units.filter((unit) => unit.state === "online").length;
  return el(
    "section",
    { class: "page calm" },
    el("h2", {}, "Nothing to check"),
    el("p", {}, units.length === 0 ? "No unit has been heard of yet." : `${there} of ${units.length} units are online.`),
    el(
      "ul",
      { class: "units" },
      units.map((unit) => el("li", { class: unit.state }, el("bdi", {}, unit.name), unit.paused ? " paused" : ` ${unit.state}`, unit.paused && el("small", {}, el("bdi", {}, unit.paused)), unit.visitor && el("small", {}, el("bdi", {}, unit.visitor)), unit.problems.length > 0 && el("small", {}, el("bdi", {}, unit.problems[0])))),
    ),
  );
}

function tick() {
  const passed = (performance.now() - baseline) / 1000;
  for (const node of document.querySelectorAll("[data-age]")) {
    const age = Number(node.dataset.age) + passed;
    const words = "short" in node.dataset ? shortSpan(age) : `${span(age)} ago`;
    if (node.textContent !== words) node.textContent = words;
  }
}

// what is done

async function act(card, what, words = {}) {
  try {
    const after = await api.act(card.number, what, words);
    if (after.details) details.set(after.number, after);
    told.cards = told.cards.map((one) => (one.key === after.key ? { ...after, details: null } : one));
    draw();
    if (what === "outcome") say("Sent.");
    if (what === "answer" || what === "urgent") main.focus({ preventScroll: true });
  } catch (error) {
    complain(error.message);
  }
  ask();
}

async function fetchDetails() {
  const shown = WALL ? open().slice(0, CELLS) : [current()];
  const wanted = shown.filter((card) => card && !told.state.locked && (card.stage === "revealed" || details.has(card.number)));
  for (const card of wanted) {
    try {
      const full = await api.card(card.number);
      if (full.details) details.set(full.number, full);
    } catch (error) {
      complain(error.message);
    }
  }
  if (wanted.length > 0) draw();
}

async function confirmClaim(number) {
  try {
    await api.post(`/api/claims/${encodeURIComponent(number)}`);
    say("Confirmed.");
  } catch (error) {
    complain(error.message);
  }
  drawn = "";
  ask();
}

function say(words) {
  document.getElementById("told").textContent = words;
}

function complain(words) {
  notice = words;
  banners(told, silent, notice, others(), go);
  setTimeout(() => {
    if (notice !== words) return;
    notice = "";
    banners(told, silent, notice, others(), go);
  }, 8000);
}

// sound

function ring() {
  const calling = told.cards.filter((card) => card.tone === "alarm" && card.siren);
  for (const number of hushed) if (!calling.some((card) => card.number === number)) hushed.delete(number);
  sound.siren(calling.some((card) => !hushed.has(card.number)));
}

function touch() {
  if (!told) return;
  const calling = told.cards.filter((card) => card.tone === "alarm" && card.siren && !hushed.has(card.number));
  for (const card of calling) {
    hushed.add(card.number);
    api.act(card.number, "touch").catch((error) => complain(error.message));
  }
  ring();
}

document.addEventListener("pointerdown", (event) => {
  pressing = true;
  if (!event.target.closest("#unlock, #tool-sound")) touch();
}, true);
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    pressing = false;
    sound.unlock();
    // after the click that follows
    if (waiting) setTimeout(() => draw(), 0);
  }, true);
}
document.addEventListener("keydown", () => sound.unlock(), true);
sound.onSound(() => {
  if (told) {
    tools(told, { page, sound: sound.state(), chosen: current(), small: focused() });
    banners(told, silent, notice, others(), go);
  }
});

const commands = {
  "tool-notices": unfold,
  "tool-list": () => { listed = !listed; draw(); },
  "tool-claims": () => { page = page === "claims" ? "" : "claims"; drawn = ""; draw(); },
  "tool-search": () => { page = page === "search" ? "" : "search"; draw(); if (page) main.focus({ preventScroll: true }); },
  "tool-filter": () => filterSheet(told, async (filters) => {
    try {
      await api.post("/api/filter", filters);
    } catch (error) {
      complain(error.message);
    }
    ask();
  }),
  "tool-sound": () => (sound.state() === "sounding" ? touch() : sound.test()),
  "tool-theme": () => nextTheme(),
  "tool-lock": async () => {
    details.clear();
    try {
      await api.post("/api/lock");
    } catch (error) {
      complain(error.message);
    }
    ask();
  },
  "tool-help": () => helpSheet(),
};
for (const [id, command] of Object.entries(commands)) document.getElementById(id).addEventListener("click", command);
onKeys({
  root: () => (WALL ? main.querySelector(".card.chosen") ?? main : main),
  mute: touch,
  step: (by) => told && go(by),
  press: (id) => document.getElementById(id).click(),
});
useTheme();
setInterval(tick, 1000);
sound.unlock();
