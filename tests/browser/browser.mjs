// A page in a headless Chromium, watched: what it asked for, and what it complained about.

import puppeteer from "puppeteer-core";

// Nothing of the browser's own goes out either; a name that a page looked up after all would not be found.
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND",
  "--no-first-run",
  "--no-sandbox",
];

export const launch = () => puppeteer.launch({ executablePath: process.env.BROWSER, args: QUIET, headless: "shell" });

// Opens an address. `seen.asked` has every request but the one for the page, `seen.said` every complaint.
export const open = async (browser, address, { scheme = "light", width = 1280, height = 900 } = {}) => {
  const page = await browser.newPage();
  const seen = { asked: [], said: [] };
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) seen.said.push(message.text());
  });
  page.on("pageerror", (error) => seen.said.push(String(error)));
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    const url = request.url();
    if (url === address || url.startsWith("data:")) return request.continue();
    seen.asked.push(url);
    return request.abort();
  });
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(address, { waitUntil: "networkidle0" });
  return { page, seen };
};
