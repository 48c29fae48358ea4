// Shapes of what callers and nodes name: told by their letters alone, before they stand in a URL, a key or a sentence.

const address = /^[0-9A-Za-z-]{20,128}$/

/** Whether nodes of any chain could take it for an address. Says nothing about a checksum. */
export const isAddress = (value: unknown): value is string => typeof value === 'string' && address.test(value)

/** Whether somebody forgot an `await`. */
export const isPromise = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

/** Whether a text holds half of a character, with which no URL can be made. */
export const hasLoneSurrogate = (text: string): boolean => /\p{Cs}/u.test(text)
