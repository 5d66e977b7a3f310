"use strict";
// The terminal opens downloads at an address without the secret, and web addresses that it finds
// in what it shows. Downloads get the secret; nothing else is opened.
(() => {
  const open = window.open.bind(window);
  const downloads = window.location.origin + "/download/";
  window.open = (address, target) => {
    if (typeof address !== "string" || !address.startsWith(downloads)) return null;
    const key = address.slice(downloads.length).split("?")[0];
    return open(window.location.pathname + "download/" + encodeURIComponent(key), target);
  };
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("again").addEventListener("click", () => window.location.reload());
    // What is typed goes to the terminal as soon as it is connected.
    new MutationObserver((_, observer) => {
      if (!document.body.classList.contains("-loaded")) return;
      observer.disconnect();
      document.querySelector("#terminal textarea").focus();
    }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });
  // The terminal measures its letters once, so the font has to be there before.
  const load = document.fonts.load('16px "Roboto Mono"');
  window.addEventListener("load", (event) => {
    if (event.quothReady) return;
    event.stopImmediatePropagation();
    load.finally(() => {
      const ready = new Event("load");
      ready.quothReady = true;
      window.dispatchEvent(ready);
    });
  });
})();
