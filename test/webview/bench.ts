// How long the page keeps the browser busy: a key press in a document of five megabytes, and a history of 1 000 rows.
// Prints one JSON object of figures, for the benchmark that runs it.
import type { CDPSession } from 'playwright-core'
import type { ToPage } from '../../src/shared/editorProtocol.js'
import { Site } from './editorPage.js'
import { history, revision } from './sample.js'

/** As the command Format leaves it. */
const entry = (i: number) => ({
  name: `Name ${i}`,
  tags: ['a', 'b'],
  values: Array.from({ length: 40 }, (_, n) => i * n),
})
const fiveMegabytes = JSON.stringify(
  Object.fromEntries(Array.from({ length: 8000 }, (_, i) => [`entry ${i}`, entry(i)])),
  undefined,
  2,
)
const lineCount = fiveMegabytes.split('\n').length
const keyPresses = 60

/** What the browser's main thread has done for the page since it was loaded: scripts, styles and layout. */
async function busyMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  const counted = new Set(['ScriptDuration', 'RecalcStyleDuration', 'LayoutDuration'])
  return metrics.reduce((sum, { name, value }) => sum + (counted.has(name) ? value * 1000 : 0), 0)
}

async function typing(site: Site, line: number): Promise<string> {
  const editor = await site.open({ text: fiveMegabytes, clock: 'real' })
  const { page } = editor
  await editor.toLine(line)
  await page.locator('.crumb').nth(1).waitFor()
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const frame = () => page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve))))
  const ms: number[] = []
  for (let i = 0; i < keyPresses; i++) {
    const before = await busyMs(session)
    await page.keyboard.press(i % 10 === 9 ? 'Backspace' : 'a')
    await frame()
    ms.push((await busyMs(session)) - before)
  }
  await page.context().close()
  ms.sort((a, b) => a - b)
  const at = (share: number) => (ms[Math.floor(share * (ms.length - 1))] ?? NaN).toFixed(1)
  return `${at(0.5)} ms, longest ${at(1)} ms`
}

/** Until the rows are on the screen. */
async function opening(site: Site, count: number): Promise<string> {
  const rows = Array.from({ length: count }, (_, i) => revision(i, { time: 1.7e9 - i * 3600 }))
  const { page } = await site.open({ history: history(), clock: 'real' })
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
    'editor: key press in 5 MB, at the end': await typing(site, lineCount - 100),
    'editor: 1000 revisions shown': await opening(site, 1000),
  }
  process.stdout.write(JSON.stringify(figures))
} finally {
  await site.stop()
}
