// The desk by keys: F2, F8, F9, Esc and figures press what bears them; twice a second the state is asked for,
// and a screen that is not there any more is replaced. A form is sent, and the screen behind it put there, without
// leaving the page: a key pressed between two pages would be lost, and she would wait for what she never asked.
// Without this file everything can still be clicked.
"use strict";

const ASK_MS = 500;
let isSending = false;
let asked = 0;
let state = null;

function pressed(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  const writes = event.target.matches("input") && /^[0-9]$/.test(event.key);
  if (writes) return;
  const print = document.querySelector("[data-print]");
  if (print && event.key === "F8") {
    event.preventDefault();
    window.print();
    return;
  }
  const key = CSS.escape(event.key);
  const form = document.querySelector(`form[data-key="${key}"]`);
  const link = document.querySelector(`[data-key-link="${key}"]`);
  if (form) {
    event.preventDefault();
    send(form);
  } else if (link) {
    event.preventDefault();
    link.click();
  }
}

// One form at a time, however often its key is pressed.
function send(form) {
  if (!isSending) form.requestSubmit();
}

function sent(event) {
  event.preventDefault();
  if (!isSending) carry(event.target, event.submitter);
}

async function carry(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  isSending = true;
  document.body.classList.add("sending");
  try {
    await putThere(() => fetch(form.action, { method: "POST", body, credentials: "same-origin" }));
    document.body.classList.remove("gone");
  } catch {
    document.body.classList.add("gone");
  }
  document.body.classList.remove("sending");
  isSending = false;
}

function tell() {
  const said = [...document.querySelectorAll("[data-said]")].map((one) => one.textContent.trim());
  const live = document.getElementById("live");
  if (live) live.textContent = said.join(" ");
}

function showState() {
  if (!state) return;
  const presence = document.getElementById("presence");
  presence.textContent = presence.dataset[state.presence] ?? "";
  presence.classList.toggle("bad", state.presence === "no_reader" || state.presence === "mute");
  document.getElementById("centre").hidden = state.there;
  document.getElementById("name").textContent = state.name;
}

// Puts the screen there that is answered; of two that were asked for, the one that was asked for last.
async function putThere(get) {
  const mine = ++asked;
  const answer = await get();
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return;
  if (!made.body.dataset.turn) {
    location.reload();
    return;
  }
  for (const name of ["turn", "owed"]) document.body.dataset[name] = made.body.dataset[name];
  document.documentElement.lang = made.documentElement.lang;
  document.title = made.title;
  for (const part of ["header", "main"]) document.querySelector(part).replaceWith(made.querySelector(part));
  showState();
  (document.querySelector("main [autofocus]") ?? document.querySelector("main")).focus();
  tell();
}

async function ask() {
  try {
    const answer = await fetch("/state", { credentials: "same-origin" });
    if (answer.ok) {
      state = await answer.json();
      const known = document.body.dataset;
      const isTyping = document.activeElement?.matches("main input") && document.activeElement.value !== "";
      const isOld = String(state.turn) !== known.turn || (state.owed !== known.owed && !isTyping);
      if (isOld && !isSending) await putThere(() => fetch("/", { credentials: "same-origin" }));
      showState();
      document.body.classList.remove("gone");
    }
  } catch {
    document.body.classList.add("gone");
  }
  setTimeout(ask, ASK_MS);
}

document.addEventListener("keydown", pressed);
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
if (document.body.dataset.turn) {
  document.addEventListener("submit", sent);
  tell();
  ask();
}
