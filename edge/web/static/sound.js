// The siren: synthesised, the same for every alarm, rising until somebody touches the screen.

const FULL_S = 15; // from quiet to full
const QUIET = 0.06;
const FULL = 0.9;
const TEST_S = 2;

let context = null;
let analyser = null;
let voice = null; // what sounds now: {tone, sweep, gain}
let wanted = false;
let changed = () => {};

/** Calls *act* whenever :func:`state` may have changed. */
export function onSound(act) {
  changed = act;
}

/** "off" (never asked for), "blocked" (the browser waits for a touch), "ready" or "sounding". */
export function state() {
  if (context === null) return "off";
  if (context.state !== "running") return "blocked";
  return voice === null ? "ready" : "sounding";
}

/** How loud the output is now, root mean square of its samples; 0 is silence. */
export function level() {
  if (analyser === null) return 0;
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
}

/** Ask the browser for sound; it refuses until the page has been touched. */
export async function unlock() {
  if (context === null) {
    context = new AudioContext();
    analyser = context.createAnalyser();
    analyser.connect(context.destination);
    context.addEventListener("statechange", settle);
  }
  if (context.state !== "running") {
    // resume() does not settle while the browser blocks sound
    await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 300))]);
  }
  settle();
}

/** Sound or be silent from now on; sounds as soon as the browser lets it. */
export function siren(on) {
  if (on === wanted) return;
  wanted = on;
  if (on && context === null) unlock();
  settle();
}

/** Two seconds of the siren, quietly, so that an officer knows that it can be heard. */
export async function test() {
  await unlock();
  if (voice !== null || context.state !== "running") return;
  start(QUIET * 3, QUIET * 3);
  const mine = voice;
  setTimeout(() => { if (voice === mine && !wanted) stop(); }, TEST_S * 1000);
}

function settle() {
  const running = context !== null && context.state === "running";
  if (wanted && running && voice === null) start(QUIET, FULL);
  if (!wanted && voice !== null) stop();
  changed();
}

function start(from, to) {
  const now = context.currentTime;
  const tone = new OscillatorNode(context, { type: "triangle", frequency: 760 });
  const sweep = new OscillatorNode(context, { type: "sine", frequency: 0.9 });
  const depth = new GainNode(context, { gain: 260 });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, now);
  gain.gain.linearRampToValueAtTime(from, now + 0.05);
  gain.gain.exponentialRampToValueAtTime(to, now + FULL_S);
  sweep.connect(depth).connect(tone.frequency);
  tone.connect(gain).connect(analyser);
  tone.start();
  sweep.start();
  voice = { tone, sweep, gain };
  changed();
}

function stop() {
  const { tone, sweep, gain } = voice;
  voice = null;
  const now = context.currentTime;
  gain.gain.cancelScheduledValues(now);
  gain.gain.setTargetAtTime(0, now, 0.01);
  tone.stop(now + 0.1);
  sweep.stop(now + 0.1);
  tone.addEventListener("ended", () => gain.disconnect());
  changed();
}
