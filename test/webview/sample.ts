// What the extension would send: texts in English, a small document with its status, a history.
import type {
  EditorStatus,
  HistoryState,
  LostTexts,
  PageTexts,
  RevisionGap,
  RevisionRow,
} from '../../src/shared/editorProtocol.js'

export const lost: LostTexts = {
  message: "The extension isn't answering, so nothing can be typed. Wait a moment, or reopen the editor.",
  unsentMessage:
    "The extension isn't answering, and what you typed last isn't in the document yet. Wait a moment, or copy the text and reopen the editor.",
  copyText: 'Copy Text',
  reopen: 'Reopen',
  reopenLink: 'command:aleph.aggregate.reopen?users',
}

export const texts: PageTexts = {
  editor: 'JSON of users',
  editorHelp: 'Tab indents. Press Escape, then Tab, to leave the editor.',
  toolbar: 'Aggregate',
  path: 'Path',
  format: 'Format',
  sortKeys: 'Sort',
  addEntry: 'Add Entry…',
  moreActions: 'More Actions',
  renameEntry: 'Rename Entry…',
  removeEntry: 'Remove Entry',
  find: 'Find',
  history: 'History',
  hideHistory: 'Hide History',
  publish: 'Publish',
  publishing: 'Publishing…',
  accountAt: '{account} · {network}',
  readOnly: 'Read-only',
  noAnswer: 'The extension did not answer. Close the editor and open it again.',
  revisions: 'Revisions',
  refresh: 'Refresh',
  allEntries: 'All entries',
  filterByEntry: 'Show revisions of',
  loadMore: 'Load More',
  stop: 'Stop',
  retry: 'Retry',
  hiddenByFilter: '{hidden} of {count} revisions do not set this entry',
  noRevisions: 'Nothing was published yet.',
  today: 'Today',
  yesterday: 'Yesterday',
  pending: 'pending',
  rejected: 'rejected',
  forgotten: 'forgotten',
  unverified: 'not verified',
  base: 'base',
  delegate: 'delegate',
  compare: 'Compare',
  restore: 'Restore',
  added: 'added {name}',
  changed: 'changed {name}',
  nulled: 'removed {name}',
  more: '{count} more',
  bytes: '{count} bytes',
  revision: 'rev {number}',
  editTab: 'Edit',
  historyTab: 'History',
  problems: 'Problems: {count}',
  nextProblem: 'Go to Next Problem',
  noProblems: 'No problems',
  phrases: { Find: 'Find', next: 'Next', previous: 'Previous' },
}

export const usersText = `{
  "john-doe": {
    "name": "John Doe",
    "age": 31,
    "tags": ["a", "b"],
    "isAdmin": true
  },
  "kid": {
    "name": "Kid",
    "big": 12345678901234567890123,
    "parent": null
  }
}
`

export const status = (more: Partial<EditorStatus> = {}): EditorStatus => ({
  account: 'alice',
  canPublish: true,
  network: 'mainnet',
  isReadOnly: false,
  readOnlyReason: '',
  publish: { isEnabled: true, isBusy: false, summary: 'john-doe changed · 61 bytes to publish · public' },
  problems: [],
  changes: [],
  banner: undefined,
  ...more,
})

/** With everything that a status can hold. */
export const full = status({
  publish: { isEnabled: false, isBusy: false, summary: 'The JSON has 2 problems, so nothing can be published.' },
  problems: [
    {
      start: { line: 3, character: 11 },
      end: { line: 3, character: 13 },
      severity: 'warning',
      message: 'This number loses digits where it is read as a double.',
    },
    {
      start: { line: 9, character: 4 },
      end: { line: 9, character: 9 },
      severity: 'error',
      message: 'The name "big" stands here twice.',
    },
  ],
  changes: [
    { firstLine: 3, lastLine: 4, kind: 'changed' },
    { firstLine: 7, lastLine: 11, kind: 'added' },
  ],
  banner: {
    severity: 'warning',
    message: 'kid was changed by somebody else while you were editing. Nothing of yours is lost.',
    actions: [
      { id: 'compare', label: 'Compare' },
      { id: 'reload', label: 'Discard Mine' },
    ],
  },
})

/** "Now" of every test. */
export const now = new Date('2026-05-14T15:00:00Z')
export const seconds = (iso: string) => Date.parse(iso) / 1000

export const hash = (n: number) => n.toString(16).padStart(64, '0')

export const revision = (n: number, more: Partial<RevisionRow> = {}): RevisionRow => ({
  hash: hash(n),
  number: n,
  time: seconds('2026-05-14T14:02:00Z'),
  author: 'you',
  sender: '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3',
  isDelegate: false,
  entries: [{ name: 'john-doe', kind: 'changed' }],
  moreEntries: 0,
  sizeBytes: 61,
  state: undefined,
  stateReason: '',
  isBase: false,
  isReadable: true,
  ...more,
})

export const gap = (n: number, more: Partial<RevisionGap> = {}): RevisionGap => ({
  hash: hash(n),
  time: seconds('2026-05-12T08:30:00Z'),
  count: 3,
  reason: '3 forgotten elements of this owner; to which aggregates they belonged is not known any more',
  ...more,
})

export const history = (more: Partial<HistoryState> = {}): HistoryState => ({
  rows: [],
  isComplete: true,
  isLoading: false,
  progress: '',
  failure: '',
  warning: '',
  ...more,
})

/** One of everything. */
export const usersHistory = history({
  isComplete: false,
  rows: [
    revision(8),
    revision(7, {
      time: seconds('2026-05-14T13:58:00Z'),
      entries: [{ name: 'kid', kind: 'added' }],
      state: 'pending',
      stateReason: 'The node has not confirmed it yet.',
      sizeBytes: 1234,
    }),
    revision(6, {
      time: seconds('2026-05-13T20:15:00Z'),
      entries: [
        { name: 'old', kind: 'nulled' },
        { name: 'kid', kind: 'changed' },
        { name: 'john-doe', kind: 'changed' },
        { name: 'other', kind: 'added' },
      ],
      moreEntries: 2,
      isBase: true,
    }),
    revision(5, {
      time: seconds('2026-05-12T09:10:00Z'),
      author: '0x51…01',
      isDelegate: true,
      state: 'unverified',
      stateReason: 'The signature is not that of the sender.',
      isReadable: false,
    }),
    gap(4),
    revision(3, { time: seconds('2026-05-12T08:00:00Z'), entries: [{ name: 'john-doe', kind: 'added' }] }),
    revision(2, {
      time: seconds('2025-12-31T23:59:00Z'),
      entries: [{ name: 'old', kind: 'added' }],
      state: 'rejected',
      stateReason: 'Not allowed by the owner.',
    }),
  ],
})
