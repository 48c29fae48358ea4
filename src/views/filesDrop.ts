// Drag and drop of the Files view: files of the explorer and of the desktop come in, stored ones go out as documents.
import { DataTransferItem, type DataTransfer, type TreeDragAndDropController } from 'vscode'
import { filesOf, type ListNode } from '../core/nodes.js'
import { droppedFiles, uriList, type DroppedFile } from '../host/droppedFile.js'
import { readUri } from '../host/readUri.js'
import { fileLabel } from './treeItems.js'

export class FilesDrop implements TreeDragAndDropController<ListNode> {
  /** `files` stands for whatever comes from outside of VS Code. */
  readonly dropMimeTypes = [uriList, 'files']
  readonly dragMimeTypes = [uriList]

  /** `upload` is not awaited: its questions come after the drop. */
  constructor(private readonly upload: (files: readonly DroppedFile[]) => void) {}

  handleDrag(nodes: readonly ListNode[], transfer: DataTransfer): void {
    const uris = filesOf(nodes).map(row =>
      readUri({ kind: 'file', networkId: row.network.id, itemHash: row.itemHash, name: fileLabel(row) }).toString(),
    )
    if (uris.length) transfer.set(uriList, new DataTransferItem(uris.join('\r\n')))
  }

  async handleDrop(_target: ListNode | undefined, transfer: DataTransfer): Promise<void> {
    this.upload(await droppedFiles(transfer))
  }
}
