// Loaded at first use: pins, files by CID, and folders on IPFS.
export { addFolder } from '../ipfs/addFolder.js'
export { ipfsDownloadTo, ipfsGet } from '../ipfs/get.js'
export { ipfsHash } from '../ipfs/ipfsHash.js'
export { pin } from '../ipfs/pin.js'
