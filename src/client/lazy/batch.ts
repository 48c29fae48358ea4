// Loaded at the first batch: many writes as one call.
export { runBatch } from '../batch.js'
