// The client's public surface as one page, read from the types that are shipped: what is not in them is not on it.
import prettier from 'prettier'
import ts from 'typescript'

const intro = `# The client module

Everything that the client module exports, from the types that are shipped with it (\`dist/client.d.ts\`). Made by
\`UPDATE_CLIENT_PAGE=1 npm run test:unit\`; a test compares it with them.

\`\`\`js
import { AlephHttpClient, ETHAccount } from './dist/client.mjs'

const account = await ETHAccount.fromPrivateKey(process.env.KEY)
const aleph = new AlephHttpClient({ account })
\`\`\`

Whatever fails throws an \`AlephError\`; its \`code\` tells why. Section numbers are those of the protocol. Times are seconds
unless a name says otherwise, and sizes are bytes.
`

type Named = ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.FunctionDeclaration

/** The page for a self-contained file of types. */
export function clientPage(types: string): Promise<string> {
  const file = ts.createSourceFile('client.d.ts', types, ts.ScriptTarget.Latest, true)
  const isExported = (node: ts.Statement) =>
    ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  const statements = file.statements.filter(isExported)
  const named = statements.filter(
    (node): node is Named =>
      ts.isClassDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isFunctionDeclaration(node),
  )
  const nameOf = (node: Named) => node.name?.text ?? ''
  const client = named.find((node): node is ts.ClassDeclaration => nameOf(node) === 'AlephHttpClient')
  if (!client) throw new Error('The types have no AlephHttpClient.')

  /** `aleph.storage` by the name of its interface. */
  const spaces = new Map<string, string>()
  for (const member of client.members)
    if (ts.isPropertyDeclaration(member) && member.type && /Api$/.test(member.type.getText()))
      spaces.set(member.type.getText(), member.name.getText())

  const code = (text: string) => `\`\`\`ts\n${text.replaceAll('\t', '  ')}\n\`\`\`\n`
  const call = (owner: string, member: ts.TypeElement | ts.ClassElement) => {
    const name = member.name?.getText() ?? 'constructor'
    return `### ${owner}${name}\n\n${docOf(member)}\n\n${code(member.getText())}`
  }
  const parts = [intro]

  parts.push(`## new AlephHttpClient(options)\n\n${docOf(client)}\n`)
  const options = named.find(node => nameOf(node) === 'AlephOptions')
  if (options) parts.push(code(withComments(options)))
  for (const member of client.members)
    if (!member.name?.getText().startsWith('#') && !ts.isConstructorDeclaration(member))
      if (!(ts.isPropertyDeclaration(member) && spaces.has(member.type?.getText() ?? '')))
        parts.push(call('aleph.', member))

  for (const [type, space] of spaces) {
    const api = named.find((node): node is ts.InterfaceDeclaration => nameOf(node) === type)
    if (!api) throw new Error(`The types have no ${type}.`)
    parts.push(`## aleph.${space}\n`, ...api.members.map(member => call(`${space}.`, member)))
  }

  const rest = named
    .filter(node => !spaces.has(nameOf(node)) && node !== client && node !== options)
    .sort((a, b) => (nameOf(a).toLowerCase() < nameOf(b).toLowerCase() ? -1 : 1))
  const group = (title: string, nodes: readonly ts.Statement[]) =>
    nodes.length && parts.push(`## ${title}\n`, ...nodes.map(node => code(withComments(node))))
  group('Accounts and other classes', rest.filter(ts.isClassDeclaration))
  group('Functions', rest.filter(ts.isFunctionDeclaration))
  group('Constants', statements.filter(ts.isVariableStatement))
  group(
    'Types',
    rest.filter(node => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)),
  )
  return prettier.format(parts.join('\n'), { parser: 'markdown', semi: false, singleQuote: true, printWidth: 120 })
}

/** A declaration with its doc comments, as it stands. */
const withComments = (node: ts.Node) =>
  node
    .getFullText()
    .trim()
    .replace(/^\/\/.*\n/gm, '')
    .replace(/\t#private;\n/g, '')

/** The doc comment as one paragraph. */
function docOf(node: ts.Node): string {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const last = docs[docs.length - 1]
  return (ts.getTextOfJSDocComment(last?.comment) ?? '').replace(/\s*\n\s*/g, ' ')
}
