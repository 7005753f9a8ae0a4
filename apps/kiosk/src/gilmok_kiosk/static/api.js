// The kiosk's own routes. Every failure becomes an `ApiError` whose message can be shown as it is.

import { locale, say } from "./words.js";

export class ApiError extends Error {
  /** `refused`: the kiosk answered, and did not do what it was asked. */
  constructor(code, message, refused = false) {
    super(message);
    this.code = code;
    this.refused = refused;
  }
}

async function send(method, path, body, signal) {
  let response;
  try {
    response = await fetch(`${path}?locale=${locale()}`, {
      method,
      signal,
      headers: body === undefined ? {} : { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("kiosk_unreachable", say("kioskUnreachable"));
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response) {
  try {
    const { error } = await response.json();
    return new ApiError(error.code, error.message, true);
  } catch {
    return new ApiError("kiosk_failed", say("kioskFailed"));
  }
}

const json = async (...request) => (await send(...request)).json();

export const api = {
  menu: () => json("GET", "/api/menu"),
  session: () => json("GET", "/api/session"),
  add: (choice) => json("POST", "/api/order/lines", choice),
  change: (position, choice) => json("PUT", `/api/order/lines/${position}`, choice),
  remove: (position) => json("DELETE", `/api/order/lines/${position}`),
  confirm: () => json("POST", "/api/order/confirm", {}),
  receipt: () => json("GET", "/api/receipt"),
  restart: () => json("POST", "/api/session", {}),

  /** The assistant's events for one message, as they come. Leaving the loop, or `signal`, stops it. */
  async *talk(text, signal) {
    const response = await send("POST", "/api/messages", { text }, signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let pending = "";
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const frames = (pending + value).split("\n\n");
        pending = frames.pop();
        for (const frame of frames) yield JSON.parse(frame.slice("data: ".length));
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  },
};
