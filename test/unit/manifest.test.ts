// The manifest and the code must agree: every command, key, view, setting and text that one of them names.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import bundle from '../../l10n/bundle.l10n.json' with { type: 'json' }
import manifest from '../../package.json' with { type: 'json' }
import nls from '../../package.nls.json' with { type: 'json' }
import * as ids from '../../src/shared/ids.js'

const { contributes } = manifest
const root = process.cwd()
const bundleFile = join(root, 'l10n/bundle.l10n.json')
const code = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(name => /\.ts$/.test(name) && !/^(client|localNode|webview)\b/.test(name))
  .map(name => ({ name, text: readFileSync(join(root, 'src', name), 'utf8') }))

const sorted = (values: Iterable<string>) => [...values].sort()
const declared = contributes.commands.map(({ command }) => command)
type MenuEntry =
  { command: string; submenu?: never; when?: string } | { submenu: string; command?: never; when?: string }
const menus = Object.entries(contributes.menus as Record<string, MenuEntry[]>)
const welcome = contributes.viewsWelcome
const allTexts = JSON.stringify(manifest)

describe('manifest', () => {
  it('declares the commands that the code knows, and no others', () => {
    deepEqual(sorted(declared), sorted(Object.values(ids.commands)))
    equal(new Set(declared).size, declared.length)
  })

  it('has a handler for every command', () => {
    const handled = code
      .filter(({ name }) => name.startsWith('commands') || name === 'extension.ts')
      .map(({ text }) => text)
    for (const name of Object.keys(ids.commands))
      ok(
        handled.some(text => text.includes(`[commands.${name}]:`) || text.includes(`[ids.${name}]:`)),
        name,
      )
  })

  it('gives every command the category Aleph and a localised title', () => {
    for (const { command, category, title } of contributes.commands) {
      equal(category, 'Aleph', command)
      ok(/^%[\w.]+%$/.test(title), command)
      ok(/^aleph\.[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/.test(command), command)
    }
  })

  it('takes no id that VS Code gives to a command of a view', () => {
    for (const view of Object.values(ids.views))
      for (const verb of ['open', 'focus', 'resetViewLocation', 'removeView', 'toggleVisibility'])
        ok(!declared.includes(`${view}.${verb}`), `${view}.${verb}`)
  })

  it('puts only declared commands into menus and welcome texts', () => {
    for (const [menu, entries] of menus)
      for (const { command } of entries)
        if (command !== undefined) ok(declared.includes(command), `${menu}: ${command}`)
    for (const { contents } of welcome)
      for (const [, command] of text(contents).matchAll(/\(command:([\w.]+)\)/g))
        ok(declared.includes(command ?? ''), command)
  })

  it('opens every submenu from somewhere, and fills it', () => {
    const opened = menus.flatMap(([, entries]) => entries.flatMap(({ submenu }) => submenu ?? []))
    deepEqual(sorted(new Set(opened)), sorted(contributes.submenus.map(({ id }) => id)))
    for (const { id } of contributes.submenus)
      ok(
        menus.some(([menu, entries]) => menu === id && entries.length),
        id,
      )
  })

  it('asks in its when clauses only for keys that the code sets', () => {
    const clauses = [
      ...menus.flatMap(([, entries]) => entries.map(({ when }) => when)),
      ...welcome.map(({ when }) => when),
      ...Object.values(contributes.views)
        .flat()
        .map(view => ('when' in view ? view.when : undefined)),
    ]
    const known = [...Object.values(ids.contextKeys), ...Object.values(ids.views), ids.editorViewType] as string[]
    for (const clause of clauses)
      for (const [key] of (clause ?? '').matchAll(/\baleph\.[\w.]+/g)) ok(known.includes(key), `${key} in ${clause}`)
    const setters = code.map(({ text }) => text).join('\n')
    for (const name of Object.keys(ids.contextKeys)) ok(setters.includes(`contextKeys.${name}`), name)
  })

  it('matches facets of rows by whole patterns, each of which some row has', () => {
    const items = code
      .filter(({ name }) => name.startsWith('views'))
      .map(({ text }) => text)
      .join('\n')
    for (const [, entries] of menus)
      for (const { when } of entries) {
        const [, facet] = /viewItem == ([\w.]+)/.exec(when ?? '') ?? []
        if (facet) ok(items.includes(`'${facet}'`), facet)
        const [, pattern] = /viewItem =~ \/(.*?)\//.exec(when ?? '') ?? []
        if (pattern) ok(pattern.startsWith('^'), pattern)
      }
  })

  it('declares the views that the code fills', () => {
    deepEqual(sorted(contributes.views.aleph.map(({ id }) => id)), sorted(Object.values(ids.views)))
    for (const { view } of welcome) ok((Object.values(ids.views) as string[]).includes(view))
  })

  it('declares the settings that the code reads, each with scope, order and description', () => {
    const { properties } = contributes.configuration
    deepEqual(
      sorted(Object.keys(properties)),
      sorted(Object.values(ids.settingNames).map(name => `${ids.settingsSection}.${name}`)),
    )
    for (const [name, { scope, order, markdownDescription }] of Object.entries(properties))
      ok(scope && order && markdownDescription, name)
  })

  it('lets no workspace redirect traffic', () => {
    for (const name of ['aleph.networks', 'aleph.gateway'] as const)
      equal(contributes.configuration.properties[name].scope, 'machine')
    equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited')
  })

  it('lets no workspace take away a question', () =>
    equal(contributes.configuration.properties['aleph.publish.confirm'].scope, 'application'))

  it('has every text it refers to, and no other', () => {
    const used = [...allTexts.matchAll(/%([\w.]+)%/g)].map(([, key]) => key ?? '')
    deepEqual(sorted(new Set(used)), sorted(Object.keys(nls)))
  })

  it('has four doors for who has no account, each a button of its own', () => {
    const [first] = welcome.filter(({ when }) => when === 'aleph.isReady && !aleph.hasAccount')
    const doors = [...text(first?.contents ?? '').matchAll(/^\[(.*)\]\(command:([\w.]+)\)$/gm)]
    deepEqual(
      doors.map(([, title, command]) => [title, command]),
      [
        ['Create a Key', ids.commands.accountCreate],
        ['Import a Key', ids.commands.accountImport],
        ['Watch an Address', ids.commands.accountWatch],
        ['Try It on a Local Node', ids.commands.localNodeStart],
      ],
    )
  })

  it('activates for documents and links of its own only', () => {
    deepEqual(manifest.activationEvents, [
      `onFileSystem:${ids.documentScheme}`,
      `onFileSystem:${ids.readScheme}`,
      'onUri',
    ])
  })

  it('has one language and one editor for aggregates, and never saves them by itself', () => {
    const folder = '/aleph-aggregate/**'
    deepEqual(
      contributes.languages.map(({ id, filenamePatterns }) => [id, filenamePatterns]),
      [[ids.documentLanguage, [folder]]],
    )
    deepEqual(
      contributes.customEditors.map(({ viewType, selector }) => [viewType, selector]),
      [[ids.editorViewType, [{ filenamePattern: `${ids.documentScheme}:${folder}` }]]],
    )
    equal(contributes.configurationDefaults[`[${ids.documentLanguage}]`]['files.autoSave'], 'off')
    for (const { path } of contributes.grammars) ok(existsSync(join(root, path)), path)
    for (const { configuration } of contributes.languages) ok(existsSync(join(root, configuration)), configuration)
  })

  it('has its key publish only what VS Code lets be edited, and offers edits only there', () => {
    const { keybindings, menus } = contributes
    const publishing = keybindings.filter(({ command }) => command === ids.commands.aggregatePublish)
    deepEqual(
      publishing.map(({ args, when }) => [args, /^(!?activeEditorIsReadonly) && /.exec(when)?.[1]]),
      [
        ['editable', '!activeEditorIsReadonly'],
        ['readonly', 'activeEditorIsReadonly'],
      ],
    )
    const editing = [...menus.commandPalette, ...menus['editor/title']].filter(({ command = '' }) =>
      /^aleph\.(aggregate\.(publish|format|sortKeys|\w+Entry)|revision\.restore\w*)$/.test(command),
    )
    equal(editing.length, 9)
    for (const { command, when = '' } of editing) match(when, /!activeEditorIsReadonly/, command)
  })

  it('supports the oldest VS Code whose types it is written against', () => {
    equal(manifest.engines.vscode, `^${manifest.devDependencies['@types/vscode']}`)
  })

  it('has its icons', () => {
    for (const file of [manifest.icon, ...contributes.viewsContainers.activitybar.map(({ icon }) => icon)])
      ok(existsSync(join(root, file)), file)
    ok(readFileSync(join(root, 'media/aleph.svg'), 'utf8').includes('currentColor'))
  })

  it('holds no key', () => {
    for (const { name, text } of [...code, { name: 'package.json', text: allTexts }])
      ok(!/\b(0x)?[0-9a-f]{64}\b/i.test(text), name)
  })
})

describe('texts of the code', () => {
  const used = new Set<string>()
  for (const { text } of code)
    for (const [, single, double] of text.matchAll(/\bt\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")/g))
      used.add((single ?? double ?? '').replaceAll("\\'", "'"))

  // To write the bundle anew: UPDATE_L10N=1 npm run test:unit
  it('are all in the bundle that translators get, and no others', () => {
    if (process.env.UPDATE_L10N) {
      const updated = Object.fromEntries(sorted(used).map(text => [text, text]))
      writeFileSync(bundleFile, `${JSON.stringify(updated, undefined, 2)}\n`)
      return
    }
    deepEqual(sorted(Object.keys(bundle)), sorted(used))
    for (const [key, value] of Object.entries(bundle)) equal(value, key)
  })

  it('never reach a prompt or toast without translation', () => {
    const asks = /\b(?:title|prompt|placeHolder|action|message|tooltip):\s*['"`][A-Z]/
    for (const { name, text } of code.filter(({ name }) => /^(views|commands|editors|host)\b/.test(name)))
      ok(!asks.test(text), `${name}: ${asks.exec(text)?.[0]}`)
  })
})

function text(key: string): string {
  return nls[key.replaceAll('%', '') as keyof typeof nls] ?? ''
}
