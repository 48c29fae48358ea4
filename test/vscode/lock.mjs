// A lock file that names its holder. The lock of a process that no longer lives is taken over.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { identity, isAlive, onEnd } from './processes.mjs'

const pollMs = 300

/** Takes the lock and returns its release, or undefined when a living process has it. */
export function tryLock(path) {
  const own = `${path}.${process.pid}`
  writeFileSync(own, JSON.stringify(identity(process.pid)))
  try {
    for (;;) {
      try {
        // A link appears whole or not at all, unlike a file that is created and then written.
        linkSync(own, path)
        const release = () => rmSync(path, { force: true })
        const forget = onEnd(release)
        return () => {
          forget()
          release()
        }
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
      const holder = holderOf(path)
      if (holder && isAlive(holder)) return undefined
      removeStale(path, holder)
    }
  } finally {
    rmSync(own, { force: true })
  }
}

/** Runs `body` while nobody else holds the lock. */
export async function withLock(path, what, body) {
  let release = tryLock(path)
  if (!release) console.log(`Waiting for another process (pid ${holderOf(path)?.pid}) that is ${what} …`)
  while (!release) {
    await wait(pollMs)
    release = tryLock(path)
  }
  try {
    return await body()
  } finally {
    release()
  }
}

export function holderOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** Moves the lock away first: of several that find it stale, one succeeds. */
function removeStale(path, holder) {
  const aside = `${path}.stale-${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  const moved = holderOf(aside)
  // Somebody quicker had replaced the stale lock by a living one: give it back.
  if (moved && moved.pid !== holder?.pid && isAlive(moved)) renameSync(aside, path)
  rmSync(aside, { force: true })
}
