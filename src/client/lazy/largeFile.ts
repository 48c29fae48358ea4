// Loaded at first use: files in chunks with a manifest, written, read and forgotten.
export { storeChunked } from '../file/chunks.js'
export { forgetFile } from '../file/forgetFile.js'
export { joinedBytes } from '../file/joined.js'
export { readRecord } from '../file/resume.js'
