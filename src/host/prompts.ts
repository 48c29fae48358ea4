// Every way of asking the user something, behind one interface, so that tests answer instead of a person. Also the only
// way to a toast, a dialog, an input box or a quick pick: all text of others passes here, and none of it is markup
// afterwards. Callers give it as it is.
import { window, type QuickPickItem, type Uri } from 'vscode'
import { labelText, lineText, messageText } from '../shared/plainText.js'
import { safeLines } from '../shared/safeText.js'
import { t } from './translate.js'

export interface PickItem<T> {
  /** The name of a codicon. */
  icon?: string
  label: string
  description?: string
  detail?: string
  value: T
}

export interface InputOptions {
  title: string
  prompt: string
  value?: string
  placeHolder?: string
  password?: boolean
  /** What is wrong with the text, if anything. Must not repeat a secret. */
  validate?: (text: string) => string | undefined
}

export interface Prompts {
  /** A modal with one button; Cancel is the system's. */
  confirm(question: { message: string; detail: string; action: string }): Promise<boolean>
  /** A modal with several ways on, the first one preferred; undefined when it was cancelled. */
  choose(question: { message: string; detail: string; actions: readonly string[] }): Promise<string | undefined>
  /** A modal that only tells. */
  tell(message: string, detail: string): Promise<void>
  /** A toast; resolves with the button, or undefined when it was closed. */
  notify(severity: 'info' | 'warning' | 'error', message: string, actions: string[]): Promise<string | undefined>
  input(options: InputOptions): Promise<string | undefined>
  pick<T>(items: PickItem<T>[], options: { title: string; placeHolder?: string }): Promise<T | undefined>
  /** All of them are chosen at first, unless told otherwise; undefined when it was cancelled. */
  pickMany<T>(
    items: PickItem<T>[],
    options: { title: string; placeHolder?: string; isPicked?: boolean },
  ): Promise<T[] | undefined>
  openFiles(title: string, action: string): Promise<Uri[] | undefined>
  openFolder(title: string, action: string): Promise<Uri | undefined>
  /** One file; the dialog begins in `folder`. */
  openFile(title: string, action: string, folder: Uri): Promise<Uri | undefined>
  saveFile(title: string, suggested: Uri | undefined): Promise<Uri | undefined>
}

const toast = {
  info: window.showInformationMessage,
  warning: window.showWarningMessage,
  error: window.showErrorMessage,
}

const maxNameCharacters = 200

function pickItem<T>({ icon, label, description, detail, value }: PickItem<T>): QuickPickItem & { value: T } {
  const name = labelText(label, maxNameCharacters) || t('(no name)')
  return {
    label: icon ? `$(${icon}) ${name}` : name,
    ...(description === undefined ? {} : { description: labelText(description, maxNameCharacters) }),
    ...(detail === undefined ? {} : { detail: labelText(detail, maxNameCharacters) }),
    value,
  }
}

const pickOptions = ({ title, placeHolder }: { title: string; placeHolder?: string }) => ({
  title: lineText(title),
  ...(placeHolder === undefined ? {} : { placeHolder: lineText(placeHolder) }),
  matchOnDescription: true,
})

const modal = (detail: string) => ({ modal: true, detail: safeLines(detail) })

export const windowPrompts = (): Prompts => ({
  async confirm({ message, detail, action }) {
    return (await window.showWarningMessage(lineText(message), modal(detail), action)) === action
  },
  async choose({ message, detail, actions }) {
    return window.showInformationMessage(lineText(message), modal(detail), ...actions)
  },
  async tell(message, detail) {
    await window.showInformationMessage(lineText(message), modal(detail))
  },
  async notify(severity, message, actions) {
    return toast[severity](messageText(message), ...actions)
  },
  async input({ title, prompt, placeHolder, validate, ...options }) {
    return window.showInputBox({
      ...options,
      title: lineText(title),
      prompt: messageText(prompt),
      ...(placeHolder === undefined ? {} : { placeHolder: lineText(placeHolder) }),
      ignoreFocusOut: true,
      ...(validate ? { validateInput: text => problemText(validate(text)) } : {}),
    })
  },
  async pick(items, options) {
    return (await window.showQuickPick(items.map(pickItem), pickOptions(options)))?.value
  },
  async pickMany(items, { isPicked = true, ...options }) {
    const picked = items.map(item => ({ ...pickItem(item), picked: isPicked }))
    const chosen = await window.showQuickPick(picked, { ...pickOptions(options), canPickMany: true })
    return chosen?.map(({ value }) => value)
  },
  async openFiles(title, openLabel) {
    return window.showOpenDialog({ title: lineText(title), openLabel, canSelectMany: true })
  },
  async openFolder(title, openLabel) {
    const places = { canSelectFiles: false, canSelectFolders: true }
    return (await window.showOpenDialog({ title: lineText(title), openLabel, ...places }))?.[0]
  },
  async openFile(title, openLabel, defaultUri) {
    return (await window.showOpenDialog({ title: lineText(title), openLabel, defaultUri }))?.[0]
  },
  async saveFile(title, defaultUri) {
    return window.showSaveDialog({ title: lineText(title), ...(defaultUri ? { defaultUri } : {}) })
  },
})

const problemText = (problem: string | undefined) => (problem === undefined ? undefined : messageText(problem))
