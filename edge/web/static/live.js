// Hears that something changed, and asks for the whole state; notices a line that died.

import { desk } from "./api.js";

const SILENT_MS = 12_000; // three beats of the server

/**
 * Calls *show* with each new state and *lost* with how long the server has been silent (0: it is
 * there). One question is under way at a time; what changes meanwhile is asked for right after.
 */
export function follow(show, lost) {
  let source = null;
  let heard = performance.now();
  let opened = heard;
  let asking = false;
  let dirty = false;

  async function ask() {
    dirty = true;
    if (asking) return;
    asking = true;
    try {
      while (dirty) {
        dirty = false;
        show(await desk());
        alive();
      }
    } catch {
      dirty = false;
      setTimeout(ask, 2000); // the server is away, or could not say
    } finally {
      asking = false;
    }
  }

  function alive() {
    heard = performance.now();
    lost(0);
  }

  function open() {
    source?.close();
    opened = performance.now();
    source = new EventSource("/api/changes");
    source.addEventListener("change", () => { alive(); ask(); });
    source.addEventListener("beat", alive);
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 500 + 1000 * Math.random());
    });
  }

  setInterval(() => {
    const silent = performance.now() - heard;
    if (silent > SILENT_MS || source.readyState !== EventSource.OPEN) lost(silent / 1000);
    if (silent > SILENT_MS && performance.now() - opened > SILENT_MS) open();
  }, 1000);

  open();
  return ask;
}
