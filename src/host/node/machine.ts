// What this machine is, and what it and its user are called, which a report about a problem must not tell.
import { arch, homedir, hostname, platform, userInfo } from 'node:os'

export interface Machine {
  /** Such as `linux x64`. */
  readonly platform: string
  readonly nodeVersion: string
  readonly home: string
  /** Empty where the system has none. */
  readonly user: string
  readonly computer: string
}

export const machine = (): Machine => ({
  platform: `${platform()} ${arch()}`,
  nodeVersion: process.version,
  home: homedir(),
  user: userName(),
  computer: hostname(),
})

/** A process may run as a user that the system has no name for. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
