// How long the page keeps the browser busy: a key press in a document of five megabytes, and a history of 1 000 rows.
// Prints one JSON object of figures, for the benchmark that runs it.
import type { Page } from 'playwright-core'
import type { ToPage } from '../../src/shared/editorProtocol.js'
import { Site } from './editorPage.js'
import { history, revision } from './sample.js'

const entry = (i: number) => `  "entry ${i}": { "name": "Name ${i}", "values": [1, 2, 3, ${'4567, '.repeat(150)}5] }`
const fiveMegabytes = `{\n${Array.from({ length: 5500 }, (_, i) => entry(i)).join(',\n')}\n}`
const keyPresses = 60

/** Adds up what the page does of its own thread for each key: handlers of the key and all of the frame that follows. */
async function watchKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    const outside = globalThis as unknown as { keyMs: number[] }
    outside.keyMs = []
    addEventListener(
      'keydown',
      () => {
        const started = performance.now()
        // A message of its own comes when everything that the key set off without waiting has run.
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          const handled = performance.now() - started
          requestAnimationFrame(() => {
            const frame = performance.now()
            port1.onmessage = () => outside.keyMs.push(handled + performance.now() - frame)
            port2.postMessage(0)
          })
        }
        port2.postMessage(0)
      },
      { capture: true },
    )
  })
}

async function typing(site: Site, line: number): Promise<string> {
  const editor = await site.open({ text: fiveMegabytes })
  const { page } = editor
  await editor.toLine(line)
  await page.locator('.crumb').nth(1).waitFor()
  await watchKeys(page)
  for (let i = 0; i < keyPresses; i++) await page.keyboard.press(i % 10 === 9 ? 'Backspace' : 'a')
  const count = () => (globalThis as unknown as { keyMs: number[] }).keyMs.length
  while ((await page.evaluate(count)) < keyPresses);
  const ms = (await page.evaluate(() => (globalThis as unknown as { keyMs: number[] }).keyMs)).sort((a, b) => a - b)
  await page.context().close()
  const at = (share: number) => (ms[Math.floor(share * (ms.length - 1))] ?? NaN).toFixed(1)
  return `${at(0.5)} ms, longest ${at(1)} ms`
}

/** Until the rows are on the screen. */
async function opening(site: Site, count: number): Promise<string> {
  const rows = Array.from({ length: count }, (_, i) => revision(i, { time: 1.7e9 - i * 3600 }))
  const { page } = await site.open({ history: history() })
  const message: ToPage = { kind: 'history', history: history({ rows }) }
  const ms = await page.evaluate(async message => {
    const started = performance.now()
    postMessage(message, '*')
    await new Promise(resolve => addEventListener('message', resolve, { once: true }))
    // When the second frame begins, the first has been painted.
    for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame)
    return performance.now() - started
  }, message)
  return `${ms.toFixed(0)} ms`
}

const site = await Site.start()
try {
  const figures = {
    'editor: key press in 5 MB, at the beginning': await typing(site, 3),
    'editor: key press in 5 MB, at the end': await typing(site, 5400),
    'editor: 1000 revisions shown': await opening(site, 1000),
  }
  process.stdout.write(JSON.stringify(figures))
} finally {
  await site.stop()
}
