import { deepEqual, equal, ok } from 'node:assert/strict'
import {
  checkChannel,
  checkConfirm,
  checkDisabledExclusions,
  checkEngine,
  checkExclude,
  checkGateway,
  checkPreviewSize,
} from '../../../src/core/settingValues.js'
import { untranslated as t } from '../../../src/shared/translate.js'

const garbage = [null, 7, NaN, {}, { length: 1 }, true, [[]]]

describe('settings', () => {
  it('that are not there are the default, and no problem', () => {
    for (const check of [checkChannel, checkEngine, checkExclude, checkGateway, checkPreviewSize])
      deepEqual({ problem: undefined, ...check(undefined, t) }, { value: undefined, problem: undefined })
  })

  it('that make no sense are ignored and named, whatever they are', () => {
    const checks = { checkChannel, checkEngine, checkExclude, checkGateway, checkPreviewSize }
    for (const [name, check] of Object.entries(checks))
      for (const value of garbage.filter(each => !(name === 'checkPreviewSize' && each === 7))) {
        const result = check(value, t)
        ok(result.problem, `${name} ${JSON.stringify(value)}`)
        ok(result.value === undefined)
      }
  })

  it('aleph.publish.confirm asks rather once too often', () => {
    deepEqual(checkConfirm('first', t), { value: 'first' })
    equal(checkConfirm('frist', t).value, 'always')
    ok(checkConfirm('frist', t).problem)
  })

  it('aleph.channel is what the client would take', () => {
    equal(checkChannel(' TEST ', t).value, 'TEST')
    deepEqual(checkChannel('  ', t), { value: undefined })
    for (const channel of ['a,b', '%20', 'x'.repeat(129)]) ok(checkChannel(channel, t).problem, channel)
  })

  it('aleph.upload.exclude and aleph.upload.disabledExclusions are lists of texts, or have no effect', () => {
    for (const check of [checkExclude, checkDisabledExclusions]) {
      deepEqual(check(['**/.env', '[a'], t), { value: ['**/.env', '[a'] })
      for (const value of ['**/.env', ['**/.env', 7], [null], ...garbage]) {
        equal(check(value, t).value, undefined)
        ok(check(value, t).problem)
      }
    }
  })

  it('aleph.preview.maxSizeMB stays within its limits', () => {
    for (const size of [0, -1, 501, Infinity, '50']) ok(checkPreviewSize(size, t).problem, String(size))
    equal(checkPreviewSize(1.5, t).value, 1.5)
  })

  it('aleph.gateway is https, or http on this computer, and ends with a slash', () => {
    equal(checkGateway('https://a.example/ipfs', t).value, 'https://a.example/ipfs/')
    equal(checkGateway('http://127.0.0.1:8080/ipfs/', t).value, 'http://127.0.0.1:8080/ipfs/')
    for (const url of [
      'http://a.example/ipfs/',
      'http://127.0.0.1.evil.example/',
      'https://me:pw@a.example/',
      'https://a.example/?x=',
      'https://a.example/#',
      'javascript:alert(1)',
      'a.example',
      '',
    ]) {
      const { value, problem } = checkGateway(url, t)
      equal(value, undefined, url)
      ok(problem && !problem.includes('pw'), url)
    }
  })
})
