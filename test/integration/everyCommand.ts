// Runs any command of the manifest as somebody would who changes their mind at once: no question is answered.
import { deepEqual } from 'node:assert/strict'
import * as vscode from 'vscode'
import type { Prompts } from '../../src/host/prompts.js'
import { activated, closeEditors, extension, publishedCount, type usePrompts } from './extension.js'

const patienceMs = 45_000
/** A question that is none of our prompts, such as a quick pick of VS Code itself, stays open until it is closed. */
const askingMs = 1_000

const manifest = extension?.packageJSON as { contributes: { commands: { command: string }[] } } | undefined

/** Ids of all commands that the manifest declares. */
export const declaredCommands = (manifest?.contributes.commands ?? []).map(({ command }) => command)

/** No arguments list may make the command crash, say that something unexpected happened, or publish. */
export async function survives(
  prompts: ReturnType<typeof usePrompts>,
  id: string,
  argumentLists: readonly unknown[][],
): Promise<void> {
  await leaveAllQuestions(prompts.answers)
  const before = await publishedCount()
  for (const args of argumentLists) await runAndLeave(id, args)
  deepEqual(
    prompts.toasts.filter(toast => toast.includes('unexpected')),
    [],
    `${id} said so`,
  )
  deepEqual(await publishedCount(), before, `${id} published nothing`)
  await closeEditors()
}

async function leaveAllQuestions(answers: Partial<Prompts>): Promise<void> {
  const { prompts } = (await activated()).test
  for (const name of Object.keys(prompts)) Object.assign(answers, { [name]: async () => undefined })
  answers.confirm = async () => false
}

async function runAndLeave(id: string, args: readonly unknown[]): Promise<void> {
  const close = () => void vscode.commands.executeCommand('workbench.action.closeQuickOpen')
  const asking = setInterval(close, askingMs)
  let late: NodeJS.Timeout | undefined
  try {
    await Promise.race([
      vscode.commands.executeCommand(id, ...args),
      new Promise((_, reject) => {
        late = setTimeout(() => reject(new Error(`${id} does not end`)), patienceMs)
      }),
    ])
  } finally {
    clearInterval(asking)
    clearTimeout(late)
  }
}

/** Registers hooks: a rejected promise of ours that nobody handles fails the tests around it. */
export function watchRejections(): void {
  const unhandled = new Map<Promise<unknown>, string>()
  const note = (reason: unknown, promise: Promise<unknown>) => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
    // Other extensions of the same host have faults of their own.
    if (!text.includes('/extensions/') || text.includes(extension?.extensionPath ?? '')) unhandled.set(promise, text)
  }
  const forget = (promise: Promise<unknown>) => void unhandled.delete(promise)
  // Not chained: in an extension host `process.on` returns nothing.
  before(() => {
    process.on('unhandledRejection', note)
    process.on('rejectionHandled', forget)
  })
  after(() => {
    process.off('unhandledRejection', note)
    process.off('rejectionHandled', forget)
    deepEqual([...unhandled.values()], [], 'no rejection is left unhandled')
  })
}
