// Says what is wrong in the settings once, and again only when it changes: whoever left it so knows.

export interface SettingProblemsPorts {
  /** The problems that were said, in this window or before. */
  said(): readonly string[]
  remember(problems: readonly string[]): void
  /** One sentence for each new problem. */
  say(problems: readonly string[]): void
}

const maxRemembered = 50

export class SettingProblems {
  #known: readonly string[] | undefined

  constructor(private readonly ports: SettingProblemsPorts) {}

  /** `problems` are all that the settings have now. */
  report(problems: readonly string[]): void {
    const known = (this.#known ??= this.ports.said())
    const fresh = problems.filter(problem => !known.includes(problem))
    // One that was fixed and comes back counts as new.
    this.#known = problems
    if (!fresh.length) return
    this.ports.say(fresh)
    // Another workspace can have problems of its own, so those said before stay.
    this.ports.remember([...new Set([...fresh, ...this.ports.said()])].slice(0, maxRemembered))
  }
}
