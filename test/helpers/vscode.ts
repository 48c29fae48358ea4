// What VS Code would be, for code that shows something in a process that is no editor: it notes every text it is given,
// by the way in which it would be read.
import { EventEmitter as NodeEmitter } from 'node:events'

/** How VS Code reads a text: for links, for icons, as Markdown, or as it is. */
export type Reading = 'message' | 'label' | 'markdown' | 'plain'

export const shown: { reading: Reading; text: string }[] = []
const show = (reading: Reading, ...texts: unknown[]) => {
  for (const text of texts) if (typeof text === 'string') shown.push({ reading, text })
}

export class EventEmitter<T> {
  readonly #emitter = new NodeEmitter()
  readonly event = (listen: (value: T) => void) => {
    this.#emitter.on('event', listen)
    return { dispose: () => this.#emitter.off('event', listen) }
  }
  fire(value: T): void {
    this.#emitter.emit('event', value)
  }
  dispose(): void {
    this.#emitter.removeAllListeners()
  }
}

export class TreeItem {
  id: string | undefined
  description: string | undefined
  tooltip: MarkdownString | undefined
  accessibilityInformation: { label: string } | undefined
  constructor(
    public label: string,
    public collapsibleState = 0,
  ) {}
}

export class ThemeIcon {
  static readonly File = new ThemeIcon('file')
  static readonly Folder = new ThemeIcon('folder')
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class MarkdownString {
  isTrusted = false
  supportHtml = false
  constructor(
    readonly value: string,
    readonly supportThemeIcons = false,
  ) {}
}

export class FileDecoration {}

export class CancellationError extends Error {}

export class FileSystemError extends Error {
  static FileNotFound = (text: string) => new FileSystemError(text)
  static Unavailable = (text: string) => new FileSystemError(text)
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 }
export const StatusBarAlignment = { Left: 1, Right: 2 }
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 }
export const Uri = { from: (parts: object) => ({ ...parts }) }
export const l10n = {
  t: (text: string, values: Record<string, unknown> = {}) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name])),
}
export const commands = {
  executeCommand(command: string, ...args: unknown[]) {
    if (command === 'vscode.diff') show('plain', args[2])
    return Promise.resolve()
  },
}

interface Dialog {
  modal?: boolean
  detail?: string
}

function message(text: string, options?: Dialog | string): Promise<undefined> {
  if (typeof options === 'object') show('plain', text, options.detail)
  else show('message', text)
  return Promise.resolve(undefined)
}

export const window = {
  showInformationMessage: message,
  showWarningMessage: message,
  showErrorMessage: message,
  showQuickPick(items: Record<string, unknown>[], options: Record<string, unknown>) {
    show('plain', options['title'], options['placeHolder'])
    for (const { label, description, detail } of items) show('label', label, description, detail)
    return Promise.resolve(options['canPickMany'] ? items : items[0])
  },
  showInputBox({ title, prompt, placeHolder, validateInput }: Record<string, unknown>) {
    show('plain', title, placeHolder)
    show('message', prompt, (validateInput as ((text: string) => string) | undefined)?.(''))
    return Promise.resolve(undefined)
  },
  showOpenDialog({ title }: { title: string }) {
    show('plain', title)
    return Promise.resolve(undefined)
  },
  showSaveDialog({ title }: { title: string }) {
    show('plain', title)
    return Promise.resolve(undefined)
  },
  withProgress({ title }: { title: string }, run: (progress: unknown, token: unknown) => Promise<unknown>) {
    show('message', title)
    show('label', title)
    const report = (step: { message?: string }) => show('message', step.message)
    const onCancellationRequested = () => ({ dispose: () => undefined })
    return run({ report }, { isCancellationRequested: false, onCancellationRequested })
  },
  createTreeView: () => ({
    set description(text: string) {
      show('plain', text)
    },
  }),
  createStatusBarItem: () => ({
    set text(text: string) {
      show('label', text)
    },
    set tooltip(text: string) {
      show('plain', text)
    },
    set accessibilityInformation({ label }: { label: string }) {
      show('plain', label)
    },
    show: () => undefined,
    hide: () => undefined,
  }),
}

/** What the tree shows of an item. */
export function showItem({ label, description, tooltip, accessibilityInformation }: TreeItem): void {
  show('label', label, description)
  show('plain', accessibilityInformation?.label)
  if (tooltip) show('markdown', tooltip.value)
}
