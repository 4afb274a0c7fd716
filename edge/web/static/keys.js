// Everything by keyboard; the sheet behind "?" tells the keys.

const TOOLS = { f: "tool-filter", s: "tool-sound", d: "tool-theme", l: "tool-lock", c: "tool-claims", h: "tool-list", i: "tool-notices", "/": "tool-search", "?": "tool-help" };

const TYPING_MS = 1500;
let typed = -TYPING_MS;

/** *root* gives the card that keys act on; *mute*, *step* and *press* do what they say. */
export function onKeys({ root, mute, step, press }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || document.getElementById("sheet").open) return;
    if (event.target.matches("input, select, textarea")) {
      typed = ["Escape", "Enter", "Tab"].includes(event.key) ? -TYPING_MS : performance.now();
      if (event.key === "Escape") event.target.blur();
      return;
    }
    // the field may have gone in the middle of a word: the rest of it is no answer
    if (performance.now() - typed < TYPING_MS) return;
    if (event.repeat) return; // a key that is held down answers once
    const urgent = event.shiftKey && event.key === "U"; // also where the letter U is asked for
    const target = root().querySelector(urgent ? ".urgent" : `[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (target ? click(target) : act(event.key.toLowerCase(), { mute, step, press })) event.preventDefault();
  });
}

function act(key, { mute, step, press }) {
  if (key === "m") mute();
  else if (key === "j" || key === "arrowdown") step(1);
  else if (key === "k" || key === "arrowup") step(-1);
  else if (key === "n") step("alarm");
  else if (key in TOOLS) {
    if (document.getElementById(TOOLS[key]).hidden) return false;
    press(TOOLS[key]);
  } else return false;
  return true;
}

function click(target) {
  if (target.matches("input")) target.focus();
  else target.click();
  return true;
}
