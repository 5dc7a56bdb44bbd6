/** Writes pictures of reports to `REPORT_TEST_DIR`: `node build/shoot.mjs REPORT.html...`. */
import { basename } from "node:path";
import { folder, launch, openFile, pictures } from "./browser";

const browser = await launch();
for (const path of process.argv.slice(2)) {
    for (const scheme of ["light", "dark"] as const) {
        const { page, problems, close } = await openFile(browser, path, false, scheme);
        await page.waitForTimeout(1500);
        await pictures(page, `${basename(path, ".html")}-${scheme}`);
        console.log(path, scheme, problems);
        await close();
    }
}
console.log(folder);
await browser.close();
