// Wallets of browsers and other programs (EIP-1193): they sign, their keys stay with them.

/** What the client asks of a wallet; `window.ethereum` is one. */
export interface Eip1193Provider {
  request(call: { method: string; params?: readonly unknown[] }): Promise<unknown>
  on?(event: string, listener: (...values: never[]) => void): unknown
  removeListener?(event: string, listener: (...values: never[]) => void): unknown
}
