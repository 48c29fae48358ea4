// Aggregates as files. Reading one loads and verifies it. A write alone never publishes: whoever called, it is handed on
// to be judged.
import {
  Disposable,
  EventEmitter,
  FileChangeType,
  FilePermission,
  FileSystemError,
  FileType,
  type FileChangeEvent,
  type FileStat,
  type FileSystemProvider,
  type Uri,
} from 'vscode'
import { isAlephError } from '../client/errors.js'
import type { AggregateDocument } from '../core/aggregate/document.js'
import type { AggregateDocuments } from '../core/aggregate/documents.js'
import { reasonText } from '../core/reason.js'
import { aggregateOf, documentUri } from '../host/documentUri.js'
import { t } from '../host/translate.js'
import type { Subscription } from '../shared/emitter.js'
import { markedUtf8 } from '../shared/utf8.js'
import { writtenText } from './writtenText.js'

/** Judges a write of this text: resolves when it may count as saved. */
export type JudgeWrite = (document: AggregateDocument, text: string) => Promise<void>

export class AggregateFileSystem implements FileSystemProvider {
  readonly #changed = new EventEmitter<FileChangeEvent[]>()
  readonly onDidChangeFile = this.#changed.event
  readonly #subscription: Subscription

  constructor(
    private readonly documents: AggregateDocuments,
    private readonly judge: JudgeWrite,
  ) {
    this.#subscription = documents.onDidOpen(document => {
      const tell = () => this.#changed.fire([{ type: FileChangeType.Changed, uri: documentUri(document.address) }])
      document.onDidChangeText(tell)
      // VS Code asks again whether it may be edited.
      let { refusal } = document.publisher
      document.onDidChange(() => {
        if (document.publisher.refusal === refusal) return
        refusal = document.publisher.refusal
        tell()
      })
    })
  }

  /** Describes the text that the editor was given, not the newest state: else VS Code would not let it be saved. */
  async stat(uri: Uri): Promise<FileStat> {
    const { saved, publisher } = await this.#document(uri)
    return {
      type: FileType.File,
      ctime: 0,
      mtime: saved.modified,
      size: markedUtf8(saved.text).length,
      ...(publisher.refusal ? { permissions: FilePermission.Readonly } : {}),
    }
  }

  async readFile(uri: Uri): Promise<Uint8Array> {
    return markedUtf8((await this.#document(uri)).saved.text)
  }

  async writeFile(uri: Uri, content: Uint8Array): Promise<void> {
    const address = aggregateOf(uri)
    const document = address && this.documents.get(address)
    if (!document)
      throw FileSystemError.NoPermissions(t('Aggregates are made by “New Aggregate”, not by writing to them.'))
    await this.judge(document, await writtenText(uri, content))
  }

  watch(): Disposable {
    // Changes of open documents are told anyway.
    return new Disposable(() => undefined)
  }

  readDirectory(uri: Uri): never {
    throw FileSystemError.FileNotADirectory(uri)
  }

  /** Whoever writes a file makes its folders first: those of an open document count as there. */
  createDirectory({ path }: Uri): never {
    const isAbove = this.documents.all.some(({ address }) => documentUri(address).path.startsWith(`${path}/`))
    throw isAbove ? FileSystemError.FileExists() : FileSystemError.NoPermissions(t('Aggregates have no folders.'))
  }

  delete(): never {
    throw FileSystemError.NoPermissions(t('Aggregates are deleted by “Delete Aggregate”.'))
  }

  rename(): never {
    throw FileSystemError.NoPermissions(t('An aggregate can not be renamed.'))
  }

  dispose(): void {
    this.#subscription.dispose()
    this.#changed.dispose()
  }

  async #document(uri: Uri): Promise<AggregateDocument> {
    const address = aggregateOf(uri)
    // VS Code looks for settings and the like beside a document.
    if (!address) throw FileSystemError.FileNotFound(uri)
    try {
      return await this.documents.open(address)
    } catch (error) {
      if (isAlephError(error, 'NOT_FOUND')) throw FileSystemError.FileNotFound(uri)
      throw FileSystemError.Unavailable(t('This can not be shown: {reason}', { reason: reasonText(error, t) }))
    }
  }
}
