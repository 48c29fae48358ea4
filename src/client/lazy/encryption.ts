// Loaded at first use: everything that seals and opens, with age and its ciphers.
export { openEcies } from '../encryption/ecies.js'
export { openSealed, openSealedInfo, reopenSealed, sealFile } from '../encryption/fileSealing.js'
export { openValue, sealValue } from '../encryption/valueSealing.js'
