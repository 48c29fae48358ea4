// What the page of the aggregate editor and the extension say to each other. The text document is the truth; the page
// shows it and proposes changes. The page speaks first (`ready`); nothing is sent to it before that.

export const editorProtocolVersion = 1

/** Zero-based, as VS Code counts: lines end at `\n`, `\r\n` or `\r`; characters are UTF-16 units. */
export interface TextPosition {
  line: number
  character: number
}

/** Replaces what stands between two positions. Several of them are all in terms of the text before any of them. */
export interface TextChange {
  start: TextPosition
  end: TextPosition
  /** Lines are separated by `\n`. */
  text: string
}

export type Severity = 'error' | 'warning' | 'info'

/** Something to say of a place in the text. */
export interface TextProblem {
  start: TextPosition
  end: TextPosition
  severity: Severity
  message: string
}

/** Lines of an entry whose value is not what the loaded base holds. */
export interface ChangedLines {
  firstLine: number
  lastLine: number
  kind: 'added' | 'changed'
}

/** One thing that the user should know, with what can be done about it. */
export interface Banner {
  severity: Severity
  message: string
  /** One with a `link` is followed by VS Code itself. */
  actions: { id: string; label: string; link?: string }[]
}

/** Everything beside text and revisions. Sent whole whenever part of it changed. */
export interface EditorStatus {
  /** Name of the account that would publish, and of the network. */
  account: string
  /** `false` for an address without a key. */
  canPublish: boolean
  network: string
  isReadOnly: boolean
  /** Why it can not be edited; empty when it can. */
  readOnlyReason: string
  publish: {
    isEnabled: boolean
    /** A publication is under way. */
    isBusy: boolean
    /** What would be published: "john-doe changed · 61 bytes to publish · public", or why nothing would be. */
    summary: string
  }
  problems: TextProblem[]
  changes: ChangedLines[]
  banner: Banner | undefined
}

/** `added` (+), `changed` (~), `nulled` (−): what a revision did to a top-level entry. */
export type EntryChange = { name: string; kind: 'added' | 'changed' | 'nulled' }

/** Only exceptions have one. */
export type RevisionState = 'pending' | 'rejected' | 'forgotten' | 'unverified'

export interface RevisionRow {
  /** Item hash of the element. */
  hash: string
  /** Counted from the oldest one; undefined while older ones are not loaded. */
  number: number | undefined
  /** `content.time` in seconds. */
  time: number
  /** "you", the name of another account of this window, or a short address. */
  author: string
  /** Full address. */
  sender: string
  /** The sender is not the owner. */
  isDelegate: boolean
  /** The first of them. */
  entries: EntryChange[]
  /** How many more it set. */
  moreEntries: number
  sizeBytes: number
  state: RevisionState | undefined
  /** One sentence about the state; empty without one. */
  stateReason: string
  /** The open document was loaded from the state after this revision. */
  isBase: boolean
  /** Its content is known, so that it can be shown, compared and restored. */
  isReadable: boolean
}

/** Elements that can not be read any more: a visible gap in the history. */
export interface RevisionGap {
  /** Identity of the row. */
  hash: string
  /** Of the newest of them, in seconds. */
  time: number
  count: number
  /** One sentence: "3 forgotten elements of this owner; to which aggregates they belonged is not known any more". */
  reason: string
}

export interface HistoryState {
  /** Newest first. */
  rows: (RevisionRow | RevisionGap)[]
  /** Every revision that the node has is among the rows. */
  isComplete: boolean
  isLoading: boolean
  /** How far it is while loading: "400 messages looked at". */
  progress: string
  /** Why loading ended, when it failed; empty otherwise. */
  failure: string
  /** What the node's own merge has otherwise than the signed elements, with the names of the entries; empty if nothing. */
  warning: string
}

export const isGap = (row: RevisionRow | RevisionGap): row is RevisionGap => 'count' in row

/** What the page asks the extension to do. Each is answered by a `reply` of the same id. */
export type EditorRequest =
  | { action: 'publish' }
  | { action: 'format' }
  | { action: 'sortKeys' }
  | { action: 'undo' }
  | { action: 'redo' }
  /** `entry` is the name of the top-level entry at the cursor, if there is one. */
  | { action: 'addEntry' }
  | { action: 'renameEntry'; entry: string | undefined }
  | { action: 'removeEntry'; entry: string | undefined }
  | { action: 'refresh' }
  | { action: 'loadMore' }
  | { action: 'stopLoading' }
  | { action: 'banner'; choice: string }
  /** Compares with the current text. */
  | { action: 'compare'; hash: string }
  /** The two that are selected, the older one first. */
  | { action: 'compareTwo'; hashes: [string, string] }
  /** Makes the state after it the text, as an edit. */
  | { action: 'restore'; hash: string }
export type EditorAction = EditorRequest['action']

export type ToExtension =
  | { kind: 'ready'; protocol: number }
  /**
   * Changes to a text that the page knows as `revision`. Answered by `applied`, or by `stale` when the document has moved
   * on; the `changed` messages that say how were sent before.
   */
  | { kind: 'edit'; id: number; revision: number; changes: TextChange[] }
  /** The user types: an `edit` follows. Said once for each. */
  | { kind: 'typing' }
  | { kind: 'request'; id: number; request: EditorRequest }
  | { kind: 'cancel'; id: number }
  /** Every edit that the user made so far was sent. Answers `flush`. */
  | { kind: 'flushed'; id: number }
  /** Which revisions are selected, for the commands of the menu; the focused one first. */
  | { kind: 'selected'; hashes: string[]; entry: string | undefined }
  /** Something in the page failed; for the log. */
  | { kind: 'failure'; message: string }
  /** Asks for a sign of life: `alive`. */
  | { kind: 'beat' }

export type ToPage =
  | { kind: 'start'; protocol: number; texts: PageTexts; locale: string; owner: string; key: string }
  /** The whole text, as `revision`. Whatever the page has that was not applied is lost. */
  | { kind: 'text'; revision: number; text: string }
  /** Somebody else's changes (undo, another view of the document, a reload); the text is now `revision`. */
  | { kind: 'changed'; revision: number; changes: TextChange[] }
  | { kind: 'applied'; id: number; revision: number }
  | { kind: 'stale'; id: number }
  | { kind: 'status'; status: EditorStatus }
  | { kind: 'history'; history: HistoryState }
  | { kind: 'reply'; id: number; error?: { code: string; message: string } }
  /** Send edits that wait, then `flushed`. */
  | { kind: 'flush'; id: number }
  /** Answers `beat`. */
  | { kind: 'alive' }
  /** Put the cursor there and show it. */
  | { kind: 'reveal'; position: TextPosition }
  /** Open the panel of revisions or the search panel, or toggle the former. */
  | { kind: 'show'; what: 'history' | 'toggleHistory' | 'find' }

/** What a page without its extension needs to say so, given with its HTML because nobody can send it later. */
export interface LostTexts {
  /** The extension doesn't answer. */
  message: string
  /** The same, and the page has something that the document doesn't have. */
  unsentMessage: string
  copyText: string
  reopen: string
  /** A link that VS Code follows by itself: it opens the editor again. */
  reopenLink: string
}

/** Context that a row of the revisions carries for VS Code's own context menu (`webview/context`). */
export interface RevisionContext {
  webviewSection: 'revision' | 'gap'
  /** Space-separated facts for `when` clauses: `readable`, `base`, `pending`, `two` (two are selected). */
  revision: string
  hash: string
  preventDefaultContextMenuItems: true
}

/** Every text of the page, in the user's language. `{…}` are places for values. */
export interface PageTexts {
  /** Accessible name of the editor. */
  editor: string
  /** Its description: that Tab indents, and that Escape, then Tab leaves the editor. */
  editorHelp: string
  toolbar: string
  path: string
  format: string
  sortKeys: string
  addEntry: string
  moreActions: string
  renameEntry: string
  removeEntry: string
  find: string
  history: string
  hideHistory: string
  publish: string
  publishing: string
  /** "{account} · {network}" */
  accountAt: string
  readOnly: string
  /** The extension did not answer a request; what to do next. */
  noAnswer: string
  /** Heading of the panel. */
  revisions: string
  refresh: string
  allEntries: string
  /** Accessible name of the choice of an entry. */
  filterByEntry: string
  loadMore: string
  stop: string
  retry: string
  /** "{hidden} of {count} revisions do not set this entry" */
  hiddenByFilter: string
  noRevisions: string
  today: string
  yesterday: string
  pending: string
  rejected: string
  forgotten: string
  unverified: string
  /** The row is what the document was loaded from. */
  base: string
  delegate: string
  compare: string
  restore: string
  /** Accessible names: "added {name}", "changed {name}", "removed {name}", "{count} more". */
  added: string
  changed: string
  nulled: string
  more: string
  /** "{count} bytes" */
  bytes: string
  /** "rev {number}" */
  revision: string
  editTab: string
  historyTab: string
  /** "Problems: {count}" */
  problems: string
  nextProblem: string
  noProblems: string
  /** CodeMirror's own phrases by their English words. */
  phrases: Record<string, string>
}
