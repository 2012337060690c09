// The editor of the configuration page. Nothing is sent to the server unless this browser cannot run the linter, and
// nothing is saved there.
"use strict";

import { decode, encode, encodingOf, plain, withLineEnds } from "./config-files.js";
import { Linter } from "./config-lint.js";

const HISTORY_MAX = 200;
const TYPING_MS = 1000;
const PAUSE_MS = { browser: 150, server: 700 };
const SYMBOLS = { error: "✖", warning: "▲", info: "●" };
const RANK = { info: 1, warning: 2, error: 3 };

const data = JSON.parse(document.getElementById("config-data").textContent);
const texts = data.messages;
const root = document.getElementById("config-editor");
const $ = (selector) => root.querySelector(selector);
const area = $("textarea");
const linter = new Linter(data);

let files = data.files.map((file) => fileOf(file.name, file.text, file.encoding, data.node));
let current = 0;
let findings = [];
let skipped = [];
/** The texts that the findings are about. */
let checked = [];
let past = [];
let future = [];
let lastTyped = 0;
let timer = 0;
let round = 0;

function fileOf(name, text, encoding, node) {
  return { name, node, encoding, original: text, text: plain(text) };
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const shortName = (name) => name.split(/[\\/]/).pop();
const isEdited = (file) => file.text !== plain(file.original);

/** An element with attributes, properties and children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/* History: all files at once, because a fix may change several. */

const state = () => ({ files: files.map((file) => ({ ...file })), current, caret: [area.selectionStart, area.selectionEnd] });

function remember() {
  past.push(state());
  if (past.length > HISTORY_MAX) past.shift();
  future = [];
}

function travel(from, to) {
  const target = from.pop();
  if (!target) return;
  to.push(state());
  files = target.files;
  lastTyped = 0;
  show(target.current);
  area.setSelectionRange(...target.caret);
  check();
}

/* The editor. */

function show(index) {
  current = Math.max(0, Math.min(index, files.length - 1));
  const file = files[current];
  area.value = file?.text ?? "";
  area.disabled = !file;
  area.setAttribute("aria-label", file?.name ?? "");
  drawTabs();
  draw();
}

function drawTabs() {
  const tabs = files.map((file, index) => {
    const worst = Math.max(0, ...findings.filter((found) => found.place?.file === index).map((found) => RANK[found.severity]));
    const severity = Object.keys(RANK).find((name) => RANK[name] === worst);
    return make(
      "button",
      {
        type: "button", role: "tab", class: "file-tab", title: file.name, "data-file": file.name,
        "aria-selected": String(index === current), "aria-controls": "config-text", tabindex: index === current ? "0" : "-1",
        onclick: () => { show(index); $("[role=tab][aria-selected=true]").focus(); },
      },
      shortName(file.name),
      severity ? make("span", { class: `symbol symbol-${severity}`, title: texts[severity] }, SYMBOLS[severity]) : null,
      isEdited(file) ? make("span", { class: "edited" }, texts.edited) : null,
    );
  });
  $(".file-tabs").replaceChildren(...tabs);
  $("[data-action=remove]").hidden = !files[current] || Boolean(files[current].node);
  $("[data-action=download]").disabled = !files[current];
  $("[data-action=undo]").disabled = !past.length;
  $("[data-action=redo]").disabled = !future.length;
  $("[data-action=reset]").disabled = !files.some(isEdited);
}

/** Marks and line numbers under and beside the text. */
function draw() {
  const text = area.value;
  const here = findings.filter((found) => found.place?.file === current && found.place.end <= text.length);
  const edges = new Set([0, text.length]);
  for (const { place } of here) edges.add(place.start).add(place.end);
  const sorted = [...edges].sort((a, b) => a - b);
  const pieces = [];
  for (let at = 0; at + 1 < sorted.length; at += 1) {
    const [start, end] = [sorted[at], sorted[at + 1]];
    const over = here.filter(({ place }) => place.start <= start && end <= place.end);
    over.sort((a, b) => RANK[b.severity] - RANK[a.severity]);
    const piece = text.slice(start, end);
    pieces.push(over.length ? make("span", { class: `wave wave-${over[0].severity}`, "data-start": String(start) }, piece) : piece);
  }
  // A last line that is empty has a height, too.
  $(".marks").replaceChildren(...pieces, "\n");
  const worst = new Map();
  for (const found of here) {
    const known = worst.get(found.line);
    if (!known || RANK[known.severity] < RANK[found.severity]) worst.set(found.line, found);
  }
  const numbers = text.split("\n").map((_, at) => {
    const found = worst.get(at + 1);
    return make(
      "span",
      { class: found ? `gutter-line gutter-${found.severity}` : "gutter-line", title: found?.message },
      found ? make("span", { class: `symbol symbol-${found.severity}` }, SYMBOLS[found.severity]) : null,
      String(at + 1),
    );
  });
  $(".gutter").replaceChildren(...numbers);
}

/** Goes to a place and marks it. */
function jump(place) {
  if (!place) return;
  if (place.file !== current) show(place.file);
  area.focus({ preventScroll: true });
  area.setSelectionRange(place.start, place.end);
  const mark = root.querySelector(`.marks [data-start="${place.start}"]`);
  const line = area.value.slice(0, place.start).split("\n").length;
  (mark ?? $(".gutter").children[line - 1])?.scrollIntoView({ block: "center", inline: "nearest" });
}

/* Fixes. */

function applied(text, edits) {
  const sorted = [...edits].sort((a, b) => b.place.start - a.place.start);
  return sorted.reduce((now, { place, replacement }) => now.slice(0, place.start) + replacement + now.slice(place.end), text);
}

const canApply = (fix) => fix && fix.safety !== "display" && fix.edits.length > 0 && fix.edits.every((edit) => edit.place);

function changedBy(fixes) {
  const byFile = new Map();
  for (const edit of fixes.flatMap((fix) => fix.edits)) {
    byFile.set(edit.place.file, [...(byFile.get(edit.place.file) ?? []), edit]);
  }
  return [...byFile].map(([file, edits]) => ({ file, edits, text: applied(files[file].text, edits) }));
}

function apply(fixes) {
  // Findings are about the text that was checked; what was typed since has to be checked first.
  if (!fixes.length || !files.every((file, index) => file.text === checked[index])) return;
  remember();
  lastTyped = 0;
  const changes = changedBy(fixes);
  for (const { file, text } of changes) files[file] = { ...files[file], text };
  const first = changes[0];
  show(first.file);
  const at = Math.min(...first.edits.map((edit) => edit.place.start));
  area.setSelectionRange(at, at);
  check();
}

/** Safe fixes that do not touch each other; the rest is offered again after the next check. */
function safeFixes() {
  const taken = [];
  return findings
    .map((found) => found.fix)
    .filter((fix) => canApply(fix) && fix.safety === "safe")
    .filter((fix) => {
      const clash = (one) => taken.some((other) => one.place.file === other.place.file
        && ((one.place.start < other.place.end && other.place.start < one.place.end) || one.place.start === other.place.start));
      if (fix.edits.some(clash)) return false;
      taken.push(...fix.edits);
      return true;
    });
}

/** The lines that a fix changes, before and after. */
function preview(fix) {
  const lines = [];
  for (const { file, text } of changedBy([fix])) {
    const [before, after] = [files[file].text.split("\n"), text.split("\n")];
    let head = 0;
    while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
    let tail = 0;
    while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
    if (files.length > 1) lines.push(make("span", { class: "diff-name" }, `${files[file].name}\n`));
    for (const line of before.slice(head, before.length - tail)) lines.push(make("del", {}, `- ${line}\n`));
    for (const line of after.slice(head, after.length - tail)) lines.push(make("ins", {}, `+ ${line}\n`));
  }
  return make("pre", { class: "diff", tabindex: "0", "aria-label": texts.changes }, ...lines);
}

/* Findings. */

function placeButton(place, file, line, column) {
  const text = `${shortName(file)}:${line}:${column}`;
  return place
    ? make("button", { type: "button", class: "place", "data-action": "jump", onclick: () => jump(place) }, text)
    : make("code", {}, text);
}

function card(found) {
  const parts = [
    make("p", { class: "finding-head" },
      make("span", { class: `badge badge-${found.severity}` }, texts[found.severity]), " ",
      make("strong", {}, found.message), " ", make("code", { class: "dim" }, found.rule)),
    make("p", {}, placeButton(found.place, found.file, found.line, found.column), found.here ? ` ${found.here}` : ""),
  ];
  for (const label of found.labels) {
    parts.push(make("p", {}, placeButton(label.place, label.file, label.line, label.column), ` ${label.text}`));
  }
  for (const note of found.notes) parts.push(make("p", { class: "note" }, note));
  for (const help of found.help) {
    parts.push(make("p", { class: "advice" }, make("span", { class: "label" }, texts.help), ` ${help}`));
  }
  if (found.fix) {
    parts.push(make("p", { class: "advice fix" }, make("span", { class: "label" }, texts.fix), ` ${found.fix.description}`));
    if (found.fix.edits.every((edit) => edit.place)) parts.push(preview(found.fix));
    if (canApply(found.fix)) {
      const isSafe = found.fix.safety === "safe";
      parts.push(make("button",
        { type: "button", class: isSafe ? "primary small" : "small", "data-action": "apply", onclick: () => apply([found.fix]) },
        isSafe ? texts.apply : texts.applyLook));
    }
  }
  parts.push(make("details", {}, make("summary", {}, texts.full), make("pre", { class: "full", tabindex: "0" }, found.full.trimEnd())));
  return make("li", { class: `finding finding-${found.severity}`, "data-rule": found.rule, "data-severity": found.severity }, ...parts);
}

function drawFindings() {
  // The focus stays where it was as far as that is still there.
  const list = $(".live-findings");
  const had = list.contains(document.activeElement);
  list.replaceChildren(...findings.map(card));
  if (had) area.focus({ preventScroll: true });
  const count = (severity) => findings.filter((found) => found.severity === severity).length;
  const parts = [findings.length
    ? fill(texts.counts, { errors: count("error"), warnings: count("warning"), notes: count("info") })
    : texts.clean];
  for (const index of skipped) parts.push(fill(texts.skipped, { file: files[index]?.name ?? "" }));
  tell(parts.join(" "));
  $("[data-action=apply-all]").disabled = safeFixes().length === 0;
}

function tell(text) {
  if ($(".live-status").textContent !== text) $(".live-status").textContent = text;
  $(".live-place").textContent = linter.place === "browser" ? texts.inBrowser : texts.onServer;
  root.dataset.checkedIn = linter.place;
}

async function check() {
  clearTimeout(timer);
  timer = 0;
  round += 1;
  const [mine, asked] = [round, files];
  try {
    const answer = await linter.lint(asked);
    // Something newer is on its way.
    if (mine !== round || timer) return;
    if (answer.error) throw new Error(answer.error);
    ({ findings, skipped } = answer);
    checked = asked.map((file) => file.text);
    drawTabs();
    draw();
    drawFindings();
    root.dataset.round = String(mine);
  } catch (error) {
    if (mine === round) tell(fill(texts.failed, { reason: error.message }));
  }
}

function typed() {
  const now = Date.now();
  if (now - lastTyped > TYPING_MS) remember();
  lastTyped = now;
  // Marks behind the place move with the text until the next check.
  const before = files[current].text;
  files[current] = { ...files[current], text: area.value };
  shift(before, area.value);
  drawTabs();
  draw();
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS[linter.place]);
}

function shift(before, after) {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  const by = after.length - before.length;
  findings = findings.flatMap((found) => {
    if (found.place?.file !== current || found.place.end <= head) return [found];
    if (found.place.start < head) return [];
    const lines = after.slice(0, Math.max(0, found.place.start + by)).split("\n").length;
    return [{ ...found, line: lines, place: { ...found.place, start: found.place.start + by, end: found.place.end + by } }];
  });
}

/* Files. */

function freeName(name) {
  const taken = new Set(files.map((file) => file.name));
  const [, stem, extension] = /^(.*?)(\.[^.]*)?$/.exec(name);
  let free = name;
  for (let number = 2; taken.has(free); number += 1) free = `${stem}-${number}${extension ?? ""}`;
  return free;
}

async function open(chosen) {
  const read = await Promise.all([...chosen].map(async (file) => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const encoding = encodingOf(bytes);
    return { name: file.name, encoding, text: decode(bytes, encoding) };
  }));
  if (!read.length) return;
  remember();
  for (const { name, encoding, text } of read) files = [...files, fileOf(freeName(name), text, encoding)];
  show(files.length - 1);
  check();
}

function download() {
  const file = files[current];
  const text = isEdited(file) ? withLineEnds(file.text, file.original) : file.original;
  const url = URL.createObjectURL(new Blob([encode(text, file.encoding)], { type: "application/octet-stream" }));
  const link = make("a", { href: url, download: shortName(file.name) });
  link.click();
  files[current] = { ...file, saved: file.text };
  // The browser has begun to read by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const actions = {
  undo: () => travel(past, future),
  redo: () => travel(future, past),
  "apply-all": () => apply(safeFixes()),
  download,
  open: () => $("input[type=file]").click(),
  paste: () => {
    remember();
    files = [...files, fileOf(freeName("hazelcast.xml"), "", { name: "UTF-8", big: false, mark: false })];
    show(files.length - 1);
    area.focus();
    check();
  },
  remove: () => {
    remember();
    files = files.filter((_, index) => index !== current);
    show(current - 1);
    check();
  },
  reset: () => {
    remember();
    files = files.map((file) => ({ ...file, text: plain(file.original) }));
    show(current);
    check();
  },
};

root.addEventListener("click", (event) => {
  const action = event.target.closest("[data-action]")?.dataset.action;
  if (Object.hasOwn(actions, action)) actions[action]();
});
$("input[type=file]").addEventListener("change", async ({ target }) => {
  await open(target.files);
  target.value = "";
});
area.addEventListener("input", typed);
area.addEventListener("beforeinput", (event) => {
  if (event.inputType !== "historyUndo" && event.inputType !== "historyRedo") return;
  event.preventDefault();
  actions[event.inputType === "historyUndo" ? "undo" : "redo"]();
});
root.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !event.altKey && (key === "z" || key === "y")) {
    event.preventDefault();
    actions[key === "y" || event.shiftKey ? "redo" : "undo"]();
  } else if (event.key === "F8") {
    event.preventDefault();
    nextFinding(event.shiftKey ? -1 : 1);
  } else if (event.target.getAttribute("role") === "tab" && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    event.preventDefault();
    show((current + (event.key === "ArrowRight" ? 1 : files.length - 1)) % files.length);
    $("[role=tab][aria-selected=true]").focus();
  }
});

/** Jumps to the finding behind or before the caret. */
function nextFinding(step) {
  const placed = findings.filter((found) => found.place);
  placed.sort((a, b) => (a.place.file - b.place.file) || (a.place.start - b.place.start));
  if (!placed.length) return;
  const key = (place) => place.file * 2 ** 32 + place.start;
  const caret = key({ file: current, start: area.selectionStart });
  const next = step > 0
    ? placed.find((found) => key(found.place) > caret) ?? placed[0]
    : placed.findLast((found) => key(found.place) < caret) ?? placed.at(-1);
  jump(next.place);
}

root.addEventListener("dragover", (event) => event.preventDefault());
root.addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  open(event.dataTransfer.files);
});
addEventListener("beforeunload", (event) => {
  if (files.some((file) => isEdited(file) && file.saved !== file.text)) event.preventDefault();
});

document.getElementById("config-as-read").hidden = true;
root.hidden = false;
tell(texts.checking);
show(0);
check();
