// A mocha reporter that prints as `spec` does and appends one JSON line per event to the file that ALEPH_TEST_RESULTS
// names, so that results can be counted across processes and a hung run can tell which test it hung in.
const { appendFileSync } = require('node:fs')
const Mocha = require('mocha')

const { EVENT_HOOK_BEGIN, EVENT_RUN_END, EVENT_TEST_BEGIN, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  Mocha.Runner.constants

module.exports = class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const file = process.env.ALEPH_TEST_RESULTS
    if (!file) return
    const write = (event, test, more) =>
      appendFileSync(file, `${JSON.stringify({ event, path: test?.titlePath(), ...more })}\n`)
    runner.on(EVENT_TEST_BEGIN, test => write('begin', test))
    runner.on(EVENT_HOOK_BEGIN, hook => write('begin', hook))
    runner.on(EVENT_TEST_PASS, test => write('passed', test, { durationMs: test.duration }))
    runner.on(EVENT_TEST_PENDING, test => write('skipped', test))
    runner.on(EVENT_TEST_FAIL, (test, error) =>
      write('failed', test, { message: error?.message, stack: error?.stack, ...difference(error) }),
    )
    runner.on(EVENT_RUN_END, () => write('end'))
  }
}

function difference(error) {
  if (!error || !('expected' in error) || !('actual' in error)) return {}
  const text = value => (typeof value === 'string' ? value : JSON.stringify(value, undefined, 2))
  try {
    return { expected: text(error.expected), actual: text(error.actual) }
  } catch {
    // Cyclic or bigint values: the message has to do.
    return {}
  }
}
