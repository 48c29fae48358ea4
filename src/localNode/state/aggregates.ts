// Aggregates: documents merged from elements, one step at a time as the real node does it, with its results for
// elements that arrive late or with equal times (protocol §3.2).
import { internalError } from '../rejection.js'
import { Table } from './table.js'

type Content = ReadonlyMap<string, unknown>

export interface Element {
  hash: string
  time: number
  content: Content
}

export interface Aggregate {
  owner: string
  key: string
  content: Map<string, unknown>
  created: number
  lastRevision: Element
  /** Too many elements to rebuild while writing: the next read does it. */
  isDirty: boolean
  /** By time; those with equal times in order of arrival. */
  elements: Element[]
}

/** An owner the real node ignores by name. */
const ignoredOwner = '0x51A58800b26AA1451aaA803d1746687cB88E0501'
const dirtyThreshold = 1000

export type AggregateFacet = 'key' | 'owner'
const facets = { key: (row: Aggregate) => row.key, owner: (row: Aggregate) => row.owner }
/** Equal times are ordered by key, then owner; NUL sorts before everything a key can hold. */
const rank = (row: { key: string; owner: string }) => `${row.key}\u0000${row.owner}`

export class Aggregates {
  readonly #byOwner = new Map<string, Map<string, Aggregate>>()
  readonly byChange = new Table<Aggregate, AggregateFacet>(row => row.lastRevision.time, rank, facets)
  readonly byCreation = new Table<Aggregate, AggregateFacet>(row => row.created, rank, facets)

  get(owner: string, key: string): Aggregate | undefined {
    return this.#byOwner.get(owner)?.get(key)
  }

  ofOwner(owner: string): Aggregate[] {
    const aggregates = [...(this.#byOwner.get(owner)?.values() ?? [])]
    return aggregates.sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** Throws where the real node's database refuses to add this element. */
  checkAdd(owner: string, key: string, element: Element): void {
    const known = owner === ignoredOwner ? undefined : this.get(owner, key)
    if (known && stepOf(known, element) === 'rebuild') rebuilt(withElement([...known.elements], element))
  }

  add(owner: string, key: string, element: Element): void {
    if (owner === ignoredOwner) return
    const known = this.get(owner, key)
    if (!known) {
      const created = { content: new Map(element.content), created: element.time, lastRevision: element }
      this.#put({ owner, key, ...created, isDirty: false, elements: [element] })
      return
    }
    const step = stepOf(known, element)
    const elements = withElement(known.elements, element)
    this.#replace(known, { ...merged(known, element, step, elements), elements })
  }

  /** What `remove` would throw, for a FORGET that has to happen as a whole or not at all. */
  checkRemoval(owner: string, key: string, hashes: readonly string[]): void {
    let elements = this.get(owner, key)?.elements ?? []
    for (const hash of hashes) {
      elements = elements.filter(element => element.hash !== hash)
      if (elements.length) rebuilt(elements)
    }
  }

  remove(owner: string, key: string, hash: string): void {
    const known = this.get(owner, key)
    if (!known) return
    const elements = known.elements.filter(element => element.hash !== hash)
    if (elements.length) this.#replace(known, { ...rebuilt(elements), isDirty: false, elements })
    else {
      this.#take(known)
      this.#byOwner.get(owner)?.delete(key)
    }
  }

  /** Reading one owner's aggregates rebuilds the dirty ones. */
  refreshDirty(owner: string): void {
    for (const known of this.ofOwner(owner))
      if (known.isDirty) this.#replace(known, { ...rebuilt(known.elements), isDirty: false })
  }

  #put(aggregate: Aggregate): void {
    let keys = this.#byOwner.get(aggregate.owner)
    if (!keys) this.#byOwner.set(aggregate.owner, (keys = new Map()))
    keys.set(aggregate.key, aggregate)
    this.byChange.insert(aggregate)
    this.byCreation.insert(aggregate)
  }

  #take(aggregate: Aggregate): void {
    this.byChange.remove(aggregate)
    this.byCreation.remove(aggregate)
  }

  #replace(known: Aggregate, changes: Partial<Aggregate>): void {
    this.#take(known)
    this.#put({ ...known, ...changes })
  }
}

function withElement(elements: Element[], element: Element): Element[] {
  let index = elements.length
  while (index > 0 && (elements[index - 1] as Element).time > element.time) index--
  // Mostly the newest: then the array is extended in place, which keeps a thousand writes from copying a thousand each.
  if (index === elements.length) {
    elements.push(element)
    return elements
  }
  return [...elements.slice(0, index), element, ...elements.slice(index)]
}

/** What one new element does to what is known already; see the table of protocol §3.2. */
function stepOf(known: Aggregate, element: Element): 'nothing' | 'append' | 'fill' | 'dirty' | 'rebuild' {
  if (known.isDirty) return 'nothing'
  if (known.lastRevision.time < element.time) return 'append'
  if (known.created > element.time) return 'fill'
  const keys = [...element.content.keys()]
  if (!keys.some(key => known.content.has(key))) return 'append'
  if (keys.every(key => known.lastRevision.content.has(key))) return 'nothing'
  return known.elements.length + 1 > dirtyThreshold ? 'dirty' : 'rebuild'
}

/** In place: a collection of many documents would be copied whole for every write otherwise. */
function merged(
  known: Aggregate,
  element: Element,
  step: ReturnType<typeof stepOf>,
  elements: readonly Element[],
): Partial<Aggregate> {
  switch (step) {
    case 'nothing':
      return {}
    case 'append':
      for (const [key, value] of element.content) known.content.set(key, value)
      return { lastRevision: element }
    case 'fill':
      for (const [key, value] of element.content) if (!known.content.has(key)) known.content.set(key, value)
      return { created: element.time }
    case 'dirty':
      return { isDirty: true }
    case 'rebuild':
      return rebuilt(elements)
  }
}

/** Everything merged anew. Two newest elements with one time make the real node's upsert fail. */
function rebuilt(elements: readonly Element[]): Pick<Aggregate, 'content' | 'created' | 'lastRevision'> {
  const first = elements[0] as Element
  const last = elements[elements.length - 1] as Element
  if (elements.length > 1 && elements[elements.length - 2]?.time === last.time) throw internalError()
  const content = new Map<string, unknown>()
  for (const element of elements) for (const [key, value] of element.content) content.set(key, value)
  return { content, created: first.time, lastRevision: last }
}
