// Day or night: as the tablet says, until the officer says otherwise.

import { label } from "./bar.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
let wish = localStorage.getItem("theme") ?? "";

export function useTheme() {
  dark.addEventListener("change", paint);
  paint();
}

export function nextTheme() {
  wish = now() === "night" ? "day" : "night";
  localStorage.setItem("theme", wish);
  paint();
}

function now() {
  return wish || (dark.matches ? "night" : "day");
}

function paint() {
  document.documentElement.dataset.theme = now();
  const button = document.getElementById("tool-theme");
  label(button, now() === "night" ? "Day" : "Night", "D");
}
