// The page: fetches the menu and the session, draws both, and wires what is touched to what is asked.

import { api } from "./api.js";
import { watch } from "./away.js";
import { byId } from "./dom.js";
import { drawMenu } from "./menu.js";
import { openOptions } from "./options.js";
import { drawOrder, showReceipt } from "./order.js";
import { Talk } from "./talk.js";
import { locale, named, say, sayAll, speak, won } from "./words.js";

let menu;
let order;

const talk = new Talk({
  changed: (changed) => {
    const was = order.status;
    show(changed);
    if (was === "open" && changed.status === "confirmed") receipt();
  },
  failed,
});

function draw() {
  document.documentElement.lang = locale();
  document.title = say("title");
  sayAll();
  for (const button of document.querySelectorAll("[data-locale]")) {
    button.setAttribute("aria-pressed", button.dataset.locale === locale());
  }
  talk.draw();
  if (menu) drawMenu(menu, choose);
  if (order) show(order);
}

function show(changed) {
  order = changed;
  drawOrder(order, { count, edit, remove });
}

// --- what touching does ---------------------------------------------------------------------------

function choose(item) {
  openOptions(menu, item, null, async (choice) => {
    show(await api.add(choice));
    announce(say("added", { name: named(item.name), n: choice.quantity, total: won(order.total) }));
  });
}

function edit(at) {
  const line = order.lines[at];
  openOptions(menu, itemOf(line), line, async (choice) => {
    show(await api.change(at, choice));
    announce(say("changed", { total: won(order.total) }));
  });
}

const itemOf = (line) => menu.items.find((item) => item.id === line.item);

const count = (at, quantity) =>
  attempt(async () => {
    show(await api.change(at, { quantity }));
    announce(say("changed", { total: won(order.total) }));
  });

const remove = (at) =>
  attempt(async () => {
    const name = named(order.lines[at].text);
    show(await api.remove(at));
    announce(say("removed", { name, total: won(order.total) }));
  });

const confirm = () =>
  attempt(async () => {
    if (order.status === "open") show(await api.confirm());
    await receipt();
  });

const receipt = () => attempt(async () => showReceipt(await api.receipt(), restart));

const restart = () =>
  attempt(async () => {
    begin(await api.restart());
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
    byId("words").value = "";
    byId("menu").focus();
    announce(say("emptied"));
  });

// --- telling ----------------------------------------------------------------------------------------

function announce(text) {
  byId("spoken").textContent = text;
}

const hideNotice = () => {
  byId("notice").hidden = true;
};

async function attempt(action) {
  hideNotice();
  try {
    await action();
  } catch (error) {
    await failed(error);
  }
}

async function failed(error) {
  byId("notice").textContent = error.message;
  byId("notice").hidden = false;
  // The server forgot this guest: begin anew, and leave the words that say so.
  if (error.code === "no_session") begin(await api.restart());
}

// --- life of the page -------------------------------------------------------------------------------

function begin(session) {
  talk.start(session.turns);
  show(session.order);
  return session;
}

async function open() {
  try {
    return await api.session();
  } catch (error) {
    if (error.code === "no_session") return api.restart();
    throw error;
  }
}

async function boot() {
  draw();
  byId("confirm").addEventListener("click", confirm);
  byId("restart").addEventListener("click", restart);
  addEventListener("pointerdown", hideNotice);
  addEventListener("keydown", (event) => event.key === "Escape" && hideNotice());
  for (const button of document.querySelectorAll("[data-locale]")) {
    button.addEventListener("click", () => {
      speak(button.dataset.locale);
      draw();
    });
  }
  await attempt(async () => {
    menu = await api.menu();
    drawMenu(menu, choose);
    const session = begin(await open());
    watch(session.idle_s, {
      isIdle: () => !talk.busy && (order.lines.length > 0 || !talk.isEmpty),
      touch: () => attempt(api.session),
      leave: restart,
    });
    document.documentElement.dataset.ready = "true";
  });
}

boot();
