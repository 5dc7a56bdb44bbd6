/** Makes pictures of a kind of report: `node build/shots.mjs KIND light|dark`. */
import { launch, open, pictures, folder, settle } from "./browser";

const [, , kind = "small", scheme = "light"] = process.argv;
const browser = await launch();
const { page, problems, close } = await open(browser, kind, scheme as "light" | "dark");
const event = page.locator("#events .grid-body .grid-row:visible").nth(3);
if (await event.count()) await event.click();
const process1 = page.locator("#processes .grid-body .grid-row:visible").nth(2);
if (await process1.count()) await process1.hover();
await settle(page);
await pictures(page, `${kind}-${scheme}`);
console.log(folder, problems);
await close();
await browser.close();
