// The host suite: one bundle that an extension host loads, and whose `run()` it calls. Any launcher will do; wishes come
// through the environment (see suiteEnvironment in test/vscode/hostSuite.mjs). Test files are found by the build.
import Mocha from 'mocha'

export async function run(): Promise<void> {
  const { ALEPH_TEST_REPORTER: reporter, ALEPH_TEST_GREP: grep, ALEPH_TEST_KIND: kind } = process.env
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, color: false, reporter: reporter || 'spec' })
  // `describe` and `it` become globals here, so the test files may be evaluated only afterwards.
  mocha.suite.emit('pre-require', globalThis, '', mocha)
  await import('./allTests.js')
  keep(mocha.suite, title => isForKind(title, kind || 'folder') && (!grep || title.includes(grep)))
  const failures = await new Promise<number>(resolve => mocha.run(resolve))
  if (failures) throw new Error(`${failures} tests failed`)
}

/** Tags of a title name the kinds of windows that its test is for; without any it is for an ordinary folder. */
function isForKind(title: string, kind: string): boolean {
  const tags = title.match(/@\w+/g) ?? ['@folder']
  return tags.includes('@all') || tags.includes(`@${kind}`)
}

/** Drops the tests that this run is not for, instead of counting them as skipped. */
function keep(suite: Mocha.Suite, isWanted: (fullTitle: string) => boolean): void {
  suite.tests = suite.tests.filter(test => isWanted(test.fullTitle()))
  for (const inner of suite.suites) keep(inner, isWanted)
}
