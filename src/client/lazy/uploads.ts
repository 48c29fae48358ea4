// Loaded at the first upload: files on their way to the network, and what they need.
export { canStore } from '../file/canStore.js'
export { storeFile } from '../file/storeFile.js'
