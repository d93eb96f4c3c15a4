"use strict";
(() => {
  const pace = 5000, patience = 10000;
  const live = document.getElementById("live"), pause = document.getElementById("pause");
  let paused = false, timer = 0, lost = "";

  // An element's own name among its neighbours, so that it is found again when others come and go.
  const key = node => (node.nodeType === Node.ELEMENT_NODE && node.id) || "";
  const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);

  // Makes one tree say what another says and leaves alone what is the same: focus, selection, scrolling and what is open stay.
  function become(old, next) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    if (old.hasAttribute("data-own")) return;
    for (const { name } of [...old.attributes])
      if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
    for (const { name, value } of next.attributes)
      if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value);

    const staying = new Set([...next.children].map(key).filter(Boolean));
    let at = old.firstChild;
    const leave = () => { const gone = at; at = at.nextSibling; gone.remove(); };
    for (const child of [...next.childNodes]) {
      while (at && key(at) && !staying.has(key(at))) leave();
      const known = key(child) && [...old.children].find(other => alike(other, child));
      if (at && alike(at, child)) {
        become(at, child);
        at = at.nextSibling;
      } else if (known) {
        old.insertBefore(known, at);
        become(known, child);
      } else {
        old.insertBefore(document.importNode(child, true), at);
      }
    }
    while (at) leave();
  }

  async function update() {
    try {
      const answer = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(patience) });
      if (!answer.ok) throw new Error(String(answer.status));
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (next.documentElement.dataset.version !== document.documentElement.dataset.version) {
        location.reload(); // another version has come, with another script
        return;
      }
      const held = document.activeElement;
      become(document.querySelector("main"), next.querySelector("main"));
      become(document.querySelector("nav"), next.querySelector("nav"));
      if (document.title !== next.title) document.title = next.title;
      become(document.querySelector("link[rel=icon]"), next.querySelector("link[rel=icon]"));
      // What was moved to another place has lost it.
      if (held.isConnected && document.activeElement !== held) held.focus({ preventScroll: true });
      lost = "";
    } catch {
      lost ||= new Date().toLocaleTimeString();
    }
    say();
    plan();
  }

  function say() {
    const words = lost ? `The gateway has not answered since ${lost}; what you see is older.` : paused ? "Paused." : "Up to date, every 5 seconds.";
    if (live.textContent !== words) live.textContent = words;
    document.body.classList.toggle("lost", lost !== "");
  }

  function plan() {
    clearTimeout(timer);
    if (!paused && !document.hidden) timer = setTimeout(update, pace);
  }

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on" : "Pause";
    say();
    if (paused) clearTimeout(timer); else update();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !paused) update(); });
  say();
  plan();
})();
