// How long the event loop stood still at most while some work went on.
import { readFileSync } from 'node:fs'

export interface Stall {
  /** By the clock: other programs of a busy machine count as well. */
  wallMs: number
  /** What this thread computed in that time, where the system tells (Linux), to within a few ms. */
  cpuMs: number
}

const accounting = `/proc/self/task/${process.pid}/schedstat`

function cpuMs(): number {
  try {
    return Number(readFileSync(accounting, 'latin1').split(' ')[0]) / 1e6
  } catch {
    return NaN
  }
}

export const longer = (a: Stall, b: Stall): Stall => ({
  wallMs: Math.max(a.wallMs, b.wallMs),
  cpuMs: Math.max(a.cpuMs, b.cpuMs),
})

export async function watched<T>(work: () => T | Promise<T>): Promise<{ result: T; stall: Stall }> {
  let stall: Stall = { wallMs: 0, cpuMs: 0 }
  const moment = () => ({ wallMs: performance.now(), cpuMs: cpuMs() })
  let last = moment()
  const look = () => {
    const now = moment()
    stall = longer(stall, { wallMs: now.wallMs - last.wallMs, cpuMs: now.cpuMs - last.cpuMs })
    last = now
  }
  const ticking = setInterval(look, 1)
  try {
    const result = await work()
    look()
    return { result, stall }
  } finally {
    clearInterval(ticking)
  }
}
