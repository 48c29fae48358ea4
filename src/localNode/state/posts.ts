// Posts: originals with their amends; lists show one row per original with the winning version (protocol §3.1, §5.2).
import type { MessageRow } from './messages.js'
import { Table } from './table.js'

export interface Post {
  message: MessageRow
  /** Of an amend: the original. */
  amends: string | null
  amendHashes: Set<string>
  latestAmend: Post | null
}

export type PostFacet = 'owner' | 'type' | 'ref' | 'channel' | 'tag'

/** The version that is shown. */
export const currentVersion = (post: Post): MessageRow => (post.latestAmend ?? post).message

export class Posts {
  readonly #posts = new Map<string, Post>()
  readonly originals = new Table<Post, PostFacet>(
    post => currentVersion(post).contentTime,
    post => post.message.hash,
    {
      owner: post => post.message.owner,
      type: post => post.message.contentType,
      ref: post => post.message.ref,
      channel: post => post.message.channel,
      tag: post => currentVersion(post).tags,
    },
  )

  get(hash: string): Post | undefined {
    return this.#posts.get(hash)
  }

  add(message: MessageRow): void {
    const amends = message.contentType === 'amend' ? message.ref : null
    const post: Post = { message, amends, amendHashes: new Set(), latestAmend: null }
    this.#posts.set(message.hash, post)
    const original = amends === null ? undefined : this.#posts.get(amends)
    if (!original) {
      this.originals.insert(post)
      return
    }
    original.amendHashes.add(message.hash)
    // Equal times: the first one stays (trap 37).
    if (currentVersion(original).contentTime < message.contentTime) this.#show(original, post)
  }

  /** Removes a post and returns the hashes of its amends, which go with it. */
  remove(hash: string): string[] {
    const post = this.#posts.get(hash)
    if (!post) return []
    this.#posts.delete(hash)
    const original = post.amends === null ? undefined : this.#posts.get(post.amends)
    if (original) {
      original.amendHashes.delete(hash)
      if (original.latestAmend === post) this.#show(original, this.#newestAmend(original))
      return []
    }
    this.originals.remove(post)
    for (const amend of post.amendHashes) this.#posts.delete(amend)
    return [...post.amendHashes]
  }

  /** The greatest time, even one below the original's: falling back does not compare with the original. */
  #newestAmend(original: Post): Post | null {
    let newest: Post | null = null
    for (const hash of original.amendHashes) {
      const amend = this.#posts.get(hash)
      if (amend && (!newest || amend.message.contentTime > newest.message.contentTime)) newest = amend
    }
    return newest
  }

  #show(original: Post, version: Post | null): void {
    this.originals.remove(original)
    original.latestAmend = version
    this.originals.insert(original)
  }
}
