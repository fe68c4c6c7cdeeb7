// Tells that there is something new. It writes textContent alone and never HTML; without it every page works, only silently.
const page = document.body;
const live = document.getElementById("live");

function say(on) {
  live.textContent = on ? page.dataset.liveOn : page.dataset.liveOff;
  live.classList.toggle("on", on);
}

if (live && "EventSource" in window) {
  const fresh = document.getElementById("fresh");
  const count = document.getElementById("fresh-count");
  const digits = new Intl.NumberFormat(document.documentElement.lang === "fa" ? "fa" : document.documentElement.lang === "ar" ? "ar-u-nu-arab" : "en");
  const seen = new Set();
  const source = new EventSource("/events");
  source.onopen = () => say(true);
  source.onerror = () => say(false);
  source.addEventListener("story", (event) => {
    seen.add(JSON.parse(event.data).story_id);
    count.textContent = digits.format(seen.size);
    fresh.hidden = false; // it lies over the list, so nothing moves
  });
  source.addEventListener("reload", () => source.close());
  addEventListener("pagehide", () => source.close());
}
