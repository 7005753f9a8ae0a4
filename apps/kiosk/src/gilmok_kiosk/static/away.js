// A kiosk forgets a guest who walked away, and asks before it does.

import { byId } from "./dom.js";
import { say } from "./words.js";

const ASKED_FOR_S = 30;
const SIGNS = ["pointerdown", "keydown", "wheel", "touchmove"];

/**
 * Asks after some 60 % of `idleS` without a sign of life, and calls `leave()` when nobody answers.
 * `touch()` tells the server that the guest is here; `isIdle()` is false while there is nothing to
 * forget, or a reply is coming. The server itself forgets after `idleS`, whatever happens here.
 */
export function watch(idleS, { isIdle, touch, leave }) {
  let lastSign = performance.now();
  let lastTouch = lastSign;
  let left = 0;
  const dialog = byId("away");

  const sign = () => {
    lastSign = performance.now();
    if (lastSign - lastTouch > (idleS * 1000) / 5) {
      lastTouch = lastSign;
      touch();
    }
  };
  SIGNS.forEach((kind) => addEventListener(kind, sign, { passive: true }));
  dialog.addEventListener("close", () => {
    if (left > 0) sign(); // Someone closed it; otherwise time did, and nobody is here.
  });

  setInterval(() => {
    if (dialog.open) count();
    else if (!isIdle()) lastSign = Math.max(lastSign, performance.now() - 1000);
    else if (performance.now() - lastSign > idleS * 600) ask();
  }, 1000);

  function ask() {
    left = Math.min(ASKED_FOR_S, Math.round(idleS / 10));
    tell();
    dialog.showModal();
  }

  function count() {
    left -= 1;
    if (left > 0) return tell();
    dialog.close();
    leave();
  }

  const tell = () => {
    byId("away-why").textContent = say("stillThereWhy", { s: left });
  };
}
