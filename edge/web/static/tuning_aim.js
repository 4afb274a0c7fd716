// Which plate is aimed at: the unit's own choice (the test plate, else the widest), or one that the
// technician points at in the picture or steps to by key; the unit follows its pass from there on.

let at = null; // a point of the whole frame, null for the unit's own choice

/** Return what the next question for a look says of it. */
export function wanted() {
  return at === null ? {} : { x: String(Math.max(1, Math.round(at[0]))), y: String(Math.max(1, Math.round(at[1]))) };
}

function middle(plate) {
  const sum = plate.corners.reduce(([x, y], corner) => [x + corner[0], y + corner[1]], [0, 0]);
  return [sum[0] / 4, sum[1] / 4];
}

/** Aim at the plate that was pointed at in *svg*, which shows *look*; beside every plate at the unit's choice again. */
export function point(event, svg, look) {
  const box = svg.getBoundingClientRect();
  const there = [((event.clientX - box.left) / box.width) * look.wide, ((event.clientY - box.top) / box.height) * look.high];
  const near = look.plates
    .map((plate) => ({ plate, off: Math.hypot(middle(plate)[0] - there[0], middle(plate)[1] - there[1]) }))
    .filter(({ plate, off }) => off < 1.5 * Math.hypot(plate.corners[1][0] - plate.corners[0][0], plate.corners[1][1] - plate.corners[0][1]))
    .sort((one, other) => one.off - other.off)[0];
  at = near ? middle(near.plate) : null;
}

/** Aim at the next plate from the left; after the last at the unit's own choice again. */
export function next(look) {
  const places = look.plates.map(middle).sort((one, other) => one[0] - other[0]);
  at = places.find(([x]) => at === null || x > at[0] + 1) ?? null;
}

/** Return the plate of *look* that is aimed at; -1 for none. */
export function chosen(look) {
  const measured = look.plates.findIndex((one) => one.aim);
  return measured < 0 && look.plates.length ? 0 : measured;
}
