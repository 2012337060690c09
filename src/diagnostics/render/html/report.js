"use strict";
// Hides the findings that the boxes and the words leave out; without scripts all of them are shown.
const filter = document.getElementById("filter");
const boxes = [...document.querySelectorAll("input[name=severity]")];
const articles = [...document.querySelectorAll("article")];

function update() {
  const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const article of articles) {
    const text = article.textContent.toLowerCase();
    article.hidden = !severities.has(article.dataset.severity) || !words.every((word) => text.includes(word));
    shown += article.hidden ? 0 : 1;
  }
  for (const file of document.querySelectorAll("section.file")) {
    file.hidden = !file.querySelector("article:not([hidden])");
  }
  const all = articles.length;
  document.getElementById("shown").textContent = shown === all ? "" : `${shown} of ${all} shown`;
}

filter.addEventListener("input", update);
for (const box of boxes) box.addEventListener("change", update);
update();
