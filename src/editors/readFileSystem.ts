// Read-only documents: files and messages of the network, verified, in whatever editor fits them.
import {
  Disposable,
  EventEmitter,
  FilePermission,
  FileSystemError,
  FileType,
  type FileChangeEvent,
  type FileStat,
  type FileSystemProvider,
  type Uri,
} from 'vscode'
import { isAlephError } from '../client/errors.js'
import type { DocumentReader } from '../core/documentReader.js'
import { reasonText } from '../core/reason.js'
import { t } from '../host/translate.js'
import { addressOf } from '../host/readUri.js'
import { markedUtf8 } from '../shared/utf8.js'

export class ReadFileSystem implements FileSystemProvider {
  readonly #changed = new EventEmitter<FileChangeEvent[]>()
  readonly onDidChangeFile = this.#changed.event

  constructor(private readonly reader: DocumentReader) {}

  /** The size is known only with the bytes; they stay in memory for the read that follows. */
  async stat(uri: Uri): Promise<FileStat> {
    const bytes = await this.#read(uri)
    return { type: FileType.File, ctime: 0, mtime: 0, size: bytes.length, permissions: FilePermission.Readonly }
  }

  readFile(uri: Uri): Promise<Uint8Array> {
    return this.#read(uri)
  }

  watch(): Disposable {
    // What a hash names never changes.
    return new Disposable(() => undefined)
  }

  readDirectory(uri: Uri): never {
    throw FileSystemError.FileNotADirectory(uri)
  }

  createDirectory(): never {
    throw readOnly()
  }

  writeFile(): never {
    throw readOnly()
  }

  delete(): never {
    throw readOnly()
  }

  rename(): never {
    throw readOnly()
  }

  dispose(): void {
    this.#changed.dispose()
  }

  async #read(uri: Uri): Promise<Uint8Array> {
    const address = addressOf(uri)
    // VS Code looks for settings and the like beside a document.
    if (!address) throw FileSystemError.FileNotFound(uri)
    try {
      const { bytes } = await this.reader.read(address)
      // A file stays as its author made it; everything else is text of our own making.
      return address.kind === 'file' ? bytes : markedUtf8(bytes)
    } catch (error) {
      if (isAlephError(error, 'NOT_FOUND') || isAlephError(error, 'FORGOTTEN')) throw FileSystemError.FileNotFound(uri)
      throw FileSystemError.Unavailable(t('This can not be shown: {reason}', { reason: reasonText(error, t) }))
    }
  }
}

const readOnly = () => FileSystemError.NoPermissions(t('What Aleph Cloud stores is read-only here.'))
