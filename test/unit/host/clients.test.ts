import { equal, notEqual } from 'node:assert/strict'
import { createClients } from '../../../src/host/clients.js'

describe('clients', () => {
  const network = (number: number) => ({
    id: `n${number}`,
    name: '',
    endpoints: [`https://n${number}.example`],
    isDevelopment: false,
  })

  it('are one for each network, whatever its name', () => {
    const clientFor = createClients({ http: () => undefined })
    equal(clientFor(network(1)), clientFor({ ...network(1), name: 'other' }))
    notEqual(clientFor(network(1)), clientFor(network(2)))
    equal(clientFor.count, 2)
  })

  it('are bounded, however often somebody edits the networks', () => {
    const clientFor = createClients({ http: () => undefined })
    const first = clientFor(network(0))
    for (let number = 1; number < 100; number++) clientFor(network(number))
    equal(clientFor.count, 16)
    notEqual(clientFor(network(0)), first)
  })
})
