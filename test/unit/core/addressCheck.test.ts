import { equal, match } from 'node:assert/strict'
import { addressCheck } from '../../../src/core/addressCheck.js'
import { untranslated } from '../../../src/shared/translate.js'

const address = '0x34f382eeb74De6A1906f7Cb4759B4860B33c5dF3'
const solana = 'AzfsDdCQp8uqzR4ProJ7yyLGKNp9iXHt92rEoiAHG4Pw'

describe('an address that is typed', () => {
  for (const chains of ['ethereum', 'solana too', 'any'] as const)
    it(`tells a wrong checksum at once (${chains})`, async () => {
      const problem = await addressCheck(untranslated, chains)
      for (const good of [address, address.toLowerCase(), ` 0x${address.slice(2).toUpperCase()} `])
        equal(problem(good), undefined)
      match(problem(address.replace('eeb', 'eEb')) ?? '', /checksum of this address/)
      match(problem('0x34') ?? '', /0x and 40 hexadecimal digits/)
      equal(problem(solana) === undefined, chains !== 'ethereum')
      equal(problem('tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb') === undefined, chains === 'any')
      equal(problem('../x') === undefined, false)
    })
})
