// Facts as an officer would say them.

const POINTS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];

export const OUTCOMES = [
  ["confirmed", "Confirmed", "The listed car, and the entry stands"],
  ["misread", "Misread", "The plate says something else"],
  ["wrong-vehicle", "Wrong vehicle", "The plate is right, the car is another"],
  ["wrong-jurisdiction", "Wrong state", "The same plate of another place"],
  ["stale", "Stale entry", "The entry should have been removed"],
  ["no-contact", "No contact", "The car was not found"],
];
export const STAGES = [
  ["responding", "Responding", "Tells the others that this car goes"],
  ["cancelled", "Cancel", "Tells the others that this car does not"],
];
export const ANSWERS = {
  match: "Yes, the same",
  differs: "No, it differs",
  neither: "Neither",
  unsure: "Can’t tell",
};
export const CATEGORIES = {
  stolen_vehicle: "Stolen vehicle",
  wanted_person: "Wanted person",
  missing_person: "Missing person",
  other: "Other",
};
export const TONES = {
  alarm: "Alarm",
  verify: "Verify",
  history: "History",
  retracted: "Retracted",
  differs: "Reads differ",
};

export function outcomeWord(code) {
  const found = [...OUTCOMES, ...STAGES].find(([one]) => one === code);
  return found ? found[1] : String(code);
}

export function point(degrees) {
  return POINTS[Math.round(((((degrees % 360) + 360) % 360) / 45)) % 8];
}

/** Where the car went: away from the camera when it receded, towards it when it approached. */
export function course(card) {
  if (card.heading_deg === null) return null;
  if (card.direction === "receding") return card.heading_deg % 360;
  if (card.direction === "approaching") return (card.heading_deg + 180) % 360;
  return null;
}

export function courseWords(card) {
  const degrees = course(card);
  if (degrees !== null) return `heading ${point(degrees)}`;
  return { crossing: "crossing the road", standing: "standing" }[card.direction] ?? "heading not known";
}

export function distance(metres) {
  if (metres < 950) return `${Math.max(10, Math.round(metres / 10) * 10)} m`;
  return `${(metres / 1000).toFixed(metres < 9500 ? 1 : 0)} km`;
}

export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole >= 600 && whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} days`;
}

export function shortSpan(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h`;
  return `${Math.floor(whole / 86400)} d`;
}

/** The clock time of an RFC 3339 stamp on this screen's own clock; the text itself if it is none. */
export function clockTime(stamp) {
  const at = new Date(stamp);
  if (Number.isNaN(at.getTime())) return String(stamp);
  return at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** Day and time of an RFC 3339 stamp on this screen's own clock; the text itself if it is none. */
export function moment(stamp) {
  const at = new Date(stamp);
  if (Number.isNaN(at.getTime())) return String(stamp);
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function day(stamp) {
  const at = new Date(stamp);
  return Number.isNaN(at.getTime()) ? String(stamp) : at.toISOString().slice(0, 10);
}
