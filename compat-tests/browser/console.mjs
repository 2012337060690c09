// One action in the admin console, done by a real browser: console.mjs ACTION JSON
//
// The JSON holds `url`, `username`, `password`, `screenshot` and the fields of the action. The report is
// JSON on standard output; a failure is a message on standard error, exit status 1, and the screenshot of that moment.

import { chromium } from "playwright-core";

const STEP_LIMIT_MS = 20_000;
const CHROMIUM = process.env.COBNUT_CHROMIUM ?? "/usr/bin/chromium";
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Logs in and waits until the login page is behind us. */
async function login(page, input) {
  await page.goto(`${input.url}/login`);
  await page.fill("#username", input.username);
  await page.fill("#password", input.password);
  await Promise.all([
    page.waitForURL((url) => !url.pathname.startsWith("/login")),
    page.click("button[type=submit]"),
  ]);
}

/** The rows of a page's table as objects of their data attributes and their text. */
async function rows(page, selector) {
  return page.$$eval(selector, (found) =>
    found.map((row) => ({ ...row.dataset, text: row.innerText.replace(/\s+/g, " ").trim() })));
}

/** Loads `path` again and again until it has `count` rows (pages are drawn by the server). */
async function waitForRows(page, url, selector, count) {
  const end = Date.now() + STEP_LIMIT_MS;
  for (;;) {
    await page.goto(url);
    const found = await rows(page, selector);
    if (found.length === count) return found;
    if (Date.now() > end) {
      throw new Error(`${url} shows ${found.length} rows of ${selector}, not ${count}: ${JSON.stringify(found)}`);
    }
    await page.waitForTimeout(200);
  }
}

/** Submits the form that holds `field` and waits for the answer. */
async function submit(page, field) {
  const form = page.locator("form", { has: page.locator(field) });
  await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST"),
    form.locator("button[type=submit]").first().click(),
  ]);
  await page.waitForLoadState("load");
}

const actions = {
  /** Server > Clustering: chooses Enabled or Disabled and saves; reports what the page says afterwards. */
  async clustering(page, input) {
    await page.goto(input.url);
    await page.locator('nav.side a[href="/clustering"]').click();
    const choice = `input[name=clustering][value=${input.choice}]`;
    await page.check(choice);
    await submit(page, choice);
    await page.goto(`${input.url}/clustering`);
    return { checked: await page.isChecked(choice), text: await page.innerText("body") };
  },

  /** The table of nodes, once it has `count` rows. */
  async nodes(page, input) {
    return { nodes: await waitForRows(page, `${input.url}/clustering`, "tr[data-node]", input.count) };
  },

  /** Creates an account through the form. */
  async createUser(page, input) {
    await page.goto(`${input.url}/users`);
    await page.locator('a[href="/users/new"]').first().click();
    await page.fill("input[name=username]", input.newUser);
    await page.fill("input[name=name]", input.newName);
    await page.fill("input[name=email]", input.newEmail);
    await page.fill("input[name=password]", input.newPassword);
    await page.fill("input[name=password_confirm]", input.newPassword);
    await submit(page, "input[name=password_confirm]");
    await page.goto(`${input.url}/users`);
    return { users: await rows(page, "tr[data-username]") };
  },

  /** The table of users. */
  async users(page, input) {
    await page.goto(`${input.url}/users`);
    return { users: await rows(page, "tr[data-username]") };
  },

  /**
   * The editor of the configuration page: finds `typo`, jumps to it, types, undoes, applies the fix and downloads.
   * `other` is a second node's file; with `withoutModule` the browser does not get the linter.
   */
  async configEditor(page, input) {
    const requests = [];
    page.context().on("request", (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`));
    const violations = [];
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) violations.push(message.text());
    });
    if (input.withoutModule) await page.context().route("**/assets/lint.wasm", (route) => route.abort());
    await page.goto(`${input.url}/config`);
    const editor = page.locator("#config-editor");
    const typo = editor.locator(`[data-rule="${input.rule}"]`);
    await typo.waitFor();
    const report = { checkedIn: await editor.getAttribute("data-checked-in") };
    if (input.other) {
      await editor.locator("input[type=file]").setInputFiles(input.other);
      await editor.locator('[data-rule="member-not-listed"]').waitFor();
      report.tabs = await editor.locator("[role=tab]").allInnerTexts();
    }
    report.before = await rows(page, "#config-editor [data-rule]");
    await page.screenshot({ path: input.screenshot.replace(/\.png$/, "-before.png"), fullPage: true });

    await typo.locator("button.place").first().click();
    const text = editor.locator("textarea");
    report.selected = await text.evaluate((area) => area.value.slice(area.selectionStart, area.selectionEnd));
    await page.keyboard.type("192.168.5.1:57O1");
    await editor.locator('[data-rule="invalid-port"]').waitFor();
    report.goneWhileTyping = (await typo.count()) === 0;
    await page.keyboard.press("Control+z");
    await typo.waitFor();

    const apply = typo.locator('button[data-action="apply"]');
    report.button = await apply.innerText();
    await apply.click();
    await typo.waitFor({ state: "detached" });
    await editor.locator('[data-action="undo"]').click();
    await typo.waitFor();
    await editor.locator('[data-action="redo"]').click();
    await typo.waitFor({ state: "detached" });
    report.after = await rows(page, "#config-editor [data-rule]");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      editor.locator('[data-action="download"]').click(),
    ]);
    report.fileName = download.suggestedFilename();
    await download.saveAs(input.download);
    return { ...report, requests, violations };
  },

  /** Server > Clustering: whether the timeline fits the window and can be read. */
  async timeline(page, input) {
    await page.goto(`${input.url}/clustering`);
    await page.locator("svg.timeline").scrollIntoViewIfNeeded();
    return page.evaluate(() => {
      const svg = document.querySelector("svg.timeline");
      const texts = [...svg.querySelectorAll("text")].map((text) => ({
        says: text.textContent,
        box: text.getBoundingClientRect(),
        size: parseFloat(getComputedStyle(text).fontSize) * (svg.getBoundingClientRect().width / svg.viewBox.baseVal.width),
      }));
      const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      const overlaps = texts.flatMap((one, index) =>
        texts.slice(index + 1).filter((two) => meet(one.box, two.box)).map((two) => `${one.says} / ${two.says}`));
      const frame = svg.getBoundingClientRect();
      const cut = texts.filter(({ box }) => box.left < frame.left - 1 || box.right > frame.right + 1).map(({ says }) => says);
      // Any notation of a colour becomes three bytes on a canvas.
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const luminance = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
          const part = byte / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const bar = svg.querySelector(".member-bar");
      const behind = luminance(bar ? getComputedStyle(bar).fill : "white");
      const contrasts = [...svg.querySelectorAll(".mark")].map((mark) => {
        const [light, dark] = [luminance(getComputedStyle(mark).fill), behind].sort((one, two) => two - one);
        return (light + 0.05) / (dark + 0.05);
      });
      return {
        lanes: svg.querySelectorAll("[data-lane]").length,
        kinds: [...document.querySelectorAll("#timeline [data-kind]")].map((row) => row.dataset.kind),
        overflow: Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
        overlaps,
        cut,
        smallestText: Math.min(...texts.map(({ size }) => size)),
        markContrast: Math.min(...contrasts),
      };
    });
  },

  /** The text of any page. */
  async page(page, input) {
    await page.goto(`${input.url}${input.path}`);
    return { text: await page.innerText("body") };
  },
};

const [action, parameters] = process.argv.slice(2);
const input = JSON.parse(parameters ?? "{}");
if (!Object.hasOwn(actions, action)) {
  console.error(`console.mjs: no action ${action}; there are ${Object.keys(actions).join(", ")}`);
  process.exit(2);
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
const page = await browser.newPage({ viewport: { width: input.width ?? 1280, height: 900 }, locale: input.locale ?? "en-US", colorScheme: input.colorScheme ?? "light" });
page.setDefaultTimeout(STEP_LIMIT_MS);
try {
  await login(page, input);
  const report = await actions[action](page, input);
  await page.screenshot({ path: input.screenshot, fullPage: true });
  console.log(JSON.stringify(report));
} catch (error) {
  await page.screenshot({ path: input.screenshot, fullPage: true }).catch(() => {});
  console.error(`${action} at ${page.url()}: ${error.stack ?? error}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
