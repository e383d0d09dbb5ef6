// The pages as people use them. Each test opens its page anew, from a file.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { launch, open } from "./browser.mjs";

const { PAGES, SCREENSHOTS } = process.env;
const address = (name) => pathToFileURL(join(PAGES, `${name}.html`)).href;
const shoot = (page, name) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

// `use` does something with the page; whatever it does, nothing may be asked for and nothing complained about.
const using = async (name, how, use) => {
  const { page, seen } = await open(browser, address(name), how);
  try {
    await use(page);
    assert.deepEqual(seen, { asked: [], said: [] });
  } finally {
    await page.close();
  }
};

const visible = (page, selector) => page.$$eval(selector, (all) => all.filter((one) => one.checkVisibility()).length);
const box = (page, selector) => page.$eval(selector, (one) => one.getBoundingClientRect().toJSON());
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.localName);

test("what a page should not do would be seen", async () => {
  writeFileSync(
    join(PAGES, "canary.html"),
    '<img src="http://127.0.0.1:9/x.png"><link rel="stylesheet" href="https://example.com/x.css"><script>oops()</script>',
  );
  const { page, seen } = await open(browser, address("canary"));
  await page.close();
  assert.deepEqual(seen.asked.toSorted(), ["http://127.0.0.1:9/x.png", "https://example.com/x.css"]);
  assert.match(seen.said.join("\n"), /oops is not defined/);
});

for (const scheme of ["light", "dark"]) {
  for (const name of ["conforms", "fails", "load"]) {
    test(`${name}, ${scheme}: can be read`, () =>
      using(name, { scheme }, async (page) => {
        // Light on dark, or dark on light, and far enough apart.
        const [ink, back] = await page.$eval("body", (body) => {
          const light = (colour) => {
            const parts = colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
            const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const { color, backgroundColor } = getComputedStyle(body);
          return [light(color), light(backgroundColor)];
        });
        assert.equal(ink > back, scheme === "dark", `ink ${ink}, back ${back}`);
        assert.ok((Math.max(ink, back) + 0.05) / (Math.min(ink, back) + 0.05) >= 7);
        if (name === "fails") await page.keyboard.press("n");
        await shoot(page, `page-${name}-${scheme}`);
      }));
  }
}

for (const name of ["conforms", "fails", "load"]) {
  for (const width of [1280, 480]) {
    test(`${name}: fits in ${width} pixels`, () =>
      using(name, { width }, async (page) => {
        assert.notEqual(await page.$eval("h1", (title) => title.textContent.trim()), "");
        if (name === "fails") await page.$$eval("details", (all) => all.forEach((one) => (one.open = true)));
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width);
      }));
  }
}

test("the verdict comes first", async () => {
  await using("conforms", {}, async (page) => {
    assert.match(await page.$eval("h1", (title) => title.textContent), /conforms/);
    assert.equal(await visible(page, ".finding.fails"), 0);
    assert.ok((await visible(page, "td.pass")) > 20);
  });
  await using("fails", {}, async (page) => {
    assert.match(await page.$eval("h1", (title) => title.textContent), /1 case found something/);
    assert.ok((await visible(page, ".finding.fails")) >= 1);
    assert.equal(await visible(page, "td.fail"), 1);
  });
});

test("the filter shows what was asked for", () =>
  using("fails", {}, async (page) => {
    const rows = () => visible(page, "tr.case");
    const all = await rows();
    assert.ok(all > 10);
    assert.equal(await visible(page, "tr.area"), 2);

    await page.type("#search", "Deactivate-Member okta-oin");
    assert.equal(await rows(), 1);
    assert.equal(await visible(page, "tr.area"), 1);
    assert.ok((await visible(page, ".finding.fails")) >= 1);
    assert.equal(await page.$eval("#shown", (output) => output.textContent), `1 of ${all} scenarios`);

    await page.$eval("#search", (search) => search.select());
    await page.type("#search", "nobody-wrote-this");
    assert.equal(await rows(), 0);
    assert.equal(await visible(page, ".finding"), 0);

    await page.$eval("#search", (search) => search.select());
    await page.keyboard.press("Backspace");
    assert.equal(await rows(), all);

    await page.click("#filter [value=pass]");
    assert.equal(await rows(), 1);
    await page.click("#filter [value=fail]");
    assert.equal(await rows(), 0);
  }));

test("the picture has three lanes, and the wrong step is marked", () =>
  using("fails", {}, async (page) => {
    await page.click("td.fail a");
    await page.waitForSelector(".finding[open]");
    const lanes = await page.$$eval(".finding[open] .lanes span", (spans) =>
      spans.map((span) => [span.textContent, span.getBoundingClientRect().left]));
    assert.deepEqual(lanes.map(([name]) => name), ["identity provider", "bridge", "OpenAI"]);
    assert.ok(lanes[0][1] < lanes[1][1] && lanes[1][1] < lanes[2][1]);

    // An arrow between two lanes each: to the bridge, from there to OpenAI, and back.
    const out = await box(page, ".finding[open] .message.out > .label");
    const up = await box(page, ".finding[open] .message.up > .label");
    const back = await box(page, ".finding[open] .message.back > .label");
    assert.ok(out.width > 100 && out.right <= up.left + 1 && out.left === back.left);
    // Requests point to the right, answers to the left.
    const arrows = await page.$$eval(".finding[open] .message > .label", (labels) => labels.map((label) => {
      const { content, left, right } = getComputedStyle(label, "::after");
      const kind = label.parentElement.classList[1];
      return content === "none" ? `${kind} none` : `${kind} ${right === "0px" ? "right" : left === "0px" ? "left" : "?"}`;
    }));
    assert.deepEqual([...new Set(arrows)].toSorted(), ["back left", "out right", "own none", "up right"]);
    // An invite that was accepted is nothing that a bridge asks for.
    const own = await page.$$eval(".finding[open] .message.own > .label", (labels) => labels.map((one) => one.textContent));
    assert.ok(own.some((text) => text.startsWith("accept invite:")), own.join("\n"));

    assert.equal(await visible(page, ".finding[open] .mark"), 1);
    const marked = await page.$$eval(".finding[open] .message.wrong > .label", (labels) => labels.map((one) => one.textContent));
    assert.match(marked[0], /^PATCH \/Users\//);
    assert.match(marked[1], /^answered 200 .*here$/);
    await page.$eval(".finding[open] .mark", (mark) => mark.scrollIntoView({ block: "center" }));
    await shoot(page, "page-fails-mark");
  }));

test("a message opens to its bytes by keyboard, with a command that holds no secret", () =>
  using("fails", {}, async (page) => {
    await page.click("td.fail a");
    await page.waitForSelector(".finding[open]");
    const label = ".finding[open] .message.out.wrong > .label";
    await page.focus(label);
    await page.keyboard.press("Enter");
    const text = await page.$eval(".finding[open] .message.out.wrong[open]", (message) => message.textContent);
    assert.match(text, /"active": *false/);
    assert.match(text, /curl [^]*\$SCIM_TOKEN/);
    assert.doesNotMatch(await page.content(), /Bearer (?!\$SCIM_TOKEN)\w{8}/);
  }));

test("keys", () =>
  using("fails", {}, async (page) => {
    await page.keyboard.press("/");
    assert.equal(await focused(page), "search");
    await page.keyboard.type("n");
    assert.equal(await page.$eval("#search", (search) => search.value), "n");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Escape");
    assert.notEqual(await focused(page), "search");

    await page.keyboard.press("n");
    assert.equal(await focused(page), "summary");
    assert.equal(await visible(page, ".finding[open]"), 1);
    // What was jumped to is not below the filter, which stays on top.
    const filter = await box(page, "#filter");
    const summary = await box(page, ".finding[open] > summary");
    assert.ok(summary.top >= filter.bottom, `${summary.top} < ${filter.bottom}`);
    const first = await page.evaluate(() => document.activeElement.textContent);

    await page.keyboard.press("n");
    assert.notEqual(await page.evaluate(() => document.activeElement.textContent), first);
    await page.keyboard.press("p");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), first);
  }));

test("the charts of a load run are drawn", () =>
  using("load", {}, async (page) => {
    const drawn = await page.$$eval("svg", (charts) => charts.map((chart) => {
      const lines = [...chart.querySelectorAll("polyline, path")].map((line) => line.getTotalLength());
      return { width: chart.getBoundingClientRect().width, longest: Math.max(0, ...lines) };
    }));
    assert.ok(drawn.length >= 3);
    for (const chart of drawn) assert.ok(chart.width > 300 && chart.longest > 100, JSON.stringify(chart));
    assert.ok((await visible(page, "table.state tbody tr")) > 8);
  }));
