// Who exposes: three ways in words, which are two settings of the unit; only what counts is shown.

import { made } from "./tuning_draw.js";

const WAYS = [
  ["fixed", "Fixed", "The shutter and gain below, day and night."],
  ["automatic", "Automatic", "The camera meters the scene; a dark street makes plates white."],
  ["plate", "By the plate", "Shutter and gain follow plates that are read, within the limits of day and night."],
];
const FIRST_US = 1000;
const FIRST_GAIN = 4;

/** Three ways above the rows of exposure. */
export class Exposure {
  constructor(knobs, rows) {
    this.knobs = knobs;
    this.inputs = new Map();
    const set = made("fieldset", { class: "ways" }, made("legend", {}, "Who exposes"));
    for (const [way, title, words] of WAYS) {
      const input = made("input", { type: "radio", name: "way", value: way, id: `way-${way}` });
      input.addEventListener("change", () => this.choose(way));
      this.inputs.set(way, input);
      set.append(made("label", { for: `way-${way}` }, input, made("span", {}, made("strong", {}, title), ` ${words}`)));
    }
    rows.prepend(set);
    this.show();
  }

  now() {
    const value = (path) => this.knobs.get(path)?.value;
    if (value("exposure.mode") === "plate") return "plate";
    return value("source.shutter_us") || value("source.gain") ? "fixed" : "automatic";
  }

  choose(way) {
    const set = (path, value) => this.knobs.get(path)?.take(value);
    set("exposure.mode", way === "plate" ? "plate" : "camera");
    if (way === "automatic") {
      set("source.shutter_us", 0);
      set("source.gain", 0);
    } else if (way === "fixed" && !this.knobs.get("source.shutter_us")?.value) {
      set("source.shutter_us", this.knobs.get("source.shutter_us").setting.value || FIRST_US);
      set("source.gain", this.knobs.get("source.gain").setting.value || FIRST_GAIN);
    }
    this.show();
  }

  show() {
    const way = this.now();
    for (const [name, input] of this.inputs) input.checked = name === way;
    for (const [path, knob] of this.knobs) {
      if (path === "exposure.mode") knob.row.hidden = true;
      else if (path.startsWith("exposure.")) knob.row.hidden = way !== "plate";
      else if (path === "source.shutter_us" || path === "source.gain") knob.row.hidden = way !== "fixed";
    }
  }
}
