import { deepEqual } from 'node:assert/strict'
import { SettingProblems } from '../../../src/core/settingProblems.js'

describe('problems in the settings', () => {
  const setUp = (remembered: readonly string[] = []) => {
    const said: (readonly string[])[] = []
    let memory = remembered
    const openWindow = () =>
      new SettingProblems({
        said: () => memory,
        remember: problems => (memory = problems),
        say: problems => said.push(problems),
      })
    return { said, openWindow, memory: () => memory }
  }

  it('are said once, and not again by the next window', () => {
    const { said, openWindow } = setUp()
    const first = openWindow()
    first.report([])
    first.report(['a', 'b'])
    first.report(['a', 'b'])
    openWindow().report(['a', 'b'])
    deepEqual(said, [['a', 'b']])
  })

  it('are said when they change: only the new one, and one that comes back', () => {
    const { said, openWindow } = setUp()
    const window = openWindow()
    window.report(['a'])
    window.report(['a', 'b'])
    window.report(['b'])
    window.report(['a', 'b'])
    deepEqual(said, [['a'], ['b'], ['a']])
  })

  it('of one workspace stay known while another one has none', () => {
    const { said, openWindow, memory } = setUp()
    openWindow().report(['a'])
    openWindow().report([])
    openWindow().report(['b'])
    openWindow().report(['a'])
    deepEqual(said, [['a'], ['b']])
    const many = Array.from({ length: 200 }, (_, at) => `problem ${at}`)
    openWindow().report(many)
    deepEqual(memory().length, 50)
  })
})
