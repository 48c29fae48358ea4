// Loaded at first use: files that come from the network.
export { downloadTo, fileInfo, getFile } from '../file/getFile.js'
