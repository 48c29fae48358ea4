// The gestures that upload: right-click, drop, the active document, the selection, a file dialog.
import {
  commands as vscodeCommands,
  TabInputCustom,
  TabInputNotebook,
  TabInputText,
  Uri,
  window,
  workspace,
  type NotebookDocument,
  type Selection,
  type TextDocument,
} from 'vscode'
import type { Active } from '../core/session.js'
import type { SkippedEntry, UploadFiles, UploadItem } from '../core/upload/plan.js'
import { selectionName } from '../core/upload/selectionName.js'
import type { DroppedFile } from '../host/droppedFile.js'
import { Exclusions, InvalidExclusion } from '../host/exclusions.js'
import { Failure } from '../host/failure.js'
import { whenSlow } from '../host/progress.js'
import type { Prompts } from '../host/prompts.js'
import type { Settings } from '../host/settings.js'
import { t } from '../host/translate.js'
import { workspaceFiles } from '../host/workspaceFiles.js'
import { commands, documentScheme, readScheme } from '../shared/ids.js'
import { safeLabel } from '../shared/safeText.js'
import type { Handlers } from './handlers.js'
import { includeSecrets, type Secret } from './secretQuestion.js'
import type { UploadFlow } from './uploadFlow.js'

const collecting = () => import('../core/lazy/collecting.js')

export class Uploads {
  constructor(
    private readonly flow: UploadFlow,
    private readonly prompts: Prompts,
    private readonly settings: Settings,
  ) {}

  handlers(): Handlers {
    return {
      [commands.filesUpload]: (uri, uris) => this.#fromExplorer(uri, uris),
      [commands.filesUploadPick]: () => this.#pick('files'),
      [commands.filesUploadFolder]: () => this.#pick('folder'),
      [commands.filesUploadActive]: uri => this.#active(uri),
      [commands.filesUploadSelection]: () => this.#selection(),
    }
  }

  /** Files and folders that were dropped: those with a place are read from there, others are held in memory. */
  async drop(dropped: readonly DroppedFile[]): Promise<void> {
    const active = await this.flow.publisher()
    if (!active || !dropped.length) return
    refuseOwn(dropped.flatMap(file => ('uri' in file ? file.uri : [])))
    const wanted = await this.#withoutSecrets(dropped, file =>
      'uri' in file ? this.#secretOf(file.uri) : this.#secretIn(file.name, file.bytes),
    )
    if (!wanted) return
    const uris = wanted.flatMap(file => ('uri' in file ? file.uri : []))
    const placed = await this.#collect(uris)
    if (!placed) return
    const loose = wanted.flatMap(file => ('bytes' in file ? looseFile(file.name, file.bytes) : []))
    await this.flow.propose(active, {
      ...placed,
      items: [...placed.items, ...loose.filter(file => 'source' in file)],
      skipped: [...placed.skipped, ...loose.filter(file => 'reason' in file)],
      unsaved: unsavedBelow(uris),
    })
  }

  async #fromExplorer(uri: unknown, uris: unknown): Promise<void> {
    const selected = (Array.isArray(uris) && uris.length ? (uris as unknown[]) : [uri]).filter(
      each => each instanceof Uri,
    )
    return selected.length ? this.#uploadUris(selected) : this.#pick('files')
  }

  async #pick(what: 'files' | 'folder'): Promise<void> {
    const active = await this.flow.publisher()
    if (!active) return
    const title = what === 'files' ? t('Upload files to Aleph Cloud') : t('Upload a folder to Aleph Cloud')
    const folder = what === 'folder' ? await this.prompts.openFolder(title, t('Upload')) : undefined
    const selected = what === 'files' ? await this.prompts.openFiles(title, t('Upload')) : folder && [folder]
    if (selected?.length) await this.#uploadUris(selected, active)
  }

  /** The document in front. What is not saved is asked about, for both answers are meant at times. */
  async #active(uri: unknown): Promise<void> {
    const target = uri instanceof Uri ? uri : activeUri()
    if (!target) throw new Failure(t('There is no file in front to upload.'))
    refuseOwn([target])
    const isTarget = (open: { uri: Uri }) => open.uri.toString() === target.toString()
    const text = workspace.textDocuments.find(isTarget)
    const notebook = workspace.notebookDocuments.find(isTarget)
    if (target.scheme === 'untitled') {
      if (text) return this.#uploadText(text, untitledName(target))
      // A notebook has bytes only once it is saved; this asks where to.
      const saved = await workspace.save(target)
      return saved && this.#uploadUris([saved])
    }
    // Text that some extension only shows is no file.
    if (text && workspace.fs.isWritableFileSystem(target.scheme) === undefined)
      return this.#uploadText(text, workspaceFiles.name(target))
    if (!isUnsaved(target, text ?? notebook)) return this.#uploadUris([target])
    await this.#unsaved(target, text)
  }

  async #unsaved(target: Uri, text: TextDocument | undefined): Promise<void> {
    const name = workspaceFiles.name(target)
    const save = t('Save and Upload')
    const asIs = text ? t('Upload What Is on Screen') : t('Upload the Saved File')
    const chosen = await this.prompts.choose({
      message: t('{name} has unsaved changes.', { name }),
      detail: text
        ? t('Save them first, or upload what is on screen and leave the file as it is?')
        : t('Save them first, or upload the file without them?'),
      actions: [save, asIs],
    })
    if (chosen === save) {
      const saved = await workspace.save(target)
      if (!saved) throw new Failure(t('{name} could not be saved, so it was not uploaded.', { name }))
      await this.#uploadUris([saved])
    } else if (chosen === asIs) await (text ? this.#uploadText(text, name) : this.#uploadUris([target]))
  }

  async #selection(): Promise<void> {
    const editor = window.activeTextEditor
    const selected = editor?.selections.filter(selection => !selection.isEmpty) ?? []
    const [first] = selected
    if (!editor || !first) throw new Failure(t('There is no selected text to upload.'))
    const inOrder = [...selected].sort((a, b) => a.start.compareTo(b.start))
    const text = inOrder.map(selection => editor.document.getText(selection)).join('\n')
    const lines = { first: (inOrder[0] ?? first).start.line + 1, last: lastLine(inOrder.at(-1) ?? first) }
    const name = selectionName(sourceName(editor.document), lines)
    await this.#uploadBytes(new TextEncoder().encode(text), name, editor.document.uri)
  }

  async #uploadText(document: TextDocument, name: string): Promise<void> {
    const bytes = await workspace.encode(document.getText(), { encoding: document.encoding })
    await this.#uploadBytes(bytes, name, document.uri)
  }

  /** What is on screen, of a document that has its own name. */
  async #uploadBytes(bytes: Uint8Array, name: string, { path }: Uri): Promise<void> {
    const active = await this.flow.publisher()
    if (!active || !(await this.#withoutSecrets([path], () => this.#secretIn(path, bytes)))) return
    await this.flow.propose(active, { items: [{ name, sizeBytes: bytes.length, source: bytes }], skipped: [] })
  }

  async #uploadUris(selected: readonly Uri[], known?: Active): Promise<void> {
    refuseOwn(selected)
    const active = known ?? (await this.flow.publisher())
    const wanted = active && (await this.#withoutSecrets(selected, uri => this.#secretOf(uri)))
    const files = wanted && (await this.#collect(wanted))
    if (files) await this.flow.propose(active, { ...files, unsaved: unsavedBelow(wanted) })
  }

  /** Undefined after telling which rule can't be understood. */
  async #collect(selected: readonly Uri[]): Promise<UploadFiles | undefined> {
    const { collectFiles, pathFilter } = await collecting()
    const exclusions = new Exclusions(pathFilter)
    const { excludedBy } = exclusions
    const defaults = await this.#defaults()
    try {
      const files = await whenSlow(t('Looking at the files to upload'), signal =>
        collectFiles(selected, { access: workspaceFiles, defaults, excludedBy, signal, t }),
      )
      return { ...files, conditional: exclusions.conditional }
    } catch (error) {
      if (!(error instanceof InvalidExclusion)) throw error
      await this.#tellInvalid(error)
      return undefined
    }
  }

  async #tellInvalid({ setting, pattern }: InvalidExclusion): Promise<void> {
    const values = { setting, pattern: safeLabel(pattern, 100) }
    const open = t('Open Settings')
    const chosen = await this.prompts.choose({
      message: t("Nothing was uploaded, because {pattern} in the setting {setting} isn't a valid pattern.", values),
      detail: t('Correct it first: what it was meant to leave out might be published otherwise.'),
      actions: [open],
    })
    if (chosen === open) await vscodeCommands.executeCommand('workbench.action.openSettings', `@id:${setting}`)
  }

  async #defaults() {
    const { DefaultExclusions } = await collecting()
    return new DefaultExclusions(this.settings.disabledExclusions)
  }

  async #secretOf(uri: Uri): Promise<Secret | undefined> {
    const { secretOf } = await collecting()
    const found = await secretOf(uri, { access: workspaceFiles, defaults: await this.#defaults() })
    return found && { name: workspaceFiles.name(uri), holds: found.holds(t) }
  }

  async #secretIn(path: string, bytes: Uint8Array | undefined): Promise<Secret | undefined> {
    const found = (await this.#defaults()).secretIn(path)
    if (!found || (bytes && found.isHarmless?.(bytes))) return undefined
    return { name: path.split('/').at(-1) ?? path, holds: found.holds(t) }
  }

  /** Without what the user leaves out after all; undefined when nothing is to be uploaded. */
  async #withoutSecrets<T>(
    selected: readonly T[],
    secretOfEach: (each: T) => Promise<Secret | undefined>,
  ): Promise<readonly T[] | undefined> {
    const looked = await Promise.all(selected.map(async each => ({ each, secret: await secretOfEach(each) })))
    const secrets = looked.flatMap(({ secret }) => secret ?? [])
    const others = looked.flatMap(({ each, secret }) => (secret ? [] : [each]))
    if (!secrets.length) return selected
    const answer = await includeSecrets(secrets, others.length > 0, this.prompts)
    return answer === 'include' ? selected : answer === 'leaveOut' ? others : undefined
  }
}

/** What is dropped without a place lies in memory whole, so there is a limit. */
const maxDroppedBytes = 100_000_000

function looseFile(name: string, source: Uint8Array | undefined): UploadItem | SkippedEntry {
  if (!source)
    return { path: name, reason: t('a folder, or unreadable: use the command Upload Files… or Upload Folder… for it') }
  if (source.length > maxDroppedBytes)
    return { path: name, reason: t('larger than 100 MB: use the command Upload Files… for it') }
  return { name, sizeBytes: source.length, source }
}

/** Counted from 1. A selection that ends before the first character of a line holds nothing of that line. */
const lastLine = ({ start, end }: Selection) => (end.character === 0 && end.line > start.line ? end.line : end.line + 1)

function activeUri(): Uri | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input
  if (input instanceof TabInputText || input instanceof TabInputCustom || input instanceof TabInputNotebook)
    return input.uri
  return window.activeTextEditor?.document.uri
}

/** Of a custom editor only its tab knows. */
function isUnsaved(target: Uri, document: TextDocument | NotebookDocument | undefined): boolean {
  if (document) return document.isDirty
  const tabs = window.tabGroups.all.flatMap(group => group.tabs)
  return tabs.some(
    ({ input, isDirty }) => isDirty && input instanceof TabInputCustom && input.uri.toString() === target.toString(),
  )
}

/** Names of open files whose changes are not on disk yet. */
function unsavedBelow(selected: readonly Uri[]): string[] {
  const documents = [...workspace.textDocuments, ...workspace.notebookDocuments]
  const { key } = workspaceFiles
  return documents
    .filter(({ isDirty, uri }) => isDirty && selected.some(file => isSameOrBelow(key(uri), key(file))))
    .map(({ uri }) => workspaceFiles.name(uri))
}

const isSameOrBelow = (key: string, folder: string) => key === folder || key.startsWith(`${folder}/`)

/** What comes from Aleph Cloud is there already. */
function refuseOwn(uris: readonly Uri[]): void {
  if (uris.some(({ scheme }) => scheme === readScheme || scheme === documentScheme))
    throw new Failure(t('This document comes from Aleph Cloud, so it is stored there already.'))
}

/** `Untitled-1` has no extension; its text is one all the same. */
const untitledName = ({ path }: Uri) => {
  const name = path.split('/').at(-1) || 'untitled'
  return name.includes('.') ? name : `${name}.txt`
}

/** The text of a notebook's cell is no notebook. */
function sourceName({ uri, isUntitled }: TextDocument): string {
  if (isUntitled) return untitledName(uri)
  const name = workspaceFiles.name(uri)
  return uri.scheme === 'vscode-notebook-cell' ? `${name.replace(/\.[^.]*$/, '')}.txt` : name
}
