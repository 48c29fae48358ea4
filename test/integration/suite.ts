// The host suite: one bundle that an extension host loads, and whose `run()` it calls. Any launcher will do; wishes come
// through the environment (see suiteEnvironment in test/vscode/hostSuite.mjs). Test files are found by the build.
import Mocha from 'mocha'

export async function run(): Promise<void> {
  const { ALEPH_TEST_REPORTER: reporter, ALEPH_TEST_GREP: grep, ALEPH_TEST_UNTRUSTED: untrusted } = process.env
  const mocha = new Mocha({ ui: 'bdd', timeout: 20_000, color: false, reporter: reporter || 'spec' })
  // `describe` and `it` become globals here, so the test files may be evaluated only afterwards.
  mocha.suite.emit('pre-require', globalThis, '', mocha)
  await import('./allTests.js')
  keep(mocha.suite, title => title.includes('@untrusted') === Boolean(untrusted) && (!grep || title.includes(grep)))
  const failures = await new Promise<number>(resolve => mocha.run(resolve))
  if (failures) throw new Error(`${failures} tests failed`)
}

/** Drops the tests that this run is not for, instead of counting them as skipped. */
function keep(suite: Mocha.Suite, isWanted: (fullTitle: string) => boolean): void {
  suite.tests = suite.tests.filter(test => isWanted(test.fullTitle()))
  for (const inner of suite.suites) keep(inner, isWanted)
}
