// Which accounts were told what public means, on which networks; for all windows of this computer.
import type { Memento } from 'vscode'
import type { ConsentPorts } from '../core/consent.js'

const key = 'aleph.consent'

export const consentMemory = (state: Memento): Pick<ConsentPorts, 'read' | 'write'> => ({
  read: () => state.get<unknown>(key),
  write: value => void state.update(key, value),
})
