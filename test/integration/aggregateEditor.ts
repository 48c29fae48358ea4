// Aggregates in their editor, and what the node has of them.
import { ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import { signMessage } from '../../src/client/message/envelope.js'
import type { Account, BaseContent } from '../../src/client/index.js'
import type { AggregateAddress } from '../../src/core/aggregate/address.js'
import { LineIndex } from '../../src/core/aggregate/text/positions.js'
import { historyState } from '../../src/core/aggregate/revisions.js'
import { editorStatus } from '../../src/core/aggregate/status.js'
import { Format } from '../../src/core/format.js'
import { documentUri } from '../../src/host/documentUri.js'
import type { OpenAggregate } from '../../src/host/openAggregate.js'
import { t } from '../../src/host/translate.js'
import type { EditorStatus } from '../../src/shared/editorProtocol.js'
import { commands, editorViewType } from '../../src/shared/ids.js'
import { activated, nodeUrl } from './extension.js'
import { nodeFetch } from '../helpers/nodeFetch.js'

const facts = { format: new Format('en'), t, nameOf: () => undefined }

/** What the page would be sent. */
export function statusOf({ document, text, read, refusal }: OpenAggregate): EditorStatus {
  const looked = { text: text.getText(), read: read(), lines: new LineIndex(text.getText()), refusal }
  return editorStatus(document, looked, facts)
}
export const historyOf = (open: OpenAggregate) => historyState(open.document, facts)

/** As a row of the view opens it. */
export async function openEditor(address: AggregateAddress): Promise<OpenAggregate> {
  const uri = documentUri(address)
  await vscode.commands.executeCommand('vscode.openWith', uri, editorViewType)
  return openedAt(uri)
}

export async function openedAt(uri: vscode.Uri): Promise<OpenAggregate> {
  const text = vscode.workspace.textDocuments.find(each => String(each.uri) === String(uri))
  ok(text, `${String(uri)} is open`)
  return (await activated()).test.aggregates.of(text)
}

/** Replaces the whole text, as somebody who types does. */
export async function type({ text }: OpenAggregate, json: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit()
  edit.replace(text.uri, new vscode.Range(0, 0, text.lineCount, 0), json)
  ok(await vscode.workspace.applyEdit(edit), 'the text can be edited')
}

export const publish = ({ text }: OpenAggregate) => vscode.commands.executeCommand(commands.aggregatePublish, text.uri)

/** Resolves when the text is such, at once if it is. */
export function untilText(open: OpenAggregate, isSuch: (text: string) => boolean): Promise<void> {
  return new Promise(resolve => {
    const look = () => {
      if (!isSuch(open.text.getText())) return
      subscription.dispose()
      resolve()
    }
    const subscription = vscode.workspace.onDidChangeTextDocument(look)
    look()
  })
}

/** Resolves when the page would be shown such a status, at once if it is. */
export function untilStatus(open: OpenAggregate, isSuch: (status: EditorStatus) => boolean): Promise<void> {
  return new Promise(resolve => {
    const look = () => {
      if (!isSuch(statusOf(open))) return
      subscription.dispose()
      resolve()
    }
    const subscription = open.document.onDidChange(look)
    look()
  })
}

interface Listed {
  sender: string
  item_type: string
  item_content: string | null
  content: { key: string; content: Record<string, unknown> }
}

async function list(owner: string, pagination: number, url: string) {
  const query = new URLSearchParams({ owners: owner, msgTypes: 'AGGREGATE', pagination: String(pagination) })
  const answer = await nodeFetch(`${url}/api/v0/messages.json?${query.toString()}`)
  return (await answer.json()) as { messages: Listed[]; pagination_total: number }
}

/** How many elements of all its aggregates the node has. */
export const elementCount = async (owner: string, url = nodeUrl) => (await list(owner, 1, url)).pagination_total

/** What each element of an aggregate sets, newest first. */
export async function elementsOf(owner: string, key: string, url = nodeUrl): Promise<Listed[]> {
  const { messages } = await list(owner, 200, url)
  return messages.filter(({ content }) => content.key === key)
}

export const setsOf = async (owner: string, key: string, url = nodeUrl) =>
  (await elementsOf(owner, key, url)).map(({ content }) => content.content)

/** Signs an element as any program may, and has the node decide on it at once. Resolves with the answer. */
export async function sendElement(
  account: Account,
  { owner, key, content, time = Date.now() / 1000 }: { owner: string; key: string; content: unknown; time?: number },
  { url = nodeUrl, sync = true } = {},
) {
  const { envelope } = await signMessage(account, {
    type: 'AGGREGATE',
    content: { address: owner, time, key, content } as BaseContent,
  })
  const body = JSON.stringify({ sync, message: envelope })
  const { status } = await nodeFetch(`${url}/api/v0/messages`, { method: 'POST', body })
  return { status, itemHash: envelope.item_hash, time }
}

/** Runs `act` with settings of the user, and takes them back. */
export async function withSettings(settings: Record<string, unknown>, act: () => Promise<void>): Promise<void> {
  const set = (values: [string, unknown][]) =>
    Promise.all(
      values.map(([name, value]) =>
        vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global),
      ),
    )
  await set(Object.entries(settings))
  try {
    await act()
  } finally {
    await set(Object.keys(settings).map(name => [name, undefined]))
  }
}
