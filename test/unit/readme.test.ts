import { strict as assert } from 'node:assert'
import { readFileSync, writeFileSync } from 'node:fs'

interface Setting {
  default: unknown
  markdownDescription: string
  scope: string
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>
  contributes: {
    commands: { command: string; title: string }[]
    configuration: { properties: Record<string, Setting> }
    menus: { commandPalette: { command: string; when: string }[] }
  }
}
const texts = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>
const text = (key: string) => texts[key.slice(1, -1)] ?? assert.fail(key)

const cell = (value: string) => value.replace(/\|/g, '\\|')
const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(cell).join(' | ')} |`).join('\n')

function tables(): Record<string, string> {
  const { commands, configuration, menus } = manifest.contributes
  const isInPalette = (id: string) =>
    !menus.commandPalette.some(({ command, when }) => command === id && when === 'false')
  return {
    commands: table(
      ['Command', 'Id', 'Note'],
      commands.map(({ command, title }) => [
        text(title),
        `\`${command}\``,
        isInPalette(command) ? '' : 'in menus only',
      ]),
    ),
    settings: table(
      ['Setting', 'Default', 'What it does'],
      Object.entries(configuration.properties).map(([name, setting]) => [
        `\`${name}\``,
        `\`${JSON.stringify(setting.default)}\``,
        text(setting.markdownDescription) + (setting.scope === 'machine' ? ' (user settings only)' : ''),
      ]),
    ),
  }
}

const between = (name: string) => new RegExp(`(<!-- ${name} -->\n)([^]*?)(<!-- /${name} -->)`)

describe('README', () => {
  // To write the tables anew: UPDATE_README=1 npm run test:unit
  if (process.env.UPDATE_README) {
    const updated = Object.entries(tables()).reduce(
      (readme, [name, rows]) =>
        readme.replace(between(name), (_, start: string, __, end: string) => `${start}\n${rows}\n\n${end}`),
      readFileSync('README.md', 'utf8'),
    )
    writeFileSync('README.md', updated)
  }

  for (const [name, rows] of Object.entries(tables()))
    it(`tells the ${name} of the manifest (UPDATE_README=1 writes them anew)`, () => {
      // Formatters pad tables: compare what the cells say.
      const cells = (markdown: string) =>
        markdown.split('\n').map(line => line.split('|').map(each => each.trim().replace(/^-+$/, '---')))
      const [, , written = ''] = between(name).exec(readFileSync('README.md', 'utf8')) ?? []
      assert.deepEqual(cells(written.trim()), cells(rows))
    })

  it('tells every script that it names, and only those that exist', () => {
    const named = [...readFileSync('README.md', 'utf8').matchAll(/npm (?:run )?([a-z:]+)/g)].map(
      ([, name]) => name ?? '',
    )
    for (const name of named) if (!['start', 'test', 'run'].includes(name)) assert.ok(manifest.scripts[name], name)
    for (const name of Object.keys(manifest.scripts))
      if (!['watch', 'format'].includes(name)) assert.ok(named.includes(name), name)
  })
})
