// Finds a browser of the Chromium family for the tests. Nothing is downloaded from a browser vendor.
import { existsSync } from 'node:fs'
import { Failure, findCommand, isExecutable, run } from './processes.mjs'

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'msedge']
const applications = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
]

const isRoot = () => process.getuid?.() === 0

/** Path of a browser; installs one only where that is an ordinary act of the system's administrator. */
export async function needChromium() {
  const found = findChromium()
  if (found) return found
  if (isRoot() && existsSync('/etc/debian_version') && findCommand('apt-get')) {
    console.log('Installing chromium with apt-get …')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update'], { env })
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env })
    const installed = findChromium()
    if (installed) return installed
  }
  const how =
    process.platform === 'darwin' ? 'install Google Chrome' : 'type "sudo apt-get install chromium" (or the like)'
  throw new Failure(`No Chromium, Chrome or Edge was found to run the tests in: ${how}, or set CHROME_PATH.`)
}

function findChromium() {
  const given = process.env.CHROME_PATH
  if (given) {
    if (isExecutable(given)) return given
    throw new Failure(`CHROME_PATH is ${given}, which is not a program: correct or unset it.`)
  }
  return findCommand(...commands) ?? applications.find(isExecutable)
}

/** Chromium refuses to run its sandbox as root; everybody else keeps it. */
export function chromiumArgs() {
  return [
    ...(isRoot() ? ['--no-sandbox'] : []),
    ...['--disable-gpu', '--disable-quic', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  ]
}
