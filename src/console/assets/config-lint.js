// Asks the linter: in this browser where it runs, else on the server.
"use strict";

// A module that is not there by then will not come.
const LOAD_LIMIT_MS = 20_000;
const ANSWER_LIMIT_MS = 5_000;

export class Linter {
  /** `settings`: hasModule, csrf. */
  constructor(settings) {
    this.settings = settings;
    this.place = settings.hasModule && "WebAssembly" in window && "Worker" in window ? "browser" : "server";
    this.next = 0;
    this.failures = 0;
  }

  /** The answer for these files; throws when neither side can answer. */
  async lint(files) {
    const wellFormed = (text) => (text.toWellFormed ? text.toWellFormed() : text);
    const request = JSON.stringify({
      files: files.map(({ name, text, node }) => ({ name: wellFormed(name), text: wellFormed(text), node })),
    });
    if (this.place === "browser") {
      try {
        return JSON.parse(await this.inBrowser(request));
      } catch (error) {
        console.warn("the linter in this browser failed:", error);
        this.stop();
        this.failures += 1;
        // A module that ran and failed once may have met one text that it cannot take.
        if (!this.hasRun || this.failures > 2) this.place = "server";
      }
    }
    return this.onServer(request);
  }

  stop() {
    this.worker?.terminate();
    this.worker = null;
  }

  start() {
    this.worker = new Worker("/assets/config-worker.js");
    this.waiting = new Map();
    this.ready = new Promise((resolve, reject) => {
      const fail = (error) => {
        reject(error);
        for (const { reject: give } of this.waiting.values()) give(error);
        this.waiting.clear();
      };
      const limit = setTimeout(() => fail(new Error("the module does not load")), LOAD_LIMIT_MS);
      this.worker.onerror = (event) => fail(new Error(event.message));
      this.worker.onmessage = ({ data }) => {
        if (data.failed) return fail(new Error(data.failed));
        if (data.ready) {
          clearTimeout(limit);
          return resolve();
        }
        this.waiting.get(data.id)?.resolve(data.answer);
        this.waiting.delete(data.id);
      };
    });
  }

  async inBrowser(request) {
    if (!this.worker) this.start();
    await this.ready;
    this.next += 1;
    const id = this.next;
    const answer = await new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      setTimeout(() => reject(new Error("no answer in time")), ANSWER_LIMIT_MS);
      this.worker.postMessage({ id, request });
    });
    this.hasRun = true;
    return answer;
  }

  async onServer(request) {
    const response = await fetch("/config/lint", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Cobnut-Csrf": this.settings.csrf },
      body: request,
      redirect: "manual",
    });
    if (!response.ok) throw new Error(`/config/lint: ${response.status}`);
    return response.json();
  }
}
