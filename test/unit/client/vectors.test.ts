import { strict as assert } from 'node:assert'
import { ETHAccount } from '../../../src/client/account.js'
import { signMessage } from '../../../src/client/message/envelope.js'
import type { BaseContent, Envelope, MessageType } from '../../../src/client/message/types.js'
import { verifyMessage } from '../../../src/client/message/verify.js'
import vectors from '../../fixtures/vectors.json' with { type: 'json' }

const developmentKey = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

describe('test vectors V1–V9 (protocol §2.6)', () => {
  for (const [name, vector] of Object.entries(vectors)) {
    const message = vector as Envelope & { item_content: string }
    it(`${name} ${message.type} is verified`, () => verifyMessage(message, message.item_content))

    it(`${name} with another sender is refused`, async () => {
      const forged = {
        ...message,
        sender: vectors.V1.sender === message.sender ? vectors.V3.sender : vectors.V1.sender,
      }
      await assert.rejects(verifyMessage(forged, message.item_content), { code: 'INTEGRITY' })
    })

    it(`${name} with another content is refused`, () =>
      assert.rejects(verifyMessage(message, `${message.item_content} `), { code: 'INTEGRITY' }))
  }

  it('V9 is what our own signing gives, byte for byte', async () => {
    const account = await ETHAccount.fromPrivateKey(developmentKey)
    const { type, channel, item_content } = vectors.V9
    const content = JSON.parse(item_content) as BaseContent
    const { envelope } = await signMessage(account, { type: type as MessageType, channel, content })
    assert.deepEqual(envelope, vectors.V9)
  })
})
