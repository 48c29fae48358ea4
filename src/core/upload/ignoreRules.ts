// `.alephignore`: what a folder keeps out of uploads, written as a `.gitignore` is.
import ignore, { type Ignore } from 'ignore'

export const ignoreFileName = '.alephignore'

interface Scope {
  /** Path of the folder that the file stands in: empty, or ends with a slash. */
  readonly prefix: string
  readonly rules: Ignore
}

/** Rules of nested files; paths of all of them are relative to one common folder. */
export class IgnoreRules {
  static readonly none = new IgnoreRules([])

  /** Innermost first: it has the last word. */
  private constructor(private readonly scopes: readonly Scope[]) {}

  /** With those of a file deeper down. */
  with(prefix: string, text: string): IgnoreRules {
    const rules = ignore({ ignorecase: false, allowRelativePaths: true }).add(text)
    return new IgnoreRules([{ prefix, rules }, ...this.scopes])
  }

  /** True for an entry that is left out. Whoever asks does not look into folders that are. */
  excludes(path: string, isFolder: boolean): boolean {
    for (const { prefix, rules } of this.scopes) {
      const { ignored, unignored } = rules.test(path.slice(prefix.length) + (isFolder ? '/' : ''))
      if (ignored || unignored) return ignored
    }
    return false
  }
}
