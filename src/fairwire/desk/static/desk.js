// The console works without this file. With it: the list stays fresh, filters apply as they change, and keys move about.

const live = document.querySelector("[data-live]");
const state = document.getElementById("live-state");
const PERIOD_MS = 4000;
let etag = live?.dataset.etag ?? "";
let pending = null;

const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function say(text, lost = false) {
  if (!state) return;
  state.textContent = text;
  state.classList.toggle("lost", lost);
}

// Puts the fresh parts in place of the old ones. A part that somebody is typing in stays; a focused row keeps its focus.
function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const focused = document.activeElement;
  const row = focused?.closest?.("[data-finding]")?.dataset.finding;
  const parts = [...fresh.querySelectorAll("[data-part]")];
  const kept = new Set(parts.map((part) => part.dataset.part));
  for (const old of live.querySelectorAll("[data-part]")) if (!kept.has(old.dataset.part)) old.remove();
  let previous = null;
  for (const part of parts) {
    const old = live.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old && part.dataset.part === "filters" && old.contains(focused)) {
      previous = old;
      continue;
    }
    if (old) old.replaceWith(part);
    else if (previous) previous.after(part);
    else live.prepend(part);
    previous = part;
  }
  if (row) live.querySelector(`[data-finding="${CSS.escape(row)}"] .row-link`)?.focus({ preventScroll: true });
}

async function refresh() {
  pending?.abort();
  const mine = (pending = new AbortController());
  try {
    const answer = await fetch(`/fragments/now${location.search}`, {
      headers: etag ? { "If-None-Match": etag } : {},
      cache: "no-store",
      signal: mine.signal,
    });
    if (answer.status === 401) return say("Signed out. Reload the page to sign in again.", true);
    if (answer.status !== 200 && answer.status !== 304) throw new Error(String(answer.status));
    if (answer.status === 200) {
      const html = await answer.text();
      if (mine.signal.aborted) return;
      etag = answer.headers.get("ETag") ?? "";
      show(html);
      say(`Live, last changed ${clock()}`);
    } else if (state.classList.contains("lost") || !state.textContent) say("Live");
  } catch (error) {
    if (error.name !== "AbortError") say(`The server has not answered since ${clock()}. Trying again.`, true);
  } finally {
    if (pending === mine) pending = null;
  }
}

if (live) {
  say("Live");
  setInterval(() => document.hidden || pending || refresh(), PERIOD_MS);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());

  let wait = 0;
  const apply = (form, delay) => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
      history.replaceState(null, "", query.size ? `/?${query}` : "/");
      etag = "";
      refresh();
    }, delay);
  };
  live.addEventListener("input", (event) => {
    const form = event.target.closest("form.filters");
    if (form) apply(form, event.target.type === "search" ? 250 : 0);
  });
  live.addEventListener("submit", (event) => {
    event.preventDefault();
    apply(event.target, 0);
  });
  document.documentElement.classList.add("scripted");
}

// Keys. They can be switched off, because single letters get in the way of speech input and of some screen readers.
const help = document.querySelector("[data-keys]");
const toggle = document.querySelector("[data-keys-switch]");
let keys = localStorage.getItem("fairwire-keys") !== "off";
if (help && toggle) {
  help.hidden = false;
  toggle.checked = keys;
  toggle.addEventListener("change", () => {
    keys = toggle.checked;
    localStorage.setItem("fairwire-keys", keys ? "on" : "off");
  });
}

function move(by) {
  const rows = [...document.querySelectorAll(".row-link")];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const to = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[to].focus({ preventScroll: true });
  rows[to].closest("tr").scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.("input:not([type=checkbox]), select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (!keys) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (link) link.click();
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "/") document.getElementById("filter-q")?.select();
  else return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}
