// Which rows of the revisions are chosen: one, or two to be compared with each other, and which has the focus.
export class Picked {
  /** The one chosen first, then the second. */
  #hashes: string[] = []
  #focused: string | undefined

  get hashes(): readonly string[] {
    return this.#hashes
  }

  get focused(): string | undefined {
    return this.#focused
  }

  /** Focuses a row and chooses it alone; a row that can not be chosen ends the choice. */
  only(hash: string, canChoose: boolean): void {
    this.#focused = hash
    this.#hashes = canChoose ? [hash] : []
  }

  focus(hash: string): void {
    this.#focused = hash
  }

  /** Focuses a row and makes it the second one. */
  second(hash: string, canChoose: boolean): void {
    this.#focused = hash
    const [first] = this.#hashes
    if (canChoose) this.#hashes = first === undefined || first === hash ? [hash] : [first, hash]
  }

  /** Takes a row off that is chosen, adds one that is not. */
  toggle(hash: string, canChoose: boolean): void {
    this.#focused = hash
    if (this.#hashes.includes(hash)) this.#hashes = this.#hashes.filter(each => each !== hash)
    else this.second(hash, canChoose)
  }

  /** Forgets rows that are gone. Returns whether any was chosen. */
  keep(known: (hash: string) => boolean): boolean {
    if (this.#focused !== undefined && !known(this.#focused)) this.#focused = undefined
    const kept = this.#hashes.filter(known)
    const isOther = kept.length !== this.#hashes.length
    this.#hashes = kept
    return isOther
  }
}
