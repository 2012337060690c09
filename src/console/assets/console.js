// Keeps tables up to date without reloading the page. Everything works without it.
"use strict";
(() => {
  const seconds = Number(document.body.dataset.refreshSeconds);
  if (!seconds) return;

  // A table is left alone while somebody works in it.
  const isBusy = (region) => region.contains(document.activeElement) || region.matches(":active");

  async function refresh() {
    if (document.hidden) return;
    const response = await fetch(location.href, { headers: { "X-Cobnut-Refresh": "1" }, redirect: "manual" });
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const region of document.querySelectorAll("[data-refresh]")) {
      const update = fresh.querySelector(`[data-refresh="${region.dataset.refresh}"]`);
      if (update && !isBusy(region) && region.innerHTML !== update.innerHTML) {
        region.replaceWith(document.importNode(update, true));
      }
    }
    const status = document.querySelector(".status");
    const newStatus = fresh.querySelector(".status");
    if (status && newStatus && document.activeElement !== status) {
      status.replaceWith(document.importNode(newStatus, true));
    }
  }

  setInterval(() => refresh().catch(() => {}), seconds * 1000);
})();
