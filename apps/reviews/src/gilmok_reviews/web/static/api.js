// The service's own routes. Every failure becomes an `ApiError` whose message can be shown as it is.

import { locale, say } from "./words.js";

const KEY_KEPT_AS = "gilmok-reviews-key";

export class ApiError extends Error {
  constructor(code, message, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The service's key where it has one, for this window only. */
export const keepKey = (key) => sessionStorage.setItem(KEY_KEPT_AS, key);

async function send(method, path, body, type = "application/json") {
  const headers = { "accept-language": locale() };
  const key = sessionStorage.getItem(KEY_KEPT_AS);
  if (key) headers.authorization = `Bearer ${key}`;
  if (body !== undefined) headers["content-type"] = type;
  let response;
  try {
    response = await fetch(path, { method, headers, body });
  } catch {
    throw new ApiError("unreachable", say("unreachable"));
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response) {
  try {
    const { error } = await response.json();
    return new ApiError(error.code, error.message, response.status);
  } catch {
    return new ApiError("failed", say("failed"), response.status);
  }
}

const get = async (path) => (await send("GET", path)).json();
const post = async (path, body) => (await send("POST", path, JSON.stringify(body))).json();

/** Something made by the gateway: an address within this page, and why it is a fallback where it is. */
async function made(path, body) {
  const response = await send("POST", path, JSON.stringify(body));
  return {
    url: URL.createObjectURL(await response.blob()),
    fallback: response.headers.get("x-gilmok-fallback"),
  };
}

const API = "/api/v1";
const NEWEST = 1000;
const named = encodeURIComponent;

/** The newest reviews, each with what is judged of it. */
const reviews = async (id) => (await get(`${API}/restaurants/${named(id)}?limit=${NEWEST}`)).newest;

/** Reviews of near meaning, nearest first. `restaurant_id` null: of any. */
async function similar({ text, restaurant_id, limit }) {
  const asked = { query_text: text, restaurant_id, limit };
  const { results } = await post(`${API}/vector/search/similar`, asked);
  return results.map(({ review_id, ...review }) => ({ ...review, id: review_id }));
}

/** Sends a file of reviews, and gives what the import tells of itself until it has ended. */
async function* upload(file) {
  const path = `${API}/reviews/import?name=${named(file.name)}`;
  const job = await (await send("POST", path, file, file.type || "application/octet-stream")).json();
  for await (const { event, data } of events(`${API}/jobs/${named(job.id)}/events`)) {
    if (event === "progress") yield data;
  }
  const ended = await get(`${API}/jobs/${named(job.id)}`);
  if (ended.state !== "done") {
    const told = ended.message !== ended.code && ended.message;
    throw new ApiError(ended.code, told || say("uploadFailed"));
  }
  yield { ...ended.progress, ended: true, bad_lines: ended.bad_lines };
}

/** Server-sent events; not by `EventSource`, which cannot send a key. */
async function* events(path) {
  const response = await send("GET", path);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const frames = (pending + value).split(/\r?\n\r?\n/);
    pending = frames.pop();
    for (const frame of frames) {
      const fields = Object.fromEntries(frame.split(/\r?\n/).map((line) => line.split(/: ?(.*)/s)));
      if (fields.data) yield { event: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

export const api = {
  restaurants: async () => (await get(`${API}/restaurants`)).restaurants,
  sentiment: (id) => post(`${API}/sentiment/analyze`, { restaurant_id: id }),
  summary: (id) => post(`${API}/llm/summarize`, { restaurant_id: id, locale: locale() }),
  strengths: (id) => post(`${API}/llm/extract/strengths`, { restaurant_id: id, locale: locale() }),
  reviews,
  review: (place, id) => get(`${API}/reviews/${named(place)}/${named(id)}`),
  similar,
  upload,
  speech: (asked) => made("/page/speech", asked),
  card: (asked) => made("/page/card", asked),
};
