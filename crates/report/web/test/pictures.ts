/** Writes pictures of the report of an invented log to `REPORT_TEST_DIR`: `node build/pictures.mjs KIND light|dark`. */
import { folder, launch, open, pictures } from "./browser";

const [, , kind = "small", scheme = "light"] = process.argv;
const browser = await launch();
const { page, problems, close } = await open(browser, kind, scheme === "dark" ? "dark" : "light");
await pictures(page, `${kind}-${scheme}`);
console.log(folder, problems);
await close();
await browser.close();
