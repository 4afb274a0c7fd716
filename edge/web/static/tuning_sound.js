// A tone for the person on the ladder: low and slow is red, high and quick is green.

const TONES = {
  red: { hz: 220, every_ms: 1200, long_s: 0.35 },
  amber: { hz: 440, every_ms: 600, long_s: 0.18 },
  green: { hz: 880, every_ms: 250, long_s: 0.08 },
};
const LOUD = 0.4;

let context = null;
let timer = 0;
let colour = "";
let beeps = 0;

/** Whether it sounds. */
export function sounding() {
  return context !== null && context.state === "running";
}

/** How many tones there were; for whoever cannot hear. */
export function count() {
  return beeps;
}

/** On or off; a browser lets sound begin only where the page was touched. */
export async function toggle() {
  if (context !== null) {
    await context.close();
    context = null;
    clearTimeout(timer);
    return;
  }
  context = new AudioContext();
  await context.resume();
  next();
}

/** What is to be heard from now on; empty for silence. */
export function tell(now) {
  colour = now;
}

function next() {
  if (context === null) return;
  const tone = TONES[colour];
  if (tone !== undefined && context.state === "running") beep(tone);
  timer = setTimeout(next, tone?.every_ms ?? 300);
}

function beep({ hz, long_s }) {
  const start = context.currentTime;
  const voice = new OscillatorNode(context, { type: "square", frequency: hz });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUD, start + 0.01);
  gain.gain.setValueAtTime(LOUD, start + long_s);
  gain.gain.linearRampToValueAtTime(0, start + long_s + 0.03);
  voice.connect(gain).connect(context.destination);
  voice.start(start);
  voice.stop(start + long_s + 0.05);
  voice.addEventListener("ended", () => gain.disconnect());
  beeps += 1;
}
