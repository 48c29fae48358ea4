// Every way of asking the user something, behind one interface, so that tests answer instead of a person.
import { window, type Uri } from 'vscode'
import { safeLabel, withoutIcons } from '../shared/safeText.js'
import { t } from './translate.js'

export interface PickItem<T> {
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

/** What a name of the network reads as in a list to pick from. */
export const nameLabel = (name: string): string => withoutIcons(safeLabel(name)) || t('(no name)')

const toast = {
  info: window.showInformationMessage,
  warning: window.showWarningMessage,
  error: window.showErrorMessage,
}

export const windowPrompts = (): Prompts => ({
  async confirm({ message, detail, action }) {
    return (await window.showWarningMessage(message, { modal: true, detail }, action)) === action
  },
  async choose({ message, detail, actions }) {
    return window.showInformationMessage(message, { modal: true, detail }, ...actions)
  },
  async tell(message, detail) {
    await window.showInformationMessage(message, { modal: true, detail })
  },
  async notify(severity, message, actions) {
    return toast[severity](message, ...actions)
  },
  async input({ validate, ...options }) {
    return window.showInputBox({ ...options, ignoreFocusOut: true, ...(validate ? { validateInput: validate } : {}) })
  },
  async pick(items, options) {
    return (await window.showQuickPick(items, { ...options, matchOnDescription: true }))?.value
  },
  async pickMany(items, { isPicked = true, ...options }) {
    const picked = items.map(item => ({ ...item, picked: isPicked }))
    const chosen = await window.showQuickPick(picked, { ...options, canPickMany: true, matchOnDescription: true })
    return chosen?.map(({ value }) => value)
  },
  async openFiles(title, openLabel) {
    return window.showOpenDialog({ title, openLabel, canSelectMany: true })
  },
  async openFolder(title, openLabel) {
    const folders = await window.showOpenDialog({ title, openLabel, canSelectFiles: false, canSelectFolders: true })
    return folders?.[0]
  },
  async openFile(title, openLabel, defaultUri) {
    return (await window.showOpenDialog({ title, openLabel, defaultUri }))?.[0]
  },
  async saveFile(title, defaultUri) {
    return window.showSaveDialog({ title, ...(defaultUri ? { defaultUri } : {}) })
  },
})
