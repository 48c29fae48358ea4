// What host tests share: the activated extension, a network to talk to, and prompts that fail a test unless expected.
import { deepEqual, ok } from 'node:assert/strict'
import * as vscode from 'vscode'
import type { AlephStorageApi } from '../../src/api.js'
import { AlephHttpClient } from '../../src/client/index.js'
import { developmentAddresses, developmentSigner } from '../../src/core/developmentAccounts.js'
import type { ListName, ListNode } from '../../src/core/nodes.js'
import type { TestHooks } from '../../src/extension.js'
import type { Prompts } from '../../src/host/prompts.js'

type Api = AlephStorageApi & { test: TestHooks }

export const nodeUrl = process.env['ALEPH_TEST_NODE'] ?? ''
const clipboardMs = 30_000
/** Nothing listens there. */
const deadUrl = 'http://127.0.0.1:9'

export const extension = vscode.extensions.getExtension<Api>('aleph-cloud.aleph-cloud-storage')

export async function activated(): Promise<Api> {
  ok(extension)
  const api = await extension.activate()
  ok(api.test, 'the test hooks exist in test mode')
  await api.test.session.start()
  return api
}

/** The window talks to the local node of the run; `dead` is a network that does not answer; or to one with this URL. */
export async function useNetwork(id: 'local' | 'dead' | 'liar' | 'faulty' = 'local', url?: string): Promise<Api> {
  const api = await activated()
  const networks = [
    { name: 'local', url: nodeUrl, development: true },
    { name: 'dead', url: deadUrl, development: true },
    // The same node, as if it were one of the public ones.
    { name: 'public', url: nodeUrl },
    ...(url ? [{ name: id, url, development: true }] : []),
  ]
  const settings = vscode.workspace.getConfiguration('aleph')
  if (JSON.stringify(settings.get('networks')) !== JSON.stringify(networks))
    await settings.update('networks', networks, vscode.ConfigurationTarget.Global)
  api.test.session.useNetwork(id)
  return api
}

/** A client of a development account, the first if not told, to look at the node and to prepare it. */
export async function nodeClient(account = 0): Promise<AlephHttpClient> {
  const address = developmentAddresses[account] ?? ''
  return new AlephHttpClient({ endpoints: nodeUrl, account: await developmentSigner(address) })
}

/** The window works as a development account of its own, so that large data is in nobody's way. */
export async function useAccount(account: number): Promise<Api> {
  const api = await useNetwork()
  api.test.session.useAccount(developmentAddresses[account] ?? '')
  return api
}

export async function publishedCount(): Promise<number> {
  let count = 0
  for await (const _ of (await nodeClient()).messages.list()) count++
  return count
}

/** What the test answers; every other prompt is unexpected. Toasts are noted in `toasts`. */
export function usePrompts(): {
  answers: Partial<Prompts>
  toasts: string[]
  untilToast: (part: string) => Promise<string>
} {
  const state = { answers: {} as Partial<Prompts>, toasts: [] as string[], untilToast }
  const unexpected: string[] = []
  const waiting = new Map<string, (toast: string) => void>()
  let real: Prompts

  function untilToast(part: string): Promise<string> {
    const known = state.toasts.find(toast => toast.includes(part))
    return known ? Promise.resolve(known) : new Promise(resolve => waiting.set(part, resolve))
  }

  before(async () => {
    const { prompts } = (await activated()).test
    real = { ...prompts }
    const fail = (name: string) => async (question: unknown) => {
      unexpected.push(`${name} ${JSON.stringify(question)}`)
      return undefined as never
    }
    const answer =
      <K extends keyof Prompts>(name: K) =>
      (...args: unknown[]) =>
        ((state.answers[name] ?? fail(name)) as (...args: unknown[]) => unknown)(...args)
    for (const name of Object.keys(prompts) as (keyof Prompts)[]) Object.assign(prompts, { [name]: answer(name) })
    prompts.notify = async (severity, message, actions) => {
      state.toasts.push(message)
      for (const [part, resolve] of waiting) if (message.includes(part)) resolve(message)
      return state.answers.notify?.(severity, message, actions)
    }
  })

  afterEach(() => {
    state.answers = {}
    state.toasts.length = 0
    waiting.clear()
    const prompts = unexpected.splice(0)
    deepEqual(prompts, [], 'no prompt that the test does not expect')
  })

  after(async () => Object.assign((await activated()).test.prompts, real))
  return state
}

/** Agrees to a plan, whatever of it is stored already. */
export const uploadAll = async ({ actions }: { actions: readonly string[] }): Promise<string | undefined> =>
  actions.find(action => /^Upload( All| Again)?$/.test(action))

export async function roots(name: ListName): Promise<ListNode[]> {
  return (await activated()).test.sidebar.trees[name].list.roots()
}

/** Rows as a person reads them. */
export async function labels(name: ListName): Promise<string[]> {
  const { sidebar } = (await activated()).test
  return (await roots(name)).map(node => String(sidebar.trees[name].getTreeItem(node).label))
}

export async function rowOf(name: ListName, label: string): Promise<ListNode> {
  const { sidebar } = (await activated()).test
  const nodes = await roots(name)
  const node = nodes.find(node => sidebar.trees[name].getTreeItem(node).label === label)
  ok(node, `${label} is among ${(await labels(name)).join(', ')}`)
  return node
}

/** Runs what a click on the row runs. */
export async function click(name: ListName, node: ListNode): Promise<void> {
  const { command } = (await activated()).test.sidebar.trees[name].getTreeItem(node)
  ok(command, 'the row can be clicked')
  await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []))
}

export const workspaceFile = (path: string): vscode.Uri => {
  const [folder] = vscode.workspace.workspaceFolders ?? []
  ok(folder)
  return vscode.Uri.joinPath(folder.uri, path)
}

/** The stored document in front, once VS Code shows it. */
export async function activeDocument(name: string): Promise<vscode.TextDocument> {
  const isThere = () => vscode.window.activeTextEditor?.document.uri.path.endsWith(`/${name}.aleph`)
  if (!isThere())
    await new Promise<void>(resolve => {
      const subscription = vscode.window.onDidChangeActiveTextEditor(() => {
        if (!isThere()) return
        subscription.dispose()
        resolve()
      })
    })
  const document = vscode.window.activeTextEditor?.document
  ok(document)
  return document
}

/** The clipboard once it is as wanted: nothing announces that it changed. */
export async function clipboard(isWanted: (text: string) => boolean): Promise<string> {
  for (const endMs = Date.now() + clipboardMs; ;) {
    const text = await vscode.env.clipboard.readText()
    if (isWanted(text) || Date.now() > endMs) return text
  }
}

export const closeEditors = () => vscode.commands.executeCommand('workbench.action.closeAllEditors')
