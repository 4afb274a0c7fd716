// All that goes to the console's server and comes back.

let csrf = "";

export class Refused extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

export async function desk() {
  const told = await get("/api/desk");
  csrf = told.csrf;
  return told;
}

export async function card(number) {
  return get(`/api/card/${path(number)}`);
}

export async function claims() {
  return (await get("/api/claims")).claims;
}

export function search() {
  return get("/api/search");
}

export function searches() {
  return get("/api/searches");
}

export function act(number, what, words = {}) {
  return post(`/api/card/${path(number)}/${what}`, words);
}

export async function logIn(name, password) {
  const told = await post("/api/log-in", { name, password });
  csrf = told.csrf;
}

/** POST *words*; once more with a new token where this page is older than the server. */
export async function post(address, words = {}, again = true) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": csrf },
    body: JSON.stringify(words),
  });
  if (answer.status === 403 && again) {
    await desk();
    return post(address, words, false);
  }
  return read(answer);
}

async function get(address) {
  return read(await fetch(address, { cache: "no-store" }));
}

async function read(answer) {
  const told = await answer.json();
  if (!answer.ok) throw new Refused(told.problem ?? "this did not work", answer.status);
  return told;
}

function path(number) {
  return number.split("/").map(encodeURIComponent).join("/");
}
