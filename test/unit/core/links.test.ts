import { equal, ok } from 'node:assert/strict'
import { isImage } from '../../../src/core/fileKind.js'
import { fileLink, ipfsAddress, markdownLink, messageLink } from '../../../src/core/links.js'
import { mainnet } from '../../../src/core/network.js'
import { hashOf, localNetwork } from './fakes.js'

describe('links', () => {
  const gateway = 'https://gateway.example/ipfs/'

  it('lead to the gateway, or to the node where no gateway knows the file', () => {
    equal(fileLink({ engine: 'ipfs', fileHash: 'Qm1' }, mainnet, gateway), `${gateway}Qm1`)
    equal(
      fileLink({ engine: 'ipfs', fileHash: 'Qm1' }, localNetwork, gateway),
      'http://127.0.0.1:4024/api/v0/storage/raw/Qm1',
    )
    equal(messageLink(hashOf(1), localNetwork), `http://127.0.0.1:4024/api/v0/messages/${hashOf(1)}`)
  })

  it('go nowhere else, whatever stands in place of the hash', () => {
    const fileHash = '../../evil?x#y'
    equal(
      new URL(fileLink({ engine: 'storage', fileHash }, localNetwork, gateway)).pathname,
      '/api/v0/storage/raw/..%2F..%2Fevil%3Fx%23y',
    )
    equal(ipfsAddress({ engine: 'ipfs', fileHash }), 'ipfs://..%2F..%2Fevil%3Fx%23y')
  })

  it('of IPFS are there for files on IPFS only', () => {
    equal(ipfsAddress({ engine: 'ipfs', fileHash: 'Qm1' }), 'ipfs://Qm1')
    equal(ipfsAddress({ engine: 'storage', fileHash: hashOf(1) }), undefined)
  })

  it('in Markdown read as the name, whatever it holds', () => {
    equal(markdownLink('notes-1.md', 'https://a.example/x', false), '[notes-1.md](https://a.example/x)')
    equal(markdownLink('logo.png', 'https://a.example/x', true), '![logo.png](https://a.example/x)')
    equal(
      markdownLink('a](http://evil) [b', 'https://a.example/x', false),
      '[a\\](http://evil) \\[b](https://a.example/x)',
    )
    equal(markdownLink('<b>&amp;`x`\\', 'u', false), '[\\<b\\>\\&amp;\\`x\\`\\\\](u)')
    equal(markdownLink('a_b*c~d|e$f!', 'u', false), '[a\\_b\\*c\\~d\\|e\\$f\\!](u)')
    equal(markdownLink('x', 'https://a.example/(y) z<>', false), '[x](https://a.example/%28y%29%20z%3c%3e)')
  })

  it('are images by what their author says', () => {
    ok(isImage('x', 'image/webp'))
    ok(isImage('x.SVG', undefined))
    ok(isImage('x.jpeg', undefined))
    ok(!isImage('x.png', 'text/plain'))
    ok(!isImage('x.pdf', undefined))
  })
})
