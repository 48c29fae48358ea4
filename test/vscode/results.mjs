// Reads what reporter.cjs wrote: counts, and lines for a person.
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { root } from './paths.mjs'

export const none = { passed: 0, failed: 0, skipped: 0 }

export function add(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }
}

export const describe = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`

export function readEvents(file) {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter(line => line.endsWith('}')).map(line => JSON.parse(line))
}

/** Counts a run. One that broke off, or had no test at all though none was filtered out, is a failure of its own. */
export function count(events, name, brokenOff) {
  const sum = { ...none }
  for (const { event } of events) if (event in sum) sum[event]++
  const last = events.filter(({ event }) => event === 'begin').at(-1)
  if (brokenOff) {
    console.error(`${name}: ${brokenOff}${last ? `; the last test begun is "${last.path.join(' ')}"` : ''}.`)
    sum.failed++
  } else if (!sum.passed && !sum.failed && !process.env.ALEPH_TEST_GREP) {
    console.error(`${name}: no test was executed.`)
    sum.failed++
  }
  return sum
}

/** For runs whose own output nobody sees. */
export function print(events) {
  let open = []
  for (const { event, path, durationMs, message, stack, expected, actual } of events) {
    if (!['passed', 'failed', 'skipped'].includes(event)) continue
    const groups = path.slice(0, -1)
    const same = groups.findIndex((title, i) => title !== open[i])
    for (let i = same < 0 ? groups.length : same; i < groups.length; i++)
      console.log(`${'  '.repeat(i + 1)}${groups[i]}`)
    open = groups
    const indent = '  '.repeat(groups.length + 1)
    const mark = { passed: '✔', failed: '✗', skipped: '-' }[event]
    console.log(`${indent}${mark} ${path.at(-1)}${durationMs > 1000 ? ` (${durationMs} ms)` : ''}`)
    if (event !== 'failed') continue
    const details = [mapStack(stack?.includes(message) ? stack : `${message}\n${stack ?? ''}`)]
    if (expected !== undefined) details.push(`expected: ${expected}`, `actual:   ${actual}`)
    console.log(details.join('\n').replace(/^/gm, `${indent}    `))
  }
}

/** Names the test's own file and line; an extension host does not map stacks by itself. */
function mapStack(stack) {
  return stack.replace(/([^\s(]+\.cjs):(\d+):(\d+)/g, (place, file, line, column) => {
    const bundle = resolve(root, file)
    if (!existsSync(`${bundle}.map`)) return place
    const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')))
    const { originalSource, originalLine, originalColumn } = map.findEntry(line - 1, column - 1)
    if (originalSource === undefined) return place
    return `${relative(root, resolve(dirname(bundle), originalSource))}:${originalLine + 1}:${originalColumn + 1}`
  })
}
