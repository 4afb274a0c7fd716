// Zones and the direction line, drawn over the picture by finger, mouse or keys alone. What is drawn
// goes into the page's one draft; the unit itself says whether it may stand.

import { send, sentence } from "./tuning_api.js";
import { draft, inForce } from "./tuning_settings.js";
import { Minute, Past, SENSES, added, all, copy, corners, deleted, inserted, inside, kept, moved, none, shifted, square, without } from "./tuning_shapes.js";
import { Drawing, NAMES, nameOf, placeOf } from "./tuning_zones_view.js";

const CHECK_MS = 250;
const AGAIN_MS = 2000;
const MINUTE_MS = 60_000;
const NEAR_PX = 24;
const FIELDS = ["interest", "ignore", "direction", "sense"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ARROW = [[0.5, 0.25], [0.5, 0.75]];

const place = (id) => document.getElementById(`zones-${id}`);
const stage = document.getElementById("stage");
const drawing = new Drawing(stage);
const minute = new Minute(MINUTE_MS);
const past = new Past(none());
let base = null; // what is in force; null until it came
let open = false;
let chosen = null; // {kind, at, corner}; corner null for the whole shape
let placing = null; // {kind, points}: a zone whose corners are being tapped
let dragging = null; // {from, point, target, shapes}
let flawed = null;
let timer = 0;

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const shown = () => dragging?.shapes ?? past.now;

function say(words) {
  place("said").textContent = words;
}

function look() {
  if (base === null || minute.number === 0) return;
  const dirty = !same(past.now, base);
  stage.classList.toggle("drawing", open || dirty);
  stage.classList.toggle("open", open);
  drawing.draw({ shapes: shown(), chosen: open ? chosen : null, flawed, placing: placing?.points, wide: minute.wide, high: minute.high });
  preview();
  tools();
}

function preview() {
  drawing.dots(open ? minute.plates : [], shown());
  const [now, before] = [minute.judged(shown()), minute.judged(base)];
  const was = (count, old) => (count === old ? "" : ` (${old} by the settings in force)`);
  const plates = `In the last minute this page saw a plate ${now.plates} times: ${now.count} count${was(now.count, before.count)}, ${now.plates - now.count} are outside the zones.`;
  const passes = shown().sense === "both" ? "" : ` Of ${now.passes} passes ${now.wrong} went in the wrong direction${was(now.wrong, before.wrong)}.`;
  const nothing = now.plates > 0 && now.count === 0;
  place("minute").classList.toggle("problem", nothing);
  place("minute").textContent = now.plates ? `${nothing ? "No plate would count. " : ""}${plates}${passes}` : "No plate was seen in the last minute: what would count shows as soon as cars pass.";
}

function tools() {
  place("draw").textContent = open ? "Done" : "Draw zones";
  place("draw").setAttribute("aria-pressed", String(open));
  place("tools").hidden = !open;
  const solid = chosen && chosen.kind !== "direction";
  const rows = { insert: solid && chosen.corner !== null, corner: solid && chosen.corner !== null, shape: chosen, undo: past.before.length || placing?.points.length, redo: past.after.length && !placing };
  for (const [id, on] of Object.entries(rows)) place(id).disabled = !on;
  for (const id of ["interest", "ignore", "direction"]) place(id).hidden = placing !== null;
  for (const id of ["close", "cancel"]) place(id).hidden = placing === null;
  place("close").textContent = placing?.points.length >= 3 ? "Close the zone" : "Put a square";
  place("sense").value = past.now.sense;
  place("list").replaceChildren(...all(past.now).map(row));
}

function row(shape) {
  const button = document.createElement("button");
  button.type = "button";
  const size = shape.kind === "direction" ? "" : `, ${corners(past.now, shape).length} corners`;
  button.textContent = `${nameOf(shape)}${size}`;
  button.setAttribute("aria-pressed", String(chosen?.kind === shape.kind && chosen.at === shape.at));
  button.addEventListener("click", () => { choose({ ...shape, corner: 0 }); drawing.focus(chosen); });
  const item = document.createElement("li");
  item.append(button);
  return item;
}

function choose(one) {
  const other = JSON.stringify(one) !== JSON.stringify(chosen);
  chosen = one;
  if (other) past.tag = "";
  look();
}

function change(shapes, words, tag = "") {
  if (same(shapes, past.now)) return;
  past.take(shapes, tag);
  settle(words);
}

function settle(words) {
  const there = chosen && corners(past.now, chosen);
  if (chosen && (!there.length || (chosen.corner !== null && chosen.corner >= there.length))) chosen = there.length ? { ...chosen, corner: there.length - 1 } : null;
  say(words);
  for (const name of FIELDS) draft(`zones.${name}`, same(past.now[name], base[name]) ? undefined : copy(past.now[name]));
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_MS);
  look();
}

async function check() {
  const asked = past.now;
  let problem = "";
  try {
    if (!same(asked, base)) await send("/api/settings/propose", { changes: Object.fromEntries(FIELDS.map((name) => [`zones.${name}`, JSON.stringify(asked[name])])) });
  } catch (error) {
    problem = sentence(error);
    if (error instanceof TypeError && asked === past.now) {
      place("problem").textContent = problem;
      timer = setTimeout(check, AGAIN_MS); // it is no refusal: Save asks again as well
      return;
    }
  }
  if (asked !== past.now) return; // a newer drawing is asked about
  refuse(problem);
}

function refuse(problem) {
  const found = /(interest|ignore) polygon (\d+): (.*?)(?:, not [[({].*)?$/s.exec(problem);
  flawed = found ? { kind: found[1], at: Number(found[2]) - 1 } : null;
  place("problem").textContent = found ? `${NAMES[found[1]]} ${found[2]}: ${found[3]}. It is not taken until it is mended.` : problem;
  if (problem) for (const name of FIELDS) draft(`zones.${name}`, undefined); // Save must not take what is refused
  look();
}

function step(back) {
  const held = drawing.svg.contains(document.activeElement);
  if (placing) {
    placing.points.pop();
    look();
  } else if (back ? past.undo() : past.redo()) {
    settle(back ? "One step back." : "One step on again.");
    if (held && chosen?.corner != null) drawing.focus(chosen);
    else if (held) drawing.svg.focus({ preventScroll: true });
  }
}

// new shapes

function begin(kind) {
  placing = { kind, points: [] };
  chosen = null;
  stage.scrollIntoView({ block: "nearest" });
  say(`${NAMES[kind]}: tap its corners one after another; tap the first again to close it.`);
  look();
  place("close").focus({ preventScroll: true });
}

function close() {
  const { kind, points } = placing;
  const taken = points.length >= 3 ? points : square(past.now[kind].length);
  placing = null;
  chosen = { kind, at: past.now[kind].length, corner: 0 };
  change(added(past.now, kind, taken), `${nameOf(chosen)} is drawn, with ${taken.length} corners.`);
  drawing.focus(chosen);
}

function cancel() {
  placing = null;
  say("Nothing was drawn.");
  look();
}

function arrow() {
  const fresh = past.now.direction.length === 0;
  chosen = { kind: "direction", at: 0, corner: 0 };
  if (fresh) change(added(past.now, "direction", copy(ARROW)), "Drag its ends so that it points where cars go that come nearer; then choose which count.");
  else say("There is one: drag its ends.");
  look();
  drawing.focus(chosen);
}

function sense() {
  const after = copy(past.now);
  after.sense = SENSES.includes(place("sense").value) ? place("sense").value : "both";
  if (after.sense !== "both" && !after.direction.length) after.direction = copy(ARROW);
  change(after, `Which cars count: ${place("sense").selectedOptions[0].textContent}.`);
}

// what is chosen

function insert() {
  const at = chosen;
  chosen = { ...at, corner: at.corner + 1 };
  change(inserted(past.now, at, at.corner), `A corner more, behind corner ${at.corner + 1}.`);
  drawing.focus(chosen);
}

function remove() {
  const after = deleted(past.now, chosen, chosen.corner);
  if (after === null) {
    say(`${nameOf(chosen)}: fewer than three corners are no zone. Delete all of it instead.`);
    return;
  }
  const name = nameOf(chosen);
  change(after, `${name}: a corner less.`);
  drawing.focus(chosen);
}

function wipe() {
  const gone = chosen;
  chosen = null;
  change(without(past.now, gone), `${nameOf(gone)} is gone. Undo brings it back.`);
  drawing.svg.focus({ preventScroll: true });
}

function nudge(across, down) {
  const [x, y] = corners(past.now, chosen)[chosen.corner];
  const [wantX, wantY] = [x + across / minute.wide, y + down / minute.high];
  const edge = kept(wantX) !== Math.round(wantX * 1e4) / 1e4 || kept(wantY) !== Math.round(wantY * 1e4) / 1e4;
  const after = moved(past.now, chosen, chosen.corner, [wantX, wantY]);
  const words = placeOf(corners(after, chosen)[chosen.corner]);
  if (edge) say("That is the edge of the picture: a corner cannot lie outside.");
  change(after, edge ? `At the edge of the picture: a corner cannot lie outside. ${words}` : words, JSON.stringify(chosen));
}

// pointers

function under(point) {
  const shapes = past.now;
  const spots = all(shapes).flatMap((shape) => corners(shapes, shape).map((spot, corner) => ({ ...shape, corner, apart: drawing.apart(point, spot) })));
  const mine = (one) => (chosen && one.kind === chosen.kind && one.at === chosen.at ? 4 : 0);
  const [near] = spots.filter((one) => one.apart <= NEAR_PX).sort((a, b) => a.apart - mine(a) - b.apart + mine(b));
  if (near) return { kind: near.kind, at: near.at, corner: near.corner };
  if (chosen && chosen.kind !== "direction") {
    const points = corners(shapes, chosen);
    const middle = points.findIndex(([x, y], index) => {
      const [x2, y2] = points[(index + 1) % points.length];
      return drawing.apart(point, [(x + x2) / 2, (y + y2) / 2]) <= NEAR_PX;
    });
    if (middle >= 0) return { kind: chosen.kind, at: chosen.at, corner: middle, fresh: true };
  }
  const among = all(shapes).reverse().filter((one) => one.kind !== "direction" && inside(point, corners(shapes, one)));
  return among.length ? { ...among[0], corner: null } : null;
}

function down(event) {
  if (!open || event.button !== 0) return;
  event.preventDefault();
  const point = drawing.point(event);
  if (placing) {
    const [first] = placing.points;
    if (placing.points.length >= 3 && drawing.apart(point, first) <= NEAR_PX) close();
    else placing.points.push(point.map(kept));
    look();
    return;
  }
  const target = under(point);
  if (target === null) {
    choose(null);
    return;
  }
  if (target.corner === null && !(chosen?.kind === target.kind && chosen.at === target.at)) {
    choose(target); // the first touch of a zone only picks it: no large one is moved by accident
    return;
  }
  const { fresh, ...one } = target;
  const from = fresh ? inserted(past.now, one, one.corner) : past.now;
  chosen = fresh ? { ...one, corner: one.corner + 1 } : one;
  past.tag = "";
  dragging = { from, point, shapes: from };
  drawing.svg.setPointerCapture(event.pointerId);
  look();
  if (chosen.corner !== null) drawing.focus(chosen);
}

function move(event) {
  if (dragging === null) return;
  const [x, y] = drawing.point(event);
  const [across, along] = [x - dragging.point[0], y - dragging.point[1]];
  if (chosen.corner === null) {
    dragging.shapes = shifted(dragging.from, chosen, across, along);
  } else {
    const [fromX, fromY] = corners(dragging.from, chosen)[chosen.corner];
    dragging.shapes = moved(dragging.from, chosen, chosen.corner, [fromX + across, fromY + along]);
  }
  look();
}

function up(event) {
  if (dragging === null) return;
  const { shapes } = dragging;
  dragging = null;
  const where = chosen.corner === null ? "" : `, ${placeOf(corners(shapes, chosen)[chosen.corner])}`;
  if (event.type === "pointerup") change(shapes, `${nameOf(chosen)}${where}`);
  look();
  if (chosen?.corner != null) drawing.focus(chosen);
}

// keys

function key(event) {
  const way = ARROWS[event.key];
  const times = event.shiftKey ? 10 : 1;
  const one = chosen?.corner != null && drawing.svg.contains(document.activeElement);
  const acts = {
    Delete: event.shiftKey ? wipe : remove,
    Backspace: event.shiftKey ? wipe : remove,
    Insert: insert,
    "+": insert,
  };
  if (way && one) nudge(way[0] * times, way[1] * times);
  else if (one && acts[event.key] && !(chosen.kind === "direction" && acts[event.key] === insert)) acts[event.key]();
  else if (!one || !["a", "d", "l", "s", " "].includes(event.key.toLowerCase())) return;
  event.preventDefault();
  event.stopPropagation(); // the page's own arrows step through the last minute
}

function keys(event) {
  if (event.altKey || event.target.closest("input, select, textarea, dialog")) return;
  const letter = event.key.toLowerCase();
  if (open && (event.ctrlKey || event.metaKey) && ["z", "y"].includes(letter)) step(letter === "z" && !event.shiftKey);
  else if (letter === "z" && !event.ctrlKey && !event.metaKey) toggle();
  else if (open && event.key === "Escape") (placing ? cancel : done)();
  else return;
  event.preventDefault();
}

function done() {
  open = false;
  placing = null;
  look();
  place("draw").focus({ preventScroll: true });
}

function toggle() {
  if (base === null || minute.number === 0) return;
  open = !open;
  placing = null;
  if (open) say(past.now.interest.length ? "" : "There is no region: plates count everywhere but in zones to ignore.");
  look();
}

/** Take over what is in force: all of it after a save, or where nothing was drawn yet. */
function force(anew) {
  const found = Object.fromEntries(FIELDS.map((name) => [name, inForce(`zones.${name}`)]));
  if (Object.values(found).includes(undefined)) return;
  const clean = base === null || same(past.now, base);
  base = copy(found);
  if (anew || clean) {
    past.begin(base);
    [chosen, flawed] = [null, null];
    place("problem").textContent = "";
  }
  place("draw").disabled = minute.number === 0;
  look();
}

for (const [id, act] of Object.entries({ draw: toggle, interest: () => begin("interest"), ignore: () => begin("ignore"), direction: arrow, close, cancel, insert, corner: remove, shape: wipe, undo: () => step(true), redo: () => step(false) })) {
  place(id).addEventListener("click", act);
}
place("sense").addEventListener("change", sense);
drawing.svg.addEventListener("pointerdown", down);
drawing.svg.addEventListener("pointermove", move);
for (const kind of ["pointerup", "pointercancel"]) drawing.svg.addEventListener(kind, up);
drawing.svg.addEventListener("keydown", key);
drawing.svg.addEventListener("focusin", ({ target }) => {
  const { kind, at, corner } = target.dataset ?? {};
  if (kind && dragging === null) choose({ kind, at: Number(at), corner: Number(corner) });
});
addEventListener("keydown", keys);
new ResizeObserver(look).observe(stage);
document.addEventListener("look", ({ detail }) => {
  const first = minute.number === 0;
  const size = [minute.wide, minute.high];
  minute.take(detail, performance.now());
  if (first) place("draw").disabled = base === null;
  if (first || !same(size, [minute.wide, minute.high])) look();
  else if (open) preview();
});
document.addEventListener("looks-gone", () => {
  minute.clear();
  open = false;
  stage.classList.remove("drawing", "open");
  place("draw").disabled = true;
});
document.addEventListener("settings", () => force(false));
document.addEventListener("draft-cleared", () => force(true));
place("draw").disabled = true;
force(true);
