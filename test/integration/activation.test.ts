// What happens before anybody asks for anything. Its name makes it the first file of the suite.
import { deepEqual, equal, ok } from 'node:assert/strict'
import http from 'node:http'
import { commands } from '../../src/shared/ids.js'
import * as vscode from 'vscode'
import { activated, extension } from './extension.js'

describe('activation', () => {
  it('asks no node and no list', async () => {
    ok(extension)
    equal(extension.isActive, false, 'nothing activated the extension before this test')
    const calls: string[] = []
    const { fetch } = globalThis
    const { request } = http
    globalThis.fetch = (...args) => {
      calls.push(String(args[0]))
      return fetch(...args)
    }
    http.request = ((...args: Parameters<typeof request>) => {
      calls.push(JSON.stringify(args[0]))
      return request(...args)
    }) as typeof request
    try {
      await activated()
    } finally {
      globalThis.fetch = fetch
      http.request = request
    }
    deepEqual(calls, [])
  })

  it('registers every command', async () => {
    const known = await vscode.commands.getCommands(true)
    deepEqual(
      Object.values(commands).filter(id => !known.includes(id)),
      [],
    )
  })

  it('tells others who acts and where, and nothing that signs', async () => {
    const { test, ...api } = await activated()
    equal(api.version, 1)
    deepEqual(Object.keys(api).sort(), ['active', 'onDidChangeActive', 'version'])
    ok(test)
    deepEqual(Object.keys(api.active.network).sort(), ['endpoints', 'isDevelopment', 'name'])
  })
})

describe('activation @untrusted', () => {
  it('works in a workspace that is not trusted', async () => {
    await activated()
  })
})
